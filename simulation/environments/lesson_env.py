"""A lesson as a Gymnasium environment."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, Literal, cast

import gymnasium
import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from control.controller_config import ControllerConfig
from control.loop import DeformingScene
from control.tick import TickLayout, tick_dtype
from robotics.constrained import HalfSpace
from robotics.contracts import Outcome, Vector
from robotics.errors import ArgumentError
from simulation.bullet_plant import BulletPlant, PlacedArm
from simulation.environments.arm_row import PER_ARM, ArmRow
from simulation.environments.goals import goals, nearness, progress
from simulation.environments.tip_driver import ACTIONS, TipDriver
from simulation.settings import SimulationConfig
from simulation.tasks.registry import SimulatedTask
from simulation.world import BulletWorld

Observe = Literal["state", "image", "both"]
Reward = Literal["dense", "sparse"]

_INNER_S = 0.02
"""Time between two commands to the joints, and between two judgements of the task [s]."""

_GUIDANCE = 2
"""Numbers of a state that say which step of the lesson is on, and which arm it asks."""

_FAR = 1e3
"""Bound of every number of an observation; in SI units nothing here comes near it."""

_NEAR_M = 0.03
"""Distance at which the dense reward's pull has fallen to 1/e [m]."""


@dataclass(frozen=True)
class Parts:
    """What an environment is made of.

    Attributes:
        name: Name of the lesson.
        simulation: How the physics runs.
        arms: The arms in their places.
        controllers: Limits and jaw angles of each arm.
        trocars: Each arm's trocar in its base, or None.
        half_spaces: Each arm's half-spaces.
        task: Makes the task of an episode, by its seed, in a world.
        camera: Makes the camera of an episode, by its seed, for its task, a width and a height [px]: from its tick
            records to pictures, shape (height, width, 3), uint8.
    """

    name: str
    simulation: SimulationConfig
    arms: tuple[PlacedArm, ...]
    controllers: tuple[ControllerConfig, ...]
    trocars: tuple[Vector | None, ...]
    half_spaces: tuple[tuple[HalfSpace, ...], ...]
    task: Callable[[BulletWorld, int], SimulatedTask]
    camera: Callable[[SimulatedTask, int, int, int], Callable[[np.void], NDArray[np.uint8]]]


