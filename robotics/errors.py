"""The one error tree: every error that Steadyhand raises on purpose, each also a builtin."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path


class SteadyhandError(Exception):
    """Root of all errors that a user can cause or that a device can report."""


class ConfigError(SteadyhandError, ValueError):
    """A configuration says something that cannot be.

    Args:
        source: File the value came from, or a short description of it.
        key: Dotted key, for example ``joints[2].lower_m``; empty for the file as a whole.
        problem: What is wrong, with the value and the bound or the valid choices.
    """

    def __init__(self, source: str | Path, key: str, problem: str) -> None:
        self.source, self.key, self.problem = str(source), key, problem
        super().__init__(f"{source}: {key}: {problem}" if key else f"{source}: {problem}")


class UnknownNameError(SteadyhandError, LookupError):
    """A name that nothing answers to; the message lists the valid ones.

    Args:
        kind: What was looked for, in the singular: ``"arm"``, ``"filter"``.
        name: The name that was asked for.
        choices: The names that exist.
    """

    def __init__(self, kind: str, name: str, choices: Iterable[str]) -> None:
        self.kind, self.name, self.choices = kind, name, tuple(sorted(choices))
        super().__init__(f"unknown {kind} '{name}'; choose one of: {', '.join(self.choices) or 'none there'}")


class InputFileError(SteadyhandError, ValueError):
    """A file that a user handed over cannot be read as what it should be."""


class MissingFileError(SteadyhandError, FileNotFoundError):
    """A file or session that a user named is not there."""


class ArgumentError(SteadyhandError, ValueError):
    """A value handed to a function is out of range or of the wrong shape."""


class JointLimitError(SteadyhandError, ValueError):
    """A joint value outside of its bounds.

    Args:
        joint: Name of the joint.
        value: The offending value, in the joint's unit [rad or m].
        lower: Lower bound.
        upper: Upper bound.
    """

    def __init__(self, joint: str, value: float, lower: float, upper: float) -> None:
        self.joint, self.value, self.lower, self.upper = joint, value, lower, upper
        super().__init__(f"joint '{joint}' at {value:.6g} is outside of [{lower:.6g}, {upper:.6g}]")


class UnreachableError(SteadyhandError, ValueError):
    """A pose that no joint position within the limits reaches."""


class DeviceError(SteadyhandError, RuntimeError):
    """A plant or input device failed; the safe state was commanded before this was raised."""


class LinkLost(DeviceError):
    """The line to a device is gone, in whichever of the many ways in which a serial port dies.

    Args:
        port: Path of the port.
        problem: How it showed.
    """

    def __init__(self, port: str | Path, problem: str) -> None:
        self.port, self.problem = str(port), problem
        super().__init__(f"{port}: the link is lost: {problem}")


class StaleError(SteadyhandError, TimeoutError):
    """Data that should be fresh is too old, or never came."""
