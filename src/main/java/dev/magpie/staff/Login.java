package dev.magpie.staff;

import dev.magpie.staff.Staff.Data;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Checks name, password and, where the account has them, one-time code. An account that is unknown or disabled has the answer and the time
 * of a wrong password. Used on the context of its owner.
 */
final class Login {
  private static final Logger log = LoggerFactory.getLogger(Login.class);

  /** Characters of a name that are looked at: no account has a longer one. */
  private static final int LONGEST_NAME = 64;

  private final Staff staff;
  private final LoginLimits limits;
  private final PasswordWorkers workers;
  private final FailureLines failures;
  private final LongSupplier clock;

  /** @param clock milliseconds since 1970 */
  Login(Staff staff, LongSupplier clock) {
    this.staff = staff;
    this.limits = LoginLimits.of(staff.vertx());
    this.workers = PasswordWorkers.of(staff.vertx());
    this.failures = FailureLines.of(staff.vertx());
    this.clock = clock;
  }

  /** Why a login failed. */
  enum Refusal {
    /** The name, the password or the code is wrong. */
    WRONG,
    /** The password is right, the one-time code is missing. */
    CODE_REQUIRED,
    /** Too many attempts from this address. */
    LIMITED,
    /** Too many failures of this account. */
    LOCKED;

    String text() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** A login was refused. */
  static final class Refused extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final Refusal refusal;
    private final long waitSeconds;

    private Refused(Refusal refusal, long waitSeconds) {
      super(refusal.text(), null, false, false);
      this.refusal = refusal;
      this.waitSeconds = waitSeconds;
    }

    Refusal refusal() {
      return refusal;
    }

    /** Until when nothing is compared; 0 for no time. */
    long waitSeconds() {
      return waitSeconds;
    }
  }

  /**
   * Where a request comes from.
   *
   * @param network key of limits by address
   */
  record Client(String address, String network) {}

  /** Fails with {@link Refused} or {@link PasswordWorkers.Busy}. @return the account, whose secrets were right */
  Future<StaffAccount> check(String name, String password, String code, Client client) {
    String login = login(name);
    return limited(login, client, data -> data.accounts().find(login), password, code);
  }

  /** The password of who is signed in already, and the code where one is given; under the same limits. */
  Future<StaffAccount> confirm(StaffAccount account, String password, @Nullable String code, Client client) {
    StaffAccount asked = code == null ? account.withoutTotp() : account;
    return limited(account.login(), client, data -> Future.succeededFuture(Optional.of(asked)), password, code == null ? "" : code);
  }

  /** As accounts are written; cut, since it is a key of the limits. */
  private static String login(String name) {
    String login = name.strip().toLowerCase(Locale.ROOT);
    return login.length() <= LONGEST_NAME ? login : login.substring(0, LONGEST_NAME);
  }

  private Future<StaffAccount> limited(String login, Client client, Function<Data, Future<Optional<StaffAccount>>> found, String password,
      String code) {
    StaffOptions options = staff.options();
    long wait = limits.attempt(client.network, options.attemptsPerMinute());
    if (wait > 0) return refuse(Refusal.LIMITED, wait, null, client);
    long locked = limits.begin(login, options.lockoutFailures(), options.lockoutMs());
    if (locked > 0) return refuse(Refusal.LOCKED, locked, null, client);
    return staff.data()
        .compose(data -> found.apply(data).compose(account -> checkPassword(data, account, password, code, client)))
        .onComplete(checked -> {
          if (checked.succeeded()) limits.succeeded(login);
          else if (!isWrong(checked.cause())) limits.undecided(login);
          if (checked.succeeded() || isRightSoFar(checked.cause())) limits.refund(client.network);
        });
  }

  private static boolean isRightSoFar(Throwable failure) {
    return failure instanceof Refused refused && refused.refusal == Refusal.CODE_REQUIRED;
  }

  /** Counts a login that is decided elsewhere, until {@link #refund}. @return seconds to wait; 0 where it may be tried */
  long attempt(Client client) {
    return limits.attempt(client.network, staff.options().attemptsPerMinute());
  }

  void refund(Client client) {
    limits.refund(client.network);
  }

  private static boolean isWrong(Throwable failure) {
    return failure instanceof Refused refused && refused.refusal == Refusal.WRONG;
  }

  private Future<StaffAccount> checkPassword(Data data, Optional<StaffAccount> found, String password, String code, Client client) {
    Optional<StaffAccount> account = found.filter(one -> one.password() != null && !one.disabled());
    String hash = account.map(StaffAccount::password).orElse(PasswordHash.NONE);
    return workers.matches(hash, password).compose(right -> {
      if (!right || account.isEmpty()) return refuse(Refusal.WRONG, 0, found.orElse(null), client);
      if (account.get().totp() == null) return Future.succeededFuture(account.get());
      if (code.isBlank()) return Future.failedFuture(new Refused(Refusal.CODE_REQUIRED, 0));
      return isCodeRight(data, account.get(), password, code)
          .compose(valid -> valid ? Future.succeededFuture(account.get()) : refuse(Refusal.WRONG, 0, account.get(), client));
    });
  }

  /** Whether this is a one-time code of now that was not used before, or a recovery code; it is used up then. */
  private Future<Boolean> isCodeRight(Data data, StaffAccount account, String password, String code) {
    String plain = code.replaceAll("\\s", "");
    if (!plain.matches("\\d{6}")) return data.accounts().useRecovery(account.login(), Secrets.recoveryDigest(code));
    String sealed = account.totp();
    if (sealed == null) return Future.succeededFuture(false);
    return workers.run(() -> SealedSecret.open(sealed, password)).compose(secret -> {
      OptionalLong step = secret.isEmpty() ? OptionalLong.empty() : Totp.stepOf(secret.get(), plain, nowSeconds());
      return step.isEmpty() ? Future.succeededFuture(false) : data.accounts().useStep(account.login(), step.getAsLong());
    });
  }

  long nowSeconds() {
    return TimeUnit.MILLISECONDS.toSeconds(clock.getAsLong());
  }

  /** @param known null where there is no such account: what was typed may be a password, and is not written down */
  private <T> Future<T> refuse(Refusal refusal, long waitSeconds, @Nullable StaffAccount known, Client client) {
    StaffOptions options = staff.options();
    boolean locks = known != null && refusal == Refusal.WRONG && limits.isLocked(known.login(), options.lockoutFailures());
    if (locks) log.warn("account locked after wrong logins login={} seconds={}", known.login(), options.lockoutMs() / 1000);
    return failures.add(staff, known == null ? "" : known.id(), client.address, locks ? "locked" : refusal.text())
        .compose(written -> Future.failedFuture(new Refused(refusal, waitSeconds)));
  }

  /** The audit's line of a login that has succeeded. */
  Future<Void> succeeded(StaffAccount account, Client client, String by) {
    return staff.audit(account.id(), "login", account.id(), new JsonObject().put(Audit.ADDRESS, client.address).put("by", by));
  }
}
