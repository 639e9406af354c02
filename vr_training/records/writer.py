"""The recorder: tick records into an MCAP file that a crash cannot spoil, closed into an indexed, compressed one.

While it runs the file is a plain sequence of records without chunks, and every `Recorder.write` is handed to the
operating system before it returns: a killed process loses only what it was never given. `Recorder.close` writes the
same records into chunks with an index beside it and then puts that in its place.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import IO

import msgspec
import numpy as np
from mcap.opcode import Opcode
from mcap.well_known import MessageEncoding, Profile, SchemaEncoding
from mcap.writer import IndexType, Writer
from numpy.typing import NDArray

from control.layout import decode_layout
from control.tick import tick_dtype
from robotics.errors import ArgumentError
from vr_training.records.chain import Chain, Link
from vr_training.records.compact import compact
from vr_training.records.info import SessionInfo
from vr_training.records.schema import CDR_HEADER, SCHEMA_NAME, schema_text
from vr_training.stream.messages import SceneMessage

TICK_TOPIC, CHAIN_TOPIC = "/tick", "/chain"
SCENE_FILE, INFO_FILE = "scene.msgpack", "session.json"
LIBRARY = "steadyhand"

CHAIN_SCHEMA = msgspec.json.encode(msgspec.json.schema(Link))


class Recorder:
    """Records one session. Constructing it touches nothing; ``with`` opens the file and closes it in good order.

    Args:
        path: The file, in an existing folder.
        scene: The scene; its ``layout`` says what the tick records look like.
        info: What to say about the session.

    Attributes:
        path: The file.
        dtype: Dtype of the tick records.
        written: Ticks recorded so far.
    """

    def __init__(self, path: Path, scene: SceneMessage, info: SessionInfo) -> None:
        layout = decode_layout(scene.layout, "scene")
        self.path, self.dtype, self.written = path, tick_dtype(layout), 0
        self._start_ns = info.start_ns
        self._schema = schema_text(layout).encode()
        self._info, self._scene = msgspec.json.encode(info), msgspec.msgpack.encode(scene)
        self._chain = Chain((self._schema, self._info, self._scene), max(1, round(1.0 / info.period_s)))
        head = [("opcode", "u1"), ("size", "<u8"), ("channel", "<u2"), ("sequence", "<u4"), ("log_ns", "<u8")]
        body = [("publish_ns", "<u8"), ("encapsulation", "V4"), ("tick", f"V{self.dtype.itemsize}")]
        self._frame = np.dtype(head + body)
        self._stream: IO[bytes] | None = None
        self._last: NDArray[np.void] = np.zeros(1, self.dtype)

    def __enter__(self) -> Recorder:
        self._stream = self.path.open("xb")
        self._writer = writer = Writer(
            self._stream,
            use_chunking=False,
            index_types=IndexType.NONE,
            repeat_channels=False,
            repeat_schemas=False,
            use_statistics=False,  # it would not count the messages that `write` frames itself
            use_summary_offsets=False,
        )
        writer.start(Profile.ROS2, LIBRARY)
        writer.add_attachment(0, self._start_ns, INFO_FILE, "application/json", self._info)
        writer.add_attachment(0, self._start_ns, SCENE_FILE, "application/msgpack", self._scene)
        tick = writer.register_schema(SCHEMA_NAME, SchemaEncoding.ROS2, self._schema)
        chain = writer.register_schema("steadyhand.Link", SchemaEncoding.JSONSchema, CHAIN_SCHEMA)
        self._tick_channel = writer.register_channel(TICK_TOPIC, MessageEncoding.CDR, tick)
        self._chain_channel = writer.register_channel(CHAIN_TOPIC, MessageEncoding.JSON, chain)
        writer.flush()  # type: ignore[no-untyped-call]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def write(self, ticks: NDArray[np.void]) -> None:
        """Record ticks; when it returns the operating system has them.

        Args:
            ticks: Records of `dtype`, shape (n,), in order.

        Raises:
            ArgumentError: They are of another dtype.
            OSError: The disk refuses; what was recorded before stays readable.
        """
        if ticks.dtype != self.dtype:
            raise ArgumentError(f"ticks of {ticks.dtype.itemsize} bytes in a recording of {self.dtype.itemsize}")
        stream = self._opened()
        while len(ticks):
            part, ticks = ticks[: self._chain.room], ticks[self._chain.room :]
            stream.write(self._frames(part).tobytes())
            self.written += len(part)
            self._last = part[-1:]
            self._add(self._chain.add(part))
        stream.flush()

    def close(self, progress: Callable[[float], None] | None = None) -> None:
        """Close the file and turn it into an indexed, compressed one.

        Args:
            progress: Told the share that is done, 0 to 1, from time to time.
        """
        if self._stream is None:
            return
        stream, self._stream = self._stream, None
        try:
            self._writer.flush()  # type: ignore[no-untyped-call]
            self._add(self._chain.link())
            self._writer.finish()  # type: ignore[no-untyped-call]
            stream.flush()
            os.fsync(stream.fileno())
        finally:
            stream.close()
        compact(self.path, progress)

    def _add(self, link: Link | None) -> None:
        if link is not None:
            log_ns, sequence = int(self._log_ns(self._last)[0]), int(self._last["sequence"][0]) & 0xFFFFFFFF
            self._writer.add_message(self._chain_channel, log_ns, msgspec.json.encode(link), log_ns, sequence)

    def _frames(self, ticks: NDArray[np.void]) -> NDArray[np.void]:
        """Ticks as MCAP message records, all of them at once."""
        frames = np.empty(len(ticks), self._frame)
        frames["opcode"] = int(Opcode.MESSAGE)
        frames["size"] = self._frame.itemsize - 9
        frames["channel"] = self._tick_channel
        frames["sequence"] = ticks["sequence"] & 0xFFFFFFFF
        frames["log_ns"] = frames["publish_ns"] = self._log_ns(ticks)
        frames["encapsulation"] = np.void(CDR_HEADER)
        frames["tick"] = np.ascontiguousarray(ticks).view(frames.dtype["tick"])
        return frames

    def _log_ns(self, ticks: NDArray[np.void]) -> NDArray[np.int64]:
        """Nominal wall-clock time of ticks [ns since 1970]: the start and the time of the run."""
        return np.asarray(self._start_ns + np.rint(ticks["time"] * 1e9).astype(np.int64), np.int64)

    def _opened(self) -> IO[bytes]:
        if self._stream is None:
            raise ArgumentError(f"the recording {self.path} is not open")
        return self._stream
