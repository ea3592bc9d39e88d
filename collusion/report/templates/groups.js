// The table of groups of the first page: sort by a column, find groups by their text or by an id. Without this script the whole table is shown.
(() => {
  const table = document.getElementById("list");
  if (!table) return;
  const rows = [...table.tBodies[0].rows];
  const make = (tag, attributes, ...children) => {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    node.append(...children); // text is appended as text nodes
    return node;
  };

  // Find.
  const texts = rows.map((row) => `${row.innerText}\n${row.dataset.ids || ""}`.toLowerCase());
  const search = make("input", { type: "search", autocomplete: "off", spellcheck: "false" });
  const count = make("span", { role: "status", class: "soft" });
  const show = () => {
    const wanted = search.value.trim().toLowerCase();
    rows.forEach((row, k) => { row.hidden = !texts[k].includes(wanted); });
    // The choice of a status is made by the style sheet, so that it works without this script.
    const n = rows.filter((row) => getComputedStyle(row).display !== "none").length;
    count.textContent = `${n.toLocaleString("en")} of ${rows.length.toLocaleString("en")} groups shown`;
  };
  search.addEventListener("input", show);
  document.querySelectorAll(".show").forEach((choice) => choice.addEventListener("change", show));
  table.parentElement.before(make("p", { class: "find" }, make("label", {}, "Search (status, signal, reviewer or product id) ", search), " ", count, ` ${table.dataset.note || ""}`));
  show();

  // Sort.
  const heads = [...table.tHead.rows[0].cells];
  const value = (row, k) => {
    const text = row.cells[k].dataset.key ?? row.cells[k].innerText.trim();
    const number = Number(text.replaceAll(",", ""));
    return text === "" || Number.isNaN(number) ? text : number;
  };
  const compare = (a, b) => (typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), "en", { numeric: true }));
  const sort = (k) => {
    const up = heads[k].getAttribute("aria-sort") !== "ascending";
    heads.forEach((head) => head.removeAttribute("aria-sort"));
    heads[k].setAttribute("aria-sort", up ? "ascending" : "descending");
    const keyed = rows.map((row) => [value(row, k), row]);
    // What has no value comes last either way; equal ones stay in the order of their ranks.
    keyed.sort(([a], [b]) => (a === "") - (b === "") || (up ? compare(a, b) : compare(b, a)));
    table.tBodies[0].append(...keyed.map(([, row]) => row));
  };
  heads.forEach((head, k) => {
    const button = make("button", { type: "button" }, ...head.childNodes);
    button.addEventListener("click", () => sort(k));
    head.replaceChildren(button);
  });
  heads[0].setAttribute("aria-sort", "ascending");
})();
