"""Whether a window can be shown here, found out without risk.

Without a usable display Open3D opens an invisible off-screen context instead and says that all is well, and with a
broken driver it may take the whole process down. So the display is asked first, and a child process tries a window.
"""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TRIAL = """
import sys
import numpy as np
import open3d as o3d
visualizer = o3d.visualization.VisualizerWithKeyCallback()
o3d.utility.set_verbosity_level(o3d.utility.VerbosityLevel.Info)
if not visualizer.create_window("probe", 64, 64, visible=False):
    sys.exit(3)
image = o3d.geometry.Image(np.zeros((64, 64, 3), np.uint8))
visualizer.add_geometry(image)
for _ in range(3):
    visualizer.update_geometry(image)
    visualizer.poll_events()
    visualizer.update_renderer()
visualizer.destroy_window()
print("shown", flush=True)
"""


def display_answers() -> bool:
    """Whether the environment names a display and it takes a connection; macOS and Windows always have one."""
    if not sys.platform.startswith("linux"):
        return True
    wayland = os.environ.get("WAYLAND_DISPLAY", "")
    if wayland and (Path(os.environ.get("XDG_RUNTIME_DIR", "/nonexistent")) / wayland).exists():
        return True
    if not os.environ.get("DISPLAY"):
        return False
    try:
        x11 = ctypes.CDLL("libX11.so.6")
    except OSError:
        return False
    x11.XOpenDisplay.restype = ctypes.c_void_p
    x11.XCloseDisplay.argtypes = [ctypes.c_void_p]
    display = x11.XOpenDisplay(None)
    if not display:
        return False
    x11.XCloseDisplay(display)
    return True


def why_no_window(timeout_s: float = 20.0) -> str:
    """Why no window can be shown here; empty where one can. Tries one, unseen, in a child process."""
    if not display_answers():
        named = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
        return f"the display '{named}' does not answer" if named else "there is no display"
    try:
        trial = subprocess.run(
            [sys.executable, "-c", TRIAL], cwd=ROOT, capture_output=True, text=True, timeout=timeout_s, check=False
        )
    except subprocess.TimeoutExpired:
        return f"a trial window did not appear within {timeout_s:g} s"
    said = trial.stdout + trial.stderr
    if trial.returncode != 0 or "shown" not in trial.stdout:
        return f"a trial window failed (exit code {trial.returncode})"
    if "offscreen" in said.lower():
        return "the display has no OpenGL that a window could use"
    return ""
