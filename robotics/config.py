"""Configurations: TOML files decoded straight into frozen structs that refuse what they do not know.

``configs/<kind>/<name>.toml`` holds the part called ``name``. This is the one place where parts are found by name.
"""

from __future__ import annotations

import math
import re
import sys
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from robotics.errors import ConfigError, MissingFileError, UnknownNameError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

CONFIG_DIR = Path(__file__).resolve().parent.parent / "configs"
"""Folder that holds every configuration that ships."""

T = TypeVar("T", bound="Config")


class Config(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of every configuration struct: frozen, no unknown keys. Subclasses repeat ``frozen=True, kw_only=True``.

    A subclass checks what one field alone cannot say in ``__post_init__`` and raises `ValueError` with the key first:
    ``"lower_m: 2 is above upper_m, 1"``.
    """


def names(kind: str) -> tuple[str, ...]:
    """Names of all configurations of a kind (``"arms"``, ``"filters"``, ...), sorted."""
    return tuple(sorted(path.stem for path in (CONFIG_DIR / kind).glob("*.toml")))


def find(kind: str, name: str) -> Path:
    """Path of the configuration ``name`` of a kind; a path that ends in ``.toml`` is taken as it is.

    Raises:
        UnknownNameError: No such name; the message lists the valid ones.
        MissingFileError: A path was given and nothing is there.
    """
    if name.endswith(".toml"):
        path = Path(name)
        if not path.is_file():
            raise MissingFileError(f"no configuration file at {name}")
        return path
    path = CONFIG_DIR / kind / f"{name}.toml"
    if not re.fullmatch(r"[A-Za-z0-9_\-]+", name) or not path.is_file():
        raise UnknownNameError(kind.removesuffix("s"), name, names(kind))
    return path


def load(path: Path | str, struct: type[T]) -> T:
    """Decode a TOML file into a configuration struct.

    Args:
        path: The file.
        struct: The struct to decode into.

    Raises:
        ConfigError: Not TOML, an unknown or missing key, or a value out of range; names file, key, value and bound.
        MissingFileError: Nothing is at ``path``.
    """
    return convert(read(path), struct, source=path)


def read(path: Path | str) -> dict[str, Any]:
    """Read a TOML file as plain data.

    Raises:
        ConfigError: It cannot be read, or is not TOML.
        MissingFileError: Nothing is at ``path``.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise MissingFileError(f"no configuration file at {path}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(path, "", f"cannot be read: {error}") from error
    return parse(text, path)


def decode(text: str, struct: type[T], source: str | Path = "text") -> T:
    """Decode TOML text into a configuration struct; see `load`."""
    return convert(parse(text, source), struct, source)


def parse(text: str, source: str | Path = "text") -> dict[str, Any]:
    """Read TOML text as plain data.

    Raises:
        ConfigError: It is not TOML.
    """
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(source, "", f"not valid TOML: {error}") from error


def convert(data: dict[str, Any], struct: type[T], source: str | Path = "data") -> T:
    """Turn plain data into a configuration struct; see `load`."""
    if key := _not_a_number(data):
        raise ConfigError(source, key, "must be a number, is nan")
    try:
        return msgspec.convert(data, struct)
    except msgspec.ValidationError as error:
        message = str(error)
        problem, _, where = message.partition(" - at `$")
        key = where.rstrip("`").lstrip(".")
        raise ConfigError(source, key, problem + _value_at(data, key)) from error


def load_named(kind: str, name: str, struct: type[T]) -> T:
    """Load the configuration ``name`` of a kind; see `find` and `load`."""
    return load(find(kind, name), struct)


def _not_a_number(data: Any, key: str = "") -> str:
    """Dotted key of the first value that is not a number, and so passes any bound; empty where there is none."""
    if isinstance(data, float):
        return key if math.isnan(data) else ""
    if isinstance(data, dict):
        inside = (_not_a_number(value, f"{key}.{name}" if key else name) for name, value in data.items())
    elif isinstance(data, list | tuple):
        inside = (_not_a_number(value, f"{key}[{index}]") for index, value in enumerate(data))
    else:
        return ""
    return next(filter(None, inside), "")


def _value_at(data: Any, key: str) -> str:
    """What stands at a dotted key, for an error message; empty where nothing does."""
    if not key:
        return ""
    for part in re.findall(r"[^.\[\]]+", key):
        try:
            data = data[int(part)] if isinstance(data, list) else data[part]
        except (KeyError, IndexError, ValueError, TypeError):
            return ""
    return f", is {data!r}"
