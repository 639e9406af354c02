"""A renderer in a process of its own: a crash, a hang or a slow frame there costs this process nothing.

Ray casting holds Python's interpreter lock for as long as a frame takes. In the same process as the window it would
hold up the operator's hand; here it cannot. Frames come back through shared memory. A renderer whose frames stop coming
is killed, and a plainer one draws the frame that it owed: graphics drivers can pass every trial and hang afterwards.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.shared_memory import SharedMemory
from types import TracebackType

import msgspec
import numpy as np
from numpy.typing import NDArray

from robotics.contracts import Vector
from robotics.errors import DeviceError
from vr_training.child_process import ChildProcess
from vr_training.stream.messages import DeformableState, SceneMessage
from vr_training.view.contracts import Camera, Frame, Renderer

START_TIMEOUT_S = 300.0
"""Importing, probing renderers and compiling kernels with cold caches takes most of a minute; several times that on a
machine that is busy with other things."""
FRAME_TIMEOUT_S = 60.0
"""A careful still takes seconds on a busy host; a renderer this late hangs. The first picture of each quality may have
to be compiled for, and gets `START_TIMEOUT_S`."""
BYTES_PER_PIXEL = 3 + 4
FAR_BELOW_M = -1e3
"""Where bodies are put that a camera does not see [m]."""


class RenderProcess:
    """Renders a scene in a child process; ``with`` starts it.

    Args:
        make: Makes the renderer, in the child; must be importable there, as a function of a module is.
        scene: What to render.
        pixels: Most pixels that one job's pictures have together.
        frame_timeout_s: How long a job may take before the renderer counts as hung [s].
        yields: Whether it gives way to other processes: on a shared core the window and the hand come first.
        lower: Makes the renderers that are gone on with, each after the one before has failed; as ``make``.
        fell: Told the name of a renderer that failed, empty where it had none yet, and what became of it.
    """

    def __init__(
        self,
        make: Callable[[], Renderer],
        scene: SceneMessage,
        pixels: int,
        frame_timeout_s: float = FRAME_TIMEOUT_S,
        yields: bool = True,
        lower: Sequence[Callable[[], Renderer]] = (),
        fell: Callable[[str, str], None] = lambda *_: None,
    ) -> None:
        self.scene, self.pixels = scene, pixels
        self.frame_timeout_s, self.yields = frame_timeout_s, yields
        self._make, self._lower, self._fell = make, list(lower), fell
        self.name = ""
        self._child: ChildProcess | None = None
        self._memory: SharedMemory | None = None
        self._cameras: tuple[Camera, ...] = ()
        self._job: tuple[object, ...] | None = None
        self._since = 0.0
        self._quality = ""
        self._seen: set[str] = set()

    def __enter__(self) -> RenderProcess:
        self._memory = SharedMemory(create=True, size=max(self.pixels, 1) * BYTES_PER_PIXEL)
        self._start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._child is not None:
            self._child.end(1.0)
        if self._memory is not None:
            self._memory.close()
            self._memory.unlink()
        self._child = self._memory = None

    @property
    def ready(self) -> bool:
        """Whether the renderer has its scene and can take jobs. Raises `DeviceError` where all failed."""
        if not self.name:
            answer = self._answer(0.0, START_TIMEOUT_S)
            if answer is not None:
                self.name = str(answer)
                if self._job is not None:  # owed by the one before
                    self._send()
        return bool(self.name)

    @property
    def busy(self) -> bool:
        """Whether a job is under way whose frames have not been collected."""
        return bool(self._cameras)

    @property
    def cameras(self) -> tuple[Camera, ...]:
        """The cameras of the job under way."""
        return self._cameras

    def submit(
        self,
        poses: Vector,
        cameras: tuple[Camera, ...],
        quality: str = "",
        bent: tuple[DeformableState, ...] = (),
    ) -> None:
        """Start a job: one picture for each camera.

        Args:
            poses: Pose of each body in world, shape (bodies, 7).
            cameras: Where to look from.
            quality: How carefully to draw, for a renderer that has a ``quality``; empty leaves it as it is.
            bent: Shapes of the scene's deformables; where there are none, they stay as they are.

        Raises:
            DeviceError: The renderer is gone.
        """
        if self.busy or not self.ready:
            raise DeviceError("the renderer is not free for another job")
        needed = sum(camera.width * camera.height for camera in cameras)
        if needed > self.pixels:
            raise DeviceError(f"pictures of {needed} px together do not fit the {self.pixels} px set aside")
        self._job = (np.array(poses, np.float64), cameras, quality, bent)
        self._cameras, self._quality = cameras, quality
        self._send()

    def collect(self, wait_s: float = 0.0) -> list[Frame] | None:
        """The frames of the job under way, None while they are not done.

        Raises:
            DeviceError: The last renderer failed, died or hangs.
        """
        if not self.ready:
            time.sleep(min(wait_s, 0.01))
            return None
        timeout_s = self.frame_timeout_s if self._quality in self._seen else max(self.frame_timeout_s, START_TIMEOUT_S)
        if not self.busy or self._answer(wait_s, timeout_s) is None:
            return None
        self._seen.add(self._quality)
        frames, at = [], 0
        memory = self._started_memory()
        for camera in self._cameras:
            colour, depth = _views(memory, at, camera)
            frames.append(Frame(colour.copy(), depth.copy()))
            at += camera.width * camera.height * BYTES_PER_PIXEL
        self._cameras, self._job = (), None
        return frames

    def render(self, poses: Vector, cameras: tuple[Camera, ...], quality: str = "") -> list[Frame]:
        """Frames of a job, waited for; see `submit` and `collect`."""
        while not self.ready:
            time.sleep(0.01)
        self.submit(poses, cameras, quality)
        frames = None
        while frames is None:
            frames = self.collect(1.0)
        return frames

    def _started(self) -> ChildProcess:
        if self._child is None:
            raise DeviceError("the renderer's process has not been started")
        return self._child

    def _started_memory(self) -> SharedMemory:
        if self._memory is None:
            raise DeviceError("the renderer's process has not been started")
        return self._memory

    def _start(self) -> None:
        """Start a child with the renderer that is at hand."""
        encoded = msgspec.msgpack.encode(self.scene)
        memory = self._started_memory().name
        self._child = ChildProcess("the renderer's process", _serve, memory, self._make, encoded, self.yields)
        self.name, self._since = "", time.monotonic()
        self._seen.clear()

    def _send(self) -> None:
        """Give the child its job."""
        self._since = time.monotonic()
        try:
            self._started().send(self._job)
        except DeviceError as error:
            self._fall(str(error))

    def _fall(self, problem: str) -> None:
        """Go on with the next renderer; its first answer is waited for anew.

        Raises:
            DeviceError: There is none.
        """
        if not self._lower:
            raise DeviceError(problem)
        self._fell(self.name, problem)
        self._started().kill()
        self._make = self._lower.pop(0)
        self._start()

    def _answer(self, wait_s: float, timeout_s: float) -> object | None:
        """The child's next answer, None where there is none yet."""
        try:
            answer: object | None = self._started().poll(wait_s)
        except DeviceError as error:
            self._fall(str(error))
            return None
        if isinstance(answer, Exception):
            self._fall(f"the renderer failed: {answer}")
            return None
        if answer is None and time.monotonic() - self._since > timeout_s:
            self._fall(f"the renderer gave no answer for {timeout_s:g} s")
        return answer


