"""The training view as a program: attach to a running session and show it, in a window or off-screen."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Literal

from robotics.errors import DeviceError
from vr_training.stream.client import StreamClient
from vr_training.stream.messages import Endpoints, SceneMessage
from vr_training.view.contracts import Renderer
from vr_training.view.hand_process import HandProcess
from vr_training.view.keeper import Keeper
from vr_training.view.lines import warm_up
from vr_training.view.live import Ending, LiveView
from vr_training.view.presenter import Presenter
from vr_training.view.probe import choose_renderer
from vr_training.view.render_process import RenderProcess
from vr_training.view.settings import StereoLayout, ViewSettings
from vr_training.view.window import Window

Say = Callable[[str], None]


@dataclass(frozen=True)
class ViewRequest:
    """What one run of the view is asked to do.

    Attributes:
        folder: Folder that stills (``frames/``) and the video (``video.mp4``) go to; None keeps none.
        video: Whether to make a video, where there is a folder.
        window: ``"auto"`` opens one where it can, ``"never"`` stays off-screen, ``"always"`` fails without one.
        drive: Whether mouse and keyboard move the arm, in sessions that take a hand.
        stereo: Two eyes side by side.
        camera: Name of the camera to begin with; the scene's first where empty.
        avoid_core: Core that the control loop has for itself and that this process keeps off; None avoids none.
        name: What others see of this view while it drives.
    """

    folder: Path | None = None
    video: bool = False
    window: Literal["auto", "never", "always"] = "auto"
    drive: bool = True
    stereo: StereoLayout = "off"
    camera: str = ""
    avoid_core: int | None = None
    name: str = "view"


def run_view(
    endpoints: Endpoints,
    settings: ViewSettings,
    request: ViewRequest | None = None,
    say: Say = print,
    ready: Callable[[], None] | None = None,
) -> int:
    """Show a running session until it ends, the window closes, the hub falls silent or Ctrl-C.

    Args:
        endpoints: Where the hub listens.
        settings: How the view looks and behaves.
        request: What to do.
        say: Takes the few lines worth telling a person.
        ready: Called once the first picture of the session has been shown or, off-screen, drawn.

    Returns:
        0 after a session that ended, a closed window or Ctrl-C; 1 where the hub fell silent.

    Raises:
        StaleError: The hub does not answer at all.
        DeviceError: No renderer works here, or a window was asked for and cannot be opened.
    """
    request = request or ViewRequest()
    stay_off(request.avoid_core)
    warm_up()
    try:
        with interrupted_by_termination(), ExitStack() as stack:
            client = stack.enter_context(StreamClient(endpoints, request.name))
            snapshot = client.snapshot()
            scene = snapshot.scene
            presenter = Presenter(scene, settings, request.stereo, request.camera)
            renderer = stack.enter_context(render_process(scene, presenter))
            window = open_window(stack, f"{scene.title} - {scene.session} - Steadyhand", presenter, request.window, say)
            keeper = stack.enter_context(
                Keeper(
                    request.folder, scene.phases, settings.video_rate_hz, settings.video_quality, video=request.video
                )
            )
            hand = None
            if request.drive and window is not None and scene.inputs:
                hand = stack.enter_context(HandProcess(endpoints, settings.hand, scene.scale, request.name))
            view = LiveView(scene, settings, client, presenter, renderer, keeper, window, hand, snapshot.state, ready)
            ending = view.run()
    except KeyboardInterrupt:
        return 0
    if ending is Ending.LOST:
        say(f"{ending.value} for {settings.lost_s:g} s: the view has ended")
    return 1 if ending is Ending.LOST else 0


def make_renderer() -> Renderer:
    """The best renderer that works here; called in the renderer's own process."""
    return choose_renderer()


def render_process(scene: SceneMessage, presenter: Presenter) -> RenderProcess:
    """A renderer with room for a presenter's pictures, in stereo too; not yet started."""
    width, height = presenter.size
    return RenderProcess(make_renderer, scene, width * height)


def open_window(
    stack: ExitStack, title: str, presenter: Presenter, wanted: Literal["auto", "never", "always"], say: Say
) -> Window | None:
    """A window for a presenter's pictures, or None where there is to be none; closed with the stack."""
    if wanted == "never":
        return None
    try:
        return stack.enter_context(Window(title, *presenter.size))
    except DeviceError as error:
        if wanted == "always":
            raise
        say(f"{error}; the view goes on off-screen")
        return None


def stay_off(core: int | None) -> None:
    """Keep this process and its children off a core, where the system can say so and another core is left."""
    if core is None or not hasattr(os, "sched_setaffinity"):
        return
    others = os.sched_getaffinity(0) - {core}
    if others:
        os.sched_setaffinity(0, others)


@contextmanager
def interrupted_by_termination() -> Iterator[None]:
    """Let a termination end the block as Ctrl-C does, so that a video under way is finished."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
