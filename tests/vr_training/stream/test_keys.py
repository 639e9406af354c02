"""Keys are made for one person and one hub, readable by nobody else, and lost by being taken back."""

from __future__ import annotations

import stat
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from two_arm_scene import LAYOUT, make_scene, make_tick

from control.mailbox import Mailbox
from control.ring import TickRing
from control.shared import unique_name
from robotics.contracts import HandPose
from robotics.errors import ArgumentError, InputFileError, MissingFileError, StaleError, UnknownNameError
from vr_training.stream.client import StreamClient
from vr_training.stream.endpoints import PORT, ipc_endpoints, place, tcp_endpoints
from vr_training.stream.hub import Hub
from vr_training.stream.keys import KeyStore, keys_folder, read_key, write_key

POSE = [0.1, 0.2, 0.3, 1.0, 0.0, 0.0, 0.0]


def moved(client: StreamClient, hub: Hub, seconds: float) -> bool:
    before, end = hub.report.accepted, time.monotonic() + seconds
    while time.monotonic() < end:
        client.hand(POSE, 0.0, False)
        if hub.report.accepted > before:
            return True
        time.sleep(0.01)
    return False


def test_whoever_has_a_key_attaches_to_the_same_session_as_those_on_this_machine(tmp_path: Path) -> None:
    store = KeyStore(tmp_path / "keys")
    files = {}
    for name, role in (("student", "observe"), ("teacher", "operate")):
        write_key(tmp_path / f"{name}.key", store.invite(name, role))
        files[name] = read_key(tmp_path / f"{name}.key").client
    stranger = KeyStore(tmp_path / "elsewhere").invite("student", "operate").client
    with (
        TickRing.create(unique_name("test-ring"), LAYOUT, 64) as ring,
        Mailbox.create(unique_name("test-mailbox")) as mailbox,
        Hub(
            ring.name, mailbox.name, make_scene(), ipc_endpoints("s"),
            keys=store.admitted(), network=tcp_endpoints("s", "127.0.0.1"),
        ) as hub,
    ):  # fmt: skip
        thread = threading.Thread(target=hub.run)
        thread.start()
        try:
            ring.write(make_tick(3))
            assert hub.network is not None
            with (
                StreamClient(hub.endpoints, "here") as here,
                StreamClient(hub.network, "student", files["student"]) as student,
                StreamClient(hub.network, "teacher", files["teacher"]) as teacher,
                StreamClient(hub.network, "stranger", stranger) as unknown,
            ):
                scenes = [client.snapshot(10.0).scene.session for client in (here, student, teacher)]
                assert len(set(scenes)) == 1
                with pytest.raises(StaleError, match="does it know this key"):
                    unknown.scene(0.5)
                assert moved(here, hub, 10.0)
                assert not moved(teacher, hub, 0.06)  # one at a time, whichever way they come
                time.sleep(0.15)
                assert moved(teacher, hub, 10.0)
                hand = HandPose(np.zeros(7), 0.0, False, 0.0, False)
                mailbox.read(hand)
                assert hand.pose.tolist() == POSE
                assert not moved(student, hub, 0.3)
                with pytest.raises(StaleError):
                    student.stop()
                assert mailbox.stop_requested is None
                teacher.stop()
                end = time.monotonic() + 10.0
                while mailbox.stop_requested is None and time.monotonic() < end:
                    time.sleep(0.01)
                assert mailbox.stop_requested is not None
        finally:
            ring.close()
            thread.join(20)


def test_a_key_file_is_for_its_owners_eyes_and_is_never_written_over_another(tmp_path: Path) -> None:
    store, path = KeyStore(tmp_path / "keys"), tmp_path / "a.key"
    write_key(path, store.invite("a", "observe"))
    for secret in (path, store.folder / "hub.key"):
        assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    before = path.read_bytes()
    with pytest.raises(ArgumentError, match="already"):
        write_key(path, store.invite("b", "observe"))
    assert path.read_bytes() == before
    path.chmod(0o644)
    with pytest.raises(InputFileError, match="chmod 600"):
        read_key(path)


def test_a_hub_keeps_its_own_pair_and_a_key_that_was_taken_back_is_known_no_more(tmp_path: Path) -> None:
    store = KeyStore(tmp_path)
    with pytest.raises(MissingFileError, match="keys make"):
        store.admitted()
    first, second = store.invite("a", "observe"), store.invite("b", "operate")
    assert first.hub == second.hub == KeyStore(tmp_path).own().public.decode()
    assert store.known() == {"a": "observe", "b": "operate"}
    assert store.admitted().admits("observe", first.public.encode())
    assert not store.admitted().admits("operate", first.public.encode())
    with pytest.raises(ArgumentError, match="has a key"):
        store.invite("a", "operate")
    store.revoke("a")
    assert not store.admitted().admits("observe", first.public.encode())
    with pytest.raises(UnknownNameError, match="b"):
        store.revoke("a")


@pytest.mark.parametrize("name", ["", "../a", "A", "a b", "x" * 33])
def test_a_name_that_could_be_a_path_is_none(tmp_path: Path, name: str) -> None:
    with pytest.raises(ArgumentError, match="no name"):
        KeyStore(tmp_path).invite(name, "observe")


@pytest.mark.parametrize("text", ["{}", "not json", '{"name": "a", "role": "king", "public": "", "secret": ""}'])
def test_what_is_no_key_file_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.key"
    path.touch(0o600)
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputFileError, match="not a key file"):
        read_key(path)


def test_the_hubs_own_key_invites_nobody(tmp_path: Path) -> None:
    KeyStore(tmp_path).own()
    with pytest.raises(InputFileError, match="hub"):
        read_key(tmp_path / "hub.key")
    with pytest.raises(MissingFileError):
        read_key(tmp_path / "nobody.key")


def test_keys_lie_among_the_users_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert keys_folder() == tmp_path / "steadyhand" / "keys"


def test_a_place_has_a_host_and_perhaps_a_port() -> None:
    assert place("192.168.1.5") == ("192.168.1.5", PORT)
    assert place("theatre-2.local:6000") == ("theatre-2.local", 6000)
    assert place("[fe80::1]") == ("[fe80::1]", PORT)
    assert place("[fe80::1]:6000") == ("[fe80::1]", 6000)
    for bad in ("", ":6000", "host:", "host:x", "host:0", "host:65535", "fe80::1"):
        with pytest.raises(ArgumentError, match="HOST"):
            place(bad)
