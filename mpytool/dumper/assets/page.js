"use strict";
(() => {
// Every byte of the file belongs to one region, and a region is one row of the middle pane. All that the page
// lights up follows from two relations: byte <-> region (by position) and region <-> source line (line table).

const $ = (id) => document.getElementById(id);
const NONE = -1;
const ROW = 20;
const NS = "http://www.w3.org/2000/svg";

function make(tag, cls, text) {
  const element = document.createElement(tag);
  if (cls) element.className = cls;
  if (text !== undefined) element.textContent = text;
  return element;
}

function chevron() {
  const svg = document.createElementNS(NS, "svg"), path = document.createElementNS(NS, "path");
  svg.setAttribute("viewBox", "0 0 10 10");
  svg.setAttribute("aria-hidden", "true");
  path.setAttribute("d", "m3.5 2 3 3-3 3");
  svg.append(path);
  return svg;
}

// Control and direction characters would disturb the layout, or show a program other than the one that is there.
const UNSEEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]/gu;
const visible = (text) => text.replace(UNSEEN, (c) => {
  const code = c.codePointAt(0);
  return code < 32 ? String.fromCharCode(0x2400 + code) : "\\u" + code.toString(16).padStart(4, "0");
});

const hex = (number, digits = 2) => number.toString(16).padStart(digits, "0");
const plural = (number, word) => `${number.toLocaleString("en")} ${word}${number === 1 ? "" : "s"}`;
const size = (number) => `${number.toLocaleString("en")} B`;

// --- the data ---------------------------------------------------------------------------------------------

const data = JSON.parse($("data").textContent);
const { kinds, strings, functions } = data;
const kindClass = kinds.map((kind) => "k-" + kind.replaceAll(" ", "-"));
const raw = atob(data.bytes);
const bytes = new Uint8Array(raw.length);
for (let i = 0; i < raw.length; i++) bytes[i] = raw.charCodeAt(i);

const n = data.length.length;
const start = new Uint32Array(n + 1);
const kindOf = new Uint8Array(n), functionOf = new Int32Array(n), lineOf = new Uint32Array(n);
const refOf = new Int32Array(n).fill(NONE), labelOf = new Int32Array(n).fill(NONE), depthOf = new Int32Array(n).fill(NONE);
for (let i = 0; i < n; i++) start[i + 1] = start[i] + data.length[i];
for (let i = 0, at = 0; i < data.run.length; i += 3) {
  const end = at + data.run[i + 2];
  kindOf.fill(data.run[i], at, end);
  functionOf.fill(data.run[i + 1], at, end);
  at = end;
}
for (const [column, changes] of [[lineOf, data.line], [depthOf, data.depth]]) {
  for (let i = 0, at = 0; i < changes.length; i += 2) column.fill(changes[i + 1], at += changes[i], at + (changes[i + 2] ?? n));
}
for (let i = 0, at = 0; i < data.ref.length; i += 2) refOf[at += data.ref[i]] = data.ref[i + 1];
for (let i = 0, at = 0; i < data.label.length; i += 2) labelOf[at += data.label[i]] = data.label[i + 1];

const text = (i) => strings[data.text[i]];
const operand = (i) => strings[data.operand[i]];
const isInstruction = (i) => data.text[i] < data.ops.length;
const says = (i) => (operand(i) ? `${text(i)} ${operand(i)}` : text(i));

function regionAt(offset) {
  let low = 0, high = n;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (start[middle] <= offset) low = middle; else high = middle;
  }
  return low;
}

// Regions of each line, in one array: those of line l are byLine[lineAt[l]] up to byLine[lineAt[l + 1]].
const sourceLines = data.source === null ? [] : data.source.split(/\r\n|\r|\n/);
if (sourceLines.length > 1 && sourceLines.at(-1) === "") sourceLines.pop();
let lastLine = sourceLines.length;
for (let i = 0; i < n; i++) if (lineOf[i] > lastLine) lastLine = lineOf[i];
const lineAt = new Uint32Array(lastLine + 2), byLine = new Uint32Array(n), lineBytes = new Uint32Array(lastLine + 1);
for (let i = 0; i < n; i++) if (lineOf[i]) { lineAt[lineOf[i] + 1]++; lineBytes[lineOf[i]] += start[i + 1] - start[i]; }
for (let l = 1; l < lineAt.length; l++) lineAt[l] += lineAt[l - 1];
{
  const next = lineAt.slice();
  for (let i = 0; i < n; i++) if (lineOf[i]) byLine[next[lineOf[i]]++] = i;
}
const regionsOfLine = (line) => line < lineAt.length - 1 ? byLine.subarray(lineAt[line], lineAt[line + 1]) : [];

const TITLES = { "header": "File header", "qstrs": "Names (qstrs)", "constants": "Constants" };
const sections = [], sectionOf = new Uint32Array(n);
{
  const seen = new Set();
  for (let i = 0; i < n; i++) {
    const own = functionOf[i], last = sections.at(-1);
    if (last && last.own === own && (own !== NONE || last.kind === kindOf[i])) last.end = i + 1;
    else {
      sections.push({ own, kind: kindOf[i], first: i, end: i + 1, open: true, again: own !== NONE && seen.has(own) });
      seen.add(own);
    }
    sectionOf[i] = sections.length - 1;
  }
}
// Long runs of rows that say little are folded away within their section. A heading is a section or a fold.
const FOLDED = ["line table", "relocations"], FOLDS_FROM = 3;
const folds = [], foldOf = new Int32Array(n).fill(NONE);
for (let i = 0, end = 0; i < n; i = end) {
  while (end < n && kindOf[end] === kindOf[i] && sectionOf[end] === sectionOf[i]) end++;
  if (end - i < FOLDS_FROM || !FOLDED.includes(kinds[kindOf[i]])) continue;
  foldOf.fill(sections.length + folds.length, i, end);
  folds.push({ own: functionOf[i], kind: kindOf[i], first: i, end, open: false, section: sectionOf[i] });
}
const heads = [...sections, ...folds];
const titleOf = (section) => section.own === NONE ? TITLES[kinds[section.kind]] ?? kinds[section.kind] : functions[section.own][0];

