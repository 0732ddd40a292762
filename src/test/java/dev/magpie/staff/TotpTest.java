package dev.magpie.staff;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TotpTest {
  private static final String DIGITS = "1234567890";

  /** Of RFC 6238, appendix B. */
  @ParameterizedTest
  @CsvSource({
      "59, 94287082, 46119246, 90693936",
      "1111111109, 07081804, 68084774, 25091201",
      "1111111111, 14050471, 67062674, 99943326",
      "1234567890, 89005924, 91819424, 93441116",
      "2000000000, 69279037, 90698825, 38618901",
      "20000000000, 65353130, 77737706, 47863826"})
  void hasTheCodesOfTheStandard(long seconds, String sha1, String sha256, String sha512) {
    long step = seconds / Totp.STEP_SECONDS;
    assertThat(Totp.code(secret(20), step, 8, "HmacSHA1")).isEqualTo(sha1);
    assertThat(Totp.code(secret(32), step, 8, "HmacSHA256")).isEqualTo(sha256);
    assertThat(Totp.code(secret(64), step, 8, "HmacSHA512")).isEqualTo(sha512);
  }

  @Test
  void acceptsTheStepsBesideTheCurrentOneAndNoOther() {
    byte[] secret = secret(20);
    long now = 1_111_111_111L;
    long step = now / Totp.STEP_SECONDS;
    for (long near : List.of(step - 1, step, step + 1))
      assertThat(Totp.stepOf(secret, Totp.code(secret, near, 6, "HmacSHA1"), now)).isEqualTo(OptionalLong.of(near));
    for (long far : List.of(step - 2, step + 2))
      assertThat(Totp.stepOf(secret, Totp.code(secret, far, 6, "HmacSHA1"), now)).isEmpty();
    for (String other : List.of("", "12345", "1234567", "abcdef", "\u0661\u0662\u0663\u0664\u0665\u0666"))
      assertThat(Totp.stepOf(secret, other, now)).as(other).isEmpty();
  }

  @Test
  void theAddressForAnAppNamesServerAccountAndSecret() {
    assertThat(Totp.uri("Magpie", "anna", "12345678901234567890".getBytes(StandardCharsets.US_ASCII))).isEqualTo(
        "otpauth://totp/Magpie:anna?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Magpie&digits=6&period=30");
  }

  /** Of RFC 4648, section 10. */
  @ParameterizedTest
  @CsvSource({"'', ''", "f, MY", "fo, MZXQ", "foo, MZXW6", "foob, MZXW6YQ", "fooba, MZXW6YTB", "foobar, MZXW6YTBOI"})
  void base32IsThatOfTheStandard(String text, String encoded) {
    assertThat(Base32.encode(text.getBytes(StandardCharsets.US_ASCII))).isEqualTo(encoded);
    assertThat(Base32.decode(encoded.toLowerCase(java.util.Locale.ROOT)).orElseThrow()).asString(StandardCharsets.US_ASCII).isEqualTo(text);
    assertThat(Base32.decode(encoded + "1")).isEmpty();
  }

  @Test
  void aSecretIsReadOnlyByThePasswordThatSealedIt() {
    byte[] secret = Totp.newSecret();
    String sealed = SealedSecret.seal(secret, "correct horse battery");
    assertThat(SealedSecret.open(sealed, "correct horse battery").orElseThrow()).isEqualTo(secret);
    assertThat(SealedSecret.open(sealed, "correct horse batterx")).isEmpty();
    char last = sealed.charAt(60);
    assertThat(SealedSecret.open(sealed.substring(0, 60) + (last == 'A' ? 'B' : 'A') + sealed.substring(61), "correct horse battery"))
        .isEmpty();
    assertThat(SealedSecret.open("no base64!", "correct horse battery")).isEmpty();
    assertThat(SealedSecret.open("", "correct horse battery")).isEmpty();
  }

  private static byte[] secret(int bytes) {
    return DIGITS.repeat(7).substring(0, bytes).getBytes(StandardCharsets.US_ASCII);
  }
}
