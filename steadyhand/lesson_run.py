"""A lesson as a session's undertaking."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

import numpy as np

from control.loop import ControlLoop
from control.mailbox import Mailbox
from control.runner import Nobody, run_lockstep
from control.tick import TickLayout
from robotics.errors import DeviceError
from simulation import tasks
from simulation.tasks.registry import SimulatedTask
from simulation.world import BulletWorld
from steadyhand.facts import session_info
from steadyhand.hands import hands
from steadyhand.order import Order
from steadyhand.plants import through
from steadyhand.rig import Rig, build, layout, plan
from steadyhand.scene import build_scene
from steadyhand.variation import vary
from vr_training.inputs import create
from vr_training.inputs.devices import open_device
from vr_training.inputs.parked import ParkedHand
from vr_training.records.info import SessionInfo
from vr_training.stream.messages import SceneMessage
from vr_training.view.display import why_no_window

WARM_TICKS = 150
"""Ticks of a throwaway run that load every kernel before the first tick that counts."""


def warm_up(rig: Rig) -> None:
    """Run a throwaway episode, its second half engaged, so that no tick that counts has to compile or load anything."""
    with build(rig, {name: ParkedHand(lets_go_after=WARM_TICKS // 2) for name in rig.operated}, seed=0) as (loop, _):
        loop.power_on()
        run_lockstep(loop, Nobody(), WARM_TICKS * rig.config.period_s)


class LessonRun:
    """A lesson, planned.

    Args:
        order: What was asked for.

    Raises:
        SteadyhandError: It cannot be done; says why.
    """

    driver = "Hand"

    def __init__(self, order: Order) -> None:
        self.order = order
        self.rig = vary(plan(order.task, order.rig, order.filter, order.difficulty, order.drives), order.seed)
        self.first_arm = order.first_arm(self.rig.operated)
        self.name = Path(self.rig.task_name).stem
        self.period_s = self.rig.config.period_s
        limit = self.rig.task_settings.time_limit_s + 5.0
        self.duration_s = limit if order.duration_s is None else order.duration_s

    @cached_property
    def driven_by(self) -> str:
        """What moves the hand, in words; refuses a bad file, or a device or display that is not there, at once."""
        order = self.order
        if order.by_hand:
            problem = why_no_window()
            if problem:
                raise DeviceError(f"input '{order.input}' needs the view's window, but {problem}")
            return f"{order.input} in the view's window"
        if order.from_device:
            with open_device(order.input) as device:  # one that is not there, or has no library, is said at once
                return device.describe()
        if order.from_elsewhere:
            return "whatever program sends one to this session's hub; see docs/INPUTS.md"
        return create(order.input, reading=order.reading, use=order.use, gain=order.gain).describe()

    def layout(self) -> TickLayout:
        """What its tick records look like."""
        return layout(self.rig, self._task())

    def scene(self, session: str) -> SceneMessage:
        """Everything that a viewer needs to know."""
        return build_scene(self.rig, self._task(), session, self.order.from_elsewhere)

    def info(self, session: str) -> SessionInfo:
        """What a recording says about how it was made."""
        return session_info(self.order, self.rig, session, self.driven_by)

    def told(self, tick: np.void) -> str:  # noqa: ARG002
        """Nothing: whoever drives sees the view."""
        return ""

    def warm_up(self) -> None:
        """Run a throwaway episode."""
        warm_up(self.rig)

    @contextmanager
    def build(self, mailbox: Mailbox | None = None) -> Iterator[ControlLoop]:
        """Start the simulation and put the loop together."""
        order = self.order
        between = through(order.plant, order.shadow)
        with build(self.rig, hands(order, self.rig, mailbox), order.seed, order.gui, between) as (loop, _):
            yield loop

    def _task(self) -> SimulatedTask:
        rig = self.rig
        return tasks.build(self.name, rig.task_settings, BulletWorld(rig.config.simulation), rig.tip_starts())
