"""Interrupts: raised, held, and never lost."""

from __future__ import annotations

import signal

import pytest

from vr_training.stream.signals import Interrupts

KINDS = pytest.mark.parametrize("kind", [signal.SIGINT, signal.SIGTERM])


@pytest.fixture(autouse=True)
def listening():
    """A job in the background starts deaf to SIGINT; a test of it must not be."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


class Finalized:
    def __init__(self, kind):
        self.kind = kind

    def __del__(self):
        signal.raise_signal(self.kind)


@KINDS
def test_an_interrupt_breaks_off_what_waits(kind):
    with Interrupts(raises=True) as interrupts:
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(kind)
        assert interrupts.asked


@KINDS
def test_an_interrupt_that_is_held_breaks_nothing_off_and_is_there_when_asked_for(kind):
    with Interrupts(raises=True) as interrupts:
        with interrupts.held():
            assert not interrupts.asked
            signal.raise_signal(kind)
            assert interrupts.asked
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(kind)


@KINDS
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_interrupt_that_meets_a_finalizer_is_not_lost(kind):
    with Interrupts(raises=True) as interrupts:
        waste = Finalized(kind)
        del waste
        assert interrupts.asked


def test_what_was_told_to_ignore_an_interrupt_goes_on_ignoring_it():
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with Interrupts(raises=True) as interrupts:
        signal.raise_signal(signal.SIGINT)
        assert not interrupts.asked
    assert signal.getsignal(signal.SIGINT) == signal.SIG_IGN


@KINDS
def test_what_was_there_before_is_there_again(kind):
    before = signal.getsignal(kind)
    with Interrupts():
        assert signal.getsignal(kind) != before
    assert signal.getsignal(kind) == before
