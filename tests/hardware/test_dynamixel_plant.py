"""The plant of servos: what it refuses, how it arms, moves and stops, and that no failure reads as a position."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest

from hardware.dynamixel.bus_config import BusConfig
from hardware.dynamixel.emulated_body import HEAT_BIT, VOLTAGE_BIT
from hardware.dynamixel.emulated_servo import EmulatedServo
from hardware.dynamixel.emulator import EmulatedBus
from hardware.dynamixel.packets import ALERT
from hardware.dynamixel.plant import DynamixelPlant
from hardware.dynamixel.servo_config import MODES, load_servo
from hardware.serial_port import SerialPort
from robotics.contracts import Command, DriveMode, Plant, StopKind
from robotics.errors import DeviceError, LinkLost
from tests.hardware.servo_bench import BAUD, XM430, bus_config, plant_on, servos, until


@contextmanager
def running(made: list[EmulatedServo], config: BusConfig | None = None) -> Iterator[tuple[EmulatedBus, DynamixelPlant]]:
    with EmulatedBus(made, timed=False) as bus, plant_on(bus, config or bus_config(len(made))) as plant:
        yield bus, plant


def command(mode: DriveMode, *values: float) -> Command:
    wanted = np.array(values)
    arrays = [np.zeros(len(values)) for _ in range(3)]
    arrays[mode] = wanted
    return Command(mode, *arrays)


def goal(*values: float) -> Command:
    return command(DriveMode.POSITION, *values)


def follow(plant: DynamixelPlant, asked: Command, seconds: float) -> None:
    """Command the same thing again and again, as a loop does."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        plant.write(asked)
        time.sleep(0.01)


def torques(bus: EmulatedBus) -> list[int]:
    with bus.lock:
        now = time.monotonic()
        for each in bus.line.servos:
            each.advance(now)
        return [each.table["torque_enable"] for each in bus.line.servos]


# Taking servos.


def test_it_is_a_plant_and_is_described_while_disconnected() -> None:
    plant = DynamixelPlant(bus_config(2), [XM430] * 2, "/nowhere")
    assert isinstance(plant, Plant)
    described = plant.describe()
    assert described.joints == ("arm/joint_1", "arm/joint_2")
    assert described.kind == "dynamixel"
    assert described.modes == (DriveMode.POSITION,)
    assert (described.groups[0].start, described.groups[0].stop, described.groups[0].jaw) == (0, 2, None)
    assert plant.period_s == 0.01
    for use in (plant.read, plant.arm, lambda: plant.write(goal(0, 0))):
        with pytest.raises(DeviceError, match="not connected"):
            use()
    plant.stop(StopKind.POWER_OFF)


def test_a_jaw_is_the_last_joint_of_its_arm() -> None:
    config = bus_config(3)
    arms = [{"name": "psm1", "jaw": True, "joints": [_plain(joint) for joint in config.joints]}]
    described = DynamixelPlant(bus_config(3, arms=arms), [XM430] * 3, "/nowhere").describe()
    assert described.joints[-1] == "psm1/jaw"
    assert (described.groups[0].stop, described.groups[0].jaw) == (2, 2)


