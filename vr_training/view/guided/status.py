"""What the display of a guided exercise says, gathered from scene, state and view into plain values."""

from __future__ import annotations

import math
from dataclasses import dataclass

from control.tick import PATIENT_STOPS, Flag, State
from robotics.contracts import COUNTDOWN
from robotics.guidance import Moment
from vr_training.stream.messages import GuidedScene, GuidedState, SceneMessage, StateMessage
from vr_training.view.guided.aim import has_goal, is_pursued, is_there, phase_of
from vr_training.view.status import Tone, ViewInfo

STATES: dict[State, tuple[str, Tone]] = {
    State.OFF: ("Off", "idle"),
    State.SELF_TEST: ("Checking the robot", "idle"),
    State.IDLE: ("Off", "idle"),
    State.HOMING: ("Going to the start", "idle"),
    State.READY: ("Waiting for the therapist", "idle"),
    State.ENGAGED: ("Exercise runs", "go"),
    State.CLUTCHED: ("Paused", "pause"),
    State.HOLD: ("Stopped", "stop"),
    State.SOFT_STOP: ("Coming to rest", "stop"),
    State.POWER_OFF: ("Power off", "stop"),
    State.LATCHED_FAULT: ("Fault", "stop"),
}
"""Each state in a therapist's words."""

PHASES = {"show": "Demonstration", "rest": "Rest"}
"""What the exercise is at where that says more than that it runs, by the phase: nobody is asked to move then."""

CAUSES: tuple[tuple[Flag, str], ...] = (
    (Flag.PAIN, "pain button"),
    (Flag.SPASM, "spasm"),
    (Flag.TONE, "muscle tone too high"),
    (Flag.OPERATOR_STOP, "by the therapist"),
    (Flag.FATIGUE, "tired"),
    (Flag.PATIENT_FORCE, "too much force"),
    (Flag.PATIENT_RANGE, "out of range"),
    (Flag.PATIENT_SPEED, "too fast"),
    (Flag.COMPENSATION, "trunk leans"),
    (Flag.WEARABLE, "wearable's limit"),
    (Flag.DEVICE_FAULT, "robot has failed"),
    (Flag.MEASUREMENT_INVALID, "robot's sensors"),
    (Flag.TRACKING_ERROR, "robot not where it should be"),
    (Flag.INPUT_STALE, "therapist's key lost"),
    (Flag.INPUT_IMPLAUSIBLE, "therapist's key unclear"),
)
"""What stopped an exercise, most telling first, short enough to be read from afar."""

AFTER_STOP = "Nothing moves until the therapist starts again."
AFTER_END = "The exercise ended here."
AFTER_FAULT = "The robot has to be checked before it starts again."
HOLD_STILL = "Hold it there."
ALL_DONE = "That was all. Well done."
ON_PAUSE = "A short pause. The therapist goes on."
AS_FAR = "as far as it goes"
HELD = "the robot holds it"
IN_CIRCLE, OF_THE_TIME = "In the circle", "of the time"

_STOPS = int(PATIENT_STOPS | Flag.OPERATOR_STOP)
_STOPPED = (State.HOLD, State.SOFT_STOP, State.POWER_OFF, State.LATCHED_FAULT)
_FORCE_WARNS = 0.8
"""Share of the limit from which on the cuffs' force warns; ours."""


@dataclass(frozen=True)
class GuidedStatus:
    """Everything that the display of a guided exercise shows, ready to be written.

    Attributes:
        title: The exercise.
        say: What is said to the patient now; empty where nothing is.
        left_s: Whole seconds that the hold or rest still lasts; 0 where nothing is counted down.
        repetition: The present one, from 1; at the end the last.
        repetitions: How many are planned.
        passed: How many passed.
        failed: How many did not.
        points: Points of a game; None where none are given.
        verdict: Why the last one did not count; empty where it did, or there was none.
        state: Name of the loop's state.
        tone: How to show it.
        way: Name of the coordinate that moves most, or what the tip is asked; empty where nothing moves.
        place: Where the arm is along it, for example ``"87"`` with its unit.
        goal: Where it is to go; empty where the place itself says how far it is, or where there is no goal.
        remark: What stands there instead of a goal.
        there: Whether it is at its goal, as near as the exercise asks.
        progress: Share of the way that it has behind it, 0 to 1; NaN where there is no way.
        assistance: The law's present help, 0 to 1.
        cuff_n: Force in the cuffs [N]; NaN where it is not measured.
        cuff_limit_n: The most that is allowed [N]; NaN where nothing limits it.
        share: The patient's share of the work so far [%]; NaN where it is not told.
        stop: What stopped it; empty where nothing did.
        after: What that means for now.
        time_s: Time since the start of the run [s].
        age_s: Age of the picture [s]; NaN in a replay.
        stale_s: Age from which on it is stale [s].
        camera: Name of the camera.
        replay: Speed of a replay; empty when live.
        banner: A message of the view's own; empty for none.
        ended: Whether the run is over.
    """

    title: str
    say: str
    left_s: int
    repetition: int
    repetitions: int
    passed: int
    failed: int
    points: int | None
    verdict: str
    state: str
    tone: Tone
    way: str
    place: str
    goal: str
    remark: str
    there: bool
    progress: float
    assistance: float
    cuff_n: float
    cuff_limit_n: float
    share: float
    stop: str
    after: str
    time_s: float
    age_s: float
    stale_s: float
    camera: str
    replay: str = ""
    banner: str = ""
    ended: bool = False

    @property
    def stale(self) -> bool:
        """Whether what is shown is too old to act on."""
        return self.age_s > self.stale_s

    @property
    def force_level(self) -> int:
        """0 where the cuffs' force is well below its limit, 1 where it is near, 2 where it is above."""
        if not math.isfinite(self.cuff_n) or not math.isfinite(self.cuff_limit_n):
            return 0
        return int(self.cuff_n >= _FORCE_WARNS * self.cuff_limit_n) + int(self.cuff_n >= self.cuff_limit_n)