// --- a long list of rows, of which only those in sight exist ------------------------------------------------

class List {
  constructor(id, create, paint) {
    this.view = $(id);
    this.canvas = this.view.querySelector(".rows");
    this.id = id;
    this.create = create;
    this.paintRow = paint;
    this.count = 0;
    this.live = new Map();
    this.pad = 0;
    this.view.addEventListener("scroll", () => this.later(), { passive: true });
    new ResizeObserver(() => this.later()).observe(this.view);
  }
  later() {
    this.frame ??= requestAnimationFrame(() => { this.frame = undefined; this.draw(); });
  }
  reset(count) {
    this.count = count;
    this.canvas.style.height = count * ROW + "px";
    this.live.clear();
    this.canvas.replaceChildren();
    this.draw();
  }
  draw() {
    const from = Math.max(0, Math.floor(this.view.scrollTop / ROW) - 8);
    const to = Math.min(this.count, Math.ceil((this.view.scrollTop + this.view.clientHeight) / ROW) + 8);
    for (const [i, row] of this.live) if (i < from || i >= to) { row.remove(); this.live.delete(i); }
    const added = [];
    for (let i = from; i < to; i++) {
      if (this.live.has(i)) continue;
      const row = this.create(i);
      row.style.top = i * ROW + "px";
      row.dataset.i = i;
      row.id = `${this.id}-${i}`;
      row.setAttribute("aria-posinset", i + 1);
      row.setAttribute("aria-setsize", this.count);
      this.live.set(i, row);
      this.paintRow(row, i);
      added.push(row);
    }
    this.canvas.append(...added);
    this.drawn?.();
  }
  paint() {
    for (const [i, row] of this.live) this.paintRow(row, i);
  }
  reveal(i, gently = true) {
    const height = this.view.clientHeight, top = i * ROW, at = this.view.scrollTop;
    if (top >= at + this.pad && top + ROW <= at + height) return;
    const target = Math.max(0, top - Math.floor(height * 0.38));
    const near = gently && Math.abs(target - at) < 2 * height && !matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.view.scrollTo({ top: target, behavior: near ? "smooth" : "instant" });
    this.later();
  }
  nudge(i) {
    const height = this.view.clientHeight, top = i * ROW, at = this.view.scrollTop;
    if (top < at + this.pad) this.view.scrollTop = top - this.pad;
    else if (top + ROW > at + height) this.view.scrollTop = top + ROW - height;
    this.draw();
  }
}

// --- what is lit ------------------------------------------------------------------------------------------

const HIT = 1, RELATED = 2;
const RELATE_UP_TO = 40; // what more regions than that refer to would be most of the file
const mark = new Uint8Array(n);
let marked = [], lines = new Set(), hitHeads = new Set(), byteHere = NONE;
let pinned = null, shown = null;

// A selection: { from, regions, anchor, line, byte, key }. `from` is the pane that is not scrolled, since the user is in it.
function light(selection) {
  for (const i of marked) mark[i] = 0;
  marked = [];
  lines = new Set();
  hitHeads = new Set();
  shown = selection;
  byteHere = selection?.byte ?? NONE;
  if (selection) {
    for (const i of selection.regions) {
      mark[i] = HIT;
      marked.push(i);
      hitHeads.add(sectionOf[i]).add(foldOf[i]);
      if (lineOf[i]) lines.add(lineOf[i]);
    }
    if (selection.line) lines.add(selection.line);
    for (const i of marked.length <= RELATE_UP_TO ? marked.slice() : []) {
      const other = refOf[i];
      if (other !== NONE && !mark[other]) { mark[other] = RELATED; marked.push(other); }
    }
  }
  document.body.classList.toggle("pinned", pinned !== null);
  source.paint();
  code.paint();
  hexes.paint();
  paintTiles();
  paintStatus();
}

function scrollTo({ from, anchor, line, regions }) {
  const at = line || (anchor >= 0 ? lineOf[anchor] : 0);
  if (from !== "source" && at && at <= sourceLines.length) source.reveal(at - 1);
  if (!regions.length) return;
  if (from !== "code") code.reveal(placeOf(anchor));
  if (from !== "bytes") hexes.reveal(Math.floor(start[anchor] / perRow));
}

let follow;
function hover(selection) {
  if (pinned || selection?.key === shown?.key) return;
  light(selection);
  cancelAnimationFrame(follow);
  if (selection) follow = requestAnimationFrame(() => scrollTo(selection));
}

function pin(selection) {
  if (pinned && selection && pinned.key === selection.key) selection = null;
  pinned = selection;
  light(selection);
  if (selection) scrollTo(selection);
  const hash = selection?.regions.length ? "#0x" + start[selection.anchor].toString(16) : " ";
  try { history.replaceState(null, "", hash.trim() || location.pathname + location.search); } catch { /* no address to keep it in */ }
}

const ofRegion = (i, from) => ({ from, regions: [i], anchor: i, key: "r" + i });
const ofByte = (offset) => ({ ...ofRegion(regionAt(offset), "bytes"), byte: offset, key: "b" + offset });
function ofLine(line) {
  const regions = regionsOfLine(line);
  return { from: "source", regions, anchor: regions.length ? regions[0] : NONE, line, key: "l" + line };
}
function ofPart(own, kind, from) {
  const regions = [];
  for (let i = 0; i < n; i++) if (functionOf[i] === own && (kind === NONE || kindOf[i] === kind)) regions.push(i);
  return { from, regions, anchor: regions[0], own, kind, key: `p${own}:${kind}` };
}

