"""Transactions: each has its own reply or none, and what goes wrong is counted and never becomes a value."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from hardware.dynamixel import packets
from hardware.dynamixel.bus import Bus
from hardware.dynamixel.emulated_body import HEAT_BIT
from hardware.dynamixel.emulated_servo import EmulatedServo
from hardware.dynamixel.emulator import EmulatedBus
from hardware.dynamixel.troubles import NoReply, ServoRefused, bit_names
from hardware.serial_port import SerialPort
from robotics.errors import DeviceError, LinkLost, StaleError
from tests.hardware.servo_bench import BAUD, XM430, servos

R = XM430.registers


@contextmanager
def connected(made: list[EmulatedServo], echo: bool = False) -> Iterator[tuple[EmulatedBus, Bus]]:
    with EmulatedBus(made, timed=False, echo=echo) as running, SerialPort(running.path, BAUD) as port:
        yield running, Bus(port, latency_s=0.15)


@pytest.mark.parametrize("echo", [False, True])
def test_registers_are_read_and_written(echo: bool) -> None:
    with connected(servos(2), echo) as (_, bus):
        bus.write(2, R["homing_offset"], -77)
        assert bus.read(2, R["homing_offset"]) == -77
        assert bus.read(1, R["homing_offset"]) == 0
        replies = bus.sync_read([1, 2], R["homing_offset"])
        assert {servo: R["homing_offset"].decode(reply.data) for servo, reply in replies.items()} == {1: 0, 2: -77}
        bus.sync_write(R["led"], {1: 1, 2: 0})
        assert [bus.read(servo, R["led"]) for servo in (1, 2)] == [1, 0]
        assert (bus.counts.echoes > 0) is echo
        assert (bus.counts.timeouts, bus.counts.corrupt, bus.counts.late) == (0, 0, 0)


def test_a_ping_tells_how_many_answer() -> None:
    with connected(servos(3)) as (_, bus):
        assert [reply.servo for reply in bus.ping(2)] == [2]
        assert [reply.servo for reply in bus.ping_all()] == [1, 2, 3]


def test_a_servo_that_is_not_there_is_an_error_of_two_kinds() -> None:
    with connected(servos(1)) as (_, bus):
        with pytest.raises(NoReply, match="servo 9 did not answer: read of address 132"):
            bus.read(9, R["present_position"])
        assert issubclass(NoReply, DeviceError)
        assert issubclass(NoReply, StaleError)
        assert bus.counts.timeouts == 1


def test_a_damaged_reply_is_an_error_and_is_counted() -> None:
    with connected(servos(1)) as (running, bus):
        running.servo(1).faults.corrupt = True
        with pytest.raises(NoReply, match="answered damaged bytes") as caught:
            bus.read(1, R["present_position"])
        assert caught.value.damaged
        assert bus.counts.corrupt == 1


def test_a_refusal_says_why() -> None:
    with connected(servos(1)) as (_, bus):
        with pytest.raises(ServoRefused, match=r"servo 1 refuses: write of 5000 to address 116: .* beyond one of its"):
            bus.write(1, R["goal_position"], 5000)
        bus.write(1, R["torque_enable"], 1)
        with pytest.raises(ServoRefused, match="locked while torque is on"):
            bus.write(1, R["id"], 5)


def test_a_late_reply_is_counted_and_never_taken_for_a_later_one() -> None:
    with connected(servos(1)) as (running, bus):
        bus.write(1, R["homing_offset"], 11)
        slow = Bus(bus.port, latency_s=0.001, quiet_s=0.2)
        for k in range(5):
            with running.lock:
                running.servo(1).faults.late_s = 0.02
                running.servo(1).table["homing_offset"] = 100 + k
            with pytest.raises(NoReply):
                slow.read(1, R["homing_offset"])
            with running.lock:
                running.servo(1).faults.late_s = 0.0
                running.servo(1).table["homing_offset"] = 200 + k
            slow._latency = 0.15  # the next is on time
            assert slow.read(1, R["homing_offset"]) == 200 + k
            slow._latency = 0.001
        assert slow.counts.late == 5
        assert slow.counts.timeouts == 5


def test_what_lay_on_the_line_before_is_no_reply() -> None:
    with connected(servos(1)) as (running, bus):
        forged = packets.status(1, 0, (4000).to_bytes(4, "little"))
        running._due.append((0.0, forged))
        assert bus.port.wait(2.0)
        assert bus.read(1, R["present_position"]) == 2048
        assert bus.counts.late == 1


@pytest.mark.parametrize(
    "forged", [packets.status(1, 0, b"\1\2"), packets.status(2, 0, b"\1\2\3\4"), packets.status(1, 0)]
)
def test_a_reply_of_another_size_or_servo_is_none(forged: bytes) -> None:
    with connected(servos(1)) as (running, bus):
        running.line.hear = lambda data, now, baud: [(now, forged)]  # type: ignore[method-assign]
        with pytest.raises(NoReply):
            Bus(bus.port, latency_s=0.05).read(1, R["present_position"])


def test_alerts_come_with_every_reply_and_have_names() -> None:
    with connected(servos(1)) as (running, bus):
        with running.lock:
            running.servo(1).fail(HEAT_BIT)
        assert bus.write(1, R["led"], 1).alert
        assert bit_names(bus.read(1, R["hardware_error_status"])) == ("overheating",)
        assert bit_names(0x25) == ("input voltage", "overheating", "overload")
        assert bit_names(0x41) == ("input voltage", "unknown bits 0x40")


def test_an_unplugged_line_is_lost() -> None:
    with connected(servos(1)) as (running, bus):
        running.unplug()
        with pytest.raises(LinkLost):
            bus.read(1, R["present_position"])
