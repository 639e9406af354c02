"""The needle reach through a joint board whose line, sensors, drives and clock can be made to fail, in virtual time."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from control.loop import ControlLoop
from control.tick import State
from hardware.emulation.native_board import NativeBoard
from hardware.faults.line import FaultyLine
from hardware.firmware.build import build as build_firmware
from hardware.firmware.joint_table import BuiltJoint
from hardware.joint_board.frame import Receiver
from hardware.joint_board.lines import Line, VirtualBoard
from hardware.joint_board.messages import Event, Fault, Telemetry
from hardware.joint_board.messages import State as BoardState
from hardware.joint_board.plant import JointBoardPlant
from robotics.contracts import POSE_SIZE, HandPose, OperatorView, Vector
from robotics.kinematics import forward
from simulation.bullet_plant import BulletPlant, PlacedArm
from steadyhand.board_in_loop import BoardInLoop, SimulatedDrives
from steadyhand.rig import build, plan

SEED = 101
TASK = "needle_reach"

STATES = ("idle", "homing", "engaged", "clutched", "hold")
"""States of the loop in which faults strike; idle: the plant is connected, the loop not yet switched on."""

FAR = np.array([0.25, -0.2, 0.04, 0.5, 0.4, -0.4])
"""How far from home the arm begins where it is to be seen going there [rad and m]."""

SWING_M, SWING_S = 0.03, 1.2
"""How far the hand goes to either side, and how long it takes for all of it [m, s]."""

PRESSED, LONGEST_HOMING, SETTLED = 60, 3000, 250
"""Ticks for which a clutch is pressed, that homing may take, and of motion before a fault."""


class Hand:
    """A hand that swings in a circle all the time, and presses its clutch as it is told.

    Args:
        swing_m: How far it goes to either side [m].
        swing_s: How long it takes for all of it [s].
    """

    def __init__(self, swing_m: float = SWING_M, swing_s: float = SWING_S) -> None:
        self.clutch, self._t, self._dt = False, 0.0, 0.001
        self._swing_m, self._swing_s = swing_m, swing_s
        self._pose = np.zeros(POSE_SIZE)

    def __enter__(self) -> Hand:
        return self

    def __exit__(self, *_: object) -> None: ...

    def reset(self, rng: np.random.Generator, dt: float) -> None:  # noqa: ARG002 - it draws nothing
        """Start afresh."""
        self._t, self._dt = 0.0, dt

    def feedback(self, view: OperatorView) -> None:
        """Nothing: it looks at nothing."""

    def read(self) -> HandPose:
        """Where it is now."""
        self._t += self._dt
        phase = 2.0 * math.pi * self._t / self._swing_s
        far = self._swing_m
        self._pose[:] = (far * math.sin(phase), far * math.cos(phase), 0.5 * far * math.sin(phase), 1, 0, 0, 0)
        return HandPose(self._pose, 0.5 + 0.5 * math.sin(phase), self.clutch, 0.0, True)


class FaultyDrives(SimulatedDrives):
    """Drive stages whose sensing and driving can be made to fail.

    Attributes:
        weaken: Called before each millisecond with what the board asked of the stages.
        deceive: Called after it with what they are about to say.
        truth: Joint positions after each millisecond, shape (n,) each, true whatever is said.
    """

    def __init__(
        self, board: VirtualBoard, simulated: BulletPlant, arm: PlacedArm, joints: tuple[BuiltJoint, ...]
    ) -> None:
        super().__init__(board, simulated, arm, joints)
        self.weaken: Callable[[FaultyDrives], None] | None = None
        self.deceive: Callable[[FaultyDrives], None] | None = None
        self.truth: list[Vector] = []
        self.joints = joints

    @property
    def sensed(self):  # type: ignore[no-untyped-def]
        """What the stages say."""
        return self._sensed

    @property
    def driven(self):  # type: ignore[no-untyped-def]
        """What they are asked for."""
        return self._driven

    def millisecond(self) -> None:
        """Let a millisecond go by."""
        if self.weaken is not None:
            self.weaken(self)
        super().millisecond()
        if self.deceive is not None:
            self.deceive(self)
        self.truth.append(self._simulated.read().q.copy())


class Tapped:
    """A board, and somebody who reads along what it says before any fault of the line has met it.

    Attributes:
        drift: By how much its clock runs fast [s/s].
        frozen: Milliseconds for which its processor stands still.
        said: State and fault of each millisecond, as it was told last; and what it counted of late and corrupt frames.
        anew: How often its clock was seen to have begun anew.
    """

    def __init__(self, board: NativeBoard, joints: int) -> None:
        self.inner, self.drift, self.frozen = board, 0.0, 0
        self.sensed, self.driven, self.channels = board.sensed, board.driven, board.channels
        self.said: list[tuple[BoardState, Fault, int]] = []
        self._receiver = Receiver()
        self._receiver.joints = joints
        self._now = (BoardState.IDLE, Fault.NONE, 0)
        self._ran_fast = 0.0
        self.anew = self._told_us = 0

    @property
    def inputs(self) -> int:
        """Inputs of the board."""
        return self.inner.inputs

    @inputs.setter
    def inputs(self, value: int) -> None:
        self.inner.inputs = value

    def give(self, data: bytes) -> None:
        """Bytes of the host."""
        self.inner.give(data)

    def step(self) -> bytes:
        """A millisecond; what it sends."""
        if self.frozen:
            self.frozen -= 1
            if hasattr(self.inner, "time_us"):
                self.inner.time_us += 1000
            self.said.append(self._now)
            return b""
        if self.drift:
            self._ran_fast += 1000.0 * self.drift
            fast = int(self._ran_fast)
            self._ran_fast -= fast
            self.inner.time_us += fast
        data = self.inner.step()
        for frame in self._receiver.feed(data):
            message = frame.message
            self.anew += frame.time_us < self._told_us
            self._told_us = frame.time_us
            if isinstance(message, Telemetry):
                self._now = (message.state, message.fault, message.late + message.corrupt)
            elif isinstance(message, Event):
                self._now = (message.state, message.fault, self._now[2])
        self.said.append(self._now)
        return data


class FaultyBoardInLoop(BoardInLoop):
    """A board in the loop of which everything can be made to fail.

    Args:
        target: What the firmware runs on.
        without: A guard of the firmware that is left out; none where empty.
    """

    faulty_line: FaultyLine
    faulty_drives: FaultyDrives
    tapped: Tapped
    truth: BulletPlant
    arm: PlacedArm

    def __init__(self, target: str = "native", without: str = "") -> None:
        super().__init__(target)
        self._without = without

    def board(self, arm: str, joints: int, channels: int) -> VirtualBoard:
        """The board, tapped."""
        if self._without:
            library = build_firmware("library", arm, channels, self._without)
            board: VirtualBoard = NativeBoard(arm, channels, bench=False, library=library)
        else:
            board = super().board(arm, joints, channels)
        self.tapped = Tapped(board, joints)  # type: ignore[arg-type]
        return self.tapped

    def drives(
        self, board: VirtualBoard, simulated: BulletPlant, arm: PlacedArm, joints: tuple[BuiltJoint, ...]
    ) -> SimulatedDrives:
        """Its drive stages."""
        self.truth, self.arm = simulated, arm
        self.faulty_drives = FaultyDrives(board, simulated, arm, joints)
        return self.faulty_drives

    def line(self, board: VirtualBoard, drives: SimulatedDrives) -> Line:
        """Its line."""
        self.faulty_line = FaultyLine(super().line(board, drives))
        return self.faulty_line


@dataclass
class Bench:
    """A rig that runs, and what was seen of it, a row a tick.

    Attributes:
        loop: The loop.
        board: The board in it, with all that can fail.
        hand: The operator.
        states: The loop's state after each tick.
        causes: Its cause in `Flag` bits.
        flags: Flags of each tick.
        reasons: Why it was stopped, in words.
        at: Index of the millisecond after each tick.
        noted: What the host had counted of lost and corrupt frames.
    """

    loop: ControlLoop
    board: FaultyBoardInLoop
    hand: Hand
    states: list[State] = field(default_factory=list)
    causes: list[int] = field(default_factory=list)
    flags: list[int] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    at: list[int] = field(default_factory=list)
    noted: list[int] = field(default_factory=list)

    @property
    def plant(self) -> JointBoardPlant:
        """The board as the loop sees it."""
        plant = self.loop.plant
        assert isinstance(plant, JointBoardPlant)
        return plant

    def tick(self, count: int = 1) -> None:
        """Let ticks go by; time does whatever becomes of the host."""
        line = self.board.faulty_line
        for _ in range(count):
            before = line.now_us()
            record = self.loop.tick()[0]
            if line.now_us() == before:
                line.period(0.001)
            self._note(State(int(record["state"])), int(record["cause"]), int(record["flags"]))

    def wait(self, count: int) -> None:
        """Let milliseconds go by while the host does nothing."""
        for _ in range(count):
            self.board.faulty_line.period(0.001)
            self._note(self.loop.states.state, 0, 0)

    def _note(self, state: State, cause: int, flags: int) -> None:
        talk = self.plant.conversation
        self.states.append(state)
        self.causes.append(cause)
        self.flags.append(flags)
        self.reasons.append(self.loop.states.reason)
        self.at.append(len(self.board.faulty_drives.truth))
        self.noted.append(talk.corrupt + talk.lost)

    def until(self, state: State, most: int) -> None:
        """Let ticks go by until the loop is in a state."""
        for _ in range(most):
            self.tick()
            if self.states[-1] is state:
                return
        raise RuntimeError(f"the loop does not come to {state.name}; it is {self.states[-1].name}")

    def bring_to(self, state: str) -> None:
        """Bring the loop into a state in which a fault is to strike."""
        hand = self.hand
        if state == "idle":
            self.wait(20)
            return
        self.loop.power_on()
        if state == "homing":
            self.tick(SETTLED)
            if self.states[-1] is not State.HOMING:
                raise RuntimeError("homing was over before the fault")
            return
        self.until(State.READY, LONGEST_HOMING)
        hand.clutch = True
        self.tick(PRESSED)
        if state == "clutched":
            self._expect(State.CLUTCHED)
            return
        hand.clutch = False
        self.tick(SETTLED)
        self._expect(State.ENGAGED)
        if state == "hold":
            from control.tick import Flag
            from robotics.contracts import StopKind

            self.loop.stop(StopKind.HOLD, "the operator asked for it", int(Flag.OPERATOR_STOP))
            self.tick(150)
            self._expect(State.HOLD)

    def press_afresh(self, count: int) -> None:
        """Let the operator let go of the clutch, press it, and let go of it."""
        for clutch in (False, True, False):
            self.hand.clutch = clutch
            self.tick(count)

    def tips(self) -> NDArray[np.float64]:
        """True places of the tip in its base after each millisecond, shape (ms, 3) [m]."""
        arm, n = self.board.arm, self.board.arm.chain.size
        return np.array([forward(arm.chain, q[:n])[:3, 3] for q in self.board.faulty_drives.truth])

    def _expect(self, state: State) -> None:
        if self.states[-1] is not state:
            raise RuntimeError(f"the loop is {self.states[-1].name}, not {state.name}: {self.loop.states.reason}")


@contextmanager
def bench(target: str = "native", without: str = "", far: bool = False) -> Iterator[Bench]:
    """A rig that stands ready, the board met, the loop not yet switched on.

    Args:
        target: What the firmware runs on.
        without: A guard of the firmware that is left out.
        far: Whether the arm begins far from home.
    """
    rig = plan(TASK, drives="ideal")
    hand = Hand()
    board = FaultyBoardInLoop(target, without)
    with build(rig, {name: hand for name in rig.operated}, SEED, through=board) as (loop, _):
        if far:
            home = loop.arms[0]._home  # type: ignore[attr-defined]
            home += FAR
        yield Bench(loop, board, hand)
