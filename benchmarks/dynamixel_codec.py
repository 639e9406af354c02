"""Our codec of Dynamixel Protocol 2.0 beside the vendor's SDK: the same bytes, damaged bytes, and what each costs.

Exchanges: random instructions and replies are made by both and must be the same byte for byte. Where a packet has to
be stuffed the SDK's own `addStuffing` is the judge: its `txPacket` drops what that returns (version 4.1.0), so that
what it sends then is no packet; how often is printed. Damage: packets with up to three wrong bits behind the length
must never be taken, which the checksum promises; of those that are damaged anywhere one in 65,536 may be.

Run: ``python -m benchmarks.dynamixel_codec [--exchanges 100000]``
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Callable

import numpy as np
from dynamixel_sdk import GroupSyncRead, GroupSyncWrite, PacketHandler, PortHandler
from dynamixel_sdk.protocol2_packet_handler import Protocol2PacketHandler

from benchmarks._report import alternate, console, print_machine, print_ratios
from benchmarks._servo_buses import emulated_bus
from hardware.dynamixel import packets
from hardware.dynamixel.bus import Bus
from hardware.dynamixel.decoder import Decoder
from hardware.dynamixel.feedback import Feedback
from hardware.dynamixel.goals import Goals
from hardware.dynamixel.servo_config import load_servo
from hardware.serial_port import SerialPort

IDS = tuple(range(1, 8))
STUFFED = b"\xff\xff\xfd"
MODEL = load_servo("xm430_w350")
PRESENT, GOAL = MODEL.register("present_position"), MODEL.register("goal_position")


class Wire:
    """Stands for the SDK's port: keeps what is sent, gives what is to be received."""

    def __init__(self, reply: bytes = b"") -> None:
        self.is_using, self.sent, self.reply, self.again = False, b"", reply, reply

    def clearPort(self) -> None:
        """Begin anew."""
        self.reply = self.again

    def writePort(self, data: list[int]) -> int:
        """Keep what is sent."""
        self.sent = bytes(data)
        return len(data)

    def readPort(self, count: int) -> bytes:
        """Give some of what is left."""
        got, self.reply = self.reply[:count], self.reply[count:]
        return got

    def setPacketTimeout(self, _: int) -> None:
        """Nothing takes time."""

    def isPacketTimeout(self) -> bool:
        """Whether nothing is left."""
        return not self.reply


def spiked(draw: random.Random, count: int) -> bytes:
    """Bytes in which headers and what is like them are frequent."""
    data = b""
    while len(data) < count:
        data += draw.choice([STUFFED, b"\xff", b"\xfd", STUFFED + b"\x00", draw.randbytes(4), draw.randbytes(8)])
    return data[:count]


def exchanges(count: int) -> None:
    """The same packets by both, byte for byte."""
    draw, sdk, port = random.Random(1), Protocol2PacketHandler(), Wire()
    stuffed = different = 0
    for _ in range(count):
        servo, address = draw.randrange(253), draw.randrange(700)
        data, ids = spiked(draw, draw.randrange(1, 24)), draw.sample(range(253), draw.randrange(1, 8))
        kind = draw.randrange(5)
        port.is_using = False
        if kind == 0:
            sdk.writeTxOnly(port, servo, address, len(data), list(data))
            ours = packets.write(servo, address, data)
        elif kind == 1:
            sdk.regWriteTxOnly(port, servo, address, len(data), list(data))
            ours = packets.reg_write(servo, address, data)
        elif kind == 2:
            sdk.readTx(port, servo, address, len(data))
            ours = packets.read(servo, address, len(data))
        elif kind == 3:
            fast = draw.random() < 0.5
            sdk.syncReadTx(port, address, len(data), ids, len(ids), fast)
            ours = packets.sync_read(ids, address, len(data), fast)
        else:
            each = {number: spiked(draw, 4) for number in ids}
            body = b"".join(bytes([number]) + part for number, part in each.items())
            sdk.syncWriteTxOnly(port, address, 4, list(body), len(body))
            ours = packets.sync_write(address, each)
        sent = port.sent
        if STUFFED in sent[7:-2]:
            stuffed += 1
            whole = sdk.addStuffing(list(sent))
            crc = sdk.updateCRC(0, whole, len(whole) - 2)
            sent = bytes([*whole[:-2], crc & 0xFF, crc >> 8])
        different += ours != sent
        [back] = Decoder().feed(packets.status(servo, 0, data))
        different += back.parameters != b"\0" + data
    console.print(f"exchanges: {count}, different: {different}; of them the SDK sends {stuffed} unstuffed, so damaged")


