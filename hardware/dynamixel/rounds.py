"""One round of a bus: do what a stop asks for, send the newest goals, and read all servos.

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
from hardware.dynamixel.servo_config import ServoConfig
from hardware.dynamixel.shared_state import Phase, SharedState
from hardware.dynamixel.troubles import NoReply, ServoRefused
from hardware.dynamixel.watch import Watch
from robotics.contracts import DriveMode, StopKind

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

AGAIN_S = 0.1
"""Time after which the torque is taken again of servos that have not said that it is gone; ours [s]."""


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
        self.watch = Watch(config, models, bus, state)
        self._failures = 0
        self._sent_at, self._rest_at = time.monotonic(), 0.0
        self._powered, self._again_at = set(self._ids), 0.0  # whatever was here before may have left them so

    def step(self) -> None:
        """One round.

        Raises:
            LinkLost: The line is gone.
        """
        self._obey_stop()
        self._send_goals()
        self._read()
        self.watch.look(self._feedback, self._jumps.times >= SEEN_FOR)
        self._finish_stop()
        if not self._failures:
            self.watch.look_at_health()

    def hold_here(self) -> None:
        """Have the servos stay where they were read last; without current where they are driven by it."""
        with self.state.lock:
            goals = self.state.raw[:, POSITION] if self.config.drive is DriveMode.POSITION else self._asked * 0
            self._asked[:] = goals
            self.state.goals[:] = goals
            self.state.new_goals = False
        self._send(self._goals.packet(self._asked))

    def power_off(self) -> None:
        """Take the torque away at once, and see of whom it is gone; of the others it is taken again later."""
        self._powered = set(self._ids)
        self._take_torque()
        self._set_phase(Phase.OFF)

    def _take_torque(self) -> None:
        register = self.models[0].register("torque_enable")
        off = packets.sync_write(register.address, dict.fromkeys(self._ids, register.encode(0)))
        self._send(off)  # even where the line is to be left alone for a while: nobody answers it
        for servo in sorted(self._powered):
            with suppress(NoReply, ServoRefused):
                if self.bus.read(servo, register) == 0:
                    self._powered.discard(servo)
        self._again_at = time.monotonic() + AGAIN_S

    def powered(self) -> None:
        """Note that the torque is on: the servos hold, and follow goals once there are some."""
        self._powered = set(self._ids)
        self._sent_at = time.monotonic()
        with self.state.lock:
            self.state.new_goals, self.state.phase = False, Phase.HOLDING

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
        if kind is StopKind.POWER_OFF:
            self.power_off()
        elif phase is Phase.OFF and self._powered and time.monotonic() > self._again_at:
            self._take_torque()
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
        if self.state.phase is not Phase.OFF and time.monotonic() - self._sent_at > 1e-3 * self.config.watchdog_ms:
            self.watch.was_silent()
        begun = time.monotonic()
        asked_ns, damaged = self._ask()
        if damaged and time.monotonic() - begun + self.config.cycle_s <= self.config.period_s:
            asked_ns, _ = self._ask()  # there is time to ask once more: noise on the line is nothing that a loop sees
        self._publish(asked_ns)

    def _ask(self) -> tuple[int, bool]:
        """Ask all servos once; when that was, and whether what they said came damaged."""
        bus, feedback = self.bus, self._feedback
        bus.drop(bus.port.read())  # what came before it was asked for is none of this round's
        request = feedback.begin()
        asked_ns = time.monotonic_ns()
        self._send(request)
        bus.counts.requests += 1
        until = time.monotonic() + self.config.latency_s + self.config.period_s
        until += bus.wire_s(len(request) + feedback.reply_bytes)
        while (left := until - time.monotonic()) > 0.0 and bus.port.wait(left):
            if feedback.take(bus.port.read()) or feedback.spoilt:
                break
        damaged, exact = feedback.spoilt, feedback.received == feedback.reply_bytes
        whole = feedback.end()
        if not (whole and exact):
            bus.counts.late += feedback.strangers()
        if whole:
            self._failures = 0
            return asked_ns, False
        bus.counts.corrupt += damaged
        bus.counts.timeouts += not damaged
        self._failures += 1
        if self._failures % feedback.kinds == 0:  # all kinds of request are out: wait until none can be answered
            bus.leave_alone()
            bus.settle()
        return asked_ns, damaged

    def _publish(self, asked_ns: int) -> None:
        state, feedback = self.state, self._feedback
        before, now = state.raw[:, POSITION], feedback.raw[:, POSITION]
        self._jumps.drop(before, state.seen_ns, now, asked_ns, feedback.got)
        with state.lock:
            state.got[:] = feedback.got
            np.copyto(state.raw, feedback.raw, where=feedback.got[:, None])
            state.seen_ns[feedback.got] = asked_ns
            state.round_ns, state.rounds = asked_ns, state.rounds + 1
