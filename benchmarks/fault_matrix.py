"""Everything that can fail between the loop and an arm, in every state of the loop: what notices it, and what moves.

python -m benchmarks.fault_matrix [--states engaged,hold] [--cases WORDS] [--no-proofs] [--no-chip] [--write]

Runs the needle reach through the joint board's firmware in virtual time, so that the same table comes out every time.
Exits 1 where anything is wrong: a fault that did not land, an arm that was not stopped, moved past a limit or moved
again by itself, an operator who was not told, or a guard that could be left out without a case that fails.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks._fault_bench import STATES
from benchmarks._fault_cases import CASES, Case
from benchmarks._fault_guards import FIRMWARE_PROOFS, HOST_PROOFS
from benchmarks._fault_rows import Row, problems, row

PAGE = Path(__file__).resolve().parents[1] / "docs" / "FAULTS.md"
BEGIN, END = "<!-- begin of the table -->\n", "<!-- end of the table -->\n"

ON_CHIP = (
    "wire cut, both ways", "wire cut, to the board", "wire cut, from the board", "unplugged for 300 ms",
    "a bit in 200 bytes flipped, to the board", "frames doubled 30 ms later, to the board", "encoder stuck",
    "encoder jumps by 0.2 rad", "encoder not sure", "drive stage does not answer", "drive stage too hot",
    "drive has 0% of its effort", "emergency stop", "supply lost", "board starts anew",
)  # fmt: skip
"""Cases that are run on the simulated ATmega2560 as well, while the arm is driven."""

CHIP_MS = 12
"""By how much later the host may notice over a board that tells 250 times a second, and steps 500 times; ours."""

CHIP_MM = 0.1
"""By how much farther astray it may lead the tip, as it steps half as often; ours [mm]."""

Checked = tuple[Row, list[str]]


def proof(guard: str, case: str, state: str, of_host: bool) -> tuple[str, str]:
    """Leave a guard out: the case that fails then, and how; nothing where none does or it fails with the guard, too."""
    whole = CASES[case]
    if problems(whole, row(whole, state)):
        return f"{case}, {state}", ""
    return f"{case}, {state}", failure(guard, case, state, of_host)


def failure(guard: str, case: str, state: str, of_host: bool) -> str:
    """How a case fails without a guard; nothing where it does not."""
    whole = CASES[case]
    try:
        found = row(whole, state, host_without=guard) if of_host else row(whole, state, without=guard)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return "; ".join(problems(whole, found))


def checked(case: Case, state: str, target: str = "native") -> Checked:
    """A case as it went, and what is wrong with that."""
    found = row(case, state, target)
    return found, problems(case, found, CHIP_MS, CHIP_MM) if target == "avr" else problems(case, found)


def _cell(value: int | None) -> str:
    return "-" if value is None else str(value)


def table(rows: Sequence[Row]) -> list[str]:
    """Rows of one state as Markdown."""
    lines = [
        "| what fails | struck | loop acts [ms] | board acts [ms] | first counted [ms] | astray [mm] | goes on [mm] | "
        "again [mm] | operator sees | board | after a press |",
        "|---|--:|--:|--:|--:|--:|--:|--:|---|---|---|",
    ]
    for each in rows:
        state, cause, reason = each.told
        said = state.replace("_", " ").lower()
        because = reason.split("; it stays")[0].removeprefix("virtual board: ") if each.host_ms is not None else ""
        seen = f"{said}: {because} ({cause.lower().replace('_', ' ')})" if each.host_ms is not None else said
        board = " ".join(filter(None, each.board)).lower().replace("_", " ")
        lines.append(
            f"| {each.case} | {each.struck} | {_cell(each.host_ms)} | {_cell(each.board_ms)} | "
            f"{_cell(each.counted_ms)} | {each.stray_mm:.2f} | {each.way_mm:.2f} | {each.again_mm:.2f} | {seen} | "
            f"{board} | {each.pressed.replace('_', ' ').lower()} |"
        )
    return lines


def main() -> None:
    """Run the matrix."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--states", default=",".join(STATES), help="states of the loop")
    parser.add_argument("--cases", default="", help="only cases whose names have this in them")
    parser.add_argument("--no-proofs", action="store_true", help="leave out the runs without a guard")
    parser.add_argument("--no-chip", action="store_true", help="leave out the simulated ATmega2560")
    parser.add_argument("--write", action="store_true", help=f"write the table into {PAGE.name}")
    asked = parser.parse_args()
    chosen = [case for name, case in CASES.items() if asked.cases in name]
    lines: list[str] = []
    wrong: list[str] = []

    def take(title: str, found: list[Checked]) -> None:
        lines.extend(["", f"### {title}", "", *table([each for each, _ in found])])
        for each, problem in found:
            wrong.extend(f"{title}: {each.case}: {one}" for one in problem)

    for state in asked.states.split(","):
        found = []
        for case in chosen:
            found.append(checked(case, state))
            print(f"{state}: {case.name}: {'; '.join(found[-1][1]) or 'as it should be'}", flush=True)
        take(f"Loop: {state}", found)
    if not asked.no_chip:
        found = [checked(CASES[name], "engaged", "avr") for name in ON_CHIP if asked.cases in name]
        take("Loop: engaged, firmware on the simulated ATmega2560", found)
    if not asked.no_proofs:
        lines += [
            "",
            "### Each guard left out",
            "",
            "| guard | of | case that fails without it | how |",
            "|---|---|---|---|",
        ]
        for of, proofs in (("firmware", FIRMWARE_PROOFS), ("host", HOST_PROOFS)):
            for guard, name, state in proofs:
                case_said, how = proof(guard, name, state, of == "host")
                lines.append(f"| {guard} | {of} | {case_said} | {how} |")
                print(f"without {guard} ({of}): {how or 'NOTHING FAILS'}", flush=True)
                if not how:
                    wrong.append(f"guard '{guard}' of the {of}: {case_said} does not tell whether it is there")
    for each in wrong:
        print(f"wrong: {each}")
    print(f"{len(wrong)} wrong")
    if asked.write:
        text = PAGE.read_text(encoding="utf-8")
        before, after = text.split(BEGIN)[0], text.split(END)[1]
        PAGE.write_text(before + BEGIN + "\n".join(lines[1:]) + "\n" + END + after, encoding="utf-8")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
