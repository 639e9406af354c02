"""The kernels of a needle in tissue: the forces that `simulation.needle_track` puts on it.

Source:
    Simone and Okamura 2002, Modeling of needle insertion forces for robot-assisted percutaneous therapy (ICRA): the
    force on a needle is that of a capsule's stiffness before puncture, then friction along the wire plus cutting at
    the point. Friction as an elastic-plastic bristle: Dahl 1968, A solid friction model.
"""

from __future__ import annotations

import numpy as np

from robotics.contracts import Vector
from robotics.kernels.compiled import kernel

_STEP_M = 0.0003  # between two vertices of a channel
_SKIN_M = 1e-4  # a channel's end this far below the surface has come to it

_RAMP_M = 0.001  # depth from which on the tissue holds with all its stiffness

# Places in the state that the kernel keeps from step to step.
(
    PUNCTURED, EMERGED, VERTICES, BRISTLE, DIMPLED, DIMPLE_X, DIMPLE_Y, TORN, TEARS, EMBEDDED, FORCE, DEPTH, ASIDE,
    LAST_NODE, AT_SKIN, STORED, STATE_SIZE,
) = range(17)  # fmt: skip

# Places of the parameters.
(
    _PUNCTURE, _EXIT, _CUTTING, _FRICTION, _K_POINT, _C_POINT, _K_LINE, _C_LINE, _K_BRISTLE, _C_BRISTLE, _TEAR, _BITE,
    _TOP, _X, _Y, _HALF_X, _HALF_Y, DS, _DT,
) = range(19)  # fmt: skip


@kernel
def tissue_load(
    motion: Vector,
    quat: Vector,
    nodes: Vector,
    tangents: Vector,
    parameters: Vector,
    state: Vector,
    channel: Vector,
    load: Vector,
) -> bool:
    """Force and moment of the tissue on a needle, and what the needle does to the tissue.

    Args:
        motion: Centre of mass, its velocity, and angular velocity in world, shape (4, 3); the last row is scratch.
        quat: Orientation x, y, z, w, shape (4,).
        nodes: Nodes of the wire, swage to point, from the centre of mass, in the body's frame, shape (n, 3).
        tangents: Unit tangents there towards the point, shape (n, 3).
        parameters: The tissue, see the places above.
        state: What is kept from step to step, see the places above.
        channel: Vertices of the channel in world from the entry on, shape (m, 3); as many as the state says.
        load: Result: force, then moment about the centre of mass, in world, shape (6,) [N, Nm].

    Returns:
        Whether there is any.
    """
    n = nodes.shape[0]
    for k in range(6):
        load[k] = 0.0
    state[FORCE], state[DEPTH], state[ASIDE], state[EMBEDDED], state[STORED] = 0.0, 0.0, 0.0, 0.0, 0.0
    x, y, z, w = quat[0], quat[1], quat[2], quat[3]
    R = np.empty((3, 3))
    R[0, 0], R[0, 1], R[0, 2] = 1.0 - 2.0 * (y * y + z * z), 2.0 * (x * y - w * z), 2.0 * (x * z + w * y)
    R[1, 0], R[1, 1], R[1, 2] = 2.0 * (x * y + w * z), 1.0 - 2.0 * (x * x + z * z), 2.0 * (y * z - w * x)
    R[2, 0], R[2, 1], R[2, 2] = 2.0 * (x * z - w * y), 2.0 * (y * z + w * x), 1.0 - 2.0 * (x * x + y * y)
    if state[PUNCTURED] == 0.0:
        return _press(R, motion, nodes[n - 1], tangents[n - 1], parameters, state, channel, load)

    _cut_on(R, motion, nodes[n - 1], tangents[n - 1], parameters, state, channel, load)
    inside, mean = _lie(R, motion, nodes, tangents, parameters, state, channel, load)
    if inside == 0:
        state[PUNCTURED], state[BRISTLE], state[DIMPLED] = 0.0, 0.0, 0.0
    else:
        state[EMBEDDED] = inside * parameters[DS]
        _drag(R, motion, nodes, tangents, inside, mean, parameters, state, load)
    return _size(load, state)


@kernel
def _cut_on(
    R: Vector,
    motion: Vector,
    node: Vector,
    tangent: Vector,
    parameters: Vector,
    state: Vector,
    channel: Vector,
    load: Vector,
) -> None:
    """The point in its channel: a spring ahead of it, until that gives way and the channel is longer."""
    if state[EMERGED] > 0.0:
        return
    at, speed, along, force = np.empty(3), np.empty(3), np.empty(3), np.empty(3)
    _node(R, motion, node, tangent, at, speed, along)
    count, ahead = int(state[VERTICES]), 0.0
    for k in range(3):
        ahead += (at[k] - channel[count - 1, k]) * along[k]
    rising = state[AT_SKIN] > 0.0
    most = (parameters[_EXIT] if rising else parameters[_CUTTING]) / parameters[_K_POINT]
    if ahead > most:
        if rising:
            state[EMERGED] = 1.0
        else:
            _cut(at, (ahead - most) / ahead, parameters[_TOP], state, channel, count)
        ahead = most
    push = parameters[_K_POINT] * max(ahead, 0.0)
    state[STORED] += 0.5 * push * max(ahead, 0.0)
    for k in range(3):
        force[k] = -push * along[k]
    _add(force, at, motion, load)


