package dev.magpie.store;

import de.bwaldvogel.mongo.MongoBackend;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.wire.MongoDatabaseHandler;
import de.bwaldvogel.mongo.wire.MongoExceptionHandler;
import de.bwaldvogel.mongo.wire.MongoWireMessageEncoder;
import de.bwaldvogel.mongo.wire.MongoWireProtocolHandler;
import de.bwaldvogel.mongo.wire.MongoWireReplyEncoder;
import de.bwaldvogel.mongo.wire.message.ClientRequest;
import de.bwaldvogel.mongo.wire.message.MongoMessage;
import de.bwaldvogel.mongo.wire.message.MongoQuery;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * MongoDB's wire protocol on a loopback port: the library's handlers, and one that holds back the reply to a write until it is committed
 * to the file. Owned by one {@link EmbeddedMongo}; runs on event loops of its own, never on Vert.x's.
 */
final class MongoWire implements AutoCloseable {
  /** Read-only commands. The reply to any other waits for a commit, so a missing entry costs time, not data. */
  private static final Set<String> READS =
      Set.of("find", "getmore", "killcursors", "count", "distinct", "listcollections", "listindexes", "listdatabases", "hello", "ismaster",
      "ping",
          "buildinfo", "serverstatus", "endsessions", "startsession", "refreshsessions", "getlog", "hostinfo", "getparameter",
          "connectionstatus", "whatsmyuri",
          "dbstats", "collstats", "getcmdlineopts", "getfreemonitoringstatus", "replsetgetstatus", "explain", "validate");

  /** Magpie's own command: writes a backup of the store to a file. */
  static final String BACKUP = "magpieBackup";

  private static final int OUT_OF_DISK_SPACE = 14031;
  private static final int INTERNAL_ERROR = 1;

  /** Bytes of one message from a connection that has not logged in. */
  private static final int BEFORE_LOGIN = 16 << 10;

  private final MongoBackend backend;
  private final GroupCommit commits;
  private final Consumer<Path> backup;
  private final String secret = WireLogin.newSecret();
  private final EventLoopGroup loops;
  private final ChannelGroup clients = new DefaultChannelGroup("mongo", GlobalEventExecutor.INSTANCE);
  private final AtomicLong changes = new AtomicLong();
  private Channel listening;

  /** @param backup writes a copy of the store to a file; blocks */
  MongoWire(MongoBackend backend, GroupCommit commits, Consumer<Path> backup) {
    this.backend = backend;
    this.commits = commits;
    this.backup = backup;
    // A scan blocks its thread, so there are two threads even on one core.
    this.loops =
        new MultiThreadIoEventLoopGroup(
            Math.max(2, Runtime.getRuntime().availableProcessors()), new DefaultThreadFactory("magpie-mongo", true),
            NioIoHandler.newFactory());
  }

  /** Listens on a free port of 127.0.0.1. */
  MongoWire start() {
    listening =
        new ServerBootstrap()
            .group(loops)
            .channel(NioServerSocketChannel.class)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childHandler(new Pipeline())
            .bind(new InetSocketAddress("127.0.0.1", 0))
            .syncUninterruptibly()
            .channel();
    return this;
  }

  /** The login secret, new at each start. */
  String secret() {
    return secret;
  }

  int port() {
    return ((InetSocketAddress) listening.localAddress()).getPort();
  }

  /** Returns once no command runs any more; a command whose reply is still waiting for its commit loses its connection. */
  @Override
  public void close() {
    if (listening != null) listening.close().syncUninterruptibly();
    clients.close().syncUninterruptibly();
    loops.shutdownGracefully(0, 10, TimeUnit.SECONDS).syncUninterruptibly();
  }

  /**
   * Requests so far that may have changed something {@linkplain #isAside that an answer is made of}: while this stays the same, so does
   * that.
   */
  long changes() {
    return changes.get();
  }

  /** Collections that no answer depends on: feedback and counters. */
  private static boolean isAside(Object request) {
    if (!(request instanceof MongoMessage message) || message.getDocument().isEmpty()) return false;
    Document command = message.getDocument();
    Object collection = command.values().iterator().next();
    if (collection.equals(Feedbacks.COLLECTION) || collection.equals(Unanswered.COLLECTION)) return true;
    return command.get("updates") instanceof List<?> updates
        && updates.stream().allMatch(update -> update instanceof Document each && each.get("u") instanceof Document how
        && how.keySet().equals(Set.of("$inc")));
  }

