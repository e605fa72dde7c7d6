// Loads the page again when the site has been built anew. Served by the development server only.
(() => {
  const shown = document.currentScript.dataset.build;
  const events = new EventSource("/__preview/events");
  events.onmessage = (event) => {
    if (event.data !== shown) location.reload();
  };
  addEventListener("pagehide", () => events.close());
})();
