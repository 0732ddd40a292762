package dev.magpie.articles;

import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PushbackReader;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A text in a given encoding. The encoding is not guessed, since a wrong guess corrupts the articles; only a byte order mark overrides it.
 */
final class TextFile {
  private static final char BYTE_ORDER_MARK = '\uFEFF';

  private final Path path;
  private final String name;
  private final Charset charset;

  private TextFile(Path path, String name, Charset charset) {
    this.path = path;
    this.name = name;
    this.charset = charset;
  }

  /**
   * @param name of the file in messages
   * @param charset the one that was named, or null: by the byte order mark, else UTF-8
   * @throws BadFile when something in it is not in that encoding
   */
  static TextFile open(Path path, String name, Charset charset) throws IOException, BadFile {
    TextFile file = new TextFile(path, name, charset != null ? charset : byMark(path));
    // The lines of UTF-16 do not end with one byte; Java replaces what is wrong in it.
    if (!file.charset.equals(StandardCharsets.UTF_16)) file.check();
    return file;
  }

  private static Charset byMark(Path path) throws IOException {
    try (InputStream in = Files.newInputStream(path)) {
      byte[] mark = in.readNBytes(2);
      boolean wide = mark.length == 2
          && ((mark[0] == (byte) 0xFE && mark[1] == (byte) 0xFF) || (mark[0] == (byte) 0xFF && mark[1] == (byte) 0xFE));
      return wide ? StandardCharsets.UTF_16 : StandardCharsets.UTF_8;
    }
  }

  /** Line by line: a reader's own error would not say where. No byte of a longer character is a line's end, in UTF-8 and in GB18030. */
  private void check() throws IOException, BadFile {
    try (InputStream in = new BufferedInputStream(Files.newInputStream(path), 1 << 16)) {
      ByteArrayOutputStream line = new ByteArrayOutputStream();
      long number = 1;
      for (int read = in.read(); read >= 0; read = in.read()) {
        line.write(read);
        if (read == '\n') checkLine(number++, line);
      }
      checkLine(number, line);
    }
  }

  private void checkLine(long number, ByteArrayOutputStream line) throws BadFile {
    try {
      charset.newDecoder().onMalformedInput(CodingErrorAction.REPORT).onUnmappableCharacter(CodingErrorAction.REPORT)
          .decode(ByteBuffer.wrap(line.toByteArray()));
      line.reset();
    } catch (CharacterCodingException e) {
      String hint = charset.equals(StandardCharsets.UTF_8)
          ? "; if the file is in GB18030 or GBK, as Excel writes it in China, add --encoding GB18030" : "";
      throw new BadFile(name + ":" + number, "not in the encoding " + charset.name() + hint);
    }
  }

  BufferedReader reader() throws IOException {
    PushbackReader reader = new PushbackReader(new InputStreamReader(Files.newInputStream(path), charset));
    int first = reader.read();
    if (first >= 0 && first != BYTE_ORDER_MARK) reader.unread(first);
    return new BufferedReader(reader, 1 << 16);
  }

  String whole() throws IOException {
    String text = Files.readString(path, charset);
    return !text.isEmpty() && text.charAt(0) == BYTE_ORDER_MARK ? text.substring(1) : text;
  }

  long size() throws IOException {
    return Files.size(path);
  }

  String name() {
    return name;
  }
}
