"""What the kernels of a patient keep: one record of parameters, one of state, so that a step takes three arguments.

Rows of two are the joint's directions, negative then positive. A field belongs to the module whose name heads it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Record = Any
"""An element of an array of records, as a kernel sees it: ``record.q[3]``."""

Records = NDArray[np.void]
"""An array of one record, dtype `PARAMETERS` or `STATE`: how a record is handed to a kernel."""

_JOINTS = (7,)
_BOTH = (2, 7)

PARAMETERS = np.dtype(
    [
        # The arm: see `robotics.chain.Chain`.
        ("placement", "f8", (7, 4, 4)),
        ("kind", "i8", _JOINTS),
        ("mass", "f8", _JOINTS),
        ("com", "f8", (7, 3)),
        ("inertia", "f8", (7, 3, 3)),
        ("T_link_tip", "f8", (4, 4)),
        ("h", "f8"),  # physics period [s]
        ("dt", "f8"),  # control period [s]
        ("gravity", "f8"),  # along world z [m/s^2]
        # strength
        ("strength", "f8", _BOTH),  # at its best angle [Nm]
        ("strength_from", "f8", _JOINTS),  # positive direction: from this angle on ... [rad]
        ("strength_loss", "f8", _JOINTS),  # ... strength falls by this share for each radian
        ("strength_least", "f8", _JOINTS),  # and never below this share
        ("active", "f8", _BOTH),  # active range [rad]
        ("active_fade", "f8"),  # over which strength fades past it [rad]
        # passive
        ("passive", "f8", _BOTH),  # passive range [rad]
        ("end_nm", "f8", _JOINTS),
        ("end_rad", "f8", _JOINTS),
        ("end_damping_s", "f8"),
        ("viscous", "f8", _JOINTS),
        # muscle
        ("activation_s", "f8"),
        ("level_s", "f8"),
        ("stiffness", "f8", _JOINTS),
        ("damping", "f8", _JOINTS),
        ("rest_level", "f8"),
        ("soft_level", "f8"),
        # intent
        ("m", "i8"),  # number of coordinates
        ("in_joints", "i8"),  # whether they are joints' angles
        ("index", "i8", _JOINTS),  # joint, or world axis, of each coordinate
        ("reaction_s", "f8"),
        ("pace", "f8"),
        ("shortest_s", "f8"),
        ("tolerance", "f8"),  # [rad or m]
        ("correction_s", "f8"),
        ("correction_gain", "f8"),
        ("push_on", "f8"),  # how far beyond where he is he may aim [rad or m]
        ("direction_error", "f8"),  # standard deviation [rad]
        ("turns", "f8", (4,)),  # learning: bias [rad], keep, rate, most [rad]
        ("yield_s", "f8"),
        ("reach_weight", "f8", _JOINTS),
        ("pursuit_1_s", "f8"),
        # trunk
        ("trunk_stiffness", "f8", (3,)),
        ("trunk_s", "f8"),
        ("raises", "i8"),  # whether the exercise asks for a joint of the shoulder
        ("lean_share", "f8"),
        ("lean_most", "f8"),
        ("lean_s", "f8"),
        # fatigue
        ("tire", "f8", _JOINTS),
        ("recover", "f8", _JOINTS),
        ("rest_gain", "f8", _JOINTS),
        # spasticity: by the direction that the group moves the joint in
        ("spastic", "i8"),
        ("spastic_slope", "f8", _BOTH),
        ("spastic_from", "f8", _BOTH),
        ("spastic_tone", "f8", _BOTH),
        ("spastic_most", "f8", _BOTH),
        ("spastic_shift_s", "f8"),
        ("reflex_s", "f8"),
        ("catch_rad_s", "f8"),
        ("catch_gain", "f8"),
        ("catch_s", "f8"),
        # spasm
        ("spasms", "i8"),
        ("spasm_nm", "f8", _JOINTS),
        ("spasm_chance", "f8"),  # in a control period
        ("spasm_after_catch", "f8"),
        ("spasm_s", "f8", (3,)),  # rise, hold, fall
        # tremor
        ("tremor", "i8"),
        ("tremor_band", "f8", (2,)),  # [rad/s]
        ("tremor_rest", "f8", _JOINTS),
        ("tremor_action", "f8", _JOINTS),
        ("tremor_waxing", "f8"),
        # ataxia
        ("overshoot", "f8"),
        ("overshoot_deviation", "f8"),
        ("wander_s", "f8"),
        ("wander_rad_s", "f8"),
        # synergy: by direction and joint at work, and joint that comes along
        ("synergies", "i8"),
        ("synergy", "f8", (2, 7, 7)),
        # daily: deviation of the logarithm of a movement's duration, and of its aim as a share of the way
        ("trial_pace", "f8"),
        ("trial_amplitude", "f8"),
        # effort: start, keep, gain, least, dead, most
        ("effort", "f8", (6,)),
        # pain
        ("hurts", "i8"),
        ("pain_past", "f8", _JOINTS),
        ("pain_n", "f8"),
        ("pain_reaction_s", "f8"),
        ("pain_let_go_s", "f8"),
        # sound side
        ("sound", "i8"),
        ("sound_reaction_s", "f8"),
        ("sound_pace", "f8"),
    ]
)
"""All that does not change between two resets."""

STATE = np.dtype(
    [
        ("q", "f8", _JOINTS),
        ("dq", "f8", _JOINTS),
        ("T_base_link", "f8", (7, 4, 4)),
        ("p_base_tip", "f8", (3,)),
        ("tip", "f8", (3,)),  # in world, the trunk's displacement included [m]
        ("R_world_base", "f8", (3, 3)),
        ("p_world_base", "f8", (3,)),  # at the start [m]
        ("gravity", "f8", (3,)),  # in base
        ("T_world_segment", "f8", (3, 4, 4)),
        ("V_world_segment", "f8", (3, 6)),
        ("trunk", "f8", (3,)),
        ("dtrunk", "f8", (3,)),
        ("lean", "f8", (3,)),
        ("limit", "f8", _BOTH),  # present strength [Nm]
        ("capacity", "f8", _BOTH),  # share of strength that fatigue leaves
        # muscle
        ("activation", "f8", _JOINTS),  # feed-forward after the muscles' lag [Nm]
        ("level", "f8", _JOINTS),  # share of his stiffness that he has now
        ("level_goal", "f8", _JOINTS),
        ("q_eq", "f8", _JOINTS),  # posture that the muscles pull to
        ("dq_eq", "f8", _JOINTS),
        ("pull", "f8", _JOINTS),  # active torque at rest, before its damping [Nm]
        ("pull_damping", "f8", _JOINTS),
        ("pull_stiffness", "f8", _JOINTS),
        ("end", "f8", _JOINTS),  # passive torque at rest [Nm]
        ("end_damping", "f8", _JOINTS),
        ("end_stiffness", "f8", _JOINTS),
        ("muscle_torque", "f8", _JOINTS),
        ("passive_torque", "f8", _JOINTS),
        ("effort", "f8"),
        # intent
        ("cue_goal", "f8", _JOINTS),
        ("cue_start", "f8", _JOINTS),
        ("cue_reference", "f8", _JOINTS),
        ("cue_rate", "f8", _JOINTS),
        ("cue_x", "f8", _JOINTS),  # where his arm is shown to be; NaN where it is not
        ("cue_duration_s", "f8"),
        ("cue_moment", "i8"),
        ("cue_movement", "i8"),
        ("cues", "i8"),
        ("moment", "i8"),
        ("movement", "i8"),
        ("goal", "f8", _JOINTS),
        ("pursued", "f8", _JOINTS),  # the goal that he goes for: the one before it until he has reacted
        ("offset", "f8", _JOINTS),
        ("x", "f8", _JOINTS),  # where he is, in the exercise's coordinates
        ("pending", "i8"),
        ("wait_s", "f8"),
        ("active", "i8"),
        ("pushing", "i8"),
        ("pursuing", "i8"),
        ("corrected", "i8"),
        ("since_s", "f8"),  # since the movement began, whatever was corrected
        ("plan_t", "f8"),
        ("yields", "f8"),  # how far he lets himself be taken along, 0 to 1
        ("plan_s", "f8"),
        ("x_start", "f8", _JOINTS),
        ("dx_start", "f8", _JOINTS),
        ("x_aim", "f8", _JOINTS),
        ("across", "f8", _JOINTS),  # part of the aim that is an error of direction
        ("x_int", "f8", _JOINTS),
        ("dx_int", "f8", _JOINTS),
        ("ddx_int", "f8", _JOINTS),
        ("lead", "f8", _JOINTS),  # by how much he means more than he pursues, because his arm falls short
        ("p_keep", "f8", (3,)),
        ("q_comfort", "f8", _JOINTS),
        ("q_plan", "f8", _JOINTS),
        ("dq_plan", "f8", _JOINTS),
        ("ddq_plan", "f8", _JOINTS),
        ("T_plan", "f8", (7, 4, 4)),
        ("inertia", "f8", _JOINTS),  # of each joint by itself
        ("p_resolved", "f8", (3,)),
        ("p_plan", "f8", (3,)),  # tip of the intended posture, in base
        ("beyond", "f8", (3,)),  # from there to the intended place of the hand, in world
        ("q_told", "f8", _JOINTS),  # what the muscles are told: the intended posture, and what it strays by
        # involuntary
        ("involuntary", "f8", _JOINTS),  # torque of tremor and spasm [Nm]
        ("spastic", "f8", _JOINTS),  # torque of stretched groups [Nm]
        ("stretch_rate", "f8", _BOTH),
        ("catch", "f8", _BOTH),
        ("catch_armed", "i8", _BOTH),
        ("caught", "i8"),
        ("spasm_t", "f8"),
        ("spasm_size", "f8"),
        ("tremor_phase", "f8"),
        ("tremor_shift", "f8", _JOINTS),
        ("tremor_pitch", "f8"),
        ("tremor_swell", "f8"),
        ("tremor_gate", "f8"),
        ("noise", "f8", _JOINTS),
        ("noise_smooth", "f8", _JOINTS),
        ("brought", "f8", _JOINTS),
        # learning
        ("turn", "f8"),  # by which he sets out to the side [rad]
        ("turn_error", "f8"),
        ("turn_seen", "i8"),
        # effort
        ("given", "f8"),  # the effort that his muscles are told by now
        ("given_goal", "f8"),
        ("x_begin", "f8", _JOINTS),
        ("error_sum", "f8"),
        ("error_count", "i8"),
        # entrainment
        ("own_pace", "f8"),  # how much of his own pace he keeps, 0 to 1
        ("rate_sum", "f8"),
        ("rate_count", "i8"),
        # pain
        ("cuff_n2", "f8"),
        ("hurt_s", "f8"),
        ("calm_s", "f8"),
        ("pain", "i8"),
        # sound side
        ("q_sound", "f8", _JOINTS),
        ("sound_t", "f8"),
        ("sound_traces", "i8"),  # whether it follows a line that bends
        ("sound_from", "f8", _JOINTS),
        ("sound_tip", "f8", (3,)),
        ("sound_keep", "f8", (3,)),
        # scratch
        ("J", "f8", (6, 7)),
        ("M", "f8", (7, 7)),
        ("work", "f8", (7, 6)),
        ("bias", "f8", _JOINTS),
        ("ff", "f8", _JOINTS),
        ("outside", "f8", _JOINTS),
        ("carried", "f8", _JOINTS),  # share of each joint's weight that he feels carried by cuffs along the arm
        ("felt", "f8", (2, *_JOINTS)),  # what passes there along with the weight, and the weight, as he takes them in
        ("known_s", "f8", _JOINTS),  # how long he has felt each joint's weight
        ("held_up", "f8"),  # upward force that he feels on a hand that is all that is held [N]
        ("explicit", "f8", _JOINTS),
        ("implicit", "f8", _JOINTS),
        ("stiff", "f8", _JOINTS),
        ("rhs", "f8", _JOINTS),
        ("zero7", "f8", _JOINTS),
        ("zero6", "f8", (6,)),
        ("a33", "f8", (3, 3)),
        ("b3", "f8", (3,)),
        ("draw7", "f8", _JOINTS),
        ("words", "u8", (1,)),
    ]
)
"""All that changes from step to step, and scratch."""