// --- the three lists ----------------------------------------------------------------------------------------

// Source. One pass finds the pieces that have a colour; a row picks those that touch its line.
const PIECES = new RegExp([
  String.raw`(?<c>#[^\r\n]*)`,
  String.raw`(?<s>(?:[rRbBuUfF]{1,2}(?=["']))?(?:"""(?:[^"\\]|\\[^]|"(?!""))*(?:"""|$)|'''(?:[^'\\]|\\[^]|'(?!''))*(?:'''|$)|"(?:\\[^]|[^"\\\r\n])*"?|'(?:\\[^]|[^'\\\r\n])*'?))`,
  String.raw`(?<k>\b(?:False|None|True|and|as|assert|async|await|break|class|continue|def|del|elif|else|except|finally|for|from|global|if|import|in|is|lambda|nonlocal|not|or|pass|raise|return|try|while|with|yield)\b)`,
  String.raw`(?<d>(?<=^[ \t]*)@[\w.]+)`,
  String.raw`(?<n>\b\d[\w.]*)`,
  String.raw`[^\W\d]\w*`,
].join("|"), "gmu");
const pieces = [], pieceOfLine = new Uint32Array(sourceLines.length + 1), lineStart = new Uint32Array(sourceLines.length + 1);
if (data.source !== null) {
  let at = 0;
  sourceLines.forEach((line, i) => {
    lineStart[i] = at;
    at += line.length;
    at += data.source.startsWith("\r\n", at) ? 2 : 1;
  });
  lineStart[sourceLines.length] = at;
  for (const match of data.source.matchAll(PIECES)) {
    for (const cls in match.groups) if (match.groups[cls] !== undefined) pieces.push([match.index, match.index + match[0].length, "t-" + cls]);
  }
  for (let i = 0, p = 0; i < sourceLines.length; i++) {
    while (p < pieces.length && pieces[p][1] <= lineStart[i]) p++;
    pieceOfLine[i] = p;
  }
}

const source = new List("source", (i) => {
  const row = make("div", regionsOfLine(i + 1).length ? "row src" : "row src none"), line = sourceLines[i];
  const body = make("span"), from = lineStart[i], to = from + line.length;
  let at = from;
  for (let p = pieceOfLine[i]; p < pieces.length && pieces[p][0] < to; p++) {
    const a = Math.max(pieces[p][0], from), b = Math.min(pieces[p][1], to);
    if (a > at) body.append(visible(data.source.slice(at, a)));
    body.append(make("span", pieces[p][2], visible(data.source.slice(a, b))));
    at = b;
  }
  if (at < to) body.append(visible(data.source.slice(at, to)));
  row.append(make("u", "", String(i + 1)), body);
  row.setAttribute("role", "option");
  return row;
}, (row, i) => {
  row.classList.toggle("hit", lines.has(i + 1));
  row.classList.toggle("cursor", cursor.source === i);
  row.setAttribute("aria-selected", lines.has(i + 1));
});

// Code: headings (~number) and regions, without what is in closed sections and folds.
let entries = new Int32Array(0);
const place = new Int32Array(n), placeOfHead = new Int32Array(heads.length);
const headOf = (region) => sections[sectionOf[region]].open && foldOf[region] !== NONE ? foldOf[region] : sectionOf[region];
const placeOf = (region) => place[region] !== NONE ? place[region] : placeOfHead[headOf(region)];

function heading(section) {
  const line = make("div"), title = make("b"), note = make("span"), own = functions[section.own];
  const name = titleOf(section), dot = own ? name.lastIndexOf(".", name.length - 2) + 1 : 0;
  if (dot) title.append(make("i", "", visible(name.slice(0, dot))));
  title.append(visible(name.slice(dot)));
  note.textContent = section.again ? "continued" : own ? own[1] : plural(section.end - section.first, "entry").replace("entrys", "entries");
  line.append(chevron(), title, note);
  if (own && own[2] !== "bytecode") line.append(make("em", "", own[2]));
  line.append(make("em", "", size(start[section.end] - start[section.first])));
  return line;
}

function foldRow(fold) {
  const row = make("div", kindClass[fold.kind]), words = make("span", "txt"), kind = kinds[fold.kind];
  words.append(make("s", "", kind), plural(fold.end - fold.first, kind === "line table" ? "step" : "entry").replace("entrys", "entries"));
  words.append(`, ${plural(start[fold.end] - start[fold.first], "byte")}`, chevron());
  row.append(make("u"), make("span", "off", hex(start[fold.first], 4)), words);
  return row;
}

const code = new List("code", (at) => {
  const i = entries[at];
  if (i < 0) {
    const head = heads[~i], isFold = head.section !== undefined, row = isFold ? foldRow(head) : heading(head);
    row.className += isFold ? " row ins what fold" : " row section";
    row.classList.toggle("open", head.open);
    row.setAttribute("role", "treeitem");
    row.setAttribute("aria-level", isFold ? 2 : 1);
    row.setAttribute("aria-expanded", head.open);
    return row;
  }
  const instruction = isInstruction(i), row = make("div", `row ins ${kindClass[kindOf[i]]}${instruction ? "" : " what"}`);
  const fresh = lineOf[i] && (i === 0 || lineOf[i] !== lineOf[i - 1] || functionOf[i] !== functionOf[i - 1]);
  row.append(make("u", "", fresh ? String(lineOf[i]) : ""), make("span", "off", hex(start[i], 4)));
  if (instruction) {
    if (data.ops[data.text[i]] === "n") row.classList.add("native");
    row.append(make("span", "lab", labelOf[i] === NONE ? "" : strings[labelOf[i]]));
    row.append(make("span", "op", text(i)), make("span", "o-" + data.ops[data.text[i]], operand(i)));
  } else {
    const words = make("span", "txt");
    if (functionOf[i] !== NONE) words.append(make("s", "", kinds[kindOf[i]]));
    words.append(visible(says(i)));
    row.append(words);
  }
  row.setAttribute("role", "treeitem");
  row.setAttribute("aria-level", foldOf[i] === NONE ? 2 : 3);
  return row;
}, (row, at) => {
  const i = entries[at];
  const state = i >= 0 ? mark[i] : !heads[~i].open && hitHeads.has(~i) ? HIT : 0;
  row.classList.toggle("hit", state === HIT);
  row.classList.toggle("related", state === RELATED);
  row.classList.toggle("cursor", cursor.code === at);
  row.setAttribute("aria-selected", state === HIT);
});
code.pad = ROW;
const stick = code.view.querySelector(".stick");
let stuck = NONE;
code.drawn = () => {
  if (!entries.length) return;
  const at = Math.min(entries.length - 1, Math.floor(code.view.scrollTop / ROW)), i = entries[at];
  const section = i >= 0 ? sectionOf[i] : heads[~i].section ?? (code.view.scrollTop % ROW && heads[~i].open ? ~i : NONE);
  if (section === stuck) return;
  stuck = section;
  stick.replaceChildren(...(section === NONE ? [] : [heading(sections[section])]));
};

