package dev.magpie.abuse;

import static dev.magpie.abuse.FrameCases.bytes;
import static dev.magpie.abuse.FrameCases.closes;
import static dev.magpie.abuse.FrameCases.echoes;
import static dev.magpie.abuse.FrameCases.fails;
import static dev.magpie.testing.RawWebSocket.CONTINUATION;
import static dev.magpie.testing.RawWebSocket.TEXT;
import static dev.magpie.testing.RawWebSocket.fragment;
import static dev.magpie.testing.RawWebSocket.frame;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.magpie.abuse.FrameCases.Case;
import dev.magpie.testing.RawWebSocket;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Section 6 of the Autobahn suite: text is UTF-8, strictly, and what is not is refused at its first wrong byte. */
final class Utf8Cases {
  private static final byte[] MIXED = bytes("Hello-µ@ßöäüàá-UTF-8!!");
  /** "κόσμε", its accent in the block of extended Greek: one code point of three bytes among those of two. */
  private static final byte[] COSMOS = hex("cebae1bdb9cf83cebcceb5");
  private static final byte[] SURROGATE = hex("eda080");
  private static final byte[] BEYOND = hex("f4908080");
  private static final byte[] EDITED = bytes("edited");

  /** What must not be in an answer before the next bytes are sent. */
  private static final int SILENCE_MS = 100;

  /** Each section's sequences, in hexadecimal; an exclamation mark stands before those that are not UTF-8. */
  private static final List<List<String>> SEQUENCES = List.of(
      /* 6.5 */ List.of("68656c6c6f24776f726c64", "68656c6c6fc2a2776f726c64", "68656c6c6fe282ac776f726c64", "68656c6c6ff0a4ada2776f726c64",
      "cebae1bdb9cf83cebcceb5"),
      /* 6.6 */ prefixes(),
      /* 6.7 */ List.of("00", "c280", "e0a080", "f0908080"),
      /* 6.8 */ List.of("!f888808080", "!fc8480808080"),
      /* 6.9 */ List.of("7f", "dfbf", "efbfbf", "f48fbfbf"),
      /* 6.10 */ List.of("!f7bfbfbf", "!fbbfbfbfbf", "!fdbfbfbfbfbf"),
      /* 6.11 */ List.of("ed9fbf", "ee8080", "efbfbd", "f48fbfbf", "!f4908080"),
      /* 6.12 */ List.of("!80", "!bf", "!80bf", "!80bf80", "!80bf80bf", "!80bf80bf80", "!80bf80bf80bf", "!" + range(0x80, 0xBE, "")),
      /* 6.13 */ List.of("!" + range(0xC0, 0xDE, "20"), "!" + range(0xE0, 0xEE, "20"), "!" + range(0xF0, 0xF6, "20"),
          "!" + range(0xF8, 0xFA, "20"), "!" + range(0xFC, 0xFC, "20")),
      /* 6.14 */ incomplete(),
      /* 6.15 */ List.of("!" + String.join("", incomplete()).replace("!", "")),
      /* 6.16 */ List.of("!fe", "!ff", "!fefeffff"),
      /* 6.17 */ List.of("!c0af", "!e080af", "!f08080af", "!f8808080af", "!fc80808080af"),
      /* 6.18 */ List.of("!c1bf", "!e09fbf", "!f08fbfbf", "!f887bfbfbf", "!fc83bfbfbfbf"),
      /* 6.19 */ List.of("!c080", "!e08080", "!f0808080", "!f880808080", "!fc8080808080"),
      /* 6.20 */ List.of("!eda080", "!edadbf", "!edae80", "!edafbf", "!edb080", "!edbe80", "!edbfbf"),
      /* 6.21 */ List.of("!eda080edb080", "!eda080edbfbf", "!edadbfedb080", "!edadbfedbfbf", "!edae80edb080", "!edae80edbfbf",
          "!edafbfedb080", "!edafbfedbfbf"),
      /* 6.22 */ nonCharacters(),
      /* 6.23 */ List.of("efbfb9", "efbfba", "efbfbb", "efbfbc", "efbfbd", "efbfbe", "efbfbf"));

  private Utf8Cases() {}

  static Stream<Case> all() {
    Stream<Case> sequences = IntStream.range(0, SEQUENCES.size())
        .boxed()
        .flatMap(section -> IntStream.range(0, SEQUENCES.get(section).size())
            .mapToObj(i -> sequence("6." + (section + 5) + "." + (i + 1), SEQUENCES.get(section).get(i))));
    return Stream.concat(byHand(), sequences);
  }

  private static Case sequence(String id, String sequence) {
    boolean valid = !sequence.startsWith("!");
    byte[] text = hex(sequence.replace("!", ""));
    return new Case(id, client -> {
      client.send(frame(TEXT, text));
      ends(client, valid, text);
    });
  }

