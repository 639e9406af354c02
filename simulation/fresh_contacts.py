"""Contacts that turn with what is held.

PyBullet keeps a contact's normal in world. Where a friction anchor keeps the contact itself (`frictionAnchor`, without
which held things creep), that normal does not follow a hand that turns what it holds: after a quarter of a turn the
jaws push along the wire instead of across it, the thing turns in them, and jaws that open hook on to it. So all
contacts of a body are found anew after every few degrees.
"""

from __future__ import annotations

import math
from typing import Any

_GROUP, _MASK = 1, -1  # PyBullet's own, of anything that moves

TURN_RAD = math.radians(10.0)
"""Turn after which they are found anew. Ours: a force whose normal lags so far leans by 17 %, a third of friction."""


class FreshContacts:
    """Finds a body's contacts anew each time that it has turned.

    Give `apply` to `BulletWorld.push`. The anchors let go for one step each time; what does not turn is held as ever.

    Args:
        client: The PyBullet client.
        body: The body.
        turn_rad: Turn in world after which they are found anew.
    """

    def __init__(self, client: Any, body: int, turn_rad: float = TURN_RAD) -> None:
        self._client, self._body, self._cos = client, body, math.cos(0.5 * turn_rad)
        self._quat = client.getBasePositionAndOrientation(body)[1]

    def apply(self) -> None:
        """See whether it has turned; called before every physics step."""
        x, y, z, w = self._client.getBasePositionAndOrientation(self._body)[1]
        a, b, c, d = self._quat
        if abs(x * a + y * b + z * c + w * d) < self._cos:
            self._quat = (x, y, z, w)
            # The same group as before: that makes PyBullet forget the body's pairs, and the contacts with them.
            self._client.setCollisionFilterGroupMask(self._body, -1, _GROUP, _MASK)
