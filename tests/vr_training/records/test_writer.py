"""Recording and reading back: what goes in comes out, a crash loses the tail only, and a change shows."""

import signal
import subprocess
import sys
from pathlib import Path

import msgspec
import numpy as np
import pytest
from mcap.reader import make_reader

from control.tick import TickLayout, tick_dtype
from robotics.errors import ArgumentError, InputFileError, MissingFileError
from vr_training.records.compact import compact
from vr_training.records.info import SessionInfo
from vr_training.records.reader import Recording
from vr_training.records.writer import Recorder
from vr_training.stream.messages import SceneMessage


def record(path: Path, scene: SceneMessage, info: SessionInfo, ticks: np.ndarray, size: int = 170) -> Path:
    with Recorder(path, scene, info) as recorder:
        for start in range(0, len(ticks), size):
            recorder.write(ticks[start : start + size])
    return path


def live(path: Path, scene: SceneMessage, info: SessionInfo, ticks: np.ndarray) -> Path:
    """The file as a crash leaves it: never closed."""
    recorder = Recorder(path, scene, info)
    recorder.__enter__()
    recorder.write(ticks)
    return path


@pytest.mark.parametrize("size", [1, 17, 1000, 1001, 5000])
def test_what_was_recorded_in_pieces_of_any_size_is_read_back(
    size: int, tmp_path: Path, scene: SceneMessage, info: SessionInfo, ticks: np.ndarray
) -> None:
    recording = Recording.open(record(tmp_path / "recording.mcap", scene, info, ticks, size))
    assert recording.ticks.tobytes() == ticks.tobytes()
    assert recording.ticks.dtype == ticks.dtype
    assert (recording.scene, recording.info) == (scene, info)
    assert recording.complete
    assert recording.chain.intact
    assert recording.chain.covered == len(ticks)
    assert recording.dropped == 0
    assert [path.name for path in tmp_path.iterdir()] == ["recording.mcap"]


def test_an_empty_recording_is_one_too(tmp_path: Path, scene: SceneMessage, info: SessionInfo) -> None:
    with Recorder(tmp_path / "recording.mcap", scene, info):
        pass
    recording = Recording.open(tmp_path)
    assert len(recording.ticks) == 0
    assert recording.complete
    assert recording.chain.intact


def test_another_reader_finds_the_index_and_the_same_bytes_after_the_cdr_header(
    tmp_path: Path, scene: SceneMessage, info: SessionInfo, ticks: np.ndarray
) -> None:
    path = record(tmp_path / "recording.mcap", scene, info, ticks)
    with path.open("rb") as stream:
        reader = make_reader(stream, validate_crcs=True)
        summary = reader.get_summary()
        assert summary is not None
        assert summary.statistics.message_count == len(ticks) + 3
        assert summary.statistics.chunk_count > 1
        assert {chunk.compression for chunk in summary.chunk_indexes} == {"zstd"}
        assert reader.get_header().profile == "ros2"
        messages = [item for item in reader.iter_messages(topics=["/tick"])]
    data = b"".join(message.data[4:] for _, _, message in messages)
    assert data == ticks.tobytes()
    schema, channel, first = messages[0]
    assert (schema.name, schema.encoding, channel.message_encoding) == ("steadyhand_msgs/msg/Tick", "ros2msg", "cdr")
    assert first.data[:4] == b"\0\1\0\0"
    assert messages[1500][2].log_time == info.start_ns + 1_500_000_000
    assert path.stat().st_size < ticks.nbytes * 1.1


def test_a_recording_cut_off_anywhere_gives_back_every_whole_tick(
    tmp_path: Path, scene: SceneMessage, info: SessionInfo, ticks: np.ndarray
) -> None:
    whole = live(tmp_path / "live.mcap", scene, info, ticks).read_bytes()
    beginning = len(live(tmp_path / "empty.mcap", scene, info, ticks[:0]).read_bytes())
    frame = ticks.itemsize + 9 + 22 + 4
    rng = np.random.default_rng(1)
    for count, torn in zip(rng.integers(0, 999, 12), rng.integers(0, frame, 12), strict=True):
        path = tmp_path / "cut.mcap"
        path.write_bytes(whole[: beginning + count * frame + torn])
        recording = Recording.open(path)
        assert recording.ticks.tobytes() == ticks[:count].tobytes()
        assert not recording.complete
        assert recording.chain.intact
    path.write_bytes(whole + bytes(1000))
    recording = Recording.open(path)
    assert len(recording.ticks) == len(ticks)
    assert recording.chain.covered == 2000


def test_a_recovered_recording_can_be_closed_later(
    tmp_path: Path, scene: SceneMessage, info: SessionInfo, ticks: np.ndarray
) -> None:
    path = live(tmp_path / "recording.mcap", scene, info, ticks)
    path.write_bytes(path.read_bytes()[:-100])
    told: list[float] = []
    compact(path, told.append)
    assert told == sorted(told)
    assert told[-1] == 1.0
    recording = Recording.open(path)
    assert recording.ticks.tobytes() == ticks[:-1].tobytes()


