"""Makes the Python codec, the C codec and the page of the protocol from its one description, `protocol.toml`.

python -m hardware.joint_board.generate [--check]

``--check`` writes nothing and fails where a file differs from what would be made.
"""

from __future__ import annotations

import subprocess
import sys
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path

from hardware.joint_board.schema import COUNTED, SIZES, Enumeration, Field, Message, Protocol, protocol

ROOT = Path(__file__).resolve().parents[2]
PYTHON = ROOT / "hardware" / "joint_board" / "messages.py"
HEADER = ROOT / "hardware" / "firmware" / "core" / "messages.h"
SOURCE = ROOT / "hardware" / "firmware" / "core" / "messages.c"
PAGE = ROOT / "docs" / "PROTOCOL.md"

_MADE = "Made by `python -m hardware.joint_board.generate` from `protocol.toml`: change that."
_FORMATS = {"u8": "B", "u16": "H", "u32": "I", "i16": "h", "i32": "i"}
_C_TYPES = {"u8": "uint8_t", "u16": "uint16_t", "u32": "uint32_t", "i16": "int16_t", "i32": "int32_t"}


def sentence(text: str) -> str:
    """A text with a capital at its beginning and a full stop at its end."""
    text = " ".join(text.split())
    return text[0].upper() + text[1:] + ("" if text.endswith(".") else ".")


def snake(name: str) -> str:
    """A name in small letters with underscores between its words."""
    return "".join(f"_{each.lower()}" if each.isupper() and k else each.lower() for k, each in enumerate(name))


# ---- Python


def python(p: Protocol) -> str:
    """The module of the host's messages."""
    lines = [
        f'"""Messages of the joint board\'s protocol, version {p.version}.\n\n{_MADE}\n"""',
        "from __future__ import annotations\n",
        "from enum import IntEnum",
        "from typing import NamedTuple, TypeAlias\n",
        f'VERSION = {p.version}\n"""Version of the protocol; no other is spoken."""\n',
        f'LARGEST = {p.largest}\n"""Length of the longest payload [bytes]."""\n',
        f"MOST_JOINTS, MOST_CHANNELS = {COUNTED['joints']}, {COUNTED['channels']}\n"
        '"""How many joints and further sensors a board has at most."""\n',
    ]
    for enum in p.enums:
        lines += [f"class {enum.name}(IntEnum):", _docstring(enum.text)]
        for name, member in enum.members.items():
            lines += [f"    {name.upper()} = {member.value}", _docstring(member.text)]
    for message in p.messages:
        lines += _python_message(p, message)
    lines.append("AnyMessage: TypeAlias = " + " | ".join(message.name for message in p.messages))
    types = ", ".join(f"0x{message.type:02x}: {message.name}" for message in p.messages)
    lines.append(f'TYPES: dict[int, type[AnyMessage]] = {{{types}}}\n"""Every message by its type."""\n')
    layouts = ", ".join(f"{message.name}: {_layout(message)}" for message in p.messages)
    lines.append(
        "LAYOUTS: dict[type[AnyMessage], tuple[tuple[str, int | str, type[IntEnum] | None], ...]] = "
        f'{{{layouts}}}\n"""Of each field the format of its numbers, how many they are, and what they are of."""\n'
    )
    return _formatted("\n".join(lines))


def _docstring(text: str, more: Sequence[str] = ()) -> str:
    first, *rest = textwrap.wrap(sentence(text), 108)
    if not rest and not more:
        return f'    """{first}"""'
    return "\n".join([f'    """{first}', *(f"    {line}" for line in rest), *more, '    """'])


def _python_message(p: Protocol, message: Message) -> Iterator[str]:
    yield f"class {message.name}(NamedTuple):"
    more = ["", "    Attributes:"] if message.fields else []
    for field in message.fields:
        unit = f" [{p.units[field.unit].replace('`', '')}]" if field.unit else ""
        more.append(textwrap.indent(textwrap.fill(f"{field.name}: {sentence(field.text)[:-1]}{unit}.", 104), " " * 8))
    yield _docstring(message.text, more) + "\n"
    for field in message.fields:
        yield f"    {field.name}: {field.enum or ('tuple[int, ...]' if field.many else 'int')}"


def _layout(message: Message) -> str:
    fields = (f'("{_FORMATS[f.type]}", {f.count!r}, {f.enum or None})' for f in message.fields)
    return f"({''.join(f'{each},' for each in fields)})"


