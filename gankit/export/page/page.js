"use strict";
// Samples or translates with the network in model.js; CARD says what goes in and what comes out.

const $ = (id) => document.getElementById(id);
const status = (words) => { $("status").textContent = words; };
const WIDEST = 720;

async function unpacked(text) {
  const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

async function started() {
  const script = new Blob([await unpacked(RUNTIME.script)], { type: "text/javascript" });
  const ort = await import(URL.createObjectURL(script));
  ort.env.wasm.numThreads = 1;
  ort.env.wasm.wasmBinary = (await unpacked(RUNTIME.binary)).buffer;
  const session = await ort.InferenceSession.create(await unpacked(MODEL.weights), { executionProviders: ["wasm"] });
  return { ort, session };
}

function chance(seed) { // mulberry32
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

function drawn(port, n, random) {
  if (port.values.classes) return BigInt64Array.from({ length: n }, () => BigInt(Math.floor(random() * port.values.classes)));
  const size = n * port.shape[1];
  if (port.values.uniform) {
    const [low, high] = port.values.uniform;
    return Float32Array.from({ length: size }, () => low + (high - low) * random());
  }
  const bound = port.values.normal ?? Infinity;
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return Float32Array.from({ length: size }, () => {
    let value = normal();
    while (Math.abs(value) > bound) value = normal();
    return value;
  });
}

function field(words, control, id) {
  const label = document.createElement("label");
  control.id = id;
  label.append(words, control);
  $("controls").append(label);
  return control;
}

function element(name, properties) { return Object.assign(document.createElement(name), properties); }

function called(name) { return name.replace("_", " code "); }

function choice(words, id, options) {
  const select = field(words, element("select"), id);
  select.append(...options.map(([value, text]) => element("option", { value, textContent: text })));
  return select;
}

function pixels(values, channels, height, width, at) {
  const picture = new ImageData(width, height), area = height * width;
  const start = at * channels * area;
  for (let i = 0; i < area; i++) {
    const of = (c) => values[start + Math.min(c, channels - 1) * area + i];
    picture.data.set([of(0), of(channels < 3 ? 0 : 1), of(channels < 3 ? 0 : 2), channels === 4 ? of(3) : 255], 4 * i);
  }
  return picture;
}

function sheet(tensor) {
  const [n, channels, height, width] = tensor.dims, columns = Math.ceil(Math.sqrt(n));
  const canvas = $("picture");
  const gap = n > 1 ? Math.max(1, Math.round(width / 16)) : 0;
  canvas.width = columns * (width + gap) - gap;
  canvas.height = Math.ceil(n / columns) * (height + gap) - gap;
  const context = canvas.getContext("2d");
  for (let i = 0; i < n; i++) {
    context.putImageData(pixels(tensor.data, channels, height, width, i), (i % columns) * (width + gap), Math.floor(i / columns) * (height + gap));
  }
  canvas.style.width = `${Math.max(1, Math.floor(WIDEST / canvas.width)) * canvas.width}px`;
}

function cloud(tensor) {
  const [n, size] = tensor.dims, canvas = $("picture");
  canvas.width = canvas.height = WIDEST;
  const context = canvas.getContext("2d");
  const ends = [0, Math.min(1, size - 1)].map((c) => {
    const column = Array.from({ length: n }, (_, i) => tensor.data[i * size + c]);
    return [Math.min(...column), Math.max(...column)];
  });
  context.fillStyle = "#fff";
  context.fillRect(0, 0, WIDEST, WIDEST);
  context.fillStyle = "#1f77b4";
  for (let i = 0; i < n; i++) {
    const [x, y] = ends.map(([low, high], c) => 20 + (WIDEST - 40) * (tensor.data[i * size + Math.min(c, size - 1)] - low) / ((high - low) || 1));
    context.fillRect(x - 2, WIDEST - y - 2, 4, 4);
  }
}

function shown(tensor) {
  (tensor.dims.length === 4 ? sheet : cloud)(tensor);
  $("picture").hidden = $("save").hidden = false;
  $("save").href = $("picture").toDataURL("image/png");
}

function sampling({ ort, session }) {
  const points = CARD.output.shape.length === 2;
  const seed = field("Seed", element("input", { type: "number", min: 0, max: 4294967295, step: 1, value: 0 }), "seed");
  const count = choice("How many", "count", (points ? [500, 2000] : [16, 1, 4, 64]).map((n) => [n, n]));
  const chosen = {};
  for (const port of CARD.inputs) {
    if (port.values.classes) {
      const names = port.name === "labels" ? CARD.data.classes : [];
      const each = Array.from({ length: port.values.classes }, (_, i) => [i, names[i] ?? i]);
      chosen[port.name] = choice(port.name === "labels" ? "Class" : called(port.name), port.name, [["", "any"], ...each]);
    } else if (port.shape[1] === 1 && port.values.uniform) {
      const [min, max] = port.values.uniform;
      const slider = field(called(port.name), element("input", { type: "range", min, max, step: (max - min) / 200, value: (min + max) / 2 }), port.name);
      slider.dataset.any = "yes";
      slider.addEventListener("input", () => { slider.dataset.any = ""; });
      chosen[port.name] = slider;
    }
  }
  const more = field("", element("button", { type: "button", textContent: "New samples" }), "more");
  more.addEventListener("click", () => { seed.value = (Number(seed.value) + 1) % 4294967296; make(); });
  let busy = false, again = false;
  async function make() {
    if (busy) { again = true; return; }
    busy = true;
    const n = Number(count.value), random = chance(Number(seed.value)), feeds = {}, begun = performance.now();
    for (const port of CARD.inputs) {
      let values = drawn(port, n, random);
      const asked = chosen[port.name];
      if (asked?.tagName === "SELECT" && asked.value !== "") values = new BigInt64Array(n).fill(BigInt(asked.value));
      if (asked?.type === "range" && !asked.dataset.any) values = new Float32Array(n).fill(Number(asked.value));
      feeds[port.name] = new ort.Tensor(port.dtype, values, port.shape.map((side) => (side === "n" ? n : side)));
    }
    try {
      shown((await session.run(feeds))[CARD.output.name]);
      status(`${n} in ${Math.round(performance.now() - begun)} ms`);
    } catch (error) {
      status(`This did not work: ${error.message}`);
    }
    busy = false;
    if (again) { again = false; make(); }
  }
  $("controls").addEventListener("input", make);
  $("controls").addEventListener("submit", (event) => { event.preventDefault(); make(); });
  make();
}

function translating({ ort, session }) {
  const file = field("Picture", element("input", { type: "file", accept: "image/*" }), "file");
  const longest = choice("Longer side at most", "longest", [256, 512, 1024].map((n) => [n, `${n} pixels`]));
  const channels = CARD.inputs[0].shape[1];
  async function make() {
    if (!file.files.length) return;
    try {
      const source = await createImageBitmap(file.files[0]);
      const scale = Math.min(1, Number(longest.value) / Math.max(source.width, source.height));
      const [width, height] = [source.width, source.height].map((side) => Math.max(1, Math.round(side * scale)));
      const canvas = element("canvas", { width, height }), context = canvas.getContext("2d");
      context.drawImage(source, 0, 0, width, height);
      const { data } = context.getImageData(0, 0, width, height), area = width * height;
      const values = new Uint8Array(channels * area);
      for (let i = 0; i < area; i++) {
        const [r, g, b, a] = data.subarray(4 * i, 4 * i + 4);
        if (channels === 1) values[i] = Math.round(0.299 * r + 0.587 * g + 0.114 * b);
        else [r, g, b, a].slice(0, channels).forEach((value, c) => { values[c * area + i] = value; });
      }
      status("Translating…");
      const begun = performance.now();
      const made = await session.run({ [CARD.inputs[0].name]: new ort.Tensor("uint8", values, [1, channels, height, width]) });
      shown(made[CARD.output.name]);
      status(`${width}x${height} in ${Math.round(performance.now() - begun)} ms`);
    } catch (error) {
      status(`This did not work: ${error.message}`);
    }
  }
  $("controls").addEventListener("input", make);
  $("controls").addEventListener("submit", (event) => event.preventDefault());
  status("Choose a picture.");
}

$("title").textContent = document.title = CARD.title;
$("about").textContent = `${CARD.method}, ${CARD.step.toLocaleString("en")} steps, ${CARD.made_with}. Nothing leaves this page.`;
$("card").textContent = JSON.stringify(CARD, null, 1);
started().then(CARD.kind === "translator" ? translating : sampling).catch((error) => status(`This browser can't run it: ${error.message}`));
