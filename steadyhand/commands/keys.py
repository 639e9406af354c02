"""`steadyhand keys`: who may look on at this machine's sessions from another one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from steadyhand.commands.options import json_option
from steadyhand.commands.output import check_writable, console_for, write_json
from vr_training.stream.keys import KeyStore, write_key

app = typer.Typer(help="Who may look on at this machine's sessions from another one.", no_args_is_help=True)

Folder = Annotated[
    Path | None, typer.Option("--folder", metavar="DIR", help="Folder of the keys; your own settings where left out.")
]


@app.command("make")
def make(
    name: Annotated[str, typer.Argument(help="Whose key it is: small letters, digits, - and _.")],
    operate: Annotated[bool, typer.Option("--operate", help="Lets him also move and stop the arm.")] = False,
    out: Annotated[
        Path | None, typer.Option("-o", "--out", metavar="FILE", help="Where it goes; NAME.key where left out.")
    ] = None,
    folder: Folder = None,
) -> None:
    """Make a key for somebody: carry the file to his machine, where he looks on with it.

    Examples:

        steadyhand keys make bedside
        steadyhand run needle_reach --listen 192.168.1.5
        steadyhand view --connect 192.168.1.5 --keys bedside.key
    """
    store, console = KeyStore(folder), console_for(None)
    path = out if out is not None else Path(f"{name}.key")
    made = store.invite(name, "operate" if operate else "observe")
    try:
        write_key(path, made)
    except BaseException:
        store.revoke(name)  # nobody has the other half
        raise
    console.print(f"Key      {path} ({'see, move and stop' if operate else 'see'})", highlight=False, soft_wrap=True)
    console.print("Carry it to the other machine as you would a password, and keep no copy.", highlight=False)


@app.command("list")
def list_(
    json_file: Annotated[Path | None, json_option("who has a key")] = None,
    folder: Folder = None,
) -> None:
    """List who has a key."""
    check_writable(json_file)
    console, known = console_for(json_file), KeyStore(folder).known()
    if known:
        table = Table("Name", "May")
        for name, role in known.items():
            table.add_row(name, "see, move and stop" if role == "operate" else "see")
        console.print(table)
    else:
        console.print("Nobody has a key yet: steadyhand keys make NAME", highlight=False)
    if json_file is not None:
        write_json(json_file, known)


@app.command("revoke")
def revoke(name: Annotated[str, typer.Argument(help="Whose key it is.")], folder: Folder = None) -> None:
    """Take a key back: sessions that start from now on refuse it."""
    KeyStore(folder).revoke(name)
    console_for(None).print(f"{name} has no key any more.", highlight=False)
