"""When a patient plans: what he perceives of the exercise once a control period, and what he makes of it."""

from __future__ import annotations

import math

from robotics.guidance import Moment
from robotics.kernels.compiled import kernel
from simulation.patients.daily import trial_amplitude, trial_pace
from simulation.patients.draws import normal
from simulation.patients.effort import feel, learn
from simulation.patients.entrainment import fall_in, pace_of
from simulation.patients.joints import SIZE
from simulation.patients.layout import Record, Records
from simulation.patients.learning import adapt, notice, turn_aim
from simulation.patients.pain import suffer
from simulation.patients.sound_side import accompany
from simulation.patients.spasm import strike
from simulation.patients.ways import bends, goes_round

_REST, _MOVE, _HOLD, _PUSH = int(Moment.REST), int(Moment.MOVE), int(Moment.HOLD), int(Moment.PUSH)

_MISALIGNED_RAD, _MISALIGNED_M = 0.3, 0.15
"""He takes what he is shown for his own arm if it is no farther from it than this; ours."""

_SEEN_S = 0.2
"""Time constant with which he takes in where his arm is shown to be [s]; assumed, from what follows below."""

_SLACKEST = 0.3
"""Share of his stiffness that he keeps without any effort; ours."""

_CORRECTED_AT = 0.6
"""Share of a movement after which he corrects its direction; ours."""

_CARRY_RAD, _CARRY_M = 0.15, 0.03
"""What a new plan keeps of the distance between intended and actual place, so that torque does not jump; ours."""


@kernel
def perceive(state: Records, parameters: Records) -> None:
    """Take in the cue: begin, correct, push, hold or let go."""
    s, p = state[0], parameters[0]
    locate(s, p)
    if s.cues == 0:
        align(s, p)
    s.cues += 1
    moment = s.cue_moment
    asked = moment in (_MOVE, _HOLD, _PUSH)
    moved = False
    for k in range(p.m):
        goal = s.cue_goal[k] - s.offset[k]
        if abs(goal - s.goal[k]) > 0.5 * p.tolerance:
            moved = True
    new = s.cue_movement != s.movement or moved
    watch(s, p)
    suffer(s, p)
    strike(s, p)
    was_asked = s.moment in (_MOVE, _HOLD, _PUSH)
    if asked != was_asked or (asked and new) or (moment == _PUSH) != (s.moment == _PUSH):
        # A goal that changes again while he reacts does not make him wait for longer.
        s.pending, s.wait_s = 1, s.wait_s if s.pending == 1 else p.reaction_s
        if s.cue_movement != s.movement:
            learn(s, p)
            fall_in(s, p)
            adapt(s, p)
    for k in range(p.m):
        s.goal[k] = s.cue_goal[k] - s.offset[k]
    s.moment, s.movement = moment, s.cue_movement
    accompany(s, p, new)
    s.wait_s -= p.dt
    if s.pending == 1 and s.wait_s > 0.0:  # until he reacts he stays with the goal before it
        return
    act(s, p, asked)


@kernel
def act(s: Record, p: Record, asked: bool) -> None:
    """Do what is asked now."""
    for k in range(p.m):
        s.pursued[k] = s.goal[k]
    if s.pending == 1:
        s.pending = 0
        if asked:
            begin(s, p)
        else:
            let_go(s, p)
    elif s.active == 1 and s.pushing == 0:
        attend(s, p)


@kernel
def locate(s: Record, p: Record) -> None:
    """Where he is in the exercise's coordinates."""
    for k in range(p.m):
        s.x[k] = s.q[p.index[k]] if p.in_joints == 1 else s.tip[p.index[k]]


@kernel
def align(s: Record, p: Record) -> None:
    """The exercise speaks of the robot's joints or tip: at the first cue he learns where his own arm stands to them."""
    most = _MISALIGNED_RAD if p.in_joints == 1 else _MISALIGNED_M
    for k in range(p.m):
        offset = s.cue_start[k] - s.x[k]
        s.offset[k] = offset if abs(offset) <= most and s.cue_moment == _REST else 0.0


@kernel
def watch(s: Record, p: Record) -> None:
    """Go by what is shown: a cuff gives way under the arm in it, so robot and arm do not stay as they were at first."""
    most = _MISALIGNED_RAD if p.in_joints == 1 else _MISALIGNED_M
    share = p.dt / (_SEEN_S + p.dt)
    for k in range(p.m):
        if not math.isnan(s.cue_x[k]):
            s.offset[k] += share * (min(max(s.cue_x[k] - s.x[k], -most), most) - s.offset[k])


@kernel
def let_go(s: Record, p: Record) -> None:
    """Relax."""
    s.active = s.pushing = s.pursuing = 0
    for j in range(SIZE):
        s.level_goal[j] = p.rest_level


@kernel
def begin(s: Record, p: Record) -> None:
    """Begin what is asked: a push, or a movement with the error of direction that is his."""
    was = s.active == 1
    tension = _SLACKEST + (1.0 - _SLACKEST) * s.effort
    for j in range(SIZE):
        s.level_goal[j] = (p.soft_level if p.in_joints == 1 else 1.0) * tension
        if not was:
            s.q_plan[j], s.dq_plan[j], s.ddq_plan[j] = s.q[j], 0.0, 0.0
    for k in range(p.m):
        if p.in_joints == 1:
            s.level_goal[p.index[k]] = tension
        else:
            s.p_keep[p.index[k]] = s.tip[p.index[k]]
        if not was:
            s.x_int[k], s.dx_int[k], s.ddx_int[k] = s.x[k], 0.0, 0.0
    if p.in_joints == 0:
        for i in range(3):
            s.p_keep[i] = s.tip[i]
    s.given_goal = s.effort  # not before he begins, and not all at once: else his arm would stir as the goal is shown
    s.active, s.pursuing, s.since_s = 1, 0, 0.0
    s.pushing = 1 if s.moment == _PUSH else 0
    carry = _CARRY_RAD if p.in_joints == 1 else _CARRY_M
    for k in range(p.m):
        ahead = min(max(s.x_int[k] - s.x[k], -carry), carry)
        s.x_int[k] = s.x[k] + ahead
        s.x_begin[k] = s.x[k]
    aim_at_goal(s, p)
    if s.moment == _MOVE and goes_round(s, p):
        take_up(s, p)


