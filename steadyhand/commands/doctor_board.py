"""`steadyhand doctor --port`: the examination of a joint board on a port, as a person follows it."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console

from hardware.joint_board.examining import Examination
from hardware.joint_board.lines import BAUD
from hardware.joint_board.round_trips import RoundTrips
from hardware.joint_board.watchdog import prove
from hardware.serial_port import port_and_speed
from robotics.errors import DeviceError, LinkLost
from steadyhand import board_health
from steadyhand.commands.findings import show
from steadyhand.commands.powering import examined, listening, progress_bar, think_better
from steadyhand.health import Finding

BAR = 40
"""Length of the longest bar [characters]."""


def examine(console: Console, port: str, seconds: float, proof: bool) -> Sequence[Finding]:
    """Examine the joint board on a port, and tell each finding as it is made.

    Args:
        console: Where a person reads.
        port: The port, with ``@BAUD`` after it where the line has another speed than `BAUD`.
        seconds: For how long the line is measured [s].
        proof: Whether drives may be powered to prove the watchdog.

    Raises:
        ArgumentError: The speed is none.
        DeviceError: The port cannot be had, or no joint board of our version answers.
        KeyboardInterrupt: It was interrupted; how the board was left was told.
    """
    path, baud = port_and_speed(port, BAUD)
    findings: list[Finding] = []

    def tell(finding: Finding) -> None:
        findings.append(finding)
        show(console, finding)

    with examined(console, path, baud) as examination:
        for check in (board_health.firmware, board_health.state):
            tell(check(examination))
        with progress_bar(console, f"Measuring the line for {seconds:g} s") as progress:
            exchange = examination.exchange(seconds, progress)
        for finding in board_health.rates(exchange, examination.hello):
            tell(finding)
        tell(board_health.round_trips(exchange.trips))
        _draw(console, exchange.trips)
        tell(board_health.latency_timer(path))
        tell(_watchdog(console, examination, port) if proof else board_health.unproven(examination.hello, port))
    return findings


def _watchdog(console: Console, examination: Examination, port: str) -> Finding:
    if (standing := board_health.in_the_way(examination)) is not None:
        return standing
    think_better(console, board_health.warning(examination), listening(examination))
    try:
        with progress_bar(console, "Armed; then silent") as progress:
            proven = prove(examination, progress)
    except LinkLost:
        raise
    except DeviceError as error:
        return board_health.not_proven(str(error), port)
    return board_health.proof(proven, examination)


def _draw(console: Console, trips: RoundTrips) -> None:
    """A histogram of bars."""
    bins = trips.bins()
    most = max((each.trips for each in bins), default=0)
    for each in bins:
        bar = "█" * round(BAR * each.trips / most) or ("▏" if each.trips else "")
        console.print(
            f"       {1e-3 * each.from_us:8.3f} to {1e-3 * each.to_us:8.3f} ms {each.trips:6d} {bar}", highlight=False
        )
