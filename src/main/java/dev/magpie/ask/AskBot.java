package dev.magpie.ask;

import dev.magpie.bus.Addresses;
import dev.magpie.bus.Answer;
import dev.magpie.bus.Answer.Outcome;
import dev.magpie.bus.Feedback;
import dev.magpie.bus.Question;
import dev.magpie.core.Ack;
import dev.magpie.core.Application;
import dev.magpie.core.ApplicationContext;
import dev.magpie.core.Socket;
import dev.magpie.logging.ThrottledWarning;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The bot, for visitors, on namespace {@code /bot}. A client asks by an event with one object and reads the acknowledgement: {@code {ok:
 * true, …}}, or {@code {ok: false, code, message}} with code {@code INVALID}, {@code BUSY} or {@code UNAVAILABLE}.
 *
 * <pre>
 * ask {text, lang?, stream?}                 → {ok, outcome, text, confidence, result: [{_id, title}, …], stream?}
 * feedback {kind, article, question, key?}   → {ok}      kind: helpful, unhelpful (an answer), chosen (a suggestion)
 * </pre>
 *
 * {@code outcome} is {@code ANSWER} ({@code text} answers, {@code result} has its article first), {@code SUGGEST} ({@code text} asks
 * whether one of the three in {@code result} is meant; ask its title to get it) or {@code NOT_FOUND} ({@code text} says so; offer a person:
 * the question {@code 转人工} or {@code agent}). With {@code lang} beginning with {@code en} the bot's own sentences are in English. A {@code
 * feedback} is acknowledged once it is stored and counted; sent again with the same {@code key} it is counted once.
 *
 * <p>With {@code stream}, an id of the client's choice, the client takes an answer that is still being made: if an answerer makes one, the
 * acknowledgement has the {@code stream} too, {@code text} is the beginning, and events {@code stream {id, at, text, done}} have the whole
 * text.
 */
public final class AskBot implements Application {
  private static final Logger log = LoggerFactory.getLogger(AskBot.class);

  static final String NAMESPACE = "/bot";

  /** All of the bot's answerers may be asked, one after the other. */
  private static final DeliveryOptions PATIENCE = new DeliveryOptions().setSendTimeout(8_000);

  /** Concurrent questions of one visitor. */
  private static final int MOST_OPEN = 10;

  private static final int HISTORY = 10;

  private static final Pattern STREAM_ID = Pattern.compile("[A-Za-z0-9_-]{1,64}");

  private final ThrottledWarning unanswered = new ThrottledWarning(log, "bot did not reply");
  private Vertx vertx;

  @Override
  public String name() {
    return "bot";
  }

  @Override
  public void mount(ApplicationContext context) {
    vertx = context.vertx();
    context.io().of(NAMESPACE).onConnection(socket -> {
      Visitor visitor = new Visitor(socket);
      socket.onDisconnect(reason -> List.copyOf(visitor.growing).forEach(GrowingAnswer::abandon));
      on(visitor, "ask", this::ask);
      on(visitor, "feedback", this::feedback);
    });
  }

  /** State of one connection, used on its event loop. */
  private static final class Visitor {
    private final Socket socket;
    private final List<String> history = new ArrayList<>();
    private int open;
    /** Answers that are still being made. */
    private final Set<GrowingAnswer> growing = new HashSet<>();

    private Visitor(Socket socket) {
      this.socket = socket;
    }

    /** Returns the former questions and appends this one. */
    private List<String> ask(String text) {
      List<String> before = List.copyOf(history);
      // A longer one is not answered either.
      history.add(text.length() > Question.LONGEST ? "" : text);
      if (history.size() > HISTORY) history.remove(0);
      return before;
    }
  }

  private interface Handler {
    Future<JsonObject> handle(Visitor visitor, JsonObject request);
  }

