"""Movements: what a repetition is made of, and how each of them went."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

from robotics.contracts import Vector
from robotics.guidance import Moment
from robotics.trajectories import PEAK_VELOCITY
from vr_training.exercises.paths import Path, line


@dataclass(frozen=True)
class Movement:
    """One way from here to there.

    Attributes:
        path: The way.
        duration_s: Time that it is given [s].
        say: Kind of movement: what is said of it, and by which its measures are told apart.
        tolerance: How near is there [rad or m].
        patience_s: Time after which the exercise goes on without the goal [s].
        moment: What is asked meanwhile.
        hold_s: How long the goal is to be held then [s].
        pause_s: Pause after it [s].
        counted: Whether the repetition's success depends on it.
        timed: Whether it lasts its whole duration, wherever the arm is.
    """

    path: Path
    duration_s: float
    say: str
    tolerance: float
    patience_s: float
    moment: Moment = Moment.MOVE
    hold_s: float = 0.0
    pause_s: float = 0.0
    counted: bool = True
    timed: bool = False

    @property
    def straight(self) -> bool:
        """Whether its way has no bend."""
        return len(self.path.points) <= 2

    @property
    def sense(self) -> float:
        """Which way it turns a joint, where that is its one coordinate: 1 up, -1 down, 0 where it does not."""
        way = float(self.path.points[-1, 0] - self.path.points[0, 0])
        return float(way > 0.0) - float(way < 0.0)

    @property
    def peak_speed(self) -> float:
        """Peak speed of its reference along its path [rad/s or m/s]."""
        return PEAK_VELOCITY * self.path.length / self.duration_s

    def beginning(self, seconds: float) -> Movement:
        """Its first part, to where so long at the same peak speed leads and no further; the whole where that is less.

        Args:
            seconds: How long it then takes [s].
        """
        length = seconds * self.peak_speed / PEAK_VELOCITY
        if length >= self.path.length:
            return self
        return replace(self, path=self.path.until(length), duration_s=seconds)

    def started_at(self, x: Vector, least_s: float) -> Movement:
        """The same straight way from where the arm really is, shape (m,), no faster than it was meant.

        Its patience stays, so that an exercise never lasts longer because of it.

        Args:
            x: Where the arm is.
            least_s: Duration for this way at the speed of an approach [s].
        """
        path = line(x, self.path.points[-1])
        share = path.length / self.path.length if self.path.length > self.tolerance else 0.0
        slow = max(share * self.duration_s, min(self.duration_s, 1.0)) if share else max(self.duration_s, least_s)
        return replace(self, path=path, duration_s=slow)


@dataclass
class Done:
    """How a movement went: what `Exercise.judge` goes by.

    Attributes:
        movement: Which it was.
        reached: Whether the goal was reached in time.
        held: Whether it was held.
        seconds: How long it took [s].
        cuff_n: Largest force at any cuff [N].
        trunk_m: Largest displacement of the shoulder [m]; 0 where it is not measured.
        noted: What else an exercise takes down of it, by name.
    """

    movement: Movement
    reached: bool = False
    held: bool = True
    seconds: float = 0.0
    cuff_n: float = 0.0
    trunk_m: float = 0.0
    noted: dict[str, float] = field(default_factory=dict)
    _squares: float = 0.0
    _ticks: int = 0

    @property
    def deviation(self) -> float:
        """Root mean square distance from the path while moving [rad or m]."""
        return math.sqrt(self._squares / max(self._ticks, 1))

    def strayed(self, square: float) -> None:
        """Take down a tick of moving by the square of the arm's distance from the path [rad^2 or m^2]."""
        self._squares += square
        self._ticks += 1
