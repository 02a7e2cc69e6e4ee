"use strict";
// Makes the drawings of the page readable by pointer: values, zoom, legend, sorting. The page works without it.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const SVG = "http://www.w3.org/2000/svg";
  const tip = document.getElementById("tip");
  const reset = document.getElementById("reset");
  const views = [];

  const element = (name, attributes, parent) => {
    const made = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    if (parent) parent.append(made);
    return made;
  };

  // Words for values: the same three digits as in the tables.
  const digits = (v) => v.toFixed(Math.abs(v) >= 99.95 ? 0 : Math.abs(v) >= 9.995 ? 1 : 2);
  const count = (v) => Math.round(v).toString().replace(/\B(?=(\d{3})+$)/g, ",");
  const ns = (v) =>
    v < 1e3 ? `${v} ns` : v < 999500 ? `${digits(v / 1e3)} µs` : v < 999.5e6 ? `${digits(v / 1e6)} ms` : `${digits(v / 1e9)} s`;
  const seconds = (v) => {
    if (v < 60) return `${+v.toFixed(1)} s`;
    const [h, m, s] = [Math.floor(v / 3600), Math.floor(v / 60) % 60, Math.floor(v % 60)];
    return h ? `${h} h ${m} min ${s} s` : `${m} min ${s} s`;
  };
  const quantile = (nines) => {
    const share = 100 * (1 - 10 ** -nines);
    return `${share.toFixed(Math.max(0, Math.ceil(nines) + (share < 90 ? 0 : -1)))} %`;
  };
  const words = {
    ns,
    rate: (v) => (v >= 1000 ? `${count(v)}/s` : `${digits(v)}/s`),
    count,
    session: (v) => `session ${Math.round(v)}`,
    cores: (v) => `${digits(v)} cores`,
    bytes: (v) => (v < 1048576 ? `${digits(v / 1024)} KiB` : `${digits(v / 1048576)} MiB`),
    percent: (v) => `${(100 * v).toFixed(Math.abs(v) < 0.0995 ? 2 : 1)} %`,
    seconds,
    nines: quantile,
  };

  // Ticks for a zoomed axis: time gets new ones, quantiles keep theirs.
  const ticksOf = (axis, from, to) => {
    if (axis.unit !== "seconds") return axis.ticks.filter(([at]) => at >= from && at <= to);
    const steps = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400, 43200, 86400];
    const step = steps.find((s) => (to - from) / s <= 7) || 86400;
    const ticks = [];
    for (let i = Math.ceil(from / step); i * step <= to; i++) ticks.push([i * step, label(i * step, step)]);
    return ticks;
  };
  const label = (at, step) => {
    if (at < 60 || step < 1) return `${+at.toFixed(1)} s`;
    const [h, m, s] = [Math.floor(at / 3600), Math.floor(at / 60) % 60, Math.round(at % 60)];
    const two = (v) => String(v).padStart(2, "0");
    return h ? `${h}:${two(m)}:${two(s)}` : s ? `${m}:${two(s)}` : `${m} min`;
  };

  const drawZoom = (view) => {
    const [left, top, width, height] = view.plot;
    const { from, to, axis, svg } = view;
    const scale = (axis.max - axis.min) / (to - from);
    const shift = left - scale * (left + ((from - axis.min) / (axis.max - axis.min)) * width);
    for (const group of svg.querySelectorAll(".zoom")) group.setAttribute("transform", `matrix(${scale} 0 0 1 ${shift} 0)`);
    const ticks = svg.querySelector(".ticks");
    if (from === axis.min && to === axis.max) return ticks.replaceChildren(...view.ticks);
    ticks.replaceChildren();
    ticksOf(axis, from, to).forEach(([at, text], index) => {
      const x = left + ((at - from) / (to - from)) * width;
      element("path", { class: "tick", d: `M${x} ${top + height}v5` }, ticks);
      const second = index % 2 ? "second" : "";
      element("text", { class: second, x, y: top + height + 19, "text-anchor": "middle" }, ticks).textContent = text;
    });
  };

  // Charts over time zoom together.
  const zoom = (view, from, to) => {
    for (const other of views) {
      const together = view.axis.unit === "seconds" && other.axis.unit === "seconds";
      if (other !== view && !together) continue;
      other.from = Math.max(from, other.axis.min);
      other.to = Math.min(to, other.axis.max);
      drawZoom(other);
    }
    if (reset) reset.hidden = views.every((v) => v.from === v.axis.min && v.to === v.axis.max);
  };

  const place = (view, event) => {
    const box = view.svg.getBoundingClientRect();
    const [, , boxWidth, boxHeight] = view.svg.getAttribute("viewBox").split(" ").map(Number);
    const [left, top, width, height] = view.plot;
    const x = ((event.clientX - box.left) / box.width) * boxWidth;
    const y = ((event.clientY - box.top) / box.height) * boxHeight;
    const share = Math.min(1, Math.max(0, (x - left) / width));
    return { x: left + share * width, value: view.from + share * (view.to - view.from), up: 1 - (y - top) / height };
  };

  const show = (event, title, rows) => {
    tip.replaceChildren(Object.assign(document.createElement("b"), { textContent: title }));
    for (const { name, text, colour } of rows) {
      const row = document.createElement("div");
      if (colour) row.className = colour;
      row.append(Object.assign(document.createElement("span"), { textContent: name }), text);
      tip.append(row);
    }
    tip.hidden = false;
    const { offsetWidth: w, offsetHeight: h } = tip;
    const x = event.clientX + 16 + w > innerWidth ? event.clientX - 16 - w : event.clientX + 16;
    tip.style.left = `${Math.max(4, x)}px`;
    tip.style.top = `${Math.min(Math.max(4, event.clientY - h / 2), innerHeight - h - 4)}px`;
  };

  const nearest = (places, value) => {
    let [low, high] = [0, places.length - 1];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (places[middle] < value) low = middle;
      else high = middle;
    }
    return Math.abs(places[low] - value) <= Math.abs(places[high] - value) ? low : high;
  };

  // A line chart: one row per visible series at the nearest place.
  const readChart = (chart, places) => (view, event, at) => {
    const index = nearest(places, at.value);
    const groups = [...view.svg.querySelectorAll(".series")];
    const rows = chart.series.flatMap((series, i) => {
      if (groups[i].classList.contains("off")) return [];
      const value = series.values[index];
      if (value == null && groups[i].classList.contains("dots")) return [];
      const colour = groups[i].classList[1];
      return [{ name: series.name, colour, text: value == null ? "–" : words[chart.y_unit](value) }];
    });
    const [left, , width] = view.plot;
    const share = (places[index] - view.from) / (view.to - view.from);
    show(event, words[chart.x.unit](places[index]), rows);
    return left + Math.min(1, Math.max(0, share)) * width;
  };

  // The heat map: the count of the cell under the pointer.
  const readHeatMap = (map) => (view, event, at) => {
    let column = map.spans.findIndex(([from, to]) => at.value >= from && at.value <= to);
    if (column < 0) column = map.spans.length - 1;
    const row = Math.min(map.rows - 1, Math.max(0, Math.floor(at.up * map.rows)));
    const [first, ...counts] = map.cells[column];
    const edge = (r) => map.y[0] * (map.y[1] / map.y[0]) ** (r / map.rows);
    const [from, to] = map.spans[column];
    const rows = [{ name: `${ns(Math.round(edge(row)))} to ${ns(Math.round(edge(row + 1)))}`, text: count(counts[row - first] || 0) }];
    show(event, `${seconds(from)} to ${seconds(to)}`, rows);
    return at.x;
  };

  const attach = (id, plot, axis, read) => {
    const svg = document.querySelector(`svg[data-chart="${id}"]`);
    if (!svg) return;
    const view = { svg, plot, axis, from: axis.min, to: axis.max, ticks: [...svg.querySelector(".ticks").childNodes] };
    views.push(view);
    svg.classList.add("live");
    const [, top, , height] = plot;
    const cursor = element("path", { class: "cursor off" }, svg);
    const brush = element("rect", { class: "brush off", y: top, height }, svg);
    let start = null;
    svg.addEventListener("pointermove", (event) => {
      const at = place(view, event);
      const x = read(view, event, at);
      cursor.setAttribute("d", `M${x} ${top}v${height}`);
      cursor.classList.remove("off");
      if (!start) return;
      brush.classList.remove("off");
      brush.setAttribute("x", Math.min(start.x, at.x));
      brush.setAttribute("width", Math.abs(start.x - at.x));
    });
    svg.addEventListener("pointerdown", (event) => {
      if (event.pointerType === "touch" || event.button !== 0) return;
      start = place(view, event);
      svg.setPointerCapture(event.pointerId);
    });
    svg.addEventListener("pointerup", (event) => {
      const end = place(view, event);
      brush.classList.add("off");
      if (start && Math.abs(end.x - start.x) > 8) zoom(view, Math.min(start.value, end.value), Math.max(start.value, end.value));
      start = null;
    });
    const leave = () => {
      start = null;
      tip.hidden = true;
      brush.classList.add("off");
      cursor.classList.add("off");
    };
    svg.addEventListener("pointerleave", leave);
    svg.addEventListener("pointercancel", leave);
    svg.addEventListener("dblclick", () => zoom(view, axis.min, axis.max));
  };

  for (const chart of data.charts) attach(chart.id, chart.plot, chart.x, readChart(chart, chart.places || data.times));
  if (data.heat_map) {
    const map = data.heat_map;
    attach(map.id, map.plot, { min: map.x[0], max: map.x[1], unit: "seconds" }, readHeatMap(map));
  }
  const hint = document.querySelector(".hint");
  if (hint) hint.hidden = false;
  if (reset) reset.addEventListener("click", () => views.forEach((view) => zoom(view, view.axis.min, view.axis.max)));

  for (const key of document.querySelectorAll("button.key")) {
    key.addEventListener("click", () => {
      const { chart, series } = key.dataset;
      const group = document.querySelector(`svg[data-chart="${chart}"] .series[data-series="${series}"]`);
      key.setAttribute("aria-pressed", String(!group.classList.toggle("off")));
    });
  }

  // Sorting: numbers by their raw value, words by the alphabet; the row of the whole run stays on top.
  for (const table of document.querySelectorAll("table.sortable")) {
    const body = table.tBodies[0];
    const heads = [...table.tHead.rows[table.tHead.rows.length - 1].cells];
    const sort = (head, column) => {
      const down = head.getAttribute("aria-sort") !== "descending";
      for (const other of heads) other.setAttribute("aria-sort", "none");
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const key = (row) => row.cells[column].dataset.v ?? row.cells[column].textContent;
      const order = (a, b) => (isNaN(key(a)) ? String(key(b)).localeCompare(key(a)) : key(b) - key(a));
      const rows = [...body.rows].filter((row) => !row.classList.contains("whole"));
      body.append(...rows.sort((a, b) => (down ? order(a, b) : order(b, a))));
    };
    heads.forEach((head, column) => {
      head.setAttribute("aria-sort", "none");
      head.tabIndex = 0;
      head.addEventListener("click", () => sort(head, column));
      head.addEventListener("keydown", (event) => {
        if (event.key === "Enter") sort(head, column);
      });
    });
  }

  const copy = document.getElementById("copy");
  if (copy) {
    copy.hidden = false;
    copy.addEventListener("click", () => {
      const command = document.getElementById("command");
      const said = (text) => {
        copy.textContent = text;
        setTimeout(() => (copy.textContent = "Copy"), 1500);
      };
      const select = () => {
        getSelection().selectAllChildren(command);
        said("Selected");
      };
      if (!navigator.clipboard) return select();
      navigator.clipboard.writeText(command.textContent).then(() => said("Copied"), select);
    });
  }

  const theme = document.getElementById("theme");
  const root = document.documentElement;
  const isDark = () => (root.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  const name = () => (theme.textContent = isDark() ? "Light" : "Dark");
  theme.hidden = false;
  theme.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    name();
  });
  name();
})();
