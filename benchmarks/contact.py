"""Do held things stay held, whatever the step of the physics and the iterations of its solver, and what does that cost?

python -m benchmarks.contact [--rates HZ ...] [--iterations N ...] [--margins MM ...] [--rigid]
    [--things NAME ...] [--out FILE] [--write] [--pulls]

Each thing is taken with a full grip, lifted off its support, held for two seconds, and then pulled out downwards. What
is measured is kept in FILE, so that a run that was broken off goes on; `--write` puts the table of all that FILE has
into docs/REALISM.md.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from msgspec.structs import replace
from rich.progress import Progress

from benchmarks._page import PAGE, ROOT, rows_as_markdown, write
from benchmarks._report import console, print_machine
from benchmarks.held import FULL, RADIUS, bar, bench
from simulation import tasks
from simulation.needle import NeedleConfig
from simulation.props import PropConfig
from simulation.settings import SimulationConfig

RATES = (240, 500, 1000, 2000, 4000)
ITERATIONS = (20, 50, 100, 200, 400)
THICK_MM = {"bar": 2.0, "light bar": 2.0, "ring": 1.6, "flat ring": 1.6, "gauze": 2.6, "needle": 1.0}
"""What lies between the jaws, across them."""

PYBULLET_MM = 20.0
"""PyBullet's own contact margin."""

DOWN = np.array([0.0, 0.0, -1.0])
PULLED_KG = (0.005, 0.002, 0.001, 0.0004)

HELD_S = 2.0
FOUND = ROOT / "benchmarks" / "contact.json"

Key = tuple[str, int, int, float, bool]


@dataclass(frozen=True)
class Cell:
    """What became of one thing under one setting.

    Attributes:
        thing: Its name.
        rate_hz: Physics steps a second.
        iterations: Of the solver.
        pinch_n: Pinch when it was lifted.
        creep_mm: How far the point where it is held moved in two seconds; not a number where it was lost.
        turned_deg: How far it turned meanwhile.
        sunk: Overlap with both jaws after these two seconds, over its thickness.
        slip: Pull at which it slipped, over Coulomb's limit; infinite where four times the pinch did not move it.
        cost: Seconds of the processor for a second of holding, physics and its Python around it.
        margin_mm: How far about a body PyBullet looks for others.
        rigid: Whether the thing is a rigid body to PyBullet.
    """

    thing: str
    rate_hz: int
    iterations: int
    pinch_n: float
    creep_mm: float
    turned_deg: float
    sunk: float
    slip: float
    cost: float
    margin_mm: float = PYBULLET_MM
    rigid: bool = False

    @property
    def key(self) -> Key:
        """What tells it from the others."""
        return self.thing, self.rate_hz, self.iterations, self.margin_mm, self.rigid


def things() -> dict[str, PropConfig | NeedleConfig]:
    """What is held, by name."""
    flat: PropConfig = tasks.load("peg_transfer").thing  # type: ignore[attr-defined]
    return {
        "bar": bar(),
        "light bar": bar(mass_kg=0.0004),
        "ring": replace(flat, rolling_m=1e-6),
        "flat ring": flat,
        "gauze": tasks.load("gauze_retrieve").thing,  # type: ignore[attr-defined]
        "needle": tasks.load("needle_pick").thing,  # type: ignore[attr-defined]
    }


def measure(name: str, rate_hz: int, iterations: int, margin_mm: float, rigid: bool) -> Cell:
    """Take, hold and pull out one thing under one setting."""
    thing = things()[name]
    settings = SimulationConfig(
        physics_period_s=1.0 / rate_hz,
        solver_iterations=iterations,
        contact_margin_m=1e-3 * margin_mm,
        rigid_bodies=rigid,
    )
    with bench(thing, above_m=-0.001 if name == "needle" else 0.0, simulation=settings) as held:
        held.take(FULL)
        if held.watch.holder != 0:
            return Cell(name, rate_hz, iterations, 0.0, *[math.nan] * 5, margin_mm, rigid)
        pinch, point = held.watch.pinch_n, np.array(thing.grasps[0].point_m)
        before, began = held.place(point), time.process_time()
        rows = held.run(HELD_S)
        cost = (time.process_time() - began) / HELD_S
        if held.watch.holder != 0:
            return Cell(name, rate_hz, iterations, pinch, *[math.nan] * 4, cost, margin_mm, rigid)
        creep = 1e3 * float(np.linalg.norm(held.place(point) - before))
        turned = math.degrees(2.0 * math.acos(min(1.0, abs(float(rows[0, 3:] @ rows[-1, 3:])))))
        sunk = 1e3 * held.sunk_m() / THICK_MM[name]
        slip = held.slip_n(DOWN, point) / held.coulomb_n()
    return Cell(name, rate_hz, iterations, pinch, creep, turned, sunk, slip, cost, margin_mm, rigid)