  private static void ends(RawWebSocket client, boolean valid, byte[] text) throws IOException {
    if (!valid) {
      fails(client, 1007);
      return;
    }
    echoes(client, TEXT, text);
    closes(client);
  }

  private static Stream<Case> byHand() {
    byte[] broken = RawWebSocket.concat(COSMOS, SURROGATE, EDITED);
    return Stream.of(
        fragmented("6.1.1", true, new byte[0]),
        fragmented("6.1.2", true, new byte[0], new byte[0], new byte[0]),
        fragmented("6.1.3", true, new byte[0], bytes("middle frame payload"), new byte[0]),
        fragmented("6.2.1", true, MIXED),
        // Cut between two code points.
        fragmented("6.2.2", true, bytes("Hello-µ@ßöä"), bytes("üàá-UTF-8!!")),
        fragmented("6.2.3", true, octets(MIXED)),
        fragmented("6.2.4", true, octets(COSMOS)),
        fragmented("6.3.1", false, broken),
        fragmented("6.3.2", false, octets(broken)),
        new Case("6.4.1", client -> {
          client.send(fragment(false, TEXT, COSMOS));
          isSilent(client);
          // The message goes on, but is lost already.
          client.send(fragment(false, CONTINUATION, BEYOND));
          fails(client, 1007);
        }),
        new Case("6.4.2", client -> {
          client.send(fragment(false, TEXT, RawWebSocket.concat(COSMOS, hex("f4"))));
          isSilent(client);
          client.send(fragment(false, CONTINUATION, hex("90")));
          fails(client, 1007);
        }),
        inOneFrame("6.4.3", COSMOS.length, BEYOND.length),
        inOneFrame("6.4.4", COSMOS.length + 1, 1));
  }

  private static Case fragmented(String id, boolean valid, byte[]... pieces) {
    return new Case(id, client -> {
      for (int i = 0; i < pieces.length; i++) {
        try {
          client.send(fragment(i == pieces.length - 1, i == 0 ? TEXT : CONTINUATION, pieces[i]));
        } catch (IOException e) {
          // Closed before the message was whole, as it shall be.
          if (valid) throw e;
        }
      }
      ends(client, valid, RawWebSocket.concat(pieces));
    });
  }

  /** One frame of which the first bytes are fine and the next are not: what is still to come is not waited for. */
  private static Case inOneFrame(String id, int fine, int wrong) {
    return new Case(id, client -> {
      byte[] all = frame(TEXT, RawWebSocket.concat(COSMOS, BEYOND, EDITED));
      int header = all.length - COSMOS.length - BEYOND.length - EDITED.length;
      client.send(Arrays.copyOf(all, header + fine));
      isSilent(client);
      client.send(Arrays.copyOfRange(all, header + fine, header + fine + wrong));
      fails(client, 1007);
    });
  }

  private static void isSilent(RawWebSocket client) throws IOException {
    int patience = client.socket().getSoTimeout();
    client.socket().setSoTimeout(SILENCE_MS);
    assertThatThrownBy(client::readFrame).isInstanceOf(SocketTimeoutException.class);
    client.socket().setSoTimeout(patience);
  }

  private static byte[][] octets(byte[] text) {
    byte[][] octets = new byte[text.length][];
    for (int i = 0; i < text.length; i++) octets[i] = new byte[] {text[i]};
    return octets;
  }

  private static List<String> prefixes() {
    // Of κόσμε; its code points end behind these bytes.
    List<Integer> edges = List.of(2, 5, 7, 9, 11);
    return IntStream.rangeClosed(1, COSMOS.length)
        .mapToObj(length -> (edges.contains(length) ? "" : "!") + HexFormat.of().formatHex(COSMOS, 0, length)).toList();
  }

  private static List<String> incomplete() {
    return List.of("!c0", "!e080", "!f08080", "!f8808080", "!fc80808080", "!df", "!efbf", "!f7bfbf", "!fbbfbfbf", "!fdbfbfbfbf");
  }

  private static List<String> nonCharacters() {
    // U+nFFFE and U+nFFFF of each plane; they are valid.
    return IntStream.rangeClosed(0, 0x10).boxed()
        .flatMap(plane -> Stream.of(0xFFFE, 0xFFFF).map(last -> HexFormat.of().formatHex(bytes(Character.toString(plane << 16 | last)))))
        .toList();
  }

  private static String range(int from, int to, String behindEach) {
    StringBuilder all = new StringBuilder();
    for (int b = from; b <= to; b++) all.append(HexFormat.of().toHexDigits((byte) b)).append(behindEach);
    return all.toString();
  }

  private static byte[] hex(String text) {
    return HexFormat.of().parseHex(text);
  }
}
