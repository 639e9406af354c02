"""What is drawn into the scene of a guided exercise: ranges of motion at the joints, or the tip's way and its goal."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from robotics.contracts import Vector
from robotics.guidance import Moment
from robotics.kernels.kinematics import link_poses
from vr_training.stream.messages import (
    ArmScene,
    ArmState,
    CameraView,
    GuidedJoint,
    GuidedState,
    GuidedWay,
    SceneMessage,
    StateMessage,
    array,
)
from vr_training.view.cameras import project
from vr_training.view.contracts import Camera, Frame
from vr_training.view.guided.aim import has_goal, is_pursued, is_shown, is_there
from vr_training.view.lines import Brush
from vr_training.view.overlays import mark_goal
from vr_training.view.painter import AMBER, CYAN, GREEN, WHITE
from vr_training.view.panel import Rgb
from vr_training.view.settings import OverlaySettings
from vr_training.view.trail import Trail

HIDDEN = 0.7
"""Share of the opacity left behind the scene: limb and robot lie before a joint's range more often than not; ours."""

MOVES_RAD = math.radians(3.0)
"""A joint that is asked to move by less shows no range while another moves [rad]; ours."""

HEADING_RAD = math.radians(14.0)
"""How far ahead of the arm an arrow shows which way to go where there is no goal [rad]; ours."""

STEP_RAD = math.radians(3.0)
"""Pieces of an arc [rad]."""

GHOST: Rgb = (111, 183, 232)
"""Colour of what the ghost does: that of the material ``demonstration``."""