def pulls() -> str:
    """Bars of several masses, pulled by a force that is put on them and by a stop that holds them back, as a table."""
    rows = []
    for mass in PULLED_KG:
        shares = []
        for drawn in (False, True):
            with bench(bar(mass_kg=mass)) as held:
                held.take(FULL)
                held.run(0.3)
                limit = held.coulomb_n()
                pull = held.drawn_n(0.0031, RADIUS) if drawn else held.slip_n(DOWN)
                shares.append(f"{pull / limit:.2f}")
        rows.append((f"{1e3 * mass:g}", *shares))
    return rows_as_markdown(("g", "slips at, a force put on it", "slips at, a stop that holds it"), rows)


def load(path: Path) -> dict[Key, Cell]:
    """What has been measured so far."""
    rows = json.loads(path.read_text()) if path.exists() else []
    return {cell.key: cell for cell in (Cell(**row) for row in rows)}


def table(cells: dict[Key, Cell]) -> str:
    """All cells as a Markdown table."""
    heads = (
        "thing",
        "Hz",
        "iterations",
        "margin mm",
        "bodies",
        "pinch N",
        "creep um",
        "turn deg",
        "overlap",
        "slip / Coulomb",
        "CPU s / s",
    )
    order = sorted(cells.values(), key=lambda cell: (list(THICK_MM).index(cell.thing), *cell.key[1:]))
    rows = []
    for cell in order:
        if math.isnan(cell.creep_mm):
            rest = ["lost", "", "", "", "-" if math.isnan(cell.cost) else f"{cell.cost:.2f}"]
        else:
            rest = [
                f"{1e3 * cell.creep_mm:.1f}",
                f"{cell.turned_deg:.2f}",
                f"{100.0 * cell.sunk:.0f} %",
                "> 4 N/N" if math.isinf(cell.slip) else f"{cell.slip:.2f}",
                f"{cell.cost:.2f}",
            ]
        setting = (
            cell.thing,
            str(cell.rate_hz),
            str(cell.iterations),
            f"{cell.margin_mm:.0f}",
            "rigid" if cell.rigid else "",
        )
        rows.append((*setting, f"{cell.pinch_n:.2f}", *rest))
    return rows_as_markdown(heads, rows)


def main() -> None:
    """Measure what is asked for and not yet known, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rates", type=int, nargs="+", default=RATES, help="physics steps a second")
    parser.add_argument("--iterations", type=int, nargs="+", default=ITERATIONS, help="iterations of the solver")
    parser.add_argument(
        "--margins",
        type=float,
        nargs="+",
        default=(PYBULLET_MM,),
        help="how far about a body others are looked for [mm]",
    )
    parser.add_argument("--rigid", action="store_true", help="things are rigid bodies to PyBullet")
    parser.add_argument("--pulls", action="store_true", help="only the table of what pulls a bar, by its mass")
    parser.add_argument("--things", nargs="+", choices=tuple(THICK_MM), default=tuple(THICK_MM))
    parser.add_argument("--out", type=Path, default=FOUND, help="where measurements are kept")
    parser.add_argument("--write", action="store_true", help=f"write the table into {PAGE.name}")
    asked = parser.parse_args()
    print_machine("pybullet")
    if asked.pulls:
        console.print(pulls(), highlight=False)
        return
    cells = load(asked.out)
    wanted = [
        (thing, rate, iterations, margin, asked.rigid)
        for margin in asked.margins
        for rate in asked.rates
        for iterations in asked.iterations
        for thing in asked.things
    ]
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task("Grasps", total=len(wanted))
        for key in wanted:
            progress.update(task, description=f"{key[0]}, {key[1]} Hz, {key[2]} iterations, {key[3]:.0f} mm")
            if key not in cells:
                cells[key] = measure(*key)
                rows = [asdict(cell) for cell in cells.values()]
                asked.out.write_text(json.dumps(rows, indent=1) + "\n")
            progress.advance(task)
    text = table(cells)
    console.print(text, markup=False, soft_wrap=True)
    if asked.write:
        write(PAGE, "contact", text)


if __name__ == "__main__":
    main()
