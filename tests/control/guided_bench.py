"""A small plant with a person in it: the planar robot, and a hand of some mass in its handle, integrated here."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from control.energy_tank import EnergyBudget, EnergyTank
from control.guided_arm import GuidedArm
from control.guided_config import GuidedConfig
from control.laws.law import LawState
from control.laws.weight_support import WeightSupport
from control.loop import ControlLoop
from control.patient_guard import PatientGuard, PatientLimits
from control.tick import State
from robotics.arm_config import load_arm_config
from robotics.chain import chain_from_config
from robotics.contracts import (
    Command,
    CuffMount,
    DriveMode,
    JointGroup,
    Measurement,
    Outcome,
    PlantDescription,
    Signal,
    StopKind,
    Task,
)
from robotics.dynamics import forward_dynamics
from robotics.guidance import BedsideReading, Coordinates, Cue, Guidance, Moment, Space
from robotics.kinematics import forward, jacobian

DT = 0.001
HAND_KG, STIFFNESS, DAMPING = 1.5, 3000.0, 60.0
CHAIN = chain_from_config(load_arm_config("planar_reach"))


class BenchPlant:
    """The robot without gravity, friction or noise; a hand on a spring in its handle, pushed by whoever tests."""

    def __init__(self, mode: DriveMode = DriveMode.TORQUE, start: np.ndarray | None = None) -> None:
        n = CHAIN.size
        self.mode = mode
        # Before an arm that follows what it feels a tick later, a firmer damper would set itself swinging.
        self.damping = DAMPING if mode is DriveMode.TORQUE else 10.0
        self.q, self.dq = (CHAIN.home if start is None else start).copy(), np.zeros(n)
        self.hand, self.speed = self.tip().copy(), np.zeros(2)
        self.push: Callable[[BenchPlant], np.ndarray] = lambda _: np.zeros(2)
        self.cuffs, self.sent = np.zeros((1, 6)), np.zeros(n)
        self.valid, self.ticks, self.stops = True, 0, list[StopKind]()

    def tip(self) -> np.ndarray:
        return forward(CHAIN, self.q)[:2, 3]

    def describe(self) -> PlantDescription:
        n = CHAIN.size
        mount = CuffMount("arm/hand", 0, n - 1, CHAIN.T_link_tip[:3, 3].copy())
        return PlantDescription(
            "bench", "bench", CHAIN.joint_names, (JointGroup("arm", 0, n),), CHAIN.lower, CHAIN.upper, CHAIN.velocity,
            CHAIN.effort, (self.mode,), (mount,),
        )  # fmt: skip

    def __enter__(self) -> BenchPlant:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def read(self) -> Measurement:
        wrench = np.zeros((1, 6))
        return Measurement(
            self.q.copy(), self.dq.copy(), np.zeros(CHAIN.size), wrench, self.ticks * DT, 0, self.ticks, self.valid,
            0.0, cuffs=self.cuffs,
        )  # fmt: skip

    def write(self, command: Command) -> Command:
        self.sent = command.tau.copy()
        J = jacobian(CHAIN, self.q)[:2]
        force = STIFFNESS * (self.hand - self.tip()) + self.damping * (
            self.speed - J @ self.dq
        )  # of the hand on the robot
        self.cuffs[0, :2] = force
        if self.mode is DriveMode.TORQUE:
            ddq = forward_dynamics(CHAIN, self.q, self.dq, command.tau + J.T @ force, gravity=(0.0, 0.0, 0.0))
            self.dq = self.dq + DT * ddq
            self.q = self.q + DT * self.dq
        else:
            self.q, self.dq = command.q.copy(), command.dq.copy()
        self.speed = self.speed + DT / HAND_KG * (self.push(self) - force)
        self.hand = self.hand + DT * self.speed
        self.ticks += 1
        return command

    def stop(self, kind: StopKind) -> None:
        self.stops.append(kind)


class Bedside:
    """Whoever tests says what is known of the patient."""

    def __init__(self) -> None:
        self.reading = BedsideReading.unknown()
        self.reading.age_s = 0.0
        self.cues: list[tuple[float, bool]] = []
        self.first: np.ndarray | None = None

    def __enter__(self) -> Bedside:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def reset(self, rng: np.random.Generator, dt: float) -> None: ...

    def show(self, cue: Cue) -> None:
        self.cues.append((cue.time_s, cue.following))
        if self.first is None:
            self.first = cue.guidance.start.copy()

    def read(self) -> BedsideReading:
        return self.reading


class Pull:
    """A law that pulls with a constant force, and with a spring where its stiffness is set."""

    stiffness = 0.0

    def __init__(self, force: np.ndarray) -> None:
        self.dims, self.assistance, self.pull = force.size, 0.5, force

    def reset(self) -> None: ...

    def update(self, state: LawState, force: np.ndarray) -> None:
        force[:] = self.pull - self.stiffness * (state.x - state.guidance.goal) - 0.05 * self.stiffness * state.v


class Asks:
    """An exercise that asks the same all the time."""

    name, signals, phases = "asks", (Signal("nothing", ""),), ("always",)

    def __init__(self, x: np.ndarray, moment: Moment = Moment.MOVE) -> None:
        self.guidance = Guidance.at_rest(x)
        self.guidance.moment = moment
        self.guidance.movement = 1
        self.outcome = Outcome(np.zeros(1), np.full(7, np.nan), 0, False, False, guidance=self.guidance)

    def reset(self, rng: np.random.Generator) -> None: ...

    def step(self, tick: np.void) -> Outcome:
        return self.outcome


class Bench:
    """Plant, arm and loop; at home unless it starts elsewhere, and engaged unless told otherwise.

    Another task may be done instead of the exercise that asks the same all the time.
    """

    def __init__(
        self,
        pull: object = (0.0, 0.0),
        joints: tuple[str, ...] = (),
        limits: PatientLimits | None = None,
        budget: EnergyBudget | None = None,
        mode: DriveMode = DriveMode.TORQUE,
        lower: np.ndarray | None = None,
        upper: np.ndarray | None = None,
        moment: Moment = Moment.MOVE,
        engage: bool = True,
        start: np.ndarray | None = None,
        task: Task | None = None,
    ) -> None:
        self.plant, self.bedside = BenchPlant(mode, start), Bedside()
        coordinates = Coordinates(Space.JOINT, joints) if joints else Coordinates(Space.TIP, axes=(0, 1))
        lower = CHAIN.lower if lower is None else lower
        upper = CHAIN.upper if upper is None else upper
        index = [CHAIN.joint_names.index(name) for name in joints]
        x = CHAIN.home[index] if joints else self.plant.tip()
        self.law = Pull(np.array(pull, dtype=float)[: coordinates.size])
        self.tank = EnergyTank(budget or EnergyBudget(start_j=50.0, refill_w=50.0, most_j=50.0), DT)
        self.exercise = Asks(x, moment)
        space = coordinates.space
        self.arm = GuidedArm(
            name="arm",
            index=0,
            chain=CHAIN,
            plant=self.plant.describe(),
            T_world_base=np.eye(4),
            home=CHAIN.home,
            coordinates=coordinates,
            bedside=self.bedside,
            law=self.law,
            tank=self.tank,
            support=WeightSupport(CHAIN, np.eye(4), (0.0, 0.0, -9.81), DT),
            level=1.0,
            limits=PatientGuard(limits or PatientLimits(), space, coordinates.size, lower, upper, DT),
            config=GuidedConfig(title="bench", friction_share=0.0),
            filter_name="none",
            mode=mode,
            dt=DT,
        )
        self.loop = ControlLoop(self.plant, (self.arm,), task or self.exercise, None, DT, mode)
        self.loop.power_on()
        if engage:
            self.engage()

    def engage(self) -> None:
        self.run(0.05)
        self.press()
        assert self.loop.states.state is State.ENGAGED

    def press(self) -> None:
        """The therapist presses his key and lets it go."""
        self.bedside.reading.consent = True
        self.run(0.02)
        self.bedside.reading.consent = False
        self.run(0.02)

    def run(self, seconds: float) -> np.ndarray:
        """The records of all ticks of some time."""
        return np.concatenate([self.loop.tick().copy() for _ in range(round(seconds / DT))])


def part(ticks: np.ndarray) -> np.ndarray:
    """The guided part of tick records."""
    return ticks["guided"]["arm"]
