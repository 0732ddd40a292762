// One window of an example: a light that follows its connection, what it may do, and what it sent and received.

import { composer } from "../../js/composer.js";
import { speak, t } from "../../js/i18n.js";
import { worksHere } from "../../js/served.js";

const drawn = [];

/** Loads the page's words; panes made before or after follow each change of language. */
export const ready = speak(() => drawn.forEach(draw => draw()));

/** Resolves once a page may begin; never where its application is not served: then the page says so, and where it is. */
export async function begin(application, page) {
  await ready;
  if (!worksHere(application, `examples/${page}.html`, document.querySelector(".panes"))) await new Promise(() => {});
}

const KEPT = 200;
let count = 0;

/** `title()` gives the heading in the present language. The pane is put into `place`, or becomes it. */
export function pane(place, title) {
  const root = place.classList.contains("pane") ? place : place.appendChild(make("section", "card pane"));
  const header = make("header");
  const heading = make("h2");
  const status = make("span", "status");
  const light = make("span", "light");
  const words = make("span");
  const actions = make("form", "actions");
  const traffic = make("div", "traffic");
  let state = "connecting";
  let lost = false;

  heading.id = `pane-${++count}`;
  root.setAttribute("aria-labelledby", heading.id);
  status.setAttribute("role", "status");
  traffic.setAttribute("role", "log");
  traffic.tabIndex = 0;
  status.append(light, words);
  header.append(heading, status);
  root.append(header, actions, traffic);

  const draw = () => {
    heading.textContent = title();
    light.dataset.status = state;
    words.textContent = t(lost ? "link.again" : `link.status.${state}`);
    traffic.setAttribute("aria-label", t("examples.traffic"));
  };
  drawn.push(draw);
  draw();

  return {
    root,
    sent: (event, payload) => add("sent", event, payload),
    received: (event, payload) => add("received", event, payload),
    /** connecting, open, closing or closed */
    status(now) {
      lost = now === "connecting" && (lost || state === "open");
      state = now;
      draw();
    },
    button(key, press) {
      const button = action(key, "button");
      button.classList.add("quiet");
      button.addEventListener("click", press);
    },
    field,
    /** A field and its button: Enter or a click hands the text to `send`. */
    ask(fieldKey, buttonKey, send) {
      const input = field(fieldKey);
      action(buttonKey, "submit");
      composer(actions, input, send);
    },
  };

  function action(key, type) {
    const button = make("button");
    button.type = type;
    worded(button, key);
    actions.append(button);
    return button;
  }

  function field(key, value = "") {
    const label = make("label");
    const caption = make("span");
    const input = make("input");
    worded(caption, key);
    input.value = value;
    label.append(caption, input);
    actions.append(label);
    return input;
  }

  function worded(element, key) {
    element.dataset.i18n = key;
    element.textContent = t(key);
  }

  function add(direction, event, payload) {
    const item = make("div", direction);
    const way = make("small");
    const name = make("code");
    way.textContent = t(direction === "sent" ? "examples.sends" : "examples.receives");
    name.textContent = event;
    item.append(way, name, typeof payload === "string" ? payload : JSON.stringify(payload) ?? "");
    traffic.append(item);
    const mark = item.appendChild(make("em"));
    if (traffic.children.length > KEPT) traffic.firstChild.remove();
    traffic.scrollTop = traffic.scrollHeight;
    /** What stands behind it; nothing takes it away. */
    return words => {
      mark.textContent = words ? ` ${words}` : "";
      item.classList.toggle("unsent", Boolean(words));
    };
  }
}

/** Lets the pane's light follow a Socket.IO connection. */
export function light(socket, pane) {
  socket.on("connect", () => pane.status("open"));
  socket.on("disconnect", () => pane.status(socket.active ? "connecting" : "closed"));
  socket.on("connect_error", () => pane.status(socket.active ? "connecting" : "closed"));
}

function make(tag, className = "") {
  const element = document.createElement(tag);
  element.className = className;
  return element;
}
