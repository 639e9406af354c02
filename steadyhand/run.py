"""Runs a session from order to results: starts the processes, watches them, and scores what was recorded."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass

import msgspec
import numpy as np
from numpy.typing import NDArray

from control.mailbox import HANDS, Mailbox
from control.realtime import loop_core
from control.ring import TickRing
from control.runner import run_lockstep
from control.shared import unique_name
from control.timing import TimingSummary
from robotics.contracts import StopKind
from robotics.errors import DeviceError, InputFileError, MissingFileError, SteadyhandError
from steadyhand import control_process, side_processes
from steadyhand.child import Child, Say, error_of
from steadyhand.control_process import Failed, Finished, Ready
from steadyhand.order import RunOrder
from steadyhand.shadow import Shadow
from steadyhand.side_processes import Network
from steadyhand.undertaking import Undertaking, undertake
from vr_training.child_process import deaf_to_interrupts
from vr_training.records.reader import Recording
from vr_training.records.session import Session
from vr_training.records.session import create as create_session
from vr_training.records.writer import Recorder
from vr_training.stream.endpoints import ipc_endpoints
from vr_training.stream.keys import KeyStore
from vr_training.stream.messages import ArmPath, SceneMessage
from vr_training.stream.signals import Interrupts
from vr_training.view.render_process import START_TIMEOUT_S
from vr_training.view.settings import load_view_settings

Watch = Callable[[float, str], None]
"""Told the time of the run [s] and what it is at, several times a second."""

START_S = 180.0
"""How long the control process may take to stand ready: on a machine's first run it compiles every kernel [s]."""

VIEW_START_S = 60.0
"""How long the view may take to stand ready before the session goes on without waiting for it [s]."""

SEEN_S = START_TIMEOUT_S + VIEW_START_S
"""The same where nothing may begin unseen: the renderer has all the time that it is given [s]."""

DEVICE_START_S = 30.0
"""How long a device may take to be opened [s]."""

DRAIN_S = 60.0
"""How long the hub may take to close the recording [s]."""

BATCH = 512
"""Ticks handed to the recorder at a time in lockstep."""


@dataclass(frozen=True)
class Ran:
    """A session that was run.

    Attributes:
        session: Its folder; the recording is in it.
        timing: The loop's timing.
        state: State in which the loop ended.
        reason: Why it stopped or faulted, empty where it did not.
        notes: What a person should know besides, in sentences.
        shadow: What the simulator made of the same commands, where that was asked for.
        left: How a real plant was left; empty of any other.
    """

    session: Session
    timing: TimingSummary
    state: str
    reason: str
    notes: tuple[str, ...] = ()
    shadow: Shadow | None = None
    left: str = ""


def run(order: RunOrder, say: Say, watch: Watch, paths: tuple[ArmPath, ...] = ()) -> Ran:
    """Run one session.

    Args:
        order: What to run.
        say: Told what is being done before and after the run.
        watch: Told how the run goes on.
        paths: Ways that the view shows to whoever drives.

    Raises:
        SteadyhandError: Something that a person can mend; nothing is left behind half-written.
    """
    undertaking = undertake(order)
    if not order.headless:
        load_view_settings(order.view)
    if order.listen:
        KeyStore().admitted()  # refuses at once where nobody has a key
    hand = undertaking.driven_by  # refuses a bad file, or a display that has no window, at once
    say(f"{undertaking.driver}: {hand}")
    if "guessed" in hand:
        say("If a guess is wrong, state it: --columns, --units, --kind or --rate-hz")
    session = create_session(undertaking.name, order.sessions)
    try:
        scene = msgspec.structs.replace(undertaking.scene(session.name), paths=paths)
        if order.lockstep and order.headless:
            return _in_one_process(undertaking, scene, session, watch)
        return _in_processes(order, undertaking, scene, session, say, watch)
    except BaseException:
        if not _holds_ticks(session):
            session.discard()
        raise


def _holds_ticks(session: Session) -> bool:
    try:
        return len(Recording.open(session.recording).ticks) > 0
    except (MissingFileError, InputFileError):
        return False


class _InterruptStops:
    """Ctrl-C, or a termination, brings the arm to rest and ends the run in good order."""

    def __init__(self, interrupts: Interrupts) -> None:
        self._interrupts = interrupts

    def stop_asked(self) -> StopKind | None:
        return StopKind.SOFT if self._interrupts.asked else None


