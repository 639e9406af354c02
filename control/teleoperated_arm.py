"""One arm that follows one hand: the stations of a tick, each a method of a few lines, in the order they are called."""

from __future__ import annotations
