"""One round of a bus: send the newest goals, read all servos, see what is wrong, and do what a stop asks for.

The thread of the bus calls it again and again. It alone uses the line, so that nothing else ever waits for it.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress

import numpy as np

from hardware.dynamixel import packets
from hardware.dynamixel.bus import Bus
from hardware.dynamixel.bus_config import BusConfig
from hardware.dynamixel.feedback import POSITION, VELOCITY, Feedback
from hardware.dynamixel.goals import Goals
from hardware.dynamixel.jumps import SEEN_FOR, Jumps
from hardware.dynamixel.packets import ALERT
from hardware.dynamixel.servo_config import ServoConfig
from hardware.dynamixel.shared_state import Phase, SharedState
from hardware.dynamixel.troubles import NoReply, ServoFault, ServoRefused, bit_names
from robotics.contracts import DriveMode, StopKind
from robotics.errors import DeviceError

GOAL_REGISTERS = {
    DriveMode.POSITION: "goal_position",
    DriveMode.VELOCITY: "goal_velocity",
    DriveMode.TORQUE: "goal_current",
}
"""Register that commands of each kind go to."""

SOFT_S = 0.5
"""Longest time that a soft stop waits for the servos to come to rest; ours [s]."""

STILL_UNITS = 2
"""Velocity of a servo that counts as still, in units of its register: about 0.05 rad/s; ours."""

HEALTH_S = 0.1
"""Time between two looks at the servos' health; each looks at one register of all; ours [s]."""

_HEALTH = ("torque_enable", "bus_watchdog", "hardware_error_status")


