"""A control process without an arm, and its hub, to be run as a program: ticks of the stage, in real time.

Prints the endpoints as one line of JSON once it listens, and at the end one line about the hand that came in.
Arguments: seconds, and whether it takes a hand (0 or 1).
"""

import sys
import threading
import time

import msgspec
import numpy as np

from control.mailbox import Mailbox
from control.ring import TickRing
from control.shared import unique_name
from robotics.contracts import HandPose
from tests.vr_training.view import view_stage
from vr_training.stream.endpoints import ipc_endpoints
from vr_training.stream.hub import Hub


def tick_on(ring, mailbox, duration_s, heard):
    hand = HandPose(pose=np.zeros(7), grip=0.0, clutch=True, age_s=0.0, valid=False)
    start = time.monotonic()
    while not mailbox.quit_requested:
        t = time.monotonic() - start
        if t >= duration_s:
            break
        ring.write(view_stage.tick(t, 0.8 * duration_s))
        mailbox.read(hand)
        if hand.valid:
            heard.append((t, *hand.pose[:3].tolist(), float(hand.clutch), hand.age_s))
        time.sleep(0.005)
    ring.write(view_stage.tick(duration_s, 0.8 * duration_s))
    ring.close()


def main(duration_s, inputs):
    heard = []
    with (
        TickRing.create(unique_name("ring"), view_stage.LAYOUT) as ring,
        Mailbox.create(unique_name("mailbox")) as mailbox,
        Hub(ring.name, mailbox.name, view_stage.scene(inputs), ipc_endpoints("stage")) as hub,
    ):
        print(msgspec.json.encode(hub.endpoints).decode(), flush=True)
        loop = threading.Thread(target=tick_on, args=(ring, mailbox, duration_s, heard))
        loop.start()
        hub.run()
        loop.join()
        stop = mailbox.stop_requested
    print(msgspec.json.encode({"heard": heard, "stop": stop.value if stop else ""}).decode(), flush=True)


if __name__ == "__main__":
    main(float(sys.argv[1]), sys.argv[2] == "1")
