// Times without a signal: starts the worker, says if a page is a kept copy or was replaced.
(() => {
  const { worker, scope } = document.currentScript.dataset;
  const container = navigator.serviceWorker;
  if (!container || !scope) return;
  const base = new URL(scope, location).pathname;
  const own = `kept ${base} `;

  const forget = async () => {
    await caches.delete(`${own}pages`); // first: then no more is kept
    for (const name of await caches.keys()) if (name.startsWith(own)) await caches.delete(name);
  };

  if (!worker) { // turned off
    const end = async () => {
      for (const one of await container.getRegistrations()) {
        if (new URL(one.scope).pathname === base) await one.unregister();
      }
      await forget();
    };
    end();
    addEventListener("load", end);
    return;
  }

  const status = document.createElement("div");
  status.id = "part-signal";
  status.setAttribute("role", "status"); // there before it has text, so that the text is read out
  document.getElementById("main")?.prepend(status);

  const say = (text, button) => {
    const line = document.createElement("p");
    line.className = "notice";
    line.append(text);
    if (button) {
      const press = document.createElement("button");
      press.type = "button";
      press.textContent = button;
      press.addEventListener("click", () => location.reload());
      line.append(" ", press);
    }
    status.replaceChildren(line);
  };

  container.addEventListener("message", ({ data }) => {
    if (data.copy) {
      const when = new Date(data.copy.on).toLocaleString("en-GB", { dateStyle: "long", timeStyle: "short" });
      const why = navigator.onLine ? "The site can’t be reached." : "No signal.";
      say(`${data.copy.slow ? "The connection is slow." : why} This copy was kept on ${when}.`);
    }
    if (data.changed?.includes(location.origin + location.pathname)) {
      say("This page has changed.", "Show the new version");
    }
  });
  container.startMessages();
  container.controller?.postMessage("copy?");

  addEventListener("load", () => container.register(worker, { scope, updateViaCache: "none" }).catch(() => {}));
  document.addEventListener("visibilitychange", () => { // a page that stays open for days
    if (!document.hidden) container.getRegistration(scope).then((one) => one?.update()).catch(() => {});
  });

  const kept = document.getElementById("part-kept");
  if (!kept) return;
  (async () => {
    const cache = await caches.open(`${own}pages`);
    const found = [];
    for (const request of await cache.keys()) {
      const text = await (await cache.match(request)).text();
      const page = new DOMParser().parseFromString(text.slice(0, text.indexOf("</head>")), "text/html");
      const title = page.title.split(" – ").slice(0, -1).join(" – ") || page.title;
      if (!text.includes('id="part-kept"')) found.push({ url: request.url, title });
    }
    found.sort((one, other) => one.title.localeCompare(other.title));
    for (const { url, title } of found) {
      const item = document.createElement("li"), link = document.createElement("a");
      link.href = url;
      link.textContent = title;
      item.append(link);
      kept.querySelector("ul").append(item);
    }
    kept.hidden = !found.length;
  })();
  document.getElementById("part-forget").addEventListener("click", async () => {
    await forget();
    kept.hidden = true;
    say("All kept pages were removed from this device.");
  });
})();