def test_a_changed_a_missing_and_an_added_tick_break_the_chain(
    tmp_path: Path, scene: SceneMessage, info: SessionInfo, ticks: np.ndarray
) -> None:
    data = live(tmp_path / "live.mcap", scene, info, ticks).read_bytes()
    frame = ticks.itemsize + 9 + 22 + 4
    place = data.index(ticks[100:101].tobytes())
    changed = bytearray(data)
    changed[place + 40] ^= 1
    start = place - (frame - ticks.itemsize)
    forgeries = {
        "changed": bytes(changed),
        "missing": data[:start] + data[start + frame :],
        "added": data[: start + frame] + data[start:],
    }
    for name, forged in forgeries.items():
        path = tmp_path / f"{name}.mcap"
        path.write_bytes(forged)
        recording = Recording.open(path)
        assert not recording.chain.intact, name
        assert "0 to 999" in recording.chain.problem


def test_the_chain_covers_scene_and_session_too(
    tmp_path: Path, scene: SceneMessage, info: SessionInfo, ticks: np.ndarray
) -> None:
    data = live(tmp_path / "live.mcap", scene, info, ticks).read_bytes()
    for old, new in ((b"Needle reach", b"Noodle reach"), (b'"seed":7', b'"seed":8')):
        path = tmp_path / "forged.mcap"
        path.write_bytes(data.replace(old, new))
        assert not Recording.open(path).chain.intact


def test_ticks_that_never_came_are_counted(
    tmp_path: Path, scene: SceneMessage, info: SessionInfo, ticks: np.ndarray
) -> None:
    kept = np.concatenate([ticks[:100], ticks[150:]])
    recording = Recording.open(record(tmp_path / "recording.mcap", scene, info, kept))
    assert recording.dropped == 50
    assert recording.chain.intact


def test_an_existing_recording_is_never_overwritten(tmp_path: Path, scene: SceneMessage, info: SessionInfo) -> None:
    (tmp_path / "recording.mcap").write_bytes(b"mine")
    with pytest.raises(FileExistsError), Recorder(tmp_path / "recording.mcap", scene, info):
        pass
    assert (tmp_path / "recording.mcap").read_bytes() == b"mine"


def test_ticks_of_another_layout_are_refused(tmp_path: Path, scene: SceneMessage, info: SessionInfo) -> None:
    with Recorder(tmp_path / "recording.mcap", scene, info) as recorder, pytest.raises(ArgumentError):
        recorder.write(np.zeros(1, tick_dtype(TickLayout((("other", 3),)))))


def test_what_is_no_recording_is_refused_with_its_path(
    tmp_path: Path, scene: SceneMessage, info: SessionInfo, ticks: np.ndarray
) -> None:
    with pytest.raises(MissingFileError, match="nothing"):
        Recording.open(tmp_path / "nothing.mcap")
    for content in (b"", b"text", b"\x89MCAP0\r\n", live(tmp_path / "x.mcap", scene, info, ticks).read_bytes()[:300]):
        path = tmp_path / "bad.mcap"
        path.write_bytes(content)
        with pytest.raises(InputFileError, match="bad"):
            Recording.open(path)
    renamed = msgspec.structs.replace(scene, layout=scene.layout.replace("psm1", "psm2"))
    data = live(tmp_path / "y.mcap", scene, info, ticks).read_bytes()
    path.write_bytes(data.replace(scene.layout.encode(), renamed.layout.encode()))
    with pytest.raises(InputFileError, match="another version"):
        Recording.open(path)
    closed = bytearray(record(tmp_path / "z.mcap", scene, info, ticks).read_bytes())
    closed[len(closed) // 2] ^= 0xFF
    path.write_bytes(closed)
    with pytest.raises(InputFileError, match="damaged"):
        Recording.open(path)


def test_damage_anywhere_is_said_and_never_anything_but_an_input_file_error(
    tmp_path: Path, scene: SceneMessage, info: SessionInfo, ticks: np.ndarray
) -> None:
    whole = record(tmp_path / "whole.mcap", scene, info, ticks[:1200]).read_bytes()
    rng = np.random.default_rng(3)
    path = tmp_path / "bad.mcap"
    refused = 0
    for place in [*rng.integers(8, 3000, 40), *rng.integers(8, len(whole), 20)]:
        damaged = bytearray(whole)
        damaged[place] ^= int(rng.integers(1, 256))
        path.write_bytes(damaged)
        try:  # anything else that is raised fails the test
            Recording.open(path)
        except InputFileError:
            refused += 1
    assert refused > 20


def test_a_killed_recorder_loses_nothing_that_it_was_given(
    tmp_path: Path, scene: SceneMessage, info: SessionInfo
) -> None:
    (tmp_path / "scene").write_bytes(msgspec.msgpack.encode(scene))
    (tmp_path / "info").write_bytes(msgspec.json.encode(info))
    code = """
import os, signal, sys
from pathlib import Path
import msgspec, numpy as np
from vr_training.records.info import SessionInfo
from vr_training.records.writer import Recorder
from vr_training.stream.messages import SceneMessage
folder = Path(sys.argv[1])
scene = msgspec.msgpack.decode((folder / "scene").read_bytes(), type=SceneMessage)
info = msgspec.json.decode((folder / "info").read_bytes(), type=SessionInfo)
with Recorder(folder / "recording.mcap", scene, info) as recorder:
    ticks = np.zeros(25, recorder.dtype)
    for block in range(60):
        ticks["sequence"] = np.arange(25) + 25 * block
        recorder.write(ticks)
    os.kill(os.getpid(), signal.SIGKILL)
"""
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], timeout=60, check=False)
    assert done.returncode == -signal.SIGKILL
    recording = Recording.open(tmp_path)
    assert recording.ticks["sequence"].tolist() == list(range(1500))
    assert not recording.complete
    assert recording.chain.intact
    assert recording.chain.covered == 1000
