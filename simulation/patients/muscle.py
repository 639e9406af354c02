"""How muscles turn what a patient wants into torque: a lag, a stiffness about the intended posture, and their limits.

Intended posture and feed-forward pass through the same first-order lag, so they stay consistent with each other. The
stiffness and damping of muscles that are tense act without delay.

Source:
    A first-order lag from excitation to activation: Winters and Stark 1987, Muscle models: what is gained and what is
    lost; its 40 ms are assumed. Damping of 0.05 s times stiffness: the model of PMC2784227.
"""

from __future__ import annotations

import math
from typing import Annotated

from msgspec import Meta

from robotics.config import Config
from robotics.contracts import Vector
from robotics.kernels.compiled import kernel
from robotics.kernels.dynamics import inverse_dynamics
from robotics.kernels.kinematics import point_jacobian
from robotics.shape_config import Positive
from simulation.patients.joints import SIZE, PositiveValues
from simulation.patients.layout import Record

_HARDEST_N = 400.0
"""Nobody pushes harder with his hand; ours, for a straight arm would carry any load."""

_LITTLE_LEVER_M = 0.02
"""A joint with less lever than this does not bound a push; ours."""

FELT_S = 0.7
"""Time constant with which a person takes in how much of his arm is carried [s]; assumed."""

_RELIES_S = 100.0
"""Time constant with which whoever moves his arm comes to rely on more than he did [s]; assumed, some ten movements, as
effort is lost by a tenth from one to the next (Emken et al. 2007)."""

_KNOWN_S = 2.0
"""How long a joint's weight has to be felt until he knows how it is carried [s]; assumed."""

_BEARS_NM2 = 0.01
"""Square of the weight at a joint from which on he feels how much of it is carried [Nm2]; ours."""

_BUILT_UP = 0.5
"""Share of the time of a push in which it is built up; ours."""

Share = Annotated[float, Meta(ge=0, le=1)]


class Muscle(Config, frozen=True, kw_only=True):
    """Lag and stiffness of the muscles.

    Attributes:
        source: Where the figures come from.
        activation_s: Time constant from wanting to torque [s].
        level_s: Time constant with which he grows tense or relaxes [s].
        stiffness_nm_rad: Stiffness about the intended posture while he moves [Nm/rad].
        damping_s: Damping as a share of stiffness [s].
        rest_level: Share of the stiffness that is left while he rests.
        soft_level: Share of it in joints that the exercise does not ask for.
    """

    source: str
    activation_s: Annotated[float, Meta(ge=0.005, le=1)]
    level_s: Positive
    stiffness_nm_rad: PositiveValues
    damping_s: Positive
    rest_level: Share
    soft_level: Share


def put(muscle: Muscle, parameters: Record) -> None:
    """Enter the muscles' numbers into the parameters."""
    parameters["activation_s"], parameters["level_s"] = muscle.activation_s, muscle.level_s
    parameters["stiffness"] = muscle.stiffness_nm_rad.vector()
    parameters["damping"] = muscle.stiffness_nm_rad.vector() * muscle.damping_s
    parameters["rest_level"], parameters["soft_level"] = muscle.rest_level, muscle.soft_level


_LETS_GO = 0.7
"""Share of his stiffness that he gives up where his arm is taken ahead of his plan; assumed."""


@kernel
def feed_forward(s: Record, p: Record) -> None:
    """What he wants of his muscles: to carry the arm and to move it as planned, as far as his effort goes."""
    if s.active == 0:
        for j in range(SIZE):
            s.ff[j] = 0.0
        return
    inverse_dynamics(
        s.T_base_link,
        p.kind,
        p.mass,
        p.com,
        p.inertia,
        s.dq_plan,
        s.ddq_plan,
        s.gravity,
        s.p_base_tip,
        s.zero6,
        s.ff,
        s.work,
    )
    # What is carried he does not lift a second time.
    if s.held_up > 0.0:
        point_jacobian(s.T_base_link, p.kind, SIZE - 1, s.p_base_tip, s.J)
    for j in range(SIZE):
        lifted = s.carried[j] * s.bias[j]
        for i in range(3):
            lifted += s.J[i, j] * s.R_world_base[2, i] * s.held_up
        s.ff[j] = s.given * (s.ff[j] - lifted)
    if s.pushing == 1:
        push(s, p)


