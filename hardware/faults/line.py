"""A line to a board with faults on it, in whatever time the line itself knows."""

from __future__ import annotations

from collections import deque
from types import TracebackType

from hardware.faults.plan import FaultPlan
from hardware.faults.stages import Timed
from hardware.faults.stream import FaultyStream
from hardware.joint_board.lines import Line
from robotics.errors import DeviceError, LinkLost

MILLISECOND = 0.001


class FaultyLine:
    """Wraps a line, and lets what goes over it meet a plan's faults.

    Args:
        inner: The line.
        plan: What goes wrong, its times counted from the opening; nothing until `inject` where None.
    """

    def __init__(self, inner: Line, plan: FaultPlan | None = None) -> None:
        self.name, self._inner = inner.name, inner
        self._plan = plan or FaultPlan()
        self._come: deque[Timed] = deque()
        self._lost: LinkLost | None = None
        self._begun = False
        self._to_board = FaultyStream(self._plan, "to_board")
        self._from_board = FaultyStream(self._plan, "from_board")

    def __enter__(self) -> FaultyLine:
        if self._begun and self._unplugged():
            raise DeviceError(f"{self.name}: there is no such port")
        self._inner.__enter__()
        self._come.clear()
        self._lost = None
        if not self._begun:
            self.inject(self._plan)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._inner.__exit__(kind, error, trace)

    def inject(self, plan: FaultPlan) -> None:
        """Let other faults strike, their times counted from now; what the former held back is lost."""
        now = self._inner.now_us()
        self._plan, self._begun = plan, True
        self._to_board, self._from_board = (FaultyStream(plan, way, now) for way in ("to_board", "from_board"))

    @property
    def injected(self) -> dict[str, tuple[int, ...]]:
        """Units that each fault of the plan has struck, each way."""
        return {"to_board": self._to_board.injected, "from_board": self._from_board.injected}

    def now_us(self) -> int:
        """Time of the host [us]."""
        return self._inner.now_us()

    def read(self) -> tuple[int, bytes]:
        """What has come in since, piece by piece; see `Line.read`."""
        self._refuse_unplugged()
        if not self._come:
            self._hear()
        return self._come.popleft() if self._come else Timed(self.now_us(), b"")

    def write(self, data: bytes) -> bool:
        """Send all of it or nothing; what the faults hold back or lose was sent all the same."""
        self._refuse_unplugged()
        return self._give(data)

    def pass_time(self, seconds: float) -> None:
        """Let a stretch of time go by, or until something has come in."""
        self._give()
        self._inner.pass_time(seconds)

    def period(self, seconds: float) -> None:
        """Let a control period go by, millisecond by millisecond: what is held back goes on at its own time."""
        for _ in range(max(round(seconds / MILLISECOND), 1)):
            self._give()
            self._inner.period(MILLISECOND)

    def _give(self, data: bytes = b"") -> bool:
        sent = True
        for each in self._to_board.take(self.now_us(), data):
            sent = self._inner.write(each.data)
        return sent

    def _hear(self) -> None:
        while (piece := self._inner.read())[1]:
            self._come += self._from_board.take(*piece)
        self._come += self._from_board.take(self.now_us())

    def _unplugged(self) -> bool:
        return self._from_board.unplugged(self.now_us())

    def _refuse_unplugged(self) -> None:
        if self._lost is None and self._unplugged():
            self._lost = LinkLost(self.name, "the device was unplugged")
        if self._lost is not None:
            raise self._lost
