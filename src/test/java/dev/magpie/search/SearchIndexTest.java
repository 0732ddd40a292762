package dev.magpie.search;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class SearchIndexTest {
  @TempDir Path folder;
  private SearchIndex index;

  @BeforeEach
  void open() {
    index = SearchIndex.open(new SearchOptions(folder, false, 0));
  }

  @AfterEach
  void close() {
    index.close();
  }

  @Test
  void aTitleOrAPhrasingIsTheQuestionButForCaseWidthSpacesAndPunctuation() {
    index.put(List.of(new Entry("a", "怎么开通WiFi", List.of("无线网怎么开"), List.of(), "正文"), entry("b", "怎么开通")));
    for (String said : List.of("怎么开通ＷＩＦＩ？", " 怎么开通 wifi ", "无线网怎么开"))
      assertThat(index.find(said, 1)).as(said).extracting(Finding::id, Finding::confidence)
          .containsExactly(org.assertj.core.groups.Tuple.tuple("a", 1.0));
  }

  @Test
  void aWordOfSeveralTitlesIsNoAnswerYetOneOfASingleTitleIs() {
    index.put(List.of(entry("a", "怎么办理套餐"), entry("b", "怎么取消套餐"), entry("c", "话费账单查询")));
    assertThat(index.find("套餐", 3).get(0).confidence()).isLessThan(0.5);
    assertThat(index.find("套餐", 2)).extracting(Finding::id).containsExactlyInAnyOrder("a", "b");
    assertThat(index.find("话费账单", 1)).first().satisfies(found -> assertThat(found.id()).isEqualTo("c"))
        .satisfies(found -> assertThat(found.confidence()).isGreaterThanOrEqualTo(0.5));
  }

  @Test
  void aQuestionOfOneCharacterNeverScoresHigh() {
    index.put(List.of(entry("a", "怎么办理5G套餐"), entry("b", "a letter")));
    for (String said : List.of("5", "套", "a", "G"))
      assertThat(index.find(said, 3)).as(said).allSatisfy(found -> assertThat(found.confidence()).isLessThanOrEqualTo(0.3));
  }

  @Test
  void nothingInCommonFindsNothingAndPunctuationOnlyWhatHasItToTheLetter() {
    index.put(List.of(entry("a", "怎么办理套餐"), entry("b", "C++ (11) 怎么学"), entry("c", "what is .* for")));
    assertThat(index.find("zzzz qqqq", 3)).isEmpty();
    assertThat(index.find("", 3)).isEmpty();
    assertThat(index.find("(", 3)).extracting(Finding::id).containsExactly("b");
    assertThat(index.find(".*", 3)).extracting(Finding::id).containsExactly("c");
    assertThat(index.find("\\E.*\\Q", 3)).isEmpty();
    assertThat(index.titlesContaining("c++", 3)).as("in the same case").isEmpty();
    assertThat(index.titlesContaining("C++ (", 3)).extracting(Finding::id).containsExactly("b");
  }

  @Test
  void aModelThatDoesNotLoadIsNamedWithItsReasonAndTheWordsGoOn(@TempDir Path other) throws Exception {
    SearchIndex words = SearchIndex.open(new SearchOptions(other, true, 0), language -> {
      throw new OutOfMemoryError("Java heap space");
    });
    assertThat(words.withoutMeaning()).as("nothing has failed yet").isEmpty();
    words.put(List.of(entry("a", "怎么办理套餐")));
    while (words.waitingForMeaning() > 0) Thread.onSpinWait();
    assertThat(words.withoutMeaning()).hasValueSatisfying(reason -> assertThat(reason)
        .startsWith("bge-small-zh-v1.5-q not loaded: not enough memory for it: Java heap space; the heap has "));
    assertThat(words.find("怎么办理套餐", 1)).extracting(Finding::id).containsExactly("a");
    words.close();
  }

  @Test
  void aQuestionOfAThousandDifferentCharactersFindsWhatItBeginsWith() {
    StringBuilder story = new StringBuilder();
    for (int i = 0; i < 990; i++) story.appendCodePoint(0x4E00 + 7 * i);
    index.put(List.of(new Entry("a", "怎么办理套餐", List.of("换个套餐"), List.of(), "正文"), entry("b", "话费账单查询")));
    index.synonyms(List.of(List.of("话费", "账单")));
    assertThat(index.find("办理套餐" + story, 1)).extracting(Finding::id).containsExactly("a");
  }

  @Test
  void amongVeryManyTheTellingWordFindsItsEntryAndSingleCharactersStillFindSomething() {
    for (int i = 0; i < 50_100; i++) index.add(entry("id" + i, "第" + i + "号的套餐"));
    index.add(new Entry("b", "话费账单查询", List.of("账单在哪"), List.of(), ""));
    index.built();
    assertThat(index.find("我的套餐是第 777 号", 3)).first().extracting(Finding::id).isEqualTo("id777");
    assertThat(index.find("账单呢在哪儿", 3)).first().extracting(Finding::id).isEqualTo("b");
    assertThat(index.find("餐费", 3)).isNotEmpty();
    assertThat(index.find("餐，第", 3)).hasSize(3);
  }

  @Test
  void aTypoFindsTheWordAndASynonymTheOther() {
    index.put(List.of(entry("a", "Reset your password"), entry("b", "Delete the account"), entry("c", "无线网怎么设置"), entry("d", "宽带多少钱")));
    assertThat(index.find("reset my pasword", 1)).extracting(Finding::id).containsExactly("a");
    assertThat(index.find("wifi", 1)).isEmpty();
    index.synonyms(List.of(List.of("wifi", "无线网")));
    assertThat(index.find("我的wifi呢", 1)).extracting(Finding::id).containsExactly("c");
    index.synonyms(List.of());
    assertThat(index.find("wifi", 1)).isEmpty();
  }

  @Test
  void whatIsPutAgainIsFoundAsItIsNowAndWhatIsRemovedNoMore() {
    index.put(List.of(entry("a", "怎么办理套餐")));
    index.put(List.of(entry("a", "怎么查询话费")));
    assertThat(index.size()).isEqualTo(1);
    assertThat(index.find("套餐", 1)).isEmpty();
    assertThat(index.find("查询话费", 1)).extracting(Finding::id).containsExactly("a");
    assertThat(index.entry("a").orElseThrow().title()).isEqualTo("怎么查询话费");
    index.remove(List.of("a"));
    assertThat(index.find("查询话费", 1)).isEmpty();
    assertThat(index.entry("a")).isEmpty();
  }

  @Test
  void theConfidenceByWordsStaysWhatItWas() {
    index.put(List.of(new Entry("a", "怎么办理5G套餐", List.of(), List.of(), "在我的套餐页面选择。"), entry("b", "如何查询话费余额"),
        new Entry("c", "How to cancel a subscription", List.of(), List.of(), "Open the page and stop it.")));
    assertThat(index.find("5G套餐在哪里办", 1).get(0).confidence()).isBetween(0.55, 0.99);
    assertThat(index.find("stop my subscription", 1).get(0).confidence()).isBetween(0.5, 0.99);
  }

  @Test
  void theConfidenceByMeaningStaysWhatItWas() {
    Confidence.Scale zh = Confidence.Scale.of(Language.ZH);
    Confidence.Scale en = Confidence.Scale.of(Language.EN);
    assertThat(zh.confidence(0.65)).isEqualTo(0.5);
    assertThat(en.confidence(0.70)).isEqualTo(0.5);
    assertThat(zh.confidence(0.71)).isBetween(0.817, 0.818);
    assertThat(en.confidence(0.62)).isBetween(0.119, 0.120);
    assertThat(zh.score(zh.confidence(0.72))).isBetween(0.7199, 0.7201);
    assertThat(zh.confidence(2)).isEqualTo(0.99);
  }

  @Test
  void questionsThatAskForMuchTheSameAreOneGroup() {
    assertThat(index.similar(List.of("怎么退订彩铃", "彩铃怎么退订啊", "宽带多少钱", "how to cancel ringback tones", "cancel ringback tones please")))
        .containsExactly(List.of("怎么退订彩铃", "彩铃怎么退订啊"), List.of("宽带多少钱"),
        List.of("how to cancel ringback tones", "cancel ringback tones please"));
  }

  @Test
  void meaningComesWhenItsVectorsAreThereAndTheyAreKept() throws Exception {
    AtomicInteger made = new AtomicInteger();
    Path other = folder.resolve("other");
    for (int start = 0; start < 2; start++) {
      try (SearchIndex meant = SearchIndex.open(new SearchOptions(other, true, 0), language -> new Letters(made))) {
        meant.put(List.of(entry("a", "甲乙丙丁"), entry("b", "戊己庚辛")));
        while (meant.waitingForMeaning() > 0) Thread.sleep(5);
        assertThat(meant.find("丁丙乙甲", 1)).first().satisfies(found -> assertThat(found.kind()).isEqualTo(Finding.Kind.MEANING))
            .satisfies(found -> assertThat(found.id()).isEqualTo("a"));
        meant.put(List.of(entry("a", "戊己庚辛")));
        meant.remove(List.of("b"));
        while (meant.waitingForMeaning() > 0) Thread.sleep(5);
        assertThat(meant.find("辛庚己戊", 1)).extracting(Finding::id).containsExactly("a");
      }
    }
    // Two texts, and two questions at each start.
    assertThat(made.get()).isEqualTo(2 + 4);
  }

  @Test
  void theNearestPassageOfALongBodyIsTheAnswerAndAShortBodyIsShownWhole() throws Exception {
    String body = "在营业厅办理时带上身份证。".repeat(6) + "\n\n" + "费用每月十元，从话费里扣。".repeat(6) + "\n\n" + "退订时请发送短信到一万零八十六号。".repeat(5);
    Entry article = new Entry("a", "怎么办理副卡", List.of(), List.of(), body);
    Entry brief = new Entry("b", "怎么充值", List.of(), List.of(), "**打开**网页，选择金额。");
    Path own = folder.resolve("passages");
    for (boolean meaning : new boolean[] {false, true}) {
      try (SearchIndex passages = SearchIndex.open(new SearchOptions(own, meaning, 0), language -> new Letters(new AtomicInteger()))) {
        passages.put(List.of(article, brief));
        while (passages.waitingForMeaning() > 0) Thread.sleep(5);
        assertThat(passages.passage(article, "副卡每月费用")).contains("费用每月十元").doesNotContain("身份证").hasSizeLessThan(100);
        assertThat(passages.passage(article, "副卡怎么退订短信")).contains("退订时请发送短信").doesNotContain("身份证").hasSizeLessThan(100);
        assertThat(passages.passage(brief, "充值网页")).isEqualTo(brief.body());
      }
    }
  }

  @Test
  void aQuestionThatIsAskedAgainIsNotGivenToTheModelAgain() throws Exception {
    AtomicInteger made = new AtomicInteger();
    try (SearchIndex meant = SearchIndex.open(new SearchOptions(folder.resolve("again"), true, 0), language -> new Letters(made))) {
      meant.put(List.of(entry("a", "甲乙丙丁")));
      while (meant.waitingForMeaning() > 0) Thread.sleep(5);
      made.set(0);
      for (int i = 0; i < 3; i++) assertThat(meant.find("丁丙乙甲", 1)).extracting(Finding::id).containsExactly("a");
      assertThat(made.get()).isEqualTo(1);
      meant.put(List.of(entry("b", "丁丙甲甲乙")));
      while (meant.waitingForMeaning() > 0) Thread.sleep(5);
      made.set(0);
      assertThat(meant.find("丁丙乙甲", 2)).as("what came later is found, too").extracting(Finding::id).containsExactlyInAnyOrder("a", "b");
      assertThat(made.get()).isZero();
    }
  }

  @Test
  void vectorsOfTextsThatAreNoMoreGoAtAStart() throws Exception {
    Path own = folder.resolve("own");
    AtomicInteger made = new AtomicInteger();
    List<Entry> all = java.util.stream.IntStream.range(0, 1_500).mapToObj(i -> entry("id" + i, "标题" + i)).toList();
    Path file = own.resolve("vectors/letters.vectors");
    try (SearchIndex before = SearchIndex.open(new SearchOptions(own, true, 0), language -> new Letters(made))) {
      before.put(all);
      before.complete();
      while (before.waitingForMeaning() > 0) Thread.sleep(5);
    }
    long size = Files.size(file);
    try (SearchIndex after = SearchIndex.open(new SearchOptions(own, true, 0), language -> new Letters(made))) {
      after.put(all.subList(0, 150));
      after.complete();
      while (Files.size(file) > size / 10) Thread.sleep(5);
      after.put(all.subList(150, 160));
      while (after.waitingForMeaning() > 0) Thread.sleep(5);
    }
    assertThat(made.get()).as("the ten anew").isEqualTo(1_500 + 10);
    assertThat(Files.size(file)).isEqualTo(size / 1_500 * 160);
  }

  @Test
  void vectorsOfANewModelAreMadeWhileTheWordsAnswerAndTheFormersFileGoesAtTheEnd() throws Exception {
    Path own = folder.resolve("updated");
    Path former = Files.createDirectories(own.resolve("vectors")).resolve("former.vectors");
    Files.write(former, new byte[100]);
    CountDownLatch goOn = new CountDownLatch(1);
    try (SearchIndex updated = SearchIndex.open(new SearchOptions(own, true, 0), language -> {
      await(goOn);
      return new Letters(new AtomicInteger());
    })) {
      updated.put(List.of(entry("a", "怎么办理套餐"), entry("b", "如何查询话费")));
      updated.complete();
      assertThat(updated.find("套餐办理", 1)).first().extracting(Finding::id, Finding::kind)
          .containsExactly("a", Finding.Kind.WORDS);
      assertThat(former).exists();
      goOn.countDown();
      while (updated.waitingForMeaning() > 0 || Files.exists(former)) Thread.sleep(5);
      assertThat(updated.find("套餐办理", 1)).first().extracting(Finding::id, Finding::kind)
          .containsExactly("a", Finding.Kind.MEANING);
    }
    assertThat(own.resolve("vectors/letters.vectors")).exists();
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void withoutAModelTheWordsGoOn() throws Exception {
    try (SearchIndex meant = SearchIndex.open(new SearchOptions(folder.resolve("none"), true, 0),
        language -> { throw new NoClassDefFoundError("ai/onnxruntime"); })) {
      meant.put(List.of(entry("a", "怎么办理套餐")));
      while (meant.waitingForMeaning() > 0) Thread.sleep(5);
      assertThat(meant.find("办理套餐吧", 1)).extracting(Finding::id).containsExactly("a");
    }
  }

  @Test
  void anIndexThatWasLeftIsSweptAndOneInUseIsNot() throws IOException {
    Path left = Files.createDirectories(folder.resolve("words-left"));
    Files.createFile(left.resolve("in-use"));
    SearchIndex second = SearchIndex.open(new SearchOptions(folder, false, 0));
    assertThat(left).doesNotExist();
    index.put(List.of(entry("a", "怎么办理套餐")));
    assertThat(index.find("套餐", 1)).hasSize(1);
    second.close();
    index.close();
    try (Stream<Path> rest = Files.list(folder)) {
      assertThat(rest.map(path -> path.getFileName().toString()).filter(name -> name.startsWith("words-"))).isEmpty();
    }
    open();
  }

  private static Entry entry(String id, String title) {
    return new Entry(id, title, List.of(), List.of(), "");
  }

  /** A meaning that is easy to see through: which characters a text has. */
  private record Letters(AtomicInteger made) implements Embedder {
    @Override
    public String name() {
      return "letters";
    }

    @Override
    public int dimensions() {
      return 64;
    }

    @Override
    public float[] embed(String text) {
      made.incrementAndGet();
      float[] vector = new float[64];
      java.util.Arrays.fill(vector, -0.01f);
      text.codePoints().forEach(c -> vector[Math.floorMod(c * 31, 64)] += 1);
      double sum = 0;
      for (float x : vector) sum += x * x;
      for (int i = 0; i < 64; i++) vector[i] /= (float) Math.sqrt(sum);
      return vector;
    }

    @Override
    public boolean knows(String word) {
      return word.equals("weather");
    }

    @Override
    public void close() {}
  }
}