def _plain(joint: object) -> dict[str, object]:
    return {
        "name": joint.name,  # type: ignore[attr-defined]
        "servo": joint.servo,  # type: ignore[attr-defined]
        "model": "xm430_w350",
        "lower_rad": -1.0,
        "upper_rad": 1.0,
        "velocity_rad_s": 1.0,
        "effort_nm": 1.0,
    }


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (
            lambda made: setattr(made[1].faults, "silent", True),
            "servo 2 .joint 'joint_2'. does not answer at 1000000 baud",
        ),
        (lambda made: setattr(made[1].faults, "corrupt", True), "servo 2 .* answers damaged bytes"),
        (
            lambda made: made[1].table.__setitem__("model_number", 1060),
            "servo 2 .* is a model 1060, not DYNAMIXEL XM430",
        ),
        (lambda made: made[1].table.__setitem__("operating_mode", 1), r"operating_mode is 1 \(velocity\), must be 3"),
        (lambda made: made[1].table.__setitem__("return_delay_time", 9), "return_delay_time is 9, must be 0"),
        (lambda made: made[1].table.__setitem__("drive_mode", 8), "drive_mode is 8, must be 0"),
        (lambda made: made[1].table.__setitem__("startup_configuration", 1), "startup_configuration is 1, must be 0"),
        (lambda made: made[1].table.__setitem__("secondary_id", 1), "secondary_id is 1, must be 255"),
        (lambda made: made[1].table.__setitem__("max_position_limit", 2500), "max_position_limit is 2500, must be in"),
        (lambda made: made[1].table.__setitem__("firmware_version", 37), "firmware 37; from 38 on"),
        (
            lambda made: made[1].table.__setitem__("status_return_level", 0),
            "servo 2 did not answer: .* it answers a ping: its status_return_level may be below 2",
        ),
        (lambda made: made[1].fail(HEAT_BIT), "servo 2 .* has shut down: overheating; mend the cause, then reboot"),
    ],
)
def test_servos_that_are_not_as_needed_are_refused_by_name(spoil: object, said: str) -> None:
    made = servos(2)
    spoil(made)  # type: ignore[operator]
    with pytest.raises(DeviceError, match=said), running(made):
        pass


def test_two_servos_of_one_id_are_refused() -> None:
    made = [*servos(2), servos(1)[0]]
    made[2].motor.place(1.0)
    made[2].table["firmware_version"] = 46
    with (
        pytest.raises(DeviceError, match=r"servo 1 .*(two servos have this id|more than one servo)"),
        running(made, bus_config(2)),
    ):
        pass


def test_two_servos_of_one_id_that_look_alike_are_refused() -> None:
    made = [*servos(2), servos(1)[0]]
    made[2]._begun, made[2].body.now = True, time.monotonic() - 5.0  # its clock differs, and nothing else
    original = made[2].advance
    made[2].advance = lambda now: original(now - 5.0)  # type: ignore[method-assign]
    with pytest.raises(DeviceError, match=r"servo 1 .*more than one servo has this id"), running(made, bus_config(2)):
        pass


def test_settings_are_made_where_it_is_told_to_and_told() -> None:
    made = servos(2, set_up=False)
    made[0].table["operating_mode"] = MODES["velocity"]
    made[1].table["torque_enable"] = 1
    made[0].table["status_return_level"] = 0
    with EmulatedBus(made, timed=False) as bus, plant_on(bus, bus_config(2), configure=True) as plant:
        assert "servo 1 (joint 'joint_1'): operating_mode 1 -> 3" in plant.changed
        assert "servo 2 (joint 'joint_2'): return_delay_time 250 -> 0" in plant.changed
        assert until(lambda: plant.read().valid)
    assert [each.table["return_delay_time"] for each in made] == [0, 0]


def test_entering_takes_the_torque_that_somebody_left_on() -> None:
    made = servos(2)
    made[1].table["torque_enable"] = 1
    with running(made) as (bus, plant):
        assert not plant.armed
        assert torques(bus) == [0, 0]


# Reading.


def test_readings_are_in_the_joints_units() -> None:
    arms = [{"name": "arm", "joints": [_plain(joint) for joint in bus_config(2).joints]}]
    arms[0]["joints"][1] |= {"sign": -1, "gear": 2.0, "zero_count": 2248, "lower_rad": -0.5, "upper_rad": 0.5}  # type: ignore[index]
    made = servos(2)
    made[1].motor.place(2048 * XM430.rad_per_count)
    with running(made, bus_config(2, arms=arms)) as (_, plant):
        assert until(lambda: plant.read().valid)
        reading = plant.read()
        assert reading.q == pytest.approx([0.0, 100 * XM430.rad_per_count], abs=1e-9)
        assert reading.dq.tolist() == [0.0, 0.0]
        assert np.isnan(reading.wrench).all()
        assert np.isnan(reading.device_time_s)
        first = reading.sequence
        assert until(lambda: plant.read().sequence > first + 3)