class Rounds:
    """The bus of a plant, driven by one thread.

    Args:
        config: The bus.
        models: Model of each servo.
        bus: Transactions on the open port.
        state: What is shared with the loop.
        fast: Whether all servos know the fast reads.
    """

    def __init__(
        self, config: BusConfig, models: Sequence[ServoConfig], bus: Bus, state: SharedState, fast: bool
    ) -> None:
        self.config, self.models, self.bus, self.state = config, tuple(models), bus, state
        self._ids = config.ids
        self._feedback = Feedback(self._ids, models, fast)
        self._goals = Goals(self._ids, models[0].register(GOAL_REGISTERS[config.drive]))
        self._asked = np.zeros(len(self._ids), np.int64)
        self._goals.packet(self._asked)  # so that it is compiled before somebody waits
        self._jumps = Jumps(models)
        self._failures, self._health, self._health_at = 0, 0, 0.0
        self._sent_at, self._rest_at = time.monotonic(), 0.0
        self._unpowered = False  # whatever was here before may have left them powered

    def step(self) -> None:
        """One round.

        Raises:
            LinkLost: The line is gone.
        """
        self._obey_stop()
        self._send_goals()
        self._read()
        self._watch()
        self._finish_stop()
        self._look_at_health()

    def hold_here(self) -> None:
        """Have the servos stay where they were read last; without current where they are driven by it."""
        with self.state.lock:
            goals = self.state.raw[:, POSITION] if self.config.drive is DriveMode.POSITION else self._asked * 0
            self._asked[:] = goals
            self.state.goals[:] = goals
            self.state.new_goals = False
        self._send(self._goals.packet(self._asked))

    def power_off(self) -> None:
        """Take the torque away; whether it is gone is looked at until it is."""
        register = self.models[0].register("torque_enable")
        off = packets.sync_write(register.address, dict.fromkeys(self._ids, register.encode(0)))
        self._send(off)  # at once, even where the line is to be left alone for a while: nobody answers it
        replies = self.bus.sync_read(self._ids, register)
        self._unpowered = len(replies) == len(self._ids) and not any(any(reply.data) for reply in replies.values())
        self._set_phase(Phase.OFF)

    def powered(self) -> None:
        """Note that the torque is on: the servos hold, and follow goals once there are some."""
        self._unpowered = False
        self._sent_at = time.monotonic()
        with self.state.lock:
            self.state.new_goals, self.state.phase = False, Phase.HOLDING

    def fault(self, servo: int, *what: str) -> None:
        """Keep what is wrong with a servo, and bring all of them to rest where they have torque."""
        with self.state.lock:
            old = self.state.faults.get(servo)
            names = (*(old.what if old else ()), *what)
            joint = self.config.joints[self._ids.index(servo)].name
            self.state.faults[servo] = ServoFault(servo, joint, tuple(dict.fromkeys(names)))
            moving = self.state.phase in {Phase.ARMED, Phase.HOLDING}
        if moving:
            self.state.ask_stop(StopKind.SOFT)

    def clear_faults(self) -> None:
        """Forget what was wrong, where the servos say that it is no more.

        Raises:
            DeviceError: Something is still wrong.
        """
        register = self.models[0].register("hardware_error_status")
        for joint in self.config.joints:
            reply = self.bus.sync_read([joint.servo], register).get(joint.servo)
            if reply is None:
                raise NoReply(joint.servo, "hardware error status")
            if bits := register.decode(reply.data):
                raise DeviceError(
                    f"servo {joint.servo} (joint '{joint.name}'): {', '.join(bit_names(bits))}; mend it, then reboot it"
                )
        self.bus.alerts.clear()
        with self.state.lock:
            self.state.faults.clear()

    def _send(self, packet: memoryview | bytes) -> None:
        if not self.bus.port.write(packet):
            self.bus.counts.held_up += 1
        self._sent_at = time.monotonic()

    def _set_phase(self, phase: Phase) -> None:
        with self.state.lock:
            self.state.phase = phase

    def _obey_stop(self) -> None:
        with self.state.lock:
            kind, phase, self.state.stop = self.state.stop, self.state.phase, None
        if kind is StopKind.POWER_OFF or not (self._unpowered or phase is not Phase.OFF):
            self.power_off()
        elif kind is StopKind.HOLD and phase is Phase.ARMED:
            self.hold_here()
            self._set_phase(Phase.HOLDING)
        elif kind is StopKind.SOFT and phase in {Phase.ARMED, Phase.HOLDING}:
            self.hold_here()
            self._rest_at = time.monotonic() + SOFT_S
            self._set_phase(Phase.STOPPING)

    def _finish_stop(self) -> None:
        if self.state.phase is not Phase.STOPPING:
            return
        still = bool(self.state.got.all()) and bool((np.abs(self.state.raw[:, VELOCITY]) <= STILL_UNITS).all())
        if still or time.monotonic() > self._rest_at:
            self.power_off()

    def _send_goals(self) -> None:
        with self.state.lock:
            if not self.state.new_goals or self.state.phase not in {Phase.ARMED, Phase.HOLDING}:
                self.state.new_goals = False
                return
            self.state.phase, self.state.new_goals = Phase.ARMED, False
            self._asked[:] = self.state.goals
        self._send(self._goals.packet(self._asked))

    def _read(self) -> None:
        bus, feedback = self.bus, self._feedback
        self._note_silence()
        bus.port.read()  # whatever comes before it was asked for is none of this round's
        request = feedback.begin()
        asked_ns = time.monotonic_ns()
        self._send(request)
        bus.counts.requests += 1
        until = time.monotonic() + self.config.latency_s + self.config.period_s
        until += bus.wire_s(len(request) + feedback.reply_bytes)
        while (left := until - time.monotonic()) > 0.0 and bus.port.wait(left):
            if feedback.take(bus.port.read()):
                break
        whole = feedback.end()
        if not whole or feedback.received != feedback.reply_bytes:
            bus.counts.late += feedback.strangers()
        if whole:
            self._failures = 0
        else:
            damaged = feedback.received >= feedback.reply_bytes
            bus.counts.corrupt += damaged
            bus.counts.timeouts += not damaged
            self._failures += 1
            if self._failures % feedback.kinds == 0:  # all kinds of request are out: wait until none can be answered
                bus.failed()
                bus.settle()
        self._publish(asked_ns)

    def _publish(self, asked_ns: int) -> None:
        state, feedback = self.state, self._feedback
        before, now = state.raw[:, POSITION], feedback.raw[:, POSITION]
        self._jumps.drop(before, state.seen_ns, now, asked_ns, feedback.got)
        with state.lock:
            state.got[:] = feedback.got
            np.copyto(state.raw, feedback.raw, where=feedback.got[:, None])
            state.seen_ns[feedback.got] = asked_ns
            state.round_ns, state.rounds = asked_ns, state.rounds + 1

    def _note_silence(self) -> None:
        """See whether this host was silent for so long that the servos have stopped by themselves."""
        if self.state.phase is Phase.OFF:
            return
        if time.monotonic() - self._sent_at > 1e-3 * self.config.watchdog_ms:
            for servo in self._ids:
                self.fault(servo, "the host was silent for longer than the bus watchdog")

    def _watch(self) -> None:
        """Alerts, silent servos and a silent loop."""
        feedback, now_ns = self._feedback, time.monotonic_ns()
        alerted = {self._ids[k] for k in np.flatnonzero(feedback.got & (feedback.errors & ALERT != 0))}
        for servo in sorted((alerted | self.bus.alerts) & set(self._ids)):
            self.bus.alerts.discard(servo)
            if "alert" not in self._known(servo):
                self._name_alert(servo)
        phase = self.state.phase
        if phase is Phase.OFF:
            return
        for k in np.flatnonzero(self._jumps.times >= SEEN_FOR):
            if "its position jumped" not in self._known(self._ids[k]):
                self.fault(self._ids[k], "its position jumped")
        missing = np.flatnonzero(now_ns - self.state.seen_ns > 1_000_000 * self.config.watchdog_ms)
        if missing.size and not any("silent" in fault.what for fault in self.state.faults.values()):
            self.fault(self._ids[missing[0]], "silent")  # they answer in turn: those behind it may only wait for it
        if phase is Phase.ARMED and now_ns - self.state.goals_ns > 1e9 * self.config.command_timeout_s:
            self.state.ask_stop(StopKind.SOFT)

    def _known(self, servo: int) -> tuple[str, ...]:
        fault = self.state.faults.get(servo)
        return fault.what if fault else ()

    def _name_alert(self, servo: int) -> None:
        self.fault(servo, "alert")
        with suppress(NoReply, ServoRefused):
            bits = self.bus.read(servo, self.models[0].register("hardware_error_status"))
            self.fault(servo, *bit_names(bits))

    def _look_at_health(self) -> None:
        now = time.monotonic()
        if now < self._health_at or self._failures:
            return
        self._health_at = now + HEALTH_S
        name, self._health = _HEALTH[self._health], (self._health + 1) % len(_HEALTH)
        register = self.models[0].register(name)
        for servo, reply in self.bus.sync_read(self._ids, register).items():
            self._judge(servo, name, register.decode(reply.data))

    def _judge(self, servo: int, name: str, value: int) -> None:
        powered = self.state.phase in {Phase.ARMED, Phase.HOLDING}
        if name == "hardware_error_status" and value:
            news = [each for each in bit_names(value) if each not in self._known(servo)]
            if news:
                self.fault(servo, *news)
        elif name == "torque_enable" and powered and not value and "lost its torque" not in self._known(servo):
            self.fault(servo, "lost its torque")
        elif name == "bus_watchdog" and powered and value != self.config.watchdog:
            what = "its bus watchdog has bitten" if value == -1 else "its bus watchdog is off"
            if what not in self._known(servo):
                self.fault(servo, what)
