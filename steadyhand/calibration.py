"""Records a guided calibration through the normal path: a session whose task asks the hand to hold, trace and rest."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from control.hand_path import HandPath
from control.tick import State
from control.tremor.calibration import Calibration, calibration
from robotics.errors import InputFileError
from simulation.tasks.tremor_calibration import HOLD, REST
from steadyhand.child import Say
from steadyhand.order import Order
from steadyhand.run import Watch, run
from vr_training.inputs import REMOTE, ReadingOptions, check
from vr_training.records.reader import Recording

TASK = "tremor_calibration"
"""The task."""


def calibration_order(
    input_name: str,
    *,
    reading: ReadingOptions | None = None,
    view: str = "default",
    seed: int = 0,
    sessions: Path | None,
) -> Order:
    """What to run: with a view and in real time for a person, as fast as it can for a hand that is not there.

    Args:
        input_name: What moves the hand, see `vr_training.inputs.names`.
        reading: What is known about a recorded hand's file.
        view: Settings of the view.
        seed: Of a scripted hand.
        sessions: Folder of all sessions.

    Raises:
        UnknownNameError: No such input.
        ArgumentError: It misses its file.
    """
    by_hand = check(input_name) in REMOTE
    return Order(
        task=TASK,
        filter="none",
        input=input_name,
        reading=reading,
        seed=seed,
        lockstep=not by_hand,
        headless=not by_hand,
        view=view,
        sessions=sessions,
    )


def record_calibration(order: Order, say: Say, watch: Watch) -> tuple[Calibration, Path]:
    """Run a calibration.

    Args:
        order: From `calibration_order`.
        say: Told what is being done.
        watch: Told the time and what is asked of the hand.

    Returns:
        What the hand did, and the folder of the session.

    Raises:
        InputFileError: The hand did not stay long enough at what it was asked to do.
    """
    ran = run(order, say, watch)
    recording = Recording.open(ran.session.recording)
    return of_recording(recording), ran.session.folder


def of_recording(recording: Recording) -> Calibration:
    """What the hand of a recorded calibration did, as a filter sees it.

    Raises:
        InputFileError: It is none, or the hand did not stay at what it was asked to do.
    """
    if recording.scene.task != TASK:
        raise InputFileError(f"{recording.path} is a session of '{recording.scene.task}', not of '{TASK}'")
    ticks, rate_hz = recording.ticks, 1.0 / recording.scene.period_s
    arm = ticks["arms"][recording.scene.arms[0].name]
    # A mouse reports less often than the loop ticks: the filter gets a path without stairs, and so does the fit.
    path, hand = HandPath(rate_hz), np.zeros((len(ticks), 3))
    for k, (pose, age) in enumerate(zip(arm["hand"], arm["input_age"], strict=True)):
        if np.isfinite(pose).all() and pose[3:].any():
            path.update(pose, float(age))
            hand[k] = path.position
    asked = ticks["phase"].astype(np.int64)
    doing = (ticks["state"] == State.ENGAGED) & (asked >= HOLD) & (asked <= REST)
    return calibration(hand, np.where(doing, asked - HOLD, -1), rate_hz)
