"""Chromium, driven by Playwright, and a console for it to look at."""

from __future__ import annotations

import os
import shutil
import socket
import ssl
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

ROOT = Path(__file__).parents[1]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
EMULATOR = ROOT / ".venv" / "node" / "node_modules" / "iwer" / "build" / "iwer.min.js"
"""The emulator of WebXR devices, where `steadyhand/setup.sh` puts it."""
MISSING = "" if CHROMIUM else "needs Chromium: sudo apt-get install chromium"
START_S = 60.0

# Software OpenGL by Mesa: half again as fast as Chromium's own.
ARGUMENTS = ("--use-gl=angle", "--use-angle=gl-egl", "--ignore-gpu-blocklist", "--no-sandbox")


@dataclass
class Seen:
    """What a browser complained of while a test looked on."""

    complaints: list[str] = field(default_factory=list)

    def take(self, message: ConsoleMessage) -> None:
        """A word on its console."""
        if message.type in ("error", "warning") and not _of_the_driver(message.text):
            self.complaints.append(message.text)


def _of_the_driver(text: str) -> bool:
    """Whether it is only Mesa that says how slow reading pixels is, which a screenshot does."""
    return "GPU stall due to ReadPixels" in text or "GL Driver Message" in text


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless browser."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def page_of(browser: Browser, scheme: str = "light", **options: object) -> Iterator[tuple[Page, Seen]]:
    """A fresh page, and what its browser complains of."""
    context: BrowserContext = browser.new_context(
        viewport={"width": 1280, "height": 800}, color_scheme=scheme, **options  # type: ignore[arg-type]
    )  # fmt: skip
    page, seen = context.new_page(), Seen()
    page.set_default_timeout(90_000)
    page.on("console", seen.take)
    page.on("pageerror", lambda error: seen.complaints.append(str(error)))
    try:
        yield page, seen
    finally:
        context.close()


@contextmanager
def console(sessions: Path, *options: str, certificate: Path | None = None) -> Iterator[str]:
    """A console of a folder of sessions; its address. Everything that it started is ended with it.

    Args:
        sessions: The folder.
        options: Of the command.
        certificate: What its answers are checked by, where it speaks HTTPS.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    said = sessions / "console.txt"
    with said.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "steadyhand", "console", "--port", str(port), "--sessions", str(sessions), *options],
            cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"},
            stdout=out, stderr=subprocess.STDOUT,
        )  # fmt: skip
    address = f"http{'' if certificate is None else 's'}://127.0.0.1:{port}"
    try:
        end = time.monotonic() + START_S
        while not _answers(address, certificate):
            assert process.poll() is None, said.read_text()
            assert time.monotonic() < end, said.read_text()
            time.sleep(0.1)
        yield address
    finally:
        process.terminate()
        try:
            process.wait(60.0)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    assert "Traceback" not in said.read_text(), said.read_text()


def _answers(address: str, certificate: Path | None) -> bool:
    trusted = None if certificate is None else ssl.create_default_context(cafile=str(certificate))
    try:
        with urllib.request.urlopen(address, timeout=5.0, context=trusted) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def view(page: Page, what: str) -> object:
    """What the training view of a page says of itself; ``what`` is an expression of ``v``."""
    return page.evaluate(
        f"(() => {{ const v = document.querySelector('.view-frame')?.view; return v && ({what}); }})()"
    )


def until(page: Page, what: str, seconds: float = 60.0) -> None:
    """Wait until something is true of the training view of a page."""
    end = time.monotonic() + seconds
    while not view(page, what):
        assert time.monotonic() < end, f"never: {what}"
        page.wait_for_timeout(50)
