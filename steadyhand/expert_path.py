"""The way that the expert takes through a scene, to be shown to whoever trains on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from robotics.contracts import Vector
from robotics.errors import SteadyhandError
from steadyhand.facts import session_info
from steadyhand.order import Order
from steadyhand.plants import SIMULATOR
from steadyhand.rig import Rig
from vr_training.records.index import SessionIndex
from vr_training.records.reader import Recording
from vr_training.records.session import sessions_folder
from vr_training.stream.messages import ArmPath

EXPERT = "expert"
"""Name of the hand whose way it is."""

STEP_M = 5e-4
"""Least distance of two points that are kept of a way: finer than what is drawn [m]."""

PAUSE_S = 0.5
"""A tip that stays where it is gets a point this often all the same: the jaws may be at work there [s]."""

SAMPLE_S = 0.01
"""How often a way is looked at [s]."""

Show = Callable[[Order], Recording | None]
"""Runs an order of the expert's, keeps it as a session like any other, and gives its recording if it succeeded."""


def expert_path(order: Order, rig: Rig, show: Show) -> tuple[ArmPath, ...]:
    """The expert's way through the scene of an order.

    Taken from a session of the expert's on the very same scene if there is one, else from a new one.

    Args:
        order: What is about to be run.
        rig: Its rig, as drawn from the seed.
        show: Lets the expert do it.

    Returns:
        The way of each arm that moves; empty where the expert does not succeed.
    """
    asked = of_expert(order)
    found = _shown_before(asked, rig) or show(asked)
    return () if found is None else paths_of(found)


def of_expert(order: Order) -> Order:
    """The same scene in the expert's hands: simulated, as fast as it can be computed, without view and delay."""
    return replace(
        order,
        input=EXPERT,
        reading=None,
        use="tremor",
        gain=1.0,
        arm=None,
        delay_ms=0.0,
        jitter_ms=0.0,
        loss=0.0,
        duration_s=None,
        lockstep=True,
        headless=True,
        sound=False,
        gui=False,
        plant=SIMULATOR,
        shadow=False,
    )


def paths_of(recording: Recording) -> tuple[ArmPath, ...]:
    """Where each arm's tip went in a recording, thinned; arms that stayed where they were are left out."""
    ticks, found = recording.ticks[:: max(round(SAMPLE_S / recording.scene.period_s), 1)], []
    for arm in recording.scene.arms:
        tip = np.asarray(ticks["arms"][arm.name]["tip"][:, :3])
        kept = thinned(tip, np.asarray(ticks["time"]))
        if len(kept) and np.ptp(tip[kept], axis=0).max() > STEP_M:
            times = np.asarray(ticks["time"][kept], "<f4")
            found.append(ArmPath(arm=arm.name, points=np.asarray(tip[kept], "<f4").tobytes(), times=times.tobytes()))
    return tuple(found)


def thinned(p: Vector, time_s: Vector) -> NDArray[np.intp]:
    """Which points of a way to keep: those `STEP_M` from the one before, and one every `PAUSE_S` in between.

    Args:
        p: Positions, shape (n, 3) [m]; what is not finite is left out.
        time_s: Their times, shape (n,) [s].
    """
    kept: list[int] = []
    for k in np.flatnonzero(np.isfinite(p).all(axis=1)):
        if not kept or time_s[k] - time_s[kept[-1]] >= PAUSE_S or np.linalg.norm(p[k] - p[kept[-1]]) >= STEP_M:
            kept.append(int(k))
    return np.array(kept, dtype=np.intp)


def _shown_before(order: Order, rig: Rig) -> Recording | None:
    """The newest session in which the expert succeeded on the very same scene, with the same program."""
    root = order.sessions or sessions_folder()
    try:
        with SessionIndex(root) as index:
            tries = index.attempts(lesson=Path(rig.task_name).stem, difficulty=rig.difficulty)
    except SteadyhandError:
        return None  # an index that cannot be read keeps nobody from training
    same = session_info(order, rig, "")
    for attempt in reversed(tries):
        if attempt.input != EXPERT or attempt.seed != order.seed or not attempt.success:
            continue
        try:
            found = Recording.open(root / attempt.session)
        except SteadyhandError:
            continue  # its folder was deleted, or is another program's
        info = found.info
        if (info.configs, info.version, info.drives, info.line) == (same.configs, same.version, same.drives, same.line):
            return found
    return None
