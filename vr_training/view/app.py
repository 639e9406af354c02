"""The training view as a program: attach to a running session and show it, in a window or off-screen."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec

from control.mailbox import HANDS
from control.realtime import leave_core
from robotics.errors import DeviceError
from vr_training.stream.client import StreamClient
from vr_training.stream.endpoints import closed
from vr_training.stream.messages import Endpoints, SceneMessage, StateMessage
from vr_training.stream.security import ClientKeys
from vr_training.stream.signals import Interrupts
from vr_training.view.augment import warm_up as warm_up_augmented
from vr_training.view.clip import Clip
from vr_training.view.contracts import Renderer
from vr_training.view.cues import Cues
from vr_training.view.hand_process import HandProcess
from vr_training.view.lines import warm_up
from vr_training.view.live import Ending, LiveView
from vr_training.view.presenter import Presenter
from vr_training.view.probe import choose_renderer, distrust
from vr_training.view.render_process import FRAME_TIMEOUT_S, RenderProcess
from vr_training.view.settings import StereoLayout, ViewSettings
from vr_training.view.speaker import Speaker
from vr_training.view.stereo import warm_up as warm_up_stereo
from vr_training.view.still import STILLS_FOLDER, Album
from vr_training.view.window import EyeWindows, Window

Say = Callable[[str], None]
UNSEEN_PX = 640
HUNG_S = 10.0
"""A live picture that takes longer does not come any more [s]: on the slowest host one takes a second."""


@dataclass(frozen=True)
class ViewRequest:
    """What one run of the view is asked to do.

    Attributes:
        folder: Where pictures go that are asked for by key, into ``frames/``; the working folder where None.
        window: ``"auto"`` opens one where it can, ``"never"`` stays off-screen, ``"always"`` fails without one.
        drive: Whether mouse and keyboard move the arm, in sessions that take a hand.
        stereo: How two eyes come together; one eye where ``"off"``.
        camera: Name of the camera to begin with; the scene's first where empty.
        inset: Name of a second camera, shown small in the picture; none where empty.
        clip: What a real camera saw, to show the session over; None for none.
        avoid_core: Core that the control loop has for itself and that this process keeps off; None avoids none.
        name: What others see of this view while it drives.
        keys: Keys, for a hub on another machine.
        arm: Index of the arm that mouse and keyboard drive first.
        sound: Whether tones say what happens.
        closing_stops: Whether whoever closes the window asks for the STOP, as Esc does: who guides a patient through
            this window must not leave him to the robot.
    """

    folder: Path | None = None
    window: Literal["auto", "never", "always"] = "auto"
    drive: bool = True
    stereo: StereoLayout = "off"
    camera: str = ""
    inset: str = ""
    clip: Clip | None = None
    avoid_core: int | None = None
    name: str = "view"
    keys: ClientKeys | None = None
    arm: int = 0
    sound: bool = False
    closing_stops: bool = False


def run_view(
    endpoints: Endpoints,
    settings: ViewSettings,
    request: ViewRequest | None = None,
    say: Say = print,
    ready: Callable[[], None] | None = None,
) -> int:
    """Show a running session until it ends, the window closes, the hub falls silent or Ctrl-C.

    Pictures and a video are made of the recording afterwards; see `vr_training.view.filming`. Off-screen, the view
    stands for an audience that a session may have, and draws small pictures that nobody sees.

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
    leave_core(request.avoid_core)
    warm_up()
    warm_up_stereo()
    warm_up_augmented()
    try:
        with Interrupts(raises=True) as interrupts, ExitStack() as stack:
            client = stack.enter_context(StreamClient(endpoints, request.name, request.keys))
            snapshot = client.snapshot()
            scene = snapshot.scene
            presenter = Presenter(scene, settings, request.stereo, request.camera, request.inset, request.clip)
            window = open_window(stack, f"{scene.title} - {scene.session} - Steadyhand", presenter, request.window, say)
            if window is None:
                settings = unseen(settings)
                presenter = Presenter(scene, settings, request.stereo, request.camera, request.inset, request.clip)
            renderer = stack.enter_context(render_process(scene, presenter, frame_timeout_s=HUNG_S, say=say))
            album = Album((request.folder or Path.cwd()) / STILLS_FOLDER)
            hand = None
            if request.drive and window is not None and scene.inputs:
                arms = max(min(len(scene.arms), HANDS), 1)
                hand = stack.enter_context(
                    HandProcess(endpoints, settings.hand, scene.scale, request.name, arms, request.arm)
                )
            view = LiveView(
                scene,
                settings,
                client,
                presenter,
                renderer,
                album,
                window,
                hand,
                snapshot.state,
                ready,
                gone=lambda: closed(endpoints),
                sound=speak(stack, scene, settings, say) if request.sound else lambda _: None,
                closing_stops=request.closing_stops,
                asked_to_end=lambda: interrupts.asked,
            )
            with interrupts.held():
                ending = view.run()
    except KeyboardInterrupt:
        return 0
    if ending is Ending.LOST:
        say(f"{ending.value} for {settings.lost_s:g} s: the view has ended")
    return 1 if ending is Ending.LOST else 0


def speak(stack: ExitStack, scene: SceneMessage, settings: ViewSettings, say: Say) -> Callable[[StateMessage], None]:
    """What sounds the cues of a session's states, until the stack closes; where there is no sound it says so."""
    try:
        speaker = stack.enter_context(Speaker())
    except DeviceError as error:
        say(f"{error}; the session goes on in silence")
        return lambda _: None
    cues = Cues(scene, settings.overlays)

    def sound(state: StateMessage) -> None:
        for cue in cues.hear(state):
            speaker.play(cue)

    return sound


def make_renderer() -> Renderer:
    """The best renderer that works here; called in the renderer's own process."""
    return choose_renderer()


def make_plain_renderer() -> Renderer:
    """The renderer that works everywhere; called in the renderer's own process."""
    return choose_renderer("software")


def render_process(
    scene: SceneMessage,
    presenter: Presenter,
    yields: bool = True,
    frame_timeout_s: float = FRAME_TIMEOUT_S,
    say: Say = print,
) -> RenderProcess:
    """A renderer with room for a presenter's pictures, in stereo too; not yet started.

    Where it fails, the plain one goes on; one that is no plain one is not taken again on this host.
    """

    def fell(name: str, problem: str) -> None:
        say(f"{problem}; the view goes on with a plain renderer")
        distrust(name, problem)

    return RenderProcess(
        make_renderer,
        scene,
        presenter.room_px,
        frame_timeout_s=frame_timeout_s,
        yields=yields,
        lower=(make_plain_renderer,),
        fell=fell,
    )


def open_window(
    stack: ExitStack, title: str, presenter: Presenter, wanted: Literal["auto", "never", "always"], say: Say
) -> Window | EyeWindows | None:
    """A window for a presenter's pictures, or None where there is to be none; closed with the stack."""
    if wanted == "never":
        return None
    try:
        if presenter.layout == "windows":
            return stack.enter_context(EyeWindows(title, *presenter.size))
        return stack.enter_context(Window(title, *presenter.size))
    except DeviceError as error:
        if wanted == "always":
            raise
        say(f"{error}; the view goes on off-screen")
        return None


def unseen(settings: ViewSettings) -> ViewSettings:
    """Settings for pictures that nobody sees: no wider than `UNSEEN_PX`, their shape kept."""
    share = min(UNSEEN_PX / settings.width_px, 1.0)
    width, height = (max(2 * round(0.5 * share * px), 160) for px in (settings.width_px, settings.height_px))
    return msgspec.structs.replace(settings, width_px=width, height_px=height)
