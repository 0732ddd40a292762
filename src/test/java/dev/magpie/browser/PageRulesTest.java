package dev.magpie.browser;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What holds for every page of Magpie's own, read without a browser. */
class PageRulesTest {
  private static final Path WEBROOT = Path.of("webroot");
  private static final Pattern REFERENCE = Pattern.compile("(?:src|href)=\"([^\"?#:]+)[\"?#]|(?:from|import) \"([^\"]+)\"");
  private static final Pattern MARKED = Pattern.compile("data-i18n=\"([^\"]+)\"");
  private static final Pattern MARKED_ATTRIBUTE = Pattern.compile("data-i18n-attr=\"([^\"]+)\"");
  private static final Pattern SPOKEN =
      Pattern.compile("\"((?:nav|link|chat|bot|connect|more|examples|node|express|articles|rooms|koa|websocket|reliable|scores|map|staff)"
          + "\\.[\\w.]+)\"");
  /** What the server itself answers. */
  private static final Set<String> SERVED = Set.of("health", "ready", "staff/oidc/start", "socket.io/socket.io.js",
      "socket.io/socket.io.esm.min.js");

  private static List<Path> files(String ending) throws IOException {
    try (Stream<Path> files = Files.walk(WEBROOT)) {
      return files.filter(file -> file.toString().endsWith(ending)).toList();
    }
  }

  private static JsonObject words(String language) throws IOException {
    return new JsonObject(Files.readString(WEBROOT.resolve("i18n/" + language + ".json")));
  }

  private static List<String> all(Pattern pattern, String text) {
    List<String> found = new ArrayList<>();
    for (Matcher matcher = pattern.matcher(text); matcher.find(); ) {
      for (int group = 1; group <= matcher.groupCount(); group++) if (matcher.group(group) != null) found.add(matcher.group(group));
    }
    return found;
  }

  @Test
  void nothingIsInlineSoThatAStrictPolicyHolds() throws IOException {
    for (Path page : files(".html")) {
      assertThat(Files.readString(page)).as(page.toString()).doesNotContainPattern("(?i)<script(?![^>]*\\ssrc=)")
          .doesNotContainPattern("(?i)<style|\\sstyle=|\\son\\w+=|javascript:");
    }
  }

  @Test
  void nothingIsDrawnAsMarkup() throws IOException {
    for (Path script : files(".js")) {
      assertThat(Files.readString(script)).as(script.toString())
          .doesNotContainPattern("innerHTML|outerHTML =|insertAdjacentHTML|document\\.write|\\beval\\(|new Function");
    }
  }

  @Test
  void nothingComesFromElsewhere() throws IOException {
    for (String ending : List.of(".html", ".css")) {
      for (Path file : files(ending))
        assertThat(Files.readString(file)).as(file.toString()).doesNotContainPattern("(?:src|href)=\"(?:https?:)?//|url\\(|@import");
    }
  }

  @Test
  void everyReferenceLeadsToAFile() throws IOException {
    for (String ending : List.of(".html", ".js")) {
      for (Path file : files(ending)) {
        for (String reference : all(REFERENCE, Files.readString(file).replaceAll("(?m)^//.*$", ""))) {
          if (reference.contains("${")) continue;
          // A proxy may serve the pages below a path.
          assertThat(reference).as("in %s", file).doesNotStartWith("/");
          Path target = file.resolveSibling(reference).normalize();
          if (SERVED.contains(WEBROOT.relativize(target).toString().replace('\\', '/'))) continue;
          assertThat(reference.endsWith("/") ? target.resolve("index.html") : target).as("%s in %s", reference, file).isRegularFile();
        }
      }
    }
  }

  @Test
  void bothLanguagesSayTheSameThings() throws IOException {
    JsonObject chinese = words("zh-CN");
    JsonObject english = words("en");
    assertThat(english.fieldNames()).containsExactlyElementsOf(chinese.fieldNames());
    for (Map.Entry<String, Object> entry : chinese) {
      assertThat(entry.getValue().toString()).as(entry.getKey()).isNotBlank();
      assertThat(places(english.getString(entry.getKey()))).as(entry.getKey()).isEqualTo(places(entry.getValue().toString()));
    }
  }

  private static Set<String> places(String words) {
    return new TreeSet<>(all(Pattern.compile("\\{(\\w+)}"), words));
  }

  @Test
  void everyKeyThatThePagesUseHasWords() throws IOException {
    Set<String> known = words("zh-CN").fieldNames();
    for (Path page : files(".html")) {
      String text = Files.readString(page);
      assertThat(known).as(page.toString()).containsAll(all(MARKED, text));
      for (String pairs : all(MARKED_ATTRIBUTE, text))
        for (String pair : pairs.split(";")) assertThat(known).as(page.toString()).contains(pair.split(":")[1]);
    }
    for (Path script : files(".js")) assertThat(known).as(script.toString()).containsAll(all(SPOKEN, Files.readString(script)));
  }

  @Test
  void thePagesAreWrittenInTheWordsOfTheDefaultLanguage() throws IOException {
    JsonObject chinese = words("zh-CN");
    Pattern element = Pattern.compile("data-i18n=\"([^\"]+)\"[^>]*>([^<]*)<");
    for (Path page : files(".html")) {
      for (Matcher found = element.matcher(Files.readString(page)); found.find(); )
        assertThat(found.group(2)).as("%s in %s", found.group(1), page).isEqualTo(chinese.getString(found.group(1)));
    }
  }
}
