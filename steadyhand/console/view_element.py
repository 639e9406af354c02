"""The training view as an element of NiceGUI: three.js as NiceGUI ships it, the rest from `vr_training.browser`."""

from __future__ import annotations

from pathlib import Path

import nicegui.elements.scene  # noqa: F401  # registers the module that our own scripts import three.js from
from nicegui.element import Element

STATIC = "/view"
"""Where the scripts of `vr_training.browser` are served."""


class ViewElement(Element, component=Path(__file__).with_name("view_element.js")):
    """The live view of one session.

    Args:
        session: Its name.
        drive: Whether the page may drive its arms.
    """

    def __init__(self, session: str, drive: bool = True) -> None:
        super().__init__()
        self._props.update(socket=f"/stream/{session}", glb=f"/scene/{session}.glb", base=STATIC, drive=drive)
        self.classes("view-frame")
