"""A wearable on the loopback: a real outlet of the Lab Streaming Layer in a process of its own."""

from __future__ import annotations

import multiprocessing
import time
from multiprocessing.connection import Connection
from types import TracebackType

MOST_S = 60.0  # an outlet that nobody ends ends by itself


class Sending:
    """Sends one and the same sample again and again, until it is told another."""

    def __init__(
        self,
        kind: str,
        sample: list[float],
        rate_hz: float = 50.0,
        text: bool = False,
        source: str = "",
        name: str = "",
    ) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(
            target=_send, args=(theirs, kind, sample, rate_hz, text, source, name), daemon=True
        )

    def __enter__(self) -> Sending:
        self._process.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()

    def send(self, sample: list[float], ahead_s: float = 0.0) -> None:
        """From now on this sample, with a clock that goes ahead by so much."""
        self._pipe.send((sample, ahead_s))

    def wait(self) -> None:
        """Wait until it is there."""
        assert self._pipe.poll(MOST_S)
        self._pipe.recv()

    def end(self) -> None:
        """End the outlet, as a wearable whose battery is taken out."""
        self._process.kill()
        self._process.join()


def _send(pipe: Connection, kind: str, sample: list[float], rate_hz: float, text: bool, source: str, name: str) -> None:
    import pylsl

    form = "string" if text else "float32"
    outlet = pylsl.StreamOutlet(
        pylsl.StreamInfo(name or f"test {kind}", kind, len(sample), rate_hz, form, kind + source + name)
    )
    pipe.send("there")
    ahead, end = 0.0, time.monotonic() + MOST_S
    try:
        while time.monotonic() < end:
            if pipe.poll(1.0 / rate_hz):
                sample, ahead = pipe.recv()
            outlet.push_sample([str(each) for each in sample] if text else sample, pylsl.local_clock() + ahead)
    except (EOFError, OSError):
        return
