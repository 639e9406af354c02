"""`steadyhand demos`: demonstrations of a lesson for those who train policies."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import Progress

from robotics.difficulty import STANDARD
from robotics.errors import ArgumentError, DeviceError, UnknownNameError
from simulation import tasks
from steadyhand.commands.options import Difficulty, json_option
from steadyhand.commands.output import console_for, write_json


def command(
    lesson: Annotated[str, typer.Argument(help="Lesson; see `steadyhand list lessons`.")],
    out: Annotated[Path, typer.Option(metavar="DIR", help="New folder to write them to.")],
    episodes: Annotated[int, typer.Option(min=1, max=100_000, help="How many are to be written.")] = 20,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the first; one more for each further one.")] = 0,
    noise: Annotated[
        float, typer.Option(min=0, max=1, help="Disturbance of the motion, so that the way back is shown, too.")
    ] = 0.3,
    json_file: Annotated[Path | None, json_option("what was written")] = None,
    difficulty: Difficulty = STANDARD,
) -> None:
    """Write demonstrations of a lesson: Parquet files in the layout of LeRobot datasets (v2.1).

    The policy that follows the lesson's guide plays the lesson's Gymnasium environment; failed episodes are left out.
    Needs the extra: pip install -e '.[learn]'

    Examples:

        steadyhand demos needle_reach --out demos/needle_reach --episodes 50
        steadyhand demos peg_transfer --out demos/peg --episodes 5 --noise 0
    """
    try:
        from simulation.environments.demonstrations import Export, demonstrate
        from steadyhand.environments import make
    except ModuleNotFoundError as error:
        raise DeviceError(f"'{error.name}' is needed for this: pip install -e '.[learn]'") from error
    if lesson not in tasks.lessons() and not lesson.endswith(".toml"):
        raise UnknownNameError("lesson", lesson, tasks.lessons())
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise ArgumentError(f"--out {out} is there already and not empty; name a new folder")
    env = make(lesson, difficulty=difficulty)
    written, failed, steps = 0, 0, 0
    console = console_for(json_file)
    try:
        with Progress(console=console, transient=True) as progress:
            bar = progress.add_task("Demonstrations", total=episodes)
            export = Export(out, env, env.task.settings.summary)
            for shown in demonstrate(env, range(seed, seed + 3 * episodes), noise):
                if not shown.success:
                    failed += 1
                    continue
                export.write(shown)
                written, steps = written + 1, steps + len(shown.actions)
                progress.update(bar, completed=written)
                if written == episodes:
                    break
    except KeyboardInterrupt:
        console.print("[yellow]Interrupted; what was written is whole.[/yellow]")
    finally:
        env.close()
    result: dict[str, Any] = {
        "lesson": lesson,
        "difficulty": difficulty,
        "folder": str(out),
        "episodes": written,
        "steps": steps,
        "failed": failed,
        "noise": noise,
    }
    console.print(f"{written} demonstrations, {steps} steps, in {out}; {failed} failed and were left out")
    if json_file is not None:
        write_json(json_file, result)
    if written < episodes:
        raise typer.Exit(1)
