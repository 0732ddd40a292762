package dev.magpie.staff;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** A password in a file: its first line. Blocks. */
final class PasswordInput {
  private static final long MOST_BYTES = 4_096;

  private PasswordInput() {}

  /**
   * @param name of what names the file, for messages
   * @throws IllegalArgumentException for a file that cannot be used; the message never has its content
   */
  static String ofFile(Path file, String name) {
    try {
      if (Files.size(file) > MOST_BYTES)
        throw new IllegalArgumentException(name + ": " + file + ": larger than " + MOST_BYTES + " bytes");
      return firstLine(Files.readString(file), name + ": " + file);
    } catch (NoSuchFileException missing) {
      throw new IllegalArgumentException(name + ": " + file + ": no such file");
    } catch (CharacterCodingException notUtf8) {
      throw new IllegalArgumentException(name + ": " + file + ": not UTF-8");
    } catch (IOException unreadable) {
      throw new IllegalArgumentException(name + ": " + file + ": may not be read");
    }
  }

  static String firstLine(String text, String place) {
    String line = text.lines().findFirst().orElse("");
    if (line.isEmpty()) throw new IllegalArgumentException(place + ": empty; allowed: the password in the first line");
    return line;
  }
}
