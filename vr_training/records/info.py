"""What a recording says about its session, beside the scene: enough to score it again and to know how it was made."""

from __future__ import annotations

import msgspec

from robotics.difficulty import STANDARD
from robotics.line_config import LineConfig


class SessionInfo(msgspec.Struct, frozen=True, kw_only=True):
    """Written into a recording before its first tick, and covered by its hash chain.

    Attributes:
        session: Name of the session.
        task: Name of the task.
        rig: Name of the rig.
        input: What moved the hand, for example ``"mouse"``.
        filter: Name of the tremor filter.
        seed: Seed of everything random.
        lockstep: Whether it ran as fast as it could instead of in real time.
        period_s: Control period [s].
        start_ns: Wall-clock time of the first tick [ns since 1970].
        version: Version of the program.
        host: Processor and operating system that it ran on.
        line: The line between hand and arm that was added: delay, jitter, loss.
        configs: The configurations as they were, TOML or JSON text by file name.
        difficulty: How hard the task was made; its configuration is stored as its file has it.
        drives: What lay between motors and joints in the simulation: ``"ideal"`` or ``"real"``.
        plant: What the loop drove: ``"simulator"``, or a board by its port or target.
        notes: Anything else worth knowing, by name.
    """

    session: str
    task: str
    rig: str
    input: str
    filter: str
    seed: int
    lockstep: bool
    period_s: float
    start_ns: int
    version: str
    host: str = ""
    line: LineConfig = LineConfig()
    difficulty: str = STANDARD
    drives: str = "ideal"
    plant: str = "simulator"
    configs: dict[str, str] = {}
    notes: dict[str, str] = {}