def guided_status_of(scene: SceneMessage, state: StateMessage, info: ViewInfo) -> GuidedStatus:
    """Gather what the display shows of a state of a guided exercise."""
    guided = scene.guided
    assert guided is not None  # its kind is chosen by this
    values = dict(zip((name for name, _ in scene.signals), state.signals, strict=False))
    over, passed = int(values.get("repetition", 0.0)), int(values.get("successes", 0.0))
    verdict = int(values.get("verdict", 0.0))
    loop = State(state.state) if state.state in State.__members__.values() else None
    word, tone = STATES[loop] if loop is not None else (f"State {state.state}", "stop")
    stop = _stop(loop, state.flags)
    if loop is State.ENGAGED and not stop:
        word = PHASES.get(phase_of(scene, state), word)
    if not stop and (not state.running or phase_of(scene, state) == "done"):
        word, tone = "The exercise is over", "over"
    way, place, goal = _way(guided, state.guided, values)
    pursued = bool(way) and is_pursued(scene, state)
    if pursued:
        way, place = IN_CIRCLE, f"{round(values.get('score', 0.0))} %"
    part = state.guided
    pushed = part is not None and part.moment == Moment.PUSH
    return GuidedStatus(
        title=scene.title,
        say="" if stop else _say(scene, guided, state, values, loop),
        left_s=math.ceil(values.get(COUNTDOWN, 0.0) - 1e-9) if not stop and loop is State.ENGAGED else 0,
        repetition=min(over + 1, guided.repetitions),
        repetitions=guided.repetitions,
        passed=passed,
        failed=max(over - passed, 0),
        points=round(values["score"]) if "score" in values and not guided.runs else None,
        verdict=guided.verdicts[verdict] if 0 <= verdict < len(guided.verdicts) else "",
        state=word,
        tone=tone,
        way=way,
        place=place,
        goal=goal if part is not None and has_goal(scene, part) else "",
        remark=HELD if pushed else OF_THE_TIME if pursued else AS_FAR if way and guided.explores else "",
        there=is_there(scene, state),
        progress=math.nan if pushed else _share(values, "score" if pursued else "progress"),
        assistance=part.assistance if part is not None else 0.0,
        cuff_n=part.cuff_n if part is not None else math.nan,
        cuff_limit_n=math.nan if scene.force_limit_n is None else scene.force_limit_n,
        share=part.share if part is not None else math.nan,
        stop=stop,
        after=_after(loop, state.running) if stop else "",
        time_s=state.time_s,
        age_s=info.age_s,
        stale_s=info.stale_s,
        camera=info.camera,
        replay=info.replay,
        banner=info.banner,
        ended=not state.running,
    )


def _stop(loop: State | None, flags: int) -> str:
    """What stopped the exercise, in a few words; empty where it was not stopped, or simply ended."""
    if loop not in _STOPPED:
        return ""
    found = next((said for flag, said in CAUSES if flags & flag), "")
    if loop is State.LATCHED_FAULT:
        return f"Fault: {found}" if found else "Fault"
    # An exercise that is done is brought to rest without any cause.
    stopped = f"Stopped {found}" if found.startswith("by ") else f"Stopped: {found}"
    return stopped if found and (flags & _STOPS or loop is State.HOLD) else ""


def _after(loop: State | None, running: bool) -> str:
    if loop is State.LATCHED_FAULT:
        return AFTER_FAULT
    return AFTER_STOP if running else AFTER_END


def _share(values: dict[str, float], name: str) -> float:
    """A signal in percent as a share, 0 to 1."""
    return min(max(values.get(name, 0.0) / 100.0, 0.0), 1.0)


def _say(
    scene: SceneMessage, guided: GuidedScene, state: StateMessage, values: dict[str, float], loop: State | None
) -> str:
    """What is said to the patient now."""
    phase = phase_of(scene, state)
    if phase == "done" or not state.running:
        return ALL_DONE if phase == "done" else ""
    if loop is State.CLUTCHED and state.guided is not None and state.guided.movement > 0:
        return ON_PAUSE
    if phase == "hold":
        return HOLD_STILL
    said = int(values.get("words", 0.0))
    return guided.words[said] if 0 <= said < len(guided.words) else ""


def _way(guided: GuidedScene, part: GuidedState | None, values: dict[str, float]) -> tuple[str, str, str]:
    """What moves, where it is and where it is to go; empty where nothing is asked."""
    if part is None or part.moment == Moment.REST:
        return "", "", ""
    m = len(part.x)
    if guided.joints:
        j = max(range(m), key=lambda k: abs(part.goal[k] - part.start[k]))
        name = guided.joints[j].name.replace("_", " ").capitalize()
        return name, _degrees(part.x[j]), _degrees(part.goal[j])
    if any(way.words == int(values.get("words", 0.0)) for way in guided.ways):  # there and round: near is not done
        return "Along the line", f"{round(values.get('progress', 0.0))} %", ""
    distance = math.dist(part.x, part.goal)
    return "To the goal", f"{100.0 * distance:.1f} cm", ""


def _degrees(angle: float) -> str:
    return f"{round(math.degrees(angle)) + 0}\N{DEGREE SIGN}"