  /** Whether a request may change the store. */
  private static boolean changes(Object request) {
    if (request instanceof MongoMessage message) return changes(message.getDocument());
    if (request instanceof MongoQuery query) return query.getCollectionName().startsWith("$cmd") && changes(query.getQuery());
    return true;
  }

  private static boolean changes(Document command) {
    if (command.isEmpty()) return false;
    String name = command.keySet().iterator().next().toLowerCase(Locale.ROOT);
    return name.equals("aggregate") ? writesItsResult(command) : !READS.contains(name);
  }

  private static boolean writesItsResult(Document aggregate) {
    return !(aggregate.get("pipeline") instanceof List<?> stages)
        || stages.stream().anyMatch(stage -> !(stage instanceof Document d) || d.containsKey("$out") || d.containsKey("$merge"));
  }

  private final class Pipeline extends ChannelInitializer<Channel> {
    @Override
    protected void initChannel(Channel channel) {
      WireLogin login = new WireLogin(secret);
      channel
          .pipeline()
          .addLast(new MongoWireReplyEncoder())
          .addLast(new MongoWireMessageEncoder())
          .addLast(new Frames(login))
          .addLast(login)
          .addLast(new CommitBeforeReply())
          .addLast(new MongoDatabaseHandler(backend, clients))
          .addLast(new MongoExceptionHandler());
    }
  }

  /** Bounds the memory of connections that have not logged in. */
  private static final class Frames extends MongoWireProtocolHandler {
    private final WireLogin login;

    private Frames(WireLogin login) {
      this.login = login;
    }

    @Override
    protected ClientRequest decode(ChannelHandlerContext context, ByteBuf in) throws Exception {
      if (login.loggedIn() || in.readableBytes() < Integer.BYTES || in.getIntLE(in.readerIndex()) <= BEFORE_LOGIN)
        return super.decode(context, in);
      in.skipBytes(in.readableBytes());
      context.close();
      return null;
    }
  }

  /** The handler behind this one executes a request and writes its reply within {@code fireChannelRead}; one for each connection. */
  private final class CommitBeforeReply extends ChannelDuplexHandler {
    private boolean changing;

    @Override
    public void channelRead(ChannelHandlerContext context, Object request) {
      if (request instanceof MongoMessage message && message.getDocument().get(BACKUP) instanceof String file) {
        backUp(context, message, file);
        return;
      }
      if (!changes(request)) {
        context.fireChannelRead(request);
        return;
      }
      changing = true;
      boolean aside = isAside(request);
      if (!aside) changes.incrementAndGet();
      try {
        commits.change(() -> context.fireChannelRead(request));
      } catch (StoreRefusesException refused) {
        changing = false;
        context.writeAndFlush(WireLogin.refusal(request, OUT_OF_DISK_SPACE, "OutOfDiskSpace", refused.getMessage()));
      } finally {
        changing = false;
        // Increased again: a reader in between may have seen the former state.
        if (!aside) changes.incrementAndGet();
      }
    }

    /** On a thread of its own: it takes as long as the disk. */
    private void backUp(ChannelHandlerContext context, MongoMessage request, String file) {
      new Thread(() -> {
        Object reply;
        try {
          backup.accept(Path.of(file));
          reply = WireLogin.reply(request, new Document("ok", 1.0));
        } catch (RuntimeException failure) {
          reply = WireLogin.refusal(request, INTERNAL_ERROR, "InternalError", failure.getMessage());
        }
        context.writeAndFlush(reply);
      }, "magpie-backup").start();
    }

    @Override
    public void write(ChannelHandlerContext context, Object reply, ChannelPromise promise) {
      if (!changing) {
        context.write(reply, promise);
        return;
      }
      // A failed write waits too: a duplicate-key error implies that the first write is safe.
      commits.commit().whenComplete((done, failure) -> context.executor().execute(() -> answer(context, reply, promise, failure)));
    }

    private void answer(ChannelHandlerContext context, Object reply, ChannelPromise promise, Throwable failure) {
      if (failure == null) {
        context.writeAndFlush(reply, promise);
      } else {
        // The outcome is unknown; closing the connection tells the driver so.
        promise.setFailure(failure);
        context.close();
      }
    }
  }
}
