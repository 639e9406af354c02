"""What a therapist sets between two sets, in words: a step easier or harder, and what is to stay as it is."""

from __future__ import annotations

from collections.abc import Collection

from robotics.errors import ArgumentError
from vr_training.rehab.adaptation import CALLED, KNOBS, Difficulty, Knob

WORDS = ("easier", "harder", "hold", "free")

_KNOBS: dict[str, Knob] = {word: knob for knob in KNOBS for word in (knob, CALLED[knob])}


def adjusted(difficulty: Difficulty, words: str, prescribed: Collection[Knob]) -> Difficulty:
    """How hard it is after a therapist's word: ``easier``, ``harder``, ``hold`` or ``free``.

    One word alone turns what the rule would turn next, or holds or frees all. What follows it names one or more of
    help, amplitude and speed. Nothing leaves the bounds of the plan, and what the plan holds stays as it is.

    Args:
        difficulty: How hard it is.
        words: What he said, for example ``"easier speed"``.
        prescribed: What the plan holds.

    Raises:
        ArgumentError: It is none of these words, the plan holds it, or nothing would change; says which.
    """
    word, *more = words.lower().replace(",", " ").split() or [""]
    unknown = [each for each in more if each not in _KNOBS]
    if word not in WORDS or unknown:
        raise ArgumentError(
            f"'{' '.join(words.split())}': say {', '.join(WORDS)}, and help, amplitude or speed for one of them alone"
        )
    knobs = list(dict.fromkeys(_KNOBS[each] for each in more))
    fixed = [knob for knob in knobs if knob in prescribed]
    if fixed:
        raise ArgumentError(f"the plan holds {', '.join(fixed)}")
    hold = difficulty.progression.hold
    if word == "hold":
        after = difficulty.held(*hold, *(knobs or KNOBS))
    elif word == "free":
        after = difficulty.held(*(hold - frozenset(knobs or KNOBS)), *prescribed)
    else:
        after = difficulty
        for knob in knobs or (None,):
            after = after.turned(word == "harder", knob)
    if after == difficulty:
        raise ArgumentError(f"'{' '.join(words.split())}' changes nothing: {_why(word, difficulty, prescribed)}")
    return after


def _why(word: str, difficulty: Difficulty, prescribed: Collection[Knob]) -> str:
    """Why a word changes nothing."""
    if set(KNOBS) <= set(prescribed):
        return "the plan holds help, amplitude and speed"
    if word == "free":
        return "nothing is held but what the plan holds" if prescribed else "nothing is held"
    if word == "hold":
        return "that is held already"
    if set(KNOBS) <= difficulty.progression.hold:
        return "everything is held; say what is to change all the same, or free it first"
    return "that is all that the plan allows"


def said(difficulty: Difficulty, prescribed: Collection[Knob] = KNOBS) -> str:
    """How hard it is, in words.

    Args:
        difficulty: How hard it is.
        prescribed: What is not called held: what the plan holds, or all.
    """
    held = [CALLED[knob] for knob in KNOBS if knob in difficulty.progression.hold and knob not in prescribed]
    return (
        f"help {100 * difficulty.assistance:.0f} %, amplitude {100 * difficulty.amplitude:.0f} %, "
        f"speed {100 * difficulty.speed:.0f} %"
    ) + (f", held: {', '.join(held)}" if held else "")
