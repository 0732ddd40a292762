package dev.magpie.articles;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.magpie.articles.ArticlesCommand.Arguments;
import dev.magpie.store.EmbeddedMongo;
import dev.magpie.store.StoreOptions;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(120)
class ArticlesCommandTest {
  private static final String TWO =
      "{\"id\":\"a1\",\"title\":\"如何更改套餐\",\"lang\":\"zh-CN\",\"phrasings\":[\"换套餐\",\"套餐怎么换\"],\"body\":\"每月可以更改一次。\\n\\n- 一\"}\n"
          + "{\"title\":\"<script>alert(1)</script>\"}\n";

  @TempDir Path directory;
  private String said;

  @Test
  void importsJsonLinesAndAgainChangesNothing() throws Exception {
    Path file = write("two.jsonl", TWO);
    assertThat(run("import", file.toString())).isZero();
    assertThat(said).matches("(?s)imported 2 articles from .*two.jsonl in [0-9.]+ s: 2 new, 0 changed, 0 as they were\n");
    assertThat(run("import", file.toString())).isZero();
    assertThat(said).contains("0 new, 0 changed, 2 as they were");
    write("two.jsonl", TWO.replace("每月", "每年"));
    assertThat(run("import", file.toString())).isZero();
    assertThat(said).contains("0 new, 1 changed, 1 as they were");
    assertThat(export()).contains("每年可以更改一次", "\"title\":\"<script>alert(1)</script>\"").hasLineCount(2);
  }

  @Test
  void aDryRunChangesNothing() throws Exception {
    assertThat(run("import", write("two.jsonl", TWO).toString(), "--dry-run")).isZero();
    assertThat(said).contains("would import 2 articles", "2 new", "a dry run, nothing was written");
    assertThat(export()).isEmpty();
  }

  @Test
  void oneBadLineKeepsTheWholeFileOutAndEachIsReported() throws Exception {
    Path file = write("bad.jsonl",
        TWO + "{\"titel\":\"x\"}\n\nnot json\n{\"title\":\"b\",\"$where\":\"1\"}\n{\"title\":\"如何更改套餐\","
        + "\"id\":\"a1\"}\n[1]\n{\"title\":\"x\",\"title\":\"y\"}\n");
    assertThat(run("import", file.toString())).isEqualTo(1);
    assertThat(said.lines()).hasSize(8).anySatisfy(line -> assertThat(line).endsWith("bad.jsonl:3: title: missing"))
        .anySatisfy(line -> assertThat(line).contains("bad.jsonl:3: titel: not a field; allowed: id, title, lang"))
        .anySatisfy(line -> assertThat(line).contains("bad.jsonl:5: not a JSON object"))
        .anySatisfy(line -> assertThat(line).contains("bad.jsonl:6: $where: not a field"))
        .anySatisfy(line -> assertThat(line).contains("bad.jsonl:7: id: a1: the same article as in").contains("bad.jsonl:1"))
        .anySatisfy(line -> assertThat(line).endsWith("bad.jsonl:8: not a JSON object"))
        .anySatisfy(line -> assertThat(line).contains("bad.jsonl:9: not JSON").contains("Duplicate field 'title'"))
        .anySatisfy(line -> assertThat(line).endsWith("bad.jsonl: 6 articles refused; nothing was imported"));
    assertThat(export()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
    "{'title':''}                           | title: empty",
    "{'title':5}                            | title: not a text",
    "{'title':{'$ne':null}}                 | title: not a text",
    "{'title':'a\\nb'}                      | title: more than one line",
    "{'title':'a\\u0000'}                   | title: holds a character that cannot be stored",
    "{'title':'a','phrasings':'b'}          | phrasings: not a list of texts",
    "{'title':'a','phrasings':[1]}          | phrasings: not a list of texts",
    "{'title':'a','keywords':['']}          | keywords: one of them is empty",
    "{'title':'a','status':'deleted'}       | status: neither published nor draft",
    "{'title':'a','lang':'Chinese!'}        | lang: not a language such as zh-CN or en",
    "{'title':'a','hits':-1}                | hits: not a whole number from 0",
    "{'title':'a','updatedAt':'yesterday'}  | updatedAt: not a time such as",
    "{'title':'a','updatedAt':'+99999-01-01T00:00:00Z'}       | updatedAt: not a time such as",
    "{'title':'a','updatedAt':18446744073709551617}           | updatedAt: not a time such as",
    "{'title':'a','updatedAt':{'$date':18446744073709551617}} | updatedAt: not a time such as",
    "{'title':'a','id':'../x'}              | id: not 1 to 64 letters",
    "{'title':'a','_id':{'$uuid':'3b241101-e2bb-4255-8caf-4136c566a962'}} | id: {\"$uuid\":\"3b241101-e2bb-4255-8caf-4136c566a962\"}; "
        + "allowed for a new article: a text, a number or an ObjectId",
    "{'title':'a','_id':{'$binary':{'base64':'OyQRAeK7','subType':'04'}}} | id: {\"$binary\":",
    "{'title':'a','_id':{'$timestamp':{'t':1,'i':1}}}                     | id: {\"$timestamp\":",
    "{'title':'a','_id':{'$numberLong':'99999999999999999999'}}           | id: {\"$numberLong\":",
    "{'title':'a','_id':{'$numberDouble':'x'}}                            | id: {\"$numberDouble\":",
    "{'title':'a','_id':{'$oid':5}}                                       | id: {\"$oid\":5}; allowed for a new article",
    "{'title':'a','':1}                     | : not a field",
    "{'title':'a','a.b':1}                  | a.b: not a field"
  })
  void saysWhatIsWrongAndWhatIsAllowed(String line, String expected) throws Exception {
    assertThat(run("import", write("one.jsonl", line.replace('\'', '"')).toString())).isEqualTo(1);
    assertThat(said).contains("one.jsonl:1: " + expected);
  }

