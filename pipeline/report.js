
"use strict";
const documents = JSON.parse(document.getElementById("data").textContent);
const PAGE = 200;  // rows shown at first: a browser is slow with thousands
const DOT = 12;  // pixels of a dot of the timeline with the space around it
const LAYERS = ["commitments", "quantities", "dates", "entities", "statements"];
const byId = (id) => document.getElementById(id);

function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

/* A crowd of marks is one stop of the Tab key; the arrows go from one to the next. */
function walkByArrows(container, selector) {
  container.addEventListener("keydown", (event) => {
    const step = {ArrowRight: 1, ArrowLeft: -1}[event.key], marks = [...container.querySelectorAll(selector)];
    const next = step && marks[marks.indexOf(event.target) + step];
    if (!next || !marks.includes(event.target)) return;
    event.preventDefault();
    event.target.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  });
}

/* Offsets of records are code points, those of strings here are UTF-16 units. */
function unitsOf(text) {
  if (!/[\ud800-\udbff]/.test(text)) return (offset) => offset;
  const units = [0];
  for (const char of text) units.push(units[units.length - 1] + char.length);
  return (offset) => units[offset];
}
const units = [];
const unit = (n, offset) => (units[n] ||= unitsOf(documents[n].text))(offset);
const wordsOf = (n, item) => documents[n].text.slice(unit(n, item.start), unit(n, item.end));

const rows = documents.flatMap((one, n) => one.commitments.map((c) => ({
  ...c, n, text: wordsOf(n, c), amount: c.sizes.length ? Math.max(...c.sizes.map(([size]) => size)) : null,
  document: [one.published || "", one.title || one.id].join(" "), status: c.verdict || c.status || null,
})));
const registered = rows.some((row) => row.thread);

/* ---- table ---- */
const filters = byId("filters");
let order = {key: null, up: true};
let limit = PAGE;

function wanted(row) {
  const f = Object.fromEntries(new FormData(filters));
  const holds = (text, part) => text.toLowerCase().includes(part.toLowerCase());
  return (!f.party || row.parties.some((party) => holds(party, f.party)))
    && (!f.text || holds(row.text, f.text))
    && (!f.force || row.force === f.force)
    && (!f.status || row.status === f.status)
    && (!f.from || (row.due && row.due >= f.from))
    && (!f.until || (row.due && row.due <= f.until))
    && (!(f.amount || f.unit)
      || row.sizes.some(([size, of]) => (!f.unit || of === f.unit) && (!f.amount || size >= Number(f.amount))));
}

function compare(a, b) {
  const value = (row) => Array.isArray(row[order.key]) ? row[order.key].join(", ") : row[order.key];
  const x = value(a), y = value(b);
  if (x === null || x === y) return x === y ? 0 : 1;  // what is unknown comes last, up or down
  if (y === null) return -1;
  const less = typeof x === "number" ? x - y : String(x).localeCompare(String(y), "en");
  return order.up ? less : -less;
}

const pageOf = (row) => row.page ? `page ${row.page}` : "";

function tableRow(row) {
  const one = documents[row.n];
  const open = make("button", {type: "button"}, row.text);
  open.addEventListener("click", () => choose(row.n, row.id));
  const title = make("span", {class: "title"}, one.title || one.id);
  const when = make("small", {}, [one.published, pageOf(row)].filter(Boolean).join(", "));
  const cells = [
    ["Party", row.parties.join(", ")], ["Words", open], ["Force", [row.force, ...row.flags].join(", ")],
    ["Amount", row.amounts.join(", ")], ["Deadline", row.deadline], ["Status", row.status || ""],
    ["Document", make("span", {}, title, when)],
  ].filter(([name]) => registered || name !== "Status");
  return make("tr", {role: "row", "data-row": `${row.n}/${row.id}`},
    ...cells.map(([name, cell]) => make("td", {role: "cell", "data-label": name}, ...(cell === "" ? [] : [cell]))));
}

