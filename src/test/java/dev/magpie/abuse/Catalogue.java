package dev.magpie.abuse;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** The bad inputs that this server must stand, by number: each has rows here, is held by a test elsewhere, or cannot come. */
final class Catalogue {
  /** HTTP handshakes and polling; packets; frames. */
  static final Set<String> NUMBERS = Set.of(
      "1", "2", "4", "5", "6", "7", "9", "10", "11", "13", "14", "16", "17", "18", "20", "21", "22", "23", "25", "26", "28", "29", "30",
      "32", "33", "34", "35", "37", "38", "39", "41", "42", "43", "45", "46", "47", "49", "50", "51", "52", "54", "55", "57", "58", "59",
      "61", "63", "65", "66", "68",
      "69", "70", "71", "73", "74", "75", "76", "77", "78", "80", "81", "83", "84", "86");

  /** What was published about servers of this kind, and their parts. */
  static final Set<String> ADVISORIES = Set.of(
      "CVE-2017-16031", "CVE-2020-28481", "CVE-2024-38355", "CVE-2020-36048", "CVE-2022-21676", "CVE-2022-41940", "CVE-2023-31125",
      "CVE-2020-36049", "CVE-2022-2421", "CVE-2023-32695",
      "CVE-2026-33151", "GHSA-2m8v-j782-fhvr", "netty-socketio #945", "CVE-2016-10518", "CVE-2026-45736", "CVE-2016-10542", "GHSA-5v72",
      "CVE-2021-32640", "CVE-2024-37890", "CVE-2026-48779",
      "CVE-2026-42786", "CVE-2026-44545", "GHSA-7vpq-g998-qpv7", "CVE-2020-11612", "CVE-2026-42587", "CVE-2026-50020", "CVE-2026-42581",
      "CVE-2025-58056", "CVE-2024-29025", "CVE-2023-44487",
      "CVE-2025-55163", "GHSA-w9fj", "CVE-2026-45416", "CVE-2026-6860", "CVE-2024-1300", "CVE-2026-1002", "CVE-2025-11965",
      "CVE-2025-11966", "CVE-2018-12542", "CVE-2019-17640",
      "CVE-2023-24815", "CVE-2018-12541", "CVE-2018-12537", "CVE-2020-7693", "CVE-2020-8823", "CVE-2025-14847", "CVE-2025-3083",
      "CVE-2024-53900", "CVE-2025-23061");

  /** Messages, files and settings. */
  static final Set<String> OTHERS = Set.of("88", "89", "96", "97", "99", "100", "101", "102", "104", "106", "107");

  /** Held by these tests, {@code class#method}; tests of the browser are not on every class path. */
  static final Map<String, List<String>> ELSEWHERE = elsewhere();

  /** What cannot come, and why. */
  static final Map<String, String> IMPOSSIBLE = Map.of("104", "nothing is uploaded");

  private Catalogue() {}