def test_a_model_without_current_has_no_torque_to_tell() -> None:
    model = load_servo("xl430_w250")
    made = servos(1, model)
    with EmulatedBus(made, timed=False) as bus, plant_on(bus, bus_config(1, model="xl430_w250"), model) as plant:
        assert until(lambda: plant.read().valid)
        assert np.isnan(plant.read().tau).all()


def test_firmware_that_knows_no_fast_read_is_read_one_after_the_other() -> None:
    made = servos(3)
    made[1].table["firmware_version"] = 42
    with running(made) as (_, plant):
        assert until(lambda: plant.read().valid)
        assert until(lambda: plant.read().sequence > 5)


@pytest.mark.parametrize("fault", ["silent", "corrupt"])
def test_a_failed_read_is_no_position_and_its_age_is_true(fault: str) -> None:
    made = servos(3)
    with running(made) as (bus, plant):
        assert until(lambda: plant.read().valid)
        with bus.lock:
            setattr(made[1].faults, fault, True)
        assert until(lambda: not plant.read().valid)
        failed_at = time.monotonic()
        for _ in range(20):
            reading = plant.read()
            assert not reading.valid
            assert np.isnan(reading.q[1])
            assert np.isnan(reading.dq[1])
            assert reading.age_s >= time.monotonic() - failed_at - 0.05
            assert reading.q[0] == 0.0 or np.isnan(reading.q[0])
            time.sleep(0.005)
        with bus.lock:
            setattr(made[1].faults, fault, False)
        assert until(lambda: plant.read().valid)
        assert plant.read().age_s < 1.0
        assert plant.counts.timeouts + plant.counts.corrupt > 0


def test_a_reply_that_came_damaged_is_asked_for_again_where_there_is_time() -> None:
    made = servos(3)
    with running(made, bus_config(3, period_s=0.1)) as (bus, plant):
        assert until(lambda: plant.read().valid)
        fast, spoilt = bus.line._fast, [0]

        def noisy(asked: list[tuple[int, int, int]]) -> list[tuple[float, bytes]]:
            answers = fast(asked)
            spoilt[0] += 1
            if spoilt[0] % 2:
                answers = [(delay, data[:40] + bytes([data[40] ^ 4]) + data[41:]) for delay, data in answers]
            return answers

        with bus.lock:
            bus.line._fast = noisy  # type: ignore[method-assign]
        first, seen = plant.read().sequence, []
        while plant.read().sequence < first + 8:
            seen.append(plant.read().valid)
            time.sleep(0.01)
        assert plant.counts.corrupt >= 7  # every first answer was damaged
        assert sum(seen) >= len(seen) - 2  # the machine may be too busy to ask again in time


def test_a_position_that_cannot_be_is_not_told() -> None:
    made = servos(2)
    made[0].motor.place(0.0)  # joint at -pi, 1.1 rad beyond its limit
    with running(made) as (bus, plant):
        assert until(lambda: plant.read().sequence > 5)
        for _ in range(20):
            reading = plant.read()
            assert not reading.valid
            assert np.isnan(reading.q[0])
            assert reading.q[1] == 0.0 or np.isnan(reading.q[1])
            time.sleep(0.005)
        with pytest.raises(DeviceError, match=r"joint 'joint_1' \(servo 1\) reads -3.14 rad, outside of \[-2, 2\]"):
            plant.arm()
        assert torques(bus) == [0, 0]


def test_a_position_that_no_motor_can_have_come_to_is_not_told_once_and_a_fault_where_it_stays() -> None:
    made = servos(2)
    with running(made) as (bus, plant):
        plant.arm()
        follow(plant, goal(0.0, 0.0), 0.2)
        read, wrong = made[1].read, [1]

        def jump(address: int, size: int) -> tuple[int, bytes]:
            error, data = read(address, size)
            if size >= 10 and wrong[0] > 0:
                wrong[0] -= 1
                data = data[:-4] + (3000).to_bytes(4, "little")
            return error, data

        seen = []
        with bus.lock:
            made[1].read = jump  # type: ignore[method-assign]
        end = time.monotonic() + 0.3
        while time.monotonic() < end:
            plant.write(goal(0.0, 0.0))
            reading = plant.read()
            seen.append((reading.valid, float(reading.q[1])))
            time.sleep(0.002)
        assert wrong == [0]
        assert all(np.isnan(q) or abs(q) < 0.05 for _, q in seen)  # 3000 counts are 1.46 rad, inside of its limits
        assert not all(valid for valid, _ in seen)
        assert not plant.faults
        with bus.lock:
            wrong[0] = 1_000_000
        assert until(lambda: plant.write(goal(0.0, 0.0)) is not None and bool(plant.faults))
        assert "its position jumped" in plant.faults[0].what


