"""What the view draws into the scene: trail, the expert's way, goal, approach, force, limits. All has its depth."""

from __future__ import annotations

import math

import numpy as np

from control.tick import Flag
from robotics.contracts import POSE_SIZE, Vector
from vr_training.stream.messages import ArmState, CameraView, SceneMessage, StateMessage
from vr_training.view.cameras import carried, look_at, project
from vr_training.view.contracts import Camera, Frame
from vr_training.view.guide import Guide
from vr_training.view.lines import NEAR_M, Brush
from vr_training.view.painter import AMBER, CYAN, GREEN, RED, VIOLET, WHITE
from vr_training.view.panel import Rgb
from vr_training.view.projection import focal_px
from vr_training.view.settings import OverlaySettings
from vr_training.view.status import LIMITS, asked_arm, distance_to_target
from vr_training.view.trail import Trail

PLUMB_FROM_M, PLUMB_TO_M, PLUMB_STEP_M = 0.002, 0.08, 0.0005
"""Where plumb lines look for what lies below: from so far, lest what is held counts, to so far, and how finely [m]."""


class Overlays:
    """Draws overlays for one session.

    Args:
        scene: The session's scene.
        settings: What to draw.
    """

    def __init__(self, scene: SceneMessage, settings: OverlaySettings) -> None:
        self.scene, self.settings = scene, settings
        self.guides = {path.arm: Guide(path) for path in scene.paths}
        self.trails = {arm.name: Trail(settings.trail_s, settings.trail_step_mm * 1e-3) for arm in scene.arms}

    def clear(self) -> None:
        """Forget where the tips have been, as a jump in time does."""
        for trail in self.trails.values():
            trail.clear()

    def update(self, state: StateMessage) -> None:
        """Let the trails follow a state; to be called with every state, drawn or not."""
        for arm in state.arms:
            if arm.name in self.trails:
                self.trails[arm.name].add(state.time_s, arm.tip[:3])
            if arm.name in self.guides:
                self.guides[arm.name].follow(state.time_s, arm.tip[:3])

    def draw(self, frame: Frame, camera: Camera, state: StateMessage, mount: CameraView | None = None) -> None:
        """Draw into a frame's colours, in place.

        Args:
            frame: The rendered scene; its colours must be writable.
            camera: What it was rendered from.
            state: What it shows.
            mount: What it was rendered through where an arm carries that camera, in the frame of the arm's tip.
        """
        brush = Brush(frame.colour, frame.depth, self.settings.hidden_opacity)
        unit = max(min(camera.width / 1280.0, camera.height / 720.0), 0.6)
        if mount is not None:
            self._framing(brush, camera, state, mount, unit)
        # Of the arm that carries the camera the tip is the lens: nothing is drawn there.
        arms = [arm for arm in state.arms if mount is None or arm.name != mount.arm]
        for arm in arms:
            self._guide(brush, camera, arm, unit)
            self._trail(brush, camera, state, arm, unit)
        if arms and asked_arm(state) in arms and len(state.target) >= 3 and math.isfinite(sum(state.target[:3])):
            self._plumb(brush, camera, np.asarray(state.target[:3]), AMBER, unit)
            self._goal(brush, camera, state, unit)
        for arm in arms:
            tip = np.asarray(arm.tip[:3])
            if not np.isfinite(tip).all():
                continue
            self._plumb(brush, camera, tip, WHITE, unit)
            self._tether(brush, camera, arm, tip, unit)
            self._limits(brush, camera, arm.flags, tip, unit)
            self._force(brush, camera, arm, tip, unit)

    def _trail(self, brush: Brush, camera: Camera, state: StateMessage, arm: ArmState, unit: float) -> None:
        trail = self.trails.get(arm.name)
        if trail is None:
            return
        points, fresh = trail.points(state.time_s)
        if len(points) >= 2:
            brush.stroke(project(camera, points), CYAN, unit * (1.0 + 2.0 * fresh), 0.9 * np.sqrt(fresh))

    def _guide(self, brush: Brush, camera: Camera, arm: ArmState, unit: float) -> None:
        """The next seconds of the way that is shown, with a head where they end."""
        guide = self.guides.get(arm.name)
        if guide is None:
            return
        points, share = guide.ahead()
        if len(points) < 2:
            return
        line = project(camera, points)
        brush.halo(line, 2.4 * unit, 0.25)
        brush.stroke(line, VIOLET, 2.4 * unit, 0.95 - 0.6 * share)
        brush.stroke(line[-1:], VIOLET, 7.0 * unit, 0.7)

    def _plumb(self, brush: Brush, camera: Camera, point: Vector, colour: Rgb, unit: float) -> None:
        """A plumb line from a point to what lies below it, and a small ring there: one picture shows no depth."""
        drops = np.arange(PLUMB_FROM_M, PLUMB_TO_M, PLUMB_STEP_M)
        line = project(camera, point - drops[:, None] * np.array((0.0, 0.0, 1.0)))
        x, y = np.floor(line[:, 0]).astype(int), np.floor(line[:, 1]).astype(int)
        height, width = brush.depth.shape
        inside = (x >= 0) & (x < width) & (y >= 0) & (y < height) & (line[:, 2] > NEAR_M)
        if not inside[0]:
            return
        seen = int(np.argmin(inside)) if not inside.all() else len(drops)
        below = np.maximum(line[:seen, 2] - brush.depth[y[:seen], x[:seen]], -1.0)  # nothing there is infinitely far
        # It goes into a surface where it is just behind what was just behind it; what is far in front only hides it.
        into = np.flatnonzero((below[1:] > 0.0) & (below[:-1] <= 0.0) & (below[1:] - below[:-1] < 3.0 * PLUMB_STEP_M))
        hidden = np.flatnonzero(below > 0.0)
        if not len(hidden) or hidden[0] == 0:
            return
        foot = line[into[0] + 1 if len(into) else hidden[0]]
        fall = np.stack((line[0], foot))
        brush.halo(fall, 1.5 * unit, 0.3)
        brush.stroke(fall, colour, 1.5 * unit, 0.75)
        if not len(into):
            return  # the foot is hidden
        ring = _arc(foot, 4.5 * unit, 0.0, 2.0 * math.pi)
        ring[:, 1] = foot[1] + 0.5 * (ring[:, 1] - foot[1])
        brush.stroke(ring, (4, 8, 12), 3.6 * unit, 0.35, tested=False)
        brush.stroke(ring, colour, 1.8 * unit, 0.9, tested=False)

    def _goal(self, brush: Brush, camera: Camera, state: StateMessage, unit: float) -> None:
        """The goal's mark, and a dashed line that leads the tip there."""
        target, tip = np.asarray(state.target[:3]), np.asarray(asked_arm(state).tip[:3])
        gap = self.scene.goal_radius_m
        reached = state.success or distance_to_target(state) <= gap
        if not mark_goal(brush, camera, target, gap, GREEN if reached else AMBER, unit) or reached:
            return
        if np.isfinite(tip).all():
            path = target - tip
            length = float(np.linalg.norm(path))
            if length > 1.2 * gap:
                ends = np.stack((tip + path * min(0.1, 2e-3 / length), target - path * (gap / length)))
                line = project(camera, ends)
                brush.halo(line, 1.8 * unit, 0.2, dash_px=7.0 * unit)
                brush.stroke(line, WHITE, 1.8 * unit, np.array((0.5, 0.95)), dash_px=7.0 * unit)

    def _framing(self, brush: Brush, camera: Camera, state: StateMessage, mount: CameraView, unit: float) -> None:
        """Where the picture is to be brought: a ring in the scene, to be laid over the one in the picture's middle.

        The ring lies about the point that the asked camera looks at. It has come to the middle where the view is
        centred, is as large as the fixed ring where the distance is right, and its whiskers lie on the fixed ones
        where the horizon is level.
        """
        asked = asked_arm(state) if state.arms else None
        if asked is None or asked.name != mount.arm or len(state.target) != POSE_SIZE:
            return
        if not math.isfinite(sum(state.target)):
            return
        goal, radius_m = carried(mount, state.target), self.scene.goal_radius_m
        T_goal = look_at(goal.eye_m, goal.look_at_m, goal.up)
        middle = np.array([0.5 * camera.width, 0.5 * camera.height, 1.0])
        distance = float(np.linalg.norm(np.subtract(goal.look_at_m, goal.eye_m)))
        radius = radius_m * focal_px(camera) / distance
        self._sight(brush, middle, radius, np.array([1.0, 0.0]), WHITE, 1.6 * unit)
        ends = project(camera, np.array(goal.look_at_m) + np.outer((0.0, 1.0), radius_m * T_goal[:3, 0]))
        if ends[:, 2].min() <= NEAR_M:
            return
        along = ends[1, :2] - ends[0, :2]
        length = float(np.linalg.norm(along))
        if length < 1.0:
            return
        reached = state.success or distance_to_target(state) <= self.scene.goal_radius_m
        centre = np.array([ends[0, 0], ends[0, 1], 1.0])
        self._sight(brush, centre, length, along / length, GREEN if reached else AMBER, 2.2 * unit)
        if not reached:
            line = np.stack((middle, centre))
            brush.stroke(line, WHITE, 1.4 * unit, np.array((0.35, 0.8)), dash_px=7.0 * unit, tested=False)

    def _sight(self, brush: Brush, centre: Vector, radius: float, along: Vector, colour: Rgb, width: float) -> None:
        """A ring with a whisker at either side, in the plane of the picture."""
        ring = _arc(centre, radius, 0.0, 2.0 * math.pi)
        sides = [centre + np.append(s * along, 0.0) for s in (-1.35 * radius, -radius, radius, 1.35 * radius)]
        for part in (ring, np.stack(sides[:2]), np.stack(sides[2:])):
            brush.stroke(part, (4, 8, 12), width + 2.0, 0.3, tested=False)
            brush.stroke(part, colour, width, 0.9, tested=False)

    def _tether(self, brush: Brush, camera: Camera, arm: ArmState, tip: Vector, unit: float) -> None:
        """A line from the tip to where the hand asks it to be, once the two have come apart."""
        asked = np.asarray(arm.target[:3])
        if arm.clutch or not np.isfinite(asked).all():
            return
        if np.linalg.norm(asked - tip) < self.settings.tether_mm * 1e-3:
            return
        ends = project(camera, np.stack((tip, asked)))
        brush.stroke(ends, AMBER, 2.0 * unit, np.array((0.2, 0.9)), tested=False)
        if ends[1, 2] > NEAR_M:
            brush.stroke(_arc(ends[1], 5.0 * unit, 0.0, 2.0 * math.pi), AMBER, 2.0 * unit, 0.9, tested=False)

    def _limits(self, brush: Brush, camera: Camera, flags: int, tip: Vector, unit: float) -> None:
        """A broken amber ring around a tip that may not go where the hand asks; closer dashes mean a joint's end."""
        centre = project(camera, tip)
        if not flags & LIMITS or centre[2] <= NEAR_M:
            return
        hard = flags & (Flag.POSITION_LIMIT | Flag.TARGET_INFEASIBLE | Flag.WORKSPACE | Flag.REMOTE_CENTRE)
        radius, parts = 34.0 * unit, 12 if hard else 6
        for part in range(parts):
            start = part * 2.0 * math.pi / parts
            arc = _arc(centre, radius, start, start + math.pi / parts)
            brush.halo(arc, 2.5 * unit)
            brush.stroke(arc, AMBER, 2.5 * unit, 0.9, tested=False)

    def _force(self, brush: Brush, camera: Camera, arm: ArmState, tip: Vector, unit: float) -> None:
        """An arrow along the contact force where its direction is known, and an arc that fills with its size."""
        force = arm.force_n
        centre = project(camera, tip)
        if not math.isfinite(force) or force < 0.02 or centre[2] <= NEAR_M:
            return
        share = min(force / self.settings.force_full_n, 1.0)
        colour: Rgb = RED if share >= 1.0 else AMBER if force >= self.settings.force_warn_n else CYAN
        start, sweep = 0.75 * math.pi, 1.5 * math.pi
        groove = _arc(centre, 26.0 * unit, start, start + sweep)
        brush.stroke(groove, (8, 14, 20), 5.0 * unit, 0.45, tested=False)
        filled = _arc(centre, 26.0 * unit, start, start + max(share, 0.02) * sweep)
        brush.stroke(filled, colour, 3.2 * unit, 0.95, tested=False)
        direction = np.asarray(arm.force)
        size = float(np.linalg.norm(direction))
        if not math.isfinite(size) or size < 1e-6:
            return
        length = (6.0 + 24.0 * share) * 1e-3  # 6 to 30 mm in the scene: seen at any force, never across the picture
        head = project(camera, np.stack((tip, tip + direction / size * length)))
        if head[:, 2].min() <= NEAR_M:
            return
        along = head[1, :2] - head[0, :2]
        pixels = float(np.linalg.norm(along))
        if pixels < 4.0:
            return
        along /= pixels
        side = np.array((-along[1], along[0]))
        barb = min(9.0 * unit, 0.6 * pixels)
        wings = np.stack(
            (head[1, :2] - barb * (along + 0.6 * side), head[1, :2], head[1, :2] - barb * (along - 0.6 * side))
        )
        wings = np.column_stack((wings, np.full(3, head[1, 2])))
        for line in (head, wings):
            brush.halo(line, 3.5 * unit)
        for line in (head, wings):
            brush.stroke(line, colour, 3.5 * unit, 0.95, tested=False)


