"""Reads a recording back: its ticks as one array, its scene and what it says about itself."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
from mcap.opcode import Opcode
from mcap.records import Attachment, Channel, Schema
from numpy.typing import NDArray

from control.layout import decode_layout
from control.tick import TickLayout, tick_dtype
from robotics.errors import InputFileError, SteadyhandError
from vr_training.records.chain import ChainCheck, Link, check
from vr_training.records.framing import MESSAGE_HEAD, records
from vr_training.records.info import SessionInfo
from vr_training.records.schema import CDR_HEADER, SCHEMA_NAME, schema_text
from vr_training.records.writer import CHAIN_TOPIC, INFO_FILE, SCENE_FILE, TICK_TOPIC
from vr_training.stream.messages import SceneMessage

FILE_NAME = "recording.mcap"
"""Name of the recording in a session's folder."""


@dataclass(frozen=True)
class Recording:
    """A recording, read whole.

    Attributes:
        path: The file.
        ticks: All ticks, records of `control.tick.tick_dtype`, shape (n,), read-only.
        scene: The scene.
        info: What it says about the session.
        layout: Layout of the ticks.
        complete: Whether it was closed in good order; False after a crash.
        chain: Whether its ticks are those that were recorded.
        dropped: Ticks that the recorder did not get, by the gaps in their sequence.
    """

    path: Path
    ticks: NDArray[np.void]
    scene: SceneMessage
    info: SessionInfo
    layout: TickLayout
    complete: bool
    chain: ChainCheck
    dropped: int

    @classmethod
    def open(cls, path: Path | str) -> Recording:
        """Read a recording, also one that a crash cut off: ``complete`` and ``len(ticks)`` say what was recovered.

        Args:
            path: The file, or the folder of a session.

        Raises:
            MissingFileError: Nothing is there.
            InputFileError: It is no recording of this program, or of another version of it, or damaged.
        """
        path = Path(path)
        path = path / FILE_NAME if path.is_dir() else path
        try:
            return cls._open(path)
        except SteadyhandError:
            raise
        except OSError as error:
            raise InputFileError(f"{path}: cannot be read: {error.strerror}") from error
        except Exception as error:  # on damaged bytes each decoder raises what it likes
            raise InputFileError(f"{path}: damaged: {error or type(error).__name__}") from error

    @classmethod
    def _open(cls, path: Path) -> Recording:
        schemas: dict[int, Schema] = {}
        channels: dict[int, Channel] = {}
        files: dict[str, bytes] = {}
        ticks, complete = bytearray(), False
        links: list[Link] = []
        schema = b""
        for record in records(path):
            if record.opcode == Opcode.MESSAGE:
                channel = channels[MESSAGE_HEAD.unpack_from(record.content)[0]]
                if channel.topic == TICK_TOPIC:
                    ticks += record.content[MESSAGE_HEAD.size + len(CDR_HEADER) :]
                elif channel.topic == CHAIN_TOPIC:
                    links.append(msgspec.json.decode(record.content[MESSAGE_HEAD.size :], type=Link))
            elif record.opcode == Opcode.SCHEMA:
                known = record.decode(Schema)
                schemas[known.id] = known
                schema = known.data if known.name == SCHEMA_NAME else schema
            elif record.opcode == Opcode.CHANNEL:
                found = record.decode(Channel)
                channels[found.id] = found
            elif record.opcode == Opcode.ATTACHMENT:
                file = record.decode(Attachment)
                files[file.name] = file.data
            elif record.opcode == Opcode.FOOTER:
                complete = True
        info, scene = _parts(path, files)
        layout = decode_layout(scene.layout, str(path))
        dtype = tick_dtype(layout)
        if schema != schema_text(layout).encode() or len(ticks) % dtype.itemsize:
            raise InputFileError(f"{path}: its tick records are of another version of the program")
        array = np.frombuffer(ticks, dtype)
        array.flags.writeable = False
        chain = check((schema, files[INFO_FILE], files[SCENE_FILE]), array, tuple(links))
        if complete and chain.intact and chain.covered != len(array):
            chain = ChainCheck(False, chain.covered, f"{len(array) - chain.covered} ticks after the last link")
        return cls(path, array, scene, info, layout, complete, chain, _gaps(array))


def _parts(path: Path, files: dict[str, bytes]) -> tuple[SessionInfo, SceneMessage]:
    for name in (INFO_FILE, SCENE_FILE):
        if name not in files:
            raise InputFileError(f"{path}: no recording of this program: there is no '{name}' in it")
    try:
        return (
            msgspec.json.decode(files[INFO_FILE], type=SessionInfo),
            msgspec.msgpack.decode(files[SCENE_FILE], type=SceneMessage),
        )
    except msgspec.DecodeError as error:
        raise InputFileError(f"{path}: its session or scene is of another version of the program: {error}") from error


def _gaps(ticks: NDArray[np.void]) -> int:
    if not len(ticks):
        return 0
    return int(ticks["sequence"][-1]) + 1 - len(ticks)
