package dev.magpie.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.magpie.core.Application;
import dev.magpie.testing.PlugInJar;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ApplicationsTest {
  @TempDir
  Path folder;

  private ClassLoader loader;

  @AfterEach
  void close() throws IOException {
    if (loader instanceof Closeable open) open.close();
  }

  private void write(String jar, String type, String name) throws IOException {
    String source = """
        package shop;

        public final class %s implements dev.magpie.core.Application {
          @Override
          public String name() {
            return "%s";
          }
        }
        """.formatted(type, name);
    PlugInJar.write(folder.resolve(jar), "shop." + type, source);
  }

  private Application found(String name) {
    loader = Applications.loader(Optional.of(folder));
    return Applications.found(loader).get(name);
  }

  @Test
  void areFoundInTheJarsOfTheFolderAndOnTheClassPath() throws IOException {
    write("shop.jar", "Shop", "shop");
    assertThat(Applications.jar(found("shop"))).contains("shop.jar");
    assertThat(Applications.found(loader)).containsKey("chat");
    assertThat(Applications.jar(Applications.found(loader).get("chat"))).isEmpty();
  }

  @Test
  void areTakenFromTheFirstJarByItsNameThatHasTheClass() throws IOException {
    write("b.jar", "Shop", "of b");
    write("a.jar", "Shop", "of a");
    assertThat(Applications.jar(found("of a"))).contains("a.jar");
    assertThat(Applications.found(loader)).doesNotContainKey("of b");
  }

  @Test
  void refuseTwoOfOneName() throws IOException {
    write("chat.jar", "OtherChat", "chat");
    assertThatThrownBy(() -> found("chat")).isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("two applications are named chat").hasMessageContaining("shop.OtherChat in plugins/chat.jar");
  }

  @Test
  void refuseOneWithoutAName() throws IOException {
    PlugInJar.write(folder.resolve("shop.jar"), "shop.Shop", """
        package shop;

        public final class Shop implements dev.magpie.core.Application {
          @Override
          public String name() {
            return null;
          }
        }
        """);
    assertThatThrownBy(() -> found("chat")).isInstanceOf(IllegalStateException.class)
        .hasMessage("application shop.Shop in plugins/shop.jar: its name, section or settings are null");
  }

  @Test
  void refuseAFileThatIsNoJarAndPassOverOthers() throws IOException {
    Files.writeString(folder.resolve("readme.txt"), "no jar");
    assertThat(found("chat")).isNotNull();
    Files.writeString(folder.resolve("shop.jar"), "no jar");
    assertThatThrownBy(() -> found("chat")).isInstanceOf(IllegalStateException.class).hasMessageContaining("shop.jar: no jar: ");
  }

  @Test
  void needNoFolder() {
    assertThat(Applications.loader(Optional.empty())).isSameAs(Applications.class.getClassLoader());
    assertThat(Applications.loader(Optional.of(folder.resolve("none")))).isSameAs(Applications.class.getClassLoader());
  }
}
