"""The control loop: one tick, from measurement to command, for any plant and any number of arms.

This is the page to read first. A tick measures, reads the operator's intent, filters tremor, applies clutch and scale,
constrains the motion, guards it, commands the plant and logs what it knew. It reads no clock and touches no disk or
network: a runner (`control.runner`) calls `ControlLoop.tick` and knows time.

A plant that fails, makes itself safe or cannot be reached raises a `DeviceError`. It ends no tick: the loop latches a
fault within that tick, asks the plant once more to hold, and the tick tells what happened as any other does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from control.page import fields_of
from control.states import POWERED, StateMachine
from control.stations import ArmStations, GuidingStations
from control.tick import Flag, State, TickLayout, tick_dtype
from robotics.contracts import Command, DriveMode, Measurement, Outcome, Plant, StopKind, Task, Vector
from robotics.errors import DeviceError

SEEN_S = 0.016
"""How often deformables are written down [s]: as often as anyone sees them; in between, a tick repeats the last."""

GRACE_S = 0.02
"""How long an invalid measurement is bridged by a hold before it latches a fault; ours [s]."""

LOOKS = 40
"""How often a plant that fails the self-test is looked at again, where there is something to wait for; ours."""

_DEVICE = int(Flag.DEVICE_FAULT)


class Scene(Protocol):
    """What is known of the surroundings of the arms; a simulator knows it, a camera may."""

    objects: tuple[str, ...]

    def observe(self, poses: Vector) -> None:
        """Write the pose of each object in world into ``poses``, shape (objects, 7)."""
        ...


@runtime_checkable
class DeformingScene(Protocol):
    """A scene that has deformables, too."""

    deformable_layout: tuple[tuple[str, int, int], ...]

    def observe_deformables(self, record: np.void) -> None:
        """Write every deformable into ``record``, a field for each (`control.tick.deformable_dtype`)."""
        ...


class ControlLoop:
    """Joins a plant, its arms, a scene and a task into one tick.

    Args:
        plant: What is moved; connected by the caller.
        arms: One per joint group of the plant, in its order.
        task: What is to be done, or None.
        scene: What is known of the surroundings, or None.
        period_s: Control period [s].
        mode: Drive mode of the commands; the plant must accept it.
    """

    def __init__(
        self,
        plant: Plant,
        arms: Sequence[ArmStations],
        task: Task | None,
        scene: Scene | None,
        period_s: float,
        mode: DriveMode = DriveMode.POSITION,
    ) -> None:
        self.plant, self.arms, self.task, self.scene, self.period_s = plant, tuple(arms), task, scene, period_s
        self.description = plant.describe()
        self.layout = TickLayout(
            arms=tuple((arm.name, arm.joints) for arm in arms),
            objects=scene.objects if scene else (),
            signals=tuple(signal.name for signal in task.signals) if task else (),
            deformables=scene.deformable_layout if isinstance(scene, DeformingScene) else (),
            guided=tuple(arm.guided for arm in arms if isinstance(arm, GuidingStations)),
        )
        attended = any(isinstance(arm, GuidingStations) for arm in arms)
        self.states = StateMachine(max(1, round(GRACE_S / period_s)), operators=len(self.arms), attended=attended)
        self.finished = False
        self._records: NDArray[np.void] = np.zeros(1, tick_dtype(self.layout))
        self._record: np.void = self._records[0]
        self._fields = fields_of(self._records)
        self._fields["target"][:], self._fields["grip"][:] = np.nan, np.nan
        self._slots = [self._records["arms"][arm.name] for arm in arms]
        self._guiding = [
            (arm, self._records["guided"][arm.guided.arm]) for arm in arms if isinstance(arm, GuidingStations)
        ]
        self._objects: Vector | None = self._records["objects"][0] if self.layout.objects else None
        self._deforming = scene if isinstance(scene, DeformingScene) and self.layout.deformables else None
        self._seen_ticks = max(1, round(SEEN_S / period_s))
        joints = len(self.description.joints)
        self._command = Command(mode, np.zeros(joints), np.zeros(joints), np.zeros(joints))
        self._sequence, self._failed = 0, 0
        self._blind = _no_measurement(joints, len(self.description.groups), len(self.description.cuffs))

    def power_on(self, wait: Callable[[], None] | None = None) -> None:
        """Self-test, then on to homing. Call once the plant is connected, before the first tick.

        Args:
            wait: Lets a few milliseconds go by, where time goes by of itself: what a real plant measured while this
                process was busy starting is old, and something newer is on its way. None where there is nothing to
                wait for.
        """
        self.states.power_on()
        try:
            measurement = self.plant.read()  # the arms start from the very reading that was found good
            problems = self._self_test(measurement)
            looks = LOOKS
            while problems and wait is not None and looks:
                wait()
                measurement = self.plant.read()
                problems, looks = self._self_test(measurement), looks - 1
        except DeviceError as error:
            self._fail(error)
            return
        self.states.self_test(problems)
        if self.states.state is State.IDLE:
            for arm in self.arms:
                arm.start(measurement)
            self.states.enable()

    def rehearse(self) -> bool:
        """Read and measure once without moving anything, so that the first tick finds warm caches.

        Returns:
            Whether what was measured is new enough to begin with.
        """
        measurement = self._read()
        for arm in self.arms:
            arm.measure(measurement)
        return not any(arm.flags & Flag.MEASUREMENT_INVALID for arm in self.arms)

    def stop(self, kind: StopKind, reason: str, cause: int = 0) -> None:
        """Stop all arms; see `control.states.StateMachine.stop`."""
        self.states.stop(kind, reason, cause)

    def conclude(self) -> None:
        """Bring all arms to rest because the run is over, for no other reason."""
        self.states.stop(StopKind.SOFT, "")

    def tick(self) -> NDArray[np.void]:
        """One control period.

        Returns:
            The tick record as an array of one, valid until the next tick; its ``timing`` is the runner's to fill.
        """
        self._failed = 0
        measurement = self._read()
        if self.scene is not None and self._objects is not None:
            self.scene.observe(self._objects)
        if self._deforming is not None and self._sequence % self._seen_ticks == 0:
            self._deforming.observe_deformables(self._record["deformables"])

        flags, clutches, homed, at_rest = 0, 0, True, True
        for i, arm in enumerate(self.arms):
            arm.measure(measurement)
            arm.read_intent()
            flags |= arm.flags
            clutches |= bool(arm.hand.clutch) << i
            homed, at_rest = homed and arm.homed, at_rest and arm.at_rest
        state = self.states.step(flags, clutches, homed, at_rest)

        for i, arm in enumerate(self.arms):
            arm.filter_tremor()
            arm.clutch_and_scale(self.states.of_arm(i))
            arm.constrain(state)
            arm.guard(self._command)
        sent = self._send() if state in POWERED else self._command
        if self.states.state not in POWERED:
            self._stop_plant(self.states.state)
        state = self.states.state  # the plant may have failed as it was written to

        for arm, slot in zip(self.arms, self._slots, strict=True):
            arm.log(sent, slot)
        for guide, part in self._guiding:
            guide.log_guidance(part)
        self._log(state)
        return self._records

    def _log(self, state: State) -> None:
        fields, time_s = self._fields, self._sequence * self.period_s
        flags = self._failed
        for arm in self.arms:
            flags |= arm.flags
        fields["sequence"][0], fields["time"][0], fields["state"][0] = self._sequence, time_s, state
        fields["flags"][0], fields["cause"][0] = flags, self.states.cause
        outcome: Outcome | None = None
        if self.task is not None:
            outcome = self.task.step(self._record)
            fields["phase"][0], fields["success"][0] = outcome.phase, outcome.success
            fields["target"][:], fields["asked"][0], fields["grip"][0] = outcome.target, outcome.arm, outcome.grip
            fields["signals"][:] = outcome.signals
            self.finished = outcome.done
        for arm in self.arms:
            arm.show(time_s, outcome)
        self._sequence += 1

    def _read(self) -> Measurement:
        try:
            return self.plant.read()
        except DeviceError as error:
            self._fail(error)
            return self._blind

    def _send(self) -> Command:
        try:
            return self.plant.write(self._command)
        except DeviceError as error:
            self._fail(error)
            return self._command

    def _stop_plant(self, state: State) -> None:
        try:
            self.plant.stop(self._ending(state))
        except DeviceError as error:
            self._fail(error)  # it cannot be reached: it has to make itself safe

    def _ending(self, state: State) -> StopKind:
        """How a plant is stopped while nothing is powered: held, off for a cause, or off as all is done."""
        if state is State.LATCHED_FAULT:
            return StopKind.HOLD
        return StopKind.POWER_OFF if self.states.cause or self.states.reason else StopKind.END

    def _fail(self, error: DeviceError) -> None:
        self._failed = _DEVICE
        self.states.fail(str(error), _DEVICE)

    def _self_test(self, measurement: Measurement) -> tuple[str, ...]:
        """What keeps the loop from starting, in sentences."""
        problems = []
        if self._command.mode not in self.description.modes:
            problems.append(f"the plant accepts no {self._command.mode.name.lower()} commands")
        if len(self.description.groups) != len(self.arms):
            problems.append(f"the plant has {len(self.description.groups)} arms, the rig {len(self.arms)}")
            return tuple(problems)
        if not measurement.valid:
            problems.append("the plant gives no valid measurement")
        else:
            for arm in self.arms:
                problems += arm.self_test(measurement)
        return tuple(problems)


def _no_measurement(joints: int, groups: int, cuffs: int) -> Measurement:
    """What is known of a plant that cannot be read: nothing."""
    nothing = np.full(joints, np.nan)
    wrench = np.full((groups, 6), np.nan)
    held = np.full((cuffs, 6), np.nan) if cuffs else None
    return Measurement(nothing, nothing, nothing, wrench, 0.0, 0, 0, False, np.inf, cuffs=held)
