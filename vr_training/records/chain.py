"""The hash chain that makes a changed, missing or added tick of a recording show.

The chain starts from what stands before the first tick (schema, session, scene). Each link hashes the one before and
the bytes of its ticks. A link covers one second, so that a recording cut off by a crash is covered almost to its end.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import msgspec
import numpy as np
from numpy.typing import NDArray


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """One message on the topic ``/chain``.

    Attributes:
        ticks: Ticks recorded so far, all of them covered by this link.
        sha256: Hash of the link before and the records since, hexadecimal.
    """

    ticks: int
    sha256: str


@dataclass(frozen=True)
class ChainCheck:
    """What became of a recording's chain.

    Attributes:
        intact: Whether every link fits.
        covered: Ticks that links cover, from the first one on.
        problem: What does not fit, for a person; empty where all does.
    """

    intact: bool
    covered: int
    problem: str = ""


class Chain:
    """Builds links while ticks are recorded.

    Args:
        beginning: What stands before the first tick, in order.
        every: Ticks of a link.
    """

    def __init__(self, beginning: tuple[bytes, ...], every: int) -> None:
        self.every = every
        self.ticks = 0
        self._hash = _first(beginning)
        self._open = 0

    @property
    def room(self) -> int:
        """Ticks that still fit into the open link."""
        return self.every - self._open

    def add(self, ticks: NDArray[np.void]) -> Link | None:
        """Take ticks, at most `room`; the link where they complete one."""
        self._hash.update(ticks.tobytes())
        self.ticks += len(ticks)
        self._open += len(ticks)
        return self.link() if self._open >= self.every else None

    def link(self) -> Link | None:
        """The link over all ticks so far; None where the one before covers them already."""
        if not self._open:
            return None
        digest = self._hash.digest()
        self._hash = hashlib.sha256(digest)
        self._open = 0
        return Link(ticks=self.ticks, sha256=digest.hex())


def check(beginning: tuple[bytes, ...], ticks: NDArray[np.void], links: tuple[Link, ...]) -> ChainCheck:
    """Compare the links of a recording with its ticks."""
    state = _first(beginning)
    covered = 0
    for index, link in enumerate(links):
        if not covered < link.ticks <= len(ticks):
            return ChainCheck(False, covered, f"link {index} covers {link.ticks} ticks, there are {len(ticks)}")
        state.update(ticks[covered : link.ticks].tobytes())
        digest = state.digest()
        if digest.hex() != link.sha256:
            return ChainCheck(False, covered, f"ticks {covered} to {link.ticks - 1} are not those that were recorded")
        covered = link.ticks
        state = hashlib.sha256(digest)
    return ChainCheck(True, covered)


def _first(beginning: tuple[bytes, ...]) -> hashlib._Hash:
    outer = hashlib.sha256()
    for part in beginning:
        outer.update(hashlib.sha256(part).digest())
    return hashlib.sha256(outer.digest())
