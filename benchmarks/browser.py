"""Pictures a second in a browser, flat and in an emulated headset: ``python -m benchmarks.browser [--seconds S]``.

The console serves the needle reach, all parts moving, to a headless Chromium by Playwright; a hub stands for the
session. Pictures are counted by the page itself, and a state's age is taken as it is drawn: from the hub's stamp to the
call that draws, by one clock. Beside them stands an empty page: what this browser can draw on this machine at all. The
headset is emulated by `iwer`. Goals without a graphics card on two cores: 55 flat, 45 in a headset, 99 of 100 states
younger than 20 ms.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Page
from rich.table import Table

from benchmarks._chromium import EMULATOR, MISSING, ROOT, chromium, console, page_of, until, view
from benchmarks._hub import SESSION
from benchmarks._report import console as report
from benchmarks._report import print_machine

WARM_S = 10.0
"""The page finds its level of detail in this time [s]."""

EMPTY = """async (ms) => {
    const canvas = Object.assign(document.createElement('canvas'), { width: 1248, height: 702 });
    document.body.append(canvas);
    const gl = canvas.getContext('webgl2');
    let frames = 0;
    const end = performance.now() + ms;
    await new Promise((done) => requestAnimationFrame(function draw(now) {
        gl.clearColor((now / 1000) % 1, 0, 0, 1);
        gl.clear(gl.COLOR_BUFFER_BIT);
        frames += 1;
        now < end ? requestAnimationFrame(draw) : done();
    }));
    canvas.remove();
    return (1000 * frames) / ms;
}"""

WEAR = """() => {
    window.device = new IWER.XRDevice(IWER.metaQuest3);
    window.device.installRuntime({ forceInstall: true });
    window.device.position.set(0, 1.2, 0);
}"""

RENDERER = """() => {
    const gl = document.createElement('canvas').getContext('webgl2');
    const known = gl.getExtension('WEBGL_debug_renderer_info');
    return gl.getParameter(known ? known.UNMASKED_RENDERER_WEBGL : gl.RENDERER);
}"""


def counted(page: Page, frames: str, seconds: float) -> tuple[float, np.ndarray[Any, Any]]:
    """Pictures a second, and the ages of the states that they showed [ms]."""
    page.evaluate("document.querySelector('.view-frame').view.ages.length = 0")
    before, start = view(page, frames), page.evaluate("performance.now()")
    page.wait_for_timeout(1000.0 * seconds)
    after, end = view(page, frames), page.evaluate("performance.now()")
    return 1000.0 * (after - before) / (end - start), np.array(view(page, "v.ages"))  # type: ignore[operator]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0, help="time to count for")
    parser.add_argument("--rounds", type=int, default=3, help="how often each is counted, in turn")
    seconds, rounds = (arguments := parser.parse_args()).seconds, arguments.rounds
    if MISSING or not EMULATOR.is_file():
        report.print(MISSING or "needs the emulator of WebXR devices: `make setup-test` fetches it")
        return
    print_machine("nicegui", "numpy")
    found: dict[str, list[float]] = {"empty page": [], "flat": [], "headset, two views": []}
    ages: list[np.ndarray[Any, Any]] = []
    with tempfile.TemporaryDirectory() as folder, console(Path(folder)) as address, chromium() as browser:
        total = rounds * (3 * seconds + 2 * WARM_S) + 120.0
        hub = subprocess.Popen(
            [sys.executable, "-m", "benchmarks._hub", str(total), folder], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        try:
            assert hub.stdout is not None
            hub.stdout.readline()
            size = ""
            for _ in range(rounds):
                with page_of(browser) as (page, _):
                    page.goto("about:blank")
                    found["empty page"].append(page.evaluate(EMPTY, 1000.0 * seconds))
                    drawn_by = page.evaluate(RENDERER)
                with page_of(browser) as (page, _):
                    page.goto(f"{address}/live/{SESSION}?watch=true")
                    until(page, "v.packet && v.frames > 5")
                    page.wait_for_timeout(1000.0 * WARM_S)
                    rate, seen = counted(page, "v.frames", seconds)
                    found["flat"].append(rate)
                    ages.append(seen)
                    size = str(view(page, "`${v.canvas.width} x ${v.canvas.height}`"))
                with page_of(browser) as (page, _):
                    page.add_init_script(path=EMULATOR)
                    page.add_init_script(f"({WEAR})()")
                    page.goto(f"{address}/live/{SESSION}?watch=true")
                    until(page, "v.packet && v.frames > 5")
                    page.get_by_role("button", name="Enter VR").click()
                    until(page, "v.xr.presenting && v.xr.frames > 5")
                    page.wait_for_timeout(1000.0 * WARM_S)
                    rate, _seen = counted(page, "v.xr.frames", seconds)
                    found["headset, two views"].append(rate)
        finally:
            hub.kill()
            hub.wait()
    table = Table(title=f"needle_reach, all parts moving, drawn by {drawn_by}")
    for title in ("what", "pictures/s, median", "of the empty page's", "each round"):
        table.add_column(title, justify="left" if title == "what" else "right")
    base = float(np.median(found["empty page"]))
    for what, rates in found.items():
        middle = float(np.median(rates))
        each = ", ".join(f"{rate:.0f}" for rate in rates)
        table.add_row(f"{what} ({size})" if what == "flat" else what, f"{middle:.1f}", f"{middle / base:.2f}", each)
    report.print(table)
    for seen in ages:
        report.print(
            f"state age as drawn, flat: median {np.median(seen):.1f} ms, p99 {np.percentile(seen, 99):.1f} ms, "
            f"longest {seen.max():.1f} ms, {len(seen)} states"
        )


if __name__ == "__main__":
    main()
