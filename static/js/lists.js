// Lists: j/k, Enter, o, x; a click anywhere in a row; ranges with Shift; the bar for many.
"use strict";
(() => {
  const LINK = "a[data-panel], a[data-open]";
  const rows = () => [...document.querySelectorAll("#main [data-list] :is(tbody > tr, li)")].filter((row) => row.querySelector(LINK));
  const linkOf = (row) => row?.querySelector(LINK);
  const here = () => rows().findIndex((row) => row.contains(document.activeElement) || row.classList.contains("is-at"));
  const off = () => document.body.dataset.keys === "off";
  let place = -1;

  // After the rows were fetched anew, the row that took the place of the current one is current.
  document.addEventListener("htmx:afterSettle", (event) => {
    const all = rows();
    if (event.detail.target?.id !== "results" || place < 0 || here() >= 0 || !all.length || document.activeElement !== document.body) return;
    const row = all[Math.min(place, all.length - 1)];
    row.classList.add("is-at");
    linkOf(row).focus({ preventScroll: true });
  });

  function move(step) {
    const all = rows();
    if (!all.length) return;
    const at = here();
    const to = at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, at + step));
    all.forEach((row) => row.classList.remove("is-at"));
    all[to].classList.add("is-at");
    place = to;
    const link = linkOf(all[to]);
    link.focus({ preventScroll: true });
    all[to].scrollIntoView({ block: "nearest" });
    if (document.querySelector("#panel:not(:empty)") && link.matches("[data-panel]")) link.dispatchEvent(new CustomEvent("fleet:peek", { bubbles: true }));
  }

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || off()) return;
    if (fleet.typing(event.target) || document.querySelector("dialog[open]")) return;
    const row = rows()[here()];
    const own = row?.querySelector(`[data-row-key="${CSS.escape(event.key)}"]`);
    if (own) { event.preventDefault(); own.click(); return; }
    const does = {
      j: () => move(1),
      k: () => move(-1),
      o: () => row && location.assign(linkOf(row).href),
      x: () => row?.querySelector(".pick input")?.click(),
      Enter: () => { if (row && !event.target.closest("a, button, summary")) linkOf(row).click(); else return true; },
    }[event.key];
    if (does && !does()) event.preventDefault();
  });

  document.addEventListener("click", (event) => {
    const row = event.target.closest("#main [data-list] tbody > tr");
    if (!row || event.target.closest("a, button, input, select, label, summary, details, [data-cell]") || String(getSelection())) return;
    const link = linkOf(row);
    if (!link) return;
    if (event.ctrlKey || event.metaKey) window.open(link.href, "_blank", "noopener");
    else link.click();
  });

  // A menu of the list that would leave the window on the right opens to the left.
  document.addEventListener("toggle", (event) => {
    const box = event.target.matches?.(".views-more[open]") && event.target.querySelector(".box");
    if (!box) return;
    box.classList.remove("to-left");
    box.classList.toggle("to-left", box.getBoundingClientRect().right > innerWidth - 8);
  }, true);

  // The order of the columns: moved in place; without scripts each move is a form of its own.
  document.addEventListener("click", (event) => {
    const button = event.target.closest(".columns-list [data-move]");
    if (!button) return;
    event.preventDefault();
    const item = button.closest("li");
    const other = button.dataset.move < 0 ? item.previousElementSibling : item.nextElementSibling;
    if (!other?.querySelector("[data-move]")) return;
    if (button.dataset.move < 0) other.before(item); else other.after(item);
    button.focus();
  });

  // A value that is changed where it stands; without scripts its link leads to the page of the form. Leaving it asks
  // nobody: what stood there comes back, whoever may do what by now.
  const asked = new WeakMap();
  document.addEventListener("click", (event) => {
    const cell = event.target.closest("[data-cell] [data-leave]")?.closest("td");
    if (!cell || !asked.has(cell)) return;
    event.preventDefault();
    cell.innerHTML = asked.get(cell);
    cell.querySelector(".in-place").focus();
  });
  document.addEventListener("ticket-changed", (event) => fleet.toast(event.detail.words));
  document.addEventListener("click", (event) => {
    const link = event.target.closest(".sheet .in-place");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const cell = link.closest("td");
    asked.set(cell, cell.innerHTML);
    cell.dataset.asking = "";
    htmx.ajax("GET", link.getAttribute("href"), { target: cell, swap: "innerHTML" }).finally(() => delete cell.dataset.asking);
  });

  // A cell that is edited: its field has the focus, Escape leaves it as it was, and the focus goes back to what it was opened by.
  document.addEventListener("htmx:afterSettle", (event) => {
    if (!event.target.matches?.(".sheet td")) return;
    event.target.querySelector("[data-cell] :is(:checked, input:not([type=hidden], [type=radio]), select, textarea, button), .fact-edit, .in-place")?.focus();
  });
  document.addEventListener("keydown", (event) => {
    const form = event.key === "Escape" && event.target.closest?.("[data-cell]");
    if (form) { event.preventDefault(); form.querySelector("[data-leave]").click(); }
  });

  // Selection.
  let last = null;
  const picks = () => [...document.querySelectorAll(".sheet .pick input[name=pk]")];
  document.addEventListener("click", (event) => {
    const box = event.target.closest(".sheet .pick input");
    if (!box) return;
    if (box.matches("[data-all]")) picks().forEach((one) => { one.checked = box.checked; });
    else if (event.shiftKey && last?.isConnected) {
      const all = picks();
      const [from, to] = [all.indexOf(last), all.indexOf(box)].sort((a, b) => a - b);
      all.slice(from, to + 1).forEach((one) => { one.checked = box.checked; });
    }
    if (!box.matches("[data-all]")) last = box;
    everything(false);
    count();
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-none]")) { picks().forEach((one) => { one.checked = false; }); everything(false); count(); }
    if (event.target.closest("[data-matching]")) { everything(true); count(); }
  });
  function everything(on) { const field = document.querySelector("#bulk [name=all]"); if (field) field.value = on ? "true" : ""; }
  function count() {
    const bar = document.getElementById("bulk");
    if (!bar) return;
    const all = picks();
    const chosen = all.filter((one) => one.checked).length;
    const matching = bar.querySelector("[data-matching]");
    const whole = bar.elements.all.value === "true";
    bar.classList.toggle("is-on", chosen > 0);
    bar.querySelector("[data-count]").textContent = whole ? matching.textContent.replace("Select all", "All").replace("that match", "selected") : `${chosen} selected`;
    matching.hidden = whole || chosen < all.length || !document.querySelector(".pager [rel]");
    const head = document.querySelector("[data-all]");
    if (head) { head.checked = chosen > 0 && chosen === all.length; head.indeterminate = chosen > 0 && chosen < all.length; }
  }
  addEventListener("pageshow", count);
  document.addEventListener("htmx:afterSettle", count);
})();
