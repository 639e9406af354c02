"""The way into the control loop: a mailbox in shared memory that holds the newest command of each sort.

The hub puts in the operator's validated hands, one for each arm of the rig, stop and quit. Nobody ever waits: the
control process takes what is there, with its age, and a sender that died leaves its last word to grow old.
"""

from __future__ import annotations

import math
import time
from types import TracebackType

import numpy as np
from numpy.typing import ArrayLike, NDArray

from control.shared import SharedBlock
from control.slots import read_newest, write_slot
from robotics.contracts import POSE_SIZE, HandPose, StopKind
from robotics.errors import InputFileError

MAGIC = int.from_bytes(b"SHMAIL02", "little")
SIZE = 4096
HANDS = 8
"""Hands that there is room for: one for each arm of a rig."""
SLOTS = 4
"""Slots for each hand: a reader would have to sleep through three more writes to lose its copy."""

_HAND_WORDS = POSE_SIZE + 3  # pose, grip | clutch, host time
_CLUTCH, _HOST_NS = range(POSE_SIZE + 1, _HAND_WORDS)

# Byte offsets; what different processes write lies on different cache lines. The counts of all hands fill one of them.
_HAND_COUNT, _REQUESTS, _HAND = 64, 128, 192
_BYTES = 8
_STOPS = (StopKind.HOLD, StopKind.SOFT, StopKind.POWER_OFF)  # mildest first
_QUIT = len(_STOPS)


class Mailbox:
    """The mailbox. The control process makes it with `create`; everyone else opens it with `attach`.

    Attributes:
        name: Name of the shared memory.
    """

    def __init__(self, block: SharedBlock) -> None:
        if block.size != SIZE or block.words(0, 1)[0] != MAGIC:
            raise InputFileError(f"shared memory '{block.name}' is no mailbox of this version")
        self.name = block.name
        self._block = block
        self._hands = tuple(_Hand(block, arm) for arm in range(HANDS))
        self._requests = block.words(_REQUESTS, len(_STOPS) + 1)
        self._taken: NDArray[np.int64] = np.zeros(len(_STOPS) + 1, np.int64)
        _warm_up()

    @classmethod
    def create(cls, name: str) -> Mailbox:
        """Make a mailbox; see `control.shared.unique_name`.

        Raises:
            ArgumentError: The name is taken.
        """
        block = SharedBlock.create(name, SIZE)
        block.words(0, 1)[0] = MAGIC
        return cls(block)

    @classmethod
    def attach(cls, name: str) -> Mailbox:
        """Open a mailbox.

        Raises:
            MissingFileError: There is none of that name.
            InputFileError: It is no mailbox.
        """
        return cls(SharedBlock.attach(name))

    def post_hand(self, pose: ArrayLike, grip: float, clutch: bool, *, host_ns: int, arm: int = 0) -> None:
        """Put an arm's hand in; only the hub does, after it has checked everything.

        Args:
            pose: Hand in the operator's frame, shape (7,) [m, quaternion].
            grip: 0 open to 1 closed.
            clutch: Whether the clutch is pressed.
            host_ns: When the hand was there, by this machine's monotonic clock [ns].
            arm: Index of the arm in the rig, below `HANDS`.
        """
        words = np.zeros(_HAND_WORDS, np.int64)
        numbers = words.view(np.float64)
        numbers[:POSE_SIZE] = pose
        numbers[POSE_SIZE] = grip
        words[_CLUTCH], words[_HOST_NS] = clutch, host_ns
        hand = self._hands[arm]
        write_slot(hand.slots, hand.count, words)

    def read(self, out: HandPose, arm: int = 0) -> None:
        """Take the newest hand of an arm; never waits. A copy that was overwritten meanwhile gives the one before.

        Args:
            out: Where it goes; ``valid`` is False as long as there was none.
            arm: Index of the arm in the rig, below `HANDS`.
        """
        self._hands[arm].read(out)

    def quiet_s(self, but: int) -> float:
        """Age of the newest hand of any arm but one [s]: how long nobody speaks of another; infinite before the first.

        Args:
            but: Index of the arm that does not count: a hand for it that comes in just now is none for another.
        """
        newest = -1
        for arm, hand in enumerate(self._hands):
            if arm != but and hand.count[0]:
                newest = max(newest, hand.newest_ns())
        return 1e-9 * (time.monotonic_ns() - newest) if newest >= 0 else math.inf

    def request_stop(self, kind: StopKind) -> None:
        """Ask for a stop, as often as is needed: every request counts. Only one process may ask, the hub."""
        self._requests[_STOPS.index(kind)] += 1

    @property
    def stop_requested(self) -> StopKind | None:
        """The strongest stop asked for so far; None where none was."""
        return _strongest(self._requests)

    def take_stop(self) -> StopKind | None:
        """The strongest stop asked for since this reader took one last; None where none was."""
        requests = self._requests.copy()  # read once: what comes in meanwhile is for the next time, and not lost
        asked = _strongest(requests - self._taken)
        self._taken = requests
        return asked

    def request_quit(self) -> None:
        """Ask the control process to end the run in good order."""
        self._requests[_QUIT] = 1

    @property
    def quit_requested(self) -> bool:
        """Whether somebody asked for the end of the run."""
        return bool(self._requests[_QUIT])

    def unlink(self) -> None:
        """Remove the name of the shared memory; whoever has attached keeps it."""
        self._block.unlink()

    def __enter__(self) -> Mailbox:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._block.owner:
            self.unlink()


class _Hand:
    """The slots of one arm's hand, and the reader's copies of what is in them."""

    def __init__(self, block: SharedBlock, arm: int) -> None:
        self.slots = block.words(_HAND + arm * SLOTS * _HAND_WORDS * _BYTES, SLOTS * _HAND_WORDS)
        self.count = block.words(_HAND_COUNT + arm * _BYTES, 1)
        self._taken, self._spare = np.zeros(_HAND_WORDS, np.int64), np.zeros(_HAND_WORDS, np.int64)
        self._numbers, self._spare_numbers = self._taken.view(np.float64), self._spare.view(np.float64)
        self._valid = False

    def take(self) -> None:
        """Copy the newest hand, where there is one and it was not overwritten meanwhile."""
        if read_newest(self.slots, self.count, self._spare) > 0:
            self._taken, self._spare = self._spare, self._taken
            self._numbers, self._spare_numbers = self._spare_numbers, self._numbers
            self._valid = True

    def newest_ns(self) -> int:
        """When the newest hand was there, by this machine's monotonic clock [ns]."""
        self.take()
        return int(self._taken[_HOST_NS])

    def read(self, out: HandPose) -> None:
        """See `Mailbox.read`."""
        self.take()
        if self._valid:
            out.pose[:] = self._numbers[:POSE_SIZE]
            out.grip = float(self._numbers[POSE_SIZE])
            out.clutch = bool(self._taken[_CLUTCH])
            out.age_s = 1e-9 * (time.monotonic_ns() - int(self._taken[_HOST_NS]))
        out.valid = self._valid


def _strongest(requests: NDArray[np.int64]) -> StopKind | None:
    """The strongest stop of which there is any."""
    for index in range(len(_STOPS) - 1, -1, -1):
        if requests[index]:
            return _STOPS[index]
    return None


def _warm_up() -> None:
    """Have the kernels compiled before the first tick needs them."""
    slots, count, item = np.zeros(4, np.int64), np.zeros(1, np.int64), np.zeros(2, np.int64)
    write_slot(slots, count, item)
    read_newest(slots, count, item)
