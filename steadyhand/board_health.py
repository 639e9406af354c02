"""What an examination of a joint board comes to, as findings: each says what holds, and how to mend what does not."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from hardware.dynamixel.inspection import latency_problem
from hardware.firmware.build import target_of
from hardware.joint_board.examining import POWERED, Examination, Exchange
from hardware.joint_board.messages import VERSION, Fault, Hello, State
from hardware.joint_board.plant import WATCHDOG_MS
from hardware.joint_board.round_trips import RoundTrips
from hardware.joint_board.watchdog import PATIENCE_S, Proof
from hardware.serial_port import latency_timer as timer_of
from steadyhand.health import Finding

RATE_OK, RATE_BAD = 0.95, 0.5
"""Shares of the rate that a board offers: it is reached from the first on, and below the second too low; ours."""

CLOCK_OK = 0.01
"""Share by which a board's clock may be off before its watchdog is another than it says; ours."""

HOST_LATE_US = 250_000
"""By so much longer than by its own clock a board may seem to be silent, as this machine is busy [us]; ours."""


@dataclass(frozen=True)
class BoardFinding(Finding):
    """A finding with its figures.

    Attributes:
        figures: What was measured, by names that carry their units.
    """

    figures: dict[str, Any] = field(default_factory=dict)


def firmware(examination: Examination) -> BoardFinding:
    """Who the board is, and what it can do."""
    hello, joints = examination.hello, examination.joints
    name, build = bytes(hello.board).rstrip(b"\0").decode(errors="replace"), bytes(hello.build).hex()
    sliding, braked = sum(joint.prismatic for joint in joints), sum(joint.brake for joint in joints)
    homed = sum(joint.homed for joint in joints)
    target = target_of(bytes(hello.build))
    of = f"of the sources here for {target}" if target else "of other sources than those here"
    said = (
        f"{name}, firmware {hello.firmware}, protocol {VERSION}, build {build}, {of}; {hello.joints} joints ({sliding} "
        f"slide, {braked} with a brake, {homed} know where they are), {hello.channels} further sensors; servo "
        f"{hello.servo} Hz, telemetry and commands {hello.rate} Hz"
    )
    figures = {
        "board": name, "firmware": hello.firmware, "protocol": VERSION, "build": build, "built_for": target,
        "boot": hello.boot, "joints": hello.joints, "prismatic": sliding, "brakes": braked, "homed": homed,
        "channels": hello.channels, "servo_hz": hello.servo, "rate_hz": hello.rate,
        "watchdog_least_ms": hello.watchdog_least, "watchdog_most_ms": hello.watchdog_most,
    }  # fmt: skip
    if not target:
        fix = "flash it anew if it is to be what is here: python -m hardware.firmware.build"
        return BoardFinding("firmware", "note", said, fix, figures)
    if homed < len(joints):
        fix = f"have it find its references before it is driven: steadyhand hardware home {examination.line.name}"
        return BoardFinding("firmware", "note", said, fix, figures)
    return BoardFinding("firmware", "ok", said, "", figures)


def state(examination: Examination) -> BoardFinding:
    """What the board is doing, and what it says of its encoders."""
    told = examination.telemetry
    closed = "closed" if told.inputs & 1 else "OPEN"
    because = f", {_words(told.fault)}" if told.fault is not Fault.NONE else ""
    said = f"{told.state.name}{because}; emergency stop line {closed}"
    figures = {
        "state": told.state.name, "fault": told.fault.name, "inputs": told.inputs, "invalid_joints": told.invalid
    }  # fmt: skip
    doubtful = [str(k) for k in range(examination.hello.joints) if told.invalid >> k & 1]
    if doubtful:
        said += f"; encoders not to be trusted: joints {', '.join(doubtful)}"
    if told.state in POWERED:
        fix = "press the emergency stop; a board that nobody speaks to has to make itself safe"
        return BoardFinding("state", "bad", f"{said}; drives are on, and this program did not arm them", fix, figures)
    if told.state is not State.IDLE:
        fix = f"mend the cause, {_clears(examination)}"
        return BoardFinding("state", "note", said, fix, figures)
    if doubtful:
        return BoardFinding("state", "note", said, "look at these encoders and their cables", figures)
    return BoardFinding("state", "ok", said, "", figures)


def rates(exchange: Exchange, hello: Hello) -> tuple[BoardFinding, BoardFinding]:
    """Telemetry and commands a second, beside what the board offers."""
    return _telemetry(exchange, hello), _commands(exchange, hello)


