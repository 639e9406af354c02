"""From other machines nobody reaches a console without its token, and nothing goes over the network in the clear."""

from __future__ import annotations

import asyncio
import http.client
import os
import socket
import ssl
import stat
import urllib.error
import urllib.request
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.parse import urlencode

import pytest

from benchmarks._chromium import console
from robotics.errors import ArgumentError, MissingFileError
from steadyhand.console import background
from steadyhand.console.access import Certificate, Gate, is_loopback, make_certificate, token_of
from tests.steadyhand import program


def asked(gate: Gate, kind: str = "http", path: str = "/", method: str = "GET", query: bytes = b"", body: bytes = b"",
          cookie: str = "") -> list[dict[str, object]]:  # fmt: skip
    """What a gate sends to one request."""
    sent: list[dict[str, object]] = []

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    scope = {
        "type": kind, "path": path, "method": method, "query_string": query,
        "headers": [(b"cookie", cookie.encode())] if cookie else [],
    }  # fmt: skip
    asyncio.run(gate(scope, receive, send))
    return sent


async def behind(scope: object, receive: object, send: object) -> None:
    """What is behind the gate."""
    await send({"type": "through"})  # type: ignore[operator]


def test_only_whoever_showed_the_token_gets_through() -> None:
    gate = Gate(behind, "secret")
    assert [message.get("status") for message in asked(gate)] == [303, None]
    assert asked(gate, "websocket") == [{"type": "websocket.close", "code": 1008}]
    assert asked(gate, path="/login", query=b"token=wrong")[0]["status"] == 401
    assert asked(gate, path="/login", method="POST", body=b"token=wrong")[0]["status"] == 401
    assert asked(gate, path="/login", method="POST", body=b"token=" + b"x" * 2000)[0]["status"] == 401
    assert asked(gate, path="/login")[0]["status"] == 200
    for message in (
        asked(gate, path="/login", query=b"token=secret")[0],
        asked(gate, path="/login", method="POST", body=b"token=secret")[0],
    ):
        assert message["status"] == 303
        (given,) = (value.decode() for name, value in message["headers"] if name == b"set-cookie")
        assert "HttpOnly" in given
        assert "Secure" in given
        assert "secret" not in given
        shown = given.partition(";")[0]
        assert asked(gate, cookie=shown) == [{"type": "through"}]
        assert asked(gate, "websocket", cookie=f"other=1; {shown}") == [{"type": "through"}]
        assert asked(Gate(behind, "another"), cookie=shown)[0]["status"] == 303
    for wrong in ("steadyhand=", "steadyhand=secret", "=;;", "steadyhand"):
        assert asked(gate, cookie=wrong)[0]["status"] == 303


def test_a_certificate_is_for_this_machines_names_and_its_key_is_its_users_alone(tmp_path: Path) -> None:
    made = make_certificate(tmp_path / "own", ["theatre-2.local", "192.168.77.5"])
    made.check()
    assert stat.S_IMODE(made.key.stat().st_mode) == 0o600
    from cryptography import x509

    names = x509.load_pem_x509_certificate(made.certificate.read_bytes()).extensions.get_extension_for_class(
        x509.SubjectAlternativeName
    )
    assert {"localhost", "theatre-2.local"} <= set(names.value.get_values_for_type(x509.DNSName))
    addresses = set(map(str, names.value.get_values_for_type(x509.IPAddress)))
    assert {"127.0.0.1", "192.168.77.5"} <= addresses
    assert len(made.fingerprint.split(":")) == 32
    before = made.certificate.read_bytes()
    with pytest.raises(ArgumentError, match="already"):
        make_certificate(tmp_path / "own")
    assert made.certificate.read_bytes() == before
    with pytest.raises(MissingFileError, match="--make-cert"):
        Certificate.of(tmp_path).check()


def test_a_token_stays_the_same_and_is_its_users_alone(tmp_path: Path) -> None:
    token = token_of(tmp_path)
    assert len(token) >= 32
    assert token_of(tmp_path) == token
    assert stat.S_IMODE((tmp_path / "token").stat().st_mode) == 0o600


@pytest.mark.parametrize(("host", "here"), [
    ("127.0.0.1", True), ("localhost", True), ("[::1]", True), ("0.0.0.0", False), ("192.168.1.5", False), ("x", False),
])  # fmt: skip
def test_only_this_machines_own_addresses_need_nothing(host: str, here: bool) -> None:
    assert is_loopback(host) is here


def test_beyond_this_machine_a_console_is_refused_without_a_certificate(tmp_path: Path) -> None:
    for words, said in (
        (("--host", "0.0.0.0"), "--make-cert"),
        (("--cert", "a.pem"), "go together"),
        (("--host", "0.0.0.0", "--detach", "--cert", "a.pem", "--key", "a.pem"), "a.pem"),
    ):
        ran = program.ask("console", *words, "--sessions", tmp_path, cwd=tmp_path, environment={}, timeout=120.0)
        assert ran.returncode == 2, ran.stdout + ran.stderr
        assert said in ran.stderr


def test_with_a_certificate_it_is_reached_encrypted_and_by_its_link_alone(tmp_path: Path) -> None:
    made = make_certificate(tmp_path / ".console")
    with console(tmp_path, "--host", "0.0.0.0", certificate=made.certificate) as address:
        trusted = ssl.create_default_context(cafile=str(made.certificate))
        jar = urllib.request.HTTPCookieProcessor(CookieJar())
        browser = urllib.request.build_opener(urllib.request.HTTPSHandler(context=trusted), jar)
        assert b"Token" in browser.open(address, timeout=20.0).read()
        with pytest.raises(urllib.error.HTTPError, match="401"):
            browser.open(f"{address}/login?token=guessed", timeout=20.0)
        token = token_of(tmp_path / ".console")
        assert b"Needle reach" in browser.open(f"{address}/login?{urlencode({'token': token})}", timeout=60.0).read()
        plain = address.replace("https", "http")
        with pytest.raises((OSError, http.client.HTTPException)):  # nothing is said in the clear
            urllib.request.urlopen(plain, timeout=5.0)


def test_one_that_goes_on_in_the_background_ends_when_asked_or_when_nobody_looks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / ".console"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    background.start(own, tmp_path, port)
    try:
        background.start(own, tmp_path, port)  # leaves it as it is
        with pytest.raises(ArgumentError, match="goes on at port"):
            background.start(own, tmp_path, port + 1)
        with urllib.request.urlopen(f"http://127.0.0.1:{port}", timeout=60.0) as answer:
            assert answer.status == 200
    finally:
        assert background.end(own)
    assert background.known(own) is None
    assert not background.end(own)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(ArgumentError, match="listens"):
            background.start(own, tmp_path, taken.getsockname()[1])
    monkeypatch.setenv(background.IDLE, "1")
    background.start(own, tmp_path, port)
    found = background.known(own)
    assert found is not None
    assert found.process is None or found.process.wait(60.0) in (0, None)
    assert os.path.exists(own / "background.txt")