function layCode() {
  entries = new Int32Array(n + heads.length);
  let at = 0;
  sections.forEach((section, s) => {
    placeOfHead[s] = at;
    entries[at++] = ~s;
    for (let i = section.first; i < section.end; i++) {
      const f = foldOf[i];
      if (section.open && f !== NONE && heads[f].first === i) { placeOfHead[f] = at; entries[at++] = ~f; }
      const seen = section.open && (f === NONE || heads[f].open);
      place[i] = seen ? at : NONE;
      if (seen) entries[at++] = i;
    }
  });
  entries = entries.subarray(0, at);
  stuck = NaN;
  code.reset(at);
  $("fold").textContent = sections.some((s) => s.open) ? "Collapse all" : "Expand all";
}

function toggle(h, open = !heads[h].open) {
  if (heads[h].open === open) return;
  heads[h].open = open;
  layCode();
}

// Bytes.
let perRow = 16, ascii = false;
const digits = Math.max(4, (bytes.length - 1).toString(16).length);
const hexes = new List("bytes", (row) => {
  const line = make("div", "row hex"), cells = make("div"), letters = make("div", "asc");
  line.append(make("u", "", hex(row * perRow, digits)), cells);
  for (let at = row * perRow; at < Math.min(bytes.length, (row + 1) * perRow); at++) {
    const cell = make("span", "", hex(bytes[at]));
    cell.dataset.b = at;
    cell.id = "byte-" + at;
    cell.setAttribute("role", "gridcell");
    cells.append(cell);
    if (!ascii) continue;
    const letter = make("span", "", bytes[at] > 31 && bytes[at] < 127 ? raw[at] : "·");
    letter.dataset.b = at;
    letters.append(letter);
  }
  if (ascii) line.append(letters);
  line.setAttribute("role", "row");
  return line;
}, (row, index) => {
  const from = index * perRow, to = Math.min(bytes.length, from + perRow);
  for (let at = from, i = regionAt(from); at < to; at++) {
    while (start[i + 1] <= at) i++;
    let cls = kindClass[kindOf[i]];
    if (start[i] === at) cls += " first";
    if (mark[i]) {
      cls += mark[i] === HIT ? " hit" : " related";
      if (at === from || (at === start[i] && mark[i - 1] !== mark[i])) cls += " l";
      if (at === to - 1 || (at === start[i + 1] - 1 && mark[i + 1] !== mark[i])) cls += " r";
      if (at === byteHere) cls += " here";
    }
    if (at === cursor.bytes) cls += " cursor";
    row.children[1].children[at - from].className = cls;
    if (ascii) row.children[2].children[at - from].className = cls;
  }
});

function layBytes() {
  const probe = make("span", "", "0".repeat(50));
  hexes.view.append(probe);
  const letter = probe.getBoundingClientRect().width / 50;
  probe.remove();
  const room = (hexes.view.clientWidth - 24) / letter;
  const needs = (count, withText) => digits + 2 + 2.5 * count + (count > 8 ? 1 : 0) + (withText ? 2 + count : 0);
  const [count, withText] = [[32, true], [16, true], [16, false], [8, true], [8, false], [4, false]].find(([c, t]) => needs(c, t) <= room) ?? [4, false];
  if (count === perRow && withText === ascii && hexes.count) return;
  const top = Math.floor(hexes.view.scrollTop / ROW) * perRow;
  [perRow, ascii] = [count, withText];
  hexes.reset(Math.ceil(bytes.length / perRow));
  hexes.view.scrollTop = Math.floor(top / perRow) * ROW;
}

// --- pointer and keyboard -----------------------------------------------------------------------------------

const cursor = { source: NONE, code: NONE, bytes: NONE };

function codeSelection(at) {
  const i = entries[at];
  if (i >= 0) return ofRegion(i, "code");
  const head = heads[~i], regions = Array.from({ length: head.end - head.first }, (_, k) => head.first + k);
  const oneKind = head.own === NONE || head.section !== undefined;
  return { from: "code", regions, anchor: head.first, own: head.own, kind: oneKind ? head.kind : NONE, key: "s" + ~i };
}

const PANES = {
  source: { list: source, total: () => sourceLines.length, row: (i) => i, of: (i) => ofLine(i + 1), place: (s) => (s.line || lineOf[s.anchor]) - 1 },
  code: { list: code, total: () => entries.length, row: (i) => i, of: codeSelection, place: (s) => placeOf(s.anchor) },
  bytes: { list: hexes, total: () => bytes.length, row: (i) => Math.floor(i / perRow), of: ofByte, place: (s) => s.byte ?? start[s.anchor] },
};

