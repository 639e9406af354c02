"""The cyclic write: the goals of all servos of a bus in one packet that is made once and filled in again and again.

Source:
    ROBOTIS e-Manual, Protocol 2.0, Sync Write.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hardware.dynamixel.packets import Instruction
from hardware.dynamixel.servo_config import Register
from hardware.dynamixel.wire import BROADCAST, Octets, frame
from robotics.kernels.compiled import kernel


class Goals:
    """Packets that set the same register of all servos of a bus.

    Args:
        ids: Their ids.
        register: The register.
    """

    def __init__(self, ids: Sequence[int], register: Register) -> None:
        size = register.size
        self._size = size
        self._parameters = np.zeros(4 + len(ids) * (size + 1), np.uint8)
        self._parameters[:4] = [register.address & 0xFF, register.address >> 8, size, 0]
        self._parameters[4 :: size + 1] = ids
        self._out = np.empty(len(self._parameters) * 4 // 3 + 16, np.uint8)

    def packet(self, values: NDArray[np.int64]) -> memoryview:
        """The packet that sets these values, shape (n,); valid until the next call."""
        count = _fill(self._out, self._parameters, values, self._size)
        return memoryview(self._out)[:count]  # type: ignore[arg-type]


@kernel
def _fill(out: Octets, parameters: Octets, values: NDArray[np.int64], size: int) -> int:
    for k in range(len(values)):
        at = 5 + k * (size + 1)
        for byte in range(size):
            parameters[at + byte] = (values[k] >> (8 * byte)) & 0xFF
    return frame(out, 0xFE, 0x83, parameters)


assert (BROADCAST, Instruction.SYNC_WRITE) == (0xFE, 0x83)
