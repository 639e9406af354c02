"""Requests to servos and their replies over one half duplex line, one at a time, each with a deadline.

The protocol numbers nothing, so that a reply which comes late looks like one to the next request. After a request
that was not answered the line is therefore left alone until it has been silent for a while, and what comes meanwhile
is counted and dropped. What was not answered is an error, never a value.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from hardware.dynamixel import packets
from hardware.dynamixel.decoder import Decoder, Packet
from hardware.dynamixel.servo_config import Register
from hardware.dynamixel.troubles import NoReply, ServoRefused
from hardware.dynamixel.wire import BROADCAST, STATUS
from hardware.serial_port import SerialPort

BITS_PER_BYTE = 10
"""Start bit, eight of data, stop bit."""

MOST_DELAY_S = 254 * 2e-6
"""Longest return delay that a servo can be set to (ROBOTIS e-Manual)."""

LATENCY_S = 0.02
"""How long adapter and host may keep a reply: an FTDI chip's timer is 16 ms as it leaves the factory [s]."""

QUIET_S = 0.03
"""Silence after a request that was not answered, before the next; longer than adapter and host keep bytes; ours [s]."""


@dataclass
class LineCounts:
    """What happened on a line so far.

    Attributes:
        requests: Requests that ask for a reply.
        timeouts: Requests that were not answered in time.
        corrupt: Packets with a wrong checksum.
        late: Whole replies that nobody waited for any more, or that were not what was asked for.
        echoes: Own packets that the adapter gave back.
        held_up: Packets that the line could not take at once.
    """

    requests: int = 0
    timeouts: int = 0
    corrupt: int = 0
    late: int = 0
    echoes: int = 0
    held_up: int = 0


class Reply(NamedTuple):
    """A servo's reply.

    Attributes:
        servo: Its id.
        error: Error byte, alert bit included.
        data: What it says.
    """

    servo: int
    error: int
    data: bytes

    @property
    def alert(self) -> bool:
        """Whether it has found something wrong with its hardware."""
        return bool(self.error & packets.ALERT)


