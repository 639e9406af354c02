"""`python -m benchmarks [NAME...]`: run all benchmarks, or those named, one after the other."""

from __future__ import annotations

import importlib
import sys

from benchmarks._report import console

ALL = (
    "kinematics",
    "ik",
    "control_core",
    "wakeup",
    "view",
    "browser",
    "session",
    "classical_filters",
    "tremor",
    "tremor_reasons",
    "lessons",
    "learning",
    "speed",
    "contact",
    "realism",
    "soak",
)

if __name__ == "__main__":
    names = sys.argv[1:] or list(ALL)
    unknown = [name for name in names if name not in ALL]
    if unknown:
        console.print(f"unknown benchmark '{unknown[0]}'; choose one of: {', '.join(ALL)}")
        sys.exit(2)
    for name in names:
        console.rule(name)
        module = importlib.import_module(f"benchmarks.{name}")
        sys.argv = [f"benchmarks.{name}"]
        module.main()
