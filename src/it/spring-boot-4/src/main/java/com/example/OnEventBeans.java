package com.example;

import dev.magpie.core.Io;
import dev.magpie.core.Socket;
import io.vertx.core.Future;
import java.lang.reflect.Method;
import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.core.MethodIntrospector;
import org.springframework.core.MethodIntrospector.MetadataLookup;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.stereotype.Component;
import org.springframework.util.ReflectionUtils;

/**
 * Puts the methods with {@link OnEvent} on the Io. A method that returns a Future runs on the event loop and must not block; any other runs
 * on a worker thread, where it may. What it returns is the acknowledgement.
 */
@Component
final class OnEventBeans implements BeanPostProcessor {
  private final ObjectProvider<Io> io;

  OnEventBeans(ObjectProvider<Io> io) {
    this.io = io;
  }

  @Override
  public Object postProcessAfterInitialization(Object bean, String name) {
    MetadataLookup<OnEvent> annotation = method -> AnnotatedElementUtils.findMergedAnnotation(method, OnEvent.class);
    MethodIntrospector.selectMethods(AopUtils.getTargetClass(bean), annotation)
        .forEach((method, event) -> add(bean, AopUtils.selectInvocableMethod(method, bean.getClass()), event.value()));
    return bean;
  }

  private void add(Object bean, Method method, String event) {
    Class<?>[] types = method.getParameterTypes();
    if (types.length != 2 || types[0] != Socket.class)
      throw new IllegalStateException("the parameters of a method with @OnEvent are (Socket, T), unlike those of " + method);
    ReflectionUtils.makeAccessible(method);
    io.getObject().onConnection(socket -> {
      if (Future.class.isAssignableFrom(method.getReturnType()))
        socket.onAck(event, types[1], argument -> (Future<?>) ReflectionUtils.invokeMethod(method, bean, socket, argument));
      else socket.onBlocking(event, types[1], argument -> ReflectionUtils.invokeMethod(method, bean, socket, argument));
    });
  }
}
