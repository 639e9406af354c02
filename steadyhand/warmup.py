"""Compiles every kernel once into its cache, so that the first run starts at once."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from steadyhand.order import Order

if TYPE_CHECKING:
    from vr_training.view.reel import Reel


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


GUIDED = ("elbow_flexion", "wrist_flexion", "centre_out", "strength")
"""Exercises of joints and of the hand, on robots that can be back-driven and on those that cannot; under any law."""


def _exercises() -> None:
    """Into the first movement of guided exercises, under every law."""
    from control import laws
    from steadyhand.rehab.exercise_run import ExerciseRun
    from steadyhand.rehab.order import ExerciseOrder
    from steadyhand.rehab.rig import fitting_laws
    from vr_training import exercises

    fitting = {name: fitting_laws(exercises.load(name)) for name in GUIDED}
    orders = [ExerciseOrder(exercise=name) for name in GUIDED]
    usual = {exercises.load(name).law for name in GUIDED}
    for law in laws.names():
        exercise = next((name for name in GUIDED if law in fitting[name]), None)
        if exercise is not None and law not in usual:
            orders.append(ExerciseOrder(exercise=exercise, law=law))
    for order in orders:
        ExerciseRun(order).warm_up()


def _pictures() -> None:
    """A short session, recorded and rendered: the hub's, the view's and the scores' kernels."""
    from steadyhand.results import evaluate
    from steadyhand.run import run
    from vr_training.view.filming import render_recording
    from vr_training.view.reel import Reel
    from vr_training.view.settings import load_view_settings

    with tempfile.TemporaryDirectory() as folder:
        order = Order(task="needle_reach", lockstep=True, headless=True, duration_s=2.0, sessions=Path(folder))
        session = run(order, lambda _: None, lambda *_: None).session
        recording = evaluate(session).recording
        render_recording(recording, load_view_settings(), Path(folder) / "pictures")
        _levels(Reel(recording.scene, recording.ticks))


def _levels(reel: Reel) -> None:
    """Two pictures of each level that a live view may draw at: the second keeps what it can of the first."""
    from vr_training.view.app import make_renderer
    from vr_training.view.pace import LEVELS
    from vr_training.view.presenter import Presenter, poses_of
    from vr_training.view.settings import load_view_settings

    presenter, renderer = Presenter(reel.scene, load_view_settings()), make_renderer()
    renderer.load(reel.scene)
    for level in LEVELS:
        if hasattr(renderer, "quality"):
            renderer.quality = level.quality
        for index in (0, len(reel.ticks) - 1):
            state = reel.state(index)
            presenter.look(state)
            renderer.render(poses_of(reel.scene, state), presenter.cameras(level.scale)[0])
    renderer.close()


STEPS: tuple[tuple[str, Callable[[], None]], ...] = (
    ("Tremor filters", _filters),
    ("Kinematics of all arms", _kinematics),
    ("Control loop", _loop),
    ("Guided exercises", _exercises),
    ("Stream", _stream),
    ("Renderer", _pictures),
)
"""What is compiled, in order, each with a title for the progress bar."""