function itemAt(pane, target) {
  const element = target.closest?.(pane === "bytes" ? "[data-b]" : "[data-i]");
  return element ? Number(pane === "bytes" ? element.dataset.b : element.dataset.i) : NONE;
}

function moveTo(pane, at) {
  const { list, row, total, of } = PANES[pane];
  at = Math.max(0, Math.min(total() - 1, at));
  cursor[pane] = at;
  list.nudge(row(at));
  list.paint();
  list.view.setAttribute("aria-activedescendant", pane === "bytes" ? `byte-${at}` : `${pane}-${at}`);
  pinned = null;
  shown = null;
  hover(of(at));
}

for (const [pane, { list, row, total, of, place }] of Object.entries(PANES)) {
  const view = list.view;
  view.addEventListener("pointerover", (event) => {
    if (event.pointerType === "touch") return;
    const at = itemAt(pane, event.target);
    if (at !== NONE) hover(of(at));
  });
  view.addEventListener("pointerleave", () => hover(null));
  view.addEventListener("click", (event) => {
    if (pane === "code" && event.target.closest(".stick")) {
      const s = stuck;
      toggle(s, false);
      view.scrollTop = placeOfHead[s] * ROW;
      return;
    }
    const at = itemAt(pane, event.target);
    if (at === NONE) return;
    cursor[pane] = at;
    if (pane === "code" && entries[at] < 0) toggle(~entries[at]);
    else pin(of(at));
  });
  view.addEventListener("focus", () => {
    if (!view.matches(":focus-visible") || total() === 0) return;
    const from = shown ? place(shown) : NONE;
    const at = from >= 0 ? from : Math.max(cursor[pane], 0);
    if (pinned) { cursor[pane] = at; list.nudge(row(at)); list.paint(); } else moveTo(pane, at);
  });
  view.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const page = Math.max(1, Math.floor(view.clientHeight / ROW) - 2), step = pane === "bytes" ? perRow : 1;
    const at = Math.max(cursor[pane], 0), entry = pane === "code" ? entries[at] : 0;
    const moves = {
      ArrowDown: at + step, ArrowUp: at - step, PageDown: at + page * step, PageUp: at - page * step,
      Home: 0, End: total() - 1,
    };
    if (pane === "bytes") { moves.ArrowLeft = at - 1; moves.ArrowRight = at + 1; }
    if (event.key in moves) moveTo(pane, moves[event.key]);
    else if (event.key === "Enter" || event.key === " ") {
      if (pane === "code" && entry < 0) { toggle(~entry); moveTo(pane, at); } else pin(of(at));
    } else if (pane === "code" && event.key === "ArrowLeft") {
      let h = entry < 0 ? ~entry : headOf(entry);
      if (entry < 0 && heads[h].open) toggle(h, false); else if (entry < 0) h = heads[h].section ?? h;
      moveTo(pane, placeOfHead[h]);
    } else if (pane === "code" && event.key === "ArrowRight") {
      if (entry < 0 && !heads[~entry].open) { toggle(~entry, true); moveTo(pane, at); } else moveTo(pane, at + 1);
    } else return;
    event.preventDefault();
  });
}

// Goes to a region wherever it is asked from: opens its section and shows it in all panes.
function visit(selection) {
  const { anchor } = selection;
  toggle(sectionOf[anchor], true);
  if (foldOf[anchor] !== NONE) toggle(foldOf[anchor], true);
  pinned = null;
  pin({ ...selection, from: "" });
}

$("fold").addEventListener("click", () => {
  const open = !sections.some((section) => section.open);
  for (const section of sections) section.open = open;
  layCode();
});

// --- the map ------------------------------------------------------------------------------------------------

// Squarified treemap: fills rows along the shorter side as long as that improves the worst aspect ratio.
function squarify(items, x, y, w, h, put) {
  let total = items.reduce((sum, item) => sum + item.size, 0);
  for (let at = 0; at < items.length && total > 0;) {
    const side = Math.min(w, h), scale = (w * h) / total;
    let end = at, sum = 0, worst = Infinity;
    while (end < items.length) {
      const next = sum + items[end].size, thick = (next * scale) / side;
      const ratios = [items[at], items[end]].map((item) => { const long = (item.size * scale) / thick; return Math.max(thick / long, long / thick); });
      const ratio = Math.max(...ratios);
      if (ratio > worst) break;
      [worst, sum, end] = [ratio, next, end + 1];
    }
    const thick = (sum * scale) / side;
    for (let k = at, along = 0; k < end; k++) {
      const long = (items[k].size * scale) / thick;
      if (w >= h) put(items[k], x, y + along, thick, long); else put(items[k], x + along, y, long, thick);
      along += long;
    }
    if (w >= h) { x += thick; w -= thick; } else { y += thick; h -= thick; }
    total -= sum;
    at = end;
  }
}

const parts = new Map(), kindTotals = new Map();
for (let i = 0; i < n; i++) {
  const own = functionOf[i], kind = kindOf[i], length = start[i + 1] - start[i];
  let part = parts.get(own);
  if (!part) parts.set(own, part = { own, size: 0, kinds: new Map() });
  part.size += length;
  part.kinds.set(kind, (part.kinds.get(kind) ?? 0) + length);
  kindTotals.set(kind, (kindTotals.get(kind) ?? 0) + length);
}
const groups = [...parts.values()].sort((a, b) => b.size - a.size || a.own - b.own);
const share = (part) => `${((100 * part) / bytes.length).toFixed(part * 1000 < bytes.length ? 2 : 1)} %`;
const groupName = (own) => own === NONE ? "Tables of the file" : visible(functions[own][0]);
const ROOM = 60; // square pixels below which functions share one box

