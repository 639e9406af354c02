"""A window that shows finished pictures and reports mouse and keyboard.

Open3D's classic visualizer is used for its window alone: it shows one picture, so whatever renders may live in
another process. GLFW wants the main thread; so does this class.
"""

from __future__ import annotations

import os
import tempfile
from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from robotics.errors import DeviceError
from vr_training.view.display import why_no_window
from vr_training.view.events import ButtonChanged, Event, KeyChanged, PointerMoved, Scrolled

PRESS, RELEASE, REPEAT = 1, 0, 2
CODES = [*range(32, 97), *range(256, 349)]
"""All of GLFW's key codes: the visualizer would act on the unclaimed ones itself."""


class Window:
    """A window of a fixed picture size; ``with`` opens it.

    Args:
        title: What stands in its title bar.
        width: Width of the pictures [px].
        height: Height of the pictures [px].

    Raises:
        DeviceError: On entering, where no window can be opened.
    """

    def __init__(self, title: str, width: int, height: int) -> None:
        self.title, self.width, self.height = title, width, height
        self._events: deque[Event] = deque(maxlen=4096)
        self._visualizer: Any = None
        self._image: Any = None
        self._open = False

    def __enter__(self) -> Window:
        problem = why_no_window()
        if problem:
            raise DeviceError(f"no window: {problem}")
        import open3d as o3d

        visualizer: Any = o3d.visualization.VisualizerWithKeyCallback()
        with o3d.utility.VerbosityContextManager(o3d.utility.VerbosityLevel.Error), _runtime_folder():
            opened = visualizer.create_window(self.title, self.width, self.height, visible=True)
        if not opened:
            raise DeviceError("no window: the display refused one")
        self._visualizer, self._open = visualizer, True
        visualizer.register_mouse_move_callback(self._moved)
        visualizer.register_mouse_button_callback(self._clicked)
        visualizer.register_mouse_scroll_callback(self._scrolled)
        for code in CODES:
            visualizer.register_key_action_callback(code, self._key(code))
        make_image: Any = o3d.geometry.Image
        self._image = make_image(np.zeros((self.height, self.width, 3), np.uint8))
        visualizer.add_geometry(self._image)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._visualizer is not None:
            self._visualizer.destroy_window()
        self._visualizer, self._open = None, False

    def show(self, picture: NDArray[np.uint8]) -> None:
        """Show a picture, shape (height, width, 3) sRGB."""
        np.copyto(np.asarray(self._image), picture)
        self._visualizer.update_geometry(self._image)

    def poll(self) -> list[Event]:
        """Let the window live and return what happened since the last call."""
        if self._open:
            self._open = bool(self._visualizer.poll_events())
            self._visualizer.update_renderer()
        events = list(self._events)
        self._events.clear()
        return events

    @property
    def open(self) -> bool:
        """False once the user has closed the window."""
        return self._open

    def close(self) -> None:
        """Close the window as a user would."""
        self._open = False

    def _moved(self, _: Any, x: float, y: float) -> bool:
        self._events.append(PointerMoved(float(x), float(y)))
        return True

    def _clicked(self, _: Any, button: int, action: int, mods: int) -> bool:
        del mods
        self._events.append(ButtonChanged(int(button), action == PRESS))
        return True

    def _scrolled(self, _: Any, dx: float, dy: float) -> bool:
        del dx
        self._events.append(Scrolled(float(dy)))
        return True

    def _key(self, code: int) -> Any:
        def changed(_: Any, action: int, mods: int) -> bool:
            del mods
            if action != REPEAT:
                self._events.append(KeyChanged(code, action == PRESS))
            return False

        return changed


class EyeWindows:
    """A window for each eye, for a headset or two projectors that the system shows as two displays.

    Args:
        title: What stands in their title bars.
        width: Width of the two eyes' pictures together [px].
        height: Height of the pictures [px].

    Raises:
        DeviceError: On entering, where no window can be opened.
    """

    def __init__(self, title: str, width: int, height: int) -> None:
        self._eyes = tuple(Window(f"{title} - {eye} eye", width // 2, height) for eye in ("left", "right"))
        self._stack = ExitStack()

    def __enter__(self) -> EyeWindows:
        with self._stack:
            for window in self._eyes:
                self._stack.enter_context(window)
            self._stack = self._stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def show(self, picture: NDArray[np.uint8]) -> None:
        """Show the left half on the left, the right half on the right."""
        for window, eye in zip(self._eyes, np.split(picture, 2, axis=1), strict=True):
            window.show(eye)

    def poll(self) -> list[Event]:
        """What happened in either; see `Window.poll`."""
        return [event for window in self._eyes for event in window.poll()]

    @property
    def open(self) -> bool:
        """False once the user has closed one of them."""
        return all(window.open for window in self._eyes)

    def close(self) -> None:
        """Close both as a user would."""
        for window in self._eyes:
            window.close()


@contextmanager
def _runtime_folder() -> Iterator[None]:
    """Name a runtime folder where none is named: looking for Wayland, the driver would complain about that aloud."""
    if os.environ.get("XDG_RUNTIME_DIR"):
        yield
        return
    with tempfile.TemporaryDirectory(prefix="steadyhand-") as folder:
        os.environ["XDG_RUNTIME_DIR"] = folder
        try:
            yield
        finally:
            del os.environ["XDG_RUNTIME_DIR"]