def damage(count: int) -> None:
    """Damaged packets and garbage: what is taken of them."""
    draw, taken, anywhere, garbage = random.Random(2), 0, 0, 0
    tail = bytes(1040)  # completes whatever a damaged length promises
    for _ in range(count):
        made = packets.status(draw.randrange(253), 0, draw.randbytes(draw.randrange(1, 12)))
        spoilt, wide = bytearray(made), bytearray(made)
        for bit in draw.sample(range(56, 8 * len(made)), draw.randrange(1, 4)):
            spoilt[bit // 8] ^= 1 << bit % 8
        for _ in range(draw.randrange(1, 6)):
            wide[draw.randrange(len(made))] = draw.randrange(256)
        taken += len(list(Decoder().feed(bytes(spoilt) + tail)))
        anywhere += sum(1 for _ in Decoder().feed(bytes(wide) + tail)) if wide != made else 0
    decoder, most = Decoder(), 0
    for _ in range(count):
        garbage += len(list(decoder.feed(bytes(draw.choices([0xFF, 0xFD, 0, 0x55, 1, draw.randrange(256)], k=12)))))
        most = max(most, decoder.waiting)
    console.print(
        f"damaged packets: {count} with up to 3 wrong bits, taken: {taken}; {count} with up to 5 wrong bytes anywhere, "
        f"taken: {anywhere}\ngarbage: {count} pieces of 12 bytes, taken: {garbage}, kept: {most} bytes at most\n"
    )


def costs() -> dict[str, dict[str, float | None]]:
    """Making and reading packets without a line [us]."""
    draw, sdk = np.random.default_rng(3), PacketHandler(2.0)
    values = draw.integers(0, 4096, len(IDS))
    goals, wire = Goals(IDS, GOAL), Wire()
    writer = GroupSyncWrite(wire, sdk, GOAL.address, 4)
    for servo in IDS:
        writer.addParam(servo, [0, 0, 0, 0])

    def sdk_goals() -> None:
        for servo, value in zip(IDS, values.tolist(), strict=True):
            writer.changeParam(servo, list(value.to_bytes(4, "little")))
        writer.txPacket()

    sdk_goals()
    if wire.sent != bytes(goals.packet(values)):
        raise RuntimeError("the two packets of goals differ")
    feedback = Feedback(IDS, [MODEL] * len(IDS), fast=True)
    feedback.begin()
    data = [draw.integers(0, 256, 10, dtype=np.uint8).tobytes() for _ in IDS]
    reply = packets.fast_status([(0, servo, each) for servo, each in zip(IDS, data, strict=True)])
    reading = Wire(reply)
    reader = GroupSyncRead(reading, sdk, 126, 10)
    for servo in IDS:
        reader.addParam(servo)

    def our_reply() -> None:
        feedback.begin()
        if not feedback.take(reply):
            raise RuntimeError("our reply was not taken")

    def sdk_reply() -> None:
        reading.reply = reply
        if reader.fastSyncReadRxPacket() != 0:
            raise RuntimeError("the SDK did not take the reply")
        for servo in IDS:
            for address, size in ((126, 2), (128, 4), (132, 4)):
                reader.getData(servo, address, size)

    status, single, sending = packets.status(1, 0, b"\0\x08\0\0"), Wire(), Wire()
    decoder = Decoder()

    def sdk_single() -> None:
        single.reply = status
        sdk.rxPacket(single, False)

    def sdk_write() -> None:
        sending.is_using = False
        sdk.write4ByteTxOnly(sending, 1, 116, 2048)

    tasks: dict[str, tuple[Callable[[], object], Callable[[], object]]] = {
        "goals of 7 servos": (lambda: goals.packet(values), sdk_goals),
        "reports of 7 servos": (our_reply, sdk_reply),
        "one write": (lambda: packets.write(1, 116, b"\0\x08\0\0"), sdk_write),
        "one reply": (lambda: list(decoder.feed(status)), sdk_single),
    }
    rows: dict[str, dict[str, float | None]] = {}
    for name, (ours, theirs) in tasks.items():
        timing = alternate({"ours": ours, "SDK": theirs}, rounds=40)
        rows[name] = {each: 1e6 * found.median for each, found in timing.items()}
    return rows


def round_trips() -> dict[str, dict[str, float | None]]:
    """A fast read of seven servos over a pseudo terminal [us]."""
    rows: dict[str, dict[str, float | None]] = {}
    for name, baud, timed in (
        ("no time on the line", 1_000_000, False),
        ("1 Mbaud", 1_000_000, True),
        ("2 Mbaud", 2_000_000, True),
        ("4 Mbaud", 4_000_000, True),
    ):
        with emulated_bus(baud, timed) as first, emulated_bus(baud, timed) as second, SerialPort(first, baud) as port:
            bus, theirs = Bus(port), PortHandler(second)
            theirs.setBaudRate(baud)
            feedback = Feedback(IDS, [MODEL] * len(IDS), fast=True)
            reader = GroupSyncRead(theirs, PacketHandler(2.0), 126, 10)
            for servo in IDS:
                reader.addParam(servo)

            def ours(bus: Bus = bus, feedback: Feedback = feedback) -> None:
                bus.port.write(feedback.begin())
                while bus.port.wait(0.5) and not feedback.take(bus.port.read()):
                    pass
                if not feedback.end():
                    raise RuntimeError("no reply within half a second")

            for _ in range(20):
                ours()
                reader.fastSyncRead()
            timing = alternate({"ours": ours, "SDK": reader.fastSyncRead}, rounds=40, batch_s=0.02)
            theirs.closePort()
        rows[name] = {each: 1e6 * found.median for each, found in timing.items()}
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--exchanges", type=int, default=100_000)
    count = parser.parse_args().exchanges
    print_machine("dynamixel-sdk", "numba", "pyserial")
    exchanges(count)
    damage(count)
    print_ratios("Making and reading packets", costs(), "ours")
    print_ratios("Fast read of 7 servos over a pseudo terminal", round_trips(), "ours")


if __name__ == "__main__":
    main()