def _telemetry(exchange: Exchange, hello: Hello) -> BoardFinding:
    share = exchange.telemetry_hz / max(hello.rate, 1)
    damaged = exchange.lost + exchange.corrupt_here
    off = abs(exchange.clock - 1.0)
    said = (
        f"{exchange.telemetry_hz:.1f} of {hello.rate} Hz over {exchange.seconds:.1f} s; {exchange.lost} frames lost, "
        f"{exchange.corrupt_here} corrupt; the board's clock goes {100.0 * exchange.clock:.2f} % as fast as this one's"
    )
    fix = ""
    if damaged:
        fix = "a shorter or better cable, the speed that the board has, fewer programs on this machine"
    elif not off <= CLOCK_OK:
        fix = "the board's clock or its loop is not what it says: its crystal, its firmware, or too slow an emulation"
    elif share < RATE_OK:
        fix = "a faster line, or firmware that offers what the board reaches"
    figures = {
        "seconds": exchange.seconds, "offered_hz": hello.rate, "reached_hz": exchange.telemetry_hz,
        "lost": exchange.lost, "corrupt": exchange.corrupt_here, "clock": exchange.clock,
    }  # fmt: skip
    return BoardFinding("telemetry", _level(share, damaged + (not off <= CLOCK_OK)), said, fix, figures)


def _commands(exchange: Exchange, hello: Hello) -> BoardFinding:
    share = exchange.commands_hz / max(hello.rate, 1)
    damaged = exchange.unanswered + exchange.corrupt_there
    said = (
        f"{exchange.commands_hz:.1f} of {hello.rate} Hz, none of them to be followed; {exchange.unsent} found no room, "
        f"{exchange.corrupt_there} came in corrupt, {exchange.unanswered} of {exchange.asked} questions unanswered"
    )
    fix = ""
    if exchange.unsent:
        fix = "a faster line, as the board's firmware bears it"
    elif damaged:
        fix = "a shorter or better cable, the speed that the board has"
    elif share < RATE_OK:
        fix = "real-time rights, fewer programs on this machine: steadyhand doctor"
    figures = {
        "offered_hz": hello.rate, "reached_hz": exchange.commands_hz, "sent": exchange.commands,
        "unsent": exchange.unsent, "corrupt": exchange.corrupt_there, "asked": exchange.asked,
        "unanswered": exchange.unanswered,
    }  # fmt: skip
    return BoardFinding("commands", _level(share, damaged + exchange.unsent), said, fix, figures)


def round_trips(trips: RoundTrips) -> BoardFinding:
    """How long the board takes to answer, beside the watchdog."""
    shares = {"median_us": 0.5, "p95_us": 0.95, "p99_us": 0.99, "worst_us": 1.0}
    if not trips.count:
        return BoardFinding(
            "round trip", "bad", "no question was answered", "another cable, another port", {"count": 0}
        )
    times = {name: trips.percentile(share) for name, share in shares.items()}
    median, most, nearly, worst = (1e-3 * each for each in times.values())
    said = (
        f"median {median:.2f} ms, 95 % {most:.2f} ms, 99 % {nearly:.2f} ms, worst {worst:.2f} ms of {trips.count}, "
        f"beside a watchdog of {WATCHDOG_MS} ms"
    )
    level: Literal["ok", "note", "bad"] = "ok"
    if worst > WATCHDOG_MS / 2:
        level = "bad" if nearly > WATCHDOG_MS else "note"
    fix = "" if level == "ok" else "real-time rights, fewer programs, no USB hub: steadyhand doctor"
    figures = {"count": trips.count, **times, "histogram": [each._asdict() for each in trips.bins()]}
    return BoardFinding("round trip", level, said, fix, figures)


def latency_timer(path: str) -> BoardFinding:
    """What the adapter's latency timer is set to, now that the port was opened."""
    file = timer_of(path)
    if file is None:
        said = "not told here: no FTDI adapter of this machine is behind the port"
        return BoardFinding("latency timer", "ok", said, "", {"latency_timer_ms": None})
    problem = latency_problem(path)
    try:
        value = int(file.read_text())
    except (OSError, ValueError):
        return BoardFinding("latency timer", "note", "not told here", problem, {"latency_timer_ms": None})
    said, figures = f"{value} ms", {"latency_timer_ms": value}
    return BoardFinding("latency timer", "note" if problem else "ok", said, problem, figures)


