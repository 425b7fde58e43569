// Dragging a card is the same as choosing from its menu: it presses what the menu has for that column.
"use strict";
(() => {
  let card = null;
  const entry = (column) => column && card?.querySelector(`[data-to="${CSS.escape(column.dataset.stage)}"]`);
  const columnOf = (event) => event.target.closest?.("[data-board] [data-stage]");
  const clear = () => document.querySelectorAll("[data-stage].is-target").forEach((one) => one.classList.remove("is-target"));

  document.addEventListener("dragstart", (event) => {
    card = event.target.closest?.("[data-card]");
    if (!card) return;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", card.textContent.trim());
    card.classList.add("is-dragged");
  });
  document.addEventListener("dragover", (event) => {
    const column = columnOf(event);
    clear();
    if (!entry(column)) return;
    event.preventDefault();
    column.classList.add("is-target");
  });
  document.addEventListener("drop", (event) => {
    const choice = entry(columnOf(event));
    if (!choice) return;
    event.preventDefault();
    choice.click();
  });
  document.addEventListener("dragend", () => { clear(); card?.classList.remove("is-dragged"); card = null; });
})();
