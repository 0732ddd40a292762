package dev.magpie.bot;

import dev.magpie.store.Unanswered;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Report of unanswered questions for the editor: similar questions are grouped, the most frequent group first. Owned by one bot. */
final class UnansweredReport {
  /** Distinct questions that are grouped. */
  private static final int MOST = 500;

  private static final int GROUPS = 100;

  private final Knowledge knowledge;
  private final Unanswered unanswered;

  UnansweredReport(Knowledge knowledge, Unanswered unanswered) {
    this.knowledge = knowledge;
    this.unanswered = unanswered;
  }

  Future<JsonObject> answer(JsonObject request) {
    int limit = request.getValue("limit") instanceof Integer number ? Math.max(1, Math.min(GROUPS, number)) : GROUPS;
    return unanswered.list(MOST).compose(lines -> {
      Map<String, Unanswered.Line> byText = new HashMap<>();
      lines.forEach(line -> byText.put(line.question(), line));
      List<String> texts = lines.stream().map(Unanswered.Line::question).toList();
      return knowledge.ask(index -> index.similar(texts))
          .map(groups -> groups.stream().map(group -> group(group.stream().map(byText::get).toList())).toList());
    }).map(groups -> {
      JsonArray array = new JsonArray();
      groups.stream().sorted(Comparator.comparingLong((JsonObject group) -> group.getLong("count")).reversed()).limit(limit)
          .forEach(array::add);
      return new JsonObject().put("groups", array);
    });
  }

  private static JsonObject group(List<Unanswered.Line> lines) {
    JsonArray questions = new JsonArray();
    lines.forEach(line -> questions.add(line.question()));
    return new JsonObject()
        .put("questions", questions)
        .put("lang", lines.get(0).lang())
        .put("count", lines.stream().mapToLong(Unanswered.Line::count).sum())
        .put("firstAsked", lines.stream().map(Unanswered.Line::firstAsked).min(Comparator.naturalOrder()).orElse(Instant.EPOCH).toString())
        .put("lastAsked", lines.stream().map(Unanswered.Line::lastAsked).max(Comparator.naturalOrder()).orElse(Instant.EPOCH).toString());
  }
}
