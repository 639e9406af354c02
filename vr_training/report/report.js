// The report's own script: turns the path, runs the clock, jumps to what is clicked. Nothing here is loaded from elsewhere.
(function (root) {
  "use strict";

  // Dark blue, teal, green, yellow: told apart by lightness as well, on white and on black.
  const STOPS = [[72, 62, 150], [46, 110, 164], [38, 160, 140], [120, 200, 90], [245, 205, 60]];

  function colour(share) {
    const x = Math.min(Math.max(Number.isFinite(share) ? share : 0, 0), 1) * (STOPS.length - 1);
    const i = Math.min(Math.floor(x), STOPS.length - 2), f = x - i;
    const mix = STOPS[i].map((from, k) => Math.round(from + f * (STOPS[i + 1][k] - from)));
    return "rgb(" + mix.join(",") + ")";
  }

  // Right, up, towards the operator -> right and down on the screen, and depth towards the eye.
  function project(point, yaw, pitch) {
    const cy = Math.cos(yaw), sy = Math.sin(yaw), cp = Math.cos(pitch), sp = Math.sin(pitch);
    const x = cy * point[0] + sy * point[2], z = -sy * point[0] + cy * point[2];
    return [x, -(cp * point[1] - sp * z), sp * point[1] + cp * z];
  }

  // Index of the last time at or before t, or 0.
  function indexAt(times, t) {
    let low = 0, high = times.length;
    while (low < high) {
      const mid = (low + high) >> 1;
      if (times[mid] <= t + 1e-9) low = mid + 1; else high = mid;
    }
    return Math.max(low - 1, 0);
  }

  function nearest(points, x, y) {
    let best = -1, least = Infinity;
    points.forEach(function (p, i) {
      const d = (p[0] - x) * (p[0] - x) + (p[1] - y) * (p[1] - y);
      if (d < least) { least = d; best = i; }
    });
    return { index: best, distance: Math.sqrt(least) };
  }

  function bounds(arms) {
    const low = [Infinity, Infinity, Infinity], high = [-Infinity, -Infinity, -Infinity];
    arms.forEach((arm) => arm.xyz.forEach((p) => p.forEach(function (v, k) {
      low[k] = Math.min(low[k], v); high[k] = Math.max(high[k], v);
    })));
    return { low: low, high: high };
  }

  function scaleOf(arms, key) {
    const all = [].concat.apply([], arms.map((arm) => arm[key])).sort((a, b) => a - b);
    return all.length ? all[Math.floor(0.995 * (all.length - 1))] : 0;
  }

  function niceStep(span) {
    const rough = span / 5, power = Math.pow(10, Math.floor(Math.log10(rough)));
    return power * ([1, 2, 5, 10].find((m) => m * power >= rough));
  }

  function pathView(canvas, data, jump) {
    const box = bounds(data.arms), span = Math.max.apply(null, box.high.map((v, k) => v - box.low[k]).concat(1));
    // The floor is part of what must fit, in whole cells.
    const step = niceStep(span), cells = [0, 2].map(function (k) {
      return [Math.floor(box.low[k] / step) * step, Math.ceil(box.high[k] / step + 1e-6) * step];
    });
    const low = [cells[0][0], box.low[1], cells[1][0]], high = [cells[0][1], box.high[1], cells[1][1]];
    const middle = low.map((v, k) => 0.5 * (v + high[k])), size = Math.hypot.apply(null, high.map((v, k) => v - low[k]));
    const START = { yaw: -0.6, pitch: 0.45, zoom: 1 };
    let view = Object.assign({}, START), key = "speed", time = data.time[0];
    const css = (name) => getComputedStyle(canvas).getPropertyValue(name).trim();

    function toScreen(p) {
      const w = canvas.clientWidth, h = canvas.clientHeight, s = view.zoom * 0.92 * Math.min(w, h) / size;
      const q = project(p.map((v, k) => v - middle[k]), view.yaw, view.pitch);
      return [0.5 * w + s * q[0], 0.5 * h + s * q[1]];
    }

    function line(g, points, style, width) {
      g.beginPath();
      points.forEach((p, i) => (i ? g.lineTo(p[0], p[1]) : g.moveTo(p[0], p[1])));
      g.strokeStyle = style; g.lineWidth = width; g.stroke();
    }

    function draw() {
      const w = canvas.clientWidth, h = canvas.clientHeight, ratio = root.devicePixelRatio || 1;
      if (!w || !h) return;
      if (canvas.width !== Math.round(w * ratio) || canvas.height !== Math.round(h * ratio)) {
        canvas.width = Math.round(w * ratio); canvas.height = Math.round(h * ratio);
      }
      const g = canvas.getContext("2d");
      g.setTransform(ratio, 0, 0, ratio, 0, 0);
      g.clearRect(0, 0, w, h);
      g.lineCap = g.lineJoin = "round";
      const muted = css("--muted"), grid = css("--grid"), ink = css("--ink"), good = css("--good");
      const floor = box.low[1];
      for (let x = cells[0][0]; x <= cells[0][1] + 1e-6; x += step)
        line(g, [toScreen([x, floor, cells[1][0]]), toScreen([x, floor, cells[1][1]])], grid, 1);
      for (let z = cells[1][0]; z <= cells[1][1] + 1e-6; z += step)
        line(g, [toScreen([cells[0][0], floor, z]), toScreen([cells[0][1], floor, z])], grid, 1);
      g.fillStyle = muted; g.font = "12px " + css("font-family"); g.textAlign = "center";
      const right = toScreen([cells[0][1] + 0.35 * step, floor, cells[1][1]]);
      const near = toScreen([cells[0][0], floor, cells[1][1] + 0.45 * step]);
      g.fillText("right", right[0], right[1] + 4); g.fillText("towards you", near[0], near[1] + 4);
      g.textAlign = "left"; g.fillText("grid " + step + " mm", 10, h - 12);

      const most = scaleOf(data.arms, key) || 1;
      data.arms.forEach(function (arm) {
        line(g, arm.xyz.map((p) => toScreen([p[0], floor, p[2]])), grid, 2);
        const points = arm.xyz.map(toScreen);
        for (let i = 1; i < points.length; i++)
          line(g, [points[i - 1], points[i]], colour(arm[key][i] / most), 2.6);
      });
      if (data.goal) {
        const at = toScreen(data.goal), edge = view.zoom * 0.92 * Math.min(w, h) / size * data.radius;
        g.beginPath(); g.arc(at[0], at[1], Math.max(edge, 3), 0, 2 * Math.PI);
        g.fillStyle = good; g.globalAlpha = 0.15; g.fill(); g.globalAlpha = 1;
        g.strokeStyle = good; g.lineWidth = 1.5; g.stroke();
      }
      const now = indexAt(data.time, time);
      data.arms.forEach(function (arm) {
        const at = toScreen(arm.xyz[now]), foot = toScreen([arm.xyz[now][0], floor, arm.xyz[now][2]]);
        g.setLineDash([3, 3]); line(g, [at, foot], muted, 1); g.setLineDash([]);
        g.beginPath(); g.arc(at[0], at[1], 6, 0, 2 * Math.PI);
        g.fillStyle = css("--card"); g.fill(); g.strokeStyle = ink; g.lineWidth = 2; g.stroke();
        if (data.arms.length > 1) { g.fillStyle = ink; g.fillText(arm.name, at[0] + 10, at[1] - 8); }
      });
    }

    let asked = false;
    function redraw() {
      if (asked) return;
      asked = true;
      root.requestAnimationFrame(function () { asked = false; draw(); });
    }
    function turn(yaw, pitch) {
      view.yaw += yaw;
      view.pitch = Math.min(Math.max(view.pitch + pitch, -1.57), 1.57);
      redraw();
    }
    function zoom(factor) { view.zoom = Math.min(Math.max(view.zoom * factor, 0.5), 20); redraw(); }

    let held = null;
    canvas.addEventListener("pointerdown", function (e) {
      held = { x: e.clientX, y: e.clientY, far: 0 };
      canvas.setPointerCapture(e.pointerId);
    });
    canvas.addEventListener("pointermove", function (e) {
      if (!held) return;
      const dx = e.clientX - held.x, dy = e.clientY - held.y;
      held = { x: e.clientX, y: e.clientY, far: held.far + Math.abs(dx) + Math.abs(dy) };
      turn(0.01 * dx, 0.01 * dy);
    });
    canvas.addEventListener("pointerup", function (e) {
      const far = held ? held.far : 99;
      held = null;
      if (far > 4) return;
      const edge = canvas.getBoundingClientRect();
      let best = { index: -1, distance: 15 };
      data.arms.forEach(function (arm) {
        const found = nearest(arm.xyz.map(toScreen), e.clientX - edge.left, e.clientY - edge.top);
        if (found.distance < best.distance) best = found;
      });
      if (best.index >= 0) jump(data.time[best.index]);
    });
    canvas.addEventListener("pointercancel", function () { held = null; });
    canvas.addEventListener("dblclick", function () { view = Object.assign({}, START); redraw(); });
    canvas.addEventListener("wheel", function (e) {
      if (!e.ctrlKey) return;  // the page scrolls as it always does
      e.preventDefault();
      zoom(Math.exp(-0.002 * e.deltaY));
    }, { passive: false });
    canvas.addEventListener("keydown", function (e) {
      const moves = { ArrowLeft: [-0.1, 0], ArrowRight: [0.1, 0], ArrowUp: [0, -0.1], ArrowDown: [0, 0.1] };
      if (moves[e.key]) turn(moves[e.key][0], moves[e.key][1]);
      else if (e.key === "+") zoom(1.2);
      else if (e.key === "-") zoom(1 / 1.2);
      else return;
      e.preventDefault();
    });
    if (root.ResizeObserver) new root.ResizeObserver(redraw).observe(canvas);
    root.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
    draw();
    return {
      show: function (t) { time = t; redraw(); },
      colourBy: function (by) { key = by; redraw(); return scaleOf(data.arms, by); },
      view: function () { return Object.assign({}, view); },
      screen: function (i) { return toScreen(data.arms[0].xyz[i]); },
      scale: function () { return scaleOf(data.arms, key); },
    };
  }

  function start(doc) {
    const holder = doc.getElementById("path-data"), canvas = doc.getElementById("path-3d");
    if (!holder || !canvas) return null;
    const data = JSON.parse(holder.textContent), begin = data.time[0], end = data.time[data.time.length - 1];
    const video = doc.getElementById("video"), clock = doc.getElementById("clock"), play = doc.getElementById("play");
    const heads = Array.from(doc.querySelectorAll(".playhead")), tracks = Array.from(doc.querySelectorAll(".track"));
    let now = begin, running = 0;
    const path = pathView(canvas, data, jump);

    function show(t) {
      now = Math.min(Math.max(t, begin), end);
      const share = 100 * (now - begin) / Math.max(end - begin, 1e-9);
      heads.forEach((head) => { head.style.left = share + "%"; });
      clock.textContent = now.toFixed(1) + " s of " + end.toFixed(1) + " s";
      path.show(now);
    }
    function jump(t) {
      if (usable()) video.currentTime = Math.max(t - begin, 0);
      show(t);
    }
    function usable() { return video && !video.hidden; }
    function label() { play.textContent = running ? "❚❚ Pause" : "▶ Play"; }
    function step(last) {
      return function (at) {
        if (!running) return;
        if (usable()) show(begin + video.currentTime);
        else show(now + 1e-3 * (at - last));
        if (now >= end || (usable() && video.ended)) { running = 0; label(); return; }
        running = root.requestAnimationFrame(step(at));
      };
    }
    function run() {
      if (running) return;
      if (now >= end - 1e-3) jump(begin);
      running = root.requestAnimationFrame(step(root.performance.now()));
      label();
    }
    function pause() { running = 0; label(); }
    play.addEventListener("click", function () {
      if (usable()) { if (video.paused) video.play(); else video.pause(); }
      else if (running) pause();
      else run();
    });
    if (video) {
      video.addEventListener("play", run);
      video.addEventListener("pause", pause);
      video.addEventListener("seeking", function () { show(begin + video.currentTime); });
      video.addEventListener("error", function () {
        video.hidden = true;
        doc.getElementById("no-video").hidden = false;
      });
      if (video.error || video.networkState === 3) video.dispatchEvent(new root.Event("error"));
    }
    doc.querySelectorAll("[data-t]").forEach(function (mark) {
      mark.addEventListener("click", function (e) { e.stopPropagation(); jump(Number(mark.dataset.t)); });
    });
    tracks.forEach(function (track) {
      track.addEventListener("click", function (e) {
        const edge = track.getBoundingClientRect();
        jump(begin + (end - begin) * (e.clientX - edge.left) / edge.width);
      });
    });
    function legend(most, unit) {
      doc.getElementById("scale-most").textContent = (most >= 10 ? most.toFixed(0) : most.toFixed(2)) + " " + unit;
    }
    doc.getElementById("scale").style.background =
      "linear-gradient(90deg," + [0, 0.25, 0.5, 0.75, 1].map(colour).join(",") + ")";
    doc.querySelectorAll("[data-colour]").forEach(function (choice) {
      choice.addEventListener("click", function () {
        doc.querySelectorAll("[data-colour]").forEach((c) => c.setAttribute("aria-pressed", String(c === choice)));
        legend(path.colourBy(choice.dataset.colour), choice.dataset.unit);
      });
    });
    legend(path.scale(), "mm/s");
    label();
    show(begin);
    return { jump: jump, now: function () { return now; }, path: path };
  }

  root.steadyhandReport = {
    colour: colour, project: project, indexAt: indexAt, nearest: nearest, niceStep: niceStep, scaleOf: scaleOf, start: start,
  };
  if (root.document) root.steadyhandReport.player = start(root.document);
})(typeof globalThis === "undefined" ? window : globalThis);
