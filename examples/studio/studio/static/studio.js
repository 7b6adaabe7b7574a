// Sorts, finds and sums up within the page, where the whole listing is in it.
"use strict";

const table = document.querySelector("table[data-complete]");
const tools = document.querySelector("[data-tools]");

function text(row, column) {
  return row.cells[column].textContent.trim();
}

function sort(heading) {
  const body = table.tBodies[0];
  const column = heading.cellIndex;
  const isNumber = body.rows[0].cells[column].className === "number";
  const isUp = heading.getAttribute("aria-sort") !== "ascending";
  const rows = Array.from(body.rows).sort((one, other) => {
    const [a, b] = [text(one, column), text(other, column)];
    return (isNumber ? a - b : a.localeCompare(b)) * (isUp ? 1 : -1);
  });
  table.querySelectorAll("[aria-sort]").forEach((each) => each.removeAttribute("aria-sort"));
  heading.setAttribute("aria-sort", isUp ? "ascending" : "descending");
  body.append(...rows);
}

function find(wanted) {
  document.querySelectorAll("tbody tr").forEach((row) => {
    row.hidden = !row.textContent.toLowerCase().includes(wanted.toLowerCase());
  });
}

async function sumUp(button, told) {
  const answer = await fetch(button.dataset.summary);
  if (!answer.ok) {
    told.textContent = "That could not be summed up.";
    return;
  }
  const {count, min, max, average} = await answer.json();
  told.textContent = count ? `${min} to ${max}, on average ${average}` : "There are no records.";
}

if (table) {
  table.addEventListener("click", (event) => {
    if (!event.target.matches("[data-sort]")) return;
    event.preventDefault();
    sort(event.target.closest("th"));
  });
}
if (tools) {
  tools.hidden = false;
  tools.querySelector("[data-find]").addEventListener("input", (event) => find(event.target.value));
  tools.querySelectorAll("[data-summary]").forEach((button) => {
    button.addEventListener("click", () => sumUp(button, tools.querySelector("[data-told]")));
  });
}
