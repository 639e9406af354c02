"""Turns a live recording, closed or cut off, into an indexed and compressed file of the same messages."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from mcap.opcode import Opcode
from mcap.records import Attachment, Channel, Header, Metadata, Schema
from mcap.writer import CompressionType, Writer

from vr_training.records.framing import MESSAGE_HEAD, records

CHUNK_BYTES = 1 << 20
"""Size of a chunk before compression: about a second of ticks, the stride of a seek."""


def compact(path: Path, progress: Callable[[float], None] | None = None) -> None:
    """Rewrite a recording in place: at any moment ``path`` is either the old file or the whole new one.

    Args:
        path: The recording.
        progress: Told the share that is done, 0 to 1, about a hundred times.

    Raises:
        MissingFileError: Nothing is at ``path``.
        InputFileError: It is no MCAP file.
        OSError: The disk refuses; the old file is still there.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with draft.open("xb") as stream:
            _copy(path, Writer(stream, chunk_size=CHUNK_BYTES, compression=CompressionType.ZSTD), progress)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def _copy(path: Path, writer: Writer, progress: Callable[[float], None] | None) -> None:
    size, told = path.stat().st_size, 0
    schemas: dict[int, int] = {0: 0}
    channels: dict[int, int] = {}
    for record in records(path):
        if record.opcode == Opcode.MESSAGE:
            channel, sequence, log_ns, publish_ns = MESSAGE_HEAD.unpack_from(record.content)
            data = bytes(record.content[MESSAGE_HEAD.size :])
            writer.add_message(channels[channel], log_ns, data, publish_ns, sequence)
        elif record.opcode == Opcode.HEADER:
            header = record.decode(Header)
            writer.start(header.profile, header.library)
        elif record.opcode == Opcode.SCHEMA:
            schema = record.decode(Schema)
            if schema.id not in schemas:
                schemas[schema.id] = writer.register_schema(schema.name, schema.encoding, schema.data)
        elif record.opcode == Opcode.CHANNEL:
            known = record.decode(Channel)
            if known.id not in channels:
                channels[known.id] = writer.register_channel(
                    known.topic, known.message_encoding, schemas[known.schema_id], known.metadata
                )
        elif record.opcode == Opcode.ATTACHMENT:
            file = record.decode(Attachment)
            writer.add_attachment(file.create_time, file.log_time, file.name, file.media_type, file.data)
        elif record.opcode == Opcode.METADATA:
            metadata = record.decode(Metadata)
            writer.add_metadata(metadata.name, metadata.metadata)
        if progress is not None and 100 * record.position // size > told:
            told = 100 * record.position // size
            progress(told / 100)
    writer.finish()  # type: ignore[no-untyped-call]
    if progress is not None:
        progress(1.0)
