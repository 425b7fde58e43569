// The side panel: a row opens beside its list, the address keeps it, Back closes it, focus returns to the row.
"use strict";
(() => {
  const panel = () => document.getElementById("panel");
  const base = (address) => { const url = new URL(address, location.href); url.searchParams.delete("panel"); return url.pathname + url.search; };
  let shown = base(location.href);
  let from = null;
  let opening = 0;
  const addressOf = (link) => link.dataset.panel || link.getAttribute("href");

  async function open(url, { push = true, focus = true } = {}) {
    const turn = ++opening;
    await htmx.ajax("GET", url, { target: "#panel", swap: "innerHTML", headers: { "HX-Target": "panel" } });
    if (turn !== opening || !panel().childElementCount) return;
    if (push) remember(url);
    mark(url);
    panel().scrollTop = 0;
    if (focus) (panel().querySelector("[data-focus], [autofocus]") ?? panel().querySelector(".title"))?.focus({ preventScroll: true });
  }
  function remember(url) {
    const address = new URL(location.href);
    address.searchParams.set("panel", url);
    history.pushState({ panel: url }, "", address);
  }
  function close(push = true) {
    if (!panel()?.childElementCount) return;
    opening++;
    panel().replaceChildren();
    mark("");
    if (push) { const address = new URL(location.href); address.searchParams.delete("panel"); history.pushState({ panel: "" }, "", address); }
    (from?.isConnected ? from : document.querySelector(".is-at a"))?.focus({ preventScroll: true });
  }
  function mark(url) {
    document.querySelectorAll("[data-list] .is-open").forEach((row) => row.classList.remove("is-open"));
    if (!url) return;
    const link = [...document.querySelectorAll("[data-list] a[data-panel]")].find((one) => addressOf(one) === url);
    link?.closest("tr, li")?.classList.add("is-open");
  }

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-close-panel]")) { close(); return; }
    const link = event.target.closest("a[data-panel]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button || !panel() || link.closest("#panel")) return;
    if (matchMedia("(width < 860px)").matches) return;
    event.preventDefault();
    from = link;
    link.closest("tr, li")?.classList.add("is-at");
    open(addressOf(link));
  });
  document.addEventListener("fleet:peek", (event) => { from = event.target; open(addressOf(event.target), { focus: false }); });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented || document.querySelector("dialog[open], details.menu[open]")) return;
    if (fleet.typing(event.target)) event.target.blur();
    else close();
  });
  document.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && document.querySelector("details.menu[open]");
    if (menu) { menu.open = false; menu.querySelector("summary").focus(); }
  });

  addEventListener("popstate", (event) => {
    if (event.state?.htmx || !panel()) return;
    if (base(location.href) !== shown) { location.reload(); return; }
    const url = new URL(location.href).searchParams.get("panel") || "";
    if (url) open(url, { push: false });
    else close(false);
  });
  document.addEventListener("htmx:pushedIntoHistory", () => { shown = base(location.href); });
  document.addEventListener("htmx:load", () => mark(new URL(location.href).searchParams.get("panel") || ""));
  window.fleet.openPanel = open;
  window.fleet.closePanel = close;
})();
