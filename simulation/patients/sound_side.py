"""The sound arm: it makes the same movement as is asked of the affected one, as a healthy arm would.

It is not loaded and has no dynamics: it follows its minimum-jerk plan, or a line that bends as that is drawn. Both arms
mirror each other in the sagittal plane, so the angles of the sound one are those that would take the affected hand to
its goal.
"""

from __future__ import annotations

from robotics.config import Config
from robotics.guidance import Moment
from robotics.kernels.compiled import kernel
from robotics.shape_config import NotNegative, Positive
from simulation.patients.intent import resolve
from simulation.patients.layout import Record
from simulation.patients.ways import bends, goes_round

_REST, _RELAX, _MOVE = int(Moment.REST), int(Moment.RELAX), int(Moment.MOVE)

_TRACED_S = 0.1
"""Time constant with which a sound hand follows a line that bends [s]; assumed."""


class SoundSide(Config, frozen=True, kw_only=True):
    """How the sound arm moves.

    Attributes:
        source: Where the figures come from.
        reaction_s: From being asked to beginning [s].
        pace: Its duration over the one asked for.
    """

    source: str
    reaction_s: NotNegative
    pace: Positive


def put(sound_side: SoundSide | None, parameters: Record) -> None:
    """Enter the sound arm into the parameters; without it its angles are not known."""
    parameters["sound"] = sound_side is not None
    if sound_side is not None:
        parameters["sound_reaction_s"], parameters["sound_pace"] = sound_side.reaction_s, sound_side.pace


@kernel
def accompany(s: Record, p: Record, new: bool) -> None:
    """Move the sound arm on by one control period; ``new`` where a movement has just been asked for."""
    if p.sound == 0 or s.cue_moment in (_REST, _RELAX):
        s.sound_t = -1.0
        return
    if new or s.sound_t < 0.0:
        s.sound_t, s.sound_traces = 0.0, 1 if s.cue_moment == _MOVE and goes_round(s, p) else 0
        for k in range(p.m):
            s.sound_from[k] = s.q_sound[p.index[k]] if p.in_joints == 1 else s.sound_tip[p.index[k]]
    s.sound_t += p.dt
    if s.cue_moment == _MOVE and bends(s, p):
        s.sound_traces = 1
    T = max(p.sound_pace * s.cue_duration_s, p.shortest_s)
    u = min(max((s.sound_t - p.sound_reaction_s) / T, 0.0), 1.0)
    share = u * u * u * (10.0 - 15.0 * u + 6.0 * u * u)
    slope = 30.0 * u * u * (1.0 - u) ** 2 / T
    if p.in_joints == 1:
        for k in range(p.m):
            s.q_sound[p.index[k]] = s.sound_from[k] + share * (s.goal[k] - s.sound_from[k])
        return
    lead_hand(s, p, share, slope)


@kernel
def lead_hand(s: Record, p: Record, share: float, slope: float) -> None:
    """Take the sound hand to its place of this period: a share of its way, or along a line that bends."""
    at, rate = s.work[0], s.work[1]
    for i in range(3):
        at[i], rate[i] = s.sound_keep[i], 0.0
    if s.sound_traces == 1:  # a line that bends, or a round
        for k in range(p.m):
            here = s.sound_tip[p.index[k]]
            away = s.cue_reference[k] - s.offset[k] - here
            at[p.index[k]], rate[p.index[k]] = here + min(p.dt / _TRACED_S, 1.0) * away, away / _TRACED_S
    else:
        for k in range(p.m):
            at[p.index[k]] = s.sound_from[k] + share * (s.goal[k] - s.sound_from[k])
            rate[p.index[k]] = slope * (s.goal[k] - s.sound_from[k])
    for i in range(3):
        at[i] -= s.p_world_base[i]
    resolve(s, p, at, rate, p.dt, s.q_sound, s.rhs)
    for i in range(3):
        s.sound_tip[i] = s.p_world_base[i]
        for k in range(3):
            s.sound_tip[i] += s.R_world_base[i, k] * s.p_resolved[k]