  private void on(Visitor visitor, String event, Handler handler) {
    visitor.socket.on(event, (args, ack) -> {
      if (args.isEmpty() || !(args.getValue(0) instanceof JsonObject request)) {
        refuse(ack, "INVALID", "the argument must be an object");
      } else if (visitor.open >= MOST_OPEN) {
        refuse(ack, "BUSY", "too many questions at once; wait for their answers");
      } else {
        visitor.open++;
        handled(visitor, request, handler)
            .onComplete(done -> visitor.open--)
            .onSuccess(answer -> ack.send(answer.put("ok", true)))
            .onFailure(failure -> failed(visitor, event, failure, ack));
      }
    });
  }

  private static Future<JsonObject> handled(Visitor visitor, JsonObject request, Handler handler) {
    try {
      return handler.handle(visitor, request);
    } catch (RuntimeException refused) {
      return Future.failedFuture(refused);
    }
  }

  private void failed(Visitor visitor, String event, Throwable failure, Ack ack) {
    if (failure instanceof IllegalArgumentException) {
      refuse(ack, "INVALID", failure.getMessage());
    } else if (failure instanceof ReplyException reply && reply.failureCode() == 400) {
      // The failure's message is not shown to visitors: any verticle may have written it.
      log.debug("bot refused event={} socket={} reason={}", event, visitor.socket.id(), failure.getMessage());
      refuse(ack, "INVALID", "the bot does not take this");
    } else {
      unanswered.warn(failure);
      refuse(ack, "UNAVAILABLE", "the bot does not answer now; try again");
    }
  }

  private static void refuse(Ack ack, String code, String message) {
    ack.send(new JsonObject().put("ok", false).put("code", code).put("message", message));
  }

  private Future<JsonObject> ask(Visitor visitor, JsonObject request) {
    Object text = request.getValue("text");
    if (!(text instanceof String) && !(text instanceof Number)) throw new IllegalArgumentException("text: what is asked");
    Question asked = Question.of(text);
    Question question = asked.visitor(visitor.socket.id()).lang(request.getValue("lang") instanceof String lang ? lang : null)
        .history(visitor.ask(asked.text()));
    boolean whole = !(request.getValue("stream") instanceof String) || visitor.growing.size() >= MOST_OPEN;
    if (whole) return answer(question).map(AskBot::json);
    String id = request.getString("stream");
    if (!STREAM_ID.matcher(id).matches()) throw new IllegalArgumentException("stream: 1 to 64 letters, digits, - or _");
    return answer(visitor, question, id);
  }

  /** The answer, which may go on growing after its acknowledgement. */
  private Future<JsonObject> answer(Visitor visitor, Question question, String id) {
    GrowingAnswer growing = new GrowingAnswer(vertx, visitor.socket, id, visitor.growing::remove);
    visitor.growing.add(growing);
    return growing.listen()
        .compose(listening -> answer(question.stream(growing.address())))
        .onFailure(failure -> growing.abandon())
        .map(answer -> {
          if (!answer.more()) growing.abandon();
          return answer.more() && growing.begin(answer.text()) ? json(answer).put("stream", id) : json(answer);
        });
  }

  private Future<Answer> answer(Question question) {
    return request(Addresses.BOT_ASK, question.toJson()).map(Answer::from);
  }

  private static JsonObject json(Answer answer) {
    // "Passing" has no meaning for a visitor: it becomes "not found".
    Outcome outcome = answer.outcome() == Outcome.PASS ? Outcome.NOT_FOUND : answer.outcome();
    return new JsonObject().put("outcome", outcome.name()).put("text", answer.text()).put("confidence", answer.confidence())
        .put("result", answer.resultJson());
  }

  private Future<JsonObject> feedback(Visitor visitor, JsonObject request) {
    Feedback feedback = Feedback.from(request.copy().put("visitor", visitor.socket.id()));
    return request(Addresses.BOT_FEEDBACK, feedback.toJson()).map(stored -> new JsonObject());
  }

  private Future<JsonObject> request(String address, JsonObject body) {
    return vertx.eventBus().<JsonObject>request(address, body, PATIENCE).map(reply -> reply.body());
  }
}