function showRows() {
  const shown = rows.filter(wanted);
  if (order.key) shown.sort(compare);
  byId("summary").textContent = rows.length
    ? `${shown.length} of ${rows.length} commitments in ${documents.length} documents`
    : `No commitments in ${documents.length} documents`;
  byId("rows").replaceChildren(...shown.slice(0, limit).map(tableRow));
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

/* Only years with a deadline have a column, so that one date of another century does not stretch the others away. */
function showTimeline(shown) {
  const due = shown.filter((row) => row.due).sort((a, b) => a.due < b.due ? -1 : a.due > b.due ? 1 : 0);
  if (!due.length) {
    byId("timeline").replaceChildren(make("p", {class: "faint"}, "No deadline with a known day."));
    return;
  }
  const inYear = new Map();
  for (const row of due) inYear.set(row.due.slice(0, 4), (inYear.get(row.due.slice(0, 4)) || 0) + 1);
  const years = [...inYear.keys()].sort();
  const places = Math.min(16, Math.max(5, Math.floor(byId("timeline").clientWidth / years.length / DOT)));
  const highest = Math.max(6, Math.ceil(Math.max(...inYear.values()) / places));
  const base = DOT * Math.min(highest, Math.max(...inYear.values())) + DOT, column = places * DOT + DOT / 2;
  const stacks = new Map();
  const dots = due.map((row, k) => {
    const [year, month, date] = row.due.split("-");
    const n = years.indexOf(year), first = n * places;
    const meant = first + Math.floor(places * (Number(month) - 1 + (Number(date) - 1) / 31) / 12);
    let place = meant;  // a full stack goes on beside it, in its year
    while ((stacks.get(place) || 0) >= highest) place = place > first ? place - 1 : meant + 1;
    const level = stacks.get(place) || 0;
    stacks.set(place, level + 1);
    const label = `${row.due}: ${row.parties.join(", ")}, ${row.text}`;
    const dot = svg("circle", {
      cx: n * column + (place - first + 1) * DOT, cy: base - DOT / 2 - level * DOT, r: DOT / 2 - 1,
      tabindex: k ? -1 : 0, role: "button", "aria-label": label,
    }, svg("title", {}, label));
    dot.addEventListener("click", () => choose(row.n, row.id));
    dot.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === " ") { event.preventDefault(); choose(row.n, row.id); }
    });
    return dot;
  });
  const ticks = years.flatMap((year, n) => {
    const at = n * column + .5, follows = n === 0 || Number(year) === Number(years[n - 1]) + 1;
    return [
      svg("line", {x1: at, x2: at, y1: 0, y2: base + 14, class: follows ? "" : "gap"}),
      svg("text", {x: at + 4, y: base + 12}, year),
    ];
  });
  const label = "Deadlines by day; the arrow keys go from one to the next";
  byId("timeline").replaceChildren(svg("svg",
    {width: years.length * column, height: base + 18, role: "group", "aria-label": label}, ...ticks, ...dots));
}

/* ---- document ---- */
let current = 0;
const visible = new Set(LAYERS);

