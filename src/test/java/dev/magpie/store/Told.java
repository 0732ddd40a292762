package dev.magpie.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** A follower that keeps all that it was told, as lines. */
final class Told implements KnowledgeFollower {
  private final LinkedBlockingQueue<String> said = new LinkedBlockingQueue<>();
  final List<String> all = new CopyOnWriteArrayList<>();

  private void say(String line) {
    all.add(line);
    said.add(line);
  }

  void until(Predicate<String> wanted) throws Exception {
    while (true) {
      String line = said.poll(10, TimeUnit.SECONDS);
      assertThat(line).as("nothing within ten seconds; heard %s", all.size() < 50 ? all : all.size()).isNotNull();
      if (wanted.test(line)) return;
    }
  }

  @Override
  public void changed(List<Article> articles) {
    articles.forEach(article -> say("changed " + article.title()));
  }

  @Override
  public void gone(List<String> ids) {
    ids.forEach(id -> say("gone " + id));
  }

  @Override
  public void whole() {
    say("whole");
  }

  @Override
  public void canned(List<CannedAnswer> answers) {
    answers.forEach(answer -> say("canned " + answer.answer()));
  }

  @Override
  public void synonyms(List<SynonymGroup> groups) {
    groups.forEach(group -> say("synonyms " + group.words()));
  }
}
