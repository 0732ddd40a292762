// An article's Markdown as elements: headings, paragraphs, lists, quotes, code, strong and emphasised words, links to pages. Nothing is ever
// parsed as HTML, and what is not of these stays the text that it is.

const INLINE = /`([^`\n]+)`|\*\*(\S(?:[^\n]*?\S)?)\*\*|\*([^\s*](?:[^*\n]*?[^\s*])?)\*|!?\[([^\]\n]+)\]\(([^()\s]+)\)/g;
const ITEM = /^(\s*)(?:[-*+]|\d{1,9}[.)])\s+(.*)$/;
const FENCE = /^\s*(```|~~~)/;
const HEADING = /^(#{1,6})\s+(.*?)\s*#*$/;
const QUOTE = /^\s*>\s?(.*)$/;

/** Writes `text` into `element` unless it stands there already. */
export function write(element, text) {
  if (element.markdown === text) return;
  element.markdown = text;
  element.replaceChildren(...blocks(text.split(/\r?\n/)));
}

function blocks(lines) {
  const made = [];
  for (let at = 0; at < lines.length; ) {
    const line = lines[at];
    if (!line.trim()) at++;
    else if (FENCE.test(line)) at = code(lines, at, made);
    else if (HEADING.test(line)) at = heading(lines, at, made);
    else if (QUOTE.test(line)) at = quote(lines, at, made);
    else if (ITEM.test(line)) at = list(lines, at, made);
    else at = paragraph(lines, at, made);
  }
  return made;
}

/** No heading of the page: an answer stands among others. */
function heading(lines, at, made) {
  made.push(make("p", "heading", inline(lines[at].match(HEADING)[2])));
  return at + 1;
}

function code(lines, at, made) {
  const [, fence] = lines[at].match(FENCE);
  const end = lines.findIndex((line, n) => n > at && line.trim() === fence);
  const last = end < 0 ? lines.length : end;
  const block = make("pre", "", [lines.slice(at + 1, last).join("\n")]);
  block.tabIndex = 0;
  made.push(block);
  return last + 1;
}

function quote(lines, at, made) {
  let end = at;
  while (end < lines.length && QUOTE.test(lines[end])) end++;
  made.push(make("blockquote", "", blocks(lines.slice(at, end).map(line => line.match(QUOTE)[1]))));
  return end;
}

/** Items that are indented further belong to the one before. */
function list(lines, at, made) {
  const indent = lines[at].match(ITEM)[1].length;
  const ordered = /^\s*\d/.test(lines[at]);
  const element = make(ordered ? "ol" : "ul", "", []);
  if (ordered) element.start = parseInt(lines[at], 10);
  let end = at;
  while (end < lines.length) {
    const item = lines[end].match(ITEM);
    if (item && item[1].length > indent && element.lastChild) {
      const inner = [];
      end = list(lines, end, inner);
      element.lastChild.append(...inner);
    } else if (item && item[1].length === indent && /^\s*\d/.test(lines[end]) === ordered) {
      element.append(make("li", "", inline(item[2])));
      end++;
    } else if (!item && lines[end].trim() && /^\s+/.test(lines[end]) && element.lastChild) {
      element.lastChild.append(" ", ...inline(lines[end].trim()));
      end++;
    } else break;
  }
  made.push(element);
  return end;
}

function paragraph(lines, at, made) {
  let end = at;
  while (end < lines.length && lines[end].trim() && (end === at || ![FENCE, HEADING, QUOTE, ITEM].some(other => other.test(lines[end])))) end++;
  made.push(make("p", "", inline(lines.slice(at, end).join("\n"))));
  return end;
}

function inline(text) {
  const made = [];
  let from = 0;
  for (const found of text.matchAll(INLINE)) {
    const [whole, code, strong, emphasis, words, target] = found;
    made.push(text.slice(from, found.index));
    if (code) made.push(make("code", "", [code]));
    else if (strong) made.push(make("strong", "", inline(strong)));
    else if (emphasis) made.push(make("em", "", inline(emphasis)));
    else made.push(link(words, target) ?? whole);
    from = found.index + whole.length;
  }
  made.push(text.slice(from));
  return made.filter(part => part !== "");
}

/** To a page on the web, or null. */
function link(words, target) {
  let url;
  try {
    url = new URL(target, document.baseURI);
  } catch {
    return null;
  }
  if (url.protocol !== "http:" && url.protocol !== "https:" && url.protocol !== "mailto:") return null;
  const element = make("a", "", [words]);
  element.href = url.href;
  element.target = "_blank";
  element.rel = "noopener noreferrer";
  return element;
}

function make(tag, className, parts) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...parts);
  return element;
}