# Arming.


def test_torque_comes_by_arming_alone() -> None:
    with running(servos(2)) as (bus, plant):
        sent = plant.write(goal(0.5, 0.5))
        assert np.isnan(sent.q).all()
        time.sleep(0.05)
        assert torques(bus) == [0, 0]
        plant.arm()
        assert plant.armed
        assert torques(bus) == [1, 1]
        with pytest.raises(DeviceError, match="armed already"):
            plant.arm()
        with bus.lock:
            assert [each.table["bus_watchdog"] for each in bus.line.servos] == [20, 20]
            assert [each.table["goal_position"] for each in bus.line.servos] == [2048, 2048]
        plant.stop(StopKind.POWER_OFF)
        assert until(lambda: torques(bus) == [0, 0])
        assert until(lambda: not plant.armed)


def test_each_watchdog_is_tried_and_one_that_does_not_bite_is_named() -> None:
    made = servos(3)
    real = made[1].body.advance

    def never_bites(now: float) -> None:
        made[1].body.heard = now
        real(now)

    made[1].body.advance = never_bites  # type: ignore[method-assign]
    with running(made) as (bus, plant):
        with pytest.raises(
            DeviceError, match=r"watchdog of servo 2 .* did not bite within 400 ms of silence: it reads 20"
        ):
            plant.arm()
        assert not plant.armed
        assert torques(bus) == [0, 0, 0]


def test_a_moving_servo_is_not_armed() -> None:
    made = servos(2)
    with running(made) as (bus, plant):
        with bus.lock:
            made[1].motor.load_nm = 0.2
        assert until(lambda: bool(np.abs(np.nan_to_num(plant.read().dq[1])) > 0.1))
        with pytest.raises(DeviceError, match=r"not armed: servo 2 \(joint 'joint_2'\) moves"):
            plant.arm()
        assert torques(bus) == [0, 0]


def test_a_stop_while_it_arms_wins() -> None:
    import threading

    with running(servos(2)) as (bus, plant):
        threading.Timer(0.15, plant.stop, [StopKind.SOFT]).start()
        with pytest.raises(DeviceError, match="a stop was asked for"):
            plant.arm()
        assert torques(bus) == [0, 0]


def test_a_servo_that_refuses_torque_is_named() -> None:
    made = servos(2)
    with running(made) as (bus, plant):
        with bus.lock:
            made[1].table["hardware_error_status"] = 0
            made[1].body.fail = lambda bits: None  # type: ignore[method-assign]
            made[1]._set = lambda name, value: 1 if name == "torque_enable" and value else 0  # type: ignore[method-assign, assignment, return-value]
        with pytest.raises(DeviceError, match="not armed: servo 2 refuses: write of 1 to address 64"):
            plant.arm()
        assert torques(bus)[0] == 0


def test_entering_arms_where_it_was_made_so_and_leaves_nothing_behind_where_that_fails() -> None:
    made = servos(2)
    with EmulatedBus(made, timed=False) as bus:
        with DynamixelPlant(bus_config(2), [XM430] * 2, bus.path, arm=True) as plant:
            assert plant.armed
            assert torques(bus) == [1, 1]
        assert torques(bus) == [0, 0]
        with bus.lock:
            made[1].motor.load_nm = 0.2
        refused = DynamixelPlant(bus_config(2), [XM430] * 2, bus.path, arm=True)
        with pytest.raises(DeviceError, match="not armed: servo 2"):
            refused.__enter__()
        with SerialPort(bus.path, BAUD):
            pass  # the port is free again


# Commands.