def unproven(hello: Hello, port: str) -> BoardFinding:
    """The watchdog, as far as the board says without drives."""
    figures = _watchdog_figures(hello, None)
    if not hello.watchdog_most:
        return BoardFinding("watchdog", "bad", "the board has none", "do not drive an arm with it", figures)
    offers = f"the board offers {hello.watchdog_least} to {hello.watchdog_most} ms"
    if not hello.watchdog_least <= WATCHDOG_MS <= hello.watchdog_most:
        fix = "firmware that offers it; this program does not drive the board as it is"
        return BoardFinding("watchdog", "bad", f"{offers}, this program asks for {WATCHDOG_MS} ms", fix, figures)
    said = f"not proven: {offers}, but it watches only while drives are on"
    fix = f"with the arm free and a hand at the emergency stop: steadyhand doctor --port {port} --prove-watchdog"
    return BoardFinding("watchdog", "note", said, fix, figures)


def in_the_way(examination: Examination) -> BoardFinding | None:
    """Why the watchdog cannot be proven; None where it can."""
    hello, told = examination.hello, examination.telemetry
    if not hello.watchdog_least <= WATCHDOG_MS <= hello.watchdog_most:
        return unproven(hello, examination.line.name)
    if examination.state is not State.IDLE:
        said = f"not proven: the board is {examination.state.name}, {_words(told.fault)}; it is armed from IDLE alone"
        fix = f"mend the cause, {_clears(examination)}"
        return BoardFinding("watchdog", "bad", said, fix, _watchdog_figures(hello, None))
    return None


def warning(examination: Examination) -> str:
    """What a proof does to the arm."""
    does = sorted({_words(joint.safe) for joint in examination.joints})
    return (
        "Drives will be powered and joints held where they are; then this program falls silent, and the board has to "
        f"make itself SAFE, in which its joints do this: {', '.join(does)}."
    )


def not_proven(why: str, port: str) -> BoardFinding:
    """A proof that could not be made."""
    fix = f"mend that, then again: steadyhand doctor --port {port} --prove-watchdog"
    return BoardFinding("watchdog", "bad", f"not proven: {why}", fix)


def proof(proven: Proof, examination: Examination) -> BoardFinding:
    """What became of the armed board to which nobody spoke."""
    figures = _watchdog_figures(examination.hello, proven)
    clears = _clears(examination)
    if proven.state in POWERED:
        said = (
            f"the board DOES NOT make itself safe: still {proven.state.name} {1e3 * PATIENCE_S:.0f} ms past its "
            f"watchdog of {proven.watchdog_ms} ms; it was disarmed from here"
        )
        fix = "do not drive an arm with it; firmware whose watchdog bites: python -m hardware.firmware.build"
        return BoardFinding("watchdog", "bad", said, fix, figures)
    if proven.fault is not Fault.WATCHDOG or proven.silent_us is None or proven.host_us is None:
        said = f"not proven: the board became {proven.state.name} of another cause, {_words(proven.fault)}"
        return BoardFinding("watchdog", "bad", said, f"mend the cause; {clears}", figures)
    times = (
        f"of a watchdog of {proven.watchdog_ms} ms: {proven.state.name} by itself {1e-3 * proven.silent_us:.1f} ms "
        f"after the last word it heard by its own clock (at most {1e-3 * proven.bound_us:.1f}), heard here after "
        f"{1e-3 * proven.host_us:.1f} ms; armed and spoken to for {proven.kept_ms:.0f} ms before"
    )
    if not proven.holds:
        fix = f"do not drive an arm with it: its watchdog does not bite when it should; {clears}"
        return BoardFinding("watchdog", "bad", f"not in time, {times}", fix, figures)
    if proven.host_us > proven.silent_us + HOST_LATE_US:
        fix = f"again where this machine is less busy; else the board's clock is too slow; {clears}"
        return BoardFinding("watchdog", "note", f"bites by the board's clock, {times}", fix, figures)
    return BoardFinding("watchdog", "ok", f"proven, {times}", f"it is left {proven.state.name}; {clears}", figures)


def _watchdog_figures(hello: Hello, proven: Proof | None) -> dict[str, Any]:
    offered = {"least_ms": hello.watchdog_least, "most_ms": hello.watchdog_most, "proven": None}
    if proven is None:
        return offered
    names = {"state": proven.state.name, "fault": proven.fault.name}
    return {**offered, **asdict(proven), **names, "proven": proven.holds}


def _level(share: float, damaged: int) -> Literal["ok", "note", "bad"]:
    if share < RATE_BAD:
        return "bad"
    return "ok" if share >= RATE_OK and not damaged else "note"


def _clears(examination: Examination) -> str:
    """What lets a board go that is safe; the port is named with its speed."""
    return f"look at the arm, then: steadyhand hardware clear {examination.line.name}"


def _words(name: Any) -> str:
    return str(name.name).lower().replace("_", " ")
