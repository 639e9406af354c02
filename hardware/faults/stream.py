"""One way of a line with faults: timed bytes in, timed bytes out. Pure: it reads no clock and touches no device."""

from __future__ import annotations

import numpy as np

from hardware.faults.plan import DIRECTIONS, Direction, FaultPlan
from hardware.faults.stages import STAGES, Timed


class FaultyStream:
    """What a line makes of the bytes that go one way.

    The same bytes at the same times come out the same, however often it is asked in between.

    Args:
        plan: What goes wrong.
        direction: Which way.
        begin_us: When the plan begins [us].
    """

    def __init__(self, plan: FaultPlan, direction: Direction, begin_us: int = 0) -> None:
        way = DIRECTIONS.index(direction)
        self._stages = [
            (index, STAGES[fault.kind](fault, np.random.default_rng([plan.seed, index, way]), plan.ends, begin_us))
            for index, fault in enumerate(plan.faults)
            if fault.goes(direction)
        ]
        self._faults, self._now_us = len(plan.faults), begin_us

    def take(self, time_us: int, data: bytes = b"") -> list[Timed]:
        """What comes out by a time, oldest first.

        Args:
            time_us: Now; one before an earlier call's counts as that [us].
            data: What comes in now.
        """
        time_us = self._now_us = max(time_us, self._now_us)
        passing = [Timed(time_us, data)] if data else []
        for _, stage in self._stages:
            out: list[Timed] = []
            for each in passing:
                out += stage.put(*each)
            passing = out + stage.due(time_us)
        return [each for each in passing if each.data]

    def next_us(self) -> int | None:
        """When something comes out of itself; None where nothing does [us]."""
        return min((at for _, stage in self._stages if (at := stage.next_us()) is not None), default=None)

    def unplugged(self, time_us: int) -> bool:
        """Whether the port is not plugged in at a time."""
        return any(stage.fault.kind == "replug" and stage.active(time_us) for _, stage in self._stages)

    @property
    def injected(self) -> tuple[int, ...]:
        """Units that each fault of the plan has struck, in its order; bytes of those that know no units."""
        struck = [0] * self._faults
        for index, stage in self._stages:
            struck[index] = stage.injected
        return tuple(struck)