def test_position_commands_are_followed_and_what_was_sent_is_told() -> None:
    with running(servos(2)) as (_, plant):
        plant.arm()
        sent = plant.write(goal(0.3, -9.0))
        assert sent.q[0] == pytest.approx(0.3, abs=XM430.rad_per_count)
        assert sent.q[0] != 0.3  # rounded to counts
        assert sent.q[1] == pytest.approx(-2.0, abs=XM430.rad_per_count)  # its limit
        assert np.isnan(sent.dq).all()
        follow(plant, goal(0.3, -0.4), 1.0)
        assert until(lambda: plant.read().valid)
        assert plant.read().q == pytest.approx([0.3, -0.4], abs=0.02)


def test_a_goal_that_jumps_is_gone_to_no_faster_than_the_joint_may_move() -> None:
    with running(servos(1)) as (_, plant):
        plant.arm()
        most, end = 0.0, time.monotonic() + 1.0
        while time.monotonic() < end:
            plant.write(goal(1.9))
            most = max(most, abs(float(np.nan_to_num(plant.read().dq[0]))))
            time.sleep(0.005)
        assert 2.0 < most < 3.0 * 1.3  # the motor could do 4.8


def test_velocity_commands_are_followed() -> None:
    made = servos(1)
    made[0].table["operating_mode"] = MODES["velocity"]
    with running(made, bus_config(1, "velocity")) as (_, plant):
        plant.arm()
        asked = command(DriveMode.VELOCITY, 1.0)
        assert plant.write(asked).dq[0] == pytest.approx(1.0, abs=XM430.rad_s_per_unit)
        follow(plant, asked, 0.4)
        assert plant.read().dq[0] == pytest.approx(1.0, abs=0.1)
        with pytest.raises(DeviceError, match="driven by velocity, not position"):
            plant.write(goal(0.0))


def test_torque_commands_are_currents_and_are_measured_as_torque() -> None:
    made = servos(1)
    made[0].table["operating_mode"] = MODES["current"]
    made[0].motor.blocked = True
    with running(made, bus_config(1, "current")) as (_, plant):
        plant.arm()
        asked = command(DriveMode.TORQUE, 0.9)
        assert plant.write(asked).tau[0] == pytest.approx(0.4, abs=XM430.nm_per_unit)  # its limit
        follow(plant, asked, 0.2)
        assert until(lambda: plant.read().valid)
        assert plant.read().tau[0] == pytest.approx(0.4, abs=2 * XM430.nm_per_unit)


def test_what_is_no_number_is_never_sent_and_stops_the_servos() -> None:
    with running(servos(2)) as (bus, plant):
        plant.arm()
        follow(plant, goal(0.2, 0.2), 0.5)
        with pytest.raises(DeviceError, match="not a number; the servos were stopped"):
            plant.write(goal(np.nan, 0.9))
        assert until(lambda: torques(bus) == [0, 0])
        with bus.lock:
            goals = [each.table["goal_position"] for each in bus.line.servos]
        assert goals == pytest.approx([2048 + round(0.2 / XM430.rad_per_count)] * 2, abs=12)


@pytest.mark.parametrize("fast", [True, False])
def test_an_adapter_that_gives_back_what_it_is_sent_makes_no_difference(fast: bool) -> None:
    made = servos(2)
    made[0].table["firmware_version"] = 45 if fast else 42
    with EmulatedBus(made, timed=False, echo=True) as bus, plant_on(bus, bus_config(2)) as plant:
        plant.arm()
        follow(plant, goal(0.2, -0.2), 1.0)
        assert until(lambda: plant.read().valid)
        assert plant.read().q == pytest.approx([0.2, -0.2], abs=0.02)
        assert plant.counts.echoes > 0


# Stopping.


def test_a_hold_keeps_it_where_it_is_and_the_next_command_goes_on() -> None:
    made = servos(1)
    with running(made) as (bus, plant):
        plant.arm()
        follow(plant, goal(1.9), 0.3)
        plant.stop(StopKind.HOLD)
        assert until(lambda: bool(abs(plant.read().dq[0]) < 0.06))
        held = plant.read().q[0]
        assert 0.1 < held < 1.5
        time.sleep(0.6)  # longer than without commands while it is armed: a hold needs none
        assert plant.read().q[0] == pytest.approx(held, abs=0.15)
        assert torques(bus) == [1]
        follow(plant, goal(0.0), 1.5)
        assert plant.read().q[0] == pytest.approx(0.0, abs=0.03)


