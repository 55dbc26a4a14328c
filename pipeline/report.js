
"use strict";
const documents = JSON.parse(document.getElementById("data").textContent);
const PAGE = 200;  // rows shown at first: a browser is slow with thousands
const LAYERS = ["commitments", "quantities", "dates", "entities", "statements"];
const byId = (id) => document.getElementById(id);

function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

/* Offsets of records are code points, those of strings here are UTF-16 units. */
function unitsOf(text) {
  if (!/[\ud800-\udbff]/.test(text)) return (offset) => offset;
  const units = [0];
  for (const char of text) units.push(units[units.length - 1] + char.length);
  return (offset) => units[offset];
}
const unit = documents.map((one) => unitsOf(one.text));
const wordsOf = (n, item) => documents[n].text.slice(unit[n](item.start), unit[n](item.end));

const rows = documents.flatMap((one, n) => one.commitments.map((c) => ({
  ...c, n, text: wordsOf(n, c), document: one.title || one.id, amount: c.values.length ? Math.max(...c.values) : null,
})));

/* ---- table ---- */
const filters = byId("filters");
let order = {key: "document", up: true};
let limit = PAGE;

function wanted(row) {
  const f = Object.fromEntries(new FormData(filters));
  const holds = (text, part) => text.toLowerCase().includes(part.toLowerCase());
  return (!f.party || row.parties.some((party) => holds(party, f.party)))
    && (!f.force || row.force === f.force)
    && (!f.from || (row.due && row.due >= f.from))
    && (!f.until || (row.due && row.due <= f.until))
    && (!f.amount || (row.amount !== null && row.amount >= Number(f.amount)))
    && (!f.text || holds(row.text, f.text));
}

function compare(a, b) {
  const value = (row) => Array.isArray(row[order.key]) ? row[order.key].join(", ") : row[order.key];
  const x = value(a), y = value(b);
  if (x === null || x === y) return x === y ? 0 : 1;  // what is unknown comes last, up or down
  if (y === null) return -1;
  const less = typeof x === "number" ? x - y : String(x).localeCompare(String(y), "en");
  return order.up ? less : -less;
}

function showRows() {
  const shown = rows.filter(wanted).sort(compare);
  byId("summary").textContent = rows.length
    ? `${shown.length} of ${rows.length} commitments in ${documents.length} documents`
    : `No commitments in ${documents.length} documents`;
  byId("rows").replaceChildren(...shown.slice(0, limit).map((row) => {
    const open = make("button", {type: "button"}, row.text);
    open.addEventListener("click", () => choose(row.n, row.id, true));
    const force = [row.force, ...row.flags].join(", ");
    return make("tr", {"data-row": `${row.n}/${row.id}`}, ...[
      row.parties.join(", "), force, open, row.deadline, row.amounts.join(", "), row.document,
    ].map((cell) => make("td", {}, cell)));
  }));
  byId("more").hidden = shown.length <= limit;
  showTimeline(shown);
}

for (const button of document.querySelectorAll("[data-sort]")) {
  button.addEventListener("click", () => {
    order = {key: button.dataset.sort, up: order.key === button.dataset.sort ? !order.up : true};
    for (const head of document.querySelectorAll("th")) head.removeAttribute("aria-sort");
    button.parentElement.setAttribute("aria-sort", order.up ? "ascending" : "descending");
    showRows();
  });
}
filters.addEventListener("input", () => { limit = PAGE; showRows(); });
filters.addEventListener("reset", () => setTimeout(showRows));
filters.addEventListener("submit", (event) => event.preventDefault());
byId("more").addEventListener("click", () => { limit += PAGE; showRows(); });

/* ---- timeline ---- */
function svg(name, attributes, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

function showTimeline(shown) {
  const due = shown.filter((row) => row.due);
  if (!due.length) {
    byId("timeline").replaceChildren(make("p", {class: "faint"}, "No deadline with a known day."));
    return;
  }
  const years = due.map((row) => Number(row.due.slice(0, 4)));
  const first = Math.min(...years), last = Math.max(...years) + 1, width = Math.max(640, (last - first) * 80);
  const x = (day) => {
    const [year, month, date] = day.split("-").map(Number);
    return 20 + (width - 70) * ((year + (month - 1) / 12 + (date - 1) / 372 - first) / (last - first));
  };
  const stacks = new Map();
  const dots = due.map((row) => {
    const place = Math.round(x(row.due) / 12), height = stacks.get(place) || 0;
    stacks.set(place, height + 1);
    const label = `${row.due}: ${row.parties.join(", ")}, ${row.text}`;
    const dot = svg("circle", {cx: x(row.due), cy: 0, r: 5, tabindex: 0, role: "button", "aria-label": label},
      svg("title", {}, label));
    dot.dataset.level = height;
    dot.addEventListener("click", () => choose(row.n, row.id, true));
    dot.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === " ") { event.preventDefault(); choose(row.n, row.id, true); }
    });
    return dot;
  });
  const base = 12 * Math.max(...stacks.values()) + 10;
  for (const dot of dots) dot.setAttribute("cy", base - 10 - 12 * dot.dataset.level);
  const step = Math.ceil((last - first) / 40);
  const ticks = [];
  for (let year = first; year <= last; year += step) {
    const at = x(`${year}-01-01`);
    ticks.push(svg("line", {x1: at, x2: at, y1: 0, y2: base}), svg("text", {x: at + 2, y: base + 12}, String(year)));
  }
  byId("timeline").replaceChildren(
    svg("svg", {width, height: base + 18, role: "group", "aria-label": "Deadlines by day"}, ...ticks, ...dots));
}

