// The explorer of one ring: reviewers and products, their reviews over time, and the evidence that cites them.
//
// One ES module for a page of the report (`start`) and for notebooks (the default export, as anywidget asks). Ids and texts are written by
// the accused: they reach the page as text nodes and attributes of ours alone, never as markup. Nothing is drawn by chance: the same data
// gives the same picture.

const NS = "http://www.w3.org/2000/svg";
const SVG_NODES = 500; // above, or above so many lines, the picture is painted on a canvas
const SVG_LINES = 4000;
const LINES = 3000; // most lines between reviewers
const PAIRS = 3e6; // most co-reviews that are counted again while the brush moves
const LISTED = 100; // most names in the list
const ROWS = 200; // most reviews in the table
const CHUNK = 250; // lines a stroke: overlapping strokes add up, so that dense parts look dense
const LABEL = 24; // most characters of a name in the picture
const PAD = 22;
const NONE = -1;

// ---- data ----------------------------------------------------------------------------------------------------------------------------

/** Nodes (reviewers, then products), reviews as columns, and the signals that cite each review. */
export function read(data) {
  const { u, p: product, n_own: nOwn } = data;
  const nReviewers = data.reviewers.length;
  const nodes = [...data.reviewers, ...data.products].map((name, id) => {
    const isProduct = id >= nReviewers;
    const code = isProduct ? id - nReviewers : id;
    const inner = code < (isProduct ? data.n_targets : data.n_members);
    return { id, name, key: name.toLowerCase(), isProduct, code, inner, doubt: (inner && !isProduct && data.doubts[code]) || "", reviews: [], own: 0,
      total: (isProduct ? data.product_totals : data.reviewer_totals)[code] };
  });
  const p = product.map((code) => nReviewers + code);
  u.forEach((reviewer, i) => {
    for (const id of [reviewer, p[i]]) {
      nodes[id].reviews.push(i);
      nodes[id].own += i < nOwn;
    }
  });
  const cited = data.evidence.map((one) => {
    const mark = new Uint8Array(u.length);
    for (let k = 0; k < one.runs.length; k += 2) mark.fill(1, one.runs[k], one.runs[k] + one.runs[k + 1]);
    return mark;
  });
  const span = (end) => (data.t ? data.t.slice(0, end).filter((t) => t !== null) : []).reduce(([a, b], t) => [Math.min(a, t), Math.max(b, t)], [Infinity, -Infinity]);
  const [whole, own] = [span(u.length), span(nOwn)];
  // Days of all reviews, and of the ring's own: a campaign of a week would be one bar among the years of its neighbours.
  const spans = { whole, own: own[0] <= own[1] ? own : whole };
  return { data, nodes, nReviewers, u, p, nOwn, cited, spans, timed: whole[0] <= whole[1] };
}

const iso = (day) => new Date(day * 864e5).toISOString().slice(0, 10);
const count = (n, noun) => `${n.toLocaleString("en")} ${noun}${n === 1 ? "" : "s"}`;

function shorten(name, length) {
  const letters = [...name];
  const tail = (length - 1) >> 1;
  return letters.length <= length ? name : `${letters.slice(0, length - 1 - tail).join("")}…${letters.slice(letters.length - tail).join("")}`;
}

// ---- layouts -------------------------------------------------------------------------------------------------------------------------

/** Columns in which connected nodes are near each other: each column is sorted by the mean position of its neighbours, in several sweeps. */
export function bipartite(model, neighbours) {
  const { nodes, u, p, nOwn } = model;
  const column = (isProduct, inner) => nodes.filter((one) => one.isProduct === isProduct && one.inner === inner).map((one) => one.id);
  const [members, targets] = [column(false, true), column(true, true)];
  const place = new Float64Array(nodes.length);
  const settle = (ids) => ids.forEach((id, k) => { place[id] = (k + 0.5) / ids.length; });
  const sort = (ids, last) => {
    const mean = new Map(ids.map((id) => {
      const joined = nodes[id].reviews.filter((i) => i < last).map((i) => place[u[i] === id ? p[i] : u[i]]);
      return [id, joined.length ? joined.reduce((a, b) => a + b, 0) / joined.length : 1];
    }));
    ids.sort((a, b) => mean.get(a) - mean.get(b) || a - b);
    settle(ids);
  };
  settle(members);
  for (let sweep = 0; sweep < 12; sweep += 1) {
    sort(targets, nOwn);
    sort(members, nOwn);
  }
  const columns = neighbours ? [column(false, false), members, targets, column(true, false)] : [members, targets];
  if (neighbours) [columns[0], columns[3]].forEach((ids) => sort(ids, u.length));
  const x = new Float64Array(nodes.length);
  const where = new Int8Array(nodes.length).fill(NONE);
  columns.forEach((ids, k) => ids.forEach((id) => { x[id] = k / (columns.length - 1); where[id] = k; }));
  return { kind: "bipartite", x, y: place, column: where, columns, longest: Math.max(...columns.map((ids) => ids.length)) };
}

/** How many products each two reviewers share among the reviews shown; `crowded` products were left out to bound the work. */
export function shared(model, shown) {
  const n = model.nReviewers;
  const counts = new Uint16Array(n * n);
  const visits = model.nodes.slice(n).map((one) => [...new Set(one.reviews.filter((i) => shown[i]).map((i) => model.u[i]))]);
  visits.sort((a, b) => a.length - b.length);
  let work = 0;
  let crowded = 0;
  for (const who of visits) {
    work += (who.length * (who.length - 1)) / 2;
    if (work > PAIRS) {
      crowded += who.length > 1;
      continue;
    }
    for (let i = 0; i < who.length; i += 1) {
      for (let j = i + 1; j < who.length; j += 1) counts[Math.min(who[i], who[j]) * n + Math.max(who[i], who[j])] += 1;
    }
  }
  return { counts, crowded };
}

