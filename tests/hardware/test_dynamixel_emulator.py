"""Emulated servos do what the manual says, and the vendor's SDK finds nothing odd about them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise

import pytest
from dynamixel_sdk import (
    COMM_RX_CORRUPT,
    COMM_RX_TIMEOUT,
    COMM_SUCCESS,
    GroupBulkRead,
    GroupBulkWrite,
    GroupSyncRead,
    GroupSyncWrite,
    PacketHandler,
    PortHandler,
)

from hardware.dynamixel import packets
from hardware.dynamixel.decoder import Decoder, Packet
from hardware.dynamixel.emulated_body import ENCODER_BIT, HEAT_BIT, OVERLOAD_BIT, VOLTAGE_BIT
from hardware.dynamixel.emulated_servo import FAULTS
from hardware.dynamixel.emulator import EmulatedBus
from hardware.dynamixel.packets import ALERT, Trouble
from hardware.dynamixel.servo_config import MODES, load_servo
from hardware.dynamixel.vendor import _patient
from robotics.config import names
from robotics.errors import UnknownNameError
from tests.hardware.servo_bench import BAUD, XM430, Exchange, servos

R = XM430.registers


@pytest.fixture(scope="module")
def running() -> Iterator[EmulatedBus]:
    with EmulatedBus(servos(3), timed=False) as bus:
        yield bus


@pytest.fixture
def sdk(running: EmulatedBus) -> Iterator[tuple[PortHandler, PacketHandler]]:
    port = _patient(PortHandler(running.path), 0.5)
    assert port.setBaudRate(BAUD)
    yield port, PacketHandler(2.0)
    port.closePort()


def statuses(data: bytes) -> list[Packet]:
    return list(Decoder().feed(data))


def ask(line: Exchange, request: bytes) -> tuple[int, bytes]:
    """Error byte and data of the one reply."""
    [reply] = statuses(line.send(request))
    return reply.parameters[0], reply.parameters[1:]


def put(line: Exchange, name: str, value: int, servo: int = 1) -> int:
    """Error byte of a write."""
    register = line.line.servos[0].model.register(name)
    return ask(line, packets.write(servo, register.address, register.encode(value)))[0]


def get(line: Exchange, name: str, servo: int = 1) -> int:
    register = line.line.servos[0].model.register(name)
    error, data = ask(line, packets.read(servo, register.address, register.size))
    assert error & 0x7F == 0
    return register.decode(data)


# The vendor's SDK over a pseudo terminal.


def test_the_sdk_pings_reads_and_writes(sdk: tuple[PortHandler, PacketHandler]) -> None:
    port, handler = sdk
    assert handler.ping(port, 2) == (1020, COMM_SUCCESS, 0)
    assert handler.ping(port, 9)[1] == COMM_RX_TIMEOUT
    assert handler.write4ByteTxRx(port, 1, R["profile_velocity"].address, 77) == (COMM_SUCCESS, 0)
    assert handler.read4ByteTxRx(port, 1, R["profile_velocity"].address) == (77, COMM_SUCCESS, 0)
    assert handler.write2ByteTxRx(port, 1, R["model_number"].address, 7) == (COMM_SUCCESS, Trouble.ACCESS)
    assert handler.regWriteTxRx(port, 1, R["led"].address, 1, [1]) == (COMM_SUCCESS, 0)
    assert handler.read1ByteTxRx(port, 1, R["led"].address)[0] == 0
    # From the broadcast id: the SDK leaves the reply to an action of one servo on the line, and takes it for the next.
    assert handler.action(port, 0xFE) == COMM_SUCCESS
    assert handler.read1ByteTxRx(port, 1, R["led"].address)[0] == 1


def test_the_sdk_finds_all_servos_at_once(sdk: tuple[PortHandler, PacketHandler]) -> None:
    port, handler = sdk
    assert handler.broadcastPing(port) == ({1: [1020, 45], 2: [1020, 45], 3: [1020, 45]}, COMM_SUCCESS)


def test_the_sdk_reads_and_writes_groups(sdk: tuple[PortHandler, PacketHandler]) -> None:
    port, handler = sdk
    writer = GroupSyncWrite(port, handler, R["profile_velocity"].address, 4)
    for servo in (1, 2, 3):
        writer.addParam(servo, [servo, 1, 0, 0])
    assert writer.txPacket() == COMM_SUCCESS
    reader = GroupSyncRead(port, handler, R["profile_velocity"].address, 4)
    for servo in (1, 2, 3):
        reader.addParam(servo)
    for read in (reader.txRxPacket, reader.fastSyncRead):
        assert read() == COMM_SUCCESS
        assert [reader.getData(s, R["profile_velocity"].address, 4) for s in (1, 2, 3)] == [257, 258, 259]


def test_the_sdk_reads_and_writes_in_bulk(sdk: tuple[PortHandler, PacketHandler]) -> None:
    port, handler = sdk
    writer = GroupBulkWrite(port, handler)
    writer.addParam(1, R["led"].address, 1, [1])
    writer.addParam(2, R["profile_velocity"].address, 4, [9, 0, 0, 0])
    assert writer.txPacket() == COMM_SUCCESS
    reader = GroupBulkRead(port, handler)
    reader.addParam(1, R["led"].address, 1)
    reader.addParam(2, R["profile_velocity"].address, 4)
    assert reader.txRxPacket() == COMM_SUCCESS
    assert reader.getData(1, R["led"].address, 1) == 1
    assert reader.getData(2, R["profile_velocity"].address, 4) == 9


def test_the_sdk_sees_damaged_checksums_and_other_speeds(
    running: EmulatedBus, sdk: tuple[PortHandler, PacketHandler]
) -> None:
    port, handler = sdk
    running.servo(3).faults.corrupt = True
    assert handler.ping(port, 3)[1] == COMM_RX_CORRUPT
    running.servo(3).faults.corrupt = False
    assert port.setBaudRate(57600)
    assert handler.ping(port, 3)[1] == COMM_RX_TIMEOUT
    assert port.setBaudRate(BAUD)
    assert handler.ping(port, 3)[1] == COMM_SUCCESS


# Control table.


@pytest.mark.parametrize("name", names("servos"))
def test_every_model_answers_with_its_number_and_moves_to_a_goal(name: str) -> None:
    model = load_servo(name)
    line = Exchange(servos(1, model))
    error, data = ask(line, packets.ping(1))
    assert (error, int.from_bytes(data[:2], "little")) == (0, model.model_number)
    assert put(line, "torque_enable", 1) == 0
    assert put(line, "goal_position", 3000) == 0
    line.wait(2.0)
    assert abs(get(line, "present_position") - 3000) <= 12
    assert get(line, "moving") == 0


def test_the_eeprom_is_locked_while_torque_is_on() -> None:
    line = Exchange(servos(1))
    assert put(line, "return_delay_time", 5) == 0
    assert put(line, "torque_enable", 1) == 0
    assert put(line, "return_delay_time", 6) == Trouble.ACCESS
    assert get(line, "return_delay_time") == 5
    assert put(line, "torque_enable", 0) == 0
    assert put(line, "return_delay_time", 6) == 0


@pytest.mark.parametrize(
    ("name", "value", "trouble"),
    [
        ("present_position", 1, Trouble.ACCESS),
        ("id", 253, Trouble.DATA_RANGE),
        ("baud_rate", 8, Trouble.DATA_RANGE),
        ("operating_mode", 2, Trouble.DATA_RANGE),
        ("torque_enable", 2, Trouble.DATA_RANGE),
        ("goal_velocity", 351, Trouble.DATA_LIMIT),
        ("goal_velocity", -350, Trouble.NONE),
        ("goal_current", -1194, Trouble.DATA_LIMIT),
        ("goal_position", -1, Trouble.DATA_LIMIT),
        ("goal_position", 4096, Trouble.DATA_LIMIT),
        ("goal_position", 4095, Trouble.NONE),
        ("homing_offset", -1_044_480, Trouble.DATA_RANGE),
    ],
)
def test_values_out_of_range_are_refused_and_change_nothing(name: str, value: int, trouble: Trouble) -> None:
    line = Exchange(servos(1))
    before = get(line, name)
    assert put(line, name, value) == trouble
    assert get(line, name) == (before if trouble else value)


@pytest.mark.parametrize(
    ("request_", "trouble"),
    [
        (packets.write(1, 116, b"\0\0"), Trouble.DATA_LENGTH),
        (packets.write(1, 118, b"\0\0"), Trouble.ACCESS),
        (packets.write(1, 66, b"\0"), Trouble.ACCESS),
        (packets.write(1, 2000, b"\0"), Trouble.ACCESS),
        (packets.read(1, 66, 1), Trouble.ACCESS),
        (packets.read(1, 140, 100), Trouble.ACCESS),
        (packets.packet(1, packets.Instruction.READ, b"\0"), Trouble.DATA_LENGTH),
        (packets.packet(1, 0x44), Trouble.INSTRUCTION),
        (packets.action(1), Trouble.INSTRUCTION),
        (packets.factory_reset(1, 3), Trouble.DATA_RANGE),
    ],
)
def test_requests_that_cannot_be_are_called_what_they_are(request_: bytes, trouble: Trouble) -> None:
    assert ask(Exchange(servos(1)), request_) == (trouble, b"")


def test_many_registers_are_set_together_or_not_at_all() -> None:
    line = Exchange(servos(1))
    both = R["profile_acceleration"].encode(7) + R["profile_velocity"].encode(9)
    assert ask(line, packets.write(1, 108, both))[0] == 0
    assert (get(line, "profile_acceleration"), get(line, "profile_velocity")) == (7, 9)
    wrong = R["profile_acceleration"].encode(8) + R["profile_velocity"].encode(40_000)
    assert ask(line, packets.write(1, 108, wrong))[0] == Trouble.DATA_RANGE
    assert get(line, "profile_acceleration") == 7


def test_the_return_level_says_what_is_answered() -> None:
    line = Exchange(servos(1))
    line.send(packets.write(1, R["status_return_level"].address, b"\1"))
    assert line.send(packets.write(1, R["led"].address, b"\1")) == b""
    assert get(line, "led") == 1
    line.send(packets.write(1, R["status_return_level"].address, b"\0"))
    assert line.send(packets.read(1, R["led"].address, 1)) == b""
    assert ask(line, packets.ping(1))[0] == 0


def test_a_broadcast_write_is_done_by_all_and_answered_by_none() -> None:
    line = Exchange(servos(3))
    assert line.send(packets.write(0xFE, R["led"].address, b"\1")) == b""
    assert [get(line, "led", servo) for servo in (1, 2, 3)] == [1, 1, 1]


def test_an_id_and_a_speed_can_be_changed() -> None:
    line = Exchange(servos(2))
    assert put(line, "id", 9) == 0
    assert get(line, "id", 9) == 9
    assert line.send(packets.ping(1)) == b""
    assert put(line, "baud_rate", 4, servo=9) == 0
    assert line.send(packets.ping(9)) == b""
    [answer] = line.line.hear(packets.ping(9), line.now, 2_000_000)
    assert statuses(answer[1])[0].servo == 9


def test_a_reboot_forgets_ram_keeps_eeprom_and_takes_its_time() -> None:
    line = Exchange(servos(1))
    put(line, "homing_offset", 100)
    put(line, "torque_enable", 1)
    put(line, "profile_velocity", 50)
    assert ask(line, packets.reboot(1))[0] == 0
    assert line.send(packets.ping(1)) == b""
    line.wait(1.0)
    assert [get(line, name) for name in ("homing_offset", "torque_enable", "profile_velocity")] == [100, 0, 0]


@pytest.mark.parametrize(("option", "servo", "baud"), [(0xFF, 1, 57_600), (1, 5, 57_600), (2, 5, BAUD)])
def test_a_factory_reset_keeps_what_it_is_told_to(option: int, servo: int, baud: int) -> None:
    line = Exchange(servos(1))
    put(line, "id", 5)
    put(line, "homing_offset", 100, servo=5)
    assert ask(line, packets.factory_reset(5, option))[0] == 0
    line.wait(1.0)
    [only] = line.line.servos
    assert (only.servo, only.baud, only.table["homing_offset"]) == (servo, baud, 0)


def test_a_factory_reset_of_all_is_ignored_from_the_broadcast_id() -> None:
    line = Exchange(servos(2))
    line.send(packets.factory_reset(0xFE, 0xFF))
    assert [each.baud for each in line.line.servos] == [BAUD, BAUD]
    assert [each.servo for each in line.line.servos] == [1, 2]


# Motion.


def test_a_profile_bounds_speed_and_acceleration() -> None:
    line = Exchange(servos(1))
    put(line, "profile_velocity", 100)  # 2.4 rad/s
    put(line, "profile_acceleration", 10)
    put(line, "torque_enable", 1)
    put(line, "goal_position", 4000)
    motor, speeds = line.line.servo(1).motor, [0.0]
    for _ in range(200):
        line.wait(0.01)
        speeds.append(motor.velocity)
    assert max(speeds) == pytest.approx(100 * XM430.rad_s_per_unit, rel=0.05)
    allowed = 10 * XM430.acceleration_unit_rev_min2 * 2 * math.pi / 3600 * 0.01
    fast = [(a, b) for a, b in pairwise(speeds) if min(a, b) > 0.15]  # below, friction stops it at once
    assert len(fast) > 150
    assert max(abs(b - a) for a, b in fast) <= 1.3 * allowed
    assert abs(get(line, "present_position") - 4000) <= 12


def test_a_velocity_goal_turns_it_on_and_on_and_positions_count_turns() -> None:
    line = Exchange(servos(1))
    put(line, "operating_mode", MODES["velocity"])
    put(line, "torque_enable", 1)
    put(line, "goal_velocity", 100)
    line.wait(8.0)
    assert abs(get(line, "present_velocity") - 100) <= 3
    assert get(line, "present_position") > 3 * 4096


def test_a_current_goal_pushes_with_that_current() -> None:
    line = Exchange(servos(1))
    put(line, "operating_mode", MODES["current"])
    put(line, "torque_enable", 1)
    line.line.servo(1).motor.blocked = True
    put(line, "goal_current", -200)
    line.wait(0.1)
    assert get(line, "present_current") == -200


def test_a_current_limit_keeps_a_position_goal_gentle() -> None:
    line = Exchange(servos(1))
    put(line, "operating_mode", MODES["current_position"])
    put(line, "torque_enable", 1)
    put(line, "goal_current", 50)
    line.line.servo(1).motor.blocked = True
    put(line, "goal_position", 3000)
    line.wait(0.5)
    assert abs(get(line, "present_current")) == 50


def test_homing_offsets_shift_the_position_and_too_large_ones_are_ignored_in_position_mode() -> None:
    line = Exchange(servos(1))
    put(line, "homing_offset", -500)
    assert get(line, "present_position") == 1548
    put(line, "homing_offset", 1025)
    assert get(line, "present_position") == 2048
    put(line, "operating_mode", MODES["extended_position"])
    assert get(line, "present_position") == 3073


def test_a_drive_mode_switches_the_torque_on_by_a_goal() -> None:
    line = Exchange(servos(1))
    put(line, "goal_position", 2100)
    assert get(line, "torque_enable") == 0
    put(line, "drive_mode", 8)
    put(line, "goal_position", 2100)
    assert get(line, "torque_enable") == 1


# Protections.


def moving(line: Exchange) -> None:
    put(line, "operating_mode", MODES["velocity"])
    put(line, "torque_enable", 1)
    put(line, "goal_velocity", 100)


def test_a_silent_host_has_a_moving_servo_stopped_by_its_watchdog() -> None:
    line = Exchange(servos(1))
    moving(line)
    assert put(line, "bus_watchdog", 5) == 0  # 100 ms
    for _ in range(20):
        line.wait(0.09)
        assert get(line, "bus_watchdog") == 5
    assert get(line, "present_velocity") > 90
    turned = line.line.servo(1).motor.position
    line.wait(3.0)
    assert line.line.servo(1).motor.velocity == 0.0
    assert line.line.servo(1).motor.position - turned < 2.4 * 0.1 + 0.2  # it went on for 100 ms and then braked
    assert get(line, "bus_watchdog") == -1
    assert put(line, "goal_velocity", 50) == Trouble.DATA_RANGE
    assert put(line, "bus_watchdog", 5) == Trouble.DATA_RANGE
    assert put(line, "bus_watchdog", 0) == 0
    assert put(line, "goal_velocity", 50) == 0
    line.wait(1.0)
    assert get(line, "present_velocity") > 45


def test_a_watchdog_counts_only_while_torque_is_on() -> None:
    line = Exchange(servos(1))
    put(line, "bus_watchdog", 1)
    line.wait(5.0)
    assert get(line, "bus_watchdog") == 1


@pytest.mark.parametrize(
    ("bit", "break_it"),
    [
        (HEAT_BIT, lambda servo: setattr(servo.body, "temperature_c", 90.0)),
        (OVERLOAD_BIT, lambda servo: setattr(servo.motor, "blocked", True)),
        (VOLTAGE_BIT, lambda servo: setattr(servo.body, "voltage_v", 5.0)),
        (ENCODER_BIT, lambda servo: servo.fail(ENCODER_BIT)),
    ],
)
def test_hardware_errors_alert_in_every_reply_and_shut_down_where_that_is_set(bit: int, break_it: object) -> None:
    line = Exchange(servos(1))
    put(line, "shutdown", bit)
    put(line, "torque_enable", 1)
    put(line, "goal_position", 4000)
    break_it(line.line.servo(1))  # type: ignore[operator]
    line.wait(2.0)
    assert ask(line, packets.ping(1))[0] == ALERT
    assert get(line, "hardware_error_status") == bit
    assert get(line, "torque_enable") == 0
    assert put(line, "torque_enable", 1) == ALERT | Trouble.RESULT_FAIL
    line.line.servo(1).body.temperature_c, line.line.servo(1).body.voltage_v = 30.0, 12.0
    line.send(packets.reboot(1))
    line.wait(1.0)
    assert ask(line, packets.ping(1))[0] == 0
    assert put(line, "torque_enable", 1) == 0


def test_an_error_that_shuts_nothing_down_alerts_all_the_same() -> None:
    line = Exchange(servos(1))
    put(line, "torque_enable", 1)
    line.line.servo(1).fail(VOLTAGE_BIT)  # not in the factory's shutdown, 52
    assert get(line, "torque_enable") == 1
    assert ask(line, packets.ping(1))[0] == ALERT


def test_a_stuck_encoder_gives_the_same_count_while_the_horn_turns() -> None:
    line = Exchange(servos(1))
    moving(line)
    line.wait(0.5)
    line.line.servo(1).faults.stuck = True
    before, turned = get(line, "present_position"), line.line.servo(1).motor.position
    line.wait(0.5)
    assert get(line, "present_position") == before
    assert line.line.servo(1).motor.position > turned + 0.5


@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_can_be_put_into_a_servo_and_is_seen_from_outside(fault: str) -> None:
    line = Exchange(servos(1))
    moving(line)
    line.wait(0.5)
    [servo] = line.line.servos
    request, before = packets.sync_read([1], 126, 10), get(line, "present_position")
    servo.inject(fault)
    line.wait(3.0)
    seen = {
        "silent": line.send(request) == b"",
        "corrupt": statuses(line.send(request)) == [] and line.send(request) != b"",
        "stuck": servo.table["present_position"] == before
        and servo.motor.position > before * XM430.rad_per_count + 1.0,
        "blocked": servo.motor.velocity == 0.0,
        "overload": servo.table["hardware_error_status"] == OVERLOAD_BIT and servo.table["torque_enable"] == 0,
        "overheating": servo.table["hardware_error_status"] == HEAT_BIT and servo.table["torque_enable"] == 0,
        "reboot": servo.table["torque_enable"] == 0 and servo.table["hardware_error_status"] == 0,
    }
    assert seen[fault]


def test_a_fault_that_there_is_not_is_named_with_those_that_there_are() -> None:
    with pytest.raises(UnknownNameError, match="unknown fault 'tired'; choose one of: blocked, corrupt"):
        servos(1)[0].inject("tired")


# The line.


def test_of_two_servos_with_one_id_the_host_hears_damaged_bytes() -> None:
    line = Exchange([*servos(1), *servos(1)])
    line.line.servos[1].motor.place(1.0)
    line.wait(0.01)
    assert statuses(line.send(packets.ping(1)))  # the very same bytes at the very same time look like one
    for _ in range(5):
        assert statuses(line.send(packets.read(1, R["present_position"].address, 4))) == []


@pytest.mark.parametrize("fast", [False, True])
def test_a_read_of_many_ends_before_the_servo_that_keeps_silent(fast: bool) -> None:
    line = Exchange(servos(3))
    whole = line.send(packets.sync_read([1, 2, 3], 132, 4, fast))
    line.line.servo(2).faults.silent = True
    cut = line.send(packets.sync_read([1, 2, 3], 132, 4, fast))
    assert whole.startswith(cut)
    assert len(cut) == (16 if fast else 15)


def test_old_firmware_does_not_know_the_fast_read() -> None:
    line = Exchange(servos(2))
    line.line.servo(1).table["firmware_version"] = 42
    assert line.send(packets.sync_read([1, 2], 132, 4, fast=True)) == b""
    assert len(statuses(line.send(packets.sync_read([1, 2], 132, 4)))) == 2


@pytest.mark.parametrize("baud", [1_000_000, 2_000_000, 4_000_000])
def test_bytes_and_delays_take_their_time_on_the_line(baud: int) -> None:
    made = servos(7)
    for each in made:
        each.table["baud_rate"] = XM430.bauds.index(baud)
        each.table["return_delay_time"] = 50
    line = Exchange(made)
    line.line.timed = True
    request = packets.sync_read(range(1, 8), 126, 10, fast=True)
    [(when, answer)] = line.line.hear(request, 0.0, baud)
    assert when == pytest.approx((len(request) + len(answer)) * 10 / baud + 100e-6)
    assert 1 / when > 500 * baud / 1_000_000
