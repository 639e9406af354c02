"""What is flashed into an ATmega2560, and how a chip that was begins: as a new one does, with its EEPROM erased."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from boards import needs_avr

from hardware.emulation.avr.avr_board import AvrBoard
from hardware.firmware.build import BUILD, HERE, build
from hardware.joint_board.conversation import Conversation

pytestmark = needs_avr

ROOT = HERE.parents[1]
FLASH_BYTES = 256 * 1024
STARTS_MS = 20
"""Until then it has started, and listens."""


def boot_of(board: AvrBoard) -> int:
    """Its number of starts, as it says it to a host that meets it."""
    talk = Conversation()
    for now in range(200):
        if now == STARTS_MS:
            board.give(talk.greet())
        talk.hear(board.step(), 1000 * now)
    assert talk.hello is not None
    return talk.hello.boot


@pytest.mark.parametrize("target", ["avr", "blink"])
def test_a_new_chip_has_a_boot_number_and_another_one_after_each_start(target: str) -> None:
    board = AvrBoard(target=target)
    boots = [boot_of(board)]
    for _ in range(2):
        board.start()
        boots.append(boot_of(board))
    assert boots == [1, 2, 3]  # never 0, which is what the core takes for one that was not asked for yet


def test_a_chip_that_is_asked_again_says_the_same_boot_number() -> None:
    board = AvrBoard()
    assert boot_of(board) == boot_of(board)


def documented() -> list[str]:
    """Commands of the page that make what is flashed."""
    lines = (ROOT / "docs" / "HARDWARE.md").read_text(encoding="utf-8").splitlines()
    return [line.partition(" #")[0].strip() for line in lines if line.startswith("avr-objcopy")]


def test_the_steps_of_a_first_power_on_name_the_chip_s_speed() -> None:
    page = (ROOT / "docs" / "HARDWARE.md").read_text(encoding="utf-8")
    steps = page.partition("**First power-on**")[2].partition("\n## ")[0]
    asked = re.findall(r"`steadyhand ((?:doctor|hardware|run) [^`]*)`", steps)
    assert {words.split()[0] for words in asked} == {"doctor", "hardware", "run"}
    assert len(asked) >= 7
    assert [words for words in asked if "PORT@2000000" not in words] == []


def addresses(text: str) -> list[int]:
    """Addresses of all bytes in Intel's hexadecimal format."""
    base, found = 0, []
    for line in text.split():
        record = bytes.fromhex(line.removeprefix(":"))
        assert sum(record) % 256 == 0
        length, offset, kind, data = record[0], int.from_bytes(record[1:3], "big"), record[3], record[4:-1]
        if kind == 0:
            found += range(base + offset, base + offset + length)
        elif kind in {2, 4}:
            base = int.from_bytes(data, "big") << (4 if kind == 2 else 16)
    return found


def test_the_page_says_how_each_board_of_the_chip_is_flashed() -> None:
    assert len(documented()) == 2


@pytest.mark.skipif(shutil.which("avr-objcopy") is None, reason="binutils-avr is not installed")
@pytest.mark.parametrize("command", documented())
def test_what_the_documented_command_makes_lies_in_the_flash_alone(command: str, tmp_path: Path) -> None:
    *words, elf, _ = shlex.split(command)
    target = Path(elf).parent.name
    assert build(target) == BUILD.parents[1] / elf
    made = tmp_path / "flashed.hex"
    subprocess.run([*words, elf, str(made)], cwd=ROOT, check=True, timeout=60)
    at = addresses(made.read_text())
    assert len(at) > 1000
    assert max(at) < FLASH_BYTES
