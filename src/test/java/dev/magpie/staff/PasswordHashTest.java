package dev.magpie.staff;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class PasswordHashTest {
  @Test
  void isArgon2idWithNineteenMebibytesAndTwoPasses() {
    assertThat(PasswordHash.of("correct horse battery"))
        .matches("\\$argon2id\\$v=19\\$m=19456,t=2,p=1\\$[A-Za-z0-9+/]{22}\\$[A-Za-z0-9+/]{43}");
  }

  @Test
  void matchesItsPasswordAndNoOther() {
    String hash = PasswordHash.of("correct horse battery");
    assertThat(PasswordHash.matches(hash, "correct horse battery")).isTrue();
    assertThat(PasswordHash.matches(hash, "correct horse batterx")).isFalse();
    assertThat(PasswordHash.of("correct horse battery")).isNotEqualTo(hash);
  }

  /** From the tests of the reference implementation. */
  @Test
  void isThatOfOtherPrograms() {
    String hash = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
    assertThat(PasswordHash.matches(hash, "password")).isTrue();
    assertThat(PasswordHash.matches(hash, "Password")).isFalse();
  }

  @Test
  void isTheSameHoweverAKeyboardComposesItsLetters() {
    assertThat(PasswordHash.matches(PasswordHash.of("Mu\u0308nchen am Ufer"), "M\u00fcnchen am Ufer")).isTrue();
  }

  @Test
  void refusesATextOfAnotherFormatOrCost() {
    for (String other : List.of("", "plain", "$2b$12$abc",
        "$argon2i$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
        "$argon2id$v=19$m=999999,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
        "$argon2id$v=19$m=65536,t=0,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"))
      assertThat(PasswordHash.matches(other, "password")).as(other).isFalse();
  }

  @Test
  void anUnknownAccountIsComparedAtTheSameCost() {
    assertThat(PasswordHash.NONE).startsWith("$argon2id$v=19$m=19456,t=2,p=1$");
    assertThat(PasswordHash.matches(PasswordHash.NONE, "")).isFalse();
  }
}
