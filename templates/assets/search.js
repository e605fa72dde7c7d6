// The search page: asks the index that Pagefind made, and shows what it finds. Text becomes text nodes, never HTML.

const AT_ONCE = 5; // pages whose results are fetched together
const ENOUGH = 10; // results that are shown before "More results"
const FROM_ONE_PAGE = 3; // results of one page
const EXCERPT = 30; // words

const part = (name) => document.getElementById(`part-${name}`);
const area = part("search");
const input = part("query");
const list = part("results");
const more = part("more");
const sort = part("sort");
const selects = [...area.querySelectorAll("fieldset select")];
const kinds = new Map([...(part("filter-kind")?.options ?? [])].map((option) => [option.value, option.text]));
const titles = new Map(selects.flatMap((select) => [...select.options].map((option) => [option, option.text])));

let loading;
let latest = 0;
let timer;

function element(name, properties, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children.filter(Boolean));
  return made;
}

/** Fetch Pagefind when it is first wanted; a failure empties ``loading``. */
function load() {
  loading ??= import(new URL(`${area.dataset.index}pagefind.js`, location.href).href).then((pagefind) =>
    pagefind.createInstance({ noWorker: true, baseUrl: "/" }),
  );
  return loading;
}

function chosen() {
  return Object.fromEntries(selects.filter((select) => select.value).map((select) => [select.name, select.value]));
}

/** The address tells what was asked, so that it can be shared and kept. */
function remember(query, filters) {
  const asked = new URLSearchParams(query ? { q: query, ...filters } : filters);
  if (sort.value) asked.set("sort", sort.value);
  const text = asked.toString();
  history.replaceState(history.state, "", text ? `?${text}` : location.pathname);
}

function say(text) {
  part("count").textContent = text;
}

function show(found) {
  part("index").hidden = found;
  list.hidden = !found;
}

const pages = (count) => (count === 1 ? "1 page" : `${count.toLocaleString("en-GB")} pages`);

/** What a query finds, read as it is needed; pages in which no finding fits are left out. */
class Search {
  constructor(found, filters, query) {
    Object.assign(this, { found, filters, query });
    this.next = 0;
    this.pages = 0; // with at least one result
  }

  get ended() {
    return this.next >= this.found.length;
  }

  async more() {
    const items = [];
    for (let enough = false; !enough && !this.ended; ) {
      const batch = this.found.slice(this.next, this.next + AT_ONCE);
      this.next += batch.length;
      for (const page of await Promise.all(batch.map((result) => result.data()))) {
        const made = results(page, this.filters, this.query);
        if (made.length) this.pages += 1;
        items.push(...made);
      }
      enough = items.length >= ENOUGH;
    }
    return items;
  }

  get count() {
    if (this.pages === this.next || this.ended) {
      const all = this.pages + this.found.length - this.next;
      return `${pages(all)} found.`;
    }
    return `More than ${pages(this.pages)} found.`;
  }
}

/** The results of one page: its sections with a word that was asked for. */
function results(page, filters, query) {
  const { content, locations, meta } = page;
  const words = content.split(" ");
  const hits = [...new Set(locations)].sort((a, b) => a - b);
  const sections = meta.sections.map(([id, start, after, kind, theme, role, agency], index) => {
    const end = meta.sections[index + 1]?.[1] ?? words.length;
    return { id, start, after, end, kind, theme, role, agency, hits: hits.filter((hit) => hit >= start && hit < end) };
  });
  const names = ["theme", "role", "agency"].filter((name) => filters[name]);
  const fits = ({ kind, ...section }) =>
    kind ? [undefined, kind].includes(filters.kind) && names.every((n) => section[n].includes(filters[n])) : !filters.kind;
  const narrow = filters.kind || (names.length && !query);
  let wanted = sections.filter((section) => fits(section) && (query ? section.hits.length : narrow && section.kind));
  if (!wanted.length) {
    if (filters.kind || hits.length) return [];
    wanted = [{ id: "", start: 0, after: 0, end: words.length, hits }];
  }
  const open = wanted.find((section) => !section.id); // sections without an anchor are the page itself: one result
  wanted = wanted.filter((section) => section.id || section === open);
  wanted.sort((a, b) => b.hits.length - a.hits.length || a.start - b.start);
  return wanted.slice(0, FROM_ONE_PAGE).map((section) => result(page, words, section));
}