class _Batches:
    """Hands ticks to a recorder in batches."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._ticks: NDArray[np.void] = np.zeros(BATCH, recorder.dtype)
        self._count = 0

    def write(self, record: NDArray[np.void]) -> None:
        self._ticks[self._count] = record[0]
        self._count += 1
        if self._count == BATCH:
            self.flush()

    @property
    def newest(self) -> np.void:
        """The tick that came last."""
        newest: np.void = self._ticks[self._count - 1]
        return newest

    def flush(self) -> None:
        self._recorder.write(self._ticks[: self._count])
        self._count = 0


def _in_one_process(undertaking: Undertaking, scene: SceneMessage, session: Session, watch: Watch) -> Ran:
    recorder = Recorder(session.recording, scene, undertaking.info(session.name))
    with (
        undertaking.build() as loop,
        recorder,
        Interrupts() as interrupts,
    ):
        loop.power_on()
        if loop.states.reason:
            raise DeviceError(f"the self-test failed: {loop.states.reason}")
        sink = _Batches(recorder)

        def progress(time_s: float) -> None:
            watch(time_s, undertaking.told(sink.newest))

        try:
            timing = run_lockstep(loop, sink, undertaking.duration_s, _InterruptStops(interrupts), progress=progress)
        finally:
            sink.flush()
        return Ran(session, timing, loop.states.state.name, loop.states.reason)


def _in_processes(
    order: RunOrder, undertaking: Undertaking, scene: SceneMessage, session: Session, say: Say, watch: Watch
) -> Ran:
    first = undertaking.first_arm
    network = Network.of(order.listen, session.name) if order.listen else None
    ring, box = unique_name("ring"), unique_name("mailbox")
    with Interrupts(raises=True) as interrupts, ExitStack() as stack:
        control = Child("control", control_process.main, order, ring, box)
        stack.callback(control.end)
        hub = Child("hub", side_processes.hub, begins=False)
        stack.callback(hub.end)
        view = None if order.headless else Child("view", side_processes.view, begins=False)
        if view is not None:
            stack.callback(view.end)
        ready = control.expect(Ready, START_S, say)
        if ready.reason:
            raise DeviceError(f"the self-test failed: {ready.reason}")

        endpoints = ipc_endpoints(session.name)
        info = undertaking.info(session.name)
        hub.begin(ring, box, scene, endpoints, session, info, network)
        hub.expect(str, START_S, say)
        if network is not None:
            say(f"Others may look on: steadyhand view --connect {order.listen} --keys FILE")

        if view is not None:
            view.begin(endpoints, session.folder, order, first, loop_core())
            say("Starting the view")
            problem = view.wait_for(side_processes.VIEW_READY, SEEN_S if order.must_be_seen else VIEW_START_S, say)
            if problem and order.by_hand:
                raise DeviceError(f"driving needs the view's window, but {problem}")
            if problem and order.must_be_seen:
                raise DeviceError(f"nothing begins unseen, and {problem}; --headless does without a view")
            if problem:
                say(problem)

        driver = view if order.by_hand else None
        if order.from_device:
            arms = min(len(scene.arms), HANDS)
            driver = Child("device", side_processes.device, endpoints, order.device, scene.scale, arms, first)
            stack.callback(driver.end)
            problem = driver.wait_for(side_processes.DEVICE_READY, DEVICE_START_S, say)
            if problem:
                raise DeviceError(problem)
        elif not order.by_hand and order.from_elsewhere:
            say(f"Waiting for a hand; the session is announced in {session.live}")

        mailbox = stack.enter_context(Mailbox.attach(box))
        with interrupts.held():
            control.send("go")
            finished, ended_by = _watch(control, mailbox, ring, undertaking.period_s, watch, interrupts, driver)
        say("Closing the recording")
        with deaf_to_interrupts():
            notes = _close(hub, session, say)
            control.send("done")
            if view is not None:
                notes += view.finish(DRAIN_S)
        reason = ended_by or finished.reason
        return Ran(session, finished.timing, finished.state, reason, tuple(notes), finished.shadow, finished.left)


def _close(hub: Child, session: Session, say: Say) -> list[str]:
    """Wait until the hub has closed the recording; what a person should know of it."""
    try:
        report = hub.expect(side_processes.HubDone, DRAIN_S, say)
    except SteadyhandError as error:
        session.live.unlink(missing_ok=True)
        return [f"{error}; the recording holds what had been written by then"]
    notes = [report.problem] if report.problem else []
    if report.dropped:
        notes.append(f"the recorder missed {report.dropped} ticks")
    return notes


def _watch(
    control: Child,
    mailbox: Mailbox,
    ring: str,
    period: float,
    watch: Watch,
    interrupts: Interrupts,
    driver: Child | None = None,
) -> tuple[Finished, str]:
    """Wait for the end of the loop; Ctrl-C asks it to come to rest and end in good order.

    So does the end of the window or device that the arm is driven with: nobody could drive it any more.

    Returns:
        How the loop ended, and what ended it from here, empty where nothing did.
    """
    ended_by = ""
    with TickRing.attach(ring) as counter:
        while True:
            message = control.poll(0.1)
            if isinstance(message, Finished):
                return message, ended_by
            if isinstance(message, Failed):
                raise error_of(message)
            watch(counter.written * period, "")
            if interrupts.asked:
                ended_by = "Ctrl-C, or a termination"
                mailbox.request_quit()
            elif driver is not None and not driver.process.is_alive():
                ended_by = ended_by or _end_of(driver)
                mailbox.request_quit()


def _end_of(driver: Child) -> str:
    """Why nobody drives any more."""
    code = driver.exit_code
    if driver.name == "device":
        return "; ".join(driver.finish(1.0)) or f"its device's process ended unexpectedly ({code})"
    return "its window was closed" if code == 0 else f"its window ended unexpectedly ({code})"
