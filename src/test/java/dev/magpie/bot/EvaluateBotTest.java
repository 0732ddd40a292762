package dev.magpie.bot;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.testing.MagpieProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The evaluation as whoever has articles of his own starts it: a program with files. */
@Timeout(120)
class EvaluateBotTest {
  private static final String FIGURE = "[01]\\.\\d{3}";

  @TempDir Path folder;

  @Test
  void printsAFigureALineAndNothingElseOnStandardOutput() throws Exception {
    write("articles.tsv", "id\ttitle\tbody\na\t怎么办理套餐\t在营业厅办理。\\n带身份证。\nb\t怎么查询话费\t发短信查询。\nc\t宽带怎么安装\nd\t忘记密码怎么办\t用短信重置\n");
    write("questions.tsv", "a\t办理套餐要去哪\na\t怎么办理套餐\nb\t话费在哪里查\nd\t宽带怎么安装\n");
    write("off-topic.txt", "今天天气怎么样\n\n火星上有水吗\n");
    assertThat(run("articles.tsv", "questions.tsv", "off-topic.txt", "--lang", "zh")).as(said("err")).isZero();
    List<String> lines = said("out").lines().toList();
    assertThat(lines.subList(0, 3)).containsExactly("articles 4", "questions 4", "off-topic 2");
    assertThat(lines.subList(3, 7))
        .containsExactly("hit@1 0.750", "hit@3 " + lines.get(4).substring(6), "MRR " + lines.get(5).substring(4),
        "AUC " + lines.get(6).substring(4));
    assertThat(lines.subList(4, 7)).allMatch(line -> line.matches("\\S+ " + FIGURE));
    assertThat(lines.subList(7, 11)).allMatch(line -> line.matches("kept [01]\\.\\d\\d rejected " + FIGURE + " at confidence " + FIGURE));
    assertThat(lines.subList(11, 20)).allMatch(line -> line.matches("confidence 0\\.\\d\\d kept " + FIGURE + " rejected " + FIGURE));
    assertThat(lines.subList(20, 23)).allMatch(line -> line.matches("p(50|95|99) \\d+\\.\\d\\d ms"));
    assertThat(lines).hasSize(23);
  }

  @Test
  void aQuestionMayHaveSeveralRightArticlesAndItsFormsAreMeasuredToo() throws Exception {
    write("articles.tsv", "a\t怎么办理套餐\nb\t怎么查询话费\n");
    write("questions.tsv", "a,b\t怎么查询话费\na\t怎么办理套餐\n");
    assertThat(run("articles.tsv", "questions.tsv", "--lang", "zh", "--words", "--forms")).as(said("err")).isZero();
    List<String> lines = said("out").lines().toList();
    assertThat(lines).contains("hit@1 1.000", "traditional hit@1 1.000 hit@3 1.000", "chat hit@1 1.000 hit@3 1.000");
    assertThat(lines).anyMatch(line -> line.matches("typo hit@1 " + FIGURE + " hit@3 " + FIGURE))
        .anyMatch(line -> line.matches("pinyin hit@1 " + FIGURE + " hit@3 " + FIGURE));
  }

  @Test
  void aFileThatIsNotThereIsALineAndTheUsage() throws Exception {
    assertThat(run("none.tsv", "questions.tsv")).isEqualTo(2);
    assertThat(said("err").lines()).hasSize(2).first().isEqualTo("magpie: none.tsv: cannot be read");
    assertThat(said("out")).isEmpty();
  }

  private void write(String name, String text) throws IOException {
    Files.writeString(folder.resolve(name), text);
  }

  private int run(String... arguments) throws Exception {
    Process process = MagpieProcess.of(EvaluateBot.class, arguments).builder().directory(folder.toFile())
        .redirectOutput(folder.resolve("out").toFile()).redirectError(folder.resolve("err").toFile()).start();
    assertThat(process.waitFor(60, SECONDS)).isTrue();
    return process.exitValue();
  }

  private String said(String stream) throws IOException {
    return Files.readString(folder.resolve(stream));
  }
}
