// Copy buttons. They are hidden until here: without JavaScript they could do nothing.
// data-copy holds the text itself, or # and the id of the element whose text is meant.
(() => {
  if (!navigator.clipboard) return;

  const said = document.createElement("p");
  said.className = "vh";
  said.setAttribute("role", "status");
  document.querySelector("main").append(said);

  const wanted = (what) => {
    const element = what.startsWith("#") && document.getElementById(what.slice(1));
    return element ? element.value || element.textContent : what;
  };

  for (const button of document.querySelectorAll("button[data-copy]")) {
    const words = [...button.childNodes];
    let timer = 0;
    button.hidden = false;
    button.addEventListener("click", async () => {
      let answer = "Copied";
      try {
        await navigator.clipboard.writeText(wanted(button.dataset.copy));
      } catch {
        answer = "Not copied";
      }
      button.textContent = said.textContent = answer;
      clearTimeout(timer);
      timer = setTimeout(() => {
        button.replaceChildren(...words);
        said.textContent = "";
      }, 2000);
    });
  }
})();
