package dev.magpie.staff;

import dev.magpie.files.PrivateFiles;
import dev.magpie.staff.Staff.Data;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The first administrator, where there is no account yet: with a one-time password, which is written to a file that only this user may
 * read and has to be changed at the first login; or with the password in a file of the settings. Of several servers that start at once one
 * creates it.
 */
final class FirstLogin {
  static final String LOGIN = "admin";
  static final String FILE = "first-login";

  private static final Logger log = LoggerFactory.getLogger(FirstLogin.class);

  private FirstLogin() {}

  /**
   * Creates the account, if there is none.
   *
   * @return fails with an {@link IllegalArgumentException} for a file of the settings that cannot be used
   */
  static Future<Void> prepare(Staff staff) {
    return prepare(staff, staff.folder());
  }

  static Future<Void> prepare(Staff staff, Path folder) {
    return staff.data().compose(data -> data.accounts().count().compose(count -> {
      if (count > 0) return removeUsedFile(staff, data);
      String given = staff.options().adminPasswordFile();
      return given == null ? withOneTimePassword(staff, data, file(folder)) : withPasswordOf(Path.of(given), staff, data);
    }));
  }

  private static Future<Void> withPasswordOf(Path file, Staff staff, Data data) {
    return staff.vertx().executeBlocking(() -> PasswordInput.ofFile(file, "staff.admin_password_file"), false).compose(password -> {
      String problem = StaffAccount.passwordProblem(LOGIN, password);
      if (problem != null) return Future.failedFuture(new IllegalArgumentException("staff.admin_password_file: " + problem));
      return create(staff, data, password, false);
    }).onSuccess(created -> {
      if (created) log.info("first administrator created login={} password=staff.admin_password_file", LOGIN);
    }).mapEmpty();
  }

  /** The file is written first: an account whose password nobody knows would be of no use. */
  private static Future<Void> withOneTimePassword(Staff staff, Data data, Path file) {
    String password = Secrets.newPassword();
    return staff.vertx().executeBlocking(() -> write(file, password), false)
        .compose(written -> create(staff, data, password, true))
        .compose(created -> {
          if (created) log.info("first administrator created login={} one-time password in file={}", LOGIN, file);
          return created ? Future.succeededFuture() : delete(staff, file);
        });
  }

  private static Future<Boolean> create(Staff staff, Data data, String password, boolean mustChange) {
    return PasswordWorkers.of(staff.vertx()).hash(password)
        .compose(hash -> data.accounts().create(LOGIN, EnumSet.of(StaffRole.ADMIN), hash, mustChange))
        .compose(created -> !created ? Future.succeededFuture(false)
        : staff.audit("server", "staff.create", StaffRole.ID_PREFIX + LOGIN, new JsonObject()).map(true));
  }

  private static Path file(Path folder) {
    return folder.toAbsolutePath().normalize().resolve(FILE);
  }

  private static @Nullable Void write(Path file, String password) throws IOException {
    PrivateFiles.makeFolder(file.getParent());
    PrivateFiles.write(file, "name: " + LOGIN + "\npassword: " + password + "\n");
    return null;
  }

  /** Removes the file after a login of this account. */
  static Future<Void> removeFile(Staff staff, String login) {
    return login.equals(LOGIN) ? delete(staff, file(staff.folder())) : Future.succeededFuture();
  }

  /** The first login may have been at another server. */
  static Future<Void> removeUsedFile(Staff staff, Data data) {
    return data.accounts().find(LOGIN)
        .compose(admin -> admin.filter(StaffAccount::mustChange).isPresent() ? Future.succeededFuture()
            : delete(staff, file(staff.folder())));
  }

  private static Future<Void> delete(Staff staff, Path file) {
    return staff.vertx().executeBlocking(() -> Files.deleteIfExists(file), false).onSuccess(deleted -> {
      if (deleted) log.info("one-time password removed file={}", file);
    }).<Void>mapEmpty().recover(failure -> {
      log.warn("one-time password not removed file={} reason={}", file, failure.getMessage());
      return Future.succeededFuture();
    });
  }
}