/* ---- document ---- */
let current = 0;
const visible = new Set(LAYERS);

function showDocument() {
  const one = documents[current];
  if (!one) return;
  byId("documents").value = String(current);
  byId("warnings").replaceChildren(...one.warnings.map((warning) => make("li", {}, warning)));
  const items = one.items.map((item, k) => ({...item, k})).filter((item) => visible.has(item.layer));
  const edges = new Map([[0, []], [unit[current](one.text.length), []]]);
  for (const item of items) {
    for (const [offset, opens] of [[item.start, true], [item.end, false]]) {
      const at = unit[current](offset);
      if (!edges.has(at)) edges.set(at, []);
      edges.get(at).push([item, opens]);
    }
  }
  const pieces = [], open = new Set();
  let from = 0;
  for (const at of [...edges.keys()].filter((at) => at !== undefined).sort((a, b) => a - b)) {
    if (at > from) pieces.push(piece(one.text.slice(from, at), open));
    for (const [item, opens] of edges.get(at)) opens ? open.add(item) : open.delete(item);
    from = at;
  }
  pieces.push(piece(one.text.slice(from), open));
  byId("text").replaceChildren(...pieces);
}

/* Text between two edges; it is drawn in the colour of the shortest item that covers it. */
function piece(text, open) {
  if (!open.size) return document.createTextNode(text);
  const items = [...open].sort((a, b) => (a.end - a.start) - (b.end - b.start));
  const element = make("span", {class: items[0].layer, tabindex: 0, role: "button", "data-items": items.map((i) => i.k).join(" ")}, text);
  if (items.length > 1) element.classList.add("several");
  return element;
}

function chosenPiece(event) {
  const element = event.target.closest("[data-items]");
  if (!element) return;
  showItems(element.dataset.items.split(" ").map((k) => documents[current].items[k]));
}
byId("text").addEventListener("click", chosenPiece);
byId("text").addEventListener("keydown", (event) => {
  if (event.key === "Enter" || event.key === " ") { event.preventDefault(); chosenPiece(event); }
});

function showItems(items) {
  const one = documents[current];
  /* Of several items only the shortest is framed: the others reach beyond it. */
  for (const element of byId("text").querySelectorAll("[data-items]")) {
    element.classList.toggle("chosen", element.dataset.items.split(" ").some((k) => one.items[k] === items[0]));
  }
  for (const row of document.querySelectorAll("[data-row]")) {
    row.classList.toggle("chosen", items.some((item) => row.dataset.row === `${current}/${item.id}`));
  }
  byId("detail").replaceChildren(...items.flatMap((item) => {
    const words = wordsOf(current, item);
    const source = [one.title || one.id, one.published].filter(Boolean).join(", ");
    const citation = make("textarea", {readonly: "", "aria-label": "Citation"});
    citation.value = `\u201c${words}\u201d (${source}, characters ${item.start}\u2013${item.end})`;
    citation.addEventListener("focus", () => citation.select());
    const copy = make("button", {type: "button"}, "Copy citation");
    copy.addEventListener("click", () => { citation.select(); document.execCommand("copy"); copy.textContent = "Copied"; });
    const facts = item.facts.flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, value)]);
    return [make("h3", {}, `${item.layer} ${item.id}`), make("dl", {}, ...facts), citation, copy];
  }));
}

function choose(n, id, scroll) {
  current = n;
  visible.add("commitments");
  for (const box of byId("layers").querySelectorAll("input")) box.checked = visible.has(box.name);
  showDocument();
  const item = documents[n].items.find((one) => one.layer === "commitments" && one.id === id);
  showItems([item]);
  const first = byId("text").querySelector(".chosen");
  if (first && scroll) { first.scrollIntoView({block: "center"}); first.focus({preventScroll: true}); }
}

byId("layers").append(...LAYERS.map((layer) => {
  const box = make("input", {type: "checkbox", name: layer});
  box.checked = true;
  box.addEventListener("change", () => { box.checked ? visible.add(layer) : visible.delete(layer); showDocument(); });
  return make("label", {}, box, make("span", {class: layer}, layer));
}));
byId("documents").append(...documents.map((one, n) => make("option", {value: String(n)}, one.title || one.id)));
byId("documents").addEventListener("change", (event) => { current = Number(event.target.value); showDocument(); });
const sorted = (values) => [...new Set(values)].sort((a, b) => a.localeCompare(b, "en"));
byId("parties").append(...sorted(rows.flatMap((row) => row.parties)).map((party) => make("option", {value: party})));
filters.elements.force.append(...sorted(rows.map((row) => row.force)).map((force) => make("option", {value: force}, force)));
showRows();
showDocument();
document.body.dataset.ready = "true";
