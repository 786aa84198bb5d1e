"use strict";
// Filters, search, links to single checks, unpacking, theme and print. The page reads well without.

const PAGE = 200;
const main = document.querySelector("main");
const form = document.querySelector("form#filters");
const status = document.querySelector("p#shown");
const sections = [...document.querySelectorAll("section.checks")];
const written = [...document.querySelectorAll("details.check")];
const limits = new Map();
let packed = [];
let cardsReady = null;
let turn = 0;

// -- what is packed ------------------------------------------------------------------------

async function unpack(script) {
  const bytes = Uint8Array.from(atob(script.textContent), (c) => c.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return JSON.parse(await new Response(stream).text());
}

function elementsOf(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content;
}

function packedCards() {
  cardsReady ??= (async () => {
    const scripts = [...document.querySelectorAll("script.cards")];
    const chunks = await Promise.all(scripts.map(unpack));
    packed = chunks.flat().map((html) => elementsOf(html).firstElementChild);
  })();
  return cardsReady;
}

const pieces = new Map();

async function fill(place) {
  const [chunk, index] = place.dataset.piece.split(".").map(Number);
  if (!pieces.has(chunk)) pieces.set(chunk, unpack(document.querySelectorAll("script.pieces")[chunk]));
  const texts = await pieces.get(chunk);
  place.replaceWith(elementsOf(texts[index]));
}

// A "toggle" event does not bubble, so it is caught on its way down.
document.addEventListener("toggle", (event) => {
  if (!event.target.open) return;
  for (const place of event.target.querySelectorAll(":scope > [data-piece]")) fill(place);
}, true);

// -- filters -------------------------------------------------------------------------------

function filtersOf(form) {
  const entries = [...new FormData(form)].filter(([, value]) => value !== "");
  return new URLSearchParams(entries);
}

const texts = new WeakMap();

// The XML is left out: one enumeration stands behind many checks, and some of it is packed.
function textOf(card) {
  if (!texts.has(card)) {
    const copy = card.cloneNode(true);
    for (const part of copy.querySelectorAll("pre, .commands")) part.remove();
    texts.set(card, copy.textContent.toLowerCase());
  }
  return texts.get(card);
}

function matches(card, filters, words) {
  const verdicts = filters.getAll("verdict");
  if (verdicts.length && !verdicts.includes(card.dataset.verdict)) return false;
  for (const name of ["level", "profile", "kind"]) {
    if (filters.has(name) && filters.get(name) !== card.dataset[name]) return false;
  }
  return words.every((word) => textOf(card).includes(word));
}

async function fillRests() {
  for (const card of [...written, ...packed]) {
    await Promise.all([...card.querySelectorAll("details.rest > [data-piece]")].map(fill));
  }
}

async function apply() {
  const mine = ++turn;
  const filters = filtersOf(form);
  const words = (filters.get("words") ?? "").toLowerCase().split(/\s+/).filter(Boolean);
  const wanted = located().check;
  const asked = [...filters].length > 0;
  const known = written.some((card) => card.id === wanted);
  try {
    if (asked || limits.size || (wanted && !known)) await packedCards();
    if (words.length) await fillRests();
  } catch (error) {
    status.textContent = `This browser cannot unpack the rest of the page: ${error}`;
  }
  if (mine !== turn) return;
  let found = 0;
  for (const card of written) {
    const hit = matches(card, filters, words);
    card.hidden = !hit && card.id !== wanted;
    found += hit;
  }
  found += showPacked(filters, words, wanted, asked);
  for (const section of sections) tidy(section);
  tell(found, asked);
}

// Packed cards come into the page only as far as they are shown: thousands would make it slow.
function showPacked(filters, words, wanted, asked) {
  for (const card of packed) card.remove();
  const hits = packed.filter((card) => matches(card, filters, words) || card.id === wanted);
  const shown = new Map();
  for (const card of hits) {
    const verdict = card.dataset.verdict;
    const count = shown.get(verdict) ?? 0;
    const limit = limits.get(verdict) ?? (asked ? PAGE : 0);
    if (count >= limit && card.id !== wanted) continue;
    shown.set(verdict, count + 1);
    groupOf(card).append(card);
  }
  for (const section of sections) {
    const there = hits.filter((card) => card.dataset.verdict === section.id).length;
    const all = packed.length ? there : Number(section.dataset.packed);
    offer(section, all - (shown.get(section.id) ?? 0));
  }
  return hits.length;
}

function groupOf(card) {
  const id = `group-${card.dataset.group}`;
  const known = document.getElementById(id);
  if (known) return known;
  const group = document.createElement("div");
  group.className = "group";
  group.id = id;
  if (card.dataset.title) {
    const title = document.createElement("h3");
    title.textContent = card.dataset.title;
    const note = document.createElement("p");
    note.className = "note";
    note.textContent = card.dataset.note;
    group.append(title, note);
  }
  const section = document.getElementById(card.dataset.verdict);
  section.insertBefore(group, section.querySelector(".beyond"));
  return group;
}

function offer(section, left) {
  const place = section.querySelector(".beyond");
  if (!place) return;
  place.hidden = left <= 0;
  const button = place.querySelector("button") ?? document.createElement("button");
  button.type = "button";
  button.textContent = `Show ${Math.min(PAGE, left).toLocaleString("en")} of ${left.toLocaleString("en")} more`;
  if (!button.isConnected) place.replaceChildren(button);
}

function tidy(section) {
  let any = false;
  for (const group of section.querySelectorAll(".group")) {
    const visible = [...group.children].some((c) => c.matches("details.check") && !c.hidden);
    group.hidden = !visible;
    any ||= visible;
  }
  const beyond = section.querySelector(".beyond");
  section.hidden = !any && (!beyond || beyond.hidden);
}

function tell(found, asked) {
  const all = written.length + (packed.length || packedCount());
  const shown = asked ? `${found.toLocaleString("en")} of ` : "All ";
  status.textContent = `${shown}${all.toLocaleString("en")} checks`;
}

function packedCount() {
  return sections.reduce((sum, section) => sum + Number(section.dataset.packed), 0);
}

// -- the address: #CHECK?filters -----------------------------------------------------------

function located() {
  const [check, filters = ""] = location.hash.slice(1).split("?", 2);
  try {
    return { check: decodeURIComponent(check), filters: new URLSearchParams(filters) };
  } catch {
    return { check: "", filters: new URLSearchParams() };
  }
}

function address(check, filters) {
  const path = encodeURIComponent(check).replaceAll("%3A", ":");
  const query = filters.toString();
  return `#${path}${query ? `?${query}` : ""}`;
}

function readFilters() {
  const { filters } = located();
  for (const box of form.querySelectorAll("input[type=checkbox]")) {
    box.checked = filters.getAll("verdict").includes(box.value);
  }
  for (const name of ["level", "profile", "kind", "words"]) {
    form.elements[name].value = filters.get(name) ?? "";
  }
}

async function go() {
  readFilters();
  await apply();
  const target = document.getElementById(located().check);
  if (!target) return;
  for (const old of document.querySelectorAll(".chosen")) old.classList.remove("chosen");
  if (target.matches("details.check")) {
    target.open = true;
    target.classList.add("chosen");
    target.querySelector("summary").focus({ preventScroll: true });
  }
  target.scrollIntoView({ block: "start" });
}

async function changed() {
  limits.clear();
  history.replaceState(null, "", address("", filtersOf(form)));
  await apply();
}

let typing = 0;
form.addEventListener("input", () => {
  clearTimeout(typing);
  typing = setTimeout(changed, 120);
});
form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("reset", () => setTimeout(changed));
window.addEventListener("hashchange", go);

main.addEventListener("click", (event) => {
  const more = event.target.closest(".beyond button");
  const link = event.target.closest("a.own-link");
  if (more) {
    const verdict = more.closest("section").id;
    const asked = [...filtersOf(form)].length > 0;
    limits.set(verdict, (limits.get(verdict) ?? (asked ? PAGE : 0)) + PAGE);
    apply();
  } else if (link) {
    event.preventDefault();
    location.hash = address(link.closest("details.check").id, filtersOf(form));
  }
});

// -- the numbers of the summary lead to the checks ------------------------------------------

function linkCounts() {
  for (const table of document.querySelectorAll("table.counts")) {
    for (const cell of table.querySelectorAll("td[data-verdict]:not(.zero)")) {
      const { key } = cell.parentElement.dataset;
      const filters = new URLSearchParams({ verdict: cell.dataset.verdict });
      if (key) filters.set(table.dataset.facet, key);
      const link = document.createElement("a");
      link.href = address("", filters);
      link.textContent = cell.textContent;
      link.setAttribute("aria-label", `${cell.textContent} ${cell.dataset.verdict} ${key}`.trim());
      link.addEventListener("click", () => setTimeout(() => form.scrollIntoView()));
      cell.replaceChildren(link);
    }
  }
}

// -- theme and print -----------------------------------------------------------------------

const theme = document.querySelector("button#theme");
const prefersDark = matchMedia("(prefers-color-scheme: dark)");

function remembered(value) {
  try {
    if (value) localStorage.setItem("cimconform-theme", value);
    return localStorage.getItem("cimconform-theme");
  } catch {
    return value ?? null; // some browsers keep nothing for files
  }
}

function paint(choice) {
  if (choice) document.documentElement.dataset.theme = choice;
  const dark = choice ? choice === "dark" : prefersDark.matches;
  theme.textContent = dark ? "Light colours" : "Dark colours";
}

theme.addEventListener("click", () => {
  const shown = document.documentElement.dataset.theme ?? (prefersDark.matches ? "dark" : "light");
  const next = shown === "dark" ? "light" : "dark";
  remembered(next);
  paint(next);
});
prefersDark.addEventListener("change", () => paint(document.documentElement.dataset.theme));

let opened = [];
window.addEventListener("beforeprint", () => {
  opened = [...document.querySelectorAll("#fail details.check:not([open])")];
  for (const card of opened) card.open = true;
});
window.addEventListener("afterprint", () => {
  for (const card of opened) card.open = false;
});

theme.hidden = false;
form.hidden = false;
paint(remembered());
linkCounts();
// A browser moves the focus to the address by itself until the page is loaded.
window.addEventListener("load", go);