  @Test
  void whatIsTooLongIsNamedWithItsLength() throws Exception {
    assertThat(run("import",
        write("long.jsonl", "{\"title\":\"" + "长".repeat(201) + "\"}\n{\"title\":\"a\",\"body\":\"" + "x".repeat(100_001) + "\"}")
        .toString())).isEqualTo(1);
    assertThat(said).contains("long.jsonl:1: title: 201 characters; allowed: 200",
        "long.jsonl:2: body: 100001 characters; allowed: 100000");
  }

  @Test
  void csvHasOneItemOfAListALine() throws Exception {
    Path file = write("faq.csv", "\uFEFFtitle,phrasings,body,status\n\"如何更改套餐\",\"换套餐\n套餐怎么换\",\"第一行\n第\"\"二\"\"行, 有逗号\",\n草稿,,,draft\n");
    assertThat(run("import", file.toString())).as(said).isZero();
    assertThat(export()).contains("\"phrasings\":[\"换套餐\",\"套餐怎么换\"]", "\"body\":\"第一行\\n第\\\"二\\\"行, 有逗号\"", "\"status\":\"draft\"")
        .hasLineCount(2);
  }

  @ParameterizedTest
  @ValueSource(strings = {";", "\t"})
  void csvMayBeSeparatedOtherwise(String separator) throws Exception {
    assertThat(run("import", write("faq.csv", "title" + separator + "lang\n甲" + separator + "zh\n").toString())).as(said).isZero();
    assertThat(export()).contains("\"title\":\"甲\"", "\"lang\":\"zh\"");
  }

