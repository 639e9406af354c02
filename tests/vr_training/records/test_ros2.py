"""Recordings open in other tools: an independent ROS 2 decoder reads the same numbers as we do."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from mcap.reader import make_reader
from mcap_ros2.decoder import DecoderFactory

from steadyhand.order import Order
from steadyhand.run import run
from vr_training.records.reader import Recording


def numbers(value: object) -> list[float]:
    """All numbers of a decoded field, in order."""
    if isinstance(value, int | float):
        return [float(value)]
    if isinstance(value, list | tuple):
        return [number for item in value for number in numbers(item)]
    return [number for name in value.__slots__ for number in numbers(getattr(value, name))]


def test_an_independent_decoder_reads_every_field_of_a_session(tmp_path: Path) -> None:
    order = Order(task="needle_reach", lockstep=True, headless=True, duration_s=0.4, sessions=tmp_path)
    session = run(order, lambda _: None, lambda *_: None).session
    ours = Recording.open(session.folder).ticks
    with session.recording.open("rb") as file:
        reader = make_reader(file, decoder_factories=[DecoderFactory()])
        theirs = [message for _, _, _, message in reader.iter_decoded_messages(topics=["/tick"])]
    assert len(theirs) == len(ours) >= 400
    for tick, message in zip(ours[::37], theirs[::37], strict=True):
        for name in ("sequence", "time", "state", "phase", "target", "signals", "objects"):
            np.testing.assert_array_equal(numbers(getattr(message, name)), np.ravel(tick[name]))
        for name in tick["arms"]["psm1"].dtype.names:
            np.testing.assert_array_equal(numbers(getattr(message.arms.psm1, name)), tick["arms"]["psm1"][name])
