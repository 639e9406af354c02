"""Servos on a bus behind the plant contract."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType

import numpy as np

from hardware.dynamixel.arming import arm
from hardware.dynamixel.bus import Bus, LineCounts
from hardware.dynamixel.bus_config import BusConfig
from hardware.dynamixel.inspection import fix_settings, inspect, latency_problem
from hardware.dynamixel.rounds import SOFT_S, Rounds
from hardware.dynamixel.servo_config import ServoConfig
from hardware.dynamixel.shared_state import Phase, SharedState
from hardware.dynamixel.troubles import ServoFault
from hardware.dynamixel.units import Units
from hardware.dynamixel.worker import Worker
from hardware.serial_port import SerialPort
from robotics.contracts import Command, JointGroup, Measurement, PlantDescription, StopKind, Vector
from robotics.errors import DeviceError, LinkLost, StaleError

ARM_S = 5.0
"""Longest time that arming may take; ours [s]."""

STALE_PERIODS = 5.0
"""Readings older than so many periods are not valid: the bus is busy with something else, or stuck; ours."""


class DynamixelPlant:
    """All servos of a bus as one vector of joints: each arm's chain, then its jaw.

    ``with`` connects, looks at all servos and takes their torque away. They get it from `arm` alone, and lose it with
    a soft stop, a power off, a fault, the end of commands or the end of the ``with`` block. Once the line is lost every
    call raises `LinkLost`; a line that comes back arms nothing: the plant has to be entered anew.

    Args:
        config: The bus.
        models: Model of each joint's servo.
        path: Path of the serial port.
        configure: Whether settings that it needs are made where they differ, or refused.
        arm: Whether entering arms the servos, for who knows of no `arm`.
    """

    def __init__(
        self,
        config: BusConfig,
        models: Sequence[ServoConfig],
        path: str | Path,
        configure: bool = False,
        arm: bool = False,
    ) -> None:
        self.config, self._models, self._path = config, tuple(models), path
        self._configure, self._arm = configure, arm
        self._description = _describe(config)
        n = len(config.joints)
        q, dq, tau, wrench = *np.full((3, n), np.nan), np.full((len(config.arms), 6), np.nan)
        self._measurement = Measurement(q, dq, tau, wrench, math.nan, 0, 0, False, math.inf)
        self._sent = Command(config.drive, *np.full((3, n), np.nan))
        self._units = Units(config, models)
        self._raw, self._got = np.zeros((n, 3), np.int64), np.zeros(n, np.bool_)
        self._goals, self._asked = np.zeros(n, np.int64), np.zeros(n)
        self._state = SharedState(n)
        self._stack = ExitStack()
        self._bus: Bus | None = None
        self._worker: Worker | None = None
        self._rounds: Rounds | None = None
        self.changed: list[str] = []

    def describe(self) -> PlantDescription:
        """What the plant is; works while disconnected."""
        return self._description

    @property
    def period_s(self) -> float:
        """Period at which it is to be read and written [s]."""
        return self.config.period_s

    @property
    def armed(self) -> bool:
        """Whether the servos have torque by this plant."""
        return self._state.phase is not Phase.OFF and self._state.lost is None

    @property
    def faults(self) -> tuple[ServoFault, ...]:
        """What is or was wrong with servos since the plant was entered or `clear_faults` found nothing."""
        with self._state.lock:
            return tuple(self._state.faults.values())

    @property
    def stop_reason(self) -> str:
        """Why the plant stopped the servos by itself last, where it was no fault of theirs; empty where it did not."""
        return self._state.reason

    @property
    def counts(self) -> LineCounts:
        """What happened on the line so far."""
        return self._bus.counts if self._bus is not None else LineCounts()

    def __enter__(self) -> DynamixelPlant:
        with ExitStack() as stack:
            port = stack.enter_context(SerialPort(self._path, self.config.baud))
            if problem := latency_problem(self._path):  # an open port may have made it short by itself
                raise DeviceError(f"{self._path}: {problem}")
            bus = Bus(port)
            problems, fast = inspect(bus, self.config, self._models)
            if problems and self._configure:
                self.changed = fix_settings(bus, self.config, self._models)
                problems, fast = inspect(bus, self.config, self._models)
            if problems:
                raise DeviceError("\n".join([f"{self._path}: the servos cannot be taken:", *problems]))
            self._state = SharedState(len(self.config.joints))
            self._bus, self._rounds = bus, Rounds(self.config, self._models, bus, self._state, fast)
            self._rounds.step()
            self._worker = Worker(self._rounds, f"servos at {self._path}")
            self._units.goals(self._asked, self._goals, self._asked)  # so that all is compiled before somebody waits
            self._units.joints(self._raw, self._got, *self._sent_arrays())
            self._worker.start()
            self._stack = stack.pop_all()
        if self._arm:
            try:
                self.arm()
            except BaseException:
                self.__exit__(None, None, None)
                raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        worker, self._worker = self._worker, None
        if worker is not None:
            until = time.monotonic() + 2.0 * SOFT_S
            while self._state.soft_stop_goes_on and time.monotonic() < until and worker.alive:
                time.sleep(self.config.period_s)
            if self._state.lost is None and self._rounds is not None:
                with suppress(DeviceError, StaleError):
                    worker.do(self._rounds.power_off, 1.0)
            worker.end()
        self._stack.close()
        self._measurement.valid = False

    def arm(self) -> None:
        """Give the servos their torque, where they stand; see `hardware.dynamixel.arming`.

        Raises:
            DeviceError: They cannot have it; they have none.
            LinkLost: The line is gone.
        """
        worker, rounds = self._connected()
        if self.armed:
            raise DeviceError("the servos are armed already")
        until = time.monotonic() + 1.0
        while self._state.stop is not None and time.monotonic() < until:  # a stop of before is done first
            time.sleep(self.config.period_s)
        try:
            worker.do(lambda: arm(rounds), ARM_S)
        except StaleError:
            self.stop(StopKind.POWER_OFF)  # whatever it still does, it does not end armed
            raise

    def clear_faults(self) -> None:
        """Forget what was wrong, where the servos say that it is no more; only without torque.

        Raises:
            DeviceError: They have torque, or something is still wrong.
        """
        worker, rounds = self._connected()
        if self.armed:
            raise DeviceError("faults are cleared without torque: stop the plant first")
        worker.do(rounds.watch.clear, ARM_S)

    def read(self) -> Measurement:
        """The newest measurement: what the thread of the bus has read last. Never waits for the line.

        Raises:
            LinkLost: The line is gone.
        """
        self._connected()
        state, out = self._state, self._measurement
        with state.lock:
            self._raw[:], self._got[:] = state.raw, state.got
            seen_ns, round_ns, out.sequence = int(state.seen_ns.min()), state.round_ns, state.rounds
            faulty, lost = bool(state.faults), state.lost
        if lost is not None:
            raise lost
        good = self._units.joints(self._raw, self._got, out.q, out.dq, out.tau)
        out.host_time_ns = seen_ns
        out.age_s = 1e-9 * (time.monotonic_ns() - seen_ns)
        fresh = out.age_s <= STALE_PERIODS * self.config.period_s + self.config.latency_s
        out.valid = good and fresh and not faulty and seen_ns == round_ns
        return out

    def write(self, command: Command) -> Command:
        """Give the servos goals, inside of the joints' limits.

        Returns:
            What they are asked for, as their registers round it; NaN while they have no torque, or go by a stop.

        Raises:
            DeviceError: It is a command of another kind, or no number; then they are stopped first.
            LinkLost: The line is gone.
        """
        worker, _ = self._connected()
        state, drive = self._state, self.config.drive
        if command.mode is not drive:
            raise DeviceError(f"the plant is driven by {drive.name.lower()}, not {command.mode.name.lower()}")
        wanted = _proper(command, self.config)
        if not self._units.goals(wanted, self._goals, self._asked):
            self.stop(StopKind.SOFT)
            raise DeviceError("a command that is not a number; the servos were stopped")
        with state.lock:
            taken = state.lost is None and not state.faults and state.stop in {None, StopKind.HOLD}
            taken = taken and state.phase in {Phase.ARMED, Phase.HOLDING}
            if taken:
                state.goals[:], state.goals_ns, state.new_goals = self._goals, time.monotonic_ns(), True
                state.stop = None
        if state.lost is not None:
            raise state.lost
        for values in self._sent_arrays():
            values[:] = np.nan
        if taken:
            _proper(self._sent, self.config)[:] = self._asked
            worker.wake()
        return self._sent

    def stop(self, kind: StopKind) -> None:
        """Bring the servos to rest; never waits, never fails.

        HOLD keeps them where they are under torque, in current mode without current; SOFT does, and takes the torque
        away once they are at rest; POWER_OFF and END take it away at once.
        """
        self._state.ask_stop(StopKind.POWER_OFF if kind.cuts_power else kind)
        if self._worker is not None:
            self._worker.wake()

    def _sent_arrays(self) -> tuple[Vector, Vector, Vector]:
        return self._sent.q, self._sent.dq, self._sent.tau

    def _connected(self) -> tuple[Worker, Rounds]:
        if self._state.lost is not None:
            raise self._state.lost
        if self._worker is None or self._rounds is None:
            raise DeviceError("the servos are not connected; use the plant in a with block")
        if not self._worker.alive:
            raise LinkLost(self._path, "the thread of the bus has ended")
        return self._worker, self._rounds


def _proper(command: Command, config: BusConfig) -> Vector:
    """The array of a command that counts."""
    return (command.q, command.dq, command.tau)[config.drive]


def _describe(config: BusConfig) -> PlantDescription:
    names: list[str] = []
    groups: list[JointGroup] = []
    for arm_joints in config.arms:
        start = len(names)
        chain = len(arm_joints.joints) - arm_joints.jaw
        names += [f"{arm_joints.name}/{'jaw' if k == chain else each.name}" for k, each in enumerate(arm_joints.joints)]
        stop = start + chain
        groups.append(JointGroup(arm_joints.name, start, stop, stop if arm_joints.jaw else None))
    joints = config.joints
    return PlantDescription(
        config.title,
        "dynamixel",
        tuple(names),
        tuple(groups),
        np.array([joint.lower for joint in joints]),
        np.array([joint.upper for joint in joints]),
        np.array([joint.velocity for joint in joints]),
        np.array([joint.effort for joint in joints]),
        (config.drive,),
    )