@kernel
def _lie(
    R: Vector,
    motion: Vector,
    nodes: Vector,
    tangents: Vector,
    parameters: Vector,
    state: Vector,
    channel: Vector,
    load: Vector,
) -> tuple[int, float]:
    """The wire in its channel: springs sideways; how many nodes lie in it, and their mean speed along the wire."""
    at, speed, along, force, offset = np.empty(3), np.empty(3), np.empty(3), np.empty(3), np.empty(3)
    top, ds, count = parameters[_TOP], parameters[DS], int(state[VERTICES])
    bear = parameters[_TEAR] / parameters[_K_LINE]
    inside, mean, worst = 0, 0.0, 0.0
    for i in range(nodes.shape[0]):
        _node(R, motion, nodes[i], tangents[i], at, speed, along)
        depth = top - at[2]
        if depth <= 0.0:
            continue
        inside += 1
        state[LAST_NODE], state[DEPTH] = i, max(state[DEPTH], depth)
        slide = speed[0] * along[0] + speed[1] * along[1] + speed[2] * along[2]
        mean += slide
        j = _nearest(at, channel, count, offset, along)
        size = np.sqrt(offset[0] ** 2 + offset[1] ** 2 + offset[2] ** 2)
        worst = max(worst, size)
        if size > bear:
            _tear(channel, j, min(j + 1, count - 1), (size - bear) / size, offset)
            size = bear
        state[ASIDE] = max(state[ASIDE], size)
        # Just below the surface there is little tissue to lie against: the hold grows with depth, and pushes a wire out
        # that lies beside its channel, so that none gains energy by dipping in.
        hold = min(depth / _RAMP_M, 1.0)
        stored = 0.5 * parameters[_K_LINE] * ds * size * size
        state[STORED] += hold * stored
        for k in range(3):
            aside = speed[k] - slide * along[k]
            force[k] = -ds * hold * (parameters[_K_LINE] * offset[k] + parameters[_C_LINE] * aside)
        if depth < _RAMP_M:
            force[2] += stored / _RAMP_M
        _add(force, at, motion, load)
    if worst > bear and state[TORN] == 0.0:
        state[TORN] = 1.0
        state[TEARS] += 1.0
    elif worst < 0.5 * bear:
        state[TORN] = 0.0
    return inside, mean / max(inside, 1)


@kernel
def _tear(channel: Vector, first: int, second: int, share: float, offset: Vector) -> None:
    """The channel gives way towards the wire by a share of their distance, for good; what is left of the distance."""
    for k in range(3):
        channel[first, k] += 0.5 * share * offset[k]
        channel[second, k] += 0.5 * share * offset[k]
        offset[k] *= 1.0 - share


@kernel
def _drag(
    R: Vector,
    motion: Vector,
    nodes: Vector,
    tangents: Vector,
    inside: int,
    mean: float,
    parameters: Vector,
    state: Vector,
    load: Vector,
) -> None:
    """Friction lengthwise, shared evenly: the tissue comes along as a spring until the wire slides."""
    at, speed, along, force = np.empty(3), np.empty(3), np.empty(3), np.empty(3)
    limit = parameters[_FRICTION] * inside * parameters[DS] / parameters[_K_BRISTLE]
    state[BRISTLE] = min(max(state[BRISTLE] + mean * parameters[_DT], -limit), limit)
    drag = parameters[_K_BRISTLE] * state[BRISTLE] + parameters[_C_BRISTLE] * mean
    state[STORED] += 0.5 * parameters[_K_BRISTLE] * state[BRISTLE] ** 2
    for i in range(nodes.shape[0]):
        _node(R, motion, nodes[i], tangents[i], at, speed, along)
        if at[2] < parameters[_TOP]:
            for k in range(3):
                force[k] = -drag / inside * along[k]
            _add(force, at, motion, load)


