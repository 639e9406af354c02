"""Exercises by name: a configuration names the file that carries it out."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType
from typing import Any

from robotics import config
from robotics.errors import ConfigError, UnknownNameError
from vr_training.exercises.context import Context
from vr_training.exercises.exercise import Exercise
from vr_training.exercises.settings import ExerciseSettings

FOLDER = "exercises"


def names() -> tuple[str, ...]:
    """All exercises that are configured."""
    return config.names(FOLDER)


def load(name: str) -> ExerciseSettings:
    """Settings of an exercise, by name or TOML file.

    Raises:
        UnknownNameError: There is none of this name.
        ConfigError: Its configuration says something that cannot be.
    """
    path = config.find(FOLDER, name)
    return _settings(config.read(path), path)


def parse(text: str, source: str) -> ExerciseSettings:
    """Settings of an exercise from the text of its configuration, as a recording keeps it.

    Raises:
        ConfigError: It says something that cannot be.
    """
    return _settings(config.parse(text, source), source)


def _settings(data: dict[str, Any], source: Path | str) -> ExerciseSettings:
    settings: ExerciseSettings = config.convert(data, _module(str(data.get("exercise", "")), source).Settings, source)
    return settings


def task_of(settings: ExerciseSettings) -> type[Exercise]:
    """The class that carries an exercise out."""
    task: type[Exercise] = _module(settings.exercise, "exercise").Task
    return task


def create(name: str, settings: ExerciseSettings, context: Context) -> Exercise:
    """An exercise, ready to be reset.

    Args:
        name: Its name.
        settings: From `load`.
        context: The arm, the person and the plan.
    """
    return task_of(settings)(Path(name).stem, settings, context)


def _module(name: str, source: Path | str) -> ModuleType:
    folder = Path(__file__).parent
    known = [each.name for each in iter_modules([str(folder)])]
    if name not in known:
        raise UnknownNameError("exercise's file", name, names())
    module = import_module(f"vr_training.exercises.{name}")
    if not hasattr(module, "Task"):
        raise ConfigError(str(source), "exercise", f"'{name}' is no exercise")
    return module
