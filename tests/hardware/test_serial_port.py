"""A port on a real tty: what one sends the other has, and every way to lose it is one error."""

from __future__ import annotations

import fcntl
import os
import pty
import subprocess
import sys
import termios
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hardware.serial_port import SerialPort, ports
from robotics.errors import DeviceError, LinkLost


class Line:
    """A pty: the device's end, and the path of the other."""

    def __init__(self) -> None:
        self.device, self._kept = pty.openpty()
        self.path = os.ttyname(self._kept)
        os.set_blocking(self.device, False)
        os.close(self._kept)

    def unplug(self) -> None:
        """Close the device's end, once."""
        if self.device >= 0:
            os.close(self.device)
            self.device = -1


@pytest.fixture
def line() -> Iterator[Line]:
    made = Line()
    yield made
    made.unplug()


def test_bytes_go_both_ways_as_they_are(line: Line) -> None:
    everything = bytes(range(256))  # line ends, XON, XOFF and signals among them
    with SerialPort(line.path, 1_000_000) as port:
        assert port.read() == b""
        assert port.write(everything)
        assert os.read(line.device, 1000) == everything
        os.write(line.device, everything)
        assert port.wait(1.0)
        got = b""
        while len(got) < 256:
            got += port.read()
        assert got == everything


def test_what_was_sent_before_it_was_opened_is_forgotten(line: Line) -> None:
    with SerialPort(line.path, 115200) as port:
        os.write(line.device, b"old")
        port.flush()
        assert not port.wait(0.05)
        assert port.read() == b""


@pytest.mark.parametrize("use", [SerialPort.read, lambda port: port.write(b"x"), lambda port: port.wait(0.1)])
def test_a_port_whose_device_was_unplugged_is_lost_whatever_is_asked_of_it(
    line: Line, use: Callable[[SerialPort], object]
) -> None:
    with SerialPort(line.path, 115200) as port:
        line.unplug()
        with pytest.raises(LinkLost, match=line.path):
            use(port)
        assert port.lost
        for again in (port.read, lambda: port.write(b"x"), lambda: port.wait(0.0)):
            with pytest.raises(LinkLost):
                again()


def test_what_came_in_before_the_unplugging_is_not_lost_in_silence(line: Line) -> None:
    with SerialPort(line.path, 115200) as port:
        os.write(line.device, b"last words")
        line.unplug()
        heard = []
        with pytest.raises(LinkLost):
            heard.extend(iter(port.read, None))
        assert b"".join(heard) in {b"last words", b""}  # a tty may drop them, and never anything else


def test_a_full_line_takes_all_or_nothing_and_never_waits(line: Line) -> None:
    frames = [bytes([k % 251]) * 777 for k in range(400)]
    with SerialPort(line.path, 115200) as port:
        sent = [frame for frame in frames if port.write(frame)]
        assert 0 < len(sent) < len(frames)
        got = b""
        for _ in range(1000):
            try:
                got += os.read(line.device, 65536)
            except BlockingIOError:
                if port.write(b""):
                    break
        got += os.read(line.device, 65536) if len(got) < sum(map(len, sent)) else b""
        assert got == b"".join(sent)


def test_a_port_has_one_owner(line: Line) -> None:
    second = SerialPort(line.path, 115200)
    with SerialPort(line.path, 115200), pytest.raises(DeviceError, match="another program has it"):
        second.__enter__()
    with SerialPort(line.path, 115200):
        pass


def test_who_asks_for_no_lock_is_refused_as_well(line: Line) -> None:
    code = f"import os; os.open({line.path!r}, os.O_RDWR | os.O_NOCTTY)"
    with SerialPort(line.path, 115200) as port:
        flags = termios.TIOCEXCL
        assert fcntl.ioctl(port.fileno(), flags) == 0
        if os.geteuid() != 0:  # root may always
            assert subprocess.run([sys.executable, "-c", code], check=False, timeout=20).returncode != 0


def test_a_port_that_is_not_there_says_which_are(tmp_path: Path) -> None:
    with pytest.raises(DeviceError, match="there is no such port; found: "), SerialPort(tmp_path / "ttyUSB9", 115200):
        pass


def test_what_is_no_port_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("no tty")
    with pytest.raises(DeviceError, match=str(file)), SerialPort(file, 115200):
        pass


def test_a_port_that_was_not_opened_or_was_closed_says_so(line: Line) -> None:
    port = SerialPort(line.path, 115200)
    with pytest.raises(DeviceError, match="not open"):
        port.read()
    with port:
        pass
    with pytest.raises(DeviceError, match="not open"):
        port.write(b"x")
    port.close()


def test_ports_are_found_without_a_device() -> None:
    assert all(each.startswith("/dev/") for each in ports())
