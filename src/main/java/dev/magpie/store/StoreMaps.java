package dev.magpie.store;

import dev.magpie.logging.Reason;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.Page;
import org.h2.mvstore.type.ByteArrayDataType;
import org.h2.mvstore.type.DataType;
import org.h2.mvstore.type.LongDataType;
import org.h2.mvstore.type.StringDataType;

/** The maps of a store file by name: of which types they are, and reading them past damaged pages. Stateless. */
final class StoreMaps {
  static final String LOGS = "magpie.log.";
  static final String SESSIONS = "magpie.sessions.";
  static final String STATE = "magpie.state.";

  /** The documents of MongoDB's collections: {@code databases.<database>.<collection>}. */
  static final String DOCUMENTS = "databases.";

  private StoreMaps() {}

  /** A map of whatever name. A file does not say of which types a map is. */
  @SuppressWarnings({"unchecked", "rawtypes"})
  static MVMap<Object, Object> open(MVStore store, String name) {
    MVMap.Builder builder = new MVMap.Builder();
    if (name.startsWith(LOGS))
      builder.keyType(name.endsWith(".events") ? LongDataType.INSTANCE : StringDataType.INSTANCE).valueType(ofLog(name));
    if (name.startsWith(SESSIONS))
      builder.keyType(StringDataType.INSTANCE).valueType(name.endsWith(".all") ? StringDataType.INSTANCE : LongDataType.INSTANCE);
    if (name.startsWith(STATE))
      builder.keyType(StringDataType.INSTANCE).valueType(name.endsWith(".rows") ? StringDataType.INSTANCE : LongDataType.INSTANCE);
    return (MVMap<Object, Object>) store.openMap(name, builder);
  }

  private static DataType<?> ofLog(String name) {
    if (name.endsWith(".cids")) return LongDataType.INSTANCE;
    return name.endsWith(".facts") ? StringDataType.INSTANCE : ByteArrayDataType.INSTANCE;
  }

  static boolean isEvents(String name) {
    return name.startsWith(LOGS) && name.endsWith(".events");
  }

  /** Whether these are the rows of a namespace's room state. */
  static boolean isState(String name) {
    return name.startsWith(STATE) && name.endsWith(".rows");
  }

  /** The namespace whose rows these are. */
  static String namespaceOfState(String rows) {
    return rows.substring(STATE.length(), rows.length() - ".rows".length());
  }

  /** The namespace whose events these are. */
  static String namespace(String events) {
    return events.substring(LOGS.length(), events.length() - ".events".length());
  }

  /** Passes on readable entries, and the error of each unreadable page or entry. */
  static void read(MVStore store, String name, BiConsumer<Object, Object> entry, Consumer<String> damage) {
    leaves(store, name, (keys, values) -> {
      for (int i = 0; i < keys.length; i++) {
        int at = i;
        guarded(damage, () -> entry.accept(keys[at], values[at]));
      }
    }, damage);
  }

  /** Passes on the keys and values of each readable leaf page, and the error of each unreadable page. */
  static void leaves(MVStore store, String name, BiConsumer<Object[], Object[]> leaf, Consumer<String> damage) {
    guarded(damage, () -> leaves(open(store, name).getRootPage(), leaf, damage));
  }

  private static void leaves(Page<Object, Object> page, BiConsumer<Object[], Object[]> leaf, Consumer<String> damage) {
    if (page.isLeaf()) {
      leaf.accept(IntStream.range(0, page.getKeyCount()).mapToObj(page::getKey).toArray(),
          IntStream.range(0, page.getKeyCount()).mapToObj(page::getValue).toArray());
      return;
    }
    for (int i = 0; i <= page.getKeyCount(); i++) {
      int at = i;
      guarded(damage, () -> leaves(page.getChildPage(at), leaf, damage));
    }
  }

  static void guarded(Consumer<String> damage, Runnable reading) {
    try {
      reading.run();
    } catch (RuntimeException unreadable) {
      damage.accept(Reason.of(unreadable));
    } catch (OutOfMemoryError length) {
      // A damaged length asks for an array that no heap holds; nothing was allocated.
      damage.accept("a damaged length");
    }
  }

  /** H2's types and maps check nothing at run time. */
  @SuppressWarnings("unchecked")
  static DataType<Object> untyped(DataType<?> type) {
    return (DataType<Object>) type;
  }
}