let tiles = [], tileOf = new Map(), litTiles = [], onlyKind = NONE, tileCursor = NONE;
function drawMap() {
  const box = $("tiles"), width = box.clientWidth, height = box.clientHeight;
  if (!width || !height) return;
  box.replaceChildren();
  tiles = [];
  tileOf = new Map();
  const scale = (width * height) / bytes.length, small = groups.filter((g) => g.size * scale < ROOM);
  const shownGroups = groups.filter((g) => g.size * scale >= ROOM);
  if (small.length) {
    const rest = { own: NONE - 1, size: 0, kinds: new Map(), small };
    for (const g of small) {
      rest.size += g.size;
      for (const [kind, length] of g.kinds) rest.kinds.set(kind, (rest.kinds.get(kind) ?? 0) + length);
    }
    shownGroups.push(rest);
    shownGroups.sort((a, b) => b.size - a.size);
  }
  squarify(shownGroups, 0, 0, width + 2, height + 2, (group, gx, gy, gw, gh) => {
    const tiny = Math.min(gw, gh) < 24, gap = tiny ? 1 : 2;
    gw -= gap; gh -= gap;
    if (gw < 1 || gh < 1) return;
    const frame = setBox(make("div", tiny ? "group tiny" : "group"), gx, gy, gw, gh);
    const name = group.small ? `${group.small.length.toLocaleString("en")} small functions` : groupName(group.own);
    const top = gw > 44 && gh > 38 ? 17 : 0;
    if (top) frame.append(make("span", "", name.replace(/^<module>\.(?=.)/, "")));
    const inner = [...group.kinds].map(([kind, length]) => ({ kind, size: length })).sort((a, b) => b.size - a.size);
    const edge = tiny ? 0 : 1;
    squarify(inner, edge, top || edge, gw - edge, gh - (top || edge), ({ kind, size: length }, x, y, w, h) => {
      const tile = setBox(make("div", "tile " + kindClass[kind]), x, y, w - edge, h - edge);
      if (w > 52 && h > 18) {
        tile.textContent = w > 110 ? `${kinds[kind]} ${size(length)}` : kinds[kind];
        tile.classList.add("named");
      }
      tile.dataset.t = tiles.length;
      tile.id = "tile-" + tiles.length;
      tile.setAttribute("role", "option");
      tile.setAttribute("aria-label", `${name}, ${kinds[kind]}, ${length} bytes`);
      tiles.push({ tile, group, kind, length, name });
      if (group.small) for (const g of group.small) tileOf.set(`${g.own}:${kind}`, tile);
      else tileOf.set(`${group.own}:${kind}`, tile);
      frame.append(tile);
    });
    box.append(frame);
  });
  paintTiles();
}
function setBox(element, x, y, w, h) {
  Object.assign(element.style, { left: x + "px", top: y + "px", width: Math.max(w, 0) + "px", height: Math.max(h, 0) + "px" });
  return element;
}

function paintTiles() {
  for (const tile of litTiles) tile.classList.remove("hit");
  const found = new Set();
  if (shown) for (let k = 0; k < marked.length; k++) {
    const i = marked[k];
    if (mark[i] !== HIT) break;
    const tile = tileOf.get(`${functionOf[i]}:${kindOf[i]}`);
    if (tile) found.add(tile);
  }
  litTiles = [...found];
  for (const tile of litTiles) tile.classList.add("hit");
  tiles.forEach(({ tile, kind }, k) => {
    tile.classList.toggle("dim", onlyKind !== NONE && onlyKind !== kind);
    tile.classList.toggle("cursor", tileCursor === k);
    tile.setAttribute("aria-selected", found.has(tile));
  });
}

function showTip(k, x, y) {
  const tip = $("tip"), { group, kind, length, name } = tiles[k];
  const lines = [`${kinds[kind]}: ${size(length)}, ${share(length)} of the file`];
  if (group.size !== length) lines.push(`in all: ${size(group.size)}, ${share(group.size)}`);
  tip.replaceChildren(make("b", "", name));
  for (const line of lines) tip.append(make("span", "", line), make("br"));
  tip.lastChild.remove();
  tip.hidden = false;
  const { width, height } = tip.getBoundingClientRect();
  tip.style.left = Math.max(8, Math.min(x + 14, innerWidth - width - 8)) + "px";
  tip.style.top = (y + 18 + height > innerHeight ? y - height - 10 : y + 18) + "px";
}

function visitTile(k) {
  const { group, kind } = tiles[k];
  visit(ofPart(group.small ? group.small[0].own : group.own, kind, ""));
}

{
  const box = $("tiles");
  const at = (event) => event.target.dataset.t === undefined ? NONE : Number(event.target.dataset.t);
  box.addEventListener("pointermove", (event) => { if (at(event) === NONE) $("tip").hidden = true; else showTip(at(event), event.clientX, event.clientY); });
  box.addEventListener("pointerleave", () => { $("tip").hidden = true; });
  box.addEventListener("click", (event) => { if (at(event) !== NONE) visitTile(at(event)); });
  const go = (k) => {
    tileCursor = Math.max(0, Math.min(tiles.length - 1, k));
    const { tile } = tiles[tileCursor], { left, bottom } = tile.getBoundingClientRect();
    box.setAttribute("aria-activedescendant", tile.id);
    paintTiles();
    showTip(tileCursor, left, bottom - 18);
  };
  box.addEventListener("focus", () => { if (box.matches(":focus-visible") && tiles.length) go(Math.max(tileCursor, 0)); });
  box.addEventListener("blur", () => { tileCursor = NONE; $("tip").hidden = true; paintTiles(); });
  box.addEventListener("keydown", (event) => {
    const moves = { ArrowRight: tileCursor + 1, ArrowDown: tileCursor + 1, ArrowLeft: tileCursor - 1, ArrowUp: tileCursor - 1, Home: 0, End: tiles.length - 1 };
    if (event.key in moves) go(moves[event.key]);
    else if ((event.key === "Enter" || event.key === " ") && tileCursor !== NONE) visitTile(tileCursor);
    else return;
    event.preventDefault();
  });
  new ResizeObserver(drawMap).observe(box);
  for (const [kind, total] of [...kindTotals].sort((a, b) => b[1] - a[1])) {
    const item = make("li"), button = make("button", kindClass[kind]);
    button.type = "button";
    button.setAttribute("aria-pressed", "false");
    button.append(make("i"), kinds[kind], make("b", "", share(total)));
    button.title = `${size(total)} ${kinds[kind]}`;
    button.addEventListener("click", () => {
      onlyKind = onlyKind === kind ? NONE : kind;
      for (const other of $("legend").querySelectorAll("button")) other.setAttribute("aria-pressed", onlyKind === kind && other === button);
      paintTiles();
    });
    item.append(button);
    $("legend").append(item);
  }
}

