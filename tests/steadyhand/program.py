"""The program, asked as a person would ask it, each time in a process of its own, without waiting for its imports.

One server for each worker has imported everything once; whoever asks gets a fork of it. What a call does, says and
leaves behind is its own, as that of any process; only the imports are shared.
"""

from __future__ import annotations

import atexit
import functools
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).parents[2]
START_S = 240.0
"""How long the server may take to stand: kernels may have to be compiled first [s]."""


def ask(
    *words: object, cwd: Path = ROOT, environment: Mapping[str, str] | None = None, timeout: float = 280.0
) -> subprocess.CompletedProcess[str]:
    """`steadyhand` with some words: exit code, standard output, standard error.

    Args:
        words: After ``steadyhand``.
        cwd: Working folder.
        environment: What differs from this process's.
        timeout: Longest time [s]; then it is killed, and `subprocess.TimeoutExpired` raised.
    """
    command = ["steadyhand", *map(str, words)]
    env = {**os.environ, "PYTHONPATH": str(ROOT), **(environment or {})}
    with (
        tempfile.TemporaryFile() as out,
        tempfile.TemporaryFile() as err,
        socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line,
    ):
        line.connect(_server())
        order = json.dumps({"words": command, "cwd": str(cwd), "environment": env}).encode()
        socket.send_fds(line, [len(order).to_bytes(4, "little")], [out.fileno(), err.fileno()])
        line.sendall(order)
        with line.makefile("r", encoding="ascii") as answers:
            pid = int(answers.readline())
            if not select.select([line], [], [], timeout)[0]:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
                raise subprocess.TimeoutExpired(command, timeout, *_said(out, err))
            code = int(answers.readline())
        return subprocess.CompletedProcess(command, code, *_said(out, err))


def _said(*files: object) -> list[str]:
    texts = []
    for file in files:
        file.seek(0)  # type: ignore[attr-defined]
        texts.append(file.read().decode("utf-8", "replace"))  # type: ignore[attr-defined]
    return texts


@functools.cache
def _server() -> str:
    """Where this worker's server listens; starts it."""
    folder = tempfile.mkdtemp(prefix="steadyhand-program-")
    address = f"{folder}/line"
    process = subprocess.Popen([sys.executable, "-m", "tests.steadyhand.program", address], cwd=ROOT)
    atexit.register(_end, process, folder)
    end = time.monotonic() + START_S
    while not Path(address).exists():
        assert process.poll() is None, "the server of the program ended"
        assert time.monotonic() < end, "the server of the program does not stand"
        time.sleep(0.02)
    return address


def _end(process: subprocess.Popen[bytes], folder: str) -> None:
    process.terminate()
    process.wait()
    with suppress(OSError):
        os.unlink(f"{folder}/line")
    os.rmdir(folder)


def main(address: str) -> None:
    """The server: imports everything, listens, and forks for whoever asks."""
    _import_everything()
    asked_by = os.getppid()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as server:
        server.bind(f"{address}.early")
        server.listen()
        os.rename(f"{address}.early", address)
        server.settimeout(1.0)
        while os.getppid() == asked_by:  # a worker that was killed leaves nobody behind
            with suppress(TimeoutError):
                line, _ = server.accept()
                _take(line)
            _reap()


_LINES: dict[int, socket.socket] = {}


def _take(line: socket.socket) -> None:
    line.settimeout(30.0)
    head, (out, err), _, _ = socket.recv_fds(line, 4, 2)
    size, data = int.from_bytes(head, "little"), b""
    while len(data) < size:
        data += line.recv(size - len(data))
    pid = os.fork()
    if pid == 0:
        _be_the_program(json.loads(data), out, err)
    os.close(out)
    os.close(err)
    line.sendall(f"{pid}\n".encode())
    _LINES[pid] = line
    _reap()


def _reap() -> None:
    """Tell of every call that has ended; the wait for the next one is short while any runs."""
    while _LINES:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == 0:
            time.sleep(0.01)
            continue
        line = _LINES.pop(pid)
        with suppress(OSError):
            line.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())
        line.close()


def _be_the_program(order: dict[str, object], out: int, err: int) -> NoReturn:
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(out, 1)
    os.dup2(err, 2)
    os.chdir(str(order["cwd"]))
    os.environ.clear()
    os.environ.update(order["environment"])  # type: ignore[arg-type]
    sys.stdout, sys.stderr = open(1, "w", encoding="utf-8"), open(2, "w", encoding="utf-8", buffering=1)  # noqa: SIM115
    sys.argv = list(order["words"])  # type: ignore[call-overload]
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    from steadyhand import cli

    sys.modules["__main__"] = cli  # what children of its own start from
    code = 1
    try:
        cli.main()
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:  # as the interpreter would
        sys.excepthook(*sys.exc_info())
    finally:
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):
                stream.flush()
        os._exit(code)


def _import_everything() -> None:
    import importlib

    import vr_training.rehab.report
    import vr_training.report  # noqa: F401
    from steadyhand.cli import COMMANDS
    from steadyhand.rig import build, plan

    for module in COMMANDS.values():
        importlib.import_module(f"steadyhand.commands.{module}")
    with build(plan("needle_reach"), {}, 0) as (loop, _):  # the kernels of every run
        loop.power_on()
        loop.tick()


if __name__ == "__main__":
    main(sys.argv[1])
