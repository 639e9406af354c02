"""Drive an arm of a running session from outside, with nothing but ZeroMQ and MessagePack; see docs/INPUTS.md.

steadyhand run needle_reach --input remote     in one terminal, then in another:
python docs/examples/drive_arm.py sessions/NAME/live.json
"""

import json
import math
import sys
import time
from pathlib import Path

import zmq
from msgspec import msgpack  # or any other MessagePack

live = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))  # where the session's hub listens
seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 10.0
arm = int(sys.argv[3]) if len(sys.argv) > 3 else 0
context = zmq.Context()

request = context.socket(zmq.REQ)
request.connect(live["request"])
request.send(msgpack.encode({"what": "scene"}))
epoch = msgpack.decode(request.recv())["epoch"]  # which run of the hub this is: every hand must name it

command = context.socket(zmq.DEALER)
command.setsockopt(zmq.LINGER, 0)
command.connect(live["command"])
began, sequence = time.monotonic(), 0
while time.monotonic() - began < seconds:
    t = time.monotonic() - began - 1.0
    clutch = t < 0.0  # pressed for a second: an arm follows only after it has seen that
    x = 0.0 if clutch else 0.03 * (1.0 - math.cos(t))  # then to the right and back, 60 mm
    sequence += 1
    hand = {
        "type": "hand", "client": "example", "epoch": epoch, "sequence": sequence, "sent_ns": time.time_ns(),
        "pose": [x, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0], "grip": 0.0, "clutch": clutch, "arm": arm,
    }  # fmt: skip
    command.send(msgpack.encode(hand))
    while command.poll(0):  # the hub answers what it refuses, and why
        print(msgpack.decode(command.recv()))
    time.sleep(0.005)  # 200 a second; a hand that is silent for 100 ms holds the arm
