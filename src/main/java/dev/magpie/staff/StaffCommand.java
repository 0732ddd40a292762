package dev.magpie.staff;

import com.mongodb.MongoTimeoutException;
import dev.magpie.logging.Reason;
import dev.magpie.store.Store;
import dev.magpie.store.StoreOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.Console;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The command line {@code staff …}: looks after the accounts, through the program that has the embedded database open, where one does. A
 * password comes from the terminal, from standard input or from a file, never from the command line, which other users of the machine can
 * read. Blocks.
 */
public final class StaffCommand {
  public static final String USAGE =
      "staff create NAME --role ROLE[,ROLE] [--password-file FILE]; staff password NAME [--password-file FILE]; "
      + "staff roles NAME ROLE[,ROLE]; staff disable NAME; staff enable NAME; staff list; each with [-conf FILE]";

  private static final String ACTOR = "command";
  private static final long PATIENCE_SECONDS = 30;

  private final PrintStream out;
  private final PrintStream err;
  private final InputStream in;
  private final @Nullable Console terminal;

  /** @param terminal of a person; null: the password is read from {@code in} */
  public StaffCommand(PrintStream out, PrintStream err, InputStream in, @Nullable Console terminal) {
    this.out = out;
    this.err = err;
    this.in = in;
    this.terminal = terminal;
  }

