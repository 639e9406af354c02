"""What a run is asked to do, checked before anything is started."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import msgspec

from robotics.config import convert
from robotics.difficulty import STANDARD
from robotics.errors import ArgumentError, ConfigError, UnknownNameError
from robotics.line_config import LineConfig
from steadyhand.plants import SIMULATOR, through
from vr_training.inputs import DEVICES, REMOTE, WINDOW, ReadingOptions, check
from vr_training.stream.endpoints import place


@dataclass(frozen=True, kw_only=True)
class RunOrder:
    """What every run is asked, whatever it is about.

    Attributes:
        seed: Of everything that is drawn.
        duration_s: Longest time; its own limit where None [s].
        lockstep: As fast as it can instead of in real time.
        headless: Without a view.
        view: Name of the view's settings, or their TOML file.
        stereo: Two eyes side by side in the view.
        sound: Tones of the view say what happens.
        gui: PyBullet's own window as well.
        sessions: Folder of all sessions; see `vr_training.records.session.sessions_folder` where None.
        listen: Where others may attach from other machines, ``ADDRESS`` or ``ADDRESS:PORT``; nowhere where empty.
    """

    seed: int = 0
    duration_s: float | None = None
    lockstep: bool = False
    headless: bool = False
    view: str = "default"
    stereo: bool = False
    sound: bool = False
    gui: bool = False
    sessions: Path | None = field(default=None)
    listen: str = ""

    def __post_init__(self) -> None:
        if self.listen:
            place(self.listen)
            if self.lockstep:
                raise ArgumentError("--listen needs real time: leave --lockstep out")
        if self.sound and self.headless:
            raise ArgumentError("--sound is the view's: leave --headless out")
        if self.duration_s is not None and not 0.0 < self.duration_s <= 3600.0:
            raise ArgumentError(f"duration is {self.duration_s:g} s, must lie in (0, 3600]")
        if self.seed < 0:
            raise ArgumentError(f"seed is {self.seed}, must not be negative")

    @property
    def by_hand(self) -> bool:
        """Whether a person drives in the view's window."""
        return False

    @property
    def must_be_seen(self) -> bool:
        """Whether nothing may begin before the view's first picture is shown."""
        return self.by_hand

    @property
    def from_device(self) -> bool:
        """Whether a device drives, through a process of its own."""
        return False

    @property
    def from_elsewhere(self) -> bool:
        """Whether what drives comes through the hub, from whatever it may be."""
        return False

    @property
    def device(self) -> str:
        """The device that drives; empty where none does."""
        return ""


def refuse_other_time(plant: str, lockstep: bool, shadow: bool = False) -> None:
    """Refuse a plant whose time goes by in another way than is asked for.

    Raises:
        ArgumentError: It does, or there is no such plant.
    """
    between = through(plant, shadow)
    if between is not None and between.lockstep is not lockstep:
        raise ArgumentError(
            f"--plant {plant} has a time of its own: ask for --lockstep, too"
            if between.lockstep
            else f"--plant {plant} runs in real time: leave --lockstep out"
        )


@dataclass(frozen=True)
class Order(RunOrder):
    """One run of a lesson.

    Attributes:
        task: Name of the task.
        rig: Name of the rig; the task's own where None.
        filter: Name of the tremor filter; the rig's own where None.
        difficulty: How hard the task is made.
        drives: ``"real"`` or ``"ideal"``; the rig's own where None.
        input: What moves the hand, see `vr_training.inputs.names`.
        reading: What is known about a recorded hand's file.
        use: What of a recorded hand is used.
        gain: Factor on a recording's amplitude.
        delay_ms: Delay between hand and arm; the lesson's own where None, as the next two [ms].
        jitter_ms: Its jitter [ms].
        loss: Share of the hand's poses that are lost.
        arm: Name of the arm that a person drives first; the rig's first where None.
        plant: What the loop drives, see `steadyhand.plants.through`.
        shadow: Whether the simulator runs beside a real arm and is compared with it.
    """

    task: str
    rig: str | None = None
    filter: str | None = None
    difficulty: str = STANDARD
    drives: str | None = None
    input: str = "scripted"
    reading: ReadingOptions | None = None
    use: Literal["tremor", "motion"] = "tremor"
    gain: float = 1.0
    delay_ms: float | None = None
    jitter_ms: float | None = None
    loss: float | None = None
    arm: str | None = None
    plant: str = SIMULATOR
    shadow: bool = False

    def __post_init__(self) -> None:
        refuse_other_time(self.plant, self.lockstep, self.shadow)
        if self.by_hand and (self.headless or self.lockstep):
            raise ArgumentError(
                f"input '{self.input}' needs the view and real time: leave --headless and --lockstep out"
            )
        if self.from_elsewhere and self.lockstep:
            raise ArgumentError(f"input '{self.input}' needs real time: leave --lockstep out")
        super().__post_init__()
        if self.arm is not None and not (self.by_hand or self.from_device):
            raise ArgumentError(f"input '{self.input}' drives no arm first: leave --arm out")
        self.line(LineConfig())
        given = self.reading not in (None, ReadingOptions()) or self.use != "tremor" or self.gain != 1.0
        if given and not self.input.startswith("recorded"):
            raise ArgumentError(
                f"columns, units, kind, rate, use and gain are of a recording: input '{self.input}' has none; "
                "ask for --input recorded:FILE, or leave them out"
            )

    @property
    def by_hand(self) -> bool:
        """Whether a person drives the arm in the view's window."""
        return check(self.input) in WINDOW

    @property
    def from_device(self) -> bool:
        """Whether a device drives the arm, through a process of its own."""
        return check(self.input) in DEVICES

    @property
    def from_elsewhere(self) -> bool:
        """Whether the hand comes through the hub, from whatever it may be."""
        return check(self.input) in REMOTE

    @property
    def device(self) -> str:
        """The device that drives the arm; empty where none does."""
        return self.input if self.from_device else ""

    def line(self, lesson: LineConfig) -> LineConfig:
        """The line between hand and arm: the lesson's, but for what was asked for.

        Raises:
            ArgumentError: A value is out of range.
        """
        asked = {key: getattr(self, key) for key in ("delay_ms", "jitter_ms", "loss")}
        given = {key: value for key, value in asked.items() if value is not None}
        try:
            return convert({**msgspec.to_builtins(lesson), **given}, LineConfig, "--delay-ms, --jitter-ms, --loss")
        except ConfigError as error:
            raise ArgumentError(str(error)) from error

    def first_arm(self, arms: tuple[str, ...]) -> int:
        """Index of the arm that a person drives first.

        Raises:
            UnknownNameError: The rig has no arm of that name.
        """
        if self.arm is None:
            return 0
        if self.arm not in arms:
            raise UnknownNameError("arm of this rig", self.arm, arms)
        return arms.index(self.arm)
