"""A plant that fails: a fault is latched within the tick, the operator is told, the record goes on, nothing moves."""

from __future__ import annotations

import numpy as np
import pytest

from control.loop import ControlLoop
from control.runner import run_lockstep
from control.tick import Flag, State
from robotics.contracts import Command, DriveMode, HandPose, JointGroup, Measurement, PlantDescription, StopKind
from robotics.errors import DeviceError, LinkLost


class FailingPlant:
    """One joint; fails in a call of choice from a count of it on, as a device on a cable does and no simulator."""

    def __init__(self, call: str, at: int) -> None:
        self.call, self.at = call, at
        self.counts = {"read": 0, "write": 0, "stop": 0}
        self.stopped: list[StopKind] = []

    def _count(self, call: str) -> None:
        self.counts[call] += 1
        if call == self.call and self.counts[call] >= self.at:
            raise LinkLost("/dev/ttyUSB0", "the device was unplugged")

    def describe(self) -> PlantDescription:
        one = np.ones(1)
        return PlantDescription(
            "failing", "test", ("joint",), (JointGroup("arm", 0, 1),), -one, one, one, one, (DriveMode.POSITION,)
        )

    def read(self) -> Measurement:
        self._count("read")
        zero = np.zeros(1)
        return Measurement(zero, zero, zero, np.zeros((1, 6)), 0.0, 0, self.counts["read"], True, 0.0)

    def write(self, command: Command) -> Command:
        self._count("write")
        return command

    def stop(self, kind: StopKind) -> None:
        self.stopped.append(kind)
        self._count("stop")


class Arm:
    """Is home, and at rest, and remembers what it was given."""

    name, joints, flags, homed, at_rest = "arm", 1, 0, True, True

    def __init__(self) -> None:
        self.hand = HandPose(np.zeros(7), 0.0, True, 0.0, True)
        self.seen: list[bool] = []
        self.states: list[State] = []

    def self_test(self, measurement: Measurement) -> list[str]:
        return []

    def measure(self, measurement: Measurement) -> None:
        self.seen.append(measurement.valid)

    def constrain(self, state: State) -> None:
        self.states.append(state)

    def _nothing(self, *_: object) -> None:
        return None

    start = read_intent = filter_tremor = clutch_and_scale = guard = log = show = _nothing


class Keep:
    def __init__(self) -> None:
        self.records: list[np.ndarray] = []

    def write(self, record: np.ndarray) -> None:
        self.records.append(record.copy())


def run(plant: FailingPlant) -> tuple[ControlLoop, np.ndarray, Arm]:
    arm, sink = Arm(), Keep()
    loop = ControlLoop(plant, [arm], None, None, 1e-3)
    loop.power_on()
    run_lockstep(loop, sink, 1.0)
    return loop, np.concatenate(sink.records), arm


@pytest.mark.parametrize("call", ["read", "write"])
def test_a_plant_that_fails_latches_a_fault_within_the_tick_and_the_record_tells(call: str) -> None:
    plant = FailingPlant(call, 50)
    loop, ticks, _ = run(plant)
    assert loop.states.state is State.LATCHED_FAULT
    assert loop.states.reason == "/dev/ttyUSB0: the link is lost: the device was unplugged"
    faulty = ticks["state"] == State.LATCHED_FAULT
    assert faulty.tolist() == [False] * (len(ticks) - 1) + [True]  # the very tick, and the run ends
    assert int(ticks["cause"][-1]) == Flag.DEVICE_FAULT
    assert int(ticks["flags"][-1]) & Flag.DEVICE_FAULT
    assert not (ticks["flags"][:-1] & np.uint64(Flag.DEVICE_FAULT)).any()
    assert plant.stopped == [StopKind.HOLD]


@pytest.mark.parametrize(("asked", "told"), [
    (None, StopKind.END), (StopKind.SOFT, StopKind.POWER_OFF), (StopKind.POWER_OFF, StopKind.POWER_OFF),
])  # fmt: skip
def test_a_plant_is_told_whether_a_run_ends_in_good_order_or_somebody_stopped_it(
    asked: StopKind | None, told: StopKind
) -> None:
    plant, arm = FailingPlant("none", 1), Arm()
    loop = ControlLoop(plant, [arm], None, None, 1e-3)
    loop.power_on()
    for _ in range(20):
        loop.tick()
    assert plant.stopped == []
    if asked is None:
        loop.conclude()
    else:
        loop.stop(asked, "the operator asked for it", Flag.OPERATOR_STOP)
    for _ in range(3):
        loop.tick()
    assert loop.states.state is State.POWER_OFF
    assert set(plant.stopped) == {told}


def test_a_plant_that_cannot_be_read_gives_no_measurement_and_is_not_written_to() -> None:
    plant = FailingPlant("read", 50)
    _, _, arm = run(plant)
    assert arm.seen[-1] is False
    assert all(arm.seen[:-1])
    assert plant.counts["write"] == len(arm.seen) - 1
    assert arm.states[-1] is State.LATCHED_FAULT


def test_nothing_goes_on_when_the_plant_can_be_reached_again() -> None:
    plant = FailingPlant("write", 50)
    loop, _, arm = run(plant)
    written = plant.counts["write"]
    plant.call = ""
    for pressed in (False, True, False, True):
        arm.hand.clutch = pressed
        for _ in range(50):
            assert loop.tick()["state"][0] == State.LATCHED_FAULT
    assert plant.counts["write"] == written
    assert "unplugged" in loop.states.reason


def test_a_plant_that_cannot_even_be_stopped_changes_nothing_of_what_is_told() -> None:
    plant = FailingPlant("write", 20)

    def stop(kind: StopKind) -> None:
        raise DeviceError("another word")

    plant.stop = stop  # type: ignore[method-assign]
    loop, ticks, _ = run(plant)
    assert "unplugged" in loop.states.reason
    assert int(ticks["state"][-1]) == State.LATCHED_FAULT


def test_power_that_cannot_be_taken_away_is_a_fault_and_no_power_off() -> None:
    plant = FailingPlant("stop", 1)
    loop, ticks, _ = run(plant)  # it ends with its time
    assert int(ticks["state"][-1]) == State.LATCHED_FAULT
    assert State.POWER_OFF not in ticks["state"]
    assert loop.states.state is State.LATCHED_FAULT
    assert "unplugged" in loop.states.reason


def test_a_plant_that_fails_as_it_is_switched_on_keeps_the_loop_from_starting() -> None:
    loop = ControlLoop(FailingPlant("read", 1), [Arm()], None, None, 1e-3)
    loop.power_on()
    assert loop.states.state is State.LATCHED_FAULT
    assert "unplugged" in loop.states.reason


def test_an_error_that_is_no_device_s_ends_the_run_and_is_the_one_that_is_told() -> None:
    class Broken(Arm):
        def constrain(self, state: State) -> None:
            raise ValueError("a mistake of ours")

    plant = FailingPlant("stop", 1)
    loop = ControlLoop(plant, [Broken()], None, None, 1e-3)
    loop.power_on()
    with pytest.raises(ValueError, match="a mistake of ours"):
        run_lockstep(loop, Keep(), 1.0)
    assert plant.stopped == [StopKind.SOFT]
