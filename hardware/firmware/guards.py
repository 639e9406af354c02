"""The firmware's guards, and the firmware without one of them: for tests alone, which have to fail there.

No switch of the firmware leaves a guard out: its sources are copied, and the guard's line is taken out of the copy.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from robotics.errors import DeviceError, UnknownNameError


class Guard(NamedTuple):
    """A line of the core that guards, and what stands in its place where it is left out."""

    file: str
    line: str
    instead: str


GUARDS: dict[str, Guard] = {
    "watchdog": Guard("watch.c", "if (sh_powered(m) && now - m->heard_us >", "if (false && now - m->heard_us >"),
    "expired on arrival": Guard("machine.c", "if (left <= 0 || left >", "if (false && left >"),
    "expired in use": Guard("machine.c", "m->expired = true;", "m->expired = false;"),
    "checksum": Guard("frame.c", "|| sh_crc32(data, (uint8_t)(length - SH_CRC)) !=",
                      "|| false * sh_crc32(data, (uint8_t)(length - SH_CRC)) != 0 * "),
    "boot": Guard("machine.c", """    if (asked.boot != m->boot) {
        return SH_OUTCOME_WRONG_BOOT;
    }
    if (m->state != SH_STATE_SAFE""", "    if (m->state != SH_STATE_SAFE"),
    "emergency stop": Guard("watch.c", "if (!(m->inputs & SH_ESTOP_CLOSED)) {", "if (false) {"),
    "supply": Guard("watch.c", "return m->inputs & SH_SUPPLY_GOOD ? SH_FAULT_NONE : SH_FAULT_SUPPLY;",
                    "return SH_FAULT_NONE;"),
    "drive": Guard("watch.c", "if (sensed->flags & SH_FAILED) {", "if (false) {"),
    "temperature": Guard("watch.c", "return sensed->flags & SH_HOT ? SH_FAULT_TEMPERATURE : SH_FAULT_NONE;",
                         "return SH_FAULT_NONE;"),
    "encoder sure": Guard("watch.c", "if (!(sensed->flags & SH_SURE)) {", "if (false) {"),
    "encoder jump": Guard("watch.c", "jump > set->most_jump", "(false && jump > set->most_jump)"),
    "encoder stuck": Guard("watch.c", "|| rests)", "|| (false && rests))"),
    "distrust": Guard("watch.c", "m->distrusted |= bit;", "m->distrusted |= 0;"),
    "range": Guard("machine.c", "sh_clamp(command.q[j], set->lower, set->upper)", "command.q[j]"),
    "order": Guard("frame.c", "(int16_t)(sequence - receiver->newest) <= 0", "false && sequence"),
    "position": Guard("watch.c", "if (m->homed & bit && past_range(", "if (false && past_range("),
    "velocity": Guard("watch.c", "if (wild) {", "if (false && wild) {"),
    "carried away": Guard("watch.c", "|| (wild && held))", "|| (false && wild && held))"),
    "hot in safe": Guard("watch.c", "(m->state == SH_STATE_SAFE && (bad", "(false && (bad"),
    "supply in safe": Guard("watch.c", "m->power_off = true;", ""),
    "arm overtaken": Guard("machine.c", "if (asked.entered != m->entered) { /* of before", "if (false) { /* of before"),
    "home overtaken": Guard("machine.c", "if (asked.entered != m->entered) { /* to home */", "if (false) {"),
    "clear overtaken": Guard("machine.c", "if (asked.entered != m->entered) { /* to clear */", "if (false) {"),
    "tracking": Guard("watch.c", "if (m->behind[j] > m->most_behind) {", "if (false && m->most_behind) {"),
    "reference": Guard("machine.c", "m->homed != (uint8_t)((1u << sh_board.joints) - 1u)", "false"),
    "reference lost": Guard("watch.c", "m->homed &= (uint8_t)~bit;", ""),
    "homing stuck": Guard("watch.c", "if (rests && bad == SH_FAULT_NONE &&", "if (false && bad == SH_FAULT_NONE &&"),
    "homing ends": Guard("machine.c", "++m->homing_steps > HOMING_MS", "m->homing_steps > HOMING_MS"),
    "overrun": Guard("watch.c", "since > m->most_since_us", "false && since > m->most_since_us"),
}  # fmt: skip
"""By name."""


def core_without(guard: str, core: Path, folder: Path) -> Path:
    """A copy of the core's sources without a guard, in a folder of its own.

    Raises:
        UnknownNameError: There is no such guard.
        DeviceError: The guard's line is not where it was, so that nothing would be left out.
    """
    if guard not in GUARDS:
        raise UnknownNameError("guard", guard, GUARDS)
    file, line, instead = GUARDS[guard]
    folder.mkdir(parents=True, exist_ok=True)
    for source in sorted(core.iterdir()):
        text = source.read_text(encoding="utf-8")
        if source.name == file:
            if text.count(line) != 1:
                raise DeviceError(f"{source}: the guard '{guard}' is not the one line that it was: {line}")
            text = text.replace(line, instead)
        (folder / source.name).write_text(text, encoding="utf-8")
    return folder
