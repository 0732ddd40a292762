package dev.magpie.api;

import com.mongodb.MongoTimeoutException;
import dev.magpie.logging.Reason;
import dev.magpie.staff.Audit;
import dev.magpie.store.Store;
import dev.magpie.store.StoreOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.PrintStream;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The command line {@code keys create}, {@code keys list} and {@code keys revoke}. Works through the program that has the embedded database
 * open, where one does. A new key is printed once, alone on standard output; its secret is nowhere else. Blocks.
 */
public final class KeysCommand {
  private static final String USAGE =
      "keys create NAME --scope emit,read,manage,metrics [--rate N] [--expires DAYS]; keys list; keys revoke ID; each with [-conf FILE]";

  private static final long PATIENCE_SECONDS = 30;
  private static final int MOST_RATE = 1_000_000;
  private static final int MOST_DAYS = 36_500;
  private static final int SECRET_BYTES = 32;
  private static final int ID_LENGTH = 12;

  /** In the audit. */
  private static final String ACTOR = "command";

  private static final SecureRandom RANDOM = new SecureRandom();

  private final PrintStream out;
  private final PrintStream err;

  public KeysCommand(PrintStream out, PrintStream err) {
    this.out = out;
    this.err = err;
  }

  /** @return the exit code: 0 done, 1 there is no such key, 2 it could not be tried */
  public int run(Arguments arguments, StoreOptions options) {
    Vertx vertx = Vertx.vertx();
    try {
      Store store = await(Store.openOrJoin(vertx, options));
      try {
        await(store.ping());
        return run(arguments, new KeyCollection(store.client()), Audit.of(store));
      } finally {
        await(store.close());
      }
    } catch (Exception failure) {
      err.println("magpie: " + reason(failure));
      return 2;
    } finally {
      // Waited for: it deletes files in the folder of this process, which is deleted next.
      vertx.close().otherwiseEmpty().await();
    }
  }

  private int run(Arguments arguments, KeyCollection keys, Audit audit) throws TimeoutException {
    return switch (arguments.verb()) {
      case CREATE -> create(arguments, keys, audit);
      case LIST -> list(keys);
      case REVOKE -> revoke(arguments.subject(), keys, audit);
    };
  }

  private int create(Arguments arguments, KeyCollection keys, Audit audit) throws TimeoutException {
    String secret = newSecret();
    Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
    Instant expires = arguments.days() == null ? null : now.plus(Duration.ofDays(arguments.days()));
    ApiKey key = new ApiKey(newId(), arguments.subject(), arguments.scopes(), arguments.rate(), now, expires, null, null);
    await(keys.insert(new KeyCollection.Stored(key, ApiKeys.sha256(secret))));
    await(audit.append(ACTOR, "key.create", key.userId(), new JsonObject().put("name", key.name()).put("scopes", texts(key.scopes()))));
    out.println(ApiKey.written(key.id(), secret));
    err.println("created id=" + key.id() + " name=" + key.name() + " scopes=" + texts(key.scopes()) + " rate=" + key.rate() + " expires="
        + shown(expires) + "; the key is not shown again");
    return 0;
  }

  private int list(KeyCollection keys) throws TimeoutException {
    String columns = "%-12s %-7s %-24s %-7s %-20s %-20s %-20s %s";
    out.println(String.format(columns, "id", "state", "scopes", "rate", "created", "expires", "last used", "name"));
    await(keys.all()).values().stream().map(KeyCollection.Stored::key).sorted(Comparator.comparing(ApiKey::created))
        .forEach(key -> out.println(String.format(columns, key.id(), state(key), texts(key.scopes()), key.rate(),
            shown(key.created()), shown(key.expires()), shown(key.lastUsed()), key.name())));
    return 0;
  }

  private static String state(ApiKey key) {
    return key.revoked() != null ? "revoked" : key.isOver(Instant.now()) ? "expired" : "valid";
  }

  private int revoke(String id, KeyCollection keys, Audit audit) throws TimeoutException {
    if (!await(keys.revoke(id, Instant.now().truncatedTo(ChronoUnit.SECONDS)))) {
      err.println("magpie: keys revoke: " + id + ": there is no such key; keys list names them");
      return 1;
    }
    await(audit.append(ACTOR, "key.revoke", "key:" + id, new JsonObject()));
    err.println("revoked id=" + id + "; servers refuse it within 5 s");
    return 0;
  }

  private static String texts(Set<ApiScope> scopes) {
    return scopes.stream().sorted().map(ApiScope::text).collect(Collectors.joining(","));
  }

  private static String shown(@Nullable Instant time) {
    return time == null ? "never" : time.toString();
  }