def test_a_soft_stop_takes_the_torque_once_it_is_at_rest() -> None:
    with running(servos(1)) as (bus, plant):
        plant.arm()
        follow(plant, goal(1.9), 0.3)
        plant.stop(StopKind.SOFT)
        assert until(lambda: not plant.armed)
        assert torques(bus) == [0]
        assert bus.line.servos[0].motor.velocity == pytest.approx(0.0, abs=0.1)
        assert np.isnan(plant.write(goal(0.0)).q).all()


def test_a_power_off_is_at_once_and_no_gentler_stop_takes_it_back() -> None:
    with running(servos(1)) as (bus, plant):
        plant.arm()
        follow(plant, goal(1.9), 0.2)
        plant.stop(StopKind.POWER_OFF)
        plant.stop(StopKind.HOLD)
        assert np.isnan(plant.write(goal(1.0)).q).all()
        assert until(lambda: torques(bus) == [0])
        assert until(lambda: not plant.armed)


def test_a_servo_that_did_not_hear_that_it_loses_its_torque_is_told_again() -> None:
    made = servos(2)
    with running(made) as (bus, plant):
        plant.arm()
        with bus.lock:
            made[1].faults.silent = True  # and deaf
        plant.stop(StopKind.POWER_OFF)
        assert until(lambda: torques(bus) == [0, 1])
        with bus.lock:
            made[1].faults.silent = False
        assert until(lambda: torques(bus) == [0, 0])
        assert until(lambda: not plant.armed)


def test_leaving_takes_the_torque() -> None:
    made = servos(2)
    with EmulatedBus(made, timed=False) as bus:
        with plant_on(bus, bus_config(2)) as plant:
            plant.arm()
            assert torques(bus) == [1, 1]
        assert torques(bus) == [0, 0]


def test_a_loop_that_falls_silent_is_stopped() -> None:
    with running(servos(1)) as (bus, plant):
        plant.arm()
        follow(plant, goal(0.1), 0.2)
        assert plant.armed
        assert until(lambda: not plant.armed)
        assert torques(bus) == [0]
        assert plant.stop_reason == "no command came for 0.4 s"
        assert plant.faults == ()


def test_a_host_that_dies_leaves_servos_that_stop_by_their_watchdog() -> None:
    made = servos(1)
    with EmulatedBus(made, timed=False) as bus, plant_on(bus, bus_config(1, watchdog_ms=100)) as plant:
        plant.arm()
        follow(plant, goal(1.9), 0.25)
        plant._worker._ended = True  # type: ignore[union-attr]
        plant._worker.end()  # type: ignore[union-attr]
        time.sleep(0.6)
        with bus.lock:
            made[0].advance(time.monotonic())
            assert made[0].table["bus_watchdog"] == -1
            assert made[0].motor.velocity == 0.0
            assert made[0].motor.position < np.pi + 1.7
        with pytest.raises(LinkLost, match="thread of the bus has ended"):
            plant.read()


# Faults.


def test_an_alert_is_never_lost_and_has_servo_joint_and_bits() -> None:
    made = servos(3)
    with running(made) as (bus, plant):
        plant.arm()
        follow(plant, goal(0, 0, 0), 0.1)
        with bus.lock:
            made[1].fail(HEAT_BIT)
        assert until(lambda: any("overheating" in fault.what for fault in plant.faults))
        with bus.lock:
            made[1].table["hardware_error_status"] = 0  # gone before anybody looked again
        [fault] = plant.faults
        assert (fault.servo, fault.joint) == (2, "joint_2")
        assert "servo 2 (joint 'joint_2'): alert, overheating" in str(fault)
        for _ in range(20):
            assert not plant.read().valid
            time.sleep(0.005)
        assert until(lambda: not plant.armed)
        assert torques(bus) == [0, 0, 0]  # all of them come to rest, not only the one
        with pytest.raises(DeviceError, match="not armed: servo 2"):
            plant.arm()
        plant.clear_faults()
        assert until(lambda: plant.read().valid)
        plant.arm()


