// Storage that a browser may refuse (private windows, blocked cookies): then the page remembers for as long as it is open.

function remembering(find) {
  const memory = new Map();
  const attempt = (use, otherwise) => {
    try {
      return use(find());
    } catch {
      return otherwise();
    }
  };
  return {
    get: key => attempt(storage => storage.getItem(key), () => null) ?? memory.get(key) ?? null,
    set: (key, value) => attempt(storage => storage.setItem(key, value), () => memory.set(key, value)),
    remove: key => {
      memory.delete(key);
      attempt(storage => storage.removeItem(key), () => {});
    },
    keys: () => [...new Set([...attempt(storage => Object.keys(storage), () => []), ...memory.keys()])],
  };
}

/** Of this browser: every window sees it, a restart keeps it. */
export const local = remembering(() => localStorage);

/** Of this tab: a reload keeps it. */
export const session = remembering(() => sessionStorage);
