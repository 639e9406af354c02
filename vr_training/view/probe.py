"""Choose a renderer that works here: try each in a child process, so that a bad driver costs a try and nothing else.

Graphics drivers fail in every way: they crash the process, hang, or return empty or frozen pictures. So a renderer
counts as working only once a child process has drawn several postures with it in time, each picture has varied, and
each has differed from the one before. The verdict is kept for this host and these libraries.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import platform
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Literal

import numpy as np

from robotics.contracts import Vector
from robotics.errors import ArgumentError, DeviceError
from robotics.shape_config import Box, Pad, Shape, Sphere
from vr_training.stream.messages import SceneMessage
from vr_training.view.bodies import shape_body, still_scene
from vr_training.view.cameras import look_at
from vr_training.view.contracts import Camera, Renderer
from vr_training.view.software import Quality, SoftwareRenderer

Choice = Literal["auto", "software", "filament"]
CHOICES = ("auto", "software", "filament")
LIMIT_S = 25.0
"""Time that a try may take [s]: loading Open3D takes about 3, the pictures less than 1 where a card draws them."""
LEAST_FPS = 25.0
"""A card that draws more slowly than this gains nothing over the software renderer."""
FRAMES = 12
ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Verdict:
    """Whether a renderer works on this host.

    Attributes:
        works: It drew varying, changing pictures in time.
        fps: Pictures a second at 640 by 480; 0 where it does not work.
        reason: What was found, in one sentence.
    """

    works: bool
    fps: float
    reason: str


def choose_renderer(
    choice: Choice = "auto", quality: Quality = "live", threads: int | None = None, limit_s: float = LIMIT_S
) -> Renderer:
    """A renderer that works on this host.

    Args:
        choice: ``"auto"`` takes the best one that works; a name takes that one, or fails.
        quality: Of the software renderer.
        threads: Of the software renderer; as many as the process may use cores where None.
        limit_s: Time that a try may take [s].

    Raises:
        ArgumentError: Unknown choice.
        DeviceError: A renderer was asked for by name and does not work here.
    """
    if choice not in CHOICES:
        raise ArgumentError(f"renderer is '{choice}'; choose one of: {', '.join(CHOICES)}")
    if choice != "software":
        found = verdict("filament", limit_s)
        if found.works:
            from vr_training.view.filament import FilamentRenderer

            return FilamentRenderer()
        if choice == "filament":
            raise DeviceError(f"the filament renderer does not work here: {found.reason}; use software or auto")
    return SoftwareRenderer(quality, threads)


def verdict(name: str, limit_s: float = LIMIT_S, fresh: bool = False) -> Verdict:
    """What is known about a renderer on this host; tries it where nothing is.

    Args:
        name: ``"filament"``.
        limit_s: Time that the try may take [s].
        fresh: Try again, whatever was found before.
    """
    if not has_graphics_device():
        return Verdict(False, 0.0, "this host has no graphics device")
    path = cache_file(name)
    if not fresh:
        with contextlib.suppress(OSError, ValueError, TypeError):
            return Verdict(**json.loads(path.read_text(encoding="utf-8")))
    found = attempt([sys.executable, "-m", "vr_training.view.probe", name], limit_s)
    _keep(path, found)
    return found


def distrust(name: str, problem: str) -> None:
    """Keep that a renderer which had passed its try failed in a session: it is not taken again on this host."""
    if name in CHOICES:
        _keep(cache_file(name), Verdict(False, 0.0, f"in a session {problem}"))


def attempt(command: Sequence[str], limit_s: float) -> Verdict:
    """Run a try in a process group of its own and judge what it says; the group is gone when this returns.

    Args:
        command: Prints a verdict as JSON on its last line.
        limit_s: Time that it may take [s].
    """
    with tempfile.TemporaryFile() as output:
        child = subprocess.Popen(
            command,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            code = child.wait(limit_s)
        except subprocess.TimeoutExpired:
            return Verdict(False, 0.0, f"it gave no picture within {limit_s:g} s")
        finally:
            _kill(child)
        output.seek(0)
        lines = output.read().decode("utf-8", "replace").strip().splitlines()
    if code != 0:
        how = f"signal {-code}" if code < 0 else f"exit code {code}"
        return Verdict(False, 0.0, f"its process ended with {how}")
    try:
        return Verdict(**json.loads(lines[-1]))
    except (IndexError, ValueError, TypeError):
        return Verdict(False, 0.0, "its process said nothing that can be understood")


def judge(renderer: Renderer, least_fps: float = LEAST_FPS) -> Verdict:
    """Draw several postures with a renderer and say whether the pictures are pictures.

    Args:
        renderer: The renderer.
        least_fps: Pictures a second below which it is not worth it.
    """
    scene, rest = _test_scene()
    renderer.load(scene)
    before: np.ndarray[tuple[int, ...], np.dtype[np.uint8]] | None = None
    took = []
    for i in range(FRAMES):
        turn = 2 * np.pi * i / FRAMES
        poses = rest.copy()
        poses[1, :3] = 0.03 * np.cos(turn), 0.03 * np.sin(turn), 0.02
        eye = (0.12 * np.cos(turn / 2), -0.14, 0.10 + 0.02 * np.sin(turn))
        camera = Camera(look_at(eye, (0.0, 0.0, 0.0), (0.0, 0.0, 1.0)), 0.7, 640, 480)
        start = time.perf_counter()
        frame = renderer.render(poses, camera)
        took.append(time.perf_counter() - start)
        picture = frame.colour
        if picture.shape != (480, 640, 3) or float(picture.std()) < 4.0:
            return Verdict(False, 0.0, f"picture {i + 1} is empty")
        if not np.isfinite(frame.depth[240, 320]):
            return Verdict(False, 0.0, f"picture {i + 1} has no depth in its middle")
        if before is not None and float(np.abs(picture.astype(np.int16) - before).mean()) < 0.1:
            return Verdict(False, 0.0, f"picture {i + 1} does not differ from the one before")
        before = picture
    # The first picture pays for what is compiled or uploaded once.
    fps = 1.0 / float(np.median(took[1:]))
    if fps < least_fps:
        return Verdict(False, fps, f"it draws {fps:.1f} pictures a second; {least_fps:g} are needed")
    return Verdict(True, fps, f"it draws {fps:.0f} pictures a second")


def has_graphics_device() -> bool:
    """Whether there is a card to draw with, as far as can be told without touching it."""
    if platform.system() != "Linux":
        return True
    return any(Path("/dev/dri").glob("renderD*")) or Path("/dev/nvidiactl").exists()


def cache_file(name: str) -> Path:
    """Where the verdict on a renderer is kept: one file for each host, library and display."""
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    about = [platform.node(), platform.release(), os.environ.get("EGL_PLATFORM", ""), os.environ.get("DISPLAY", "")]
    for package in ("open3d-cpu", "open3d"):
        with contextlib.suppress(metadata.PackageNotFoundError):
            about.append(metadata.version(package))
    digest = hashlib.sha256("|".join(about).encode()).hexdigest()[:12]
    return base / "steadyhand" / f"renderer-{name}-{digest}.json"


def _keep(path: Path, found: Verdict) -> None:
    """Write a verdict whole or not at all; a host without a writable cache tries again next time."""
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(f".{os.getpid()}.part")
        part.write_text(json.dumps(asdict(found)), encoding="utf-8")
        part.replace(path)


def _kill(child: subprocess.Popen[bytes]) -> None:
    """End a child with everything that it started."""
    if hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)
    else:
        child.kill()
    with contextlib.suppress(subprocess.TimeoutExpired):
        # A process stuck in a driver dies when the driver lets go of it; that is not waited for.
        child.wait(2.0)


def _test_scene() -> tuple[SceneMessage, Vector]:
    shapes: dict[str, Shape] = {
        "pad": Pad(material="tissue", size_m=(0.1, 0.08, 0.012), relief_m=0.001, seed=1),
        "ball": Sphere(material="steel", radius_m=0.01),
        "block": Box(material="enamel", size_m=(0.02, 0.02, 0.02), bevel_m=0.002, xyz_m=(0.0, 0.0, 0.01)),
        "ghost": Sphere(material="ghost", radius_m=0.008, xyz_m=(0.02, -0.01, 0.012)),
    }
    return still_scene(*(shape_body(name, shape) for name, shape in shapes.items()))


def main(arguments: Sequence[str]) -> int:
    """The child: judge one renderer and print the verdict as JSON."""
    if list(arguments) == ["filament"]:
        from vr_training.view.filament import FilamentRenderer

        found = judge(FilamentRenderer())
    elif list(arguments) == ["software"]:
        found = judge(SoftwareRenderer("live"), least_fps=1.0)
    else:
        print("usage: python -m vr_training.view.probe filament|software", file=sys.stderr)
        return 2
    print(json.dumps(asdict(found)), flush=True)
    # A driver may hang in its own clean-up; the verdict is out, so leave at once.
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
