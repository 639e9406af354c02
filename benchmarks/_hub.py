"""A hub that serves the needle reach as if it ran, with all parts moving: ``python -m benchmarks._hub SECONDS FOLDER``.

No control loop beside it: what is measured is the way from the hub to a picture. Prints the session's name once it
listens.
"""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.view import lesson
from control.layout import decode_layout
from control.mailbox import Mailbox
from control.ring import TickRing
from control.shared import unique_name
from control.tick import State, tick_dtype
from vr_training.stream.endpoints import ipc_endpoints
from vr_training.stream.hub import Hub
from vr_training.stream.messages import SceneMessage

SESSION = "20260101-120000-needle_reach"
TICK_S = 0.004


def ticks(scene: SceneMessage, seconds: float) -> NDArray[np.void]:
    """Ticks of an instrument that never rests, one every `TICK_S`, shape (n,)."""
    count = round(seconds / TICK_S)
    made = np.zeros(count, tick_dtype(decode_layout(scene.layout, "scene")))
    t = TICK_S * np.arange(count)
    made["time"], made["sequence"], made["state"] = t, np.arange(count), State.ENGAGED
    arm = made["arms"][scene.arms[0].name]
    home = np.array(scene_home())
    arm["q"] = home + np.pad(0.02 * np.sin(2 * np.pi * 0.5 * t[:, None] + np.arange(3)), ((0, 0), (0, len(home) - 3)))
    arm["jaw"] = 0.5 + 0.4 * np.sin(3.0 * t)
    arm["tip"][:] = arm["target"][:] = (0.0, 0.0, 0.05, 1.0, 0.0, 0.0, 0.0)
    arm["tip"][:, 0] = 0.02 * np.sin(t)
    made["target"] = (0.0, 0.0, 0.02, 1.0, 0.0, 0.0, 0.0)
    return made


def scene_home() -> tuple[float, ...]:
    """Where the lesson's arm starts."""
    from steadyhand.rig import plan

    return tuple(plan("needle_reach").config.arms[0].home)


def main(seconds: float, folder: Path) -> None:
    scene, _ = lesson()
    made = ticks(scene, seconds)
    session = folder / SESSION
    session.mkdir(parents=True, exist_ok=True)
    layout = decode_layout(scene.layout, "scene")
    with (
        TickRing.create(unique_name("ring"), layout) as ring,
        Mailbox.create(unique_name("mailbox")) as mailbox,
        Hub(ring.name, mailbox.name, scene, ipc_endpoints(SESSION), folder=session) as hub,
    ):

        def tick_on() -> None:
            start = time.monotonic()
            for k in range(len(made)):
                time.sleep(max(start + k * TICK_S - time.monotonic(), 0.0))
                ring.write(made[k : k + 1])
            ring.close()

        print(SESSION, flush=True)
        loop = threading.Thread(target=tick_on)
        loop.start()
        hub.run()
        loop.join()


if __name__ == "__main__":
    main(float(sys.argv[1]), Path(sys.argv[2]))
