"""Libraries of devices are optional: imported when a device is asked for, one clear line where they are missing."""

from __future__ import annotations

import importlib
import importlib.util
from typing import Any

from robotics.errors import DeviceError

INSTALL = ".venv/bin/python -m pip install -e '.[{extra}]'"
"""How a person gets an optional library."""


def has(module: str) -> bool:
    """Whether a library is installed."""
    return importlib.util.find_spec(module) is not None


def need(module: str, extra: str, what: str) -> Any:
    """Import a library that only some people need.

    Args:
        module: What to import.
        extra: The extra in ``pyproject.toml`` that brings it.
        what: What needs it, for a person, such as ``"input 'igtl'"``.

    Raises:
        DeviceError: It is not installed, or a library of the system that it needs is not.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        fix = INSTALL.format(extra=extra)
        raise DeviceError(f"{what} needs the library {module}, which cannot be imported ({error}): {fix}") from error