  @Test
  void csvNamesTheLineWhereARowBegins() throws Exception {
    assertThat(run("import", write("faq.csv", "title,body\na,\"1\n2\n3\"\n,x\nb,c,d\n").toString())).isEqualTo(1);
    assertThat(said).contains("faq.csv:5: title: empty", "faq.csv:6: 3 cells, where the first line has 2");
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
    "titel,body       | faq.csv:1: titel: not a field",
    "body             | faq.csv:1: title: missing",
    "title,title      | faq.csv:1: title: named twice",
    "``               | faq.csv: empty",
    "title\\n\"open   | faq.csv: not CSV"
  })
  void csvWithAWrongFirstLineIsRefused(String text, String expected) throws Exception {
    assertThat(run("import", write("faq.csv", text.replace("\\n", "\n")).toString())).isEqualTo(1);
    assertThat(said).contains(expected);
  }

  @Test
  void aFileInGb18030IsTakenWhenItSaysSoAndElseRefusedWithItsLine() throws Exception {
    Path file = Files.write(directory.resolve("faq.csv"), "title\nascii\n怎么查话费\n".getBytes(Charset.forName("GB18030")));
    assertThat(run("import", file.toString())).isEqualTo(1);
    assertThat(said).contains("faq.csv:3: not in the encoding UTF-8", "--encoding GB18030");
    assertThat(run("import", file.toString(), "--encoding", "GB18030")).isZero();
    assertThat(export()).contains("\"title\":\"怎么查话费\"");
  }

  @Test
  void aFileInUtf16IsKnownByItsMark() throws Exception {
    Path file = Files.write(directory.resolve("faq.csv"), "title\tlang\n怎么查话费\tzh\n".getBytes(StandardCharsets.UTF_16));
    assertThat(run("import", file.toString())).as(said).isZero();
    assertThat(export()).contains("\"title\":\"怎么查话费\"");
  }

  @Test
  void aFolderOfMarkdownIsAnArticleAFile() throws Exception {
    Path folder = Files.createDirectories(directory.resolve("faq/more"));
    Files.writeString(folder.resolveSibling("a.md"),
        "---\ntitle: 如何更改套餐\nlang: zh-CN\nphrasings:\n  - 换套餐\n  - 5\ntags: 套餐\n---\n\n正文 **一**\n\n---\n\n还有\n");
    Files.writeString(folder.resolve("b.md"), "# How do I pay?\r\n\r\nBy card.\r\n");
    Files.writeString(folder.resolve("notes.txt"), "no article");
    assertThat(run("import", directory.resolve("faq").toString())).as(said).isZero();
    assertThat(export()).hasLineCount(2)
        .contains("\"title\":\"如何更改套餐\"", "\"phrasings\":[\"换套餐\",\"5\"]", "\"tags\":[\"套餐\"]", "\"body\":\"正文 **一**\\n\\n---\\n\\n还有\"")
        .contains("\"title\":\"How do I pay?\"", "\"body\":\"By card.\"");
  }

  @Test
  void markdownThatCannotBeReadIsReportedByFile() throws Exception {
    Path folder = Files.createDirectories(directory.resolve("faq"));
    Files.writeString(folder.resolve("a.md"), "---\ntitle: [unclosed\n---\nx\n");
    Files.writeString(folder.resolve("b.md"), "just text, no title\n");
    Files.writeString(folder.resolve("c.md"), "---\ntitle: x\nno end\n");
    Files.writeString(folder.resolve("d.md"), "---\ntitle: x\ncolour: red\n---\n");
    Files.write(folder.resolve("e.md"), "# 标题\n".getBytes(Charset.forName("GB18030")));
    assertThat(run("import", folder.toString())).isEqualTo(1);
    assertThat(said).containsPattern("a.md:\\d: not YAML")
        .contains("b.md: title: missing", "c.md:1: the line --- that ends the fields is missing", "d.md: colour: not a field",
        "e.md:1: not in the encoding UTF-8");
    assertThat(export()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"jsonl", "csv"})
  void whatIsExportedComesBackExactly(String format) throws Exception {
    String all = TWO
        + "{\"title\":\"草稿, \\\"引号\\\"\",\"status\":\"draft\",\"keywords\":[\"a,b\",\"c;d\"],\"body\":\" 前后空格 "
        + "\\n\",\"hits\":7,\"updatedAt\":\"2026-11-24T09:00:00.120Z\"}\n";
    assertThat(run("import", write("all.jsonl", all).toString())).as(said).isZero();
    Path first = directory.resolve("first." + format);
    assertThat(run("export", first.toString())).isZero();
    assertThat(said).contains("exported 3 articles to");
    Path other = Files.createDirectories(directory.resolve("other"));
    assertThat(run(other, "import", first.toString())).as(said).isZero();
    Path second = directory.resolve("second." + format);
    assertThat(run(other, "export", second.toString())).isZero();
    assertThat(second).hasSameBinaryContentAs(first);
    assertThat(run("import", first.toString())).isZero();
    assertThat(said).contains("3 as they were");
  }

  /** As each program writes a document of its own collection of articles. */
  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
    "mongoexport          | {'_id':{'$oid':'5d0a1b2c3d4e5f6071829304'},'title':'t','hits':{'$numberLong':'7'},"
        + "'createdAt':{'$date':'2026-11-24T09:00:00Z'}}",
    "its canonical form   | {'_id':{'$oid':'5d0a1b2c3d4e5f6071829304'},'title':'t','hits':{'$numberInt':'7'},"
    + "'createdAt':{'$date':{'$numberLong':'1795510800000'}}}",
    "an old mongoexport   | {'_id':{'$oid':'5d0a1b2c3d4e5f6071829304'},'title':'t','hits':{'$numberDouble':'7.0'},"
    + "'createdAt':{'$date':'2026-11-24T09:00:00.000+0000'}}",
    "an older one         | {'_id':{'$oid':'5d0a1b2c3d4e5f6071829304'},'title':'t','hits':7.0,'createdAt':{'$date':1795510800000}}",
    "nothing is missing   | {'_id':{'$oid':'5d0a1b2c3d4e5f6071829304'},'title':'t','hits':7,'createdAt':'2026-11-24T17:00:00+08:00',"
    + "'body':null,'lang':null,'tags':null}",
    "another offset       | {'_id':{'$oid':'5d0a1b2c3d4e5f6071829304'},'title':'t','hits':7,'createdAt':'2026-11-24 04:00:00 -0500'}",
    "mongoose             | {'_id':'5d0a1b2c3d4e5f6071829304','id':'5d0a1b2c3d4e5f6071829304','title':'t','hits':7,"
    + "'createdAt':'2026-11-24T09:00:00.000Z'}"
  })
  void documentsOfOtherProgramsAreRead(String program, String line) throws Exception {
    assertThat(run("import", write("one.jsonl", line.replace('\'', '"')).toString())).as(said).isZero();
    assertThat(export()).as(program).contains("5d0a1b2c3d4e5f6071829304", "\"title\":\"t\"", "\"body\":\"\"", "\"hits\":7",
        "\"createdAt\":\"2026-11-24T09:00:00Z\"").hasLineCount(1);
  }

  @Test
  void fieldsOfOtherProgramsAreKeptOutWithOneWarning() throws Exception {
    Path file = write("mongoose.jsonl",
        "{'_id':1,'title':'a','__v':0,'author':{'name':'x'}}\n{'_id':2,'title':'b','__v':1}\n".replace('\'', '"'));
    assertThat(run("import", file.toString())).isZero();
    assertThat(said.lines()).hasSize(2).anySatisfy(line -> assertThat(line).startsWith("warning: kept out: ")
        .contains("mongoose.jsonl:1: __v: not a field (2 articles); ",
        "mongoose.jsonl:1: author: not a field (1 article); allowed: id, title"));
    assertThat(export()).doesNotContain("__v", "author").hasLineCount(2);
  }

  @ParameterizedTest
  @ValueSource(strings = {"[{'title':'a'},{'title':'b','body':'x'}]", "\uFEFF [\n  {\n    'title': 'a'\n  },\n  { 'title': 'b' }\n]\n",
      "{\n  'title': 'a'\n}\n{\n  'title': 'b'\n}\n", "\uFEFF{'title':'a'}\r\n{'title':'b'}\r\n"})
  void arraysAndObjectsOverSeveralLinesAreReadToo(String text) throws Exception {
    assertThat(run("import", write("all.json", text.replace('\'', '"')).toString())).as(said).isZero();
    assertThat(export()).contains("\"title\":\"a\"", "\"title\":\"b\"").hasLineCount(2);
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
    "[{'title':'a'},\\n5]                | x.json:2: not a JSON object",
    "[{'title':'a'},\\n{'title':}]       | x.json:2: not JSON at column",
    "[{'title':'a'}] x                   | x.json:1: not JSON at column",
    "[{'title':'a'}]\\n{'title':'b'}     | x.json:2: more behind the end of the array",
    "[{'title':'a'},\\n{'titel':'b'}]    | x.json:2: title: missing",
    "[{'title':'a'}                      | x.json:1: not JSON at column"
  })
  void aWrongArrayIsReportedByItsLine(String text, String expected) throws Exception {
    assertThat(run("import", write("x.json", text.replace("\\n", "\n").replace('\'', '"')).toString())).isEqualTo(1);
    assertThat(said).contains(expected);
    assertThat(export()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
    "x.json  | {'title':['a'}",
    "x.json  | {'title':'a'",
    "x.json  | {'title':'a','title':'b'}",
    "x.json  | ['a']",
    "x.json  | DEEP",
    "x.jsonl | {'title':tru}",
    "x.csv   | title,body\\na,'b",
    "x.csv   | title\\n'a'b",
    "x.md    | ---\\n- a\\n- b\\n---\\n",
    "x.md    | ---\\ntitle: !!java.util.Date x\\nb: [\\n---\\n",
    "x.md    | ---\\n5\\n---\\n",
    "x.md    | ---\\ntitle: a\\ntitle: b\\n---\\n"
  })
  void noParsersClassIsNamed(String name, String text) throws Exception {
    Path folder = Files.createDirectories(directory.resolve("in"));
    Path file = Files.writeString(folder.resolve(name), text.replace("DEEP", "{\"a\":" + "[".repeat(2_000)).replace("\\n", "\n")
        .replace('\'', '"'));
    assertThat(run("import", name.endsWith(".md") ? folder.toString() : file.toString())).isEqualTo(1);
    assertThat(said).contains(name).doesNotContain("java.", "com.fasterxml", "Source:", "StreamRead", "`", "Exception", "$");
  }

  @Test
  void csvOfMongoexportCompassAndSpreadsheetsIsRead() throws Exception {
    Path mongoexport = write("mongoexport.csv",
        "_id,title,tags,hits,createdAt\nObjectId(5d0a1b2c3d4e5f6071829304),a,\"[\"\"x\"\",\"\"y\"\"]\",7,2026-11-24T09:00:00.000Z\n");
    assertThat(run("import", mongoexport.toString())).as(said).isZero();
    Path compass = write("compass.csv", "_id,title,tags[0],tags[1],meta.author,__v\n5d0a1b2c3d4e5f6071829305,b,x,y,somebody,0\n");
    assertThat(run("import", compass.toString())).as(said).isZero();
    assertThat(said).contains("compass.csv:2: meta: not a field (1 article); ", "compass.csv:2: __v: not a field (1 article)");
    Path spreadsheet = write("spreadsheet.csv", "id,title,tags,,\n3,c,\"x\ny\",,\n,,,,\n");
    assertThat(run("import", spreadsheet.toString())).as(said).isZero();
    assertThat(said).doesNotContain("warning");
    assertThat(export().lines()).hasSize(3).allSatisfy(line -> assertThat(line).contains("\"tags\":[\"x\",\"y\"]"))
        .anySatisfy(line -> assertThat(line).contains("\"id\":3,"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"jsonl", "csv"})
  void idsOfEveryTypeComeBackExactly(String format) throws Exception {
    String all =
        "{'_id':{'$oid':'5d0a1b2c3d4e5f6071829304'},'title':'a'}\n{'_id':'5d0a1b2c3d4e5f6071829304','title':'b'}\n{'_id':7,"
        + "'title':'c'}\n{'_id':'7','title':'d'}\n{'_id':1.5,'title':'e'}\n{'id':'如何/1','title':'f'}\n";
    assertThat(run("import", write("all.jsonl", all.replace('\'', '"')).toString())).as(said).isZero();
    assertThat(said).contains("6 new");
    Path first = directory.resolve("first." + format);
    assertThat(run("export", first.toString())).isZero();
    assertThat(run("import", first.toString())).as(said).isZero();
    assertThat(said).contains("0 new, 0 changed, 6 as they were");
    Path other = Files.createDirectories(directory.resolve("other"));
    assertThat(run(other, "import", first.toString())).as(said).isZero();
    assertThat(run(other, "import", directory.resolve("all.jsonl").toString())).as(said).isZero();
    assertThat(said).contains("0 new, 0 changed, 6 as they were");
  }

  @Test
  void aPersonSeesABarWhichIsGoneAtTheEndAndAFileDoesNot() {
    ByteArrayOutputStream screen = new ByteArrayOutputStream();
    AtomicLong now = new AtomicLong();
    try (Progress progress = new Progress(new PrintStream(screen), now::get)) {
      progress.show("reading", 0, 100);
      assertThat(screen.size()).as("nothing for what is done at once").isZero();
      for (long done : new long[] {25, 26, 50, 200}) {
        if (done != 26) now.addAndGet(TimeUnit.MILLISECONDS.toNanos(150));
        progress.show("reading", done, 100);
      }
    }
    assertThat(screen.toString(StandardCharsets.UTF_8)).isEqualTo(
        "\rreading [#######                       ] 25 %  \rreading [###############               ] 50 %  \rreading "
        + "[##############################] 100 %  \r" + " ".repeat(54) + "\r");
    try (Progress nobody = new Progress(null, now::get)) {
      now.addAndGet(TimeUnit.SECONDS.toNanos(1));
      nobody.show("reading", 1, 2);
    }
  }

  @Test
  void besideARunningProgramItWorksThroughThatOne() throws Exception {
    try (EmbeddedMongo running = EmbeddedMongo.open(directory.resolve("data"))) {
      assertThat(run("import", write("two.jsonl", TWO).toString())).as(said).isZero();
      assertThat(export()).hasLineCount(2);
      assertThat(running.port()).isPositive();
    }
  }

  @Test
  void aDatabaseThatIsAwayIsOneLineAndExitCodeTwo() throws Exception {
    Path file = write("two.jsonl", TWO);
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int code = new ArticlesCommand(new PrintStream(err), new PrintStream(err), false)
        .run(Arguments.parse(List.of("import", file.toString())), StoreOptions.at("mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=200"));
    assertThat(code).isEqualTo(2);
    assertThat(err.toString(StandardCharsets.UTF_8))
        .isEqualTo("magpie: the database does not answer; start it, or see the setting mongo.connection_string\n");
  }

  @Test
  void aFileThatIsNotThereIsOneLine() throws Exception {
    assertThat(run("import", directory.resolve("none.csv").toString())).isEqualTo(1);
    assertThat(said).endsWith("none.csv: no such file\n").hasLineCount(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "remove", "import", "import a b", "import --fast a", "import a --format", "import a --format xml",
      "export --dry-run", "export --format markdown", "import a --encoding klingon"})
  void aCommandLineThatMakesNoSenseIsRefused(String words) {
    assertThatThrownBy(() -> Arguments.parse(words.isEmpty() ? List.of() : List.of(words.split(" "))))
        .isInstanceOf(IllegalArgumentException.class).hasMessageStartingWith("articles");
  }

  private Path write(String name, String text) throws IOException {
    return Files.writeString(directory.resolve(name), text);
  }

  private String export() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    assertThat(new ArticlesCommand(new PrintStream(out), System.err, false)
        .run(Arguments.parse(List.of("export")), StoreOptions.embedded(directory.resolve("data")))).isZero();
    return out.toString(StandardCharsets.UTF_8);
  }

  private int run(String... words) {
    return run(directory.resolve("data"), words);
  }

  private int run(Path data, String... words) {
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int code = new ArticlesCommand(System.out, new PrintStream(err), false)
        .run(Arguments.parse(List.of(words)), StoreOptions.embedded(data));
    said = err.toString(StandardCharsets.UTF_8);
    return code;
  }
}
