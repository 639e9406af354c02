// The head-up display as HTML over the picture: what an operator needs at a glance, at the edges.

const text = (parent, className, role) => {
  const made = document.createElement("div");
  made.className = className;
  if (role) made.setAttribute("role", role);
  parent.append(made);
  return made;
};

const put = (element, value) => {
  if (element.textContent !== value) element.textContent = value;
  element.hidden = value === "";
};

const clock = (s) => `${String(Math.floor(s / 60)).padStart(2, "0")}:${(s % 60).toFixed(1).padStart(4, "0")}`;

export class Hud {
  constructor(root) {
    this.root = root;
    this.title = text(root, "hud-title");
    this.phase = text(root, "hud-phase");
    this.clock = text(root, "hud-clock");
    this.age = text(root, "hud-age");
    this.state = text(root, "hud-state");
    this.notes = text(root, "hud-notes");
    this.banner = text(root, "hud-banner", "status");
    this.centre = text(root, "hud-centre");
    this.force = text(root, "hud-force");
    this.control = text(root, "hud-control");
    this.bar = document.createElement("div");
    this.bar.className = "hud-bar";
    this.bar.append((this.fill = document.createElement("div")));
    this.force.after(this.bar);
  }

  show(head, extra) {
    const s = head.status;
    put(this.title, s.title);
    put(this.clock, clock(head.time_s));
    put(this.age, extra.age === null ? "" : extra.age > 150 ? `STALE ${(extra.age / 1000).toFixed(1)} s` : `${Math.round(extra.age)} ms`);
    this.age.classList.toggle("is-stale", extra.age > 150);
    put(this.state, s.state);
    this.state.dataset.tone = s.tone;
    put(this.control, extra.control);
    if ("say" in s) this._guided(s);
    else this._surgery(s, head);
    if (extra.banner) put(this.banner, extra.banner);
    this.banner.hidden = !this.banner.textContent;
  }

  _surgery(s, head) {
    put(this.phase, s.phases.length > 1 ? `${s.phase + 1} of ${s.phases.length}  ${s.phases[s.phase] ?? ""}` : "");
    put(this.notes, s.notes.join("  "));
    put(this.banner, s.success ? "Goal reached" : s.instruction);
    this.banner.dataset.tone = s.success ? "go" : "idle";
    const parts = [];
    if (s.distance_m !== null) parts.push(`${(1e3 * s.distance_m).toFixed(1)} mm to go`);
    if (s.jaws) parts.push(s.jaws);
    if (s.placed) parts.push(s.placed);
    put(this.centre, parts.join("   "));
    put(this.force, `${s.force_n.toFixed(2)} N`);
    const share = Math.min(s.force_n / s.force_full_n, 1);
    this.fill.style.width = `${100 * share}%`;
    this.bar.dataset.level = share >= 1 ? 2 : s.force_n >= s.force_warn_n ? 1 : 0;
    this.bar.hidden = false;
  }

  _guided(s) {
    put(this.phase, `Repetition ${s.repetition} of ${s.repetitions}   ${s.passed} passed${s.failed ? `, ${s.failed} not` : ""}`);
    put(this.notes, s.stop ? `${s.stop}. ${s.after}` : s.verdict);
    put(this.banner, s.stop ? `Stopped: ${s.stop}` : s.left_s > 0 ? `${s.say} ${s.left_s}` : s.say);
    this.banner.dataset.tone = s.stop ? "stop" : "idle";
    put(this.centre, [s.way, s.place, s.goal && `to ${s.goal}`, s.remark].filter(Boolean).join("  "));
    put(this.force, s.cuff_n === null ? "" : `${s.cuff_n.toFixed(0)} N${s.cuff_limit_n === null ? "" : ` of ${s.cuff_limit_n.toFixed(0)} N`}   help ${Math.round(100 * s.assistance)} %`);
    const share = s.cuff_n === null || s.cuff_limit_n === null ? 0 : Math.min(s.cuff_n / s.cuff_limit_n, 1);
    this.fill.style.width = `${100 * share}%`;
    this.bar.dataset.level = share >= 1 ? 2 : share >= 0.8 ? 1 : 0;
    this.bar.hidden = s.cuff_limit_n === null;
  }
}
