"""Commands that may power a joint board's drives: a person is warned, can stop them, and is told how it was left."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from hardware.joint_board.examining import Examination
from hardware.joint_board.lines import SerialLine
from robotics.errors import DeviceError
from vr_training.stream.signals import Interrupts

GRACE_S = 3.0
"""How long a person may still think better of powering the drives [s]; ours."""


@contextmanager
def examined(console: Console, path: str, baud: int) -> Iterator[Examination]:
    """The joint board on a port. Ctrl-C ends whatever is waited for. Nothing is left armed; how it was left is told.

    Raises:
        DeviceError: The port cannot be had, or no joint board of our version answers.
        KeyboardInterrupt: It was interrupted.
    """
    with Interrupts(raises=True) as interrupts, interrupts.held():

        def watch() -> None:
            if interrupts.asked:
                raise KeyboardInterrupt

        examination = Examination(SerialLine(path, baud), watch)
        try:
            with examination:
                yield examination
        except KeyboardInterrupt:
            say(console, f"{examination.line.name}: {examination.left or 'nothing was armed'}.")
            raise
        except DeviceError:
            if examination.left:
                say(console, f"{examination.line.name}: {examination.left}.")
            raise
    say(console, f"{examination.line.name}: {examination.left}.")


def think_better(console: Console, warning: str, wait: Callable[[float], None] = time.sleep) -> None:
    """Say what is about to happen, and give a person time to think better of it.

    Args:
        console: Where a person reads.
        warning: What drives will do.
        wait: Lets so many seconds go by, and is broken off by Ctrl-C.
    """
    say(console, f"[bold]{warning}[/bold] Ctrl-C within {GRACE_S:g} s leaves them off.")
    until = time.monotonic() + GRACE_S
    while (left := until - time.monotonic()) > 0.0:
        wait(min(left, 0.05))


def listening(examination: Examination) -> Callable[[float], None]:
    """A wait that goes on hearing the board."""
    return lambda seconds: examination.wait(examination.line.now_us() + round(1e6 * seconds))


@contextmanager
def progress_bar(console: Console, what: str) -> Iterator[Callable[[float], None]]:
    """A progress bar, told which share is done; a line of text where the console is no screen."""
    if not console.is_terminal:
        say(console, f"{what}.")
        yield lambda _: None
        return
    with Progress(
        TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), console=console, transient=True
    ) as bars:
        task = bars.add_task(what, total=1.0)
        yield lambda share: bars.update(task, completed=share)


def say(console: Console, what: str) -> None:
    """A sentence, on one line."""
    console.print(what, highlight=False, soft_wrap=True)
