"""What a patient wears, in a session: received in a process of its own, read in every tick, judged by rules."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from types import TracebackType

import numpy as np
from msgspec.structs import replace as with_fields

from robotics.errors import ArgumentError
from robotics.guidance import Bedside, BedsideReading, Cue
from steadyhand.rehab.order import ExerciseOrder
from vr_training.rehab.prescription import WearableRule
from vr_training.wearables.board import WearableReader
from vr_training.wearables.config import RuleConfig, WearableConfig, channels, load_wearables
from vr_training.wearables.stop_rule import StopRules


def wearables_of(order: ExerciseOrder) -> tuple[WearableConfig, ...]:
    """What is worn, with the plan's rules instead of the wearable's own for every channel that the plan has one for.

    Raises:
        ArgumentError: The plan has a rule for a channel that nothing that is worn has.
    """
    worn = load_wearables(order.wearables)
    known = [channel.name for channel in channels(worn)]
    for rule in order.rules:
        if rule.channel not in known:
            raise ArgumentError(
                f"the rule for '{rule.channel}' has nothing that is worn; choose of: {', '.join(known) or 'nothing'}"
            )
    return tuple(with_fields(each, rules=_rules(each, order.rules)) for each in worn)


@contextmanager
def receiving(order: ExerciseOrder) -> Iterator[ExerciseOrder]:
    """The order with the shared memory in which what is worn arrives; as it is where nothing is worn.

    Raises:
        DeviceError: The layer's library is not there, or its process does not start.
    """
    if not order.wearables:
        yield order
        return
    from vr_training.wearables.lsl import WearableInlet  # the layer's library is an extra

    with WearableInlet(wearables_of(order)) as inlet:
        yield replace(order, board=inlet.name)


class WornBedside:
    """A bedside that also reads what the patient wears.

    Args:
        bedside: The bedside without it.
        reader: Where what he wears arrives.
        rules: What stops the exercise.
    """

    def __init__(self, bedside: Bedside, reader: WearableReader, rules: StopRules) -> None:
        self._bedside, self._reader, self._rules, self._dt = bedside, reader, rules, 0.0
        self._reading = BedsideReading.unknown(reader.values.size)

    def __enter__(self) -> WornBedside:
        self._bedside.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bedside.__exit__(kind, error, trace)

    def reset(self, rng: np.random.Generator, dt: float) -> None:
        """Start afresh."""
        self._dt = dt
        self._rules.reset()
        self._bedside.reset(rng, dt)

    def show(self, cue: Cue) -> None:
        """Show the patient what is asked."""
        self._bedside.show(cue)

    def read(self) -> BedsideReading:
        """What is known of him now; an alarm stays until the next session."""
        known, reading = self._bedside.read(), self._reading
        reading.consent, reading.pain, reading.age_s = known.consent, known.pain, known.age_s
        reading.trunk, reading.sound_side, reading.sound_hand = known.trunk, known.sound_side, known.sound_hand
        values, _ = self._reader.read()
        reading.wearables[:] = values
        reading.alarm = bool(self._rules.update(values, self._dt)) or known.alarm
        return reading


def _rules(wearable: WearableConfig, asked: Sequence[WearableRule]) -> tuple[RuleConfig, ...]:
    own = [channel.name for channel in wearable.channels]
    prescribed = [rule for rule in asked if rule.channel in own]
    replaced = {rule.channel for rule in prescribed}
    return (
        *(rule for rule in wearable.rules if rule.channel not in replaced),
        *(
            RuleConfig(channel=rule.channel, above=rule.above, below=rule.below, for_s=rule.for_s)
            for rule in prescribed
        ),
    )