  /** The command was refused; the message is for the user. */
  private static final class Refused extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Refused(String message) {
      super(message);
    }
  }

  /** @return the exit code: 0 done, 1 refused and nothing was changed, 2 it could not be tried */
  public int run(Arguments arguments, StoreOptions options) {
    Vertx vertx = Vertx.vertx();
    try {
      // Before the database is opened: a person may take a while to type it.
      String password = arguments.needsPassword() ? password(arguments) : "";
      Store store = await(Store.openOrJoin(vertx, options));
      try {
        await(store.ping());
        run(arguments, password, new StaffAccounts(store.client()), Audit.of(store));
        return 0;
      } finally {
        await(store.close());
      }
    } catch (Refused | IllegalArgumentException refused) {
      err.println("magpie: " + refused.getMessage());
      return 1;
    } catch (Exception failure) {
      err.println("magpie: " + reason(failure));
      return 2;
    } finally {
      // Waited for: it deletes files in the folder of this process, which is deleted next.
      vertx.close().otherwiseEmpty().await();
    }
  }

  private void run(Arguments arguments, String password, StaffAccounts accounts, Audit audit) throws Exception {
    String login = arguments.login;
    switch (arguments.command) {
      case "list" -> {
        for (StaffAccount account : await(accounts.list())) out.println(line(account));
        return;
      }
      case "create" -> {
        if (!await(accounts.create(login, arguments.roles, PasswordHash.of(password), false)))
          throw new Refused("staff create: " + login + ": there is such an account");
      }
      case "password" -> require(login, await(accounts.resetPassword(login, PasswordHash.of(password), false)));
      case "roles" -> require(login, await(accounts.setRoles(login, arguments.roles)));
      case "disable" -> require(login, await(accounts.setDisabled(login, true)));
      default -> require(login, await(accounts.setDisabled(login, false)));
    }
    JsonObject details = new JsonObject();
    if (!arguments.roles.isEmpty()) details.put("roles", String.join(",", StaffRole.texts(arguments.roles)));
    await(audit.append(ACTOR, "staff." + arguments.command, StaffRole.ID_PREFIX + login, details));
    StaffAccount account = await(accounts.find(login)).orElseThrow();
    err.println("done: " + line(account));
  }

  private static void require(String login, boolean there) {
    if (!there) throw new Refused("staff: " + login + ": no such account; the command staff list shows them");
  }

  private static String line(StaffAccount account) {
    StringBuilder line = new StringBuilder(account.login()).append(" roles=").append(String.join(",", account.roleTexts()));
    if (account.disabled()) line.append(" disabled");
    if (account.mustChange()) line.append(" must-change-password");
    if (account.totp() != null) line.append(" one-time-codes");
    return account.password() == null ? line.append(" single-sign-on").toString() : line.toString();
  }

  private String password(Arguments arguments) throws IOException {
    String password = arguments.passwordFile != null ? PasswordInput.ofFile(arguments.passwordFile, "--password-file")
        : terminal != null ? asked(terminal) : PasswordInput.firstLine(readLine(), "password on standard input");
    String problem = StaffAccount.passwordProblem(arguments.login, password);
    if (problem != null) throw new Refused("staff " + arguments.command + ": " + problem);
    return password;
  }

  private String readLine() throws IOException {
    String line = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8)).readLine();
    return line == null ? "" : line;
  }

  private static String asked(Console terminal) {
    String password = typed(terminal, "Password: ");
    if (!password.equals(typed(terminal, "The same again: "))) throw new Refused("the two passwords differ");
    return password;
  }

  private static String typed(Console terminal, String prompt) {
    char[] typed = terminal.readPassword(prompt);
    return typed == null ? "" : new String(typed);
  }

  private static <T> T await(Future<T> future) throws Exception {
    return future.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
  }

  private static String reason(Throwable failure) {
    return failure instanceof MongoTimeoutException
        ? "the database does not answer; start it, or see the setting mongo.connection_string" : Reason.of(failure);
  }

  /**
   * What the command line says.
   *
   * @param login empty for {@code list}
   */
  public record Arguments(String command, String login, Set<StaffRole> roles, @Nullable Path passwordFile) {
    boolean needsPassword() {
      return command.equals("create") || command.equals("password");
    }

    /**
     * Reads what follows {@code staff}.
     *
     * @throws IllegalArgumentException with one line for the user
     */
    public static Arguments parse(List<String> words) {
      String command = words.isEmpty() ? "" : words.get(0);
      if (!List.of("create", "password", "roles", "disable", "enable", "list").contains(command))
        throw new IllegalArgumentException("staff: what? " + USAGE);
      boolean takesFile = command.equals("create") || command.equals("password");
      Set<StaffRole> roles = EnumSet.noneOf(StaffRole.class);
      Path file = null;
      String login = null;
      for (int i = 1; i < words.size(); i++) {
        String word = words.get(i);
        if (word.equals("--role") && command.equals("create")) roles.addAll(roles(value(words, ++i)));
        else if (word.equals("--password-file") && takesFile) file = Path.of(value(words, ++i));
        // Not shown: it may be a password.
        else if (word.startsWith("-"))
          throw new IllegalArgumentException("staff " + command + ": argument " + i + ": not an option: " + USAGE);
        else if (login == null && !command.equals("list")) login = word;
        else if (command.equals("roles") && roles.isEmpty()) roles.addAll(roles(word));
        else throw new IllegalArgumentException("staff " + command + ": argument " + i + " is one too many: a password is read from the "
            + "terminal, standard input or --password-file: " + USAGE);
      }
      if (command.equals("list")) return new Arguments(command, "", roles, null);
      if (!StaffAccount.isLogin(login))
        throw new IllegalArgumentException("staff " + command + ": NAME; allowed: " + StaffAccount.LOGIN_ALLOWED);
      if (roles.isEmpty() && (command.equals("create") || command.equals("roles")))
        throw new IllegalArgumentException("staff " + command + ": the role is missing; allowed: " + StaffRole.allowed());
      return new Arguments(command, login, roles, file);
    }

    private static String value(List<String> words, int at) {
      if (at == words.size()) throw new IllegalArgumentException("staff: " + words.get(at - 1) + ": its value is missing");
      return words.get(at);
    }

    private static Set<StaffRole> roles(String text) {
      Set<StaffRole> roles = EnumSet.noneOf(StaffRole.class);
      for (String name : text.split(","))
        roles.add(StaffRole.of(name.strip()).orElseThrow(
            () -> new IllegalArgumentException("staff: the role " + name.strip() + " is unknown; allowed: " + StaffRole.allowed())));
      return roles;
    }
  }
}
