"use strict";
(() => {
  const root = document.documentElement;
  const all = (selector, from = document) => Array.from(from.querySelectorAll(selector));
  const remembered = (() => {
    try { return JSON.parse(sessionStorage.getItem("gankit") || "{}"); } catch { return {}; }
  })();

  // Samples: one step at a time.
  const viewer = document.getElementById("viewer");
  const frames = viewer ? all("figure", viewer) : [];
  const slider = document.getElementById("step");
  const output = document.getElementById("step-shown");
  const play = document.getElementById("play");
  let timer = null;
  let show = () => {};

  const atStep = (step) => {
    const charts = all(".plot svg");
    for (const svg of charts) {
      const x = svg.place ? svg.place(step) : -9;
      const line = svg.querySelector(".now");
      line.setAttribute("x1", x);
      line.setAttribute("x2", x);
    }
  };
  const stop = () => {
    clearInterval(timer);
    timer = null;
    if (play) play.textContent = "Play";
  };

  // Curves: the values at a step, by pointer or by keys.
  for (const plot of all(".plot")) {
    const svg = plot.querySelector("svg");
    const series = JSON.parse(plot.parentElement.querySelector(".values").textContent);
    const cursor = plot.querySelector(".cursor");
    const dots = all(".dot", plot);
    const reading = plot.querySelector(".reading");
    const points = [...new Map(series.flatMap((one) => one.steps.map((step, i) => [step, one.x[i]])))];
    points.sort((a, b) => a[0] - b[0]);
    if (!points.length) continue;
    let at = points.length - 1;

    svg.place = (step) => {
      const [first, last] = [points[0], points[points.length - 1]];
      if (last[0] === first[0]) return last[1];
      const x = first[1] + (last[1] - first[1]) * (step - first[0]) / (last[0] - first[0]);
      return step > last[0] ? last[1] : x;
    };
    const read = (index) => {
      at = Math.min(Math.max(index, 0), points.length - 1);
      const [step, x] = points[at];
      cursor.setAttribute("x1", x);
      cursor.setAttribute("x2", x);
      const words = series.map((one, k) => {
        const i = one.steps.indexOf(step);
        const seen = i >= 0 && one.y[i] !== null;
        dots[k].setAttribute("cx", seen ? x : -9);
        dots[k].setAttribute("cy", seen ? one.y[i] : -9);
        return i >= 0 ? `${one.name} ${one.values[i]}` : null;
      });
      reading.textContent = `step ${step.toLocaleString("en")}: ${words.filter((word) => word).join(", ")}`;
    };
    const leave = () => {
      for (const line of [cursor]) { line.setAttribute("x1", -9); line.setAttribute("x2", -9); }
      for (const dot of dots) dot.setAttribute("cx", -9);
      reading.textContent = "";
    };
    svg.addEventListener("pointermove", (event) => {
      const box = svg.getBoundingClientRect();
      const x = (event.clientX - box.left) / box.width * svg.viewBox.baseVal.width;
      let best = 0;
      points.forEach((point, i) => { if (Math.abs(point[1] - x) < Math.abs(points[best][1] - x)) best = i; });
      read(best);
    });
    svg.addEventListener("pointerleave", leave);
    plot.addEventListener("blur", leave);
    plot.addEventListener("keydown", (event) => {
      const far = Math.max(1, Math.round(points.length / 10));
      const moves = { ArrowLeft: at - 1, ArrowRight: at + 1, PageDown: at - far, PageUp: at + far, Home: 0, End: points.length - 1 };
      if (!(event.key in moves)) return;
      event.preventDefault();
      read(moves[event.key]);
    });
  }

  if (slider) {
    show = (index) => {
      frames.forEach((frame, i) => { frame.hidden = i !== index; });
      slider.value = index;
      const step = Number(frames[index].dataset.step);
      const words = `step ${step.toLocaleString("en")}`;
      output.textContent = words;
      slider.setAttribute("aria-valuetext", words);
      atStep(step);
    };
    slider.addEventListener("input", () => { stop(); show(Number(slider.value)); });
    play.addEventListener("click", () => {
      if (timer) return stop();
      play.textContent = "Pause";
      if (Number(slider.value) === frames.length - 1) show(0);
      timer = setInterval(() => {
        if (Number(slider.value) >= frames.length - 1) return stop();
        show(Number(slider.value) + 1);
      }, 350);
    });
    const kept = frames.findIndex((frame) => frame.dataset.step === remembered.step);
    show(remembered.step && kept >= 0 ? kept : frames.length - 1);
  }

  for (const button of all("button[data-copies]")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      const source = document.getElementById(button.dataset.copies);
      let copied = false;
      try {
        await navigator.clipboard.writeText(source.textContent);
        copied = true;
      } catch {
        getSelection().selectAllChildren(source);
        copied = document.execCommand("copy");
      }
      button.textContent = copied ? "Copied" : "Selected: copy it by hand";
      setTimeout(() => { button.textContent = "Copy"; }, 2000);
    });
  }

  // While the run goes on: look for a newer page, and come back to where the reader was; how far down that was, the
  // browser knows.
  const details = all("details");
  const focusable = all("a, button, input, summary, [tabindex]");
  (remembered.open || []).forEach((index) => { if (details[index]) details[index].open = true; });
  focusable[remembered.focus]?.focus({ preventScroll: true });
  try { sessionStorage.removeItem("gankit"); } catch { /* not kept here, then */ }
  if (root.dataset.state !== "running") return;

  const age = () => Date.now() / 1000 - Number(root.dataset.written);
  const seconds = Number(root.dataset.refresh);
  const busy = () => document.hidden || timer || slider?.matches(":active") || String(getSelection());
  const renew = () => {
    if (busy()) return;
    const last = slider && Number(slider.value) === frames.length - 1;
    const kept = {
      step: slider && !last ? frames[Number(slider.value)].dataset.step : null,
      focus: focusable.indexOf(document.activeElement),
      open: details.flatMap((one, index) => (one.open ? [index] : [])),
    };
    try { sessionStorage.setItem("gankit", JSON.stringify(kept)); } catch { /* it starts at the top, then */ }
    location.reload();
  };
  const silent = document.getElementById("silent");
  if (age() > 1800 && silent) {
    silent.hidden = false;
    silent.querySelector("b").textContent = `${Math.round(age() / 60)} minutes`;
  }
  setInterval(renew, 1000 * (age() > 1800 ? 4 * seconds : seconds));
})();
