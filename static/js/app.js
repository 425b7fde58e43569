// Toasts, menus, copying, confirmation, and how htmx behaves here. Other scripts use `fleet`.
"use strict";
window.fleet = {
  typing: (element) => element?.closest?.("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable=true], [data-cell]") != null,
  token: () => JSON.parse(document.body.getAttribute("hx-headers") || "{}")["X-CSRFToken"],
  visible: (element) => element.checkVisibility?.({ visibilityProperty: true }) ?? element.offsetParent !== null,
  toast(words, kind = "success") {
    const made = document.getElementById("toast-template").content.firstElementChild.cloneNode(true);
    made.classList.add(`toast-${kind}`);
    made.querySelector("p").textContent = words;
    if (kind === "error") made.setAttribute("role", "alert");
    document.getElementById("toasts").append(made);
  },
};

(() => {
  // Toasts leave after a while, one with Undo after ten seconds, an error only when it is closed.
  const timed = new WeakSet();
  const time = () => document.querySelectorAll(".toast").forEach((toast) => {
    if (timed.has(toast) || toast.classList.contains("toast-error")) return;
    timed.add(toast);
    let left = setTimeout(() => toast.remove(), toast.querySelector("form") ? 10000 : 6000);
    toast.addEventListener("pointerenter", () => clearTimeout(left));
    toast.addEventListener("focusin", () => clearTimeout(left));
    toast.addEventListener("pointerleave", () => { left = setTimeout(() => toast.remove(), 3000); });
  });
  const region = document.getElementById("toasts");
  if (region) { new MutationObserver(time).observe(region, { childList: true }); time(); }

  // Confirmation, for what cannot be undone.
  let asked = null;
  const confirmFirst = (event, element) => {
    if (element.dataset.agreed) { delete element.dataset.agreed; return false; }
    event.preventDefault();
    event.stopImmediatePropagation();
    asked = element;
    const dialog = document.getElementById("confirm");
    dialog.querySelector("p").textContent = element.dataset.confirm;
    dialog.querySelector("[data-confirmed]").textContent = element.textContent.trim() || "Yes, go on";
    dialog.showModal();
    return true;
  };

  document.addEventListener("click", (event) => {
    const on = (selector) => event.target.closest(selector);
    const guarded = on("[data-confirm]");
    if (guarded && confirmFirst(event, guarded)) return;
    if (on("[data-confirmed]")) {
      document.getElementById("confirm").close();
      asked.dataset.agreed = "yes";
      asked.click();
    }
    if (on("[data-close-toast]")) on(".toast").remove();
    if (on("[data-close-dialog]") || (event.target.matches("dialog") && outside(event))) on("dialog").close();
    if (on("[data-reason]")) fleet.toast(on("[data-reason]").title, "warning");
    const copier = on("[data-copy], [data-copy-text]");
    if (copier) copy(copier);
    const kinds = on("[data-filter-kind]");
    if (kinds) filter(kinds);
    document.querySelectorAll("details.menu[open]").forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
  }, true);

  function outside(event) {
    const box = event.target.getBoundingClientRect();
    return event.clientX < box.left || event.clientX > box.right || event.clientY < box.top || event.clientY > box.bottom;
  }

  async function copy(button) {
    const source = button.dataset.copy && document.querySelector(button.dataset.copy);
    const text = button.dataset.copyText ?? (source?.value ?? source?.innerText ?? "");
    const before = button.innerHTML;
    try { await navigator.clipboard.writeText(text); } catch { fallback(text); }
    button.textContent = "Copied";
    setTimeout(() => { button.innerHTML = before; }, 1500);
  }

  function fallback(text) {
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }

  function filter(button) {
    const wanted = button.dataset.filterKind.split(" ").filter(Boolean);
    button.parentElement.querySelectorAll("[data-filter-kind]").forEach((one) => one.setAttribute("aria-pressed", String(one === button)));
    document.querySelectorAll("[data-timeline] > [data-kind]").forEach((entry) => { entry.hidden = wanted.length > 0 && !wanted.includes(entry.dataset.kind); });
  }

  // A button that asks for a file (CSV) sends its form the plain way.
  addEventListener("submit", (event) => { if (event.submitter?.name === "format") event.stopImmediatePropagation(); }, true);

  // htmx: short addresses for filters, no polling in hidden tabs, failures said aloud.
  document.addEventListener("htmx:configRequest", (event) => {
    if (!event.target.matches("[data-filter]")) return;
    for (const [name, value] of [...event.detail.formData.entries()]) if (value === "") event.detail.formData.delete(name);
  });
  // A list stands still while rows of it are selected, one of its menus is open or a cell of it is edited.
  const engaged = () => document.querySelector("#bulk.is-on, #results details[open], #results :is([data-cell], [data-asking])");
  const stands = (poll) => poll?.dataset?.poll === "unselected" && engaged();
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.target.matches("[data-poll]") && (document.hidden || stands(event.target))) event.preventDefault();
  });
  document.addEventListener("htmx:beforeSwap", (event) => { if (stands(event.detail.requestConfig?.elt)) event.detail.shouldSwap = false; });
  const quiet = (event) => event.target.closest("[data-poll]");
  document.addEventListener("htmx:sendError", (event) => { if (!quiet(event)) fleet.toast("No answer from the server. What you typed is still here.", "error"); });
  document.addEventListener("htmx:responseError", (event) => {
    const answer = event.detail.xhr;
    if (answer.status === 401 || (answer.status === 403 && !quiet(event))) { fleet.toast("This is not yours to do, or you are signed out. Reload the page.", "error"); return; }
    const words = { 404: "That record is gone, or not one you may see.", 413: "That is too large.", 503: "The database does not answer. Try again in a moment." };
    if (!quiet(event)) fleet.toast(`${words[answer.status] || "Something went wrong on our side."} Request ${answer.getResponseHeader("X-Request-Id") || "unknown"}.`, "error");
  });
  // A session that has ended answers with the sign-in page: go there instead of showing it inside a part of the page.
  document.addEventListener("htmx:beforeSwap", (event) => { if (new URL(event.detail.xhr.responseURL || location.href).pathname.startsWith("/me/login")) { event.detail.shouldSwap = false; location.reload(); } });
})();