  private static Map<String, List<String>> elsewhere() {
    Map<String, List<String>> tests = new LinkedHashMap<>();
    tests.put("84", List.of("dev.magpie.transport.websocket.SendQueueTest#endsAPeerThatTakesNothingWithoutACloseFrame",
        "dev.magpie.transport.websocket.SendQueueTest#endsASlowReaderThatDoesNotTakeTheCloseFrame"));
    String http2 = "dev.magpie.gateway.Http2Test#";
    String tls = "dev.magpie.gateway.TlsAdvisoriesTest#";
    // Over TLS; there is none over clear text, which a row holds.
    tests.put("CVE-2023-44487", List.of(http2 + "rapidResetsEndTheConnection"));
    tests.put("CVE-2025-55163", List.of(tls + "streamsThatTheServerHasToResetEndTheConnection"));
    tests.put("GHSA-w9fj", List.of(http2 + "aHeadOfManySmallPartsEndsTheConnection"));
    tests.put("CVE-2026-45416", List.of(tls + "aClientHelloOfSixteenMebibytesEndsTheConnection"));
    tests.put("CVE-2026-6860", List.of(http2 + "aClientThatNamesManyHostsLeavesNothingBehind"));
    tests.put("CVE-2024-1300", List.of(http2 + "aClientThatNamesManyHostsLeavesNothingBehind"));
    tests.put("CVE-2025-14847", List.of("dev.magpie.store.StoreTest#asksForNoCompressionThatTheOperatorHasNotNamed"));
    tests.put("CVE-2025-3083",
        List.of("dev.magpie.bot.BotVerticleTest#aPatternIsText", "dev.magpie.bot.BotVerticleTest#whatIsNoTextFindsNothing"));
    tests.put("CVE-2024-53900", List.of("dev.magpie.bot.BotVerticleTest#whatIsNoTextFindsNothing"));
    tests.put("CVE-2025-23061", List.of("dev.magpie.bot.BotVerticleTest#whatIsNoTextFindsNothing"));
    tests.put("88", List.of("dev.magpie.browser.FirstPageTest#showsMarkupAsText", "dev.magpie.browser.PageRulesTest#nothingIsDrawnAsMarkup",
        "dev.magpie.browser.PageRulesTest#nothingIsInlineSoThatAStrictPolicyHolds"));
    tests.put("89", List.of("dev.magpie.chat.ChatTest#aTextIsAStringThatCanBeSeen",
        "dev.magpie.chat.ChatTest#aTextHasAtMostTenThousandCharacters"));
    tests.put("96", List.of("dev.magpie.chat.ChatTest#historyIsForMembersOnly", "dev.magpie.chat.ChatTest#theLimitOfAPageIsClamped",
        "dev.magpie.chat.ChatTest#whatIsOutOfItsBoundsIsRefused"));
    tests.put("97", List.of("dev.magpie.chat.ChatTest#somebodyElsesMessageCanNot", "dev.magpie.chat.ChatTest#othersAreNoModerators"));
    String jwt = "dev.magpie.auth.JwtAuthenticationTest#";
    tests.put("99", List.of(jwt + "noneIsRefusedAlsoWhereNoKeyIsKnown", jwt + "aTokenThatIsSignedWithThePublicKeyIsRefused",
        jwt + "aTokenExpiresBehindItsLeeway", jwt + "aTokenOfTheFutureIsRefusedBeyondTheLeeway", jwt + "theAudienceIsCompared",
        jwt + "aKidIsCompared", "dev.magpie.core.AuthenticationTest#aTokenThatTheProviderRefusesIsNotRepeatedToTheClient",
        "dev.magpie.core.AuthenticationTest#aTokenOf100KilobytesIsRefusedBeforeTheProviderSeesIt"));
    tests.put("100", List.of("dev.magpie.core.AuthenticationTest#aClientIsToldBeforeItsUserExpiresAndIsClosedThen"));
    tests.put("101", List.of("dev.magpie.api.ApiKeysTest#anAddressMayTryTenWrongKeysAMinuteOnLoopbackToo",
        "dev.magpie.api.ApiKeysTest#aWrongSecretIsRefusedLikeAnUnknownKey", "dev.magpie.api.ApiKeysTest#aKeyInTheQueryIsNone",
        "dev.magpie.api.ApiKeysTest#theDatabaseHasNoSecret"));
    tests.put("102", List.of("dev.magpie.api.ApiTest#refusesBodiesOfOtherTypes",
        "dev.magpie.api.ApiTest#refusesABodyOfMoreThanAMebibyte",
        "dev.magpie.api.ApiTest#namesTheFieldThatIsWrongAndWhatIsAllowed"));
    tests.put("106", List.of("dev.magpie.transport.admission.OriginsTest#behindATrustedProxyTheHostIsTheOneThatTheClientAskedFor",
        "dev.magpie.transport.admission.OriginsTest#aTrustedProxySaysWhoItsClientIs"));
    tests.put("107", List.of("dev.magpie.StartTest#refusesWrongSettings", "dev.magpie.StartTest#refusesAPortInUse",
        "dev.magpie.settings.SettingsTest#thatAreWrongAreRefusedInOneLine",
        "dev.magpie.settings.SettingsTest#inABrokenFileAreRefusedInOneLine",
        "dev.magpie.settings.SettingsTest#inAMissingFileAreRefused"));
    return tests;
  }

  static Stream<String> all() {
    return Stream.of(NUMBERS, ADVISORIES, OTHERS).flatMap(Set::stream);
  }

  /**
   * The rows that run against a gateway with default settings; {@code withShortTimes} and {@code slow} among them, for what they say is
   * there.
   */
  static Stream<Row> rows() {
    return Stream.of(HandshakeRows.all(), HandshakeRows.withShortTimes(), HandshakeRows.slow(), PacketRows.all(), FrameRows.all(),
        AdvisoryRows.all(), OtherRows.all(), OtherRows.withShortHeartbeat())
        .flatMap(rows -> rows);
  }
}
