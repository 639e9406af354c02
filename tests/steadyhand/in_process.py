"""The program asked within the test's own process: for what is answered at once, as its start takes longer."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from steadyhand import cli


def ask(*words: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    """What `steadyhand WORDS` answers in a folder: exit code, standard output, standard error."""
    told, complained = io.StringIO(), io.StringIO()
    arguments = ["steadyhand", *map(str, words)]
    sigterm, before, code = signal.getsignal(signal.SIGTERM), Path.cwd(), None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", arguments)
        patch.setenv("COLUMNS", "200")
        os.chdir(cwd)
        try:
            with contextlib.redirect_stdout(told), contextlib.redirect_stderr(complained):
                cli.main()
        except SystemExit as ended:
            code = ended.code
        finally:
            os.chdir(before)
            signal.signal(signal.SIGTERM, sigterm)
    return subprocess.CompletedProcess(arguments, int(code or 0), told.getvalue(), complained.getvalue())
