"""Effort from movement to movement: people slack where little goes wrong, and try harder where much does.

``effort_{i+1} = keep effort_i + gain error_i``: the motor system as a greedy optimiser of error and effort. The error
is how far he stayed behind his own intent, as a share of the way; less than a dead zone does not count, and more than a
bound counts no more.

Source:
    Emken et al. 2007, Motor adaptation as a greedy optimization of error and effort, J. Neurophysiology 97: the
    equation. That an error of effort saturates is assumed, in likeness to errors of direction (Kim et al. 2018). The
    figures are assumed.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from robotics.config import Config
from robotics.kernels.compiled import kernel
from robotics.shape_config import NotNegative, Positive
from simulation.patients.layout import Record

Share = Annotated[float, Meta(ge=0, le=1)]


class Effort(Config, frozen=True, kw_only=True):
    """How effort changes.

    Attributes:
        source: Where the figures come from.
        start: Effort of the first movement: share of what it needs that he means to give.
        keep: What is left of it from one movement to the next.
        gain: What an error adds.
        least: He never gives less.
        dead: Error that does not count, as a share of the way.
        most: Error from which on more does not count.
    """

    source: str
    start: Share
    keep: Share
    gain: NotNegative
    least: Share
    dead: NotNegative
    most: Positive

    def after(self, effort: float, error: float) -> float:
        """Effort of the next movement, as the kernel has it."""
        counts = min(max(error - self.dead, 0.0), self.most)
        return min(max(self.keep * effort + self.gain * counts, self.least), 1.0)


def put(effort: Effort | None, parameters: Record) -> None:
    """Enter the rates into the parameters; without them he always gives all."""
    parameters["effort"] = 1.0, 1.0, 0.0, 1.0, 0.0, 1.0
    if effort is not None:
        parameters["effort"] = effort.start, effort.keep, effort.gain, effort.least, effort.dead, effort.most


@kernel
def feel(s: Record, p: Record) -> None:
    """Add up how far he stays behind his intent or what he is shown; once a control period."""
    way = gap = behind = 0.0
    for k in range(p.m):
        along = s.goal[k] - s.x_begin[k]
        way += along * along
        # The lag of his muscles is nothing that he would call an error.
        gap += along * (s.x_int[k] - p.activation_s * s.dx_int[k] - s.x[k])
        behind += along * (s.cue_reference[k] - s.offset[k] - s.x[k])
    if way > p.tolerance * p.tolerance:
        s.error_sum += max(gap, behind, 0.0) / way
        s.error_count += 1


@kernel
def learn(s: Record, p: Record) -> None:
    """Effort of the movement that begins, from the error of the one that ended."""
    if s.error_count > 0:
        error = s.error_sum / s.error_count
        counts = min(max(error - p.effort[4], 0.0), p.effort[5])
        s.effort = min(max(p.effort[1] * s.effort + p.effort[2] * counts, p.effort[3]), 1.0)
    s.error_sum, s.error_count = 0.0, 0