function showDocument() {
  const one = documents[current];
  if (!one) return;
  byId("documents").value = String(current);
  byId("document-title").textContent = one.title || one.id;
  byId("warnings").replaceChildren(...one.warnings.map((warning) => make("li", {}, warning)));
  const items = one.items.map((item, k) => ({...item, k})).filter((item) => visible.has(item.layer));
  const edges = new Map([[0, []], [unit(current, one.text.length), []]]);
  for (const item of items) {
    for (const [offset, opens] of [[item.start, true], [item.end, false]]) {
      const at = unit(current, offset);
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
  const first = byId("text").querySelector("[data-items]");
  if (first) first.tabIndex = 0;
}

/* Text between two edges; it is drawn in the colour of the shortest item that covers it. */
function piece(text, open) {
  if (!open.size) return document.createTextNode(text);
  const items = [...open].sort((a, b) => (a.end - a.start) - (b.end - b.start));
  const element = make("span", {
    class: items[0].layer, tabindex: -1, role: "button", "data-items": items.map((i) => i.k).join(" "),
  }, text);
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
    const row = item.layer === "commitments" ? rows.find((r) => r.n === current && r.id === item.id) : null;
    const source = [one.title || one.id, one.published, row && pageOf(row), one.url].filter(Boolean).join(", ");
    const citation = make("textarea", {readonly: "", "aria-label": "Citation"});
    citation.value = `\u201c${words}\u201d (${source}, characters ${item.start}\u2013${item.end})`;
    citation.addEventListener("focus", () => citation.select());
    const copy = make("button", {type: "button"}, "Copy citation");
    copy.addEventListener("click", () => {
      citation.select();
      document.execCommand("copy");
      copy.textContent = "Copied";
    });
    const told = row && row.thread ? ["text", "status"] : ["text"];  // in the citation; by the register
    const facts = [...item.facts.filter(([name]) => !told.includes(name)), ...standing(row)];
    const shown = facts.flatMap(([name, value]) => [make("dt", {}, name.replaceAll("_", " ")), make("dd", {}, value)]);
    return [make("h3", {}, `${item.layer} ${item.id}`), make("dl", {}, ...shown), ...elsewhere(row), citation, copy];
  }));
}

/* What the register says of a commitment: facts, and where the same promise stands. */
function standing(row) {
  if (!row || !row.thread) return [];
  return [
    ["promise", row.thread], ["step", row.step.replaceAll("_", " ")],
    ["status", row.verdict ? row.why : `${row.status}: ${row.why}`],
    ["verdict", [row.verdict, row.verdict_date, row.verdict_source].filter(Boolean).join(", ")],
  ].filter(([, value]) => value);
}

function elsewhere(row) {
  const same = row && row.thread ? rows.filter((other) => other.thread === row.thread && other !== row) : [];
  if (!same.length) return [];
  return [make("p", {class: "faint"}, "The same promise:"), make("ul", {class: "same"}, ...same.map((other) => {
    const one = documents[other.n];
    const open = make("button", {type: "button"},
      [other.step.replaceAll("_", " "), one.published, one.title || one.id].filter(Boolean).join(", "));
    open.addEventListener("click", () => choose(other.n, other.id));
    return make("li", {}, open);
  }))];
}

function choose(n, id) {
  current = n;
  visible.add("commitments");
  for (const box of byId("layers").querySelectorAll("input")) box.checked = visible.has(box.name);
  showDocument();
  const item = documents[n].items.find((one) => one.layer === "commitments" && one.id === id);
  showItems([item]);
  const first = byId("text").querySelector(".chosen");
  if (first) { first.scrollIntoView({block: "center"}); first.focus({preventScroll: true}); }
}

byId("layers").append(...LAYERS.map((layer) => {
  const box = make("input", {type: "checkbox", name: layer});
  box.checked = true;
  box.addEventListener("change", () => { box.checked ? visible.add(layer) : visible.delete(layer); showDocument(); });
  return make("label", {}, box, make("span", {class: layer}, layer));
}));
byId("documents").append(...documents.map((one, n) => make("option", {value: String(n)}, one.title || one.id)));
byId("documents").addEventListener("change", (event) => { current = Number(event.target.value); showDocument(); });
const sorted = (values) => [...new Set(values)].filter(Boolean).sort((a, b) => a.localeCompare(b, "en"));
const choices = (name, values) =>
  filters.elements[name].append(...sorted(values).map((value) => make("option", {value}, value)));
byId("parties").append(...sorted(rows.flatMap((row) => row.parties)).map((party) => make("option", {value: party})));
choices("force", rows.map((row) => row.force));
choices("status", rows.map((row) => row.status));
choices("unit", rows.flatMap((row) => row.sizes.map(([, of]) => of)));
walkByArrows(byId("timeline"), "circle");
walkByArrows(byId("text"), "[data-items]");
filters.elements.status.parentElement.hidden = !registered;
document.querySelector("[data-sort=status]").parentElement.hidden = !registered;
addEventListener("beforeprint", () => { limit = Infinity; showRows(); });  // paper has no "Show more"
showRows();
showDocument();
document.body.dataset.ready = "true";