class LessonEnv(gymnasium.Env[Any, NDArray[np.float64]]):
    """A lesson, its arms driven by the velocities of their tips.

    **Action**, shape (7 arms,), within plus or minus one: for each arm velocity in world (``speed_m_s`` for one),
    angular velocity in world (``turn_rad_s`` for one) and grip, -1 open to 1 closed. Joint limits, velocities,
    accelerations and the remote centre are kept as in the real-time loop.

    **Observation**, ``"state"``: for each arm tip pose ``[x, y, z, qw, qx, qy, qz]`` in world, jaw angle [rad] and
    contact force [N]; then the pose of each object; then what is desired. ``"image"``: a picture, uint8. ``"both"``: a
    dictionary of the two. With ``goal_conditioned`` a dictionary ``observation``, ``achieved_goal``,
    ``desired_goal`` whose reward `compute_reward` gives for any goal, as hindsight replay needs it.

    **Reward**, ``"sparse"``: 1 on success, else 0 (goal-conditioned: 0 at the goal, else -1). ``"dense"``: what the
    step added to the share of the lesson that is done, with a pull towards the next thing to do: it telescopes, so
    nothing is won by going to and fro; and 1 on success (goal-conditioned: minus the distance in metres).

    An episode is terminated by success or by something lost, truncated at the time limit. ``reset(seed=S)`` gives the
    very scene of ``steadyhand train LESSON --seed S``.

    Args:
        parts: What it is made of.
        observe: ``"state"``, ``"image"`` or ``"both"``.
        reward: ``"dense"`` or ``"sparse"``.
        goal_conditioned: Whether observations carry achieved and desired goal.
        control_hz: Actions a second.
        time_limit_s: Longest episode; the lesson's own where None [s].
        speed_m_s: Tip speed of an action of one [m/s].
        turn_rad_s: Angular speed of an action of one [rad/s].
        image_size: Width and height of pictures [px].
        render_mode: ``"rgb_array"`` or None.

    Raises:
        ArgumentError: A value that cannot be.
    """

    metadata = {"render_modes": ["rgb_array"], "render_fps": 10}  # noqa: RUF012 - Gymnasium's own form

    def __init__(
        self,
        parts: Parts,
        observe: Observe = "state",
        reward: Reward = "dense",
        goal_conditioned: bool = False,
        control_hz: float = 10.0,
        time_limit_s: float | None = None,
        speed_m_s: float = 0.05,
        turn_rad_s: float = 1.0,
        image_size: tuple[int, int] = (128, 96),
        render_mode: str | None = None,
    ) -> None:
        _refuse("observe", observe, ("state", "image", "both"))
        _refuse("reward", reward, ("dense", "sparse"))
        _refuse("render_mode", render_mode, (None, "rgb_array"))
        self._inner = round(1.0 / control_hz / _INNER_S) if control_hz > 0.0 else 0
        if self._inner < 1 or abs(self._inner * _INNER_S * control_hz - 1.0) > 1e-6:
            raise ArgumentError(f"control_hz is {control_hz:g}; it must divide {1.0 / _INNER_S:g}")
        if goal_conditioned and observe != "state":
            raise ArgumentError(f"a goal-conditioned environment observes the state, not '{observe}'")
        self._substeps = parts.simulation.substeps(_INNER_S, f"environment '{parts.name}'")
        self.parts, self.render_mode = parts, render_mode
        self._observe, self._reward_kind, self._goal_conditioned = observe, reward, goal_conditioned
        self._size, self.step_s = image_size, self._inner * _INNER_S
        self.speed_m_s, self.turn_rad_s = speed_m_s, turn_rad_s
        self._drivers = [
            TipDriver(arm, controller, _INNER_S, speed_m_s, turn_rad_s, trocar, half_spaces)
            for arm, controller, trocar, half_spaces in zip(
                parts.arms, parts.controllers, parts.trocars, parts.half_spaces, strict=True
            )
        ]
        world = BulletWorld(parts.simulation)
        self.task, self._seed = parts.task(world, 0), 0
        self._limit_s = time_limit_s or self.task.settings.time_limit_s
        self._camera: Callable[[np.void], NDArray[np.uint8]] | None = None
        self._deforms = isinstance(self.task, DeformingScene)
        layout = TickLayout(
            arms=tuple((arm.name, arm.chain.size) for arm in parts.arms),
            objects=self.task.objects,
            signals=tuple(signal.name for signal in self.task.signals),
            deformables=self.task.deformable_layout if isinstance(self.task, DeformingScene) else (),
        )
        ticks = np.zeros(1, tick_dtype(layout))
        self._record: np.void = ticks[0]
        self._rows = [ArmRow(ticks["arms"][arm.name]) for arm in parts.arms]
        self._state_size = PER_ARM * len(parts.arms) + 7 * len(self.task.objects) + _GUIDANCE
        self._tips = np.zeros((len(parts.arms), 7))
        self._running: ExitStack | None = None
        self._outcome: Outcome | None = None
        with world:  # only to learn how long goals are
            self.task.reset(np.random.default_rng(0))
            self._goal_length = self._goal_size()
        self.action_space = spaces.Box(-1.0, 1.0, (ACTIONS * len(parts.arms),), np.float64)
        self.observation_space = self._space(self._goal_length)

    def reset(
        self,
        *,
        seed: int | None = None,
        options: dict[str, Any] | None = None,  # noqa: ARG002 - there are none
    ) -> tuple[Any, dict[str, Any]]:
        """Begin a new episode; the same seed begins the same one."""
        super().reset(seed=seed)
        scene = seed if seed is not None else int(self.np_random.integers(2**31))
        self.close()
        if self.task.settings.camera_deg[1]:
            self._camera = None  # the next episode is seen from elsewhere
        parts, self._seed = self.parts, scene
        with ExitStack() as stack:
            world = stack.enter_context(BulletWorld(parts.simulation))
            self.task = parts.task(world, scene)
            self.task.reset(np.random.default_rng(np.random.SeedSequence(scene).spawn(2)[0]))
            self._plant = stack.enter_context(BulletPlant(world, parts.arms, _INNER_S))
            self.task.attach(self._plant.bodies())
            self._running = stack.pop_all()
        self._groups = self._plant.describe().groups
        joints = len(self._plant.describe().joints)
        self._rates, self._jaws = np.zeros(joints), np.zeros(len(self._groups))
        measured = self._plant.read().q
        for driver, group in zip(self._drivers, self._groups, strict=True):
            driver.start(measured[group.chain], measured[group.jaw] if group.jaw is not None else 0.0)
        self._record["time"] = 0.0
        self._look()
        self._potential = self._worth()
        return self._observation(), self._info()

    def step(self, action: NDArray[np.float64]) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        """Drive the arms for one step of ``1 / control_hz``."""
        if self._running is None or self._outcome is None:
            raise ArgumentError("call reset() before step()")
        action = _clipped(np.asarray(action, dtype=np.float64).ravel(), 1.0)
        measured = self._measured  # as `_look` last read it; what it is measured into stays the same array
        for _ in range(self._inner):
            for i, (driver, group) in enumerate(zip(self._drivers, self._groups, strict=True)):
                chain = group.chain
                driver.drive(action[ACTIONS * i : ACTIONS * (i + 1)], measured[chain], self._rates[chain])
                self._jaws[i] = driver.jaw
            self._plant.glide(self._rates, self._jaws, self._substeps)
            self._record["time"] += _INNER_S
            self._look()
            if self._outcome.done:
                break
        success = bool(self._outcome.success)
        late = float(self._record["time"]) >= self._limit_s - 1e-9
        terminated = success or (bool(self._outcome.done) and not late)
        observation, info = self._observation(), self._info()
        return observation, self._reward(observation, info), terminated, late and not terminated, info

    def compute_reward(self, achieved_goal: Vector, desired_goal: Vector, info: object) -> Any:  # noqa: ARG002
        """Reward of having achieved one goal where another was desired; rows of goals give rows of rewards.

        Args:
            achieved_goal: Shape (g,) or (n, g) [m].
            desired_goal: The same shape.
            info: Not needed.
        """
        gap = np.linalg.norm((np.asarray(achieved_goal) - np.asarray(desired_goal)).reshape(-1, 3), axis=1)
        gap = gap.reshape(*np.shape(achieved_goal)[:-1], -1).max(axis=-1)
        if self._reward_kind == "dense":
            return -gap
        return -(gap > self.task.settings.goal_radius_m).astype(np.float64)

    def render(self) -> NDArray[np.uint8] | None:
        """The endoscope's picture, shape (height, width, 3), uint8; None without a render mode."""
        return self._picture() if self.render_mode == "rgb_array" else None

    def close(self) -> None:
        """End the simulation."""
        if self._running is not None:
            running, self._running = self._running, None
            running.close()

    def state_names(self) -> list[str]:
        """Name of each number of a flat observation, with its unit where it has one."""
        pose = ("x_m", "y_m", "z_m", "qw", "qx", "qy", "qz")
        names = [
            f"{arm.name}.{name}"
            for arm in self.parts.arms
            for name in (*(f"tip.{p}" for p in pose), "jaw_rad", "force.x_n", "force.y_n", "force.z_n")
        ]
        names += [f"{thing}.{p}" for thing in self.task.objects for p in pose]
        names += ["phase", "asked_arm"]
        return names + [f"desired.{i}_m" for i in range(self._goal_length)]

    def action_names(self) -> list[str]:
        """Name of each number of an action."""
        parts = ("vx", "vy", "vz", "wx", "wy", "wz", "grip")
        return [f"{arm.name}.{part}" for arm in self.parts.arms for part in parts]

    @property
    def outcome(self) -> Outcome:
        """How the task stands, with its guide."""
        if self._outcome is None:
            raise ArgumentError("call reset() before asking for the outcome")
        return self._outcome

    @property
    def tips(self) -> Vector:
        """Measured tips in world, shape (arms, 7)."""
        return self._tips

    @property
    def plant(self) -> BulletPlant:
        """The arms in their world, to look at; driven by `step` alone."""
        if self._running is None:
            raise ArgumentError("call reset() before asking for the plant")
        return self._plant

    @property
    def tick(self) -> np.void:
        """The tick record of the last look: what the task judged, with the poses of all its objects. A view."""
        return self._record

    @property
    def time_s(self) -> float:
        """Time of the episode [s]."""
        return float(self._record["time"])

    def _look(self) -> None:
        """Measure, fill the tick record and have the task judge it."""
        record, measured = self._record, self._plant.read()
        self._measured = measured.q
        for i, (driver, group, row) in enumerate(zip(self._drivers, self._groups, self._rows, strict=True)):
            row.fill(measured, group, measured.wrench[i], driver)
            self._tips[i] = row.tip
        if self.task.objects:
            self.task.observe(record["objects"])
        if self._deforms:
            cast(DeformingScene, self.task).observe_deformables(record["deformables"])
        self._outcome = self.task.step(record)
        record["target"], record["phase"] = self._outcome.target, self._outcome.phase

    def _worth(self) -> float:
        outcome, phases = self.outcome, len(self.task.phases)
        return progress(self.task, phases, outcome) + nearness(outcome, self._tips, _NEAR_M) / max(phases - 1, 1)

    def _reward(self, observation: Any, info: dict[str, Any]) -> float:
        if self._goal_conditioned:
            return float(self.compute_reward(observation["achieved_goal"], observation["desired_goal"], info))
        success = float(self.outcome.success)
        if self._reward_kind == "sparse":
            return success
        before, self._potential = self._potential, self._worth()
        return self._potential - before + success

    def _info(self) -> dict[str, Any]:
        outcome = self.outcome
        return {
            "is_success": bool(outcome.success),
            "phase": self.task.phases[outcome.phase],
            "time_s": self.time_s,
            # Those that there are yet: no two of what is not a number are alike, and the same step must look the same.
            "signals": {
                signal.name: float(value)
                for signal, value in zip(self.task.signals, outcome.signals, strict=True)
                if not math.isnan(value)
            },
        }

    def _state(self) -> Vector:
        state, at = np.empty(self._state_size), 0
        for row in self._rows:
            row.observe(state[at : at + PER_ARM])
            at += PER_ARM
        if self.task.objects:
            poses = state[at:-_GUIDANCE].reshape(-1, 7)
            poses[:] = self._record["objects"]
            poses[poses[:, 3] < 0.0, 3:] *= -1.0  # one quaternion for one orientation
        outcome = self.outcome
        # As shares: what a lesson has no steps or no second arm for is 0.
        state[-2] = outcome.phase / max(len(self.task.phases) - 1, 1)
        state[-1] = outcome.arm / max(len(self.parts.arms) - 1, 1)
        return state

    def _observation(self) -> Any:
        achieved, desired = goals(self.task, self.outcome, self._tips)
        state = self._state()
        if self._goal_conditioned:
            parts = {"observation": state, "achieved_goal": achieved, "desired_goal": desired}
            return {name: _clipped(value, _FAR) for name, value in parts.items()}
        if self._observe == "image":
            return self._picture()
        flat = _clipped(np.concatenate([state, desired]), _FAR)
        return flat if self._observe == "state" else {"state": flat, "image": self._picture()}

    def _picture(self) -> NDArray[np.uint8]:
        if self._camera is None:
            self._camera = self.parts.camera(self.task, self._seed, *self._size)
        return self._camera(self._record)

    def _goal_size(self) -> int:
        nothing = Outcome(np.zeros(0), np.zeros(7), 0, False, False)
        return len(goals(self.task, nothing, self._tips)[0])

    def _space(self, goal_size: int) -> spaces.Space[Any]:
        state = self._state_size
        image = spaces.Box(0, 255, (self._size[1], self._size[0], 3), np.uint8)
        if self._goal_conditioned:
            return spaces.Dict(
                {
                    "observation": _box(state),
                    "achieved_goal": _box(goal_size),
                    "desired_goal": _box(goal_size),
                }
            )
        flat = _box(state + goal_size)
        if self._observe == "both":
            return spaces.Dict({"state": flat, "image": image})
        return flat if self._observe == "state" else image


def _box(size: int) -> spaces.Box:
    return spaces.Box(-_FAR, _FAR, (size,), np.float64)


def _refuse(name: str, value: object, choices: Sequence[object]) -> None:
    if value not in choices:
        raise ArgumentError(f"{name} is {value!r}; choose one of: {', '.join(map(repr, choices))}")


def _clipped(values: Vector, most: float) -> Vector:
    """The values within plus and minus so much; a fraction of what `numpy.clip` takes."""
    within: Vector = np.minimum(np.maximum(values, -most), most)
    return within
