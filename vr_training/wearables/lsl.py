"""Receives wearables from the Lab Streaming Layer, in a process of its own beside the control loop.

Whatever sends to it may stall, vanish, come back or send nonsense: the loop sees values that grow old and then go
missing. *Age.* A sample's time is the sender's, mapped to this machine's monotonic clock by the layer's own time
correction; a sample from the future counts as just come, so that a wrong clock cannot keep an old value young.

The layer knows no keys: whoever is in its scope can send in a wearable's name. The scope is this machine unless told
otherwise, and a wearable may stop an exercise, never start or move anything.

Source:
    Kothe et al. 2025, The lab streaming layer for synchronized multimodal recording, Imaging Neuroscience 3.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any

import numpy as np

from control.shared import unique_name
from robotics.contracts import Vector
from robotics.errors import ArgumentError, DeviceError
from vr_training.child_process import ChildProcess
from vr_training.inputs.library import need
from vr_training.wearables.board import NEVER, StreamState, WearableBoard, WearableReader
from vr_training.wearables.config import WearableConfig, channels
from vr_training.wearables.rms import FadingRms

SCOPES = ("machine", "link", "site")
"""How far streams are looked for: on this machine, on this network, at this site."""

CONFIG_VARIABLE = "LSLAPICFG"
"""Environment variable that names a configuration of the layer; where it is set, it counts."""

PROCESS = "the process that receives wearables"
"""What it is called in what a person is told of it."""

START_S = 20.0
"""Time that the process is given to start [s]."""

_WAIT_S = 0.1  # longest wait for a sample, so that an end is noticed
_SEARCH_S = 0.05  # between two looks at what was found
_SYNC_S = 5.0  # the layer measures the clocks in the background; how often its result is taken
_CONNECT_S = 3.0
_ALONE_S = 1.5  # for how long a stream must be the only one that answers: others may answer later
_FORGET_S = 2.0  # a stream that is not heard of for so long is gone
_BUFFER_S = 2  # older samples are of no use to anybody
_CHUNK = 1024
_QUIET = -3  # its log says fatal errors only
_TEXT_FORMAT = 3  # `lsl_channel_format_t`: cft_string


class WearableInlet:
    """Receives wearables in a child process; ``with`` starts it and ends it.

    Args:
        wearables: What to receive.
        scope: How far to look for their streams, one of `SCOPES`.

    Raises:
        ArgumentError: Unknown scope, or no wearable.

    Attributes:
        name: Name of the shared memory, for `open_reader` in another process; empty outside of ``with``.
    """

    def __init__(self, wearables: tuple[WearableConfig, ...], scope: str = "machine") -> None:
        if scope not in SCOPES:
            raise ArgumentError(f"scope '{scope}': choose one of {', '.join(SCOPES)}")
        if not wearables:
            raise ArgumentError("no wearable to receive")
        self.wearables, self.name = wearables, ""
        self._scope = scope
        self._board: WearableBoard | None = None
        self._child: ChildProcess | None = None

    def __enter__(self) -> WearableInlet:
        """Start the process.

        Raises:
            DeviceError: The layer's library is missing, or the process did not start.
        """
        self._board = WearableBoard.create(unique_name("wearables"), len(channels(self.wearables)), len(self.wearables))
        self.name = self._board.name
        try:
            self._child = ChildProcess(PROCESS, _serve, self.name, self.wearables, self._scope)
            answer = self._child.poll(START_S)
            if answer is None:
                raise DeviceError(f"{PROCESS} did not start within {START_S:g} s")
            if isinstance(answer, DeviceError):
                raise answer
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._child is not None:
            self._child.end()
        if self._board is not None:
            self._board.unlink()
        self._board = self._child = None
        self.name = ""

    def reader(self) -> WearableReader:
        """A reader in this process.

        Raises:
            DeviceError: Not started.
        """
        if self._board is None:
            raise DeviceError(f"{PROCESS} has not been started")
        return open_reader(self.name, self.wearables)

    def check(self) -> None:
        """See that the process runs; for whoever watches over the session, not for the loop.

        Raises:
            DeviceError: It failed or died.
        """
        if self._child is None:
            raise DeviceError(f"{PROCESS} has not been started")
        while (answer := self._child.poll()) is not None:
            if isinstance(answer, DeviceError):
                raise answer

    @property
    def process_id(self) -> int | None:
        """Process that receives; None outside of ``with``."""
        return None if self._child is None else self._child.process.pid


def open_reader(name: str, wearables: tuple[WearableConfig, ...]) -> WearableReader:
    """A reader of what a `WearableInlet` receives, in any process of this machine.

    Args:
        name: The inlet's `WearableInlet.name`.
        wearables: The same wearables in the same order.

    Raises:
        MissingFileError: No inlet of that name.
        InputFileError: The shared memory is another's.
        ArgumentError: The wearables have another number of channels.
    """
    stale_s = np.array([each.stale_s for each in wearables for _ in each.channels])
    return WearableReader(WearableBoard.attach(name), stale_s)


class _Newest:
    """Newest values of all channels, put together from the threads of the streams and written as one."""

    def __init__(self, board: WearableBoard) -> None:
        self._board = board
        self._lock = threading.Lock()  # the board has one writer at a time
        self._values = np.full(board.channels, np.nan)
        self._stamps = np.full(board.channels, NEVER, np.int64)

    def put(self, channel: int, value: float, stamp_ns: int) -> None:
        with self._lock:
            if stamp_ns >= self._stamps[channel]:
                self._values[channel], self._stamps[channel] = value, stamp_ns

    def write(self) -> None:
        with self._lock:
            self._board.write(self._values, self._stamps)

    def say(self, stream: int, state: StreamState) -> None:
        self._board.say(stream, state)


class _Stream:
    """One wearable's stream, in a thread: looks for it, receives it, and looks again when it is lost."""

    def __init__(self, index: int, config: WearableConfig, first: int, newest: _Newest, pylsl: Any) -> None:
        self._index, self._config, self._first = index, config, first
        self._newest, self._lsl = newest, pylsl
        self._alone, self._alone_since = "", 0.0
        self._resolver = pylsl.ContinuousResolver(pred=config.stream.predicate, forget_after=_FORGET_S)

    def run(self, ended: threading.Event, failed: Callable[[Exception], None]) -> None:
        try:
            while not ended.is_set():
                self._newest.say(self._index, self._try(self._resolver.results(), ended))
                ended.wait(_SEARCH_S)
        except Exception as error:
            failed(error)

    def _try(self, infos: list[Any], ended: threading.Event) -> StreamState:
        """Receive the stream that was found, if it is the one, until it is lost; how things stand then."""
        alone, self._alone = self._alone, infos[0].uid() if len(infos) == 1 else ""
        if len(infos) > 1:
            return StreamState.AMBIGUOUS
        if not infos:
            return StreamState.SEARCHING
        if self._alone != alone:
            self._alone_since = time.monotonic()
        if time.monotonic() - self._alone_since < _ALONE_S:
            return StreamState.SEARCHING
        return self._receive(infos[0], ended) if self._fits(infos[0]) else StreamState.UNFIT

    def _fits(self, info: Any) -> bool:
        most = max(channel.index for channel in self._config.channels)
        return bool(info.channel_count() > most and info.channel_format() != _TEXT_FORMAT)

    def _receive(self, info: Any, ended: threading.Event) -> StreamState:
        """Receive until the stream is lost."""
        lsl = self._lsl
        try:
            # Lost means lost: the layer's own recovery would hide it, and looks for a stream of the same source only.
            inlet = lsl.StreamInlet(info, max_buflen=_BUFFER_S, recover=False, as_numpy=True)
            inlet.open_stream(_CONNECT_S)
            try:
                correction = inlet.time_correction(_CONNECT_S)
            except lsl.util.TimeoutError:
                return StreamState.UNTIMED
            self._newest.say(self._index, StreamState.FOUND)
            rms = [FadingRms(channel.rms_s) if channel.rms_s else None for channel in self._config.channels]
            offset, synced = _monotonic_less_lsl(lsl), time.monotonic()
            while not ended.is_set():
                x, t = inlet.pull_sample(timeout=_WAIT_S)
                if t is not None:
                    self._take(np.array([x]), np.array([t]) + (correction + offset), rms)
                    more, times = inlet.pull_chunk(timeout=0.0, max_samples=_CHUNK)
                    if len(times):
                        self._take(np.array(more), np.array(times) + (correction + offset), rms)
                    self._newest.write()
                if time.monotonic() - synced > _SYNC_S:
                    with suppress(lsl.util.TimeoutError):
                        correction = inlet.time_correction(_WAIT_S)
                    offset, synced = _monotonic_less_lsl(lsl), time.monotonic()
        except RuntimeError:  # lost, or it did not answer in time
            pass
        return StreamState.SEARCHING

    def _take(self, samples: Vector, times_s: Vector, rms: list[FadingRms | None]) -> None:
        """Take samples, shape (n, stream's channels), and their times by the monotonic clock, shape (n,) [s]."""
        now_ns = time.monotonic_ns()
        for i, channel in enumerate(self._config.channels):
            x = samples[:, channel.index].astype(np.float64)
            good = np.isfinite(x) & np.isfinite(times_s)
            if not good.any():
                continue
            x, t = x[good], times_s[good]
            fading = rms[i]
            value = float(x[-1]) if fading is None else fading.update(x, t)
            self._newest.put(self._first + i, value, min(int(1e9 * t[-1]), now_ns))