/** The strongest pairs, at most `LINES`, and how many products they share at least. */
export function strongest(counts, n) {
  const sizes = [];
  for (const c of counts) if (c) sizes[c] = (sizes[c] || 0) + 1;
  let least = Math.max(sizes.length - 1, 1);
  for (let total = sizes[least] || 0; least > 1 && total + (sizes[least - 1] || 0) <= LINES;) total += sizes[(least -= 1)] || 0;
  const pairs = [];
  for (let a = 0; a < n; a += 1) {
    for (let b = a + 1; b < n && pairs.length < LINES; b += 1) if (counts[a * n + b] >= least) pairs.push([a, b, counts[a * n + b]]);
  }
  const left = sizes.reduce((sum, size) => sum + size, 0) - pairs.length;
  return { pairs, least, left };
}

/** Reviewers who share products pull each other, all push each other (Fruchterman and Reingold), from a spiral, for a fixed number of steps. */
export function force(model, neighbours) {
  const all = model.nReviewers;
  const n = model.data.n_members;
  const { counts } = shared(model, new Uint8Array(model.u.length).fill(1));
  const weight = (a, b) => counts[Math.min(a, b) * all + Math.max(a, b)];
  const x = new Float64Array(model.nodes.length);
  const y = new Float64Array(model.nodes.length);
  for (let a = 0; a < n; a += 1) {
    const [radius, angle] = [Math.sqrt((a + 0.5) / n) / 2, a * 2.399963229728653];
    x[a] = radius * Math.cos(angle);
    y[a] = radius * Math.sin(angle);
  }
  let top = 1;
  const pulls = [];
  for (let a = 0; a < n; a += 1) {
    for (let b = a + 1; b < n; b += 1) if (weight(a, b)) {
      pulls.push([a, b, weight(a, b)]);
      top = Math.max(top, weight(a, b));
    }
  }
  const near = 1 / Math.sqrt(Math.max(n, 1)); // the distance at which two would rest
  const degree = Math.max((2 * pulls.length) / Math.max(n, 1), 1);
  const steps = Math.round(Math.max(30, Math.min(250, 2e7 / (n * n + pulls.length + 1))));
  const dx = new Float64Array(n);
  const dy = new Float64Array(n);
  for (let step = 0; step < steps; step += 1) {
    dx.fill(0);
    dy.fill(0);
    for (let a = 0; a < n; a += 1) {
      for (let b = a + 1; b < n; b += 1) {
        const [ax, ay] = [x[a] - x[b], y[a] - y[b]];
        const push = (near * near) / (ax * ax + ay * ay + 1e-9);
        dx[a] += ax * push; dy[a] += ay * push;
        dx[b] -= ax * push; dy[b] -= ay * push;
      }
    }
    for (const [a, b, w] of pulls) {
      const [ax, ay] = [x[a] - x[b], y[a] - y[b]];
      const pull = ((w / top) * Math.sqrt(ax * ax + ay * ay) * 6) / near / degree;
      dx[a] -= ax * pull; dy[a] -= ay * pull;
      dx[b] += ax * pull; dy[b] += ay * pull;
    }
    const reach = 0.08 * (1 - step / steps);
    for (let a = 0; a < n; a += 1) {
      // Drawn to the middle, so that those who share nothing do not fly off.
      dx[a] -= x[a] * 0.4; dy[a] -= y[a] * 0.4;
      const far = Math.hypot(dx[a], dy[a]) || 1;
      x[a] += (dx[a] / far) * Math.min(far, reach);
      y[a] += (dy[a] / far) * Math.min(far, reach);
    }
  }
  const spans = [x, y].map((values) => [Math.min(...values.subarray(0, n)), Math.max(...values.subarray(0, n))]);
  const scale = (neighbours ? 0.62 : 0.96) / Math.max(1e-9, ...spans.map(([low, high]) => high - low));
  [x, y].forEach((values, k) => { for (let a = 0; a < n; a += 1) values[a] = 0.5 + (values[a] - (spans[k][0] + spans[k][1]) / 2) * scale; });
  const column = new Int8Array(model.nodes.length).fill(NONE).fill(0, 0, n);
  if (neighbours) {
    // Around the ring, each near the members that it shares most with.
    const outside = [];
    for (let a = n; a < all; a += 1) {
      let [sx, sy] = [0, 0];
      for (let b = 0; b < n; b += 1) { sx += weight(a, b) * (x[b] - 0.5); sy += weight(a, b) * (y[b] - 0.5); }
      outside.push([Math.atan2(sy, sx), a]);
    }
    outside.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
    outside.forEach(([, a], k) => {
      const angle = (2 * Math.PI * k) / outside.length - Math.PI;
      x[a] = 0.5 + 0.48 * Math.cos(angle);
      y[a] = 0.5 + 0.48 * Math.sin(angle);
      column[a] = 0;
    });
  }
  return { kind: "reviewers", x, y, column, columns: [Array.from(x.keys()).filter((id) => column[id] === 0)], longest: all };
}

// ---- pieces of the page --------------------------------------------------------------------------------------------------------------

function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value !== undefined) node.setAttribute(name, value);
  }
  node.append(...children); // text is appended as text nodes
  return node;
}