def mark_goal(
    brush: Brush, camera: Camera, target: Vector, radius_m: float, colour: Rgb, unit: float, closed: bool = False
) -> bool:
    """A ring as large as the goal, and brackets around it; whether that is before the camera.

    Args:
        brush: Paints.
        camera: What the picture was rendered from.
        target: Middle of the goal in world, shape (3,) [m].
        radius_m: Its radius [m].
        colour: Of ring and brackets.
        unit: Pixels of the picture per pixel of the design.
        closed: Whether the brackets close to a circle, which whoever does not tell the colours apart sees, too.
    """
    centre = project(camera, target)
    if not centre[2] > NEAR_M:
        return False
    radius = radius_m * focal_px(camera) / centre[2]
    ring = _arc(centre, max(radius, 3.0 * unit), 0.0, 2.0 * math.pi)
    brush.halo(ring, 2.0 * unit)
    brush.stroke(ring, colour, 2.0 * unit, 0.95)
    reach = max(radius + 12.0 * unit, 24.0 * unit)
    half = 0.25 * math.pi if closed else 0.28
    for quarter in range(4):
        middle = (quarter + 0.5) * 0.5 * math.pi
        bracket = _arc(centre, reach, middle - half, middle + half)
        brush.halo(bracket, 3.0 * unit)
        brush.stroke(bracket, colour, 3.0 * unit, 0.9, tested=False)
    brush.stroke(centre[None], colour, 4.0 * unit, 0.9)
    return True


def _arc(centre: Vector, radius_px: float, start: float, stop: float) -> Vector:
    """An arc that faces the camera at the depth of its centre, shape (n, 3)."""
    n = max(int(abs(stop - start) * math.sqrt(radius_px) * 1.6), 6)
    angle = np.linspace(start, stop, n)
    return np.column_stack(
        (centre[0] + radius_px * np.cos(angle), centre[1] + radius_px * np.sin(angle), np.full(n, centre[2]))
    )
