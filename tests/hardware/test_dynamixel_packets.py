"""Packets of Protocol 2.0 are those of the vendor: of its manual's examples, and of its SDK byte for byte."""

from __future__ import annotations

import random

import pytest
from dynamixel_sdk import COMM_SUCCESS, PacketHandler
from dynamixel_sdk.protocol2_packet_handler import Protocol2PacketHandler

from hardware.dynamixel import packets
from hardware.dynamixel.decoder import Decoder
from robotics.errors import ArgumentError

STUFFED = b"\xff\xff\xfd"


class Wire:
    """Stands for the SDK's port: keeps what is sent, gives what is to be received."""

    def __init__(self, reply: bytes = b"") -> None:
        self.is_using, self.sent, self.reply = False, b"", reply

    def clearPort(self) -> None:
        pass

    def writePort(self, data: list[int]) -> int:
        self.sent = bytes(data)
        return len(data)

    def readPort(self, count: int) -> bytes:
        got, self.reply = self.reply[:count], self.reply[count:]
        return got

    def setPacketTimeout(self, _: int) -> None:
        pass

    def isPacketTimeout(self) -> bool:
        return not self.reply


def spiked(draw: random.Random, count: int) -> bytes:
    """Bytes in which headers and what is like them are frequent."""
    data = b""
    while len(data) < count:
        data += draw.choice([STUFFED, b"\xff", b"\xfd", STUFFED + b"\xfd", STUFFED + b"\x00", draw.randbytes(3)])
    return data[:count]


@pytest.mark.parametrize(
    ("made", "text"),
    [
        (packets.ping(1), "ffff fd00 0103 0001 194e"),
        (packets.ping(), "ffff fd00 fe03 0001 3142"),
        (packets.read(1, 132, 4), "ffff fd00 0107 0002 8400 0400 1d15"),
        (packets.write(1, 116, bytes([0, 2, 0, 0])), "ffff fd00 0109 0003 7400 0002 0000 ca89"),
        (packets.reg_write(1, 104, bytes([200, 0, 0, 0])), "ffff fd00 0109 0004 6800 c800 0000 ae8e"),
        (packets.action(1), "ffff fd00 0103 0005 02ce"),
        (packets.factory_reset(1, 1), "ffff fd00 0104 0006 01a1 e6"),
        (packets.reboot(1), "ffff fd00 0103 0008 2f4e"),
        (packets.clear_turns(1), "ffff fd00 0108 0010 0144 584c 22b1 dc"),
        (packets.sync_read([1, 2], 132, 4), "ffff fd00 fe09 0082 8400 0400 0102 cefa"),
        (packets.sync_read([3, 7, 4], 132, 4, fast=True), "ffff fd00 fe0a 008a 8400 0400 0307 0420 f2"),
        (
            packets.sync_write(116, {1: bytes([150, 0, 0, 0]), 2: bytes([170, 0, 0, 0])}),
            "ffff fd00 fe11 0083 7400 0400 0196 0000 0002 aa00 0000 8287",
        ),
        (packets.bulk_read({1: (144, 2), 2: (146, 1)}), "ffff fd00 fe0d 0092 0190 0002 0002 9200 0100 1a05"),
        (
            packets.bulk_write({1: (32, b"\xa0\x00"), 2: (31, b"\x50")}),
            "ffff fd00 fe10 0093 0120 0002 00a0 0002 1f00 0100 50b7 68",
        ),
        (packets.status(1, 0, b"\x06\x04\x26"), "ffff fd00 0107 0055 0006 0426 655d"),
        (packets.status(1, 0, bytes([166, 0, 0, 0])), "ffff fd00 0108 0055 00a6 0000 008c c0"),
        (
            packets.fast_status([(0, 3, b"\xa6\0\0\0"), (0, 7, b"\x1f\x08\0\0"), (0, 4, b"\xff\x03\0\0")]),
            "ffff fd00 fe19 0055 0003 a600 0000 8408 0007 1f08 0000 16ca 0004 ff03 0000 d19e",
        ),
    ],
)
def test_packets_are_those_of_the_manual(made: bytes, text: str) -> None:
    assert made == bytes.fromhex(text)