function draw(tag, attributes, ...children) {
  const node = document.createElementNS(NS, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

const isolated = (text, attributes = {}) => make("bdi", attributes, text);

// ---- painters: the same scene as SVG or on a canvas ----------------------------------------------------------------------------------

const svgPainter = {
  make: () => draw("svg", { "aria-hidden": "true", focusable: "false" }),
  paint(svg, scene, [left, top], [width, height], colours) {
    svg.setAttribute("viewBox", `${-left} ${-top} ${width} ${height}`);
    const parts = [];
    for (const { ends, colour, alpha, wide } of scene.lines) {
      for (let k = 0; k < ends.length; k += 4 * CHUNK) {
        let d = "";
        for (let i = k; i < Math.min(ends.length, k + 4 * CHUNK); i += 4) {
          d += `M${ends[i].toFixed(1)} ${ends[i + 1].toFixed(1)}L${ends[i + 2].toFixed(1)} ${ends[i + 3].toFixed(1)}`;
        }
        parts.push(draw("path", { d, fill: "none", stroke: colours[colour], "stroke-opacity": alpha, "stroke-width": wide }));
      }
    }
    for (const { x, y, r, square, colour, hollow, alpha, edge } of scene.marks) {
      const look = { fill: hollow ? colours.paper : colours[colour], stroke: colours[edge || colour], opacity: alpha, "stroke-width": edge ? 2.5 : 1.2 };
      parts.push(square ? draw("rect", { ...look, x: x - r, y: y - r, width: 2 * r, height: 2 * r }) : draw("circle", { ...look, cx: x, cy: y, r }));
    }
    for (const { x, y, text, anchor, strong, colour } of scene.labels) {
      parts.push(draw("text", {
        x, y, "text-anchor": anchor, "font-size": 11, "dominant-baseline": "central", "font-weight": strong ? 700 : 400, fill: colours[colour],
        stroke: colours.paper, "stroke-width": 3, "stroke-linejoin": "round", "paint-order": "stroke", direction: "ltr",
      }, text));
    }
    svg.replaceChildren(...parts);
  },
};

const canvasPainter = {
  make: () => make("canvas", { "aria-hidden": "true" }),
  paint(canvas, scene, [left, top], [width, height], colours, font) {
    const ratio = Math.min(window.devicePixelRatio || 1, 2);
    const size = [Math.round(width * ratio), Math.round(height * ratio)];
    if (canvas.width !== size[0] || canvas.height !== size[1]) [canvas.width, canvas.height] = size;
    const pen = canvas.getContext("2d");
    pen.setTransform(ratio, 0, 0, ratio, left * ratio, top * ratio);
    pen.clearRect(-left, -top, width, height);
    for (const { ends, colour, alpha, wide } of scene.lines) {
      [pen.strokeStyle, pen.globalAlpha, pen.lineWidth] = [colours[colour], alpha, wide];
      for (let k = 0; k < ends.length; k += 4 * CHUNK) {
        pen.beginPath();
        for (let i = k; i < Math.min(ends.length, k + 4 * CHUNK); i += 4) {
          pen.moveTo(ends[i], ends[i + 1]);
          pen.lineTo(ends[i + 2], ends[i + 3]);
        }
        pen.stroke();
      }
    }
    for (const { x, y, r, square, colour, hollow, alpha, edge } of scene.marks) {
      [pen.globalAlpha, pen.fillStyle, pen.strokeStyle] = [alpha, hollow ? colours.paper : colours[colour], colours[edge || colour]];
      pen.lineWidth = edge ? 2.5 : 1;
      pen.beginPath();
      if (square) pen.rect(x - r, y - r, 2 * r, 2 * r);
      else pen.arc(x, y, r, 0, 2 * Math.PI);
      pen.fill();
      if (hollow || edge) pen.stroke();
    }
    [pen.globalAlpha, pen.lineWidth, pen.lineJoin, pen.textBaseline, pen.direction] = [1, 3, "round", "middle", "ltr"];
    for (const { x, y, text, anchor, strong, colour } of scene.labels) {
      pen.font = `${strong ? 700 : 400} 11px ${font}`;
      pen.textAlign = { start: "left", end: "right", middle: "center" }[anchor];
      [pen.strokeStyle, pen.fillStyle] = [colours.paper, colours[colour]];
      pen.strokeText(text, x, y);
      pen.fillText(text, x, y);
    }
  },
};

// ---- the explorer --------------------------------------------------------------------------------------------------------------------

/** Build the explorer of `data` within `root`; `chosen` is called with codes of what is selected. Returns `{select, destroy}`. */
export function mount(root, data, chosen = () => {}) {
  const model = read(data);
  const { nodes, u, p, nReviewers, nOwn } = model;
  const shown = new Uint8Array(u.length);
  const active = new Uint32Array(nodes.length); // reviews shown, by node
  const state = { layout: "bipartite", neighbours: false, signal: NONE, from: model.spans.own[0], to: model.spans.own[1], search: "", hover: NONE, cursor: NONE };
  const picked = new Set();
  const layouts = new Map();
  let view = { kx: 1, ky: 1, x: 0, y: 0 };
  let order = [];
  let lines = null; // between reviewers, counted when they are looked at
  let surface = null;
  let waiting = 0;
  let size = [0, 0];
  const ruler = document.createElement("canvas").getContext("2d");
  const widths = new Map();
  let spare = [0, 0]; // how far the painted picture reaches beyond the frame
  let moved = [0, 0]; // how far it was moved since it was painted
  let settling = 0;

  // -- page
  const stem = `collusion-${Math.floor(performance.now() * 1000)}-${root.ownerDocument.querySelectorAll(".collusion-explorer").length}`;
  const option = (value, text) => make("option", { value }, text);
  const layoutBox = make("select", { id: `${stem}-layout`, onchange: () => { state.layout = layoutBox.value; state.cursor = NONE; lines = null; fit(); } },
    option("bipartite", "Reviewers and products"), option("reviewers", "Reviewers by shared products"));
  const signalBox = make("select", { id: `${stem}-signal`, onchange: () => { state.signal = Number(signalBox.value); filter(); } },
    option(NONE, "All reviews"), ...data.evidence.map((one, k) => option(k, `${shorten(one.signal, 40)} (${one.stance}, ${count(one.rows, "row")})`)));
  const searchBox = make("input", {
    id: `${stem}-search`, type: "search", autocomplete: "off", spellcheck: "false", placeholder: "id",
    oninput: () => { state.search = searchBox.value.trim().toLowerCase(); state.cursor = NONE; refresh(); },
    onkeydown: (event) => {
      const found = matches();
      if (event.key === "Enter" && found.length) { pick(found[0].id); stage.focus(); }
    },
  });
  const [outer, outerProducts] = [nReviewers - data.n_members, data.products.length - data.n_targets];
  const nearBox = make("input", { type: "checkbox", id: `${stem}-near`, onchange: () => { near(nearBox.checked); } });
  nearBox.disabled = outer + outerProducts === 0;
  const field = (box, text) => make("span", { class: "field" }, make("label", { for: box.id }, text), box);
  const button = (text, act, attributes = {}) => make("button", { type: "button", onclick: act, ...attributes }, text);
  const stage = make("div", {
    class: "stage", tabindex: "0", role: "application", "aria-label": "Picture of the ring's reviews", "aria-describedby": `${stem}-keys`,
  });
  const tip = make("div", { class: "tip", hidden: "" });
  const status = make("p", { class: "status-line", role: "status" });
  const said = make("p", { class: "said" });
  const panel = make("section", { class: "panel", "aria-label": "Selection" });
  const heads = make("div", { class: "heads", "aria-hidden": "true" });
  const key = (shape, text) => make("span", { class: "key" }, make("i", { class: shape }), text);
  const legend = make("p", { class: "legend" });
  const keys = {
    bipartite: [["dot", "member"], ["dot doubtful", "doubtful member"], ["box", "ring's product"], ["line", "ring's review"], ["dot hollow", "other reviewer"], ["box hollow", "other product"], ["line other", "other review"]],
    reviewers: [["dot", "member"], ["dot doubtful", "doubtful member"], ["line", "members who share products"], ["dot hollow", "other reviewer"], ["line other", "share products with others"]],
  };
  const help = make("p", { class: "soft", id: `${stem}-keys` },
    "Keys in the picture: arrows go from one to the next, Enter selects, with Shift adds, Escape clears, + and − zoom, 0 fits, Shift with arrows moves, / searches. "
    + "Drag moves; the wheel zooms once the picture was clicked.");
  const brush = makeBrush();
  root.classList.add("collusion-explorer");
  root.setAttribute("data-lm-suppress-shortcuts", "true"); // JupyterLab's own keys, such as 0 0 for a new kernel
  root.replaceChildren(
    make("div", { class: "tools" }, field(layoutBox, "Layout"), field(signalBox, "Signal"), field(searchBox, "Search"),
      make("span", { class: "field check" }, nearBox, make("label", { for: nearBox.id }, `Neighbours (${count(outer, "reviewer")}, ${count(outerProducts, "product")})`)),
      make("span", { class: "field" }, button("Zoom in", () => zoom(1.5)), button("Zoom out", () => zoom(1 / 1.5)), button("Fit", () => fit()))),
    said,
    make("div", { class: "halves" }, make("div", { class: "left" }, heads, make("div", { class: "frame" }, stage, tip), legend, brush.node, status, help), panel));

  // -- what is shown
  function visible(id) {
    return layout().column[id] !== NONE;
  }

  /** The days that the brush covers: those of the reviews that can be shown. */
  const span = () => (state.neighbours ? model.spans.whole : model.spans.own);

  const unbrushed = () => state.from <= span()[0] && state.to >= span()[1];

  function near(wanted) {
    const all = unbrushed();
    state.neighbours = wanted;
    state.cursor = NONE;
    const [first, last] = span();
    [state.from, state.to] = all ? [first, last] : [Math.min(Math.max(state.from, first), last), Math.max(Math.min(state.to, last), first)];
    filter();
    fit();
  }

  function filter() {
    const cited = state.signal === NONE ? null : model.cited[state.signal];
    const whole = unbrushed();
    active.fill(0);
    for (let i = 0; i < u.length; i += 1) {
      const timely = whole || (data.t[i] !== null && data.t[i] >= state.from && data.t[i] <= state.to);
      shown[i] = (i < nOwn || state.neighbours) && timely && (!cited || cited[i]) ? 1 : 0;
      active[u[i]] += shown[i];
      active[p[i]] += shown[i];
    }
    order = nodes.map((one) => one.id).sort((a, b) => active[b] - active[a] || a - b);
    lines = null;
    if (!state.neighbours) for (const id of [...picked]) if (!nodes[id].inner) picked.delete(id);
    brush.show();
    refresh();
    if (picked.size) tell();
  }

  function matches() {
    const found = (one) => (one.inner || state.neighbours) && one.key.includes(state.search);
    return order.map((id) => nodes[id]).filter((one) => !state.search || found(one)).filter((one) => one.inner || state.neighbours);
  }

  function chosenReviews() {
    return [...new Set([...picked].flatMap((id) => nodes[id].reviews))].filter((i) => shown[i]).sort((a, b) => when(a) - when(b) || a - b);
  }

  const when = (i) => (data.t && data.t[i] !== null ? data.t[i] : -Infinity);

  function tell() {
    const ids = [...picked].sort((a, b) => a - b);
    chosen({
      reviewers: ids.filter((id) => id < nReviewers),
      products: ids.filter((id) => id >= nReviewers).map((id) => id - nReviewers),
      reviews: chosenReviews(),
    });
  }

  function pick(id, more = false) {
    const was = picked.has(id);
    if (!more) picked.clear();
    if (was && more) picked.delete(id);
    else picked.add(id);
    state.cursor = id;
    refresh();
    tell();
  }

  function clear() {
    picked.clear();
    state.cursor = NONE;
    refresh();
    tell();
  }

  function layout() {
    const name = `${state.layout}-${state.neighbours}`;
    if (!layouts.has(name)) layouts.set(name, (state.layout === "bipartite" ? bipartite : force)(model, state.neighbours));
    return layouts.get(name);
  }

  // -- view
  function fit() {
    const [width, height] = size;
    if (layout().kind === "bipartite") {
      const side = Math.min(180, width * 0.26);
      view = { kx: width - 2 * side, ky: height - 2 * PAD, x: side, y: PAD };
    } else {
      const k = Math.max(Math.min(width, height) - 2 * PAD, 10);
      view = { kx: k, ky: k, x: (width - k) / 2, y: (height - k) / 2 };
    }
    refresh();
  }

  function zoom(factor, at = [size[0] / 2, size[1] / 2]) {
    const ky = Math.min(Math.max(view.ky * factor, size[1] / 4), 40 * Math.max(layout().longest, 30));
    const real = ky / view.ky;
    view.ky = ky;
    view.y = at[1] - (at[1] - view.y) * real;
    // Columns stay in sight: only the other layout is zoomed sideways.
    if (layout().kind !== "bipartite") {
      view.kx *= real;
      view.x = at[0] - (at[0] - view.x) * real;
    }
    later();
  }

  function move(dx, dy) {
    const by = [layout().kind === "bipartite" ? 0 : dx, dy];
    view.x += by[0];
    view.y += by[1];
    if (waiting || !surface) return;
    moved = [moved[0] + by[0], moved[1] + by[1]];
    // A picture of thousands of lines is moved and not painted again, as long as it covers the frame.
    if (Math.abs(moved[0]) > spare[0] || Math.abs(moved[1]) > spare[1]) later();
    else {
      surface.node.style.transform = `translate(${moved[0]}px, ${moved[1]}px)`;
      clearTimeout(settling);
      settling = setTimeout(later, 200);
    }
  }

  const at = (id) => [view.x + layout().x[id] * view.kx, view.y + layout().y[id] * view.ky];

  function reveal(id) {
    const [x, y] = at(id);
    const outside = (value, span) => (value < PAD ? PAD - value : value > span - PAD ? span - PAD - value : 0);
    move(outside(x, size[0]), outside(y, size[1]));
  }

  function nearest(x, y) {
    let [best, least] = [NONE, 14 * 14];
    for (const one of nodes) {
      if (!visible(one.id)) continue;
      const [nx, ny] = at(one.id);
      const far = (nx - x) ** 2 + (ny - y) ** 2;
      if (far < least) [best, least] = [one.id, far];
    }
    return best;
  }

  // -- scene
  function levels() {
    // 2: selected, found or pointed at; 1: joined to one of these; 0: the rest, which fades.
    const level = new Uint8Array(nodes.length);
    const strong = new Set([...picked, state.hover, state.cursor].filter((id) => id !== NONE));
    if (state.search) matches().slice(0, 2 * LISTED).forEach((one) => strong.add(one.id));
    return { level, strong };
  }

  function scene(font) {
    const now = layout();
    const [width, height] = size.map((span, k) => span + spare[k]);
    const { level, strong } = levels();
    const seen = (a, b) => !(Math.max(a, b) < -20 - spare[1] || Math.min(a, b) > height + 20);
    const batches = [[], [], []]; // others, ring's, lit
    const put = (batch, a, b) => {
      const [[ax, ay], [bx, by]] = [at(a), at(b)];
      if (seen(ay, by)) batches[batch].push(ax, ay, bx, by);
    };
    if (now.kind === "bipartite") {
      for (let i = 0; i < u.length; i += 1) {
        if (!shown[i]) continue;
        const lit = strong.has(u[i]) || strong.has(p[i]);
        if (lit) { level[u[i]] = 1; level[p[i]] = 1; }
        put(lit ? 2 : i < nOwn ? 1 : 0, u[i], p[i]);
      }
    } else {
      for (const [a, b] of between().pairs) {
        const lit = strong.has(a) || strong.has(b);
        if (lit) { level[a] = 1; level[b] = 1; }
        put(lit ? 2 : nodes[a].inner && nodes[b].inner ? 1 : 0, a, b);
      }
    }
    strong.forEach((id) => { level[id] = 2; });
    const faded = strong.size > 0;
    const strokes = Math.max(1, (batches[0].length + batches[1].length) / 4 / CHUNK);
    const thin = (0.55 / strokes ** 0.7) * (faded ? 0.45 : 1);
    const scene = { marks: [], labels: [], lines: [
      { ends: batches[0], colour: "soft", alpha: thin, wide: 1 },
      { ends: batches[1], colour: "ring", alpha: thin, wide: 1 },
      { ends: batches[2], colour: "without", alpha: Math.max(0.35, Math.min(0.9, 12 / Math.sqrt(batches[2].length / 4 + 1))), wide: 1.6 },
    ] };
    const within = (x, y) => x > -30 - spare[0] && x < width + 30 && y > -30 - spare[1] && y < height + 30;
    const placed = [];
    const joined = faded ? order.filter((id) => level[id] === 1) : [];
    for (const id of new Set([...strong, ...joined, ...order])) {
      if (!visible(id)) continue;
      const [x, y] = at(id);
      if (!within(x, y)) continue;
      const one = nodes[id];
      const room = now.kind === "bipartite" ? view.ky / now.columns[now.column[id]].length : view.kx / Math.sqrt(now.columns[0].length);
      const r = Math.max(level[id] === 2 ? 4 : 1.3, Math.min(now.kind === "bipartite" ? 5.5 : 7, room * (now.kind === "bipartite" ? 0.36 : 0.16)));
      scene.marks.push({
        x, y, r, square: one.isProduct, hollow: !one.inner || one.doubt !== "", colour: one.inner ? "ring" : "soft",
        alpha: (faded && level[id] === 0) || !active[id] ? 0.25 : 1, edge: level[id] === 2 ? "without" : null,
      });
      const quiet = (faded && level[id] === 0) || (!active[id] && level[id] < 2);
      if (quiet && room < 14) continue;
      const label = name(one, now, x, y, r, placed, room, `${level[id] === 2 ? 700 : 400} 11px ${font}`);
      if (label) scene.labels.push({ ...label, strong: level[id] === 2, colour: quiet ? "soft" : "ink" });
    }
    scene.marks.reverse(); // the selected last, on top
    return scene;
  }

  /** A name with its middle left out until it takes no more than so many pixels, and how many it takes: letters differ by a factor of five. */
  function fitting(given, most, font) {
    const width = (text) => {
      const key = `${font} ${text}`;
      if (!widths.has(key)) {
        if (widths.size > 20_000) widths.clear();
        ruler.font = font;
        widths.set(key, ruler.measureText(text).width);
      }
      return widths.get(key);
    };
    let length = Math.min(LABEL, [...given].length);
    let text = shorten(given, length);
    while (length > 3 && width(text) > most) text = shorten(given, --length);
    return [text, width(text)];
  }

  /** A label where it covers no other: those that matter most come first. */
  function name(one, now, x, y, r, placed, room, font) {
    if (placed.length >= (now.kind === "bipartite" || room > 40 ? 160 : 40)) return null;
    const last = now.columns.length - 1;
    const k = now.column[one.id];
    const anchor = now.kind !== "bipartite" ? "middle" : k === 0 || (last === 3 && k === 1) ? "end" : "start";
    const beside = last === 3 && (k === 1 || k === 2) ? view.kx / 3 - r : anchor === "end" ? x - r : size[0] - x - r;
    const [text, wide] = fitting(one.name, anchor === "middle" ? 170 : beside - 9, font);
    const lx = anchor === "middle" ? (x > 0 && x < size[0] ? Math.max(Math.min(x, size[0] - wide / 2 - 2), wide / 2 + 2) : x) : anchor === "end" ? x - r - 5 : x + r + 5;
    const ly = now.kind === "bipartite" ? y : y - r - 8;
    const left = anchor === "middle" ? lx - wide / 2 : anchor === "end" ? lx - wide : lx;
    if (placed.some((other) => Math.abs(other.y - ly) < 13 && left < other.right && left + wide > other.left)) return null;
    placed.push({ y: ly, left, right: left + wide });
    return { x: lx, y: ly, text, anchor };
  }

  function between() {
    if (!lines) {
      const { counts, crowded } = shared(model, shown);
      lines = { ...strongest(counts, nReviewers), crowded, counts };
    }
    return lines;
  }

  const colours = () => {
    const style = getComputedStyle(root);
    const found = { font: style.fontFamily };
    for (const one of ["ink", "soft", "line", "paper", "ring", "without", "band"]) found[one] = style.getPropertyValue(`--${one}`).trim();
    return found;
  };

  function paint() {
    waiting = 0;
    if (!root.isConnected || size[0] < 10) return;
    const drawn = layout().columns.reduce((sum, ids) => sum + ids.length, 0);
    const painter = drawn > SVG_NODES || (layout().kind === "bipartite" && (state.neighbours ? u.length : nOwn) > SVG_LINES) ? canvasPainter : svgPainter;
    if (surface?.painter !== painter) {
      surface = { painter, node: painter.make() };
      stage.replaceChildren(surface.node);
    }
    spare = [layout().kind === "bipartite" ? 0 : Math.round(size[0] / 2), Math.round(size[1] / 2)];
    moved = [0, 0];
    clearTimeout(settling);
    const whole = size.map((span, k) => span + 2 * spare[k]);
    const place = { left: -spare[0], top: -spare[1], width: whole[0], height: whole[1] };
    for (const [side, value] of Object.entries(place)) surface.node.style[side] = `${value}px`;
    surface.node.style.transform = "";
    const now = colours();
    painter.paint(surface.node, scene(now.font), spare, whole, now, now.font);
  }

  function later() {
    if (!waiting) waiting = requestAnimationFrame(paint);
  }

  // -- words
  function refresh() {
    later();
    const total = shown.reduce((sum, one) => sum + one, 0);
    const among = (isProduct) => nodes.filter((one) => one.isProduct === isProduct && active[one.id]).length;
    const found = state.search ? ` ${count(matches().length, "id")} found.` : "";
    status.textContent = `${count(total, "review")} of ${u.length.toLocaleString("en")} shown, by ${count(among(false), "reviewer")} of ${count(among(true), "product")}.${found}${ties()}`;
    const names = state.layout === "bipartite" ? (state.neighbours ? ["other reviewers", "members", "ring's products", "other products"] : ["members", "ring's products"]) : [];
    legend.replaceChildren(...keys[state.layout].filter(([shape]) => (shape === "dot doubtful" ? Object.keys(data.doubts).length : state.neighbours || !/hollow|other/.test(shape))).map(([shape, text]) => key(shape, text)), key("line lit", "of what is selected or found"));
    heads.replaceChildren(...names.map((text) => make("span", {}, text)));
    const apart = view.kx / Math.max(names.length - 1, 1); // each head above its column
    heads.style.height = apart < 130 ? "2.6rem" : "1.3rem";
    [...heads.children].forEach((one, k) => { [one.style.left, one.style.width] = [`${view.x + k * apart}px`, `${Math.max(Math.min(apart, 160) - 8, 0)}px`]; });
    const one = data.evidence[state.signal];
    said.replaceChildren(...(one ? [`${one.statement} `, make("span", { class: "soft" }, one.figures, outsideOf(one))] : []));
    said.hidden = !one;
    listPanel();
  }

  function outsideOf(one) {
    const mark = model.cited[state.signal];
    const [own, all] = [nOwn, u.length].map((end) => mark.subarray(0, end).reduce((sum, cited) => sum + cited, 0));
    const [near, absent] = [state.neighbours ? 0 : all - own, one.rows - all];
    return (near ? ` ${count(near, "row")} that it cites ${near === 1 ? "is" : "are"} shown with the neighbours.` : "")
      + (absent ? ` ${count(absent, "row")} that it cites ${absent === 1 ? "is" : "are"} not among the reviews here: copies of others, or left out.` : "");
  }

  function ties() {
    if (state.layout === "bipartite") return "";
    const { pairs, least, left, crowded } = between();
    return ` ${count(pairs.length, "line")} between reviewers that share at least ${count(least, "product")}${left ? `; ${count(left, "weaker pair")} left out` : ""}`
      + `${crowded ? `; ${count(crowded, "crowded product")} not counted` : ""}.`;
  }

  const role = (one) => (one.isProduct ? (one.inner ? "product of the ring" : "other product") : one.doubt ? "doubtful member" : one.inner ? "member" : "other reviewer");
  const link = (one) => button(isolated(one.name), (event) => pick(one.id, event.shiftKey || event.ctrlKey || event.metaKey), { class: "link", "data-node": one.id });
  const cells = (tag, values) => make("tr", {}, ...values.map((value) => make(tag, tag === "th" ? { scope: "col" } : {}, value)));
  const table = (label, head, rows) => make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": label },
    make("table", {}, make("thead", {}, cells("th", head)), make("tbody", {}, ...rows)));

  function listPanel() {
    const kept = panel.contains(document.activeElement) ? document.activeElement.getAttribute("data-node") : null;
    panel.replaceChildren(...(picked.size ? selectionPanel() : namesPanel()));
    if (kept !== null) panel.querySelector(`[data-node="${Number(kept)}"]`)?.focus();
  }

  function namesPanel() {
    const found = matches();
    const rows = found.slice(0, LISTED).map((one) => cells("td", [link(one), role(one), active[one.id].toLocaleString("en")]));
    return [make("h2", {}, state.search ? "Found" : "Reviewers and products"),
      make("p", { class: "soft" }, found.length > LISTED ? `The ${LISTED} with the most reviews shown; ${(found.length - LISTED).toLocaleString("en")} more: search for them.` : "Select one to see its reviews."),
      table("Reviewers and products", ["id", "type", "reviews shown"], rows)];
  }

  function selectionPanel() {
    const ids = [...picked];
    const about = ids.slice(0, 12).map((id) => {
      const one = nodes[id];
      const known = one.inner ? `${count(one.total, "review")} in the log, ${one.own.toLocaleString("en")} in the ring${one.doubt ? ` (${one.own} of ${count(data.n_targets, "product")})` : ""}` : `${count(one.total, "review")} ${one.isProduct ? "by members" : "of the ring's products"}`;
      return make("p", { class: "about" }, isolated(one.name, { class: "name" }), ` ${role(one)}: ${known}.${one.doubt ? ` Doubtful: ${one.doubt}` : ""}`);
    });
    const reviews = chosenReviews();
    const head = ["date", ...(ids.length > 1 || !nodes[ids[0]].isProduct ? ["product"] : []), ...(ids.length > 1 || nodes[ids[0]].isProduct ? ["reviewer"] : []),
      ...(data.r ? ["rating"] : []), "source row"];
    const cell = {
      date: (i) => (data.t && data.t[i] !== null ? make("time", {}, iso(data.t[i])) : ""),
      product: (i) => link(nodes[p[i]]),
      reviewer: (i) => link(nodes[u[i]]),
      rating: (i) => (data.r[i] === null ? "" : String(data.r[i])),
      "source row": (i) => source(data.row[i]),
    };
    const signals = (i) => data.evidence.filter((_, k) => model.cited[k][i]).map((one) => shorten(one.signal, 40)).join(", ");
    const more = (i) => make("tr", { class: "text-of" }, make("td", { colspan: head.length },
      ...(data.texts[i] ? [isolated(data.texts[i], { class: "review-text" })] : []), make("span", { class: "cited" }, `Cited by: ${signals(i) || "no signal"}`)));
    const rows = reviews.slice(0, ROWS).flatMap((i) => [cells("td", head.map((column) => cell[column](i))), more(i)]);
    return [make("h2", {}, ids.length > 1 ? `${ids.length} selected` : "Selected"), ...about,
      ...(ids.length > about.length ? [make("p", { class: "soft" }, `and ${ids.length - about.length} more`)] : []),
      make("p", {}, `${count(reviews.length, "review")} shown${reviews.length > ROWS ? `, the first ${ROWS} below` : ""}. `, button("Clear selection", clear)),
      table("Reviews of what is selected", head, rows)];
  }

  function source(row) {
    const known = data.sources.findLast((one) => one.first <= row);
    if (!known) return String(row);
    return make("span", {}, ...(data.sources.length > 1 ? [isolated(known.name), " "] : []), String(row - known.first + 1));
  }

  // -- time
  function makeBrush() {
    if (!model.timed) return { node: make("p", { class: "soft" }, "The log has no times."), show() {} };
    const picture = draw("svg", { viewBox: "0 0 1000 60", preserveAspectRatio: "none", "aria-hidden": "true", focusable: "false", class: "histogram" });
    const undated = data.t.reduce((sum, t) => sum + (t === null), 0);
    const text = make("output", { class: "span", for: `${stem}-from ${stem}-to` });
    const slider = (name, label) => {
      const box = make("input", { type: "range", id: `${stem}-${name}`, step: 1,
        oninput: () => set(name === "from" ? Number(box.value) : Math.min(state.from, Number(box.value)), name === "to" ? Number(box.value) : Math.max(state.to, Number(box.value))) });
      return [box, make("span", { class: "field" }, make("label", { for: box.id }, label), box)];
    };
    const [[fromBox, fromField], [toBox, toField]] = [slider("from", "From"), slider("to", "To")];
    const set = (from, to) => { [state.from, state.to] = [from, to]; filter(); };
    const day = (event) => {
      const box = picture.getBoundingClientRect();
      const [first, last] = span();
      return first + Math.round(Math.min(Math.max((event.clientX - box.left) / box.width, 0), 1) * (last - first));
    };
    let start = null;
    picture.addEventListener("pointerdown", (event) => { start = day(event); picture.setPointerCapture(event.pointerId); });
    picture.addEventListener("pointermove", (event) => { if (start !== null && day(event) !== start) set(Math.min(start, day(event)), Math.max(start, day(event))); });
    const end = (event) => { if (start !== null && day(event) === start) set(...span()); start = null; };
    picture.addEventListener("pointerup", end);
    picture.addEventListener("pointercancel", () => { start = null; });
    function show() {
      const [first, last] = span();
      const days = last - first + 1;
      const bins = Math.min(days, 120);
      const bin = (t) => Math.min(bins - 1, Math.floor(((t - first) / days) * bins));
      const heights = [new Float64Array(bins), new Float64Array(bins)];
      for (let i = 0; i < u.length; i += 1) if (data.t[i] !== null && (i < nOwn || state.neighbours)) heights[i < nOwn ? 0 : 1][bin(data.t[i])] += 1;
      const top = Math.max(1, ...heights[0].map((own, k) => own + heights[1][k]));
      const bars = [];
      for (let k = 0; k < bins; k += 1) {
        const [own, other] = heights.map((one) => (one[k] / top) * 56);
        const place = { x: (k * 1000) / bins, width: 1000 / bins - 0.8 };
        if (own) bars.push(draw("rect", { ...place, y: 60 - own, height: own, class: "own" }));
        if (other) bars.push(draw("rect", { ...place, y: 60 - own - other, height: other, class: "others" }));
      }
      const [left, right] = [((state.from - first) / days) * 1000, ((state.to + 1 - first) / days) * 1000];
      const shade = (x, width) => draw("rect", { x, y: 0, width: Math.max(width, 0), height: 60, class: "veil" });
      picture.replaceChildren(...bars, shade(0, left), shade(right, 1000 - right));
      for (const [box, value] of [[fromBox, state.from], [toBox, state.to]]) [box.min, box.max, box.value] = [first, last, value];
      text.textContent = `${iso(state.from)} to ${iso(state.to)}${undated ? `; ${count(undated, "review")} without a date ${undated === 1 ? "shows" : "show"} only where all are shown` : ""}`;
    }
    const node = make("div", { class: "brush", role: "group", "aria-label": "Time" }, picture, make("div", { class: "ends" }, fromField, toField, text, button("All times", () => set(...span()))));
    return { node, show };
  }

  // -- hands
  const inside = (event) => {
    const box = stage.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  let drag = null;
  stage.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    drag = { last: inside(event), far: 0 };
    stage.setPointerCapture(event.pointerId);
  });
  stage.addEventListener("pointermove", (event) => {
    const [x, y] = inside(event);
    if (drag) {
      drag.far += Math.abs(x - drag.last[0]) + Math.abs(y - drag.last[1]);
      if (drag.far > 4) move(x - drag.last[0], y - drag.last[1]);
      drag.last = [x, y];
      return;
    }
    const hover = nearest(x, y);
    if (hover !== state.hover) {
      state.hover = hover;
      later();
    }
    tip.hidden = hover === NONE;
    stage.classList.toggle("over", hover !== NONE);
    if (hover !== NONE) {
      const one = nodes[hover];
      tip.replaceChildren(isolated(one.name, { class: "name" }), make("span", { class: "soft" }, `${role(one)}, ${count(active[hover], "review")} shown`));
      tip.style.left = `${Math.max(4, Math.min(x + 14, size[0] - tip.offsetWidth - 4))}px`;
      tip.style.top = `${y + 18 + tip.offsetHeight > size[1] ? Math.max(4, y - tip.offsetHeight - 10) : y + 18}px`;
    }
  });
  stage.addEventListener("pointerup", (event) => {
    const still = drag && drag.far <= 4;
    drag = null;
    if (!still) return;
    const id = nearest(...inside(event));
    if (id !== NONE) pick(id, event.shiftKey || event.ctrlKey || event.metaKey);
    else if (picked.size || state.cursor !== NONE) clear();
  });
  stage.addEventListener("pointercancel", () => { drag = null; });
  stage.addEventListener("pointerleave", () => { state.hover = NONE; tip.hidden = true; later(); });
  stage.addEventListener("wheel", (event) => {
    // A page that is scrolled past the picture goes on scrolling.
    if (document.activeElement !== stage && !event.ctrlKey) return;
    event.preventDefault();
    zoom(Math.exp(-event.deltaY / 400), inside(event));
  }, { passive: false });

  function step(dx, dy) {
    const now = layout();
    const current = state.cursor;
    if (current === NONE || !visible(current)) return [...picked][0] ?? now.columns[now.kind === "bipartite" && state.neighbours ? 1 : 0].toSorted((a, b) => now.y[a] - now.y[b] || a - b)[0];
    if (now.kind === "bipartite" && dy) {
      const ids = now.columns[now.column[current]];
      return ids[Math.min(Math.max(ids.indexOf(current) + dy, 0), ids.length - 1)];
    }
    let [best, least] = [current, Infinity];
    for (const one of nodes) {
      if (!visible(one.id) || one.id === current) continue;
      const [ahead, aside] = [(now.x[one.id] - now.x[current]) * dx + (now.y[one.id] - now.y[current]) * dy, Math.abs((now.x[one.id] - now.x[current]) * dy) + Math.abs((now.y[one.id] - now.y[current]) * dx)];
      const far = now.kind === "bipartite" ? Math.round(ahead * 3) * 10 + aside : ahead + 2 * aside;
      if (ahead > 1e-6 && far < least) [best, least] = [one.id, far];
    }
    return best;
  }

  const arrows = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };
  stage.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const arrow = arrows[event.key];
    if (arrow && event.shiftKey) move(-60 * arrow[0], -60 * arrow[1]);
    else if (arrow) {
      state.cursor = step(...arrow) ?? NONE;
      if (state.cursor === NONE) return;
      reveal(state.cursor);
      const one = nodes[state.cursor];
      status.textContent = `${one.name}, ${role(one)}, ${count(active[one.id], "review")} shown.`;
    } else if (event.key === "Enter" || event.key === " ") {
      if (state.cursor !== NONE) pick(state.cursor, event.shiftKey);
    } else if (event.key === "Escape") clear();
    else if (event.key === "+" || event.key === "=") zoom(1.5);
    else if (event.key === "-") zoom(1 / 1.5);
    else if (event.key === "0") fit();
    else if (event.key === "/") searchBox.focus();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });

  const resize = () => {
    const box = [stage.clientWidth, stage.clientHeight];
    if (box[0] === size[0] && box[1] === size[1]) return;
    size = box;
    fit();
  };
  const watch = new ResizeObserver(resize);
  watch.observe(stage);
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  dark.addEventListener("change", later);
  // Paper has colours and a width of its own, and no frame is awaited before it is printed.
  const paper = window.matchMedia("print");
  const print = () => {
    resize();
    paint();
  };
  paper.addEventListener("change", print);
  filter();
  return {
    select({ reviewers, products }) {
      const wanted = [...reviewers, ...products.map((code) => nReviewers + code)].filter((id) => nodes[id]);
      if (wanted.length === picked.size && wanted.every((id) => picked.has(id))) return;
      picked.clear();
      wanted.forEach((id) => picked.add(id));
      if (wanted.some((id) => !nodes[id].inner) && !state.neighbours) {
        nearBox.checked = true;
        near(true);
      } else refresh();
      tell();
    },
    destroy() {
      watch.disconnect();
      dark.removeEventListener("change", later);
      paper.removeEventListener("change", print);
      clearTimeout(settling);
      if (waiting) cancelAnimationFrame(waiting);
    },
  };
}

// ---- doors ---------------------------------------------------------------------------------------------------------------------------

/** Explore the data that a page of the report holds. */
export function start() {
  mount(document.getElementById("explorer"), JSON.parse(document.getElementById("explorer-data").textContent));
}

/** What anywidget asks for: the widget's `data` is JSON text, `picked` the codes of what is selected. */
export default {
  render({ model, el }) {
    const root = el.appendChild(document.createElement("div"));
    const explorer = mount(root, JSON.parse(model.get("data")), (codes) => {
      model.set("picked", codes);
      model.save_changes();
    });
    const follow = () => explorer.select(model.get("picked"));
    follow();
    model.on("change:picked", follow);
    return () => {
      model.off("change:picked", follow);
      explorer.destroy();
    };
  },
};