@kernel
def _press(
    R: Vector,
    motion: Vector,
    node: Vector,
    tangent: Vector,
    parameters: Vector,
    state: Vector,
    channel: Vector,
    load: Vector,
) -> bool:
    """The point on a surface that it has not pierced: a spring about where it first touched, until that gives way."""
    at, speed, along, force = np.empty(3), np.empty(3), np.empty(3), np.empty(3)
    _node(R, motion, node, tangent, at, speed, along)
    depth = parameters[_TOP] - at[2]
    beside = abs(at[0] - parameters[_X]) > parameters[_HALF_X] or abs(at[1] - parameters[_Y]) > parameters[_HALF_Y]
    if depth <= 0.0 or beside:
        state[DIMPLED] = 0.0
        return False
    bites = -along[2] > parameters[_BITE]
    if state[DIMPLED] == 0.0 or not bites:
        state[DIMPLED], state[DIMPLE_X], state[DIMPLE_Y] = 1.0, at[0], at[1]
    stretch = np.array([at[0] - state[DIMPLE_X], at[1] - state[DIMPLE_Y], -depth])
    size = parameters[_K_POINT] * np.sqrt(stretch[0] ** 2 + stretch[1] ** 2 + stretch[2] ** 2)
    if bites and size >= parameters[_PUNCTURE]:
        state[PUNCTURED], state[VERTICES], state[AT_SKIN], state[BRISTLE] = 1.0, 1.0, 0.0, 0.0
        channel[0, 0], channel[0, 1], channel[0, 2] = state[DIMPLE_X], state[DIMPLE_Y], parameters[_TOP]
    for k in range(3):
        force[k] = -parameters[_K_POINT] * stretch[k] - parameters[_C_POINT] * speed[k]
    force[2] = max(force[2], 0.0)
    state[DEPTH] = depth
    state[STORED] = 0.5 * size * size / parameters[_K_POINT]
    _add(force, at, motion, load)
    return _size(load, state)


@kernel
def _cut(at: Vector, share: float, top: float, state: Vector, channel: Vector, count: int) -> int:
    """Lengthen the channel by a share of the way from its end to the point; the number of its vertices then.

    The last vertex is the end itself: it moves on until it is a step from the one before.
    """
    if count == 1:
        for k in range(3):
            channel[1, k] = channel[0, k]
        count = 2
    gap = 0.0
    for k in range(3):
        gap += (channel[count - 1, k] - channel[count - 2, k]) ** 2
    if gap > _STEP_M * _STEP_M and count < channel.shape[0]:
        for k in range(3):
            channel[count, k] = channel[count - 1, k]
        count += 1
    deep = channel[count - 1, 2] < top - 2.0 * _SKIN_M
    climbs = at[2] > channel[count - 1, 2]
    for k in range(3):
        channel[count - 1, k] += share * (at[k] - channel[count - 1, k])
    if channel[count - 1, 2] > top - _SKIN_M and climbs and (deep or count > 5):
        channel[count - 1, 2] = top
        state[AT_SKIN] = 1.0
    state[VERTICES] = count
    return count


@kernel
def _nearest(at: Vector, channel: Vector, count: int, offset: Vector, along: Vector) -> int:
    """Offset of a place from a channel; the first vertex of the nearest segment.

    Beyond an end the part of the offset that lies along the wire does not count: friction and cutting answer for it.
    """
    best, index, inner = 1e9, 0, False
    for j in range(max(count - 1, 1)):
        m = min(j + 1, count - 1)
        length, share = 0.0, 0.0
        for k in range(3):
            length += (channel[m, k] - channel[j, k]) ** 2
            share += (at[k] - channel[j, k]) * (channel[m, k] - channel[j, k])
        raw = share / length if length > 1e-16 else 0.0
        share = min(max(raw, 0.0), 1.0)
        gap = 0.0
        for k in range(3):
            gap += (at[k] - channel[j, k] - share * (channel[m, k] - channel[j, k])) ** 2
        if gap < best:
            best, index = gap, j
            inner = not ((j == 0 and raw < 0.0) or (m == count - 1 and raw > 1.0) or length <= 1e-16)
            for k in range(3):
                offset[k] = at[k] - channel[j, k] - share * (channel[m, k] - channel[j, k])
    if not inner:
        part = offset[0] * along[0] + offset[1] * along[1] + offset[2] * along[2]
        for k in range(3):
            offset[k] -= part * along[k]
    return index


@kernel
def _node(R: Vector, motion: Vector, node: Vector, tangent: Vector, at: Vector, speed: Vector, along: Vector) -> None:
    """Place, velocity and tangent of a node in world."""
    for k in range(3):
        motion[3, k] = R[k, 0] * node[0] + R[k, 1] * node[1] + R[k, 2] * node[2]
        along[k] = R[k, 0] * tangent[0] + R[k, 1] * tangent[1] + R[k, 2] * tangent[2]
        at[k] = motion[0, k] + motion[3, k]
    speed[0] = motion[1, 0] + motion[2, 1] * motion[3, 2] - motion[2, 2] * motion[3, 1]
    speed[1] = motion[1, 1] + motion[2, 2] * motion[3, 0] - motion[2, 0] * motion[3, 2]
    speed[2] = motion[1, 2] + motion[2, 0] * motion[3, 1] - motion[2, 1] * motion[3, 0]


@kernel
def _add(force: Vector, at: Vector, motion: Vector, load: Vector) -> None:
    """Add a force at a place to the load."""
    x, y, z = at[0] - motion[0, 0], at[1] - motion[0, 1], at[2] - motion[0, 2]
    load[0] += force[0]
    load[1] += force[1]
    load[2] += force[2]
    load[3] += y * force[2] - z * force[1]
    load[4] += z * force[0] - x * force[2]
    load[5] += x * force[1] - y * force[0]


@kernel
def _size(load: Vector, state: Vector) -> bool:
    state[FORCE] = np.sqrt(load[0] ** 2 + load[1] ** 2 + load[2] ** 2)
    return True
