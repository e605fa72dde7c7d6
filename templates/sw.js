{# The service worker: keeps pages for times without a signal. The network is always asked first. #}
"use strict";
const BASE = new URL("./", location).pathname;
{# Other sites of this origin have names of their own. #}
const OWN = `kept ${BASE} `;

{% if keep %}
const PAGES = {{ worker.pages|tojson }};
const ASSETS = {{ worker.assets|tojson }};
{# Another word here makes browsers look again at all that they keep. #}
// Withdrawn: {{ worker.gone or "nothing" }}
const KEPT = OWN + "pages", FILES = OWN + "assets", PICTURES = OWN + "pictures", SEARCH = OWN + "search";
{# Pages that were read, besides those that everyone keeps; milliseconds to wait when there is a copy, and at most. #}
const MOST = 60, PATIENCE = 4000, LIMIT = 60000;
const WHEN = "x-kept-on", VERSION = "x-kept-version";

const full = (path) => new URL(path, location).href;
const versions = new Map(PAGES.map(([path, version]) => [full(path), version]));
const files = new Set(ASSETS.map(full));
{# By client, the copy that it was given. #}
const shown = new Map();

const plain = (address) => {
  const url = new URL(address);
  url.search = url.hash = "";
  return url.href;
};

{# The server is asked whether a page is still the same, whatever it once said of how long it holds. A new worker waits
   for what the old one has in hand, so nothing may take for ever: browsers too old for a limit set their own. #}
const ask = (url, more) =>
  fetch(url, { cache: "no-cache", redirect: "manual", signal: AbortSignal.timeout?.(LIMIT), ...more });

{# An answer that nobody reads would hold one of the few connections that a browser opens to a server. #}
const drop = (response) => response?.body?.cancel().catch(() => {});

const main = (text) => text.slice(text.indexOf("<main"), text.indexOf("</main>"));

{# Keeps, replaces or removes the copy of a page. Says whether someone who looks at the old one should know. #}
async function settle(cache, url, response, version = "") {
  const old = await cache.match(url);
  const gone = response.status === 404 || response.status === 410 || response.type === "opaqueredirect";
  if (gone || response.status !== 200 || !/^text\/html/.test(response.headers.get("content-type"))) {
    drop(response);
    return gone && cache.delete(url);
  }
  const text = await response.text();
  const headers = new Headers(response.headers);
  headers.set(WHEN, new Date().toISOString());
  headers.set(VERSION, version);
  await cache.put(url, new Response(text, { headers }));
  return Boolean(old) && main(await old.text()) !== main(text);
}

async function trim(cache, most) {
  const more = (await cache.keys()).filter(({ url }) => !versions.has(url));
  await Promise.all(more.slice(0, Math.max(0, more.length - most)).map((request) => cache.delete(request)));
}

{# Also those that an older worker rules. #}
const readers = async () =>
  (await clients.matchAll({ includeUncontrolled: true })).filter(({ url }) => url.startsWith(full("./")));

async function tell(message, except) {
  for (const client of await readers()) if (client.id !== except) client.postMessage(message);
}

{# An answer may fail before it is looked at, which is no fault. #}
async function page(event) {
  const url = plain(event.request.url), answer = ask(event.request.url);
  answer.catch(() => {});
  const cache = await caches.open(KEPT), copy = await cache.match(url);
  let given = false;
  event.waitUntil(answer.then(async (response) => {
{# Once there is a newer worker, it alone knows the versions. #}
    const old = registration.installing || registration.waiting;
    const news = await settle(cache, url, response.clone(), old ? "" : versions.get(url));
    if (news) await tell({ changed: [url] }, given ? "" : event.resultingClientId);
    await trim(cache, MOST);
  }).catch(() => {}));
  const late = new Promise((done) => copy && setTimeout(done, PATIENCE, "late"));
  const first = await Promise.race([answer.catch(() => null), late]);
  if (first && first !== "late" && (first.status < 500 || !copy)) return first;
  if (copy) {
    given = true;
    answer.then(drop, () => {});
    shown.set(event.resultingClientId, { on: copy.headers.get(WHEN), slow: first === "late" });
    return copy;
  }
  return (await cache.match(full("offline/"))) || Response.error();
}

{# Where keeping pages has just been turned off nothing is kept any more: browsers ask for the icon after all else. #}
async function put(name, key, response) {
  if (!(await caches.has(KEPT))) return;
  const cache = await caches.open(name);
  await cache.put(key, response);
  await trim(cache, 4 * MOST);
}

async function asset(event) {
  const { request } = event, kept = await caches.match(request);
  if (kept) return kept;
  const response = await fetch(request);
  if (response.ok) event.waitUntil(put(FILES, request, response.clone()));
  return response;
}

async function part(event, name) {
  const url = plain(event.request.url);
  try {
    const response = await fetch(event.request);
    if (response.status === 200) event.waitUntil(put(name, url, response.clone()));
    return response;
  } catch {
    return (await caches.match(url)) || Response.error();
  }
}

addEventListener("fetch", (event) => {
  const { request } = event, url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin || request.headers.has("range")) return;
  if (!url.pathname.startsWith(BASE)) return;
  const path = url.pathname.slice(BASE.length);
  if (request.mode === "navigate") {
{# Not PDFs: they are large, and made for paper. #}
    if (/(^|\/|\.html?)$/.test(path)) event.respondWith(page(event));
  } else if (path.startsWith("assets/")) event.respondWith(asset(event));
  else if (path.startsWith("pagefind/")) event.respondWith(part(event, SEARCH));
  else if (request.destination === "image") event.respondWith(part(event, PICTURES));
});

{# A few at a time, and after what a reader waits for: the browser has six connections for all tabs together. #}
async function each(items, work) {
  const waiting = [...items];
  const lane = async () => {
    while (waiting.length) await work(waiting.shift());
  };
  await Promise.all([lane(), lane(), lane(), lane()]);
}

{# Everything is renewed here, in what the worker before reads as well. It goes on until the last page that it rules is
   closed: a browser that changes workers while a page is on its way can lose that page. Cut off, this goes on where it
   was at the next visit. #}
addEventListener("install", (event) => event.waitUntil((async () => {
  const assets = await caches.open(FILES), cache = await caches.open(KEPT), changed = [];
  const request = (url) => new Request(url, { priority: "low", signal: AbortSignal.timeout?.(LIMIT) });
  await each(files, async (url) => (await assets.match(url)) || assets.add(request(url)));
  const wanted = new Set((navigator.connection?.saveData ? PAGES.slice(0, 1) : PAGES).map(([path]) => full(path)));
  for (const { url } of await cache.keys()) wanted.add(url);
  for (const { url } of await readers()) wanted.add(plain(url));
  await each(wanted, async (url) => {
    const version = versions.get(url), old = await cache.match(url);
    if (version && old?.headers.get(VERSION) === version) return;
    if (await settle(cache, url, await ask(url, { priority: "low" }), version)) changed.push(url);
  });
{# What was found by searching may be gone, and is quickly found again. #}
  await caches.delete(SEARCH);
  await tell({ changed });
})()));

addEventListener("activate", (event) => event.waitUntil((async () => {
  const current = [KEPT, FILES, PICTURES, SEARCH], assets = await caches.open(FILES);
  for (const name of await caches.keys()) if (name.startsWith(OWN) && !current.includes(name)) await caches.delete(name);
  for (const request of await assets.keys()) if (!files.has(request.url)) await assets.delete(request);
  await clients.claim();
})()));

addEventListener("message", ({ data, source }) => {
  if (data !== "copy?") return;
  source.postMessage({ copy: shown.get(source.id) });
  shown.delete(source.id);
});
{% else %}
{# Browsers that kept pages before ask for this file. #}
// Keeping pages is turned off, so this takes itself away when the last page of the old worker is closed.
addEventListener("activate", (event) => event.waitUntil((async () => {
  for (const name of await caches.keys()) if (name.startsWith(OWN)) await caches.delete(name);
  await registration.unregister();
})()));
{% endif %}
