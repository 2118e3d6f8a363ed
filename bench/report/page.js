"use strict";
// Charts take their colours from the page, so that light, dark and print agree.
const charts = JSON.parse(document.getElementById("figures").textContent);
const dark = matchMedia("(prefers-color-scheme: dark)");

function themed(layout) {
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue(name).trim();
  const axis = { gridcolor: colour("--line"), zerolinecolor: colour("--line"), automargin: true };
  const found = { ...layout, paper_bgcolor: "transparent", plot_bgcolor: "transparent",
    font: { color: colour("--ink"), family: "system-ui, sans-serif", size: 13 },
    margin: { l: 10, r: 10, t: 10, b: 10 } };
  for (const name of Object.keys(layout).filter((key) => /^[xy]axis/.test(key))) {
    found[name] = { ...axis, ...layout[name] };
  }
  return found;
}

function draw() {
  charts.forEach((chart, number) => {
    Plotly.react(`chart-${number}`, chart.data, themed(chart.layout),
      { responsive: true, displayModeBar: false });
  });
}

draw();
dark.addEventListener("change", draw);
addEventListener("beforeprint", () => charts.forEach((_, n) => Plotly.Plots.resize(`chart-${n}`)));

function sort(button) {
  const head = button.closest("th"), table = button.closest("table");
  const column = head.cellIndex, body = table.tBodies[0];
  const up = head.getAttribute("aria-sort") !== "ascending";
  table.querySelectorAll("th").forEach((other) => other.removeAttribute("aria-sort"));
  head.setAttribute("aria-sort", up ? "ascending" : "descending");
  const key = (row) => row.cells[column].dataset.value ?? row.cells[column].textContent;
  const compare = (a, b) => {
    const [left, right] = [key(a), key(b)];
    if (left === "" || right === "") return (left === "") - (right === "");
    const both = Number(left) - Number(right);
    return (up ? 1 : -1) * (Number.isNaN(both) ? left.localeCompare(right) : both);
  };
  [...body.rows].sort(compare).forEach((row) => body.append(row));
}

for (const button of document.querySelectorAll("th button")) {
  button.addEventListener("click", () => sort(button));
}
for (const input of document.querySelectorAll("input[data-table]")) {
  input.addEventListener("input", () => {
    const wanted = input.value.toLowerCase();
    const { rows } = document.getElementById(input.dataset.table).tBodies[0];
    for (const row of rows) row.hidden = !row.textContent.toLowerCase().includes(wanted);
    const shown = [...rows].filter((row) => !row.hidden).length;
    input.closest("label").nextElementSibling.value = wanted && `${shown} of ${rows.length} shown`;
  });
}