def _formatted(code: str) -> str:
    """Python code as ruff writes it."""
    ruff = Path(sys.executable).with_name("ruff")
    done = subprocess.run(
        [ruff, "format", "--stdin-filename", PYTHON, "-"], input=code, text=True, capture_output=True, check=True,
        cwd=ROOT, timeout=60,
    )  # fmt: skip
    return done.stdout


# ---- C


def header(p: Protocol) -> str:
    """What the firmware includes."""
    lines = [
        f"/* Messages of the joint board's protocol, version {p.version}. {_MADE} */",
        "#ifndef SH_MESSAGES_H",
        "#define SH_MESSAGES_H",
        "",
        "#include <stdbool.h>",
        "#include <stdint.h>",
        "",
        f"#define SH_VERSION {p.version}",
        f"#define SH_MOST_JOINTS {COUNTED['joints']}",
        f"#define SH_MOST_CHANNELS {COUNTED['channels']}",
        f"#define SH_LARGEST {p.largest}",
        "",
    ]
    for enum in p.enums:
        lines.append(f"/* {sentence(enum.text)} */")
        lines.append("enum {")
        lines += [f"    {_member(enum, name)} = {member.value}," for name, member in enum.members.items()]
        lines += ["};", f"#define SH_{snake(enum.name).upper()}_COUNT {len(enum.members)}", ""]
    for message in p.messages:
        lines += [f"/* {sentence(message.text)} */", f"#define SH_{snake(message.name).upper()} 0x{message.type:02x}"]
        if message.fields:
            name = f"sh_{snake(message.name)}"
            lines.append("typedef struct {")
            lines += [f"    {_C_TYPES[f.type]} {f.name}{f'[{_most(f)}]' if f.many else ''};" for f in message.fields]
            lines += [f"}} {name};", f"{_c_pack(name)};", f"{_c_unpack(name)};"]
        lines.append("")
    lines += [
        "/* For tests: unpack a payload and pack it again; its length, or 255 where it is none. */",
        f"{_C_AGAIN};",
        "",
    ]
    return "\n".join([*lines, "#endif", ""])


def _member(enum: Enumeration, name: str) -> str:
    return f"SH_{snake(enum.name)}_{name}".upper()


def _most(field: Field) -> str:
    return {"joints": "SH_MOST_JOINTS", "channels": "SH_MOST_CHANNELS"}.get(str(field.count), str(field.count))


def _c_pack(name: str) -> str:
    return f"uint8_t {name}_pack(const {name} *m, uint8_t joints, uint8_t channels, uint8_t *out)"


def _c_unpack(name: str) -> str:
    return f"bool {name}_unpack({name} *m, const uint8_t *in, uint8_t length, uint8_t joints, uint8_t channels)"


def source(p: Protocol) -> str:
    """Packing and unpacking for the firmware."""
    lines = [
        f"/* Messages of the joint board's protocol, version {p.version}. {_MADE} */",
        '#include "messages.h"',
        "",
    ]
    for size in (2, 4):
        kind = f"uint{8 * size}_t"
        lines += [f"static uint8_t *put{8 * size}(uint8_t *out, {kind} value) {{"]
        lines += [f"    out[{k}] = (uint8_t)(value{f' >> {8 * k}' if k else ''});" for k in range(size)]
        lines += [f"    return out + {size};", "}", ""]
        parts = " | ".join(f"({kind})(({kind})in[{k}]{f' << {8 * k}' if k else ''})" for k in range(size))
        lines += [f"static {kind} get{8 * size}(const uint8_t *in) {{", f"    return ({kind})({parts});", "}", ""]
    for message in p.messages:
        if message.fields:
            lines += [*_c_functions(p, message), ""]
    return "\n".join([*lines, *_c_again(p), ""])


_C_AGAIN = (
    "uint8_t sh_said_again(uint8_t type, const uint8_t *in, uint8_t length, uint8_t joints, uint8_t channels,\n"
    "                      uint8_t *out)"
)


def _c_again(p: Protocol) -> Iterator[str]:
    yield f"{_C_AGAIN} {{"
    yield "    switch (type) {"
    for message in p.messages:
        name = f"sh_{snake(message.name)}"
        yield f"    case {name.upper()}: {{"
        if message.fields:
            yield f"        {name} m;"
            yield f"        return {name}_unpack(&m, in, length, joints, channels)"
            yield f"                   ? {name}_pack(&m, joints, channels, out) : 255;"
        else:
            yield "        return length ? 255 : 0;"
        yield "    }"
    yield "    default:"
    yield "        return 255;"
    yield "    }"
    yield "}"