  private static String newSecret() {
    byte[] bytes = new byte[SECRET_BYTES];
    RANDOM.nextBytes(bytes);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  private static String newId() {
    StringBuilder id = new StringBuilder();
    for (int i = 0; i < ID_LENGTH; i++) id.append(Character.forDigit(RANDOM.nextInt(Character.MAX_RADIX), Character.MAX_RADIX));
    return id.toString();
  }

  private static <T> T await(Future<T> future) throws TimeoutException {
    return future.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
  }

  private static String reason(Exception failure) {
    if (failure instanceof MongoTimeoutException || failure instanceof TimeoutException)
      return "the database does not answer; start it, or see the setting mongo.connection_string";
    return Reason.of(failure).replaceAll("\\p{Cntrl}+", " ");
  }

  /** What is to be done. */
  enum Verb {
    CREATE, LIST, REVOKE
  }

  /**
   * What the command line says.
   *
   * @param subject the name of a new key, or the id of one to revoke
   * @param days until a new key ends; null for never
   */
  public record Arguments(Verb verb, String subject, Set<ApiScope> scopes, int rate, @Nullable Integer days) {
    /**
     * Reads what follows {@code keys}.
     *
     * @throws IllegalArgumentException with one line for the user; it shows no key
     */
    public static Arguments parse(List<String> words) {
      String verb = words.isEmpty() ? "" : words.get(0);
      List<String> rest = words.isEmpty() ? words : words.subList(1, words.size());
      return switch (verb) {
        case "create" -> create(rest);
        case "list" -> {
          if (!rest.isEmpty()) throw new IllegalArgumentException("keys list: nothing else is allowed: " + USAGE);
          yield new Arguments(Verb.LIST, "", Set.of(), 0, null);
        }
        case "revoke" -> {
          if (rest.size() != 1) throw new IllegalArgumentException("keys revoke: one id is needed: " + USAGE);
          yield new Arguments(Verb.REVOKE, id(rest.get(0)), Set.of(), 0, null);
        }
        default -> throw new IllegalArgumentException("keys: what? " + USAGE);
      };
    }

    private static Arguments create(List<String> words) {
      String name = null;
      Set<ApiScope> scopes = EnumSet.noneOf(ApiScope.class);
      int rate = ApiKey.DEFAULT_RATE;
      Integer days = null;
      for (int i = 0; i < words.size(); i++) {
        String word = words.get(i);
        switch (word) {
          case "--scope", "--scopes" -> scopes.addAll(scopes(value(words, ++i)));
          case "--rate" -> rate = number(word, value(words, ++i), MOST_RATE);
          case "--expires" -> days = number(word, value(words, ++i), MOST_DAYS);
          default -> {
            if (word.startsWith("-")) throw new IllegalArgumentException("keys create: " + word + ": not an option here: " + USAGE);
            if (name != null) throw new IllegalArgumentException("keys create: " + word + ": a second name; allowed: one");
            name = word;
          }
        }
      }
      if (name == null || scopes.isEmpty())
        throw new IllegalArgumentException("keys create: the " + (name == null ? "name" : "scope") + " is missing: " + USAGE);
      if (!name.matches("[\\p{L}\\p{N}][\\p{L}\\p{N} ._@-]{0,63}"))
        throw new IllegalArgumentException("keys create: the name; allowed: up to 64 letters, digits, spaces and . _ @ -");
      return new Arguments(Verb.CREATE, name, scopes, rate, days);
    }

    private static String value(List<String> words, int at) {
      if (at == words.size()) throw new IllegalArgumentException("keys create: " + words.get(at - 1) + ": its value is missing");
      return words.get(at);
    }

    private static Set<ApiScope> scopes(String written) {
      Set<ApiScope> scopes = EnumSet.noneOf(ApiScope.class);
      for (String text : written.split(",", -1)) {
        scopes.add(ApiScope.of(text.strip()).orElseThrow(() -> new IllegalArgumentException(
            "keys create: --scope: " + written + "; allowed: " + texts(EnumSet.allOf(ApiScope.class)))));
      }
      return scopes;
    }

    private static int number(String option, String written, int most) {
      if (written.matches("[1-9]\\d{0,6}") && Integer.parseInt(written) <= most) return Integer.parseInt(written);
      throw new IllegalArgumentException("keys create: " + option + ": " + written + "; allowed: a whole number from 1 to " + most);
    }

    /** Of a whole key only the id is used, and neither is shown where it is neither. */
    private static String id(String written) {
      Matcher key = ApiKey.parse(written);
      if (key.matches()) return key.group(1);
      String id = written.startsWith(ApiKey.PREFIX) ? written.substring(ApiKey.PREFIX.length()) : written;
      if (id.matches("[0-9a-z]{12}")) return id;
      throw new IllegalArgumentException("keys revoke: not the id of a key; allowed: 12 letters and digits, which keys list names");
    }
  }
}
