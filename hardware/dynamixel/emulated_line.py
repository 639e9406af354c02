"""Emulated servos on one half duplex line: who hears what, who answers when, and what collides."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hardware.dynamixel import packets
from hardware.dynamixel.decoder import Decoder, Packet
from hardware.dynamixel.emulated_servo import EmulatedServo
from hardware.dynamixel.packets import Instruction
from hardware.dynamixel.wire import BROADCAST, HEADER, STATUS, crc16

BITS_PER_BYTE = 10
"""Start bit, eight of data, stop bit."""


class EmulatedLine:
    """Some servos that share two wires.

    Args:
        servos: The servos.
        timed: Whether bytes take their time on the line.
    """

    def __init__(self, servos: Sequence[EmulatedServo], timed: bool = True) -> None:
        self.servos, self.timed = list(servos), timed
        self._decoder = Decoder()
        self._baud = 0

    def start(self, now: float) -> None:
        """Let the servos' time begin, with all that they need compiled."""
        warm = Decoder()
        list(warm.feed(packets.ping() + packets.fast_status([(0, 1, b"")])))
        for each in self.servos:
            each.advance(now)
            each.advance(now + 1e-6)

    def servo(self, number: int) -> EmulatedServo:
        """The first servo with this id; LookupError where there is none."""
        for each in self.servos:
            if each.servo == number:
                return each
        raise LookupError(f"no servo with id {number} on the line")

    def hear(self, data: bytes, now: float, baud: int) -> list[tuple[float, bytes]]:
        """Bytes from the host, whose last is sent at ``now`` at the latest.

        Returns:
            Times at which the last byte of each answer has arrived, and the answers.
        """
        if baud != self._baud:
            self._decoder.reset()
            self._baud = baud
        answers: list[tuple[float, bytes]] = []
        for packet in self._decoder.feed(data):
            if packet.instruction == Instruction.STATUS:
                continue
            now += self._wire_s(len(packet.parameters) + 10)
            for servo in self.servos:
                servo.hear(now)
            for delay, answer in self._answers(packet):
                now += delay + self._wire_s(len(answer))
                answers.append((now, answer))
        return answers

    def _wire_s(self, count: int) -> float:
        return count * BITS_PER_BYTE / self._baud if self.timed and self._baud else 0.0

    def _delay(self, servo: EmulatedServo) -> float:
        return servo.delay_s if self.timed else servo.faults.late_s

    def _with_id(self, number: int) -> list[EmulatedServo]:
        return [each for each in self.servos if each.servo == number and each.answers and each.baud == self._baud]

    def _answers(self, packet: Packet) -> list[tuple[float, bytes]]:
        kind, parameters = packet.instruction, packet.parameters
        if packet.servo != BROADCAST:
            return self._merge([self._single(each, packet) for each in self._with_id(packet.servo)])
        heard = [each for each in self.servos if each.answers and each.baud == self._baud]
        if kind == Instruction.PING:
            numbers = sorted({each.servo for each in heard})
            return [
                answer
                for number in numbers
                for answer in self._merge([self._single(each, packet) for each in heard if each.servo == number])
            ]
        if kind in {
            Instruction.SYNC_READ,
            Instruction.FAST_SYNC_READ,
            Instruction.BULK_READ,
            Instruction.FAST_BULK_READ,
        }:
            fast = kind in {Instruction.FAST_SYNC_READ, Instruction.FAST_BULK_READ}
            return self._fast(_asked(kind, parameters)) if fast else self._in_turn(_asked(kind, parameters))
        if kind == Instruction.SYNC_WRITE:
            self._sync_write(parameters)
        elif kind == Instruction.BULK_WRITE:
            self._bulk_write(parameters)
        elif kind == Instruction.FACTORY_RESET and parameters == b"\xff":
            pass  # ignored from the broadcast id, so that not all servos get the same one
        else:
            for each in heard:
                each.obey(kind, parameters)
        return []

    def _single(self, servo: EmulatedServo, packet: Packet) -> tuple[float, bytes]:
        number, delay = servo.servo, self._delay(servo)
        error, data, answered = servo.obey(packet.instruction, packet.parameters)
        return (delay, _spoilt(servo, packets.status(number, error, data))) if answered else (0.0, b"")

    def _merge(self, answers: list[tuple[float, bytes]]) -> list[tuple[float, bytes]]:
        """What the host hears of servos that speak at once: a 0 wins over a 1."""
        spoken = [(delay, answer) for delay, answer in answers if answer]
        if not spoken:
            return []
        return [(max(delay for delay, _ in spoken), _mixed([answer for _, answer in spoken]))]

    def _in_turn(self, asked: list[tuple[int, int, int]]) -> list[tuple[float, bytes]]:
        """Each answers once the one before has; where one keeps silent the rest do, assumed."""
        answers: list[tuple[float, bytes]] = []
        for number, address, size in asked:
            found = [each for each in self._with_id(number) if each.table["status_return_level"] >= 1]
            if not found:
                break
            each_read = [(each, *each.read(address, size)) for each in found]
            answers += self._merge(
                [
                    (self._delay(each), _spoilt(each, packets.status(number, error, b"" if error & 0x7F else data)))
                    for each, error, data in each_read
                ]
            )
        return answers

    def _fast(self, asked: list[tuple[int, int, int]]) -> list[tuple[float, bytes]]:
        """All answer in one packet, in order; it ends before the first that keeps silent or finds a wrong checksum."""
        length = sum(size + 4 for _, _, size in asked) + 1
        whole, delay = bytearray(HEADER + bytes([BROADCAST, length & 0xFF, length >> 8, STATUS])), 0.0
        for number, address, size in asked:
            found = [each for each in self._with_id(number) if _knows_fast(each)]
            if not found:
                break
            delay = max(delay, self._delay(found[0]))
            spoken = [bytes([error, number]) + data for error, data in (each.read(address, size) for each in found)]
            whole += _mixed(spoken)
            crc = crc16(np.frombuffer(bytes(whole), np.uint8), 0, len(whole), 0)
            whole += crc.to_bytes(2, "little")
            if found[0].faults.corrupt or len(set(spoken)) > 1:
                whole[-1] ^= 0x5A
                break
        return [(delay, bytes(whole))] if len(whole) > 8 else []

    def _sync_write(self, parameters: bytes) -> None:
        address, size = int.from_bytes(parameters[:2], "little"), int.from_bytes(parameters[2:4], "little")
        for at in range(4, len(parameters) - size, size + 1):
            for each in self._with_id(parameters[at]):
                each.write(address, parameters[at + 1 : at + 1 + size])

    def _bulk_write(self, parameters: bytes) -> None:
        at = 0
        while at + 5 <= len(parameters):
            number, address = parameters[at], int.from_bytes(parameters[at + 1 : at + 3], "little")
            size = int.from_bytes(parameters[at + 3 : at + 5], "little")
            for each in self._with_id(number):
                each.write(address, parameters[at + 5 : at + 5 + size])
            at += 5 + size