def test_an_alert_of_a_single_reply_is_kept() -> None:
    made = servos(2)
    with running(made) as (bus, plant):
        assert until(lambda: plant.read().valid)
        read = made[0].read
        told = []

        def alert_once(address: int, size: int) -> tuple[int, bytes]:
            error, data = read(address, size)
            if size >= 10 and not told:
                told.append(True)
                return error | ALERT, data
            return error, data

        with bus.lock:
            made[0].read = alert_once  # type: ignore[method-assign]
        assert until(lambda: bool(plant.faults))
        assert plant.faults[0].servo == 1
        assert "alert" in plant.faults[0].what
        assert not plant.read().valid


def test_faults_are_not_cleared_while_they_last_or_under_torque() -> None:
    made = servos(1)
    with running(made) as (bus, plant):
        plant.arm()
        with pytest.raises(DeviceError, match="stop the plant first"):
            plant.clear_faults()
        with bus.lock:
            made[0].fail(VOLTAGE_BIT)  # shuts nothing down, and is a fault all the same
        assert until(lambda: not plant.armed)
        with pytest.raises(DeviceError, match=r"servo 1 .*input voltage"):
            plant.clear_faults()
        assert plant.faults


def test_a_servo_that_starts_anew_on_its_own_is_found_out() -> None:
    made = servos(2)
    with running(made) as (bus, plant):
        plant.arm()
        with bus.lock:
            made[1].reboot()
            made[1]._up = 0.0  # so quickly that no read fails
        end = time.monotonic() + 5.0
        while not plant.faults and time.monotonic() < end:
            plant.write(goal(0.0, 0.0))
            time.sleep(0.01)
        assert plant.faults[0].servo == 2
        assert {"lost its torque", "its bus watchdog is off"} & set(plant.faults[0].what)
        assert until(lambda: torques(bus) == [0, 0])


def test_a_servo_that_falls_silent_under_torque_is_a_fault_and_those_behind_it_are_not_blamed() -> None:
    made = servos(3)
    with running(made) as (bus, plant):
        plant.arm()
        with bus.lock:
            made[1].faults.silent = True
        end = time.monotonic() + 5.0
        while not plant.faults and time.monotonic() < end:
            plant.write(goal(0.0, 0.0, 0.0))
            time.sleep(0.01)
        assert until(lambda: torques(bus)[0] == torques(bus)[2] == 0)
        assert [(fault.servo, fault.what) for fault in plant.faults] == [(2, ("silent",))]


# The line.


def test_an_unplugged_line_is_lost_for_good_and_a_new_one_arms_nothing() -> None:
    made = servos(2)
    bus = EmulatedBus(made, timed=False)
    with bus:
        plant = DynamixelPlant(bus_config(2), [XM430] * 2, bus.path)
        with plant:
            plant.arm()
            follow(plant, goal(0.0, 0.0), 0.1)
            rounds = plant.read().sequence
            bus.unplug()

            def lost() -> bool:
                try:
                    plant.read()
                except LinkLost:
                    return True
                return False

            assert until(lost)
            assert plant._state.rounds <= rounds + 2  # noticed in the round that ran, or the next
            assert not plant.armed
            for use in (plant.read, plant.arm, lambda: plant.write(goal(0, 0))):
                with pytest.raises(LinkLost):
                    use()
            plant.stop(StopKind.POWER_OFF)  # never fails
            with bus:  # plugged in again
                for use in (plant.read, plant.arm):
                    with pytest.raises(LinkLost):
                        use()
        with bus:
            again = DynamixelPlant(bus_config(2), [XM430] * 2, bus.path)
            with again:
                assert not again.armed
                assert torques(bus) == [0, 0]
                assert until(lambda: again.read().valid)
                assert np.isnan(again.write(goal(0.5, 0.5)).q).all()
                assert torques(bus) == [0, 0]
