"""One person drives two arms in turn: each has a hand and a grip of its own, and nothing jumps at the switch."""

from __future__ import annotations

import time

import numpy as np
import pytest

from control.mailbox import Mailbox
from control.runner import run_lockstep
from control.shared import unique_name
from control.tick import State
from robotics.errors import ArgumentError, UnknownNameError
from steadyhand.hands import hands
from steadyhand.order import Order
from steadyhand.rig import build, plan
from vr_training.view.events import KEY_SWITCH, Button, ButtonChanged, KeyChanged, PointerMoved
from vr_training.view.hands_input import HandsInput
from vr_training.view.settings import load_view_settings

RIG = "psms_over_tissue"


class Person:
    """A person at a window, who acts at given ticks; stands where the runner writes its records."""

    def __init__(self, mailbox: Mailbox, acts: dict[int, list[object]]) -> None:
        self.mailbox, self.acts, self.records = mailbox, acts, []
        self.hands = HandsInput(load_view_settings().hand, 0.3, arms=2)
        self.hands.look(np.eye(3), 2e-4)
        self.send()

    def send(self) -> None:
        for arm, (pose, grip, clutch) in enumerate(self.hands.advance(1e-3)):
            self.mailbox.post_hand(pose, grip, clutch, host_ns=time.monotonic_ns(), arm=arm)

    def write(self, record: np.ndarray) -> None:
        self.records.append(record.copy())
        for event in self.acts.get(len(self.records), []):
            self.hands.handle(event)
        self.send()


def test_tab_goes_on_to_the_other_arm_the_first_keeps_still_with_its_grip_and_nothing_jumps() -> None:
    rig = plan("needle_reach", RIG)
    grip, tab = KeyChanged(ord("G"), True), KeyChanged(KEY_SWITCH, True)
    down, up = ButtonChanged(Button.LEFT, True), ButtonChanged(Button.LEFT, False)
    drag = {k: [PointerMoved(0.2 * k, 0.0)] for k in range(1, 4000)}
    acts = {
        **drag,
        50: [down],
        400: [grip],
        1500: [tab],
        1700: [up],
        1800: [down],
        2800: [tab],
        3000: [up],
        3100: [down],
    }
    with Mailbox.create(unique_name("test-two-arms")) as mailbox:
        person = Person(mailbox, acts)
        order = Order(task="needle_reach", rig=RIG, filter="none", input="mouse")
        with build(rig, hands(order, rig, mailbox), seed=1) as (loop, _):
            loop.power_on()
            run_lockstep(loop, person, 3.9)
    ticks = np.concatenate(person.records)
    assert not (ticks["state"] == State.HOLD).any()
    speed = {name: np.abs(ticks["arms"][name]["dq_cmd"]).max(axis=1) for name in rig.operated}
    first, second = (speed[name] for name in rig.operated)
    assert first[300:1400].max() > 0.01
    assert first[1700:3050].max() < 1e-9
    assert first[3300:].max() > 0.01
    assert second[:1750].max() < 1e-9
    assert second[2000:2700].max() > 0.01
    jaw = ticks["arms"][rig.operated[0]]["jaw_cmd"]
    assert jaw[1400] < jaw[300] - 0.1, "the grip closed"
    assert np.ptp(jaw[1600:3050]) < 1e-9
    assert np.ptp(ticks["arms"][rig.operated[1]]["grip"]) == 0.0
    for name, arm in zip(rig.operated, rig.arms, strict=True):
        jerks = np.abs(np.diff(ticks["arms"][name]["dq_cmd"], axis=0)) / rig.config.period_s
        assert (jerks.max(axis=0) <= arm.chain.acceleration * 1.001).all()


def test_the_arm_that_is_driven_first_is_chosen_by_name() -> None:
    rig = plan("needle_reach", RIG)
    assert Order(task="needle_reach", rig=RIG, input="mouse", arm="psm2").first_arm(rig.operated) == 1
    with pytest.raises(UnknownNameError, match="psm1, psm2"):
        Order(task="needle_reach", input="mouse", arm="left").first_arm(rig.operated)
    with pytest.raises(ArgumentError, match="leave --arm out"):
        Order(task="needle_reach", input="expert", arm="psm2")
