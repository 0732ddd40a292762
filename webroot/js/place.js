// Where the server is: the pages may stand below a path of a proxy.

const { base } = window.magpiePage;

/** For `io()`. */
export const path = new URL("socket.io", base).pathname;

/** Of something that the server answers, such as `ws?echo=true`. */
export const address = name => new URL(name, base).href;

/** `address`, for a WebSocket. */
export const socketAddress = name => address(name).replace(/^http/, "ws");

/** Which applications this listener serves and where the others are: `{port, applications, elsewhere}`; null where the server does not tell. */
export const listener = await window.magpiePage.listener;

export const serves = application => listener?.applications.includes(application) ?? true;

/** Where another listener of this host serves it; null where that is not known, or where this page came through a proxy. */
export function elsewhere(application, page) {
  const port = listener?.elsewhere[application];
  // An address on its scheme's own port names none.
  const own = location.port || (location.protocol === "https:" ? "443" : "80");
  if (!port || own !== String(listener.port)) return null;
  return `${location.protocol}//${location.hostname}:${port}/${page}`;
}