@kernel
def feel_carried(s: Record, p: Record, wrench: Vector) -> None:
    """Take in how the arm is carried: by cuffs along it, which take a share of each joint's weight, or by the hand.

    He knows the share, or the force, not the torques: those follow from how the arm is bent at each moment. A joint
    that has nothing to bear for the moment is taken to be carried as it was, and so is an arm that pushes: what passes
    at the cuffs then is his push. What he feels first, or while he rests or
    holds, or that less is carried than he thought, he goes by at once; what more comes while he moves he relies on
    slowly, as people slack.
    """
    ease = p.h / (FELT_S + p.h)
    if s.pushing == 1:
        return
    relies, moves = p.h / (_RELIES_S + p.h), s.active == 1 and s.plan_t < s.plan_s
    alone = True
    for i in range(6):
        alone = alone and wrench[0, i] == 0.0 and wrench[1, i] == 0.0
    for j in range(SIZE):
        borne = 0.0 if alone else s.outside[j] * s.bias[j]
        s.felt[0, j] += ease * (borne - s.felt[0, j])
        s.felt[1, j] += ease * (s.bias[j] * s.bias[j] - s.felt[1, j])
        if s.felt[1, j] > _BEARS_NM2:
            share = min(max(s.felt[0, j] / s.felt[1, j], 0.0), 1.0)
            slowly = moves and s.known_s[j] > _KNOWN_S and share > s.carried[j]
            s.carried[j] += (share - s.carried[j]) * (relies if slowly else 1.0)
            s.known_s[j] += p.h
    up = max(wrench[2, 2], 0.0) if alone else 0.0
    s.held_up += ease * (up - s.held_up)


@kernel
def push(s: Record, p: Record) -> None:
    """All strength towards the goal: of the joints that are asked for, or of shoulder and elbow at the wrist.

    It is built up over the first half of the time that a push is given.

    The way is that from where the push began: a hand that gives way does not turn it.
    """
    share = min(s.since_s / max(_BUILT_UP * s.cue_duration_s, p.h), 1.0)
    if p.in_joints == 1:
        for k in range(p.m):
            j = p.index[k]
            s.ff[j] = share * (s.limit[1, j] if s.pursued[k] > s.x_begin[k] else -s.limit[0, j])
        return
    size = 0.0
    for k in range(p.m):
        size += (s.pursued[k] - s.x_begin[k]) ** 2
    if size < 1e-12:
        return
    for i in range(3):
        s.b3[i] = s.T_base_link[SIZE - 1, i, 3]
    point_jacobian(s.T_base_link, p.kind, SIZE - 1, s.b3, s.J)
    most = _HARDEST_N
    for j in range(SIZE):
        s.explicit[j] = 0.0
        for i in range(3):
            along = 0.0  # of the way, along base axis i
            for k in range(p.m):
                along += s.R_world_base[p.index[k], i] * (s.pursued[k] - s.x_begin[k])
            s.explicit[j] += s.J[i, j] * along / math.sqrt(size)
        # What carries the arm comes first; a joint of little leverage bounds nothing.
        spare = s.limit[1, j] - s.ff[j] if s.explicit[j] > 0.0 else s.limit[0, j] + s.ff[j]
        if abs(s.explicit[j]) > _LITTLE_LEVER_M:
            most = min(most, max(spare, 0.0) / abs(s.explicit[j]))
    for j in range(SIZE):
        s.ff[j] += share * most * s.explicit[j]


@kernel
def contract(s: Record, p: Record) -> None:
    """Voluntary torque of the muscles, within their strength: ``pull - pull_damping dq``."""
    lag, ease = p.h / (p.activation_s + p.h), p.h / (p.level_s + p.h)
    s.given += ease * (s.given_goal - s.given)
    for j in range(SIZE):
        s.activation[j] += lag * (s.ff[j] - s.activation[j])
        s.level[j] += ease * (s.level_goal[j] - s.level[j])
        s.dq_eq[j] = (s.q_told[j] - s.q_eq[j]) * lag / p.h
        s.q_eq[j] += p.h * s.dq_eq[j]
        # Who is taken ahead of his plan lets go: nobody holds against help.
        level = s.level[j] * (1.0 - _LETS_GO * s.yields)
        K, D = level * p.stiffness[j], level * p.damping[j]
        pull = s.activation[j] + K * (s.q_eq[j] - s.q[j]) + D * s.dq_eq[j]
        s.pull[j], s.pull_damping[j], s.pull_stiffness[j] = pull, D, K


@kernel
def bound(s: Record) -> None:
    """No more than the present strength; what is too much shrinks pull, damping and stiffness alike."""
    for j in range(SIZE):
        torque = s.pull[j] - s.pull_damping[j] * s.dq[j]
        limit = s.limit[1, j] if torque > 0.0 else s.limit[0, j]
        if abs(torque) > limit:
            share = limit / abs(torque)
            s.pull[j] *= share
            s.pull_damping[j] *= share
            s.pull_stiffness[j] *= share
