"""Reads the records of an MCAP file one after the other, whole or cut off by a crash.

The library's own stream reader hands a last record that was cut off out as if it were whole. Here a record counts
only if all of it is there.
"""

from __future__ import annotations

import io
import mmap
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

from mcap.data_stream import ReadDataStream
from mcap.opcode import Opcode
from mcap.records import Chunk
from mcap.stream_reader import CRCValidationError, get_chunk_data_stream
from mcap.writer import MCAP0_MAGIC

from robotics.errors import InputFileError, MissingFileError

T_co = TypeVar("T_co", covariant=True)

_HEAD = struct.Struct("<BQ")
MESSAGE_HEAD = struct.Struct("<HIQQ")
"""What precedes the data of a message: channel, sequence, log time, publish time."""


class Decodable(Protocol[T_co]):
    """A record class of the library that decodes itself."""

    @staticmethod
    def read(stream: ReadDataStream) -> T_co:
        """Decode from a stream."""
        ...


@dataclass(frozen=True)
class Record:
    """One record.

    Attributes:
        opcode: What it is; `mcap.opcode.Opcode`.
        content: Its bytes after opcode and length.
        position: Bytes of the file up to its end.
    """

    opcode: int
    content: memoryview
    position: int

    def decode(self, kind: Decodable[T_co]) -> T_co:
        """Decode with one of the library's record classes."""
        return kind.read(ReadDataStream(io.BytesIO(self.content)))


def records(path: Path) -> Iterator[Record]:
    """All whole records of a file in order, those within chunks too; ends quietly where the file is cut off.

    The last one is the footer if, and only if, the file was closed in good order.

    Raises:
        MissingFileError: Nothing is at ``path``.
        InputFileError: It is no MCAP file, or a chunk does not fit its checksum.
    """
    try:
        stream = path.open("rb")
    except FileNotFoundError as error:
        raise MissingFileError(f"no recording at {path}") from error
    with stream:
        if stream.read(len(MCAP0_MAGIC)) != MCAP0_MAGIC:
            raise InputFileError(f"{path}: not a recording: it does not begin as an MCAP file does")
        mapped = memoryview(mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ))
    for opcode, content, stop in _walk(mapped, len(MCAP0_MAGIC)):
        if opcode == Opcode.CHUNK:
            yield from (Record(inner, part, stop) for inner, part, _ in _walk(_unpack(content, path), 0))
        else:
            yield Record(opcode, content, stop)
        if opcode == Opcode.FOOTER:
            return


def _walk(data: memoryview, start: int) -> Iterator[tuple[int, memoryview, int]]:
    while start + _HEAD.size <= len(data):
        opcode, size = _HEAD.unpack_from(data, start)
        start += _HEAD.size
        if opcode == 0 or start + size > len(data):  # zeros follow where a file system lost the end
            return
        yield opcode, data[start : start + size], start + size
        start += size


def _unpack(content: memoryview, path: Path) -> memoryview:
    chunk = Record(Opcode.CHUNK, content, 0).decode(Chunk)
    try:
        stream, size = get_chunk_data_stream(chunk, validate_crc=True)
    except CRCValidationError as error:
        raise InputFileError(f"{path}: damaged: a chunk does not fit its checksum") from error
    return memoryview(stream.read(size))