@kernel
def within_reach(s: Record, p: Record, k: int, place: float) -> float:
    """How far towards a place he means to bring a coordinate: he knows how far he can move a joint."""
    if p.in_joints == 0:
        return place
    j = p.index[k]
    low, high = p.active[0, j] - 0.5 * p.active_fade, p.active[1, j] + 0.5 * p.active_fade
    # Who has been brought further does not come back by himself.
    return float(min(max(place, min(low, s.x[k])), max(high, s.x[k])))


@kernel
def aim_at_goal(s: Record, p: Record) -> None:
    """Plan from the intended place to the goal, turned by an error of direction that is put right on the way."""
    asked = way = 0.0
    for k in range(p.m):
        s.x_start[k], s.dx_start[k] = s.x_int[k], s.dx_int[k]
        s.x_aim[k], s.across[k] = within_reach(s, p, k, s.goal[k]), 0.0
        asked += (s.goal[k] - s.x_int[k]) ** 2
        way += (s.x_aim[k] - s.x_int[k]) ** 2
    # Where he does not mean to go all the way, he goes no slower for it.
    part = math.sqrt(way / asked) if asked > p.tolerance * p.tolerance else 1.0
    way = math.sqrt(way)
    s.plan_t, s.plan_s = 0.0, max(pace_of(s, p) * s.cue_duration_s * trial_pace(s, p) * part, p.shortest_s)
    s.corrected = 1
    stray = trial_amplitude(s, p)
    if p.overshoot != 0.0 or p.overshoot_deviation > 0.0:
        stray += p.overshoot + p.overshoot_deviation * normal(s.words)
    for k in range(p.m):
        s.x_aim[k] = within_reach(s, p, k, s.x_aim[k] + stray * (s.x_aim[k] - s.x_int[k]))
    if p.m < 2 or way < 2.0 * p.tolerance:
        return
    if p.in_joints == 0 and turn_aim(s, p):
        s.corrected = 0
    if p.direction_error <= 0.0:
        return
    # A direction across the way: a random one, less its part along it.
    along = size = 0.0
    for k in range(p.m):
        s.draw7[k] = normal(s.words)
        along += s.draw7[k] * (s.goal[k] - s.x_int[k]) / way
    for k in range(p.m):
        s.draw7[k] -= along * (s.goal[k] - s.x_int[k]) / way
        size += s.draw7[k] ** 2
    size = math.sqrt(size)
    if size < 1e-6:
        return
    angle = p.direction_error * normal(s.words)
    for k in range(p.m):
        stray = way * (math.tan(min(max(angle, -1.2), 1.2)) * s.draw7[k] / size)
        s.across[k] += stray
        s.x_aim[k] += stray
    s.corrected = 0


@kernel
def attend(s: Record, p: Record) -> None:
    """Watch the movement: put its direction right, pursue a path that bends, make good what was missed."""
    if s.moment == _MOVE:
        feel(s, p)
        notice(s, p)
    if s.moment == _MOVE and s.pursuing == 0 and bends(s, p):
        take_up(s, p)
    if s.pursuing == 1:  # which goes on where the path has come to its end
        return
    if s.corrected == 0 and s.plan_t > _CORRECTED_AT * s.plan_s:
        aim = 0.5 * s.plan_s
        for k in range(p.m):
            s.x_start[k], s.dx_start[k] = s.x_int[k], s.dx_int[k]
            s.x_aim[k] -= s.across[k]
            s.across[k] = 0.0
        s.plan_t, s.plan_s, s.corrected = 0.0, max(aim, p.shortest_s), 1
        return
    if s.plan_t < s.plan_s + p.correction_s:
        return
    miss, way = 0.0, p.tolerance * p.tolerance
    for k in range(p.m):
        miss += (within_reach(s, p, k, s.goal[k]) - s.x[k]) ** 2
        way += (s.goal[k] - s.x_begin[k]) ** 2
    if math.sqrt(miss) <= p.tolerance:
        return
    # A correction is no faster than the movement was.
    for k in range(p.m):
        aim = s.x_int[k] + p.correction_gain * (within_reach(s, p, k, s.goal[k]) - s.x[k])
        s.x_start[k], s.dx_start[k] = s.x_int[k], s.dx_int[k]
        s.x_aim[k] = min(max(aim, s.x[k] - p.push_on), s.x[k] + p.push_on)
    s.plan_t, s.plan_s = 0.0, max(pace_of(s, p) * s.cue_duration_s * min(math.sqrt(miss / way), 1.0), p.shortest_s)


@kernel
def take_up(s: Record, p: Record) -> None:
    """Pursue the reference from now on, with what his arm is known to lack already."""
    s.pursuing = 1
    for k in range(p.m):
        s.lead[k] = s.x_int[k] - p.activation_s * s.dx_int[k] - s.x[k]