function result({ raw_url: address, meta }, words, { id, start, after, end, kind, hits }) {
  const titled = id && after > start;
  const title = titled ? text(words, start, after, hits) : [meta.title];
  const facts = titled ? ["From ", element("a", { href: address }, meta.title)] : [meta.kind];
  if (id.startsWith("page=")) facts.push(`, page ${id.slice(5)}`);
  if (meta.date) facts.push(`, ${meta.date.slice(0, 4)}`);
  if (meta.pdf) facts.push(" · ", element("a", { href: meta.pdf[0] }, file_words(meta.pdf)));
  const made = element(
    "li",
    {},
    kind && element("p", { className: `kind kind-${kind}` }, kinds.get(kind) ?? ""),
    element("h2", {}, element("a", { href: id ? `${address}#${id}` : address }, ...title)),
    element("p", {}, ...excerpt(words, titled ? after : start, end, hits)),
    element("p", { className: "quiet" }, ...facts),
  );
  made.normalize();
  return made;
}

/** Words from ``start`` to ``end``, those that were asked for in <mark>. */
function text(words, start, end, hits) {
  return words
    .slice(start, end)
    .flatMap((word, place) => [" ", hits.includes(start + place) ? element("mark", {}, word) : word])
    .slice(1);
}

/** The part of a section in which most of the words stand that were asked for. */
function excerpt(words, start, end, hits) {
  const inside = hits.filter((hit) => hit >= start);
  const near = (from) => inside.filter((hit) => hit >= from && hit < from + EXCERPT).length;
  const best = inside.reduce((a, b) => (near(b) > near(a) ? b : a), inside[0] ?? start);
  const from = best - start < EXCERPT / 2 ? start : Math.max(start, Math.min(best - 6, end - EXCERPT));
  const to = Math.min(end, from + EXCERPT);
  return [from > start ? "… " : "", ...text(words, from, to, inside), to < end ? " …" : ""];
}

function file_words([, count, bytes]) {
  const size = bytes < 999500 ? `${Math.max(1, Math.round(bytes / 1000))} KB` : `${(bytes / 1e6).toFixed(1)} MB`;
  return `PDF, ${pages(count)}, ${size}`;
}

/** How many pages each choice would leave, once the filters are loaded. */
function tell_counts(found) {
  for (const select of selects) {
    const counts = found.filters?.[select.name];
    for (const option of select.options) {
      const count = counts?.[option.value];
      option.text = count === undefined || !option.value ? titles.get(option) : `${titles.get(option)} (${count})`;
    }
  }
}

/** Counts without new results, so that whoever has just opened the filters keeps their place. */
async function count() {
  const pagefind = await load();
  await pagefind.filters();
  tell_counts(await pagefind.search(input.value.trim() || null, { filters: chosen() }));
}

async function run() {
  clearTimeout(timer);
  const turn = ++latest;
  const query = input.value.trim();
  const filters = chosen();
  const some = Object.keys(filters).length;
  remember(query, filters);
  part("choices").querySelector("summary").textContent = some ? `Filter and sort (${some} chosen)` : "Filter and sort";
  part("clear").hidden = !some;
  more.hidden = true;
  if (!query && !some) {
    list.replaceChildren();
    show(false);
    say("");
    return;
  }
  try {
    const pagefind = await load();
    if (part("choices").open) await pagefind.filters();
    const order = { newest: { date: "desc" }, oldest: { date: "asc" } }[sort.value] ?? (query ? {} : { date: "desc" });
    const found = await pagefind.search(query || null, { filters, sort: order });
    const search = new Search(found.results, filters, query);
    const items = await search.more();
    if (turn !== latest) return;
    tell_counts(found);
    list.replaceChildren(...items);
    show(items.length > 0);
    if (items.length) {
      say(search.count);
      follow(search, turn);
    } else {
      const help = some ? "Try other words, or clear the filters." : "Try other or fewer words.";
      say(`Nothing found${query ? ` for “${query}”` : ""}. ${help} Below is every page by its title.`);
    }
  } catch {
    loading = undefined;
    if (turn !== latest) return;
    list.replaceChildren();
    show(false);
    say("The search can’t be reached just now. You may have no signal. Below is every page by its title.");
  }
}

function follow(search, turn) {
  more.hidden = search.ended;
  more.onclick = async () => {
    try {
      const items = await search.more();
      if (turn !== latest) return;
      list.append(...items);
      items[0]?.querySelector("a").focus();
      say(search.count);
      more.hidden = search.ended;
    } catch {
      say("More results can’t be reached just now. You may have no signal.");
    }
  };
}

const asked = new URLSearchParams(location.search);
input.value = asked.get("q") ?? input.value;
for (const select of [...selects, sort]) {
  const value = asked.get(select.name) ?? "";
  if ([...select.options].some((option) => option.value === value)) select.value = value;
}
area.hidden = false;
input.addEventListener("focus", () => load().catch(() => {}), { once: true });
input.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(run, 120);
});
input.form.addEventListener("submit", (event) => {
  event.preventDefault();
  run();
});
area.addEventListener("change", run);
part("choices").addEventListener("toggle", (event) => event.target.open && count().catch(() => {}));
part("clear").addEventListener("click", () => {
  for (const select of selects) select.value = "";
  input.focus();
  run();
});
run();
