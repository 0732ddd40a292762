package dev.magpie.bot;

import dev.magpie.store.PersonWishes;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/** Report of the visitors who asked for a person, and of the questions that the bot could not answer. Owned by one bot. */
final class PersonReport {
  private static final int MOST = 1_000;

  private final PersonWishes wishes;
  private final UnansweredReport unanswered;

  PersonReport(PersonWishes wishes, UnansweredReport unanswered) {
    this.wishes = wishes;
    this.unanswered = unanswered;
  }

  Future<JsonObject> answer(JsonObject request) {
    int limit = request.getValue("limit") instanceof Integer number ? Math.max(1, Math.min(MOST, number)) : MOST;
    return wishes.list(limit).compose(lines -> {
      JsonArray persons = new JsonArray();
      lines.forEach(line -> persons.add(json(line)));
      // Grouping needs the index, which may not be open yet; the visitors are reported without it.
      return unanswered.answer(request).otherwise(new JsonObject().put("groups", new JsonArray()))
          .map(report -> report.put("persons", persons));
    });
  }

  private static JsonObject json(PersonWishes.Line line) {
    return new JsonObject()
        .put("visitor", line.visitor())
        .put("conversation", line.conversation())
        .put("question", line.question())
        .put("lang", line.lang())
        .put("count", line.count())
        .put("firstAsked", line.firstAsked().toString())
        .put("lastAsked", line.lastAsked().toString());
  }
}
