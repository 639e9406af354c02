"""Who may use a console that is reached from other machines: a certificate, and a token that its link carries.

On this machine's own address neither is asked for. Beyond it every request and every socket has to show a cookie that
the token gave; the token itself is in a file that only its user reads.
"""

from __future__ import annotations

import datetime
import hashlib
import hmac
import ipaddress
import os
import secrets
import socket
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

import psutil
from starlette.responses import HTMLResponse, RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from robotics.errors import ArgumentError, MissingFileError

if TYPE_CHECKING:
    from cryptography.x509 import GeneralName

COOKIE = "steadyhand"
DAYS = 397
"""How long a certificate that is made here is good for: browsers refuse longer ones."""
MOST_FORM_BYTES = 1024

PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Steadyhand</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><style>
:root {{ color-scheme: light dark; font: 18px/1.5 system-ui, sans-serif }}
body {{ display: grid; place-items: center; min-height: 100vh; margin: 0; background: light-dark(#f4f6f8, #11161b) }}
main {{ padding: 2rem; max-width: 26rem; border-radius: 12px; background: light-dark(#fff, #1a2129) }}
h1 {{ margin: 0 0 .5rem; font-size: 1.4rem }} label {{ display: block; margin: 1rem 0 .3rem }}
input, button {{ font: inherit; padding: .6rem .8rem; width: 100%; box-sizing: border-box; border-radius: 8px }}
input {{ border: 1px solid light-dark(#66727e, #93a0ad) }}
button {{ margin-top: 1rem; border: 0; color: #fff; background: #0b5c8a }}
.wrong {{ color: light-dark(#a8201a, #ff9c94) }}</style></head>
<body><main><h1>Steadyhand</h1><p>This console is on another machine. Its link, printed where it was started, signs you
in; or give its token here.</p>{wrong}<form method="post" action="/login"><label for="token">Token</label>
<input id="token" name="token" type="password" autocomplete="current-password" autofocus required>
<button>Sign in</button></form></main></body></html>"""


@dataclass(frozen=True)
class Certificate:
    """Files of a certificate and its key."""

    certificate: Path
    key: Path

    @classmethod
    def of(cls, folder: Path) -> Certificate:
        """Where a console's own are."""
        return cls(folder / "certificate.pem", folder / "certificate.key")

    def check(self) -> None:
        """Raise `MissingFileError` where there are none."""
        for path in (self.certificate, self.key):
            if not path.is_file():
                raise MissingFileError(f"{path} is not there: make one with: steadyhand console --make-cert")

    @property
    def fingerprint(self) -> str:
        """What a browser shows of it, to be compared: SHA-256."""
        from cryptography import x509
        from cryptography.hazmat.primitives.hashes import SHA256

        read = x509.load_pem_x509_certificate(self.certificate.read_bytes())
        return read.fingerprint(SHA256()).hex(":").upper()


def make_certificate(folder: Path, names: Iterable[str] = ()) -> Certificate:
    """Make a certificate for this machine: its name, its addresses, and any other names.

    Raises:
        ArgumentError: There is one already.
    """
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import ExtendedKeyUsageOID

    made = Certificate.of(folder)
    if made.certificate.exists() or made.key.exists():
        raise ArgumentError(f"{made.certificate} is there already; remove it and {made.key.name} for another one")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, f"Steadyhand on {socket.gethostname()}"[:64])])
    now = datetime.datetime.now(datetime.timezone.utc)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=DAYS))
        .add_extension(x509.SubjectAlternativeName([_named(name) for name in (*own_names(), *names)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    with open(made.key, "xb", opener=_private) as file:
        file.write(secret)
    made.certificate.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return made


def own_names() -> list[str]:
    """Names and addresses under which this machine is reached."""
    found = {"localhost", socket.gethostname()}
    for addresses in psutil.net_if_addrs().values():
        for each in addresses:
            if each.family in (socket.AF_INET, socket.AF_INET6):
                found.add(each.address.partition("%")[0])
    return sorted(found)


def _named(name: str) -> GeneralName:
    from cryptography import x509

    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def is_loopback(host: str) -> bool:
    """Whether an address is reached from this machine alone."""
    if host == "localhost":
        return True
    with suppress(ValueError):
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    return False


def token_of(folder: Path) -> str:
    """The token of a console, the same at every start; made where there is none."""
    path = folder / "token"
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with suppress(FileExistsError), open(path, "x", encoding="ascii", opener=_private) as file:
        file.write(secrets.token_urlsafe(24))
    return path.read_text(encoding="ascii").strip()


class Gate:
    """Lets those through who have shown the token; the others get a page that asks for it.

    Args:
        app: What is behind it.
        token: The token.
    """

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app, self._token = app, token
        self._pass = hashlib.sha256(b"steadyhand console " + token.encode()).hexdigest()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, or one socket."""
        if scope["type"] not in ("http", "websocket") or self._passes(scope):
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        elif scope["path"] == "/login":
            await self._login(scope, receive, send)
        else:
            await RedirectResponse("/login", 303)(scope, receive, send)

    def _passes(self, scope: Scope) -> bool:
        for name, value in scope["headers"]:
            if name == b"cookie":
                with suppress(CookieError):
                    shown = SimpleCookie(value.decode("latin-1")).get(COOKIE)
                    if shown is not None and hmac.compare_digest(shown.value.encode(), self._pass.encode()):
                        return True
        return False

    async def _login(self, scope: Scope, receive: Receive, send: Send) -> None:
        posted = scope["method"] == "POST"
        words = await _body(receive) if posted else scope["query_string"]
        given = parse_qs(words.decode("latin-1")).get("token", [""])[0] if words is not None else ""
        if hmac.compare_digest(given.encode(), self._token.encode()):
            answer = RedirectResponse("/", 303)
            answer.set_cookie(COOKIE, self._pass, secure=True, httponly=True, samesite="lax", max_age=30 * 86400)
            await answer(scope, receive, send)
            return
        wrong = '<p class="wrong" role="alert">That is not its token.</p>' if given or posted else ""
        await HTMLResponse(PAGE.format(wrong=wrong), 401 if wrong else 200)(scope, receive, send)


async def _body(receive: Receive) -> bytes | None:
    """A form; None where it is too long to be one."""
    parts: list[bytes] = []
    while sum(map(len, parts)) <= MOST_FORM_BYTES:
        message: Message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)
    return None


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
