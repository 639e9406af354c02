"""The loop's start: what it was told is good is what it starts from."""

from __future__ import annotations

import numpy as np
import pytest

from control.loop import ControlLoop
from control.tick import Flag, State
from robotics.contracts import Command, DriveMode, HandPose, JointGroup, Measurement, PlantDescription, StopKind


class FlickeringPlant:
    """One joint; every second reading is invalid, as a device on a bad cable gives them and no simulator does."""

    def __init__(self) -> None:
        self.readings = 0

    def describe(self) -> PlantDescription:
        one = np.ones(1)
        return PlantDescription(
            "flickering", "test", ("joint",), (JointGroup("arm", 0, 1),), -one, one, one, one, (DriveMode.POSITION,)
        )

    def read(self) -> Measurement:
        self.readings += 1
        good = self.readings % 2 == 1
        q = np.array([0.25 if good else np.nan])
        return Measurement(q, 0.0 * q, 0.0 * q, np.zeros((1, 6)), 0.0, 0, self.readings, good, 0.0)

    def write(self, command: Command) -> Command:
        return command

    def stop(self, kind: StopKind) -> None:
        return None


class Arm:
    """Remembers what it was started from."""

    name, joints, flags, homed, at_rest = "arm", 1, 0, False, True

    def __init__(self) -> None:
        self.started_from = np.nan

    def self_test(self, measurement: Measurement) -> list[str]:
        return [] if np.isfinite(measurement.q).all() else ["no number"]

    def start(self, measurement: Measurement) -> None:
        self.started_from = float(measurement.q[0])


def test_arms_start_from_the_reading_that_the_self_test_found_good() -> None:
    arm = Arm()
    loop = ControlLoop(FlickeringPlant(), [arm], None, None, 1e-3)
    loop.power_on()
    assert loop.states.state is State.HOMING
    assert arm.started_from == 0.25


@pytest.mark.parametrize("mode", [DriveMode.TORQUE, DriveMode.VELOCITY])
def test_a_plant_that_cannot_be_driven_as_the_loop_means_to_is_refused(mode: DriveMode) -> None:
    arm = Arm()
    loop = ControlLoop(FlickeringPlant(), [arm], None, None, 1e-3, mode)
    loop.power_on()
    assert loop.states.state is State.LATCHED_FAULT
    assert mode.name.lower() in loop.states.reason
    assert np.isnan(arm.started_from)


class SteadyPlant(FlickeringPlant):
    """Two arms of a joint each, always read well."""

    def describe(self) -> PlantDescription:
        one = np.ones(2)
        groups = (JointGroup("left", 0, 1), JointGroup("right", 1, 1))
        return PlantDescription("steady", "test", ("a", "b"), groups, -one, one, one, one, (DriveMode.POSITION,))

    def read(self) -> Measurement:
        self.readings += 1
        zeros = np.zeros(2)
        return Measurement(zeros, zeros, zeros, np.zeros((2, 6)), 0.0, 0, self.readings, True, 0.0)


class Driven(Arm):
    """Remembers in which state it was asked to follow its hand."""

    homed = True

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name, self.seen = name, State.OFF
        self.hand = HandPose(np.zeros(7), 0.0, True, 0.0, True)

    def clutch_and_scale(self, state: State) -> None:
        self.seen = state

    def _nothing(self, *_: object) -> None:
        return None

    measure = read_intent = filter_tremor = constrain = guard = log = show = _nothing


def test_an_arm_whose_operator_let_go_early_waits_for_his_next_press() -> None:
    left, right = arms = Driven("left"), Driven("right")
    loop = ControlLoop(SteadyPlant(), arms, None, None, 1e-3)
    loop.power_on()

    def press(*clutches: bool) -> tuple[State, State]:
        for _ in range(2):
            for arm, clutch in zip(arms, clutches, strict=True):
                arm.hand.clutch = clutch
            loop.tick()
        return left.seen, right.seen

    press(True, True)
    assert press(False, False) == (State.ENGAGED, State.ENGAGED)
    loop.stop(StopKind.HOLD, "asked", Flag.OPERATOR_STOP)
    for clutches in ((False, False), (True, False), (False, False)):
        assert press(*clutches) == (State.HOLD, State.HOLD)
    press(False, True)
    assert press(False, False) == (State.CLUTCHED, State.ENGAGED)
    assert press(True, False)[1] is State.ENGAGED
    assert press(False, False) == (State.ENGAGED, State.ENGAGED)
