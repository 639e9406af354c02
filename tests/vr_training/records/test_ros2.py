"""Recordings open in other tools: an independent ROS 2 decoder reads the same numbers as we do."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from mcap_ros2.reader import read_ros2_messages

from steadyhand.order import Order
from steadyhand.run import run
from vr_training.records.reader import Recording


def test_an_independent_decoder_reads_every_field_of_a_session(tmp_path: Path) -> None:
    order = Order(task="needle_reach", lockstep=True, headless=True, duration_s=0.4, sessions=tmp_path)
    session = run(order, lambda _: None, lambda *_: None).session
    ours = Recording.open(session.folder).ticks
    theirs = [message.ros_msg for message in read_ros2_messages(str(session.recording), topics=["/tick"])]
    assert len(theirs) == len(ours) == 400
    for tick, message in zip(ours[::37], theirs[::37], strict=True):
        assert message.sequence == tick["sequence"]
        assert message.state == tick["state"]
        np.testing.assert_array_equal(message.target, tick["target"])
        arm = tick["arms"]["psm1"]
        for name in arm.dtype.names:
            np.testing.assert_array_equal(getattr(message.arms.psm1, name), arm[name])
        np.testing.assert_array_equal(message.signals.distance, tick["signals"][0])
