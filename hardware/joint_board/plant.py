"""Arms behind joint boards' firmware, as a plant: the same to the loop as the simulator.

What is not known is not said: until a telemetry has come, and where a board says that an encoder is not to be trusted,
positions are no numbers and the reading is not valid. A board is armed once, by the first command, which does not wait
for it: until it is armed it stays where it is. What has become safe by itself, or was unplugged, moves again only in a
new ``with``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from enum import Enum
from types import TracebackType

import numpy as np

from hardware.joint_board.arming import AGAIN_S, ANSWER_S, ASKED_TIMES, Arming
from hardware.joint_board.conversation import Conversation, Refused
from hardware.joint_board.fitting import refuse_other_arms, refuse_unfit
from hardware.joint_board.lines import Line
from hardware.joint_board.meeting import meet
from hardware.joint_board.messages import (
    AnyMessage,
    Clear,
    Configure,
    Disarm,
    Fault,
    Halt,
    Mode,
    Outcome,
    SafeBehaviour,
    State,
    Stop,
)
from hardware.joint_board.messages import Command as BoardCommand
from hardware.joint_board.units import POSITION, Units
from robotics.contracts import Command, DriveMode, Measurement, PlantDescription, StopKind, Vector
from robotics.errors import DeviceError

WATCHDOG_MS = 50
"""Longest silence of the host that a board bears; ours."""

LIVES_PERIODS = 8
"""Periods for which a command is followed where no newer one comes; never longer than the watchdog bears; ours."""

_MODES = {DriveMode.POSITION: Mode.POSITION, DriveMode.VELOCITY: Mode.VELOCITY, DriveMode.TORQUE: Mode.TORQUE}
_STOPS = {StopKind.HOLD: Stop.HOLD, StopKind.SOFT: Stop.SOFT, StopKind.POWER_OFF: Stop.POWER_OFF}


class LinkState(Enum):
    """How host and board stand to each other."""

    DISCONNECTED = "disconnected"
    IDLE = "idle"
    ARMED = "armed"
    ACTIVE = "active"
    SAFE = "safe"
    ESTOP = "estop"


_LINK_STATES = {
    State.IDLE: LinkState.IDLE,
    State.ARMED: LinkState.ARMED,
    State.HOMING: LinkState.ARMED,
    State.ACTIVE: LinkState.ACTIVE,
    State.SAFE: LinkState.SAFE,
    State.ESTOP: LinkState.ESTOP,
}


class JointBoardPlant:
    """Arms whose joints are one board's.

    Args:
        description: The arms, as the simulator has them; joints in the board's order.
        line: The line to the board.
        period_s: Control period [s].
        safe: What each joint does where the board becomes safe; where None, an arm with cuffs, which has a patient in
            it, gives way under damping, and another stays where it is.
        cuff_units: Units of the board's further sensors, shape (cuffs, 6) [N, Nm]; None where it has no cuffs.
        feed_forward: From positions and velocities to torques, each of shape (n,), that carry the arms' weight and
            overcome their friction: added where the board's servos follow positions or velocities, which would else
            stay behind; None where nothing is.
        prismatic: Which joints slide, shape (n,): a board whose joints do not is refused; not looked at where None.

    Attributes:
        conversation: What board and host have said to each other.
        left: How the board was left, as a sentence; empty while it is connected, or was not met.
    """

    def __init__(
        self,
        description: PlantDescription,
        line: Line,
        period_s: float,
        safe: SafeBehaviour | None = None,
        cuff_units: Vector | None = None,
        feed_forward: Callable[[Vector, Vector], Vector] | None = None,
        prismatic: Sequence[bool] | None = None,
    ) -> None:
        n = len(description.joints)
        self._description = replace(description, name=line.name, kind="joint_board", modes=tuple(DriveMode))
        self._line, self._period, self._cuff_units = line, period_s, cuff_units
        if safe is None:
            safe = SafeBehaviour.DAMP if description.cuffs else SafeBehaviour.HOLD
        self._safe = safe
        self._feed_forward, self._prismatic = feed_forward, prismatic
        self.left = ""
        self.conversation = Conversation()
        self._measurement = Measurement(
            np.full(n, np.nan), np.full(n, np.nan), np.full(n, np.nan), np.full((len(description.groups), 6), np.nan),
            0.0, 0, 0, False, np.inf,
        )  # fmt: skip
        if cuff_units is not None:
            self._measurement.cuffs = np.full(cuff_units.shape, np.nan)
        self._units: Units | None = None
        self._connected = False
        self._arming = Arming(WATCHDOG_MS)
        self._sent = Command(DriveMode.POSITION, np.zeros(n), np.zeros(n), np.zeros(n))
        self._next_us = 0
        d = description
        self._lower, self._upper, self._velocity, self._effort = d.lower, d.upper, d.velocity, d.effort

    def describe(self) -> PlantDescription:
        """What the plant is; works while disconnected."""
        return self._description

    @property
    def state(self) -> LinkState:
        """How host and board stand to each other."""
        told = self.conversation.told
        if not self._connected or told is None:
            return LinkState.DISCONNECTED
        return _LINK_STATES[told.telemetry.state]

    @property
    def fault(self) -> tuple[Fault, str]:
        """What made the board safe, and the name of the joint that did; empty where none did."""
        told = self.conversation.told
        if told is None:
            return Fault.NONE, ""
        joint = told.telemetry.joint
        names = self._description.joints
        return told.telemetry.fault, names[joint] if joint < len(names) else ""

    def __enter__(self) -> JointBoardPlant:
        if self._feed_forward is not None:  # what it needs is compiled before the board waits for a command
            self._feed_forward(np.zeros_like(self._lower), np.zeros_like(self._lower))
        self._line.__enter__()
        try:
            self._connected, self._arming, self.left = True, Arming(WATCHDOG_MS), ""
            self._meet()
            self._configure()
        except BaseException:
            self._connected = False
            self._line.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._connected:
            return
        self._measurement.valid = False
        try:
            self.left = self.leave()
        finally:
            self._connected = False
            self._line.__exit__(kind, error, trace)

    def read(self) -> Measurement:
        """The newest measurement that has come."""
        self._refuse_unconnected()
        self._hear()
        now = self._line.now_us()  # what was heard took its time
        ping = self.conversation.ping(now)
        if ping:
            self._line.write(ping)
        out, told = self._measurement, self.conversation.told
        if told is None or self._units is None:
            out.valid = False
            return out
        telemetry = told.telemetry
        out.q[:] = telemetry.q
        out.q *= POSITION
        out.dq[:] = telemetry.dq
        out.dq *= self._units.dq
        out.tau[:] = telemetry.tau
        out.tau *= self._units.tau
        if telemetry.invalid:
            for joint in range(len(out.q)):
                if telemetry.invalid >> joint & 1:
                    out.q[joint] = out.dq[joint] = np.nan
        if out.cuffs is not None and self._cuff_units is not None:
            out.cuffs[:] = np.reshape(telemetry.channels, out.cuffs.shape)
            out.cuffs *= self._cuff_units
        clock = self.conversation.clock
        measured_us = clock.host_us(told.time_us, now) if clock.known else told.heard_us
        out.device_time_s = 1e-6 * told.time_us
        out.host_time_ns = 1000 * measured_us
        out.sequence = told.sequence
        out.age_s = max(1e-6 * (now - measured_us), 0.0)
        out.valid = not telemetry.invalid
        return out

    def write(self, command: Command) -> Command:
        """Send a command; what the board was really given.

        Raises:
            DeviceError: The board has become safe, or does not let itself be armed.
            LinkLost: The line is gone.
        """
        self._refuse_unconnected()
        assert self._units is not None
        if command.mode not in self._description.modes:
            raise DeviceError(f"the plant is not driven by {command.mode.name.lower()}")
        self._refuse_safe()
        if not self._arming.done:
            if not self._arming.go_on(self.conversation, self._line):
                return self._as_it_is()
            self._next_us = self._line.now_us()
        now = self._line.now_us()
        sent, units = self._sent, self._units
        q, dq = np.clip(command.q, self._lower, self._upper), np.clip(command.dq, -self._velocity, self._velocity)
        tau = command.tau
        if self._feed_forward is not None and command.mode is not DriveMode.TORQUE:
            tau = tau + self._feed_forward(q, dq)
        tau = np.clip(tau, -self._effort, self._effort)
        if not np.isfinite(q).all() or not np.isfinite(dq).all() or not np.isfinite(tau).all():
            self.stop(StopKind.HOLD)
            raise DeviceError("a command that is not a number; the board was stopped")
        if now >= self._next_us:
            lives = round(min(LIVES_PERIODS * self._every_s, 1e-3 * WATCHDOG_MS) * 1e6)
            q_int, dq_int, tau_int = units.positions(q), units.velocities(dq), units.efforts(tau)
            expires = self.conversation.clock.board_us(now + lives)
            self._line.write(self.conversation.say(BoardCommand(expires, _MODES[command.mode], q_int, dq_int, tau_int)))
            sent.mode = command.mode
            sent.q[:], sent.dq[:], sent.tau[:] = q_int, dq_int, tau_int
            sent.q *= POSITION
            sent.dq *= units.dq
            sent.tau *= units.tau
            self._next_us += round(1e6 * self._every_s)
            if self._next_us <= now:
                self._next_us = now + round(0.5e6 * self._every_s)
        self._line.period(self._period)
        return sent

    def stop(self, kind: StopKind) -> None:
        """Have the board bring its joints to rest. It is safe from then on, but where a run ends: it is idle then."""
        if self._connected:
            asked = Disarm() if kind is StopKind.END else Halt(_STOPS[kind])
            self._line.write(self.conversation.say(asked))
            self._line.period(self._period)

    def clear(self) -> None:
        """Leave SAFE or ESTOP for IDLE, by hand: the board has to be armed anew.

        Raises:
            Refused: The cause is still there.
        """
        hello = self.conversation.hello
        told = self.conversation.told
        if hello is not None and told is not None:
            self._ask(Clear(hello.boot, told.telemetry.entered))
            self._look_again()
            self._arming = Arming(WATCHDOG_MS)

    @property
    def _every_s(self) -> float:
        """How often a command is sent: each period, or as often as the board bears [s]."""
        hello = self.conversation.hello
        return max(self._period, 1.0 / hello.rate) if hello is not None else self._period

    def _hear(self) -> None:
        while (piece := self._line.read())[1]:
            self.conversation.hear(piece[1], piece[0])

    def _refuse_unconnected(self) -> None:
        if not self._connected:
            raise DeviceError(f"{self._line.name}: the board is not connected; use the plant in a with block")

    def _refuse_safe(self) -> None:
        state = self.state
        if self._arming.done and state is LinkState.IDLE:
            raise DeviceError(f"{self._line.name}: the board is not armed any more: it has started anew")
        if state in {LinkState.SAFE, LinkState.ESTOP}:
            fault, joint = self.fault
            where = f" at {joint}" if joint else ""
            raise DeviceError(
                f"{self._line.name}: the board is {state.value}: {fault.name.lower().replace('_', ' ')}{where}; "
                "it stays so until somebody clears it"
            )

    def _meet(self) -> None:
        """Learn who is there, and refuse whoever is not fit to drive the rig's arms."""
        talk = self.conversation = Conversation()
        meet(talk, self._line, self._listen)
        self._refuse_safe()
        assert talk.hello is not None
        channels = 0 if self._cuff_units is None else self._cuff_units.size
        refuse_unfit(self._line.name, talk.hello, len(self._description.joints), channels, WATCHDOG_MS)

    def _listen(self, until_us: int) -> None:
        """Hear the board until a time by the host's clock [us], or until something has come."""
        self._line.pass_time(max(1e-6 * (until_us - self._line.now_us()), 0.0))
        self._hear()

    def _configure(self) -> None:
        """Set the board to the rig's limits, and see that they stand."""
        talk, d = self.conversation, self._description
        joints = [talk.joints[k] for k in range(len(d.joints))]
        self._units = units = Units(joints)
        refuse_other_arms(self._line.name, d, joints, self._prismatic)
        lower, upper = units.positions(d.lower), units.positions(d.upper)
        velocity, effort = units.velocities(d.velocity), units.efforts(d.effort)
        for k, joint in enumerate(joints):
            asked = Configure(
                k, self._safe, max(lower[k], joint.built_lower), min(upper[k], joint.built_upper),
                min(velocity[k], joint.built_velocity), min(effort[k], joint.built_effort), joint.tracking,
                joint.stiffness, joint.damping,
            )  # fmt: skip
            try:
                if not self._set(asked):
                    raise DeviceError(f"{self._line.name}: joint {d.joints[k]}: the board did not take its limits")
            except Refused as error:
                raise DeviceError(f"{self._line.name}: joint {d.joints[k]}: {error}") from error
        set_to = [talk.joints[k] for k in range(len(d.joints))]
        self._lower = np.maximum(d.lower, [joint.lower * POSITION for joint in set_to])
        self._upper = np.minimum(d.upper, [joint.upper * POSITION for joint in set_to])
        self._velocity = np.minimum(d.velocity, units.dq * [joint.velocity for joint in set_to])
        self._effort = np.minimum(d.effort, units.tau * [joint.effort for joint in set_to])
        lost = [name for k, name in enumerate(d.joints) if not talk.joints[k].homed]
        if lost:
            raise DeviceError(
                f"{self._line.name}: no reference yet of {', '.join(lost)}: they do not know where they are; "
                f"`steadyhand hardware home {self._line.name}` has them find out"
            )

    def _set(self, asked: Configure) -> bool:
        """Set a joint, and see whether it stands; again, as what the board says of it may be lost on its way."""
        for _ in range(ASKED_TIMES):
            self._ask(asked)
            stands = self.conversation.joints[asked.joint]
            if all(getattr(stands, name) == value for name, value in asked._asdict().items()):
                return True
        return False

    def leave(self) -> str:
        """Have the drives off where the board is not safe by itself, and say in a sentence how it was left."""
        name = self._line.name
        try:
            with suppress(Refused):  # it is idle, or safe
                self._ask(Disarm())
            self._look_again()
        except DeviceError as error:
            return f"{name}: it could not be disarmed ({error}); its watchdog has to make it safe"
        state, (fault, _) = self.state, self.fault
        if state is LinkState.IDLE:
            return f"{name}: the board is idle, its drives are off"
        if state in {LinkState.SAFE, LinkState.ESTOP}:
            why = fault.name.lower().replace("_", " ")
            said = f"{name}: the board is {state.value}, {why}; its joints may be held under power until it is cleared"
            return f"{said}. Look at the arm, then: steadyhand hardware clear {name}"
        return f"{name}: the board is {state.value} still; its watchdog has to make it safe"

    def _look_again(self) -> None:
        """Wait for a telemetry of after whatever the board was asked for."""
        seen, until = self.conversation.told, self._line.now_us() + round(1e6 * ANSWER_S)
        while self.conversation.told is seen and self._line.now_us() < until:
            self._line.pass_time(0.001)
            self._hear()

    def _as_it_is(self) -> Command:
        """What a board that is not armed was given: nothing, so that it stays where it is."""
        sent = self._sent
        sent.mode = DriveMode.POSITION
        sent.q[:] = self._measurement.q
        sent.dq[:] = sent.tau[:] = 0.0
        self._line.period(self._period)
        return sent

    def _ask(self, message: AnyMessage) -> None:
        """Ask for something and wait for the answer.

        Raises:
            Refused: The board will not.
            DeviceError: It does not answer.
        """
        talk = self.conversation
        asked: list[int] = []
        until = self._line.now_us() + round(1e6 * ANSWER_S * ASKED_TIMES)
        while (now := self._line.now_us()) < until:
            if self._line.write(talk.say(message)):
                asked.append(talk.said)
            while self._line.now_us() < min(now + round(1e6 * AGAIN_S), until):
                self._line.pass_time(0.001)
                self._hear()
                answers = [found for sequence in asked if (found := talk.result(sequence)) is not None]
                if answers:
                    if answers[0].outcome is not Outcome.DONE:
                        raise Refused(type(message).__name__.lower(), answers[0].outcome)
                    return
        raise DeviceError(f"{self._line.name}: the board does not answer")