def _monotonic_less_lsl(pylsl: Any, tries: int = 8) -> float:
    """Difference of this machine's monotonic clock and the layer's own [s]; of the tightest of some tries."""
    best, difference = np.inf, 0.0
    for _ in range(tries):
        before = time.monotonic()
        there = pylsl.local_clock()
        width = time.monotonic() - before
        if width < best:
            best, difference = width, before + 0.5 * width - there
    return float(difference)


def _library() -> Any:
    """The layer's Python binding.

    Raises:
        DeviceError: It, or the library that it binds, is missing.
    """
    try:
        return need("pylsl", "wearables", "a wearable")
    except (RuntimeError, OSError) as error:
        if isinstance(error, DeviceError):
            raise
        raise DeviceError(f"a wearable needs the library liblsl, which was not found: {error}") from error


def library_missing() -> str:
    """Why wearables cannot be received here, in one line; empty where they can."""
    try:
        _library()
    except DeviceError as error:
        return str(error).splitlines()[0]
    return ""


def _serve(name: str, wearables: tuple[WearableConfig, ...], scope: str, pipe: Connection) -> None:
    """The child."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent ends this process
    try:
        pylsl = _library()
        if CONFIG_VARIABLE not in os.environ:
            pylsl.set_config_content(f"[multicast]\nResolveScope = {scope}\n[log]\nlevel = {_QUIET}\n")
        newest = _Newest(WearableBoard.attach(name))
        lock = threading.Lock()

        def say(message: object) -> None:
            with lock, suppress(OSError):  # the parent may be gone
                pipe.send(message)

        def failed(error: Exception) -> None:
            say(DeviceError(f"wearables cannot be received any more: {error}"))

        ended, threads, first = threading.Event(), [], 0
        for index, config in enumerate(wearables):
            stream = _Stream(index, config, first, newest, pylsl)
            threads.append(threading.Thread(target=stream.run, args=(ended, failed), daemon=True))
            first += len(config.channels)
        for thread in threads:
            thread.start()
        say("ready")
    except Exception as error:
        with suppress(OSError):
            pipe.send(error if isinstance(error, DeviceError) else DeviceError(f"wearables: {error}"))
        return
    with suppress(EOFError, OSError):
        pipe.recv()  # nothing comes but the end
    ended.set()
    for thread in threads:
        thread.join(2.0 * _WAIT_S)
