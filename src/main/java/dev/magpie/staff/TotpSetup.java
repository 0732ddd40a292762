package dev.magpie.staff;

import dev.magpie.staff.Login.Client;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** Turns the one-time codes of an account on and off; each step needs the account's password. Used on the context of its owner. */
final class TotpSetup {
  private static final String ISSUER = "Magpie";
  private static final int SECRET_BYTES = 20;

  private final Staff staff;
  private final Login login;
  private final PasswordWorkers workers;

  TotpSetup(Staff staff, Login login) {
    this.staff = staff;
    this.login = login;
    this.workers = PasswordWorkers.of(staff.vertx());
  }

  /** The code is not of this secret. */
  static final class Refused extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Refused(String message) {
      super(message, null, false, false);
    }
  }

  /** @return {@code {secret, uri}} of a new secret, which is not stored yet */
  Future<JsonObject> begin(StaffAccount account, String password, Client client) {
    return login.confirm(account, password, null, client).map(confirmed -> {
      byte[] secret = Totp.newSecret();
      return new JsonObject().put("secret", Base32.encode(secret)).put("uri", Totp.uri(ISSUER, account.login(), secret));
    });
  }

  /** Stores a secret of {@link #begin}, once a code shows that an app has it. @return recovery codes, which are told this once */
  Future<List<String>> confirm(StaffAccount account, String password, String secret, String code, Client client) {
    Optional<byte[]> bytes = Base32.decode(secret).filter(decoded -> decoded.length == SECRET_BYTES);
    OptionalLong step =
        bytes.map(decoded -> Totp.stepOf(decoded, code.replaceAll("\\s", ""), login.nowSeconds())).orElse(OptionalLong.empty());
    if (step.isEmpty()) return Future.failedFuture(new Refused("the code is not one of this secret; is the clock of the phone right?"));
    List<String> recovery = Secrets.newRecoveryCodes();
    return login.confirm(account, password, null, client)
        .compose(confirmed -> workers.run(() -> SealedSecret.seal(bytes.orElseThrow(), password)))
        .compose(sealed -> staff.data().compose(data -> data.accounts()
        .setTotp(account.login(), sealed, recovery.stream().map(Secrets::recoveryDigest).toList())
        .compose(set -> data.accounts().useStep(account.login(), step.getAsLong()))))
        .map(recovery);
  }

  Future<?> off(StaffAccount account, String password, String code, Client client) {
    return login.confirm(account, password, code, client)
        .compose(confirmed -> staff.data().compose(data -> data.accounts().setTotp(account.login(), null, List.of())));
  }

  /** The secret under a new password, as fields to set; none where there is no secret. */
  Future<JsonObject> resealed(StaffAccount account, String password, String next) {
    String sealed = account.totp();
    if (sealed == null) return Future.succeededFuture(new JsonObject());
    return workers.run(() -> SealedSecret.open(sealed, password).map(secret -> SealedSecret.seal(secret, next)))
        .map(again -> again.map(text -> new JsonObject().put("totp", text)).orElseThrow());
  }
}
