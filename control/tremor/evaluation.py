"""All filters side by side on people's recordings, or on the evaluation set where there is none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from control.filters import available, create
from control.tremor.campaign import Contender, Order, Result, campaign, suited, with_lags
from control.tremor.motion_file import ReadingOptions
from control.tremor.recording_facts import RecordingFacts
from control.tremor.records import RATE_HZ, Record
from control.tremor.scales import SCALES, ScaleName
from robotics.errors import ArgumentError


@dataclass(frozen=True)
class Plan:
    """What is run on one scale of motion.

    Attributes:
        scale: The scale.
        orders: The records.
        contenders: The filters.
    """

    scale: ScaleName
    orders: tuple[Order, ...]
    contenders: tuple[Contender, ...]

    def example(self, kind: str) -> Record:
        """The first record of a kind of motion, or the first one of all."""
        kinds = [order.kind for order in self.orders]
        return self.orders[kinds.index(kind) if kind in kinds else 0].record()

    def run(self, jobs: int | None = None, done: Callable[[], object] | None = None) -> list[Result]:
        """Run everything; arguments and order of the results as of `control.tremor.campaign.campaign`."""
        return campaign(self.orders, self.contenders, jobs, done)


def plans(
    recordings: Sequence[RecordingFacts],
    reading: ReadingOptions | None = None,
    *,
    filters: Sequence[str] = (),
    lag_s: float | None = None,
    count: int = 6,
) -> list[Plan]:
    """Plan an evaluation, one plan for each scale that comes up.

    Every filter takes part with the preset that its scale calls for. Real tremor is that of the second half of a
    recording: a filter that was tuned on the first has not seen it.

    Args:
        recordings: The recordings; the test split of the evaluation set stands in where there are none.
        reading: What is known about their files.
        filters: Names or TOML files of the filters; all where empty.
        lag_s: A fixed lag with which those run as well that can smooth [s].
        count: Records for each recording, or for each scale of the evaluation set.

    Raises:
        UnknownNameError: No filter of a name.
        ConfigError: A filter's file does not fit it.
        ArgumentError: A count or a lag out of range, or none of the filters can smooth.
    """
    if count < 1:
        raise ArgumentError(f"the number of records is {count}, must be at least 1")
    for name in filters:
        create(name, RATE_HZ, 3)
    lags = () if lag_s is None else (lag_s,)
    found = []
    for scale in SCALES:
        if recordings:
            orders = [
                Order("real", scale, "test", k, Path(facts.path), reading)
                for facts in recordings
                if facts.scale == scale
                for k in range(count)
            ]
        else:
            orders = [Order("made", scale, "test", k) for k in range(count)]
        contenders = with_lags(filters or suited(available(), scale), lags)
        if lags and all(contender.lag_s is None for contender in contenders):
            create(contenders[0].name, RATE_HZ, 1, lag_s)  # says which filters can, or why this lag is none
        if orders:
            found.append(Plan(scale, tuple(orders), tuple(contenders)))
    return found
