"""Waits until the hub has done something, for whoever tests the stream."""

import time
from collections.abc import Callable

from vr_training.stream.client import StreamClient
from vr_training.stream.messages import StateMessage


def until(condition: Callable[[], object], what: str, timeout_s: float = 20.0) -> None:
    """Wait for a condition; ``what`` says what never came where it does not."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, f"never {what}"
        time.sleep(0.005)


def newest(client: StreamClient, accept: Callable[[StateMessage], bool], timeout_s: float = 20.0) -> StateMessage:
    """Wait for a published state that is accepted."""
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        state = client.newest()
        if state is not None and accept(state):
            return state
        time.sleep(0.005)
    raise AssertionError("no such state was published")
