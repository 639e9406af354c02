"""What is wrong with the servos of a bus: found in their replies, kept by name, and answered with a stop of all.

A fault stays until it is cleared, whatever the servo says later: an alert that was seen once is never lost.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress

import numpy as np

from hardware.dynamixel.bus import Bus
from hardware.dynamixel.bus_config import BusConfig
from hardware.dynamixel.feedback import Feedback, Flags
from hardware.dynamixel.packets import ALERT
from hardware.dynamixel.servo_config import ServoConfig
from hardware.dynamixel.shared_state import Phase, SharedState
from hardware.dynamixel.troubles import NoReply, ServoFault, ServoRefused, bit_names
from robotics.contracts import StopKind
from robotics.errors import DeviceError

HEALTH_S = 0.1
"""Time between two looks at the servos' health; each looks at one register of all; ours [s]."""

_HEALTH = ("torque_enable", "bus_watchdog", "hardware_error_status")


class Watch:
    """Looks at a bus between its rounds.

    Args:
        config: The bus.
        models: Model of each servo.
        bus: Transactions on the open port.
        state: What is shared with the loop.
    """

    def __init__(self, config: BusConfig, models: Sequence[ServoConfig], bus: Bus, state: SharedState) -> None:
        self._config, self._registers, self._bus, self._state = config, models[0].registers, bus, state
        self._ids, self._period_ns = config.ids, 1_000_000 * config.watchdog_ms
        self._next, self._at = 0, 0.0

    def fault(self, servo: int, *what: str) -> None:
        """Keep what is wrong with a servo, and bring all of them to rest where they have torque."""
        state = self._state
        with state.lock:
            old = state.faults.get(servo)
            names = (*(old.what if old else ()), *what)
            if old is not None and set(what) <= set(old.what):
                return
            joint = self._config.joints[self._ids.index(servo)].name
            state.faults[servo] = ServoFault(servo, joint, tuple(dict.fromkeys(names)))
            powered = state.phase in {Phase.ARMED, Phase.HOLDING}
        if powered:
            state.ask_stop(StopKind.SOFT)

    def clear(self) -> None:
        """Forget what was wrong, where the servos say that it is no more.

        Raises:
            DeviceError: Something is still wrong.
        """
        for servo in self._ids:
            if bits := self._bus.read(servo, self._registers["hardware_error_status"]):
                self.fault(servo, *bit_names(bits))
                raise DeviceError(f"{self._state.faults[servo]}; mend it, then reboot it")
        self._bus.alerts.clear()
        with self._state.lock:
            self._state.faults.clear()

    def look(self, feedback: Feedback, jumped: Flags) -> None:
        """Look at what a round brought: alerts, positions that jumped, servos and a loop that are silent."""
        state = self._state
        alerted = {self._ids[k] for k in np.flatnonzero(feedback.got & (feedback.errors & ALERT != 0))}
        for servo in sorted((alerted | self._bus.alerts) & set(self._ids)):
            if not self._known(servo, "alert"):
                self._name_alert(servo)
        self._bus.alerts.clear()
        if state.phase is Phase.OFF:
            return
        for k in np.flatnonzero(jumped):
            self.fault(self._ids[k], "its position jumped")
        missing = np.flatnonzero(time.monotonic_ns() - state.seen_ns > self._period_ns)
        if missing.size and not any("silent" in fault.what for fault in state.faults.values()):
            self.fault(self._ids[missing[0]], "silent")  # they answer in turn: those behind it may only wait for it
        waited_s = 1e-9 * (time.monotonic_ns() - state.goals_ns)
        if state.phase is Phase.ARMED and waited_s > self._config.command_timeout_s:
            state.ask_stop(StopKind.SOFT, f"no command came for {self._config.command_timeout_s:g} s")

    def was_silent(self) -> None:
        """Note that this host said nothing for so long that the servos have stopped by themselves."""
        for servo in self._ids:
            self.fault(servo, "the host was silent for longer than the bus watchdog")

    def look_at_health(self) -> None:
        """Look at one of the registers that tell how the servos are, where it is time to."""
        now = time.monotonic()
        if now < self._at:
            return
        self._at = now + HEALTH_S
        name, self._next = _HEALTH[self._next], (self._next + 1) % len(_HEALTH)
        register = self._registers[name]
        for servo, reply in self._bus.sync_read(self._ids, register).items():
            self._judge(servo, name, register.decode(reply.data))

    def _known(self, servo: int, what: str) -> bool:
        fault = self._state.faults.get(servo)
        return fault is not None and what in fault.what

    def _name_alert(self, servo: int) -> None:
        self.fault(servo, "alert")
        with suppress(NoReply, ServoRefused):
            self.fault(servo, *bit_names(self._bus.read(servo, self._registers["hardware_error_status"])))

    def _judge(self, servo: int, name: str, value: int) -> None:
        powered = self._state.phase in {Phase.ARMED, Phase.HOLDING}
        if name == "hardware_error_status" and value:
            self.fault(servo, *bit_names(value))
        elif name == "torque_enable" and powered and not value:
            self.fault(servo, "lost its torque")
        elif name == "bus_watchdog" and powered and value != self._config.watchdog:
            self.fault(servo, "its bus watchdog has bitten" if value == -1 else "its bus watchdog is off")