def _mixed(spoken: list[bytes]) -> bytes:
    """Bytes that are on the line when several speak at once."""
    mixed = np.full(max(map(len, spoken)), 0xFF, np.uint8)
    for each in spoken:
        mixed[: len(each)] &= np.frombuffer(each, np.uint8)
    return mixed.tobytes()


def _knows_fast(servo: EmulatedServo) -> bool:
    table = servo.table
    return table["status_return_level"] >= 1 and table["firmware_version"] >= servo.model.fast_read_firmware


def _spoilt(servo: EmulatedServo, answer: bytes) -> bytes:
    return answer[:-1] + bytes([answer[-1] ^ 0x5A]) if servo.faults.corrupt else answer


def _asked(kind: int, parameters: bytes) -> list[tuple[int, int, int]]:
    """Ids, addresses and sizes that a read of many asks for."""
    if kind in {Instruction.SYNC_READ, Instruction.FAST_SYNC_READ}:
        address, size = int.from_bytes(parameters[:2], "little"), int.from_bytes(parameters[2:4], "little")
        return [(number, address, size) for number in parameters[4:]]
    return [
        (
            parameters[at],
            int.from_bytes(parameters[at + 1 : at + 3], "little"),
            int.from_bytes(parameters[at + 3 : at + 5], "little"),
        )
        for at in range(0, len(parameters) - 4, 5)
    ]
