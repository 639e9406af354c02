"""Mouse and keyboard as a hand: events in, smooth hand poses out.

A held mouse button, or the engage toggle of the keyboard, is a dead-man's switch: without it the hand stays where it
is and the clutch is pressed. What events ask for goes into a goal; the hand follows the goal as a critically damped
second-order system, so its path has no corners however coarsely events arrive, and nothing jumps at press or release.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike
from scipy.spatial.transform import Rotation

from robotics.contracts import Vector
from vr_training.view.events import (
    KEY_ALIGN,
    KEY_ENGAGE,
    KEY_GRIP,
    KEY_LEFT_SHIFT,
    KEY_RIGHT_SHIFT,
    MOVES,
    TURNS,
    Button,
    ButtonChanged,
    Event,
    KeyChanged,
    PointerMoved,
    Scrolled,
)
from vr_training.view.settings import HandSettings

FALLBACK_M_PER_PX = 2e-4
"""Tip motion per pixel until the view says how large a pixel is at the tip."""

ALIGN_RATE = 2.0
"""Share of what is left to the guide's orientation that the aligning key turns in a second, where it is not faster than
other keys [1/s]: with pictures that are 0.3 s old the turn still comes to rest without swinging."""


class HandInput:
    """Turns events into the pose of a hand in the operator's frame (x right, y up, z towards the operator).

    Args:
        settings: Gains, speeds and smoothing.
        scale: Metres of tip motion per metre of hand motion.
    """

    def __init__(self, settings: HandSettings, scale: float = 1.0) -> None:
        self.settings, self.scale = settings, scale
        self.position: Vector = np.zeros(3)
        self.rotation = Rotation.identity()
        self.grip = 0.0
        self._m_per_px = FALLBACK_M_PER_PX
        self._R_operator_view = np.eye(3)
        self._velocity: Vector = np.zeros(3)
        self._spin: Vector = np.zeros(3)
        self._to_guide: Vector = np.zeros(3)
        self._goal: Vector = np.zeros(3)
        self._goal_rotation = Rotation.identity()
        self._key_velocity: Vector = np.zeros(3)
        self._key_spin: Vector = np.zeros(3)
        self._grip_goal = 0.0
        self._buttons: set[int] = set()
        self._keys: set[int] = set()
        self._toggled = False
        self._engaged = False
        self._pointer: tuple[float, float] | None = None

    @property
    def engaged(self) -> bool:
        """Whether the hand drives the arm; the clutch is pressed while it does not."""
        return self._engaged

    def look(self, R_operator_view: ArrayLike, metres_per_pixel: float, to_guide: ArrayLike = (0.0, 0.0, 0.0)) -> None:
        """Say how the picture lies in the operator's frame.

        Args:
            R_operator_view: Rotation from the viewer's axes (x right, y up, z towards the viewer) into the
                operator's frame, shape (3, 3).
            metres_per_pixel: Size of a pixel at the tip's depth in the scene [m/px].
            to_guide: Rotation vector in the operator's frame that turns the tip as the guide shows, shape (3,) [rad].
        """
        self._R_operator_view = np.array(R_operator_view, np.float64).reshape(3, 3)
        self._m_per_px = metres_per_pixel
        self._to_guide = np.array(to_guide, np.float64).reshape(3)

    def release(self) -> None:
        """Let go of everything: at STOP, when the window loses its session, when the view stalls."""
        self._buttons.clear()
        self._keys.clear()
        self._toggled = False
        self._settle()

    def handle(self, event: Event) -> None:
        """Take one event of the window."""
        if isinstance(event, PointerMoved):
            self._move_pointer(event.x, event.y)
        elif isinstance(event, ButtonChanged):
            (self._buttons.add if event.pressed else self._buttons.discard)(event.button)
        elif isinstance(event, Scrolled):
            if self.engaged:
                step = -event.notches * self.settings.wheel_step_mm * 1e-3 * self._pace() / self.scale
                self._goal += self._R_operator_view @ np.array((0.0, 0.0, step))
        elif isinstance(event, KeyChanged):
            (self._keys.add if event.pressed else self._keys.discard)(event.code)
            if event.pressed and event.code == KEY_ENGAGE:
                self._toggled = not self._toggled
            if event.pressed and event.code == KEY_GRIP:
                self._grip_goal = 1.0 - self._grip_goal
        self._settle()

    def advance(self, dt: float) -> tuple[Vector, float, bool]:
        """Let time pass.

        Args:
            dt: Time since the last call [s].

        Returns:
            Hand pose in the operator's frame, shape (7,) [m, quaternion wxyz]; grip 0..1; whether the clutch is
            pressed.
        """
        dt = min(max(dt, 0.0), 0.1)
        if self.engaged:
            self._drive_by_keys(dt)
            self._align(dt)
            self._follow(dt)
        step = dt / self.settings.grip_s
        self.grip += min(max(self._grip_goal - self.grip, -step), step)
        x, y, z, w = self.rotation.as_quat()
        return np.array((*self.position, w, x, y, z)), self.grip, not self.engaged

    def _pace(self) -> float:
        return self.settings.fine_factor if self._keys & {KEY_LEFT_SHIFT, KEY_RIGHT_SHIFT} else 1.0

    def _settle(self) -> None:
        """Engage or let go as buttons and toggle say; at either edge the hand rests where it is."""
        engaged = self._toggled or bool(self._buttons & {Button.LEFT, Button.RIGHT})
        if engaged == self._engaged:
            return
        self._engaged = engaged
        self._goal, self._goal_rotation = self.position.copy(), self.rotation
        for vector in (self._velocity, self._spin, self._key_velocity, self._key_spin):
            vector[:] = 0.0

    def _move_pointer(self, x: float, y: float) -> None:
        last, self._pointer = self._pointer, (x, y)
        if last is None or not self.engaged:
            return
        dx, dy = x - last[0], y - last[1]
        if Button.LEFT in self._buttons:
            gain = self.settings.pointer_gain * self._pace() * self._m_per_px / self.scale
            self._goal += self._R_operator_view @ np.array((dx * gain, -dy * gain, 0.0))
        elif Button.RIGHT in self._buttons:
            turn = math.radians(self.settings.rotation_deg_per_px) * self._pace()
            self._turn(np.array((dy * turn, dx * turn, 0.0)))

    def _turn(self, by_view: Vector) -> None:
        """Turn the goal by a rotation vector given in the viewer's axes."""
        self._goal_rotation = Rotation.from_rotvec(self._R_operator_view @ by_view) * self._goal_rotation

    def _drive_by_keys(self, dt: float) -> None:
        speed = self.settings.key_speed_mm_s * 1e-3 / self.scale * self._pace()
        turn = math.radians(self.settings.key_turn_deg_s) * self._pace()
        self._ramp(self._key_velocity, MOVES, speed, dt)
        self._ramp(self._key_spin, TURNS, turn, dt)
        self._goal += self._R_operator_view @ self._key_velocity * dt
        if self._key_spin.any():
            self._turn(self._key_spin * dt)

    def _align(self, dt: float) -> None:
        """While its key is held, turn towards the guide; what the picture does not show yet is not turned twice."""
        left = float(np.linalg.norm(self._to_guide))
        if KEY_ALIGN not in self._keys or left < 1e-6:
            return
        most = math.radians(self.settings.key_turn_deg_s) * self._pace()
        step = self._to_guide * min(min(ALIGN_RATE * left, most) * dt / left, 1.0)
        self._goal_rotation = Rotation.from_rotvec(step) * self._goal_rotation
        self._to_guide = self._to_guide - step

    def _ramp(self, velocity: Vector, table: dict[int, tuple[int, float]], most: float, dt: float) -> None:
        """Bring a velocity towards what the held keys ask for, at a bounded rate, in place."""
        wanted = np.zeros(3)
        for code in self._keys & table.keys():
            axis, sign = table[code]
            wanted[axis] += sign
        wanted *= most / max(float(np.linalg.norm(wanted)), 1.0)
        change = wanted - velocity
        room = most / self.settings.key_ramp_s * dt
        velocity += change * min(room / max(float(np.linalg.norm(change)), 1e-12), 1.0)

    def _follow(self, dt: float) -> None:
        """Critically damped pursuit of the goal, by the exact solution for a goal that stands still over ``dt``."""
        rate = 1.0 / self.settings.smoothing_s
        decay = math.exp(-rate * dt)
        error = self.position - self._goal
        lead = self._velocity + rate * error
        self.position = self._goal + (error + lead * dt) * decay
        self._velocity = (self._velocity - rate * lead * dt) * decay
        turn = (self._goal_rotation.inv() * self.rotation).as_rotvec()  # in the goal's own axes
        lead = self._spin + rate * turn
        self.rotation = self._goal_rotation * Rotation.from_rotvec((turn + lead * dt) * decay)
        self._spin = (self._spin - rate * lead * dt) * decay
