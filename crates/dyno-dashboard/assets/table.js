// Tables of cells, drawn anew only when they say something else. Texts are set as texts, never as HTML: they are foreign.

const number = new Intl.NumberFormat("en", { maximumSignificantDigits: 4 });

/** A figure in words; a dash where nothing was measured. */
export const shown = (value, unit = "") => (value === null || value === undefined ? "–" : number.format(value) + unit);
export const plain = (text, kind = "") => ({ text: String(text ?? ""), kind });
export const figure = (value, unit) => ({ text: shown(value, unit), kind: "number" });
export const moment = (text) => ({ text: (text ?? "").slice(0, 19).replace("T", " "), kind: "" });
export const linked = (text, link) => ({ text, link, kind: "long" });

export function element(tag, text, className) {
  const made = document.createElement(tag);
  made.textContent = text;
  if (className) made.className = className;
  return made;
}

/** A cell is {text, kind} and maybe a link, or what to do with a button, or a choice with what hears of it. */
function cell({ text, link, kind, press, choice }, title) {
  const td = element("td", link || press || choice ? "" : text, kind);
  td.dataset.title = title;
  td.setAttribute("role", "cell");
  if (link) {
    const anchor = element("a", text);
    anchor.href = link;
    td.append(anchor);
  } else if (press) {
    const button = element("button", text);
    button.type = "button";
    button.addEventListener("click", () => press(button));
    td.append(button);
  } else if (choice) {
    const box = document.createElement("input");
    box.type = "checkbox";
    box.checked = choice.is;
    box.disabled = choice.cannot;
    box.setAttribute("aria-label", text);
    box.addEventListener("change", () => choice.heard(box.checked));
    td.append(box);
  }
  return td;
}

const drawn = new Map();

/** Puts a table into the place; `columns` are [title, row => cell], and `empty` is said without rows. */
export function table(place, columns, rows, empty) {
  const cells = rows.map((row) => columns.map(([, of]) => of(row)));
  // Whether a box is ticked is left out: the page shows that already.
  const said = JSON.stringify([columns.map(([title]) => title), cells, empty], (key, value) => (key === "is" ? undefined : value));
  // Who reads, selects or is about to press something is not disturbed.
  if (drawn.get(place) === said) return;
  drawn.set(place, said);
  const target = document.getElementById(place);
  if (rows.length === 0) {
    target.replaceChildren(element("p", empty, "empty"));
    return;
  }
  const made = document.createElement("table");
  made.setAttribute("role", "table");
  made.setAttribute("aria-labelledby", target.closest("section").getAttribute("aria-labelledby"));
  const head = made.createTHead().insertRow();
  columns.forEach(([title], index) => {
    const th = element("th", title, cells[0][index].kind === "number" ? "number" : "");
    th.scope = "col";
    head.append(th);
  });
  const body = made.createTBody();
  for (const row of cells) {
    const line = body.insertRow();
    // Rows are drawn as cards where there is little room, and stay rows for who listens to them.
    line.setAttribute("role", "row");
    line.append(...row.map((it, index) => cell(it, columns[index][0])));
  }
  target.replaceChildren(made);
}
