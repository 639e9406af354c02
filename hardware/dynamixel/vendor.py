"""The vendor's SDK, for what is done to one servo at a time with nothing in motion: finding and setting them up.

The loop does not use it: a missing reply blocks it for 34 ms, a failed read reads as position 0, and its port is busy
for ever after an unplug. Whatever it returns is looked at here, so that no failure becomes a value.
"""

from __future__ import annotations

import termios
from types import TracebackType
from typing import Any

from hardware.dynamixel.servo_config import Register, ServoConfig, load_servo
from hardware.dynamixel.troubles import NoReply, ServoRefused
from hardware.serial_port import disown, own
from robotics.config import names
from robotics.errors import DeviceError, LinkLost

MISSING = "Dynamixel servos are set up through the vendor's SDK: pip install -e '.[servos]'"
"""What to do where it is not installed."""

PATIENCE_S = 0.1
"""How much longer than the SDK does by itself is waited for a reply; ours [s]."""


def model_of(number: int) -> tuple[str, ServoConfig] | None:
    """Name and configuration of the model that answers with a number; None where there is none."""
    for name in names("servos"):
        model = load_servo(name)
        if model.model_number == number:
            return name, model
    return None


class VendorPort:
    """A port opened by the vendor's SDK. Constructing touches nothing; ``with`` opens it.

    Args:
        path: Path of the port.
        baud: Speed of the line [bit/s].
        patience_s: How much longer than the SDK does by itself, 34 ms and the line's time, it waits for a reply [s].

    Raises:
        DeviceError: On opening, where the SDK is not installed, or the port is not there or somebody else's.
        LinkLost: From any call, once the line is gone.
    """

    def __init__(self, path: str, baud: int, patience_s: float = PATIENCE_S) -> None:
        self.path, self.baud, self._patience = path, baud, patience_s

    def __enter__(self) -> VendorPort:
        try:
            import dynamixel_sdk as sdk
        except ModuleNotFoundError as error:
            raise DeviceError(MISSING) from error
        self._sdk = sdk
        self._port = _owned(_patient(sdk.PortHandler(self.path), self._patience), self.path)
        self._handler = sdk.PacketHandler(2.0)
        self.set_baud(self.baud)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._port.is_open:
            disown(self._port.ser)
            self._port.is_open = False

    def set_baud(self, baud: int) -> None:
        """Go on at another speed, with the port still ours."""
        with _Line(self.path):
            if not self._port.setBaudRate(baud):
                raise DeviceError(f"{self.path}: the vendor's SDK knows no {baud} baud")
        self.baud = baud

    def ping(self, servo: int) -> tuple[int, int] | None:
        """Model number and error byte of a servo; None where nobody answers.

        Raises:
            NoReply: What came was damaged.
        """
        with _Line(self.path):
            number, result, error = self._handler.ping(self._port, servo)
        if result == self._sdk.COMM_RX_TIMEOUT:
            return None
        self._check(servo, "ping", result)
        return int(number), int(error)

    def ping_all(self) -> tuple[dict[int, tuple[int, int]], bool]:
        """Model number and firmware of all that answer, by id, and whether something came that was damaged."""
        with _Line(self.path):
            found, result = self._handler.broadcastPing(self._port)
        return {int(servo): (int(number), int(firmware)) for servo, (number, firmware) in found.items()}, (
            result == self._sdk.COMM_RX_CORRUPT
        )

    def read(self, servo: int, register: Register) -> int:
        """Value of a register.

        Raises:
            NoReply: It did not answer undamaged.
            ServoRefused: It has no such register.
        """
        asked = f"read of address {register.address}"
        with _Line(self.path):
            data, result, error = self._handler.readTxRx(self._port, servo, register.address, register.size)
        self._check(servo, asked, result, error)
        if len(data) != register.size:
            raise NoReply(servo, asked, damaged=True)
        return register.decode(bytes(data))

    def write(self, servo: int, register: Register, value: int) -> None:
        """Set a register; the servo has said that it did.

        Raises:
            NoReply: It did not answer undamaged: whether it did it is not known.
            ServoRefused: It did not do it.
        """
        data = list(register.encode(value))
        with _Line(self.path):
            result, error = self._handler.writeTxRx(self._port, servo, register.address, register.size, data)
        self._check(servo, f"write of {value} to address {register.address}", result, error)

    def reboot(self, servo: int) -> None:
        """Start a servo anew."""
        with _Line(self.path):
            result, error = self._handler.reboot(self._port, servo)
        self._check(servo, "reboot", result, error)

    def _check(self, servo: int, asked: str, result: int, error: int = 0) -> None:
        if result == self._sdk.COMM_RX_CORRUPT:
            raise NoReply(servo, asked, damaged=True)
        if result != self._sdk.COMM_SUCCESS:
            self._port.is_using = False
            raise NoReply(servo, asked)
        if trouble := error & 0x7F:
            raise ServoRefused(servo, asked, trouble)


def _patient(port: Any, patience_s: float) -> Any:
    """A port of the SDK that waits longer for each reply: a busy machine is late more often than a servo is missing."""
    usual = port.setPacketTimeout

    def longer(length: int) -> None:
        usual(length)
        port.packet_timeout += 1000.0 * patience_s

    port.setPacketTimeout = longer
    return port


def _owned(port: Any, path: str) -> Any:
    """A port of the SDK that nobody else can open while it is open.

    By itself it opens without a lock, does not say why it cannot, and closes and opens anew for each speed.
    """

    def set_up(baud: int) -> bool:
        if port.is_open:
            port.ser.baudrate = baud
        else:
            port.ser = own(path, baud)
            port.is_open = True
        port.ser.reset_input_buffer()
        port.tx_time_per_byte = 1000.0 * 10.0 / baud  # ms
        return True

    port.setupPort = set_up
    return port


class _Line:
    """Turns whatever pyserial raises once the line is gone into one error."""

    def __init__(self, path: str) -> None:
        self._path = path

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, (OSError, termios.error, TypeError)) and not isinstance(error, DeviceError):
            raise LinkLost(self._path, str(error)) from error
