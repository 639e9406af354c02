"""A therapist at the terminal: sees each set run, is asked before the next and after a stop, lets the patient rest."""

from __future__ import annotations

import time

from rich.console import Console
from rich.markup import escape

from robotics.errors import ArgumentError
from steadyhand.rehab.adjusting import adjusted, said
from steadyhand.rehab.card import found_ranges, print_stop
from steadyhand.rehab.order import ExerciseOrder
from steadyhand.rehab.recorded import run_recorded
from steadyhand.rehab.session import Company, Course, Place
from vr_training.rehab.adaptation import KNOBS, Difficulty
from vr_training.rehab.prescription import Plan
from vr_training.rehab.results import ExerciseResult

YES = frozenset({"y", "yes"})
NO = frozenset({"n", "no"})
ENDS = frozenset({"end", "q", "quit", "n", "no"})

QUESTION = "Enter to go on; easier, harder, hold or free; ? explains; end ends the session: "
FIXED = "Enter to go on; end ends the session: "
"""The question where the plan leaves nothing to be set."""

EXPLAINED = (
    "easier, harder  one step of what the rule would turn next\n"
    "hold, free      what the rule may not turn, and what it may again\n"
    "With help, amplitude or speed behind it a word is of that alone: easier speed.\n"
    "end             ends the session here; what was done is kept"
)


class Therapist(Company):
    """Whoever sits at the terminal.

    Args:
        console: Where he is told and asked.
        plan: What is done.
        asks: Whether he can be asked; else a stop ends the session.
        waits: Whether rests take their time.

    Attributes:
        course: What the session has come to so far; None before it begins.
    """

    def __init__(self, console: Console, plan: Plan, asks: bool, waits: bool) -> None:
        self._console, self._plan, self._asks, self._waits = console, plan, asks, waits
        self._label = ""
        self.course: Course | None = None

    def opened(self, course: Course) -> None:
        """Keep hold of it: whoever leaves in a rest is told what was done."""
        self.course = course

    def begins(self, place: Place) -> None:
        """Say which set begins."""
        self._label = self._named(place)
        prescribed = place.block.progression.hold
        how = "to measure" if place.probe else said(place.difficulty, prescribed)
        self._console.print(f"[bold]{self._label}[/bold]: {how}", highlight=False, soft_wrap=True)

    def _named(self, place: Place) -> str:
        block = place.block
        of_sets = f", set {place.set_index + 1} of {block.sets}" if block.sets > 1 else ""
        part = ", without help" if place.probe else of_sets
        return f"Block {place.index + 1} of {len(self._plan.blocks)}, {block.exercise}{part}"

    def run(self, order: ExerciseOrder) -> ExerciseResult:
        """Run one set, recorded."""
        result, _, ran = run_recorded(order, self._console, self._label)
        for note in ran.notes:
            self._console.print(f"[yellow]{escape(note)}[/yellow]", highlight=False)
        return result

    def ended(self, place: Place, result: ExerciseResult) -> None:  # noqa: ARG002
        """Say what came of it."""
        self._console.print(
            f"{result.successes} of {result.planned} repetitions passed{found_ranges(result)}.", highlight=False
        )
        print_stop(self._console, result)

    def rest(self, place: Place) -> None:
        """Let the patient rest as long as the plan says; not at all in lockstep."""
        if not self._waits or place.block.rest_s <= 0.0:
            return
        with self._console.status("") as status:
            ends = time.monotonic() + place.block.rest_s
            while (left := ends - time.monotonic()) > 0.0:
                status.update(f"Rest, {left:.0f} s; Ctrl-C ends the session")
                time.sleep(min(left, 0.5))

    def adjusts(self, place: Place) -> Difficulty:
        """Ask how hard the coming set is to be made, until he presses Enter; who leaves here ends the session."""
        difficulty, prescribed = place.difficulty, place.block.progression.hold
        question = FIXED if set(KNOBS) <= prescribed else QUESTION
        while self._asks:
            self._console.print(
                f"{self._named(place)}, comes at {said(difficulty, prescribed)}.", highlight=False, soft_wrap=True
            )
            try:
                words = self._console.input(question)
            except EOFError:
                raise KeyboardInterrupt from None
            words = words.strip().lower()
            if not words:
                break
            if words in ENDS:
                raise KeyboardInterrupt
            if words == "?":
                self._console.print(EXPLAINED, highlight=False)
                continue
            try:
                difficulty = adjusted(difficulty, words, prescribed)
            except ArgumentError as error:
                self._console.print(f"[yellow]{escape(str(error))}[/yellow]", highlight=False, soft_wrap=True)
        return difficulty

    def goes_on(self, place: Place, result: ExerciseResult) -> bool:
        """Ask whether the next block is done, or after probes their own."""
        if not self._asks or result.stop == "fault":
            return False
        number = place.index + (1 if place.probe else 2)  # probes are before the sets of their own block
        coming = self._plan.blocks[number - 1].exercise
        while True:
            try:
                answer = self._console.input(f"Go on with block {number}, {coming}? y or n: ").strip().lower()
            except (KeyboardInterrupt, EOFError):  # whoever leaves here does not go on
                self._console.print()
                return False
            if answer in YES or answer in NO:
                return answer in YES
            self._console.print("[yellow]Type y to go on, or n to end the session here.[/yellow]")
