package dev.magpie.store;

import de.bwaldvogel.mongo.bson.BinData;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.wire.message.ClientRequest;
import de.bwaldvogel.mongo.wire.message.MessageHeader;
import de.bwaldvogel.mongo.wire.message.MongoMessage;
import de.bwaldvogel.mongo.wire.message.MongoQuery;
import de.bwaldvogel.mongo.wire.message.MongoReply;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.List;
import java.util.Locale;

/**
 * Lets a connection through once it has shown the secret, by MongoDB's own login with the mechanism PLAIN: every driver has it, and it
 * needs no state. The port is a loopback one, so nothing is carried over a network in the clear, and the secret is another one after each
 * start. One for each connection, on its event loop.
 */
final class WireLogin extends ChannelInboundHandlerAdapter {
  /** Of the login; any name would do. */
  static final String USER = "magpie";

  private static final SecureRandom RANDOM = new SecureRandom();

  private static final int UNAUTHORIZED = 13;
  private static final int AUTHENTICATION_FAILED = 18;

  private final byte[] secret;
  private boolean loggedIn;

  WireLogin(String secret) {
    this.secret = secret.getBytes(StandardCharsets.UTF_8);
  }

  /** 256 random bits, in characters that need no escape in a connection string. */
  static String newSecret() {
    byte[] bytes = new byte[32];
    RANDOM.nextBytes(bytes);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  static String connectionString(int port, String secret) {
    return "mongodb://" + USER + ":" + secret + "@127.0.0.1:" + port + "/?authMechanism=PLAIN";
  }

  boolean loggedIn() {
    return loggedIn;
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object request) {
    String command = command(request);
    if (loggedIn || isGreeting(command, request)) context.fireChannelRead(request);
    else if (command.equals("saslstart")) logIn(context, request);
    else refuse(context, request, UNAUTHORIZED, "Unauthorized",
        "command " + command + " requires a login with the secret that lies beside the data");
  }

  /** Commands of a driver before login; they reveal no data. Only on {@code admin}: another name would create a database. */
  private static boolean isGreeting(String command, Object request) {
    return (command.equals("hello") || command.equals("ismaster")) && ((ClientRequest) request).getDatabaseName().equals("admin");
  }

  private static String command(Object request) {
    Document document = document(request);
    return document.isEmpty() ? "" : document.keySet().iterator().next().toLowerCase(Locale.ROOT);
  }

  /** Empty where it is no command. Drivers send their first ones as queries. */
  private static Document document(Object request) {
    if (request instanceof MongoMessage message) return message.getDocument();
    return request instanceof MongoQuery query && query.getCollectionName().equals("$cmd") ? query.getQuery() : new Document();
  }

  private void logIn(ChannelHandlerContext context, Object request) {
    Document start = document(request);
    if (!"PLAIN".equals(start.get("mechanism")) || !MessageDigest.isEqual(secret, password(start.get("payload")))) {
      refuse(context, request, AUTHENTICATION_FAILED, "AuthenticationFailed", "wrong secret");
      return;
    }
    loggedIn = true;
    context.writeAndFlush(reply(request,
        new Document("conversationId", 1).append("done", true).append("payload", new BinData(new byte[0])).append("ok", 1.0)));
  }

  /** What follows the second NUL of {@code authorization NUL user NUL password}. */
  private static byte[] password(Object payload) {
    byte[] bytes = payload instanceof BinData data ? data.getData() : payload instanceof byte[] plain ? plain : new byte[0];
    String text = new String(bytes, StandardCharsets.UTF_8);
    return text.substring(text.lastIndexOf('\0') + 1).getBytes(StandardCharsets.UTF_8);
  }

  private static void refuse(ChannelHandlerContext context, Object request, int code, String name, String message) {
    context.writeAndFlush(refusal(request, code, name, message)).addListener(ChannelFutureListener.CLOSE);
  }

  /** The reply to a request that was not done. */
  static Object refusal(Object request, int code, String name, String message) {
    return reply(request, new Document("ok", 0.0).append("errmsg", message).append("code", code).append("codeName", name));
  }

  static Object reply(Object request, Document document) {
    ClientRequest asked = (ClientRequest) request;
    MessageHeader header = new MessageHeader(0, asked.getHeader().getRequestID());
    return asked instanceof MongoMessage ? new MongoMessage(asked.getChannel(), header, document)
        : new MongoReply(header, List.of(document), 0);
  }
}
