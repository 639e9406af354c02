"""Compiles every kernel once into its cache, so that the first run starts at once."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from steadyhand.order import Order


def _loop() -> None:
    from steadyhand.lesson_run import warm_up
    from steadyhand.rig import plan

    warm_up(plan("needle_reach"))


def _filters() -> None:
    import numpy as np

    from control.filters import available
    from control.filters.hand import HandFilter

    hand, out = np.array([0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0]), np.zeros(7)
    for name in available():
        HandFilter(name, 1000.0).update(hand, out)


def _kinematics() -> None:
    from robotics.chain import load_arm
    from robotics.config import names
    from robotics.ik import solve
    from robotics.kinematics import forward

    for name in names("arms"):
        arm = load_arm(name)
        solve(arm, forward(arm, arm.home), arm.home)


def _stream() -> None:
    from control.mailbox import Mailbox
    from control.ring import TickRing
    from control.shared import unique_name
    from control.tick import TickLayout

    with Mailbox.create(unique_name("mailbox")), TickRing.create(unique_name("ring"), TickLayout((("arm", 1),))):
        pass


def _pictures() -> None:
    """A short session, recorded and rendered: the hub's, the view's and the scores' kernels."""
    from steadyhand.results import evaluate
    from steadyhand.run import run
    from vr_training.view.filming import render_recording
    from vr_training.view.settings import load_view_settings

    with tempfile.TemporaryDirectory() as folder:
        order = Order(task="needle_reach", lockstep=True, headless=True, duration_s=2.0, sessions=Path(folder))
        session = run(order, lambda _: None, lambda *_: None).session
        render_recording(evaluate(session).recording, load_view_settings(), Path(folder) / "pictures")


STEPS: tuple[tuple[str, Callable[[], None]], ...] = (
    ("Tremor filters", _filters),
    ("Kinematics of all arms", _kinematics),
    ("Control loop", _loop),
    ("Stream", _stream),
    ("Renderer", _pictures),
)
"""What is compiled, in order, each with a title for the progress bar."""
