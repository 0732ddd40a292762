// A list that follows an array: what is there stays the same element, so a screen reader announces only what is new.

/** Items have a `key`; `create(item)` makes an element, `update(element, item, previous)` brings it up to date. */
export function follow(list, create, update) {
  const elements = new Map();
  return items => {
    items.forEach((item, index) => {
      if (!elements.has(item.key)) elements.set(item.key, create(item));
      const element = elements.get(item.key);
      update(element, item, items[index - 1]);
      if (list.children[index] !== element) list.insertBefore(element, list.children[index] ?? null);
    });
    const kept = new Set(items.map(item => item.key));
    for (const [key, element] of elements) {
      if (kept.has(key)) continue;
      element.remove();
      elements.delete(key);
    }
  };
}

/** Scrolls along while the reader is at the end, and counts what comes while they read further up. */
export function keepAtEnd(list, changed) {
  const reader = { atEnd: true, unread: 0 };
  list.addEventListener("scroll", () => {
    reader.atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 48;
    if (reader.atEnd && reader.unread) {
      reader.unread = 0;
      changed();
    }
  }, { passive: true });
  return reader;
}
