// Forms: sending by keyboard, busy buttons, warning before changes are lost, drafts kept by the server.
"use strict";
(() => {
  const changed = new Set();
  const snapshot = (form) => new URLSearchParams([...new FormData(form)].filter(([name, value]) => typeof value === "string" && name !== "csrfmiddlewaretoken")).toString();
  const first = new WeakMap();
  const watch = (root) => root.querySelectorAll?.("form[data-warn]").forEach((form) => { if (!first.has(form)) first.set(form, snapshot(form)); });

  document.addEventListener("input", (event) => {
    const form = event.target.form;
    if (form && first.has(form)) changed[snapshot(form) === first.get(form) ? "delete" : "add"](form);
    if (event.target.dataset.draftUrl) later(event.target);
  });
  addEventListener("beforeunload", (event) => { for (const form of changed) if (form.isConnected) { event.preventDefault(); return; } });

  document.addEventListener("change", (event) => { if (event.target.matches("[data-submit]")) event.target.form.requestSubmit(); });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    const form = event.target.closest?.("form[data-send]");
    if (!form) return;
    event.preventDefault();
    form.requestSubmit(form.querySelector("[data-send-button]") ?? undefined);
  });

  // Busy: buttons say so and cannot be pressed twice; coming back with Back makes them live again.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    changed.delete(form);
    // What is being sent is no draft any more: saved after it was sent, it would come back.
    form.querySelectorAll("[data-draft-url]").forEach((field) => clearTimeout(waiting.get(field)));
    if (event.defaultPrevented && !form.matches("[hx-post], [data-hx-post]")) return;
    if (form.dataset.busy) setTimeout(() => busy(form, event.submitter), 0);
  });
  function busy(form, pressed) {
    const buttons = [...form.elements].filter((element) => element.type === "submit");
    const main = pressed ?? buttons[0];
    if (main && !main.dataset.words) { main.dataset.words = main.innerHTML; main.textContent = form.dataset.busy; main.setAttribute("aria-busy", "true"); }
    buttons.forEach((button) => { button.disabled = true; });
  }
  function idle(form) {
    [...form.elements].filter((element) => element.type === "submit").forEach((button) => {
      button.disabled = false;
      button.removeAttribute("aria-busy");
      if (button.dataset.words) { button.innerHTML = button.dataset.words; delete button.dataset.words; }
    });
  }
  addEventListener("pageshow", () => document.querySelectorAll("form[data-busy]").forEach(idle));
  document.addEventListener("htmx:afterRequest", (event) => { const form = event.target.closest?.("form[data-busy]"); if (form) idle(form); });

  // Drafts.
  const waiting = new WeakMap();
  function later(field) {
    clearTimeout(waiting.get(field));
    waiting.set(field, setTimeout(() => save(field), 800));
  }
  async function save(field) {
    const note = field.form?.querySelector("[data-draft-note]");
    const body = new URLSearchParams({ text: field.value, csrfmiddlewaretoken: fleet.token() });
    let kept = false;
    try { kept = (await fetch(field.dataset.draftUrl, { method: "POST", body, keepalive: field.value.length < 60000, headers: { "X-CSRFToken": fleet.token() } })).ok; } catch { kept = false; }
    if (note) note.textContent = kept ? "Draft saved" : "Draft not saved, it is only on this page";
    if (kept && field.form) { changed.delete(field.form); first.has(field.form) && first.set(field.form, snapshot(field.form)); }
  }

  // After a refusal the summary is read out first.
  const summary = (root) => root.querySelector?.("[data-errors]")?.focus();
  document.addEventListener("htmx:load", (event) => { watch(event.target); summary(event.target); });
  watch(document);
  summary(document);
})();
