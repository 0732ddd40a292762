// Messages not yet confirmed, as magpie.js keeps them over a reload.

// What a page leaves behind is its own reload's for this time, before another tab takes it over.
const RELOADED_WITHIN = 5_000;

/**
 * Each message stands in the browser's storage under a key with the page that it belongs to, so that two tabs neither overwrite nor send
 * each other's. A page holds a lock for as long as it lives; what it left behind is taken over when the lock is free. Where the browser
 * has no locks, a page takes over all that it finds at its start: should another one still send the same, the server's memory of the `cid`
 * makes one message of the two.
 */
export class Outbox {
  /**
   * @param url whose messages they are; without spaces
   * @param changed called when messages were taken over after the start
   */
  constructor(url, { storage, session, locks, clock, outboxLimit }, changed) {
    Object.assign(this, { storage, locks, clock, changed });
    this.limit = outboxLimit;
    this.all = `magpie.outbox ${url} `;
    this.page = newId();
    this.entries = [];
    this.written = 0;
    const mine = `magpie.page ${url}`;
    const before = session.get(mine);
    session.set(mine, this.page);
    if (!locks) {
      this.takeOver(this.all);
      return;
    }
    locks.request(this.all + this.page, () => new Promise(() => {}));
    for (const page of this.pages()) this.inherit(page, page === before ? 0 : RELOADED_WITHIN);
  }

  get size() {
    return this.entries.length;
  }

  first() {
    return this.entries[0];
  }

  /** Whether there was room for it. */
  add(message) {
    if (this.entries.length >= this.limit) return false;
    // Sorts as it was written, also after a reload, and when the clock was set back.
    this.written = Math.max(this.written + 1, Date.now());
    this.keep(`${String(this.written).padStart(15, "0")}-${message.body.cid}`, message);
    return true;
  }

  /** The message of this cid is confirmed, or given up. */
  forget(cid) {
    const entry = this.entries.find(other => other.body.cid === cid);
    if (entry) this.remove(entry);
  }

  remove(entry) {
    this.entries = this.entries.filter(other => other !== entry);
    this.storage.remove(entry.key);
  }

  keep(order, { event, body }) {
    const key = `${this.all}${this.page} ${order}`;
    this.written = Math.max(this.written, parseInt(order, 10));
    this.entries.push({ key, order, event, body });
    this.storage.set(key, JSON.stringify({ event, body }));
  }

  // Other pages.

  pages() {
    return new Set(this.keys(this.all).map(key => key.slice(this.all.length).split(" ")[0]));
  }

  keys(prefix) {
    return this.storage.keys().filter(key => key.startsWith(prefix));
  }

  /** Waits for a page's end, and for its reload to have come first. */
  async inherit(page, patience) {
    const lock = this.all + page;
    const left = `${lock} `;
    while (this.keys(left).length) {
      await this.locks.request(lock, () => {});
      await new Promise(done => this.clock.after(patience, done));
      await this.locks.request(lock, { ifAvailable: true }, free => free && this.takeOver(left) && this.changed());
    }
  }

  takeOver(prefix) {
    const found = this.keys(prefix);
    const left = found.map(key => [key.split(" ").at(-1), parse(this.storage.get(key))]);
    found.forEach(key => this.storage.remove(key));
    for (const [order, message] of left) if (message?.event && message.body?.cid) this.keep(order, message);
    // Those that were written first go first; the one that is on its way is among them, and stays the first of its page.
    this.entries.sort((a, b) => (a.order < b.order ? -1 : a.order > b.order ? 1 : 0));
    return left.length;
  }
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** crypto.randomUUID exists on https and on loopback addresses only. */
export function newId() {
  return crypto.randomUUID?.() ?? Array.from(crypto.getRandomValues(new Uint8Array(16)), byte => byte.toString(16).padStart(2, "0")).join("");
}