class Bus:
    """Transactions over a port that is open; whoever has it is the only one who uses the port.

    Args:
        port: The port.
        latency_s: How long adapter and host may keep a reply [s].
        quiet_s: Silence after a request that was not answered, before the next [s].

    Attributes:
        counts: What happened on the line so far.
        alerts: Ids of servos in whose replies the alert bit was set; whoever looks at them takes them out.
    """

    def __init__(self, port: SerialPort, latency_s: float = LATENCY_S, quiet_s: float = QUIET_S) -> None:
        self.port, self.counts, self.alerts = port, LineCounts(), set[int]()
        self._latency, self._quiet, self._decoder = latency_s, quiet_s, Decoder()
        self._quiet_until = 0.0

    def wire_s(self, count: int) -> float:
        """How long some bytes are on the line [s]."""
        return count * BITS_PER_BYTE / self.port.baud

    def read(self, servo: int, register: Register) -> int:
        """Value of a register.

        Raises:
            NoReply: It did not answer, or not undamaged.
            ServoRefused: It has no such register.
            LinkLost: The line is gone.
        """
        asked = f"read of address {register.address}"
        reply = self._ask(servo, packets.read(servo, register.address, register.size), register.size, asked)
        return register.decode(reply.data)

    def write(self, servo: int, register: Register, value: int) -> Reply:
        """Set a register; the servo has said that it did.

        Raises:
            NoReply: It did not answer: whether it did it is not known.
            ServoRefused: It did not do it.
            LinkLost: The line is gone.
        """
        asked = f"write of {value} to address {register.address}"
        return self._ask(servo, packets.write(servo, register.address, register.encode(value)), 0, asked)

    def ping(self, servo: int) -> list[Reply]:
        """All replies to a ping: more than one where servos share the id; data are model number and firmware."""
        return self._collect(packets.ping(servo), [servo], 3, linger=True)

    def ping_all(self) -> list[Reply]:
        """Replies of all servos on the line."""
        return self._collect(packets.ping(), list(range(253)), 3, linger=True)

    def reboot(self, servo: int) -> None:
        """Start a servo anew."""
        self._ask(servo, packets.reboot(servo), 0, "reboot")

    def sync_read(self, servos: Sequence[int], register: Register) -> dict[int, Reply]:
        """A register of many servos, by id; who did not answer undamaged is not in it."""
        request = packets.sync_read(servos, register.address, register.size)
        return {reply.servo: reply for reply in self._collect(request, servos, register.size)}

    def sync_write(self, register: Register, values: Mapping[int, int]) -> None:
        """Set a register of many servos, by id; nobody answers."""
        data = {servo: register.encode(value) for servo, value in values.items()}
        self.send(packets.sync_write(register.address, data))

    def send(self, data: bytes) -> None:
        """Send a packet that nobody answers."""
        self.settle()
        until = time.monotonic() + self._latency
        while not self.port.write(data):
            self.counts.held_up += 1
            if time.monotonic() > until:
                return
            time.sleep(self.wire_s(len(data)))

    def settle(self) -> None:
        """Wait until nothing can come any more that was asked for before, and drop what has."""
        while (left := self._quiet_until - time.monotonic()) > 0.0:
            self.port.wait(left)
            self.drop(self.port.read())
        self.drop(self.port.read())
        self._decoder.reset()

    def leave_alone(self) -> None:
        """Drop what comes in a while: it is late, whoever it was for."""
        self._quiet_until = time.monotonic() + self._quiet

    def drop(self, data: bytes) -> None:
        """Count what nobody waits for."""
        for packet in self._packets(data):
            self.counts.late += packet.instruction == STATUS

    def _packets(self, data: bytes) -> list[Packet]:
        before = self._decoder.corrupt
        found = list(self._decoder.feed(data))
        self.counts.corrupt += self._decoder.corrupt - before
        self.counts.echoes += sum(packet.instruction != STATUS for packet in found)
        return [packet for packet in found if packet.instruction == STATUS]

    def _ask(self, servo: int, request: bytes, size: int, asked: str) -> Reply:
        before = self.counts.corrupt
        replies = self._collect(request, [servo], size)
        if not replies:
            raise NoReply(servo, asked, self.counts.corrupt > before)
        reply = replies[0]
        if trouble := reply.error & ~packets.ALERT:
            raise ServoRefused(servo, asked, trouble)
        return reply

    def _collect(self, request: bytes, servos: Sequence[int], size: int, linger: bool = False) -> list[Reply]:
        """Send a request and take its replies until all have come or time is up; ``linger``: until time is up."""
        self.send(request)
        self.counts.requests += 1
        expected, replies = set(servos), list[Reply]()
        together = min(len(expected), 16) if linger else len(expected)
        until = time.monotonic() + self._latency + self.wire_s(len(request) + together * (size + 11))
        until += together * MOST_DELAY_S
        while (left := until - time.monotonic()) > 0.0 and (linger or len(replies) < len(expected)):
            self.port.wait(left)
            for packet in self._packets(self.port.read()):
                reply = _reply(packet, expected, size)
                if reply is None:
                    self.counts.late += 1
                else:
                    replies.append(reply)
                    if reply.alert:
                        self.alerts.add(reply.servo)
        if len({reply.servo for reply in replies}) < len(expected) and not (linger and replies):
            self.counts.timeouts += 1
            self.leave_alone()
        return replies


def _reply(packet: Packet, servos: set[int], size: int) -> Reply | None:
    """A packet as a reply to what was asked for; None where it is none."""
    if packet.servo not in servos or packet.servo == BROADCAST or not packet.parameters:
        return None
    error, data = packet.parameters[0], packet.parameters[1:]
    if len(data) != size and not (error & ~packets.ALERT and not data):
        return None
    return Reply(packet.servo, error, data)
