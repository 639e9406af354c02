"""Finding, setting up and calibrating servos through the vendor's SDK, and the commands that do."""

from __future__ import annotations

import math
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import serial
from typer.testing import CliRunner

from hardware.dynamixel import inspection
from hardware.dynamixel.calibrate import calibrate
from hardware.dynamixel.configure import Found, configure, mode_number, scan
from hardware.dynamixel.emulator import EmulatedBus
from hardware.dynamixel.inspection import latency_problem
from hardware.dynamixel.servo_config import MODES, load_servo
from hardware.dynamixel.troubles import ServoRefused
from hardware.dynamixel.vendor import VendorPort
from hardware.serial_port import SerialPort
from robotics.errors import ArgumentError, DeviceError, LinkLost
from steadyhand.commands.hardware import app
from tests.hardware.servo_bench import BAUD, XM430, bus_config, plant_on, servos, until

RUN = CliRunner()


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that is busy with other tests, too, is late."""
    monkeypatch.setattr(VendorPort.__init__, "__defaults__", (0.6,))


@pytest.fixture
def bus() -> Iterator[EmulatedBus]:
    with EmulatedBus(servos(3), timed=False) as made:
        yield made


def found(items: Iterator[Found | str]) -> tuple[list[Found], list[str]]:
    every = list(items)
    return [each for each in every if isinstance(each, Found)], [each for each in every if isinstance(each, str)]


def test_a_scan_finds_servos_of_different_speeds_and_models() -> None:
    made = [*servos(2), *servos(1, load_servo("xl330_m288"))]
    made[1].table["baud_rate"] = XM430.bauds.index(57_600)
    made[2].table["id"] = 7
    with EmulatedBus(made, timed=False) as bus:
        seen, said = found(scan(bus.path, (57_600, BAUD)))
    assert said == []
    assert [(each.servo, each.baud, each.model) for each in seen] == [
        (2, 57_600, "xm430_w350"),
        (1, BAUD, "xm430_w350"),
        (7, BAUD, "xl330_m288"),
    ]
    assert seen[0].settings["operating_mode"] == 3


def test_a_scan_tells_of_two_servos_with_one_id(bus: EmulatedBus) -> None:
    bus.servo(3).table["id"] = 2
    bus.line.servos[1].motor.place(1.0)
    bus.line.servos[1].table["firmware_version"] = 46
    seen, said = found(scan(bus.path, (BAUD,), ids=(1, 2)))
    assert [each.servo for each in seen] == [1]
    assert any("servo 2 answered damaged bytes" in each and "two servos may have this id" in each for each in said)


def test_a_scan_names_a_model_that_it_does_not_know(bus: EmulatedBus) -> None:
    bus.servo(1).table["model_number"] = 9
    seen, _ = found(scan(bus.path, (BAUD,), ids=(1,)))
    assert (seen[0].title, seen[0].settings) == ("unknown model 9", {})


def test_settings_are_changed_and_read_back(bus: EmulatedBus) -> None:
    changes = {"id": 9, "baud_rate": 2_000_000, "return_delay_time": 5, "operating_mode": mode_number("velocity")}
    done = configure(bus.path, BAUD, 2, changes)
    assert done[-2:] == [("id", 2, 9), ("baud_rate", BAUD, 2_000_000)]
    table = bus.servo(9).table
    assert (table["baud_rate"], table["return_delay_time"], table["operating_mode"]) == (4, 5, MODES["velocity"])
    assert configure(bus.path, 2_000_000, 9, {"baud_rate": BAUD}) == [("baud_rate", 2_000_000, BAUD)]


def test_what_cannot_be_set_is_refused_before_it_is_tried(bus: EmulatedBus) -> None:
    with pytest.raises(DeviceError, match="id 3 is taken"):
        configure(bus.path, BAUD, 2, {"id": 3})
    with pytest.raises(ArgumentError, match="knows no 123 baud; choose one of: 9600"):
        configure(bus.path, BAUD, 2, {"baud_rate": 123})
    with pytest.raises(ArgumentError, match=r"return_delay_time: 300 is outside of \[0, 254\]"):
        configure(bus.path, BAUD, 2, {"return_delay_time": 300})
    with pytest.raises(ServoRefused, match="it is read only"):
        configure(bus.path, BAUD, 2, {"present_position": 3})
    with pytest.raises(ArgumentError, match="no operating mode 'sideways'; choose one of: current"):
        mode_number("sideways")
    with pytest.raises(DeviceError, match="servo 8 does not answer"):
        configure(bus.path, BAUD, 8, {"id": 1})


def test_a_servo_with_torque_is_left_alone_unless_told_otherwise(bus: EmulatedBus) -> None:
    bus.servo(1).table["torque_enable"] = 1
    with pytest.raises(DeviceError, match="what it holds may fall"):
        configure(bus.path, BAUD, 1, {"return_delay_time": 1})
    configure(bus.path, BAUD, 1, {"return_delay_time": 1}, torque_off=True)
    assert bus.servo(1).table["torque_enable"] == 0


def test_what_the_sdk_makes_zero_of_is_an_error_here(bus: EmulatedBus) -> None:
    with VendorPort(bus.path, BAUD) as port:
        register = XM430.register("present_position")
        assert port.read(1, register) == 2048
        with bus.lock:
            bus.servo(1).faults.corrupt = True
        with pytest.raises(DeviceError, match="answered damaged bytes"):
            port.read(1, register)
        with bus.lock:
            bus.servo(1).faults.corrupt, bus.servo(1).faults.silent = False, True
        for _ in range(2):  # the SDK's port would be busy for ever after the first
            with pytest.raises(DeviceError, match="did not answer"):
                port.read(1, register)
        with bus.lock:
            bus.servo(1).faults.silent = False
        assert port.read(1, register) == 2048
        bus.unplug()
        with pytest.raises(LinkLost):
            port.read(1, register)


def test_a_port_that_servos_are_set_up_through_has_one_owner(bus: EmulatedBus) -> None:
    with SerialPort(bus.path, BAUD):
        for use in (
            lambda: list(scan(bus.path, (BAUD,))),
            lambda: configure(bus.path, BAUD, 1, {"led": 1}),
            lambda: calibrate(bus.path, bus_config(3), (XM430,) * 3, {"arm/joint_1": 0.0}),
        ):
            with pytest.raises(DeviceError, match="another program has it; close that first"):
                use()
    with VendorPort(bus.path, BAUD) as port:
        for baud in (57_600, BAUD):  # each speed that a scan tries
            port.set_baud(baud)
            for second in (SerialPort(bus.path, BAUD), VendorPort(bus.path, BAUD)):
                with pytest.raises(DeviceError, match="another program has it; close that first"):
                    second.__enter__()
        assert port.ping(1) == (XM430.model_number, 0)
        if os.geteuid() != 0:  # root may always
            with pytest.raises(OSError, match="busy"):
                os.open(bus.path, os.O_RDWR | os.O_NOCTTY)
    with SerialPort(bus.path, BAUD), pytest.raises(DeviceError, match="another program has it"):
        VendorPort(bus.path, BAUD).__enter__()


def test_a_scan_lets_nobody_in_between_two_speeds(bus: EmulatedBus, monkeypatch: pytest.MonkeyPatch) -> None:
    closed = []
    close = serial.Serial.close

    def closes(port: serial.Serial) -> None:
        close(port)
        closed.append(port)

    with VendorPort(bus.path, BAUD) as port:
        monkeypatch.setattr(serial.Serial, "close", closes)
        for baud in (57_600, 4_000_000, BAUD):
            port.set_baud(baud)
        assert closed == []
        assert port.ping(1) is not None


def test_calibration_has_the_present_pose_read_as_stated() -> None:
    made = servos(2)
    made[0].motor.place(math.pi + 0.2)
    made[1].motor.place(math.pi - 0.9)
    config = bus_config(2)
    with EmulatedBus(made, timed=False) as bus:
        done = calibrate(bus.path, config, (XM430, XM430), {"arm/joint_1": 0.5, "arm/joint_2": -1.0})
        assert [each.before for each in done] == [0, 0]
        with plant_on(bus, config) as plant:
            assert until(lambda: plant.read().valid)
            assert plant.read().q == pytest.approx([0.5, -1.0], abs=2 * XM430.rad_per_count)
        again = calibrate(bus.path, config, (XM430, XM430), {"arm/joint_1": 0.0})  # from an offset that there was
        assert again[0].before == done[0].after
        with plant_on(bus, config) as plant:
            assert until(lambda: plant.read().valid)
            assert plant.read().q == pytest.approx([0.0, -1.0], abs=2 * XM430.rad_per_count)


def test_an_offset_that_position_mode_ignores_is_refused_and_nothing_is_changed() -> None:
    made = servos(2)
    config = bus_config(2)
    with EmulatedBus(made, timed=False) as bus:
        with pytest.raises(DeviceError, match=r"offset of 1173; .* set zero_count = 875"):
            calibrate(bus.path, config, (XM430, XM430), {"arm/joint_1": 0.1, "arm/joint_2": 1.8})
        assert [each.table["homing_offset"] for each in made] == [0, 0]


def test_calibration_refuses_what_cannot_be(bus: EmulatedBus) -> None:
    config, models = bus_config(3), (XM430,) * 3
    with pytest.raises(ArgumentError, match="no joint 'arm/elbow' on this bus; choose one of: arm/joint_1"):
        calibrate(bus.path, config, models, {"arm/elbow": 0.0})
    with pytest.raises(ArgumentError, match=r"2\.5 rad is outside of \[-2, 2\]"):
        calibrate(bus.path, config, models, {"arm/joint_1": 2.5})
    bus.servo(1).table["torque_enable"] = 1
    with pytest.raises(DeviceError, match=r"servo 1 .*has torque"):
        calibrate(bus.path, config, models, {"arm/joint_1": 0.0})


def test_a_slow_latency_timer_is_told_with_its_fix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    timer = tmp_path / "latency_timer"
    monkeypatch.setattr(inspection, "latency_timer", lambda _: timer)
    timer.write_text("16\n")
    said = latency_problem("/dev/ttyUSB0")
    assert "keeps replies for 16 ms" in said
    assert f"echo 1 | sudo tee {timer}" in said
    assert 'ATTR{latency_timer}="1"' in said
    timer.write_text("1\n")
    assert latency_problem("/dev/ttyUSB0") == ""
    monkeypatch.setattr(inspection, "latency_timer", lambda _: None)
    assert latency_problem("/dev/ttyUSB0") == ""


# The commands.


def test_the_commands_scan_configure_and_calibrate(bus: EmulatedBus, tmp_path: Path) -> None:
    told = RUN.invoke(app, ["scan", "--port", bus.path, "--bauds", "1000000", "--json", str(tmp_path / "found.json")])
    assert told.exit_code == 0, told.output
    assert told.output.count("XM430-W350") == 3
    assert '"servo": 3' in (tmp_path / "found.json").read_text()
    told = RUN.invoke(app, ["configure", "--port", bus.path, "--id", "3", "--return-delay", "7", "--set", "led=1"])
    assert "return_delay_time: 0 -> 7" in told.output
    assert bus.servo(3).table["led"] == 1
    assert RUN.invoke(app, ["scan", "--port", bus.path, "--bauds", "57600"]).exit_code == 1
    file = tmp_path / "bench.toml"
    file.write_text(
        'title = "bench"\nbaud = 1000000\nperiod_s = 0.01\n[[arms]]\nname = "arm"\n[[arms.joints]]\nname = "elbow"\n'
        'servo = 2\nmodel = "xm430_w350"\nlower_rad = -1.0\nupper_rad = 1.0\nvelocity_rad_s = 1.0\neffort_nm = 1.0\n'
    )
    told = RUN.invoke(app, ["calibrate", "--port", bus.path, "--bus", str(file), "--joint", "arm/elbow=0.1"])
    assert "arm/elbow (servo 2) reads 0.1 rad: homing offset 0 -> 65" in told.output
    assert RUN.invoke(app, ["calibrate", "--port", bus.path, "--bus", str(file), "--zero"]).exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["configure", "--id", "1"], "nothing to change was given"),
        (["configure", "--id", "1", "--watchdog-ms", "30"], "30 is no multiple of 20"),
        (["configure", "--id", "1", "--set", "led"], "must be NAME=VALUE"),
        (["scan", "--ids", "1-x"], "must be numbers"),
        (["calibrate", "--bus", "seven_on_bench"], "no pose was given"),
        (["calibrate", "--bus", "seven_on_bench", "--joint", "arm/joint_1"], "must be NAME=RADIANS"),
    ],
)
def test_the_commands_say_what_is_wrong_with_what_was_asked(arguments: list[str], said: str) -> None:
    told = RUN.invoke(app, [*arguments, "--port", "/nowhere"])
    assert isinstance(told.exception, ArgumentError)
    assert said in str(told.exception)


@pytest.mark.parametrize("fault", ["overheating", "silent:x:1", "tired:1:1", "silent:3:1"])
def test_faults_that_cannot_be_are_refused(fault: str, tmp_path: Path) -> None:
    arguments = ["emulate", "dynamixel", "--joints", "2", "--link", str(tmp_path / "servos"), "--fault", fault]
    told = RUN.invoke(app, arguments)
    assert isinstance(told.exception, ArgumentError)
    assert fault in str(told.exception)


def test_an_emulated_bus_is_served_until_it_is_ended(tmp_path: Path) -> None:
    link = tmp_path / "servos"
    code = "from steadyhand.cli import main; main()"
    arguments = ["hardware", "emulate", "dynamixel", "--joints", "2", "--model", "xl330_m288", "--link", str(link)]
    arguments += ["--fault", "silent:2:0"]
    with subprocess.Popen([sys.executable, "-c", code, *arguments], stdout=subprocess.PIPE, text=True) as running:
        try:
            assert running.stdout is not None
            assert "2 x DYNAMIXEL XL330-M288 at 1000000 baud" in running.stdout.readline()
            assert running.stdout.readline() == "Servo 2: silent.\n"
            seen, _ = found(scan(str(link), (BAUD,), ids=(1, 2, 3)))
            assert [(each.servo, each.model) for each in seen] == [(1, "xl330_m288")]
        finally:
            running.send_signal(signal.SIGINT)
            assert running.wait(20) == 130
    assert not os.path.lexists(link)
