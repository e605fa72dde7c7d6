// What is wrong with the layout of the page as it stands, one sentence each. Called in a page by the tests.
() => {
  const wrong = [];
  const root = document.documentElement;
  const wide = root.clientWidth;
  const name = (e) => {
    const own = e.id ? `#${e.id}` : e.classList.length ? `.${[...e.classList].join(".")}` : "";
    const text = (e.textContent || "").trim().replace(/\s+/g, " ").slice(0, 40);
    return `<${e.localName}${own}> "${text}"`;
  };
  const style = new Map();
  const look = (e) => style.get(e) || style.set(e, getComputedStyle(e)).get(e);
  // Text for screen readers alone is cut to nothing on purpose.
  const cut = (e) => {
    for (let at = e; at && at !== document.body; at = at.parentElement) {
      const s = look(at);
      const box = at.getBoundingClientRect();
      if ((s.position === "absolute" || s.position === "fixed") && (s.clipPath !== "none" || s.clip !== "auto" || (box.width <= 1 && box.height <= 1))) return true;
      if (s.position === "absolute" && (box.bottom <= 0 || box.right <= 0) && at.matches("a")) return true; // a skip link waits outside
    }
    return false;
  };
  const scrolls = (e) => {
    for (let at = e.parentElement; at && at !== document.body; at = at.parentElement) {
      if (["auto", "scroll"].includes(look(at).overflowX) && at.scrollWidth > at.clientWidth) return at;
    }
    return null;
  };
  if (root.scrollWidth > wide) wrong.push(`the page is ${root.scrollWidth} px wide in ${wide} px`);
  const seen = [...document.body.querySelectorAll("*")].filter(
    (e) => !(e instanceof SVGElement && e.localName !== "svg") && e.checkVisibility({ checkVisibilityCSS: true }) && !cut(e),
  );
  for (const e of seen) {
    const s = look(e);
    const box = e.getBoundingClientRect();
    if (!box.width || !box.height) continue;
    const holder = scrolls(e);
    if (holder) {
      if (holder.tabIndex < 0 && !holder.querySelector("a, button, input, [tabindex]")) wrong.push(`${name(holder)} scrolls sideways and no key reaches it`);
    } else if (box.right > wide + 1 || box.left < -1) {
      wrong.push(`${name(e)} reaches from ${Math.round(box.left)} to ${Math.round(box.right)} px in ${wide} px`);
    }
    if (["input", "textarea", "select", "svg", "img"].includes(e.localName)) continue;
    if (["hidden", "clip"].includes(s.overflowX) && e.scrollWidth > e.clientWidth + 1 && e.textContent.trim()) wrong.push(`${name(e)} cuts its text off at the side`);
    if (["hidden", "clip"].includes(s.overflowY) && e.scrollHeight > e.clientHeight + 1 && e.textContent.trim()) wrong.push(`${name(e)} cuts its text off below`);
    if (s.webkitLineClamp !== "none" || (s.textOverflow === "ellipsis" && e.scrollWidth > e.clientWidth)) wrong.push(`${name(e)} shortens its text`);
  }
  // Siblings that stand in the flow keep out of each other's way.
  const inline = (e) => look(e).display.startsWith("inline") || look(e).display === "contents";
  for (const parent of new Set(seen.map((e) => e.parentElement))) {
    if (parent instanceof SVGElement) continue;
    const boxes = seen
      .filter((e) => e.parentElement === parent && !inline(e) && ["static", "relative", "sticky"].includes(look(e).position))
      .map((e) => [e, e.getBoundingClientRect()])
      .filter(([, b]) => b.width && b.height);
    boxes.forEach(([one, a], at) => {
      for (const [other, b] of boxes.slice(at + 1, at + 12)) {
        const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
        const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
        if (across > 1 && down > 1) wrong.push(`${name(one)} and ${name(other)} overlap by ${Math.round(across)} × ${Math.round(down)} px`);
      }
    });
  }
  // The words of a drawing stand on what is behind the drawing, unless a shape says otherwise: those have no words.
  const parts = (colour) => (colour.match(/[\d.]+/g) || []).map(Number);
  const light = (colour) => {
    const [r, g, b] = parts(colour).map((part) => (part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  for (const text of document.querySelectorAll("svg text, svg tspan")) {
    let behind = text.closest("svg");
    while (behind && parts(look(behind).backgroundColor)[3] === 0) behind = behind.parentElement;
    const [low, high] = [light(look(text).fill), light(behind ? look(behind).backgroundColor : "rgb(255, 255, 255)")].sort((a, b) => a - b);
    if ((high + 0.05) / (low + 0.05) < 4.5) wrong.push(`${name(text)} has a contrast of ${((high + 0.05) / (low + 0.05)).toFixed(1)}: ${look(text).fill}`);
  }
  // The labels of a drawing keep apart as words do, and on the page.
  for (const drawing of document.querySelectorAll("svg")) {
    if (drawing.ownerSVGElement) continue;
    const labels = [...drawing.querySelectorAll("text")].map((e) => [e, e.getBoundingClientRect()]).filter(([, box]) => box.width && box.height);
    labels.forEach(([one, a], at) => {
      if (a.left < 0 || a.right > wide) wrong.push(`${name(one)} of a drawing reaches from ${Math.round(a.left)} to ${Math.round(a.right)} px in ${wide} px`);
      for (const [other, b] of labels.slice(at + 1)) {
        const apart = Math.max(a.left, b.left) - Math.min(a.right, b.right);
        const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
        if (apart < 2 && down > Math.min(a.height, b.height) / 4) wrong.push(`${name(one)} and ${name(other)} of a drawing touch: ${apart.toFixed(1)} px apart`);
      }
    });
  }
  // What is there says something.
  for (const e of seen) {
    if (e.role === "status") continue; // it waits for something to say
    const said = e.textContent.trim() || e.querySelector("img, svg, input, textarea, select, button");
    if (["section", "article", "ul", "ol", "dl", "table", "nav", "p", "h1", "h2", "h3", "h4", "li", "dd", "aside"].includes(e.localName) && !said) wrong.push(`${name(e)} is empty in <${e.parentElement.localName}>`);
    if (["section", "article"].includes(e.localName) && /^h[1-6]$/.test(e.firstElementChild?.localName) && e.children.length === 1) wrong.push(`${name(e)} has a heading and nothing below it`);
    // One of these holds a list, so its items may be hidden; it is empty when it holds no item at all.
    if (["ul", "ol", "dl", "tbody"].includes(e.localName) && !e.children.length) wrong.push(`${name(e)} is a list of nothing`);
    // A heading is followed by what it heads, not by the next of its own rank.
    if (/^h[2-6]$/.test(e.localName) && /^h[1-6]$/.test(e.nextElementSibling?.localName) && e.nextElementSibling.localName <= e.localName) wrong.push(`${name(e)} heads nothing`);
  }
  return [...new Set(wrong)];
}
