"""The thread of a bus: rounds at the pace of commands or of its own period, and jobs that need the line alone."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress

from hardware.dynamixel.rounds import Rounds
from robotics.errors import DeviceError, LinkLost, StaleError

SLACK = 1.25
"""After so many periods without a command a round begins by itself: while commands come it goes with them; ours."""

SOONEST = 0.5
"""Rounds begin no closer to each other than so many periods; ours."""


class Worker:
    """Runs the rounds of one bus until it is ended or the line is lost.

    Args:
        rounds: The bus.
        name: Name of the thread.
    """

    def __init__(self, rounds: Rounds, name: str) -> None:
        self._rounds, self._period = rounds, rounds.config.period_s
        self._wake, self._ended = threading.Event(), False
        self._job: Callable[[], None] | None = None
        self._done, self._failed = threading.Event(), list[BaseException]()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    @property
    def alive(self) -> bool:
        """Whether it still goes on."""
        return self._thread.is_alive()

    def wake(self) -> None:
        """There is something new to send; never waits."""
        self._wake.set()

    def do(self, job: Callable[[], None], timeout_s: float) -> None:
        """Have the thread do something that needs the line for itself, and wait for it; raises what the job raises.

        Raises:
            StaleError: It took too long.
            LinkLost: The line is gone.
        """
        self._failed.clear()
        self._done.clear()
        self._job = job
        self._wake.set()
        until = time.monotonic() + timeout_s
        while not self._done.wait(0.05):
            if self._rounds.state.lost is not None:
                raise self._rounds.state.lost
            if time.monotonic() > until or not self.alive:
                raise StaleError(f"the bus did not finish within {timeout_s:g} s")
        if self._failed:
            raise self._failed[0]

    def end(self) -> None:
        """End it, and wait until it has ended."""
        self._ended = True
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        begun = 0.0
        try:
            while not self._ended:
                self._wake.wait(max(begun + SLACK * self._period - time.monotonic(), 0.0))
                self._wake.clear()
                early = begun + SOONEST * self._period - time.monotonic()
                if early > 0.0:
                    time.sleep(early)
                begun = time.monotonic()
                if (job := self._job) is not None:
                    self._job = None
                    self._run_job(job)
                    continue
                self._rounds.step()
        except LinkLost as error:
            self._lose(error)
        except Exception as error:  # whatever it was: nobody drives the servos any more, and everybody is told
            with suppress(DeviceError):
                self._rounds.power_off()
            self._lose(LinkLost(self._rounds.bus.port.path, f"the thread of the bus failed: {error!r}"))

    def _lose(self, error: LinkLost) -> None:
        with self._rounds.state.lock:
            self._rounds.state.lost = error

    def _run_job(self, job: Callable[[], None]) -> None:
        try:
            job()
        except LinkLost:
            raise
        except BaseException as error:
            self._failed.append(error)
        self._done.set()
