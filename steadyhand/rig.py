"""Builds a rig from its configuration: the one place where plant, arms, task and operator are put together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from dataclasses import replace as with_fields
from pathlib import Path

import msgspec
import numpy as np
from msgspec.structs import replace

from control.controller_config import ControllerConfig
from control.loop import ControlLoop
from control.teleoperated_arm import TeleoperatedArm
from control.tick import TickLayout
from robotics.arm_config import load_arm_config
from robotics.chain import chain_from_config
from robotics.config import convert, find, load
from robotics.contracts import POSE_SIZE, DriveMode, OperatorInput, Plant, Vector
from robotics.difficulty import STANDARD
from robotics.errors import ConfigError, UnknownNameError
from robotics.kernels.rotation import pose_from_matrix
from robotics.kinematics import forward
from robotics.trocar_config import load_trocar
from simulation import tasks
from simulation.bullet_plant import BulletPlant, PlacedArm
from simulation.scenery import deformables
from simulation.settings import DRIVES, SimulationConfig
from simulation.tasks.registry import SimulatedTask, TaskSettings
from simulation.world import BulletWorld
from steadyhand.plants import Through
from steadyhand.rig_config import ArmPlacement, RigConfig
from steadyhand.variation import refuse_camera, vary
from vr_training.inputs.parked import ParkedHand


@dataclass(frozen=True)
class Rig:
    """A rig as planned: everything is loaded and checked, nothing is started.

    Attributes:
        name: Name of the rig's configuration.
        config: The rig.
        controllers: Each arm's controller.
        filter: Name of the tremor filter.
        task_name: Name of the task.
        task_settings: The task.
        arms: The arms in their places.
        difficulty: How hard the task is made; its settings are of that already.
        drawn: Whether what varies with the seed besides the scene has been drawn; see `steadyhand.variation.vary`.
    """

    name: str
    config: RigConfig
    controllers: tuple[ControllerConfig, ...]
    filter: str
    task_name: str
    task_settings: TaskSettings
    arms: tuple[PlacedArm, ...]
    difficulty: str = STANDARD
    drawn: bool = field(default=False, compare=False)

    @property
    def R_operator_world(self) -> Vector:
        """Rotation from world into the operator's frame at the start, that of the first camera, shape (3, 3)."""
        camera = self.config.cameras[0]
        R = camera.R_operator_world()
        if not camera.arm:
            return R
        arm = self.arms[self.operated.index(camera.arm)]
        R_world_tip: Vector = (arm.T_world_base @ forward(arm.chain, arm.start))[:3, :3]
        return R @ R_world_tip.T

    @property
    def operated(self) -> tuple[str, ...]:
        """Names of the arms, each driven by a hand of its own or, with one hand for several, in turn."""
        return tuple(arm.name for arm in self.arms)

    def tip_starts(self) -> Vector:
        """Where each arm's tip starts, in world, shape (arms, 7)."""
        poses = np.zeros((len(self.arms), POSE_SIZE))
        for arm, pose in zip(self.arms, poses, strict=True):
            pose_from_matrix(arm.T_world_base @ forward(arm.chain, arm.start), pose)
        return poses


def plan(
    task: str,
    rig: str | None = None,
    filter_name: str | None = None,
    difficulty: str = STANDARD,
    drives: str | None = None,
) -> Rig:
    """Load and check everything that a session needs.

    Args:
        task: Name of the task.
        rig: Name of the rig; the task's own where None.
        filter_name: Name of the tremor filter; the rig's own where None.
        difficulty: How hard the task is made: one of those that it has.
        drives: ``"real"`` or ``"ideal"``, see `simulation.settings`; the rig's own where None.

    Raises:
        UnknownNameError: One of the names is unknown.
        ConfigError: A configuration says something that cannot be.
    """
    from control.filters import create

    settings = tasks.load(task, difficulty)
    name = rig or settings.rig
    path = find("rigs", name)
    config = with_drives(load(path, RigConfig), drives)
    if config.patient is not None:
        raise ConfigError(
            path, "patient", "somebody sits there: the rig is for guided exercise, `steadyhand rehab run`"
        )
    config.simulation.substeps(config.period_s, str(path))
    controllers = tuple(
        load(find("controllers", arm.controller or config.controller), ControllerConfig) for arm in config.arms
    )
    _refuse_scales(str(path), controllers)
    chosen = filter_name or config.filter
    create(chosen, 1.0 / config.period_s, axes=3)
    arms = tuple(_place(str(path), index, arm) for index, arm in enumerate(config.arms))
    if config.simulation.drives == "real":
        arms = tuple(_with_trocar_friction(arm) for arm in arms)
    refuse_camera(settings, config, name)
    return Rig(name, config, controllers, chosen, task, settings, arms, difficulty)


def _refuse_scales(source: str, controllers: tuple[ControllerConfig, ...]) -> None:
    """Refuse arms whose tips go farther than others' for the same way of a hand: hands are made for one scale.

    Raises:
        ConfigError: There are some.
    """
    first = controllers[0].teleoperation.scale
    for index, each in enumerate(controllers):
        scale = each.teleoperation.scale
        if scale != first:
            raise ConfigError(
                source, f"arms[{index}].controller", f"has scale {scale:g} beside {first:g}: a rig's arms share one"
            )


def with_drives(config: RigConfig, drives: str | None) -> RigConfig:
    """A rig with the drives that are asked for; as it is where None.

    Raises:
        UnknownNameError: There are no such drives.
        ConfigError: They cannot be driven as the rig drives its joints.
    """
    if drives is None:
        return config
    if drives not in DRIVES:
        raise UnknownNameError("drives", drives, DRIVES)
    data = {**msgspec.to_builtins(config.simulation), "drives": drives}
    return replace(config, simulation=convert(data, SimulationConfig, "--drives"))


