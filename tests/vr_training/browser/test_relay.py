"""A page that looks on and drives, without a browser: newest states only, two on the way, hands that reach the arm."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from typing import Any

import numpy as np

from tests.vr_training.browser.hubs import stage
from tests.vr_training.browser.test_packet import unpacked
from vr_training.browser.feed import WINDOW, Feeds
from vr_training.browser.relay import Relay
from vr_training.stream.messages import Endpoints
from vr_training.view.settings import load_view_settings


class Gone(Exception):
    """The page has gone."""


class Page:
    """The other end of a socket."""

    def __init__(self) -> None:
        self.states: list[dict[str, Any]] = []
        self.words: list[dict[str, Any]] = []
        self._said: asyncio.Queue[str | None] = asyncio.Queue()

    async def send_bytes(self, data: bytes) -> None:
        self.states.append(unpacked(data, 4)[0])

    async def send_text(self, data: str) -> None:
        self.words.append(json.loads(data))

    async def receive_text(self) -> str:
        text = await self._said.get()
        if text is None:
            raise Gone
        return text

    def say(self, **words: object) -> None:
        self._said.put_nowait(json.dumps(words))

    def go(self) -> None:
        self._said.put_nowait(None)

    async def until(self, true: Callable[[], bool], seconds: float = 30.0) -> None:
        end = time.monotonic() + seconds
        while not true():
            assert time.monotonic() < end, "it did not come"
            await asyncio.sleep(0.005)


def looked_at(endpoints: Endpoints, does: Callable[[Page, Relay], Awaitable[None]], **options: Any) -> Page:
    """A page that does something with a session until it has done it."""

    async def run() -> Page:
        page = Page()
        relay = Relay(Feeds(), endpoints, load_view_settings().hand, **options)
        served = asyncio.ensure_future(relay.run(page, Gone))
        try:
            await does(page, relay)
            page.go()
            await asyncio.wait_for(served, 30.0)
        finally:
            served.cancel()
            await asyncio.gather(served, return_exceptions=True)
        return page

    return asyncio.run(run())


def test_a_page_that_stands_still_gets_two_states_and_then_the_newest_at_once() -> None:
    async def stall(page: Page, _: Relay) -> None:
        await page.until(lambda: len(page.states) == WINDOW)
        await asyncio.sleep(2.0)
        assert len(page.states) == WINDOW, "nothing more while two are unanswered"
        page.say(shown=2)
        await page.until(lambda: len(page.states) > WINDOW)
        assert page.states[WINDOW]["time_s"] - page.states[1]["time_s"] > 1.5, "what it missed is not made up for"

    with stage(8.0) as running:
        looked_at(running.endpoints, stall)


def test_a_page_is_told_of_the_scene_first_and_of_the_end_last() -> None:
    async def watch(page: Page, _: Relay) -> None:
        while not page.states or page.states[-1]["running"]:
            await asyncio.sleep(0.005)
            page.say(shown=1)

    with stage(2.0) as running:
        page = looked_at(running.endpoints, watch)
    assert page.words[0]["scene"]["title"] == "Needle reach"
    assert page.states[-1]["running"] is False
    sequences = [each["time_s"] for each in page.states]
    assert sequences == sorted(sequences)


def test_a_controller_of_a_headset_reaches_the_arm_in_the_operators_frame_with_its_clutch() -> None:
    async def drive(page: Page, _: Relay) -> None:
        await page.until(lambda: bool(page.states))
        for k in range(60):
            held = {"at_ms": 1000.0 + 16.0 * k, "pose": [0.01 * k, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0], "grip": 0.3}
            page.say(shown=1, held=[{**held, "clutch": k < 20}])
            await asyncio.sleep(0.016)

    with stage(5.0) as running:
        looked_at(running.endpoints, drive)
        heard = np.array(running.end()["heard"])
    clutch = heard[:, 4]
    assert clutch[0] == 1.0
    assert clutch[-1] == 0.0
    assert heard[:, 1].max() > 0.5, "to the right, as the operator sees it"
    np.testing.assert_allclose(heard[:, 2:4], 0.0, atol=1e-9)


def test_mouse_events_of_a_page_move_the_hand_while_the_button_is_down_and_a_page_that_goes_lets_go() -> None:
    eye = {
        "matrix": np.eye(4).T.ravel().tolist(), "fov_y": 0.8, "width": 640, "height": 480,
    }  # fmt: skip

    async def drag(page: Page, relay: Relay) -> None:
        page.say(drive=True, eye=eye)
        await page.until(lambda: any(each["lease"] and each["lease"] in each["mine"] for each in page.states[-1:]))
        page.say(shown=1, events=[{"kind": "move", "x": 100, "y": 100}, {"kind": "button", "pressed": True}])
        for k in range(60):
            page.say(shown=1, events=[{"kind": "move", "x": 100 + 4 * k, "y": 100}])
            await asyncio.sleep(0.016)

    async def answering(page: Page, relay: Relay) -> None:
        answers = asyncio.ensure_future(_answer(page))
        try:
            await drag(page, relay)
        finally:
            answers.cancel()

    with stage(12.0) as running:
        looked_at(running.endpoints, answering)
        heard = np.array(running.end()["heard"])
    down = heard[:, 4] == 0.0
    assert down.any()
    moved = heard[down, 1]
    assert moved[-1] - moved[0] > 1e-3
    assert np.ptp(heard[~down & (np.arange(len(heard)) < np.argmax(down)), 1]) == 0.0, "before the press nothing moves"
    assert heard[-1, 5] > 1.0, "once the page has gone no hand comes"


def test_who_may_not_drive_may_look_and_stop() -> None:
    async def try_it(page: Page, _: Relay) -> None:
        await page.until(lambda: bool(page.states))
        page.say(drive=True, held=[{"at_ms": 0.0, "pose": [0, 0, 0, 1, 0, 0, 0], "grip": 0.0, "clutch": True}])
        page.say(stop="soft")
        await asyncio.sleep(0.5)

    with stage(4.0) as running:
        looked_at(running.endpoints, try_it, may_drive=False)
        told = running.end()
    assert told["heard"] == []
    assert told["stop"] == "soft"


def test_what_is_no_message_of_the_page_is_refused_in_words_and_costs_nothing() -> None:
    async def babble(page: Page, _: Relay) -> None:
        page.say(shown="many")
        await page.until(lambda: any("error" in each for each in page.words))
        page.say(shown=2)
        await page.until(lambda: len(page.states) > WINDOW)

    with stage(6.0) as running:
        looked_at(running.endpoints, babble)


async def _answer(page: Page) -> None:
    """Answer every state, as a page that draws does."""
    answered = 0
    while True:
        if len(page.states) > answered:
            page.say(shown=len(page.states) - answered)
            answered = len(page.states)
        await asyncio.sleep(0.005)
