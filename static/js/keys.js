// Single keys. Elements name theirs: data-key="a", data-key="g q". Never while typing; switched off by data-keys="off" on body.
"use strict";
(() => {
  const off = () => document.body.dataset.keys === "off";
  const scope = () => document.querySelector("#panel:not(:empty)");
  let begun = "";
  let timer;

  function find(key) {
    const all = (root) => [...root.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)].filter((one) => fleet.visible(one) || one.closest(".nav"));
    return (scope() && all(scope())[0]) || all(document)[0];
  }
  function act(element) {
    if (fleet.typing(element)) { element.focus(); element.select?.(); } else element.click();
  }

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || off()) return;
    if (fleet.typing(event.target) || document.querySelector("dialog[open]")) return;
    if (event.key === "?") { event.preventDefault(); show(); return; }
    const key = begun ? `${begun} ${event.key}` : event.key;
    begun = "";
    clearTimeout(timer);
    const element = find(key);
    if (element) { event.preventDefault(); act(element); return; }
    if (key === "/") { event.preventDefault(); document.dispatchEvent(new CustomEvent("fleet:palette")); return; }
    if (document.querySelector(`[data-key^="${CSS.escape(key)} "]`)) { begun = key; timer = setTimeout(() => { begun = ""; }, 1200); }
  });

  document.addEventListener("click", (event) => { if (event.target.closest("[data-shortcuts]")) show(); });

  const words = (element) => element.dataset.does || element.getAttribute("aria-label") || element.textContent.trim();
  function rows() {
    const fixed = [["Ctrl K", "Search or do"], ["?", "This list"]];
    if (document.querySelector("[data-list]")) fixed.push(["j", "Next row"], ["k", "Previous row"], ["Enter", "Open the row"], ["o", "Open as a page"]);
    if (document.querySelector(".sheet .pick")) fixed.push(["x", "Select the row"]);
    if (document.querySelector("form[data-send]")) fixed.push(["Ctrl Enter", "Send the form"]);
    if (document.querySelector("#panel")) fixed.push(["Esc", "Close what lies on top"]);
    document.querySelectorAll("[data-row-key]").forEach((element) => fixed.push([element.dataset.rowKey, words(element)]));
    const named = [...document.querySelectorAll("[data-key]")].map((element) => [element.dataset.key, words(element)]);
    return [...named.filter(([key]) => !key.startsWith("g ")), ...fixed, ...named.filter(([key]) => key.startsWith("g "))];
  }
  function show() {
    const dialog = document.getElementById("shortcuts");
    if (!dialog || dialog.open) return;
    const list = document.createElement("dl");
    list.className = "shortcut-lists";
    list.setAttribute("data-shortcut-lists", "");
    const seen = new Set();
    for (const [key, does] of rows()) {
      if (seen.has(key)) continue;
      seen.add(key);
      const row = document.createElement("div");
      row.className = "shortcut";
      const term = document.createElement("dt");
      term.className = "fw-normal";
      term.textContent = does;
      const value = document.createElement("dd");
      key.split(" ").forEach((one) => { const kbd = document.createElement("kbd"); kbd.textContent = one; value.append(kbd); });
      row.append(term, value);
      list.append(row);
    }
    dialog.querySelector("[data-shortcut-lists]").replaceWith(list);
    dialog.showModal();
  }
})();
