"use strict";
(() => {
  const root = document.documentElement;
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const make = (name, properties) => Object.assign(document.createElement(name), properties);

  // Light and dark: what the system says, until the button is pressed.
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => root.dataset.mode ? root.dataset.mode === "dark" : dark.matches;
  const button = document.getElementById("mode");
  const changed = () => {
    button.textContent = isDark() ? "Light" : "Dark";
    charts.forEach(draw);
  };
  button.hidden = false;
  button.addEventListener("click", () => {
    root.dataset.mode = isDark() ? "light" : "dark";
    changed();
  });
  dark.addEventListener("change", changed);

  // Tables sort by their headings: numbers by what they are, texts by the alphabet, what is absent last.
  const value = (row, at) => {
    const cell = row.cells[at];
    return "v" in cell.dataset ? Number(cell.dataset.v) : cell.textContent;
  };
  const compare = (one, other) => {
    if (typeof one === "number" && typeof other === "number") return one - other;
    if (typeof one === typeof other) return one.localeCompare(other, "en", { numeric: true });
    return typeof one === "number" ? -1 : 1;
  };
  const sort = (table, at) => {
    const heads = [...table.tHead.rows[0].cells];
    const head = heads[at];
    const isNumber = head.classList.contains("n");
    const before = head.getAttribute("aria-sort");
    const falls = before ? before === "ascending" : isNumber;
    heads.forEach((other) => other.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", falls ? "descending" : "ascending");
    const absent = (row) => isNumber && !("v" in row.cells[at].dataset);
    const rows = [...table.tBodies[0].rows].sort((one, other) =>
      absent(one) - absent(other) ||
      (falls ? -1 : 1) * compare(value(one, at), value(other, at)));
    table.tBodies[0].append(...rows);
  };
  const sortable = (table) => [...table.tHead.rows[0].cells].forEach((head, at) => {
    const button = make("button", { type: "button" });
    button.append(...head.childNodes);
    button.addEventListener("click", () => sort(table, at));
    head.append(button);
  });

  // Long tables filter by any of their texts.
  const filterable = (table) => {
    const rows = [...table.tBodies[0].rows];
    const input = make("input", { type: "search", placeholder: "Filter" });
    const count = make("span", {});
    count.setAttribute("role", "status");
    input.setAttribute("aria-label", "Filter " + table.caption.textContent);
    input.addEventListener("input", () => {
      const wanted = input.value.toLowerCase();
      const fits = (row) => row.textContent.toLowerCase().includes(wanted);
      rows.forEach((row) => { row.hidden = !fits(row); });
      const left = rows.filter((row) => !row.hidden).length;
      count.textContent = wanted ? `${left} of ${rows.length} rows` : "";
    });
    const line = make("div", { className: "filter" });
    line.append(input, count);
    table.closest(".scroll").before(line);
  };
  all("table.data").forEach((table) => {
    const rows = table.tBodies[0].rows.length;
    if (rows > 1) sortable(table);
    if (rows > 7) filterable(table);
  });

  // Charts: a drawing is replaced by one that can be asked, if the library is here. Its colours are those of the mode.
  const palette = document.getElementById("colours");
  const colours = palette ? JSON.parse(palette.textContent) : {};
  const coloured = (value, isColour) => {
    if (typeof value === "string") return isColour && isDark() ? colours[value] || value : value;
    if (Array.isArray(value)) return value.map((part) => coloured(part, isColour));
    if (!value || typeof value !== "object") return value;
    const parts = Object.entries(value);
    return Object.fromEntries(parts.map(([key, part]) =>
      [key, coloured(part, isColour || /colou?r(scale)?$/.test(key))]));
  };
  const charts = palette ? all("figure > script").map((script) => {
    const drawing = script.parentElement.querySelector(".drawing");
    const plot = make("div", { className: "plot" });
    drawing.after(plot);
    return { drawing, plot, data: JSON.parse(script.textContent) };
  }) : [];
  const draw = ({ drawing, plot, data }) => {
    if (!plot.isConnected) return;
    const { data: traces, layout, config } = coloured(data, false);
    // Who has looked closer still does in the other mode.
    layout.uirevision = "kept";
    // Squares with names above them need so much; on a narrow screen they are moved.
    const squares = traces.find(({ type }) => type === "heatmap");
    const least = squares ? 240 + 24 * squares.x.length : 0;
    // Titles keep off the names that they are of; the library's crate has no word for it.
    if (squares) [layout.xaxis, layout.yaxis].forEach(({ title }) => { title.standoff = 10; });
    if (plot.clientWidth < least) {
      layout.width = least;
      plot.tabIndex = 0;
      plot.setAttribute("role", "region");
      plot.setAttribute("aria-label", drawing.getAttribute("aria-label"));
    }
    Plotly.react(plot, traces, layout, config).then(() => drawing.classList.add("drawn"));
  };
  // One after the other, so that the page answers meanwhile.
  const next = (at) => {
    if (at >= charts.length) return;
    draw(charts[at]);
    setTimeout(next, 0, at + 1);
  };
  button.textContent = isDark() ? "Light" : "Dark";
  next(0);
})();
