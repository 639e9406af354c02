"""What a patient wears, in a session: received in a process of its own, read in every tick, judged by rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from types import TracebackType

import msgspec
import numpy as np
from msgspec.structs import replace as with_fields
from numpy.typing import NDArray

from control.tick import Flag
from robotics.errors import ArgumentError, DeviceError
from robotics.guidance import Bedside, BedsideReading, Cue
from steadyhand.rehab.order import ExerciseOrder
from vr_training.records.info import SessionInfo
from vr_training.rehab.prescription import WearableRule
from vr_training.wearables.board import WearableReader
from vr_training.wearables.config import RuleConfig, WearableConfig, channels, load_wearables
from vr_training.wearables.stop_rule import StopRules

KEPT_AS = "worn.json"
"""Name among a recording's configurations of what was worn, with the rules that held."""


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


def kept_rules(order: ExerciseOrder) -> dict[str, str]:
    """What is worn as a recording keeps it among its configurations; empty where nothing is."""
    return {KEPT_AS: msgspec.json.encode(wearables_of(order)).decode()} if order.wearables else {}


def why_stopped(info: SessionInfo, ticks: NDArray[np.void]) -> str:
    """Which rule stopped a recorded exercise: its channel, value and bound; empty where none did.

    The record holds what the rules were asked with, tick by tick; they are asked once more.
    """
    kept = info.configs.get(KEPT_AS, "")
    if not kept or not (ticks["cause"] & np.uint64(int(Flag.WEARABLE))).any():
        return ""
    rules = StopRules(msgspec.json.decode(kept, type=tuple[WearableConfig, ...]))
    values = ticks["guided"][str((ticks["guided"].dtype.names or ("",))[0])]["wearables"]
    return next((reason for row in values if (reason := rules.update(row, info.period_s))), "")


@contextmanager
def receiving(order: ExerciseOrder) -> Iterator[tuple[ExerciseOrder, Callable[[], str]]]:
    """The order with the shared memory in which what is worn arrives; as it is where nothing is worn.

    With it comes what is to be asked now and then: it says once that the process that receives has ended. That stops
    nothing by itself; that nothing comes any more does, where a rule watches it.

    Raises:
        DeviceError: The layer's library is not there, or its process does not start.
    """
    if not order.wearables:
        yield order, lambda: ""
        return
    from vr_training.wearables.lsl import WearableInlet  # the layer's library is an extra

    told = False
    with WearableInlet(wearables_of(order)) as inlet:

        def ailing() -> str:
            nonlocal told
            if told:
                return ""
            try:
                inlet.check()
            except DeviceError as error:
                told = True
                return str(error)
            return ""

        yield replace(order, board=inlet.name), ailing


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
            RuleConfig(
                channel=rule.channel,
                above=rule.above,
                below=rule.below,
                for_s=rule.for_s,
                silent_s=_silent_s(prescribed, rule.channel) or _silent_s(wearable.rules, rule.channel),
            )
            for rule in prescribed
        ),
    )


def _silent_s(rules: Sequence[RuleConfig | WearableRule], channel: str) -> float | None:
    """How long rules let a channel be silent, the strictest of them [s]; None where none says so."""
    return min((rule.silent_s for rule in rules if rule.channel == channel and rule.silent_s is not None), default=None)