def _views(memory: SharedMemory, at: int, camera: Camera) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Colour and depth of one picture within the shared memory; depth comes first, for its alignment."""
    n = camera.width * camera.height
    buffer = memory.buf
    if buffer is None:
        raise DeviceError("the shared memory of the renderer is closed")
    depth = np.frombuffer(buffer, np.float32, n, at).reshape(camera.height, camera.width)
    colour = np.frombuffer(buffer, np.uint8, 3 * n, at + 4 * n).reshape(camera.height, camera.width, 3)
    return colour, depth


def _without(poses: Vector, hidden: tuple[int, ...]) -> Vector:
    """The poses, with bodies that are not to be seen far below everything."""
    if not hidden:
        return poses
    placed = poses.copy()
    placed[list(hidden), 2] = FAR_BELOW_M
    return placed


def _serve(memory_name: str, make: Callable[[], Renderer], encoded: bytes, yields: bool, pipe: Connection) -> None:
    """The child: load the scene, then render jobs until the pipe closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent ends this process
    if yields and hasattr(os, "nice"):
        os.nice(5)
    memory = SharedMemory(memory_name)
    try:
        renderer = make()
        renderer.load(msgspec.msgpack.decode(encoded, type=SceneMessage))
        pipe.send(renderer.name)
        while True:
            poses, cameras, quality, bent = pipe.recv()
            if quality and hasattr(renderer, "quality"):
                renderer.quality = quality
            if bent:
                renderer.bend(bent)
            at = 0
            for camera in cameras:
                frame = renderer.render(_without(poses, camera.hidden), camera)
                colour, depth = _views(memory, at, camera)
                colour[:], depth[:] = frame.colour, frame.depth
                del colour, depth
                at += camera.width * camera.height * BYTES_PER_PIXEL
            pipe.send(True)
    except (EOFError, ConnectionError):
        pass  # the window was closed, in the middle of a picture perhaps
    except Exception as error:
        with suppress(OSError):
            pipe.send(DeviceError(f"{type(error).__name__}: {error}"))
    finally:
        with suppress(BufferError):  # a failed picture's traceback may still hold a view of it
            memory.close()
