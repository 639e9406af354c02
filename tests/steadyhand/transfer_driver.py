"""A person who carries things from place to place: follows what the picture shows, with mouse and keys."""

from __future__ import annotations

import math
import time

import numpy as np

from control.tick import State
from tests.steadyhand.mouse_driver import Person
from tests.steadyhand.virtual_display import GaveUp
from vr_training.view.status import turn_to_target

TURNED_RAD, LOOSE_RAD = 0.1, 0.17
"""The wrist is turned until it is off by less than the first, where it is off by more than the second."""
OPEN, SHUT = 0.1, 0.9
"""Grips at which the jaws are seen open, and shut."""


class Carrier:
    """Works a transfer as the guide on the screen shows it, with one hand on the mouse and one on the keys.

    Args:
        person: Who sees the screen, and has the mouse.
    """

    def __init__(self, person: Person) -> None:
        self.person = person
        person.above_m = 0.0
        self._names = [name for name, _ in person.scene.signals]
        self.seen: list[str] = []

    def signal(self, name: str) -> float:
        """The newest value of one of the task's signals."""
        return float(self.person.look().signals[self._names.index(name)])

    @property
    def phase(self) -> str:
        """What the display says is to be done."""
        state = self.person.look()
        return self.person.scene.phases[state.phase]

    def carry(self, things: int, seconds: float) -> None:
        """Go on until so many things lie where they belong, and let go of the mouse.

        Args:
            things: How many.
            seconds: How long the person tries, however slow the machine is.
        """
        person, end = self.person, time.monotonic() + seconds
        self.reach_afresh()
        while self.signal("placed") < things:
            if time.monotonic() > end or not person.state.running:
                raise GaveUp(f"{self.signal('placed'):g} of {things} placed; phases: {self.seen}; {person.run.said}")
            if person.state.state != State.ENGAGED:
                person.release()
                self.reach_afresh()
            phase = self.phase
            if not self.seen or self.seen[-1] != phase:
                self.seen.append(phase)
            if phase == "Close the jaws":
                self.close()
            elif phase == "Open the jaws":
                self.open()
            else:
                self.move(phase)
        if person.state.state == State.ENGAGED:
            person.release()

    def reach_afresh(self) -> None:
        """The mouse in the middle of its pad, and the button held."""
        self.person.start_over()
        self.person.press()

    def move(self, phase: str) -> None:
        """A stroke of the mouse to where the ghost is; before a grasp with open jaws, turned as it shows."""
        if phase in ("Go above it", "Go down to it"):
            self.open()
            self.turn()
        if not self.person.stroke():
            self.person.release()
            self.reach_afresh()

    def turn(self) -> None:
        """Hold the key that turns the jaws as the guide shows, until they are."""
        if self._off() < LOOSE_RAD:
            return
        self.person.do("keydown", "j")
        self.person.wait_for("the wrist to turn", lambda _: self._off() < TURNED_RAD, 6.0, must=False)
        self.person.do("keyup", "j")

    def close(self) -> None:
        """Close the jaws, and see whether they hold anything."""
        if self.person.look().arms[0].grip < 0.5:
            self.person.do("key", "g")
        self.person.wait_for("shut jaws", lambda s: s.arms[0].grip > SHUT, 6.0, must=False)
        self.person.wait_for("what is next", lambda s: s.phase != self._at("Close the jaws"), 4.0, must=False)

    def open(self) -> None:
        """Open the jaws, where they are not."""
        if self.person.look().arms[0].grip > 0.5:
            self.person.do("key", "g")
            self.person.wait_for("open jaws", lambda s: s.arms[0].grip < OPEN, 6.0, must=False)
        if self.phase == "Open the jaws":
            self.person.wait_for("what is next", lambda s: s.phase != self._at("Open the jaws"), 4.0, must=False)

    def _at(self, phase: str) -> int:
        return self.person.scene.phases.index(phase)

    def _off(self) -> float:
        turn = float(np.linalg.norm(turn_to_target(self.person.state)))
        return turn if math.isfinite(turn) else 0.0
