"""Operator inputs: a scripted expert, recorded hands, devices, and hands that arrive over the stream.

May import `control` and `robotics`. A new input is one module here, one branch of `create` and one name in `names`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from control.tremor.motion_file import ReadingOptions
from robotics import config
from robotics.errors import ArgumentError, UnknownNameError
from vr_training.inputs.aimless import IdleHand, RandomHand
from vr_training.inputs.recorded import RecordedHand, RecordedTremor, Use
from vr_training.inputs.remote import RemoteHand
from vr_training.inputs.scripted import ScriptedExpert
from vr_training.inputs.scripted_config import ScriptedConfig

if TYPE_CHECKING:
    from control.mailbox import Mailbox

Hand = ScriptedExpert | RecordedHand | RemoteHand | IdleHand
"""Any operator input; each can say in words what it is."""

WINDOW = ("mouse", "keyboard")
"""Inputs that need a view's window."""

DEVICES = ("gamepad", "spacemouse", "igtl")
"""Inputs that a process of their own reads; see `vr_training.inputs.device_process`."""

REMOTE = (*WINDOW, *DEVICES, "remote")
"""Inputs that come through the hub, and need its mailbox; ``"remote"`` is any program that speaks to it."""

_SCRIPTED = ("scripted", "expert")
"""Hands that follow a lesson's guide, each a file in ``configs/inputs``."""

_AIMLESS: dict[str, Callable[[], Hand]] = {"idle": IdleHand, "random": RandomHand}

NOBODY = (*_SCRIPTED, *_AIMLESS)
"""Hands that are nobody's."""

__all__ = ["DEVICES", "NOBODY", "REMOTE", "WINDOW", "Hand", "ReadingOptions", "check", "create", "names"]


def names() -> tuple[str, ...]:
    """What may be asked for, as a person writes it."""
    return (*_SCRIPTED, *_AIMLESS, "recorded:FILE", *REMOTE)


def check(spec: str) -> str:
    """The name in a specification such as ``"recorded:FILE"``, before anything is read or started.

    Raises:
        UnknownNameError: No such input; the message lists the valid ones.
        ArgumentError: A file is missing or out of place.
    """
    name, colon, file = spec.partition(":")
    if name not in (*_SCRIPTED, *_AIMLESS, "recorded", *REMOTE):
        raise UnknownNameError("input", spec, names())
    if name == "recorded" and not file:
        raise ArgumentError("input 'recorded' needs a file: recorded:FILE")
    if name not in ("recorded", *DEVICES) and colon:
        raise ArgumentError(f"input '{name}' takes no file, but '{spec}' was given")
    return name


def create(
    spec: str,
    *,
    mailbox: Mailbox | None = None,
    arm: int = 0,
    reading: ReadingOptions | None = None,
    use: Use = "tremor",
    gain: float = 1.0,
) -> Hand:
    """Make an operator input by name.

    Args:
        spec: One of `names`.
        mailbox: Where remote hands arrive.
        arm: Index of the arm in the rig, for a remote hand.
        reading: What is known about a recording; the rest is guessed.
        use: What of a recording to use: its ``"tremor"`` under the scripted expert's motion, or its whole
            ``"motion"``.
        gain: Factor on a recording's amplitude.

    Raises:
        UnknownNameError: No such input or configuration.
        ArgumentError: A value is out of range, a file is missing from the specification, or a mailbox is needed.
        MissingFileError: The recording is not there.
        InputFileError: It cannot be used as a hand.
        ConfigError: The expert's configuration is wrong.
    """
    name = check(spec)
    if name in REMOTE:
        if mailbox is None:
            raise ArgumentError(f"input '{name}' needs a session with a hub; it cannot run by itself")
        return RemoteHand(mailbox, name, arm)
    if name in _AIMLESS:
        return _AIMLESS[name]()
    file = Path(spec.partition(":")[2])
    if name == "recorded" and use == "motion":
        return RecordedHand(file, reading, gain)
    expert = config.load_named("inputs", name if name in _SCRIPTED else "scripted", ScriptedConfig)
    if name == "recorded":
        return ScriptedExpert(expert, RecordedTremor(file, reading, gain))
    return ScriptedExpert(expert)