// --- the line at the bottom -----------------------------------------------------------------------------------

function paintStatus() {
  const bar = $("status"), parts = [];
  const add = (cls, words) => { const element = make("span", cls, words); element.title = words; parts.push(element); };
  if (!shown) {
    const hint = make("span");
    hint.append("Point at a line, an instruction or a byte. Click or ", make("kbd", "", "Enter"), " pins, ",
      make("kbd", "", "Esc"), " frees, ", make("kbd", "", "/"), " searches.");
    parts.push(hint);
  } else {
    const { regions, anchor, byte, own, kind } = shown;
    if (shown.line) add("fix", `Line ${shown.line}`);
    if (!regions.length) add("", "No code comes from this line");
    else {
      const one = regions.length === 1, from = start[anchor], to = start[anchor + 1];
      if (one || kind >= 0) add("kind " + kindClass[kindOf[anchor]], kinds[kindOf[anchor]]);
      const names = new Set(Array.from(regions.length > 500 ? [anchor] : regions, (i) => functionOf[i]));
      if (own !== undefined || !one || functionOf[anchor] !== NONE) add("", [...names].map((o) => o === NONE ? "file" : visible(functions[o][0])).join(", "));
      if (one) {
        add("what", visible(says(anchor)));
        if (lineOf[anchor] && !shown.line) add("fix", `line ${lineOf[anchor]}`);
        if (depthOf[anchor] !== NONE) add("fix", `stack depth ${depthOf[anchor]}`);
        add("fix", `0x${hex(from, 4)}${to - from > 1 ? `–0x${hex(to - 1, 4)}` : ""}, ${plural(to - from, "byte")}`);
        add("hexes", Array.from(bytes.subarray(from, Math.min(to, from + 24)), (b) => hex(b)).join(" ") + (to - from > 24 ? " …" : ""));
        if (byte !== undefined) add("fix", `byte 0x${hex(byte, 4)} is ${bytes[byte]}`);
      } else {
        let total = 0;
        for (const i of regions) total += start[i + 1] - start[i];
        add("fix", `${plural(regions.length, "part")}, ${plural(total, "byte")}, ${share(total)}`);
      }
    }
  }
  parts.push(make("span", "grow"));
  if (pinned) {
    const button = make("button", "", "Pinned: Esc to free");
    button.type = "button";
    button.addEventListener("click", () => pin(null));
    parts.push(button);
  }
  bar.replaceChildren(...parts);
}

// --- search ---------------------------------------------------------------------------------------------------

const MOST = 80;
function search(query) {
  const found = [], needle = query.toLowerCase();
  let total = 0;
  const add = (hit) => { if (++total <= MOST) found.push(hit()); };
  const offset = /^0x([0-9a-f]+)$/i.exec(query);
  if (offset && parseInt(offset[1], 16) < bytes.length) {
    const at = parseInt(offset[1], 16), i = regionAt(at);
    add(() => ({ name: `byte 0x${hex(at, 4)}`, note: says(i), kind: kindOf[i], go: { ...ofByte(at), from: "" } }));
  }
  if (/^[0-9a-f]{2}(\s+[0-9a-f]{2})+$/i.test(query)) {
    const wanted = String.fromCharCode(...query.split(/\s+/).map((pair) => parseInt(pair, 16)));
    for (let at = raw.indexOf(wanted); at >= 0; at = raw.indexOf(wanted, at + 1)) {
      const from = at;
      add(() => ({ name: `bytes at 0x${hex(from, 4)}`, note: says(regionAt(from)), kind: kindOf[regionAt(from)], go: { ...ofByte(from), from: "" } }));
    }
  }
  functions.forEach(([name, signature], own) => {
    if (!name.toLowerCase().includes(needle)) return;
    add(() => ({ name, note: `function ${signature}`, kind: NONE, own }));
  });
  const lower = strings.map((s) => s.toLowerCase()), whole = /\s/.test(needle);
  const has = lower.map((s) => s.includes(needle));
  for (let i = 0; i < n; i++) {
    if (!(has[data.text[i]] || has[data.operand[i]] || (whole && (lower[data.text[i]] + " " + lower[data.operand[i]]).includes(needle)))) continue;
    add(() => ({ name: says(i), note: functionOf[i] === NONE ? kinds[kindOf[i]] : functions[functionOf[i]][0], kind: kindOf[i], go: ofRegion(i, "") }));
  }
  sourceLines.forEach((line, i) => {
    if (line.toLowerCase().includes(needle)) add(() => ({ name: line.trim(), note: `line ${i + 1}`, kind: NONE, go: { ...ofLine(i + 1), from: "" } }));
  });
  return { found, total };
}