class GuidedOverlays:
    """Draws the overlays of one guided exercise.

    Args:
        scene: Its scene.
        settings: How trails look.
    """

    def __init__(self, scene: SceneMessage, settings: OverlaySettings) -> None:
        assert scene.guided is not None  # its kind is chosen by this
        self.scene, self.settings, self.guided = scene, settings, scene.guided
        self.trails = {self.guided.arm: Trail(settings.trail_s, settings.trail_step_mm * 1e-3)}
        self._index = [arm.name for arm in scene.arms].index(self.guided.arm)
        self._links = _Links(scene.arms[self._index])
        self._radius_m, self._hand = scene.goal_radius_m, np.asarray(self.guided.hand)
        self._ways = [_Way(way) for way in self.guided.ways]
        names = [name for name, _ in scene.signals]
        self._words = names.index("words") if "words" in names else -1

    def clear(self) -> None:
        """Forget where the hand has been, as a jump in time does."""
        for trail in self.trails.values():
            trail.clear()

    def update(self, state: StateMessage) -> None:
        """Let the trail follow a state; to be called with every state, drawn or not."""
        for arm in state.arms:
            if arm.name in self.trails:
                self.trails[arm.name].add(state.time_s, np.asarray(arm.tip[:3]) + self._hand)

    def draw(self, frame: Frame, camera: Camera, state: StateMessage, mount: CameraView | None = None) -> None:  # noqa: ARG002
        """Draw into a frame's colours, in place; see `vr_training.view.overlays.Overlays.draw`."""
        part = state.guided
        if part is None or not state.arms:
            return
        brush = Brush(frame.colour, frame.depth, HIDDEN)
        unit = max(min(camera.width / 1280.0, camera.height / 720.0), 0.6)
        arm = state.arms[self._index]
        if self.guided.joints:
            self._ranges(brush, camera, arm, state, part, unit)
        else:
            self._trail(brush, camera, state, unit)
            self._course(brush, camera, state, part, unit)

    def _ranges(
        self, brush: Brush, camera: Camera, arm: ArmState, state: StateMessage, part: GuidedState, unit: float
    ) -> None:
        """At each joint that is asked to move: what is allowed, the goal, and where the arm is."""
        shown = is_shown(self.scene, state)
        asked = shown or part.moment != Moment.REST
        aims, there = has_goal(self.scene, part), is_there(self.scene, state)
        ways = [abs(goal - start) for goal, start in zip(part.goal, part.start, strict=True)]
        for j, joint in enumerate(self.guided.joints):
            if asked and ways[j] < MOVES_RAD and ways[j] < max(ways):
                continue
            dial = _Dial(self._links.pose(arm.q, joint.index), joint, part.x[j])
            self._range(brush, camera, dial, joint, unit)
            if shown:
                self._goal_angle(brush, camera, dial, part.goal[j], AMBER, unit)
                self._ghost(brush, camera, dial, part.reference[j], unit)
            elif aims:
                colour: Rgb = GREEN if there else AMBER
                self._done(brush, camera, dial, part.start[j], part.x[j], colour if there else CYAN, unit)
                self._goal_angle(brush, camera, dial, part.goal[j], colour, unit)
            elif asked:
                self._done(brush, camera, dial, part.start[j], part.x[j], CYAN, unit)
                self._heading(brush, camera, dial, part.x[j], part.goal[j] - part.start[j], unit)
            self._needle(brush, camera, dial, part.x[j], there, unit)

    def _range(self, brush: Brush, camera: Camera, dial: _Dial, joint: GuidedJoint, unit: float) -> None:
        lower, upper = max(joint.lower, -math.pi), min(joint.upper, math.pi)
        groove = project(camera, dial.arc(lower, upper))
        brush.stroke(groove, (8, 14, 20), 10.0 * unit, 0.5)
        brush.stroke(groove, WHITE, 3.0 * unit, 0.8)
        for end in (lower, upper):
            stop = project(camera, dial.spoke(end, 0.9, 1.1))
            brush.halo(stop, 4.0 * unit)
            brush.stroke(stop, WHITE, 4.0 * unit, 0.9)

    def _done(
        self, brush: Brush, camera: Camera, dial: _Dial, start: float, x: float, colour: Rgb, unit: float
    ) -> None:
        brush.stroke(project(camera, dial.arc(start, x)), colour, 9.0 * unit, 0.95)

    def _goal_angle(self, brush: Brush, camera: Camera, dial: _Dial, goal: float, colour: Rgb, unit: float) -> None:
        mark = project(camera, dial.spoke(goal, 0.82, 1.22))
        brush.halo(mark, 8.0 * unit)
        brush.stroke(mark, colour, 8.0 * unit, 0.95)

    def _heading(self, brush: Brush, camera: Camera, dial: _Dial, x: float, way: float, unit: float) -> None:
        """An arrow ahead of the arm, the way that it is to go or to push."""
        ahead = math.copysign(HEADING_RAD, way)
        tip = dial.spoke(x + ahead, 1.0, 1.0)[:1]
        barbs = [dial.spoke(x + 0.55 * ahead, share, share)[:1] for share in (0.86, 1.14)]
        shaft = project(camera, dial.arc(x, x + ahead))
        head = project(camera, np.concatenate((barbs[0], tip, barbs[1])))
        for line in (shaft, head):
            brush.halo(line, 6.0 * unit)
        for line in (shaft, head):
            brush.stroke(line, AMBER, 6.0 * unit, 0.95)

    def _ghost(self, brush: Brush, camera: Camera, dial: _Dial, reference: float, unit: float) -> None:
        """Where the ghost is on the range."""
        needle = project(camera, dial.spoke(reference, 0.0, 1.0))
        brush.halo(needle, 2.5 * unit)
        brush.stroke(needle, GHOST, 2.5 * unit, np.array((0.2, 0.95)))
        brush.stroke(needle[-1:], (8, 14, 20), 15.0 * unit, 0.5)
        brush.stroke(needle[-1:], GHOST, 11.0 * unit, 0.95)

    def _needle(self, brush: Brush, camera: Camera, dial: _Dial, x: float, there: bool, unit: float) -> None:
        """Where the arm is, with a larger knob once it is at its goal."""
        needle = project(camera, dial.spoke(x, 0.0, 1.0))
        knob = 17.0 if there else 11.0
        brush.halo(needle, 2.5 * unit)
        brush.stroke(needle, CYAN, 2.5 * unit, np.array((0.2, 0.95)))
        brush.stroke(needle[-1:], (8, 14, 20), (knob + 4.0) * unit, 0.5)
        brush.stroke(needle[-1:], WHITE, knob * unit, 0.95)

    def _trail(self, brush: Brush, camera: Camera, state: StateMessage, unit: float) -> None:
        points, fresh = self.trails[self.guided.arm].points(state.time_s)
        if len(points) >= 2:
            brush.stroke(project(camera, points), CYAN, unit * (1.0 + 2.0 * fresh), 0.8 * np.sqrt(fresh))

    def _course(self, brush: Brush, camera: Camera, state: StateMessage, part: GuidedState, unit: float) -> None:
        """The way that the hand is to go, and the goal at its end."""
        if not math.isfinite(sum(state.target[:3])):
            return
        target = np.asarray(state.target[:3])
        runs = self.guided.runs and is_shown(self.scene, state)
        if not runs and not is_pursued(self.scene, state):  # else nobody is to know the way
            line = project(camera, self._way(state, part) + self._hand)
            brush.halo(line, 4.0 * unit, 0.3)
            brush.stroke(line, WHITE, 4.0 * unit, 0.9)
        reached = is_there(self.scene, state)
        mark_goal(brush, camera, target + self._hand, self._radius_m, GREEN if reached else AMBER, 1.5 * unit, reached)

    def _way(self, state: StateMessage, part: GuidedState) -> Vector:
        """The way of the present movement in world, shape (n, 3): one with bends where it is one, else straight."""
        ends = np.tile(np.asarray(self.guided.at), (2, 1))
        ends[:, list(self.guided.axes)] = (part.start, part.goal)
        said = int(state.signals[self._words]) if 0 <= self._words < len(state.signals) else -1
        shown = is_shown(self.scene, state)  # then the words are those of showing
        for way in self._ways:
            if (shown or way.words == said) and way.joins(ends):
                return way.points
        return ends


