// A list that follows an array: what is there stays the same element, so a screen reader announces only what is new.

/** Items have a `key`; `create(item)` makes an element, `update(element, item, previous)` brings it up to date. */
export function follow(list, create, update) {
  const elements = new Map();
  return items => {
    const kept = new Set(items.map(item => item.key));
    for (const [key, element] of elements) {
      if (kept.has(key)) continue;
      element.remove();
      elements.delete(key);
    }
    items.forEach((item, index) => {
      if (!elements.has(item.key)) elements.set(item.key, create(item));
      const element = elements.get(item.key);
      update(element, item, items[index - 1]);
      if (list.children[index] !== element) list.insertBefore(element, list.children[index] ?? null);
    });
  };
}

/** Scrolls along while the reader is at the end; further up, what they read stays where it is, whatever comes or goes. */
export function keepAtEnd(list, changed) {
  const reader = {
    atEnd: true,
    unread: 0,
    /** Changes the list by `draw`. */
    around(draw) {
      const anchor = reader.atEnd ? null : [...list.children].find(element => element.offsetTop + element.offsetHeight > list.scrollTop);
      const top = anchor?.offsetTop;
      draw();
      if (reader.atEnd) list.scrollTop = list.scrollHeight;
      else if (anchor?.isConnected && anchor.offsetTop !== top) list.scrollTop += anchor.offsetTop - top;
    },
    toEnd() {
      reader.atEnd = true;
      list.scrollTop = list.scrollHeight;
    },
  };
  list.addEventListener("scroll", () => {
    reader.atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 48;
    if (reader.atEnd && reader.unread) {
      reader.unread = 0;
      changed();
    }
  }, { passive: true });
  // A window that becomes smaller, such as by a phone's keyboard, still shows the end.
  new ResizeObserver(() => reader.atEnd && reader.toEnd()).observe(list);
  return reader;
}
