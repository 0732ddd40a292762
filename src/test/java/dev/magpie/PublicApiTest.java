package dev.magpie;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaMember;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.core.domain.JavaType;
import com.tngtech.archunit.core.domain.JavaTypeVariable;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import dev.magpie.core.Io;
import dev.magpie.protocol.Packet;
import dev.magpie.protocol.ProtocolException;
import dev.magpie.transport.Link;
import dev.magpie.transport.Message;
import dev.magpie.transport.Networks;
import dev.magpie.transport.PeerLog;
import dev.magpie.transport.heartbeat.TimerHandle;
import dev.magpie.transport.heartbeat.TimerWheel;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The public API: the public types of packages without {@link Internal}, but for the types and members that carry it themselves. Its
 * signatures name no other type of Magpie's, it says what may be null, and all of it has Javadoc.
 */
class PublicApiTest {
  private static final Path SOURCES = Path.of("src/main/java");
  private static final Path GUIDE = Path.of("src/site/markdown/library.md");

  private static JavaClasses magpie;

  @TempDir
  Path folder;

  @BeforeAll
  static void read() {
    ImportOption program = ImportOption.Predefined.DO_NOT_INCLUDE_TESTS;
    magpie = new ClassFileImporter().withImportOption(file -> program.includes(file) || file.contains("/PublicApiTest"))
        .importPackages("dev.magpie");
  }

  @Test
  void aPackageIsInternalOrSaysThatItIsPublicApi() throws IOException {
    for (JavaPackage one : packages()) {
      String info = Files.readString(SOURCES.resolve(one.getName().replace('.', '/')).resolve("package-info.java"));
      assertThat(info.contains("Public API:")).as(one.getName()).isEqualTo(!isInternal(one));
    }
  }

  @Test
  void noSignatureOfThePublicApiNamesAnInternalType() {
    List<JavaClass> api = api();
    assertThat(api).extracting(JavaClass::getSimpleName).contains("Io", "Socket", "Emit", "EventLog", "Page", "CloseReason");
    assertThat(api.stream().flatMap(type -> leaks(type).stream())).isEmpty();
  }

  @Test
  void aSignatureThatNamesAnInternalTypeIsFound() {
    assertThat(leaks(magpie.get(Leaky.class))).extracting(leak -> leak.replaceAll(".*: ", "")).containsOnly(
        Link.class.getName(), Message.class.getName(), TimerHandle.class.getName(), Networks.class.getName(), Packet.class.getName(),
        PeerLog.class.getName(), ProtocolException.class.getName(), Hidden.class.getName());
  }

  @Test
  void theGuideNamesThePackagesOfThePublicApiAndTheTypesOfThoseThatAreMostlyInternal() throws IOException {
    Map<String, Set<String>> types = new TreeMap<>();
    for (JavaClass type : api()) {
      if (type.getEnclosingClass().isPresent()) continue;
      types.computeIfAbsent(type.getPackageName(), name -> new TreeSet<>()).add(type.getSimpleName());
    }
    Map<String, Set<String>> shown = new TreeMap<>();
    Matcher rows = Pattern.compile("(?m)^\\| `(dev\\.magpie\\.[a-z.]+)` \\| (all|only ([`A-Za-z, ]+)):").matcher(Files.readString(GUIDE));
    while (rows.find()) {
      shown.put(rows.group(1), rows.group(3) == null ? types.get(rows.group(1)) : Set.of(rows.group(3).replace("`", "").split(", ")));
    }
    assertThat(shown).isEqualTo(types);
  }

  @Test
  void theJavadocOfTheBuildHasThePublicApiAndNothingElse() throws IOException {
    List<PathMatcher> included = inPom("include");
    List<PathMatcher> excluded = inPom("exclude");
    Set<String> shown;
    try (Stream<Path> files = Files.walk(SOURCES)) {
      shown = files.map(SOURCES::relativize).filter(file -> included.stream().anyMatch(each -> each.matches(file)))
          .filter(file -> excluded.stream().noneMatch(each -> each.matches(file)))
          .map(file -> file.toString().replace(File.separatorChar, '.').replaceAll("\\.java$", ""))
          .filter(name -> !name.endsWith(".package-info") && isPublic(name)).collect(Collectors.toCollection(TreeSet::new));
    }
    Set<String> expected = new TreeSet<>(Set.of(Internal.class.getName()));
    api().stream().filter(type -> type.getEnclosingClass().isEmpty()).forEach(type -> expected.add(type.getName()));
    assertThat(shown).isEqualTo(expected);
  }

  private static List<PathMatcher> inPom(String kind) throws IOException {
    return Pattern.compile("<" + kind + ">(dev/magpie/.*\\.java)</" + kind + ">").matcher(Files.readString(Path.of("pom.xml"))).results()
        .map(found -> FileSystems.getDefault().getPathMatcher("glob:" + found.group(1))).toList();
  }

  private static boolean isPublic(String name) {
    return magpie.get(name).getModifiers().contains(JavaModifier.PUBLIC);
  }

  @Test
  void everyTypeOfThePublicApiSaysWhatMayBeNull() {
    List<JavaClass> unmarked = api().stream().filter(type -> type.getEnclosingClass().isEmpty())
        .filter(type -> !type.isAnnotatedWith(NullMarked.class) && !type.getPackage().isAnnotatedWith(NullMarked.class)).toList();
    assertThat(unmarked).isEmpty();
  }

