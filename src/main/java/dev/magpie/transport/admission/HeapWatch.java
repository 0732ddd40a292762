package dev.magpie.transport.admission;

import com.sun.management.GarbageCollectionNotificationInfo;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryType;
import java.lang.management.MemoryUsage;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import javax.management.Notification;
import javax.management.NotificationEmitter;
import javax.management.openmbean.CompositeData;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether live data nearly fills the heap, measured after the last garbage collection. Updated by the virtual machine after each
 * collection, on its own thread; read from any thread.
 */
class HeapWatch {
  /** Upper threshold, as a share of the maximum heap. */
  private static final double NEARLY = 0.9;

  /** Lower threshold of the hysteresis, as a share of the maximum heap. */
  private static final double WELL = 0.85;

  private static final Logger log = LoggerFactory.getLogger(HeapWatch.class);

  private static HeapWatch ofThisProcess;

  private final long most;
  private volatile boolean nearlyFull;

  HeapWatch(long mostBytes) {
    this.most = mostBytes;
  }

  /** One for the process, since its listener is never removed. */
  static synchronized HeapWatch ofThisProcess() {
    if (ofThisProcess == null) {
      ofThisProcess = new HeapWatch(Runtime.getRuntime().maxMemory());
      ofThisProcess.listen();
    }
    return ofThisProcess;
  }

  boolean isNearlyFull() {
    return nearlyFull;
  }

  /** A garbage collection has left so many bytes. */
  void collected(long used) {
    boolean was = nearlyFull;
    boolean is = used >= most * (was ? WELL : NEARLY);
    nearlyFull = is;
    if (is && !was) log.warn("heap nearly full: no new clients used={}MB of={}MB", used >> 20, most >> 20);
    if (was && !is) log.info("heap has room again used={}MB of={}MB", used >> 20, most >> 20);
  }

  private void listen() {
    Set<String> heap = ManagementFactory.getMemoryPoolMXBeans().stream().filter(pool -> pool.getType() == MemoryType.HEAP)
        .map(pool -> pool.getName()).collect(Collectors.toSet());
    for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
      if (collector instanceof NotificationEmitter emitter)
        emitter.addNotificationListener((notification, none) -> heard(notification, heap), null, null);
    }
  }

  private void heard(Notification notification, Set<String> heap) {
    if (!notification.getType().equals(GarbageCollectionNotificationInfo.GARBAGE_COLLECTION_NOTIFICATION)) return;
    Map<String, MemoryUsage> after = GarbageCollectionNotificationInfo.from((CompositeData) notification.getUserData()).getGcInfo()
        .getMemoryUsageAfterGc();
    collected(after.entrySet().stream().filter(pool -> heap.contains(pool.getKey())).mapToLong(pool -> pool.getValue().getUsed()).sum());
  }
}