def vendors(sent: bytes) -> bytes:
    """A packet as the SDK means it: its `txPacket` drops what its own `addStuffing` returns (version 4.1.0)."""
    sdk = Protocol2PacketHandler()
    stuffed = sdk.addStuffing(list(sent))
    end = len(stuffed) - 2
    crc = sdk.updateCRC(0, stuffed, end)
    return bytes([*stuffed[:end], crc & 0xFF, crc >> 8])


def test_instructions_are_those_of_the_sdk_byte_for_byte() -> None:
    draw, sdk = random.Random(20), Protocol2PacketHandler()
    stuffed = 0
    for _ in range(700):
        servo, address = draw.randrange(253), draw.randrange(700)
        data = spiked(draw, draw.randrange(1, 40))
        ids = draw.sample(range(253), draw.randrange(1, 12))
        each = {number: spiked(draw, 4) for number in ids}
        asked = {number: (draw.randrange(600), draw.randrange(1, 9)) for number in ids}
        port, pairs = Wire(), []
        sdk.writeTxOnly(port, servo, address, len(data), list(data))
        pairs.append((packets.write(servo, address, data), port.sent))
        sdk.regWriteTxOnly(port, servo, address, len(data), list(data))
        pairs.append((packets.reg_write(servo, address, data), port.sent))
        sdk.readTx(port, servo, address, len(data))
        pairs.append((packets.read(servo, address, len(data)), port.sent))
        for fast in (False, True):
            port.is_using = False
            sdk.syncReadTx(port, address, len(data), ids, len(ids), fast)
            pairs.append((packets.sync_read(ids, address, len(data), fast), port.sent))
            port.is_using = False
            body = b"".join(bytes([n, a & 255, a >> 8, s, 0]) for n, (a, s) in asked.items())
            sdk.bulkReadTx(port, list(body), len(body), fast)
            pairs.append((packets.bulk_read(asked, fast), port.sent))
        port.is_using = False
        body = b"".join(bytes([number]) + part for number, part in each.items())
        sdk.syncWriteTxOnly(port, address, 4, list(body), len(body))
        pairs.append((packets.sync_write(address, each), port.sent))
        body = b"".join(bytes([n, address & 255, address >> 8, 4, 0]) + part for n, part in each.items())
        sdk.bulkWriteTxOnly(port, list(body), len(body))
        pairs.append((packets.bulk_write({n: (address, part) for n, part in each.items()}), port.sent))
        for ours, sent in pairs:
            stuffed += STUFFED in sent[7:-2]
            assert ours == (vendors(sent) if STUFFED in sent[7:-2] else sent)
    assert stuffed > 500


def test_the_sdk_reads_our_replies_as_we_do() -> None:
    draw, sdk, plain = random.Random(21), PacketHandler(2.0), 0
    for _ in range(3000):
        servo, error, data = draw.randrange(253), draw.randrange(256), spiked(draw, draw.randrange(0, 20))
        made = packets.status(servo, error, data)
        [ours] = Decoder().feed(made)
        assert (ours.servo, ours.parameters) == (servo, bytes([error]) + data)
        received, result = sdk.rxPacket(Wire(made), False)
        assert result == COMM_SUCCESS
        if data.count(STUFFED) == 0:  # the SDK looks for the next place to unstuff in what it has moved already
            plain += 1
            assert bytes(received[8 : 9 + len(data)]) == bytes([error]) + data
    assert plain > 500


@pytest.mark.parametrize("servo", [-1, 253, 255, 300])
def test_ids_that_cannot_be_are_refused(servo: int) -> None:
    with pytest.raises(ArgumentError, match=f"id {servo}"):
        packets.ping(servo)


def test_packets_longer_than_servos_take_are_refused() -> None:
    with pytest.raises(ArgumentError, match="must be 1024 at most"):
        packets.write(1, 0, bytes(1100))
    with pytest.raises(ArgumentError, match="same size"):
        packets.sync_write(116, {1: b"\0\0", 2: b"\0"})