@contextmanager
def build(
    rig: Rig,
    operators: Mapping[str, OperatorInput],
    seed: int,
    gui: bool = False,
    through: Through | None = None,
) -> Iterator[tuple[ControlLoop, SimulatedTask]]:
    """Start the simulation and put the loop together, ready for its first tick.

    Args:
        rig: From `plan`.
        operators: Who drives which arm, by the arm's name; an arm that nobody drives stays where it starts.
        seed: Of everything that is drawn: the scene and a scripted hand.
        gui: Show PyBullet's own window.
        through: A board between the loop and the simulated arm; None where the loop drives that itself.
    """
    rig, period = vary(rig, seed), rig.config.period_s
    scene_rng, hand_rng = (np.random.default_rng(s) for s in np.random.SeedSequence(seed).spawn(2))
    with ExitStack() as stack:
        physics = rig.config.simulation if through is None else through.simulation(rig.config.simulation)
        world = stack.enter_context(BulletWorld(physics, gui))
        task = tasks.build(Path(rig.task_name).stem, rig.task_settings, world, rig.tip_starts())
        task.reset(scene_rng)
        simulated = BulletPlant(world, rig.arms, period if through is None else through.period(physics, period))
        plant: Plant = stack.enter_context(simulated)
        task.attach(simulated.bodies())
        if through is not None:
            plant = through.plant(simulated, rig.arms, period, physics.gravity_m_s2)
            stack.enter_context(plant)
        for name in sorted(operators):
            stack.enter_context(operators[name]).reset(hand_rng, period)
        description = plant.describe()
        arms = [
            TeleoperatedArm(
                name=placed.name,
                index=index,
                chain=placed.chain,
                group=description.groups[index],
                jaw=placed.config.jaw,
                T_world_base=placed.T_world_base,
                home=placed.start,
                operator=operators.get(placed.name) or ParkedHand(),
                filter_name=rig.filter,
                R_operator_world=rig.R_operator_world,
                config=rig.controllers[index],
                dt=period,
                remote_centre=trocar(rig.config.arms[index], placed),
                half_spaces=rig.config.arms[index].half_spaces,
                gravity_m_s2=rig.config.simulation.gravity_m_s2,
            )
            for index, placed in enumerate(rig.arms)
        ]
        camera = rig.config.cameras[0]
        if camera.arm:
            carrier = arms[rig.operated.index(camera.arm)].tip
            for arm in arms:
                arm.look_through(carrier, camera.R_operator_world())
        mode = DriveMode.TORQUE if rig.config.simulation.drive == "torque" else DriveMode.POSITION
        yield ControlLoop(plant, arms, task, task, period, mode), task


def layout(rig: Rig, task: SimulatedTask) -> TickLayout:
    """The tick layout of a rig with a task."""
    return TickLayout(
        arms=tuple((arm.name, arm.chain.size) for arm in rig.arms),
        objects=task.objects,
        signals=tuple(signal.name for signal in task.signals),
        deformables=tuple(each.layout for each in deformables(task)),
    )


def _place(source: str, index: int, placement: ArmPlacement) -> PlacedArm:
    config = load_arm_config(placement.arm)
    chain = chain_from_config(config)
    start = chain.home if placement.home is None else np.array(placement.home)
    key = f"arms[{index}]"
    if start.shape != chain.lower.shape:
        raise ConfigError(source, f"{key}.home", f"has {start.size} values for {chain.size} joints of '{config.name}'")
    for joint, value, lower, upper in zip(chain.joint_names, start, chain.lower, chain.upper, strict=True):
        if not lower <= value <= upper:
            raise ConfigError(
                source, f"{key}.home", f"{value:g} for joint '{joint}' is outside of [{lower:g}, {upper:g}]"
            )
    if config.remote_centre == "software" and placement.trocar_m is None:
        raise ConfigError(source, f"{key}.trocar_m", f"is needed: '{config.name}' keeps its remote centre by software")
    if placement.jaw_stiffness_nm_rad is not None:
        if config.jaw is None:
            raise ConfigError(source, f"{key}.jaw_stiffness_nm_rad", f"is given, but '{config.name}' has no jaws")
        config = replace(config, jaw=replace(config.jaw, stiffness=placement.jaw_stiffness_nm_rad))
    return PlacedArm(placement.name, config, chain, placement.T_world_base(), start)


def shaft_link(placed: PlacedArm) -> int | None:
    """Index of the link that passes an arm's trocar as the shaft; None where it has none.

    Of an arm whose mechanism keeps the centre it is the one that goes in and out, else the last.
    """
    chain = placed.chain
    if chain.remote_centre == "none":
        return None
    return int(np.argmax(chain.kind)) if chain.remote_centre == "mechanism" else chain.size - 1


def _with_trocar_friction(placed: PlacedArm) -> PlacedArm:
    """An arm whose insertion bears its trocar's friction, as a joint that moves by a drive of its own does."""
    link = shaft_link(placed)
    if link is None or placed.chain.remote_centre != "mechanism":
        return placed
    coulomb = placed.chain.coulomb.copy()
    coulomb[link] += load_trocar().friction_n
    return with_fields(placed, chain=with_fields(placed.chain, coulomb=coulomb))


def trocar(placement: ArmPlacement, placed: PlacedArm) -> Vector | None:
    """Where an arm enters the body, in its base, shape (3,) [m]; None for one whose mechanism keeps its centre."""
    if placement.trocar_m is None:
        return None
    point = np.array([*placement.trocar_m, 1.0])
    return np.asarray((np.linalg.inv(placed.T_world_base) @ point)[:3])
