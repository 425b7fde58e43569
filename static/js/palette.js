// The palette: Ctrl/⌘-K. Records from the server, actions and places of this page, recent records when empty.
"use strict";
(() => {
  const dialog = document.getElementById("palette");
  if (!dialog) return;
  const input = dialog.querySelector("input");
  const list = dialog.querySelector("[role=listbox]");
  const none = dialog.querySelector(".palette-none");
  const KEPT = "fleetcs.recent";
  let at = 0;
  let asking;
  let timer;

  // Recent records: pages with an own number or name, kept in this browser only.
  const recent = () => { try { return JSON.parse(localStorage.getItem(KEPT)) || []; } catch { return []; } };
  function remember() {
    const mark = document.querySelector("#main [data-recent]");
    if (!mark) return;
    const entry = { label: mark.dataset.recent, url: location.pathname };
    localStorage.setItem(KEPT, JSON.stringify([entry, ...recent().filter((one) => one.url !== entry.url)].slice(0, 8)));
  }

  const label = (element) => (element.dataset.does || element.getAttribute("aria-label") || element.textContent).trim().replace(/\s+/g, " ");
  const fits = (words, query) => query.toLowerCase().split(/\s+/).every((part) => words.toLowerCase().includes(part));

  function option({ words, detail = "", key = "", url = "", act }) {
    const made = document.createElement(url ? "a" : "div");
    made.className = "option";
    made.setAttribute("role", "option");
    made.tabIndex = -1;
    if (url) made.href = url;
    if (act) made.addEventListener("click", (event) => { event.preventDefault(); dialog.close(); act(); });
    const name = document.createElement("span");
    name.className = "option-label";
    name.textContent = words;
    made.append(name);
    if (detail) { const more = document.createElement("span"); more.className = "option-detail"; more.textContent = detail; made.append(more); }
    if (key) { const kbd = document.createElement("kbd"); kbd.textContent = key; made.append(kbd); }
    return made;
  }
  function group(name, options) {
    if (!options.length) return [];
    const made = document.createElement("div");
    made.setAttribute("role", "group");
    made.setAttribute("aria-label", name);
    const head = document.createElement("div");
    head.className = "palette-group";
    head.setAttribute("aria-hidden", "true");
    head.textContent = name;
    made.append(head, ...options);
    return [made];
  }
  const actions = (query) => [...document.querySelectorAll("[data-action]")].filter((one) => !one.disabled && fits(label(one), query)).map((one) => option({ words: label(one), key: one.dataset.key || "", act: () => (fleet.typing(one) ? one.focus() : one.click()) }));
  const places = (query) => [...document.querySelectorAll(".nav-link[href]")].filter((one) => fits(one.querySelector("span").textContent, query)).map((one) => option({ words: one.querySelector("span").textContent, key: one.dataset.key || "", url: one.getAttribute("href") }));

  function fill(found) {
    const query = input.value.trim();
    const local = query ? [...group("On this page", actions(query)), ...group("Go to", places(query).slice(0, 5))]
      : [...group("Recent", recent().filter((one) => one.url !== location.pathname).map((one) => option({ words: one.label, url: one.url }))), ...group("On this page", actions("")), ...group("Go to", places(""))];
    list.replaceChildren(...(found ? [...found] : []), ...local);
    [...options()].forEach((one, number) => { one.id = `option-${number}`; });
    none.hidden = options().length > 0;
    choose(0);
  }
  const options = () => list.querySelectorAll("[role=option]");
  function choose(number) {
    const all = options();
    at = all.length ? (number + all.length) % all.length : 0;
    all.forEach((one, index) => one.setAttribute("aria-selected", String(index === at)));
    if (all[at]) { input.setAttribute("aria-activedescendant", all[at].id); all[at].scrollIntoView({ block: "nearest" }); } else input.removeAttribute("aria-activedescendant");
  }
  async function ask() {
    asking?.abort();
    const query = input.value.trim();
    if (!query) { fill(); return; }
    asking = new AbortController();
    try {
      const answer = await fetch(`${dialog.dataset.url}?q=${encodeURIComponent(query)}`, { signal: asking.signal });
      const holder = document.createElement("template");
      holder.innerHTML = answer.ok && !answer.redirected ? await answer.text() : "";
      if (query === input.value.trim()) fill(holder.content.querySelectorAll("[data-server]"));
    } catch (error) { if (error.name !== "AbortError") fill(); }
  }

  function open() {
    if (dialog.open) return;
    input.value = "";
    dialog.showModal();
    fill();
    input.focus();
  }
  input.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(ask, 110); });
  input.addEventListener("keydown", async (event) => {
    const moves = { ArrowDown: () => choose(at + 1), ArrowUp: () => choose(at - 1), Home: () => choose(0), End: () => choose(options().length - 1) };
    if (moves[event.key] && !(event.key === "Home" || event.key === "End") || (moves[event.key] && !input.value)) { event.preventDefault(); moves[event.key](); return; }
    if (event.key !== "Enter") return;
    event.preventDefault();
    clearTimeout(timer);
    const chosen = options()[at];
    if (chosen) chosen.click();
    else if (input.value.trim()) location.assign(`${dialog.dataset.search}?q=${encodeURIComponent(input.value.trim())}`);
  });
  list.addEventListener("pointermove", (event) => { const over = event.target.closest("[role=option]"); if (over) choose([...options()].indexOf(over)); });
  list.addEventListener("click", (event) => { if (event.target.closest("a[role=option]")) dialog.close(); });
  document.addEventListener("keydown", (event) => { if ((event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && event.key.toLowerCase() === "k") { event.preventDefault(); dialog.open ? dialog.close() : open(); } });
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-palette]");
    if (opener && !event.ctrlKey && !event.metaKey) { event.preventDefault(); document.getElementById("nav")?.matches(":popover-open") && document.getElementById("nav").hidePopover(); open(); }
  });
  document.addEventListener("fleet:palette", open);
  remember();
})();