def _c_functions(p: Protocol, message: Message) -> Iterator[str]:
    name = f"sh_{snake(message.name)}"
    counts = {str(field.count) for field in message.fields}
    unused = [f"    (void){each};" for each in ("joints", "channels") if each not in counts]
    yield f"{_c_pack(name)} {{"
    yield from unused
    yield "    uint8_t *at = out;"
    for field in message.fields:
        yield from _c_field(field, "pack")
    yield "    return (uint8_t)(at - out);"
    yield "}"
    yield ""
    yield f"{_c_unpack(name)} {{"
    yield from unused
    size = sum(SIZES[f.type] * f.count for f in message.fields if isinstance(f.count, int))
    total = [str(size)] + [f"{SIZES[f.type]} * {f.count}" for f in message.fields if isinstance(f.count, str)]
    yield f"    if (length != {' + '.join(total)}) {{"
    yield "        return false;"
    yield "    }"
    yield "    const uint8_t *at = in;"
    for field in message.fields:
        yield from _c_field(field, "unpack")
    sizes = {enum.name: f"SH_{snake(enum.name).upper()}_COUNT" for enum in p.enums}
    checks = [f"m->{field.name} < {sizes[field.enum]}" for field in message.fields if field.enum]
    yield f"    return {' && '.join(checks) or 'true'};"
    yield "}"


def _c_field(field: Field, what: str) -> Iterator[str]:
    bits, kind = 8 * SIZES[field.type], _C_TYPES[field.type]
    indent, place = "    ", f"m->{field.name}"
    if field.many:
        yield f"    for (uint8_t k = 0; k < {field.count}; k++) {{"
        indent, place = "        ", f"m->{field.name}[k]"
    if what == "pack":
        if bits == 8:
            yield f"{indent}*at++ = (uint8_t){place};"
        else:
            yield f"{indent}at = put{bits}(at, (uint{bits}_t){place});"
    elif bits == 8:
        yield f"{indent}{place} = *at++;"
    else:
        yield f"{indent}{place} = ({kind})get{bits}(at);"
        yield f"{indent}at += {SIZES[field.type]};"
    if field.many:
        yield "    }"


# ---- the page


def page(p: Protocol) -> str:
    """The page for people."""
    lines = [
        f"# The joint board's protocol, version {p.version}",
        "",
        f"{_MADE}",
        "",
        "Numbers are integers, so that nothing that is no number can be said. Another version is not answered.",
        "",
        "## Frame",
        "",
        " ".join(p.frame.text.split()),
        "",
        *_fields(p.frame.header),
        "",
        "## Units",
        "",
        "| unit | is |",
        "|---|---|",
        *(f"| `{name}` | {text} |" for name, text in p.units.items()),
        "",
        "## Messages",
        "",
    ]
    for message in p.messages:
        lines += [
            f"### {message.name} (0x{message.type:02x}, from the {message.sender})",
            "",
            sentence(message.text),
            "",
        ]
        if message.fields:
            lines += [*_fields(message.fields), ""]
    lines += ["## Values that have names", ""]
    for enum in p.enums:
        lines += [f"### {enum.name}", "", sentence(enum.text), "", "| value | name | is |", "|---|---|---|"]
        lines += [f"| {member.value} | {name} | {member.text} |" for name, member in enum.members.items()]
        lines.append("")
    return "\n".join(lines)


def _fields(fields: tuple[Field, ...]) -> Iterator[str]:
    yield "| field | type | unit | is |"
    yield "|---|---|---|---|"
    for field in fields:
        many = f"[{field.count}]" if field.many else ""
        yield f"| {field.name} | {field.type}{many} | {field.enum or field.unit} | {field.text} |"


def made() -> dict[Path, str]:
    """Every file that is made, and what is to stand in it."""
    p = protocol()
    return {PYTHON: python(p), HEADER: header(p), SOURCE: source(p), PAGE: page(p)}


def main() -> None:
    """Write the files, or tell which differ."""
    check = "--check" in sys.argv[1:]
    differing = [file for file, text in made().items() if not file.exists() or file.read_text(encoding="utf-8") != text]
    for file in differing:
        print(f"{file.relative_to(ROOT)} {'differs' if check else 'written'}")
        if not check:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(made()[file], encoding="utf-8")
    sys.exit(int(check and bool(differing)))


if __name__ == "__main__":
    main()