  @Test
  void everyTypeAndMemberOfThePublicApiHasJavadoc() throws IOException {
    List<File> sources = api().stream().filter(type -> type.getEnclosingClass().isEmpty())
        .map(type -> SOURCES.resolve(type.getName().replace('.', '/') + ".java").toFile()).toList();
    assertThat(doclint(sources)).isEmpty();
  }

  @Test
  void aMemberWithoutJavadocIsFound() throws IOException {
    Path source = Files.writeString(folder.resolve("Bare.java"), "/** A type. */ public interface Bare { void say(); }");
    assertThat(doclint(List.of(source.toFile()))).containsExactly("Bare.java:1: no comment");
  }

  /** Missing and malformed comments, but not missing tags: a comment says what a parameter is where its name and type do not. */
  private List<String> doclint(List<File> sources) throws IOException {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    DiagnosticCollector<JavaFileObject> found = new DiagnosticCollector<>();
    try (StandardJavaFileManager files = compiler.getStandardFileManager(found, Locale.ROOT, UTF_8)) {
      List<String> options = List.of("-Xdoclint:all/protected", "-Xmaxwarns", "10000", "-proc:none", "-d", folder.toString(), "-cp",
          System.getProperty("java.class.path"));
      compiler.getTask(null, files, found, options, null, files.getJavaFileObjectsFromFiles(sources)).call();
    }
    return found.getDiagnostics().stream().filter(each -> !each.getMessage(Locale.ROOT).startsWith("no @"))
        .map(each -> Path.of(each.getSource().getName()).getFileName() + ":" + each.getLineNumber() + ": " + each.getMessage(Locale.ROOT))
        .toList();
  }

  private static List<JavaPackage> packages() {
    List<JavaPackage> all = new ArrayList<>();
    magpie.getPackage("dev.magpie").traversePackageTree(each -> true, (JavaPackage each) -> {
      if (!each.getClasses().isEmpty()) all.add(each);
    });
    return all;
  }

  private static boolean isInternal(JavaPackage one) {
    return one.isAnnotatedWith(Internal.class);
  }

  private static List<JavaClass> api() {
    return magpie.stream().filter(PublicApiTest::isApi).toList();
  }

  private static boolean isApi(JavaClass type) {
    if (!type.getModifiers().contains(JavaModifier.PUBLIC) || type.isAnnotatedWith(Internal.class)) return false;
    return type.getEnclosingClass().map(PublicApiTest::isApi).orElseGet(() -> !isInternal(type.getPackage()));
  }

  /** What the signatures of a type name that is Magpie's and not public API; a supertype may be hidden, its members then count too. */
  private static List<String> leaks(JavaClass type) {
    List<String> leaks = new ArrayList<>();
    type.getTypeParameters().forEach(parameter -> look(type.getName() + "<>", parameter, leaks));
    Stream.concat(type.getSuperclass().stream(), type.getInterfaces().stream()).forEach(supertype -> {
      if (isHidden(supertype.toErasure())) leaks.addAll(leaks(supertype.toErasure()));
      else look(type.getName() + " extends", supertype, leaks);
    });
    for (JavaField field : type.getFields()) if (isVisible(field)) look(field.getFullName(), field.getType(), leaks);
    Stream.concat(type.getMethods().stream(), type.getConstructors().stream()).filter(PublicApiTest::isVisible).forEach(unit -> {
      signature(unit).forEach(part -> look(unit.getFullName(), part, leaks));
      unit.getTypeParameters().forEach(parameter -> look(unit.getFullName(), parameter, leaks));
    });
    return leaks;
  }

  private static Stream<JavaType> signature(JavaCodeUnit unit) {
    Stream<JavaType> thrown = unit.getThrowsClause().stream().map(clause -> clause.getRawType());
    return Stream.concat(Stream.concat(Stream.of(unit.getReturnType()), unit.getParameterTypes().stream()), thrown);
  }

  private static void look(String where, JavaTypeVariable<?> parameter, List<String> leaks) {
    parameter.getUpperBounds().forEach(bound -> look(where, bound, leaks));
  }

  private static void look(String where, JavaType type, List<String> leaks) {
    for (JavaClass named : type.getAllInvolvedRawTypes()) {
      JavaClass base = named.getBaseComponentType();
      if (base.getPackageName().startsWith("dev.magpie") && !isApi(base)) leaks.add(where + ": " + base.getName());
    }
  }

  private static boolean isHidden(JavaClass type) {
    return type.getPackageName().startsWith("dev.magpie") && !type.getModifiers().contains(JavaModifier.PUBLIC);
  }

  private static boolean isVisible(JavaMember member) {
    Set<JavaModifier> modifiers = member.getModifiers();
    return (modifiers.contains(JavaModifier.PUBLIC) || modifiers.contains(JavaModifier.PROTECTED))
        && !modifiers.contains(JavaModifier.SYNTHETIC) && !member.isAnnotatedWith(Internal.class);
  }

  /** Names an internal type in each way that there is, one of them in a supertype that is hidden. */
  abstract static class Leaky<T extends Link> extends Base implements Consumer<List<? super Message>> {
    public final Map<String, TimerHandle[]> timers = Map.of();

    protected Leaky(Networks networks) {}

    public abstract <P extends Packet> Io packets(P packet) throws ProtocolException;

    public abstract Hidden hidden();

    @Internal
    public abstract TimerWheel marked();

    abstract TimerWheel notVisible();
  }

  abstract static class Base {
    public abstract PeerLog log();
  }

  static class Hidden {}
}
