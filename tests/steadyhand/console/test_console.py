"""The console in a real browser: a surgeon's way from the lessons to the result, and pages that anybody can use."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks._chromium import MISSING, chromium, console, page_of, until, view
from tests.vr_training.browser.hubs import stage

pytestmark = [
    pytest.mark.alone,
    pytest.mark.skipif(bool(MISSING), reason=MISSING),
]

PAGES = ("/", "/sessions", "/running", "/curve/needle_reach", "/session/nothing")


@pytest.mark.timeout(600)
def test_a_surgeon_starts_a_lesson_drives_it_stops_it_and_reads_what_it_came_to(tmp_path: Path) -> None:
    with console(tmp_path) as address, chromium() as browser, page_of(browser) as (page, seen):
        page.goto(address)
        page.get_by_label("Pseudonym").fill("p07")
        page.get_by_label("Pseudonym").press("Enter")
        page.wait_for_load_state("networkidle")
        page.get_by_role("button", name="Start Needle reach").click()
        page.wait_for_url("**/live/**", timeout=180_000)
        until(page, "v.packet && v.frames > 5")
        page.get_by_role("button", name="Drive", exact=True).click()
        until(page, "v.packet.head.mine.includes(v.packet.head.lease)")
        before = view(page, "v.packet.head.arms[0].tip")
        moved = 0.0
        for _ in range(6):  # a busy machine may take the arm out of a hand
            page.mouse.move(600, 500)
            page.mouse.down()
            page.wait_for_timeout(700)
            page.mouse.move(700, 500, steps=30)
            page.wait_for_timeout(300)
            page.mouse.up()
            after = view(page, "v.packet.head.arms[0].tip")
            moved = sum((a - b) ** 2 for a, b in zip(before[:3], after[:3], strict=True)) ** 0.5
            if moved > 2e-3:
                break
        assert moved > 2e-3
        assert page.locator(".hud-control").inner_text() == "You drive"
        page.get_by_role("button", name="STOP").click()
        page.wait_for_url("**/session/**", timeout=120_000)
        page.get_by_text("Not passed").wait_for(timeout=120_000)
        report = page.get_by_role("link", name="Report")
        report.wait_for(timeout=120_000)
        with page.context.expect_page() as opened:
            report.click()
        assert "Needle reach" in opened.value.title()
        page.goto(f"{address}/sessions")
        assert page.get_by_role("cell", name="p07").is_visible()
        assert seen.complaints == []


def test_a_page_shows_a_running_session_as_it_goes_on_and_leaves_it_when_it_ends(tmp_path: Path) -> None:
    with console(tmp_path) as address, stage(25.0, sessions=tmp_path) as running, chromium() as browser:
        with page_of(browser) as (page, seen):
            page.goto(f"{address}/running")
            page.get_by_role("link", name="Look on").click()
            until(page, "v.packet && v.frames > 5")
            pixels = page.locator("canvas").screenshot()
            first = view(page, "v.packet.head.sequence")
            page.wait_for_timeout(1500)
            assert view(page, "v.packet.head.sequence") > first
            assert page.locator("canvas").screenshot() != pixels, "the arm moved, the picture did not"
            assert page.get_by_role("button", name="Drive", exact=True).is_hidden(), "who looks on does not drive"
            names = view(page, "v.stage.bodies.map(each => each.name)")
            assert len(names) == len(view(page, "v.description.bodies"))
            page.wait_for_url("**/session/**", timeout=60_000)
            assert seen.complaints == []
        running.end()


STALL = """() => {
    const v = document.querySelector('.view-frame').view;
    window.ages = [];
    v.link.on.state = (packet) => window.ages.push(packet.arrived - packet.head.sent_ms);
    const end = performance.now() + 6000;
    while (performance.now() < end);
}"""


def test_a_tab_that_stood_still_for_seconds_gets_two_stale_states_and_goes_on_with_the_newest(tmp_path: Path) -> None:
    with (
        console(tmp_path) as address,
        stage(40.0, sessions=tmp_path) as running,
        chromium() as browser,
        page_of(browser) as (page, _),
    ):
        page.goto(f"{address}/live/{running.name}?watch=true")
        until(page, "v.packet && v.frames > 5")
        page.evaluate(STALL)
        page.wait_for_function("window.ages.length > 5")
        until(page, "v.age !== null && v.age < 150", 20.0)
        ages = page.evaluate("window.ages")
        assert sum(age > 1000.0 for age in ages) <= 2, ages


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_has_anything_to_complain_of_for_who_sees_little_or_uses_keys_alone(
    scheme: str, tmp_path: Path
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    with console(tmp_path) as address, chromium() as browser, page_of(browser, scheme) as (page, seen):
        for path in PAGES:
            page.goto(f"{address}{path}")
            page.wait_for_load_state("networkidle")
            found = Axe().run(page)
            assert found.violations_count == 0, f"{path}: {found.generate_report()}"
        page.goto(address)
        for _ in range(12):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.textContent").startswith("Start"):
                break
        assert page.evaluate("document.activeElement.textContent").startswith("Start")
        assert seen.complaints == []