class _Way:
    """A way with bends, unpacked."""

    def __init__(self, way: GuidedWay) -> None:
        self.words = way.words
        self.points: Vector = np.asarray(array(way.points, "<f4", -1, 3), np.float64)

    def joins(self, ends: Vector) -> bool:
        """Whether it leads from the first to the second of two points, shape (2, 3)."""
        return bool(np.abs(self.points[[0, -1]] - ends).max() < 1e-4)


class _Links:
    """Where an arm's links are."""

    def __init__(self, arm: ArmScene) -> None:
        self._kind: NDArray[np.int64] = np.array(array(arm.kind, np.int64, -1))
        n = len(self._kind)
        self._placement: Vector = np.array(array(arm.placement, np.float64, n, 4, 4))
        self._base: Vector = np.array(array(arm.base, np.float64, 4, 4))
        self._T_base_link: Vector = np.zeros((n, 4, 4))

    def pose(self, q: tuple[float, ...], index: int) -> Vector:
        """Pose of a link in world, shape (4, 4)."""
        link_poses(self._placement, self._kind, np.array(q), self._T_base_link)
        T: Vector = self._base @ self._T_base_link[index]
        return T


class _Dial:
    """The circle on which the limb beyond a joint turns.

    Args:
        T_world_link: Pose of the joint's link as it stands, shape (4, 4).
        joint: The joint.
        x: Its angle as it stands [rad].
    """

    def __init__(self, T_world_link: Vector, joint: GuidedJoint, x: float) -> None:
        self._middle, self._x, self._radius = T_world_link[:3, 3], x, joint.radius_m
        along = T_world_link[:3, :3] @ np.asarray(joint.pointer)
        self._axes = np.stack((along, np.cross(T_world_link[:3, 2], along)))

    def arc(self, start: float, stop: float) -> Vector:
        """Points from one angle of the joint to another, shape (n, 3) [m]."""
        count = max(math.ceil(abs(stop - start) / STEP_RAD), 1) + 1
        angles = np.asarray(np.linspace(start, stop, count), np.float64)
        return self._points(angles, np.ones(count))

    def spoke(self, angle: float, inner: float, outer: float) -> Vector:
        """A line outwards at an angle of the joint, between two shares of the radius, shape (2, 3) [m]."""
        return self._points(np.full(2, angle), np.array((inner, outer), np.float64))

    def _points(self, angles: Vector, shares: Vector) -> Vector:
        turn = angles - self._x
        points: Vector = self._middle + self._radius * shares[:, None] * (
            np.column_stack((np.cos(turn), np.sin(turn))) @ self._axes
        )
        return points
