"""Read the force on an arm's tip for a haptic device, with nothing but ZeroMQ and MessagePack; see docs/INPUTS.md.

python docs/examples/feel_force.py sessions/NAME/live.json [SECONDS] [ARM]      while a session runs
"""

import json
import struct
import sys
import time
from pathlib import Path

import zmq
from msgspec import msgpack  # or any other MessagePack

# What your device bears. States come 60 times a second: never render them raw.
GAIN, MOST_N, SMOOTHING_S = 0.5, 3.0, 0.03

live = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))  # where the session's hub listens
seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 10.0
arm = int(sys.argv[3]) if len(sys.argv) > 3 else 0
context = zmq.Context()

request = context.socket(zmq.REQ)
request.connect(live["request"])
request.send(msgpack.encode({"what": "scene"}))
turn = struct.unpack("<9d", msgpack.decode(request.recv())["operator_from_world"])  # rows of the rotation

state = context.socket(zmq.SUB)
state.setsockopt(zmq.CONFLATE, 1)  # only ever the newest
state.setsockopt(zmq.SUBSCRIBE, b"")
state.connect(live["state"])
began = before = time.monotonic()
felt = [0.0, 0.0, 0.0]
while time.monotonic() - began < seconds:
    wanted = [0.0, 0.0, 0.0]  # of a session that fell silent nothing is felt
    if state.poll(100):
        told = msgpack.decode(state.recv())["arms"][arm]
        if not told["clutch"] and all(abs(part) < 1e3 for part in told["force"]):  # NaN is no force
            wanted = [sum(turn[3 * i + j] * told["force"][j] for j in range(3)) for i in range(3)]
    size = max(sum(part * part for part in wanted) ** 0.5, 1e-9)
    share = GAIN * min(1.0, MOST_N / (GAIN * size))
    now = time.monotonic()
    follow, before = min((now - before) / SMOOTHING_S, 1.0), now
    felt = [old + follow * (share * new - old) for old, new in zip(felt, wanted, strict=True)]
    # N, x right, y up, z towards the operator: give it to your device here.
    print(*(f"{part:+.3f}" for part in felt), flush=True)