{
  const input = $("search"), box = $("results");
  let hits = [], chosen = 0, timer;
  const choose = (k) => {
    chosen = k;
    box.querySelectorAll(".result").forEach((row, i) => {
      row.setAttribute("aria-selected", i === k);
      if (i === k) { row.scrollIntoView({ block: "nearest" }); input.setAttribute("aria-activedescendant", row.id); }
    });
  };
  const close = () => { box.hidden = true; input.setAttribute("aria-expanded", "false"); input.removeAttribute("aria-activedescendant"); };
  const take = (k) => {
    const hit = hits[k];
    if (!hit) return;
    const go = hit.go ?? ofPart(hit.own, NONE, "");
    if (go.regions.length) visit(go); else { pinned = null; pin(go); }
  };
  const run = () => {
    const query = input.value.trim();
    if (!query) { hits = []; close(); return; }
    const { found, total } = search(query);
    hits = found;
    box.replaceChildren(...found.map((hit, k) => {
      const row = make("div", "result " + (hit.kind === NONE ? "" : kindClass[hit.kind]));
      row.id = "result-" + k;
      row.setAttribute("role", "option");
      row.append(make("i"), make("b", "", visible(hit.name)), make("span", "", visible(hit.note)));
      row.addEventListener("pointerdown", (event) => { event.preventDefault(); choose(k); take(k); close(); });
      return row;
    }));
    box.append(make("div", "summary", total === 0 ? "Nothing found" : total > MOST ? `The first ${MOST} of ${total.toLocaleString("en")}` : plural(total, "hit")));
    box.hidden = false;
    input.setAttribute("aria-expanded", "true");
    choose(0);
  };
  input.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(run, n > 20000 ? 150 : 30); });
  input.addEventListener("focus", () => { if (input.value.trim()) run(); });
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (hits.length) choose((chosen + (event.key === "ArrowDown" ? 1 : hits.length - 1)) % hits.length);
    } else if (event.key === "Enter") {
      clearTimeout(timer);
      if (box.hidden) run(); else { take(chosen); close(); }
    } else if (event.key === "Escape") {
      if (!box.hidden) close(); else { input.value = ""; input.blur(); }
      event.stopPropagation();
    } else return;
    event.preventDefault();
  });
}

// --- colours, widths, keys --------------------------------------------------------------------------------------

const dark = matchMedia("(prefers-color-scheme: dark)");
const KEPT = "mpyc-theme";
let wanted = null;
try { wanted = localStorage.getItem(KEPT); } catch { /* storage may be off for files */ }
function paintTheme() {
  const theme = wanted ?? (dark.matches ? "dark" : "light");
  document.documentElement.dataset.theme = theme;
  $("theme").setAttribute("aria-pressed", theme === "dark");
}
function switchTheme() {
  wanted = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
  try { localStorage.setItem(KEPT, wanted); } catch { /* then only until the page is left */ }
  paintTheme();
}
dark.addEventListener("change", paintTheme);
$("theme").addEventListener("click", switchTheme);
paintTheme();

function switchMap() {
  $("map").hidden = !$("map").hidden;
  $("map-toggle").setAttribute("aria-expanded", !$("map").hidden);
}
$("map-toggle").addEventListener("click", switchMap);

function splitter(id, property, pane, sign) {
  const bar = $(id), panes = $("panes");
  const set = (width) => panes.style.setProperty(property, Math.max(160, Math.min(width, panes.clientWidth - 480)) + "px");
  bar.addEventListener("pointerdown", (event) => {
    const x = event.clientX, width = $(pane).offsetWidth;
    const move = (now) => set(width + sign * (now.clientX - x));
    bar.setPointerCapture(event.pointerId);
    bar.addEventListener("pointermove", move);
    bar.addEventListener("lostpointercapture", () => bar.removeEventListener("pointermove", move), { once: true });
  });
  bar.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -24, ArrowRight: 24 }[event.key];
    if (!by) return;
    set($(pane).offsetWidth + sign * by);
    event.preventDefault();
  });
  bar.addEventListener("dblclick", () => panes.style.removeProperty(property));
}
splitter("split-source", "--w-source", "source-pane", 1);
splitter("split-bytes", "--w-bytes", "bytes-pane", -1);

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches?.("input")) return;
  if (event.key === "/") $("search").focus();
  else if (event.key === "Escape") { pinned = null; light(null); pin(null); }
  else if (event.key === "t") switchTheme();
  else if (event.key === "m") switchMap();
  else return;
  event.preventDefault();
});

// --- start ------------------------------------------------------------------------------------------------------

$("name").textContent = visible(data.name.split(/[\\/]/).pop() || data.name);
$("name").title = visible(data.name);
for (const [label, value] of data.facts) {
  const item = make("div");
  item.append(make("dt", "", label), make("dd", "", visible(value)));
  $("facts").append(item);
}
$("panes").classList.toggle("no-source", data.source === null);
$("panes").style.setProperty("--ln", Math.max(3, String(lastLine).length) + 1 + "ch");
$("panes").style.setProperty("--off", digits + 1 + "ch");
$("source-note").textContent = visible(data.sourceName);
if (functions.some(([, , kind]) => !kind.startsWith("bytecode"))) $("code-title").textContent = "Code";
$("code-note").textContent = `${plural(functions.length, "function")}, ${plural(data.instructions, "instruction")}`;
$("bytes-note").textContent = size(bytes.length);
source.reset(sourceLines.length);
source.canvas.style.minWidth = `calc(${Math.min(2000, sourceLines.reduce((most, line) => Math.max(most, line.length), 0))}ch + 90px)`;
layCode();
layBytes();
new ResizeObserver(layBytes).observe(hexes.view);
drawMap();
light(null);
const firstCode = sections.findIndex((section) => section.own !== NONE);
if (firstCode > 0) code.view.scrollTop = placeOfHead[firstCode] * ROW;
const asked = /^#0x([0-9a-f]+)$/i.exec(location.hash);
if (asked && parseInt(asked[1], 16) < bytes.length) visit(ofRegion(regionAt(parseInt(asked[1], 16)), ""));
document.documentElement.dataset.ready = "yes";
})();
