"""What is asked of the arm: a reference along a path that waits for who is to begin by himself, and goes with him.

Who is faster than the reference is not held back: its clock runs as much faster as he is ahead of it. Who is slower is
left behind, and so helped.
"""

from __future__ import annotations

from robotics.contracts import Vector
from robotics.guidance import Guidance, Moment
from robotics.kernels.compiled import kernel
from robotics.trajectories import blend
from vr_training.exercises.context import Context
from vr_training.exercises.movement import Movement
from vr_training.exercises.paths import line

BEGUN = 0.02
"""Share of a path from which on the patient counts as having begun; ours."""

CATCHES_UP_S = 0.06
"""How far the reference of who is steadily twice as fast stays behind him [s]; ours."""

FASTEST = 4.0
"""How much faster than usual a reference goes at most; ours."""

SMOOTHED_S = 0.03
"""Time constant with which its pace changes [s]; ours."""


class Reference:
    """Says where a good movement would be by now, and what of its path is nearest to the arm.

    Args:
        context: Where the arm is, and how long is waited for the patient.

    Attributes:
        guidance: What is asked at present.
    """

    def __init__(self, context: Context) -> None:
        self.guidance = Guidance.at_rest(context.x)
        self.guidance.assistance = context.assistance
        self._dt, self._waits_s = context.dt, context.waits_s
        self._path, self._duration_s = line(context.x, context.x), 1.0
        self._waits, self._clock, self._along, self._pace = False, 0.0, 0.0, 1.0

    def rest(self, x: Vector) -> None:
        """Stand still at ``x``, shape (m,)."""
        guidance = self.guidance
        for target in (guidance.reference, guidance.nearest):
            target[:] = x
        guidance.rate[:], guidance.acceleration[:], guidance.tangent[:] = 0.0, 0.0, 0.0

    def show(self, movement: Movement, time_s: float) -> None:
        """Be where a movement would be, so that a ghost can show it; nothing is asked."""
        guidance = self.guidance
        guidance.start[:], guidance.goal[:] = movement.path.points[0], movement.path.points[-1]
        self._path, self._duration_s = movement.path, movement.duration_s
        self._refer(time_s)

    def begin(self, movement: Movement, repetition: int) -> None:
        """Ask for a movement."""
        guidance = self.guidance
        guidance.movement += 1
        guidance.repetition = repetition
        guidance.start[:], guidance.goal[:] = movement.path.points[0], movement.path.points[-1]
        guidance.moment, guidance.duration_s = movement.moment, movement.duration_s
        self._path, self._duration_s = movement.path, movement.duration_s
        self._waits = movement.moment is Moment.MOVE and not movement.timed
        self._clock, self._along, self._pace = 0.0, 0.0, 1.0

    def follow(self, x: Vector, time_s: float) -> float:
        """Go on with the movement, the arm being at ``x``, shape (m,), so long after it was asked for [s].

        Returns:
            Length of the path that the arm has behind it.
        """
        guidance, path = self.guidance, self._path
        self._along = path.nearest(x, self._along)
        if self._begun(time_s):
            if self._waits and self._waits_s > 0.0 and path.length > 0.0:
                self._pace = _paced(self._pace, self._clock, self._duration_s, self._along / path.length, self._dt)
            self._clock += self._pace * self._dt
        self._refer(self._clock, self._pace)
        path.at(self._along, guidance.nearest, guidance.tangent)
        guidance.elapsed_s = time_s
        guidance.progress = self._along / path.length if path.length > 0.0 else 1.0
        return self._along

    def arrive(self, reached: bool) -> None:
        """The movement is over: ask to stay at a goal that was reached, and to go no further where it was not."""
        guidance = self.guidance
        if guidance.moment is Moment.MOVE:
            guidance.moment = Moment.HOLD
        elif guidance.moment is Moment.PUSH:
            guidance.moment = Moment.REST
        if guidance.moment is Moment.REST:
            self.rest(guidance.start)
        elif not reached:
            guidance.rate[:], guidance.acceleration[:] = 0.0, 0.0

    def settle(self) -> bool:
        """Let the reference of a goal that was reached early come there, too; returns whether it stands still."""
        self._pace = _paced(self._pace, self._clock, self._duration_s, 0.0, self._dt)
        self._clock += self._pace * self._dt
        self._refer(self._clock, self._pace)
        return self._clock >= self._duration_s

    def _begun(self, time_s: float) -> bool:
        """Whether the reference goes: it waits for a patient who is to move by himself, but not for ever."""
        begun = self._clock > 0.0 or self._along >= BEGUN * self._path.length
        return not self._waits or begun or time_s >= self._waits_s

    def _refer(self, time_s: float, pace: float = 1.0) -> None:
        guidance, path, T = self.guidance, self._path, self._duration_s
        way, rate, acceleration = blend(time_s / T)
        if guidance.moment is Moment.PUSH:  # nothing moves
            way = rate = acceleration = 0.0
        path.moving(
            way * path.length,
            pace * rate * path.length / T,
            pace * pace * acceleration * path.length / (T * T),
            guidance.reference,
            guidance.tangent,
            guidance.rate,
            guidance.acceleration,
        )


@kernel
def _paced(pace: float, clock: float, duration: float, along: float, dt: float) -> float:
    """How fast the clock of a minimum-jerk reference runs next.

    Args:
        pace: How fast it runs.
        clock: What it shows [s].
        duration: Of the movement [s].
        along: Share of its path that the arm has behind it.
        dt: Control period [s].
    """
    low, high = min(clock / duration, 1.0), 1.0
    if low * low * low * (10.0 + low * (6.0 * low - 15.0)) < along:
        for _ in range(20):  # when the reference would be where the arm is, to a millionth of the duration
            u = 0.5 * (low + high)
            if u * u * u * (10.0 + u * (6.0 * u - 15.0)) < along:
                low = u
            else:
                high = u
    ahead = low * duration - min(clock, duration)
    wanted = min(1.0 + ahead / CATCHES_UP_S, FASTEST)
    return pace + (wanted - pace) * min(dt / SMOOTHED_S, 1.0)
