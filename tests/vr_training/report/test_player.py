"""The part of the report that moves: path, lanes, script, experts."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from robotics.contracts import Score, Scorecard
from vr_training.progress.curve import learning_curve
from vr_training.progress.proficiency import Bar
from vr_training.report import RunInfo, write_report
from vr_training.report.expert_bars import expert_bars
from vr_training.report.page import SCRIPT
from vr_training.report.path_data import path_data
from vr_training.report.timeline import timeline
from vr_training.scoring import Episode, score_lesson

NODE = shutil.which("node")


@pytest.fixture(scope="module")
def touched(episode):
    ticks = episode.copy()
    ticks["arms"]["psm1"]["wrench"][:] = 0.0
    ticks["arms"]["psm1"]["wrench"][1000:1200, 2] = 0.2
    ticks["arms"]["psm1"]["wrench"][1250:1300, 2] = 0.9  # 50 ms later: the same touch
    ticks["arms"]["psm1"]["wrench"][2000:2100, 0] = 0.1
    return ticks


def lanes_of(ticks, setup, **more):
    return {lane.name: lane.marks for lane in timeline(Episode(ticks, setup), **more)}


def test_touches_are_spans_and_too_much_force_a_lane_of_its_own(touched, setup_of_rig):
    lanes = lanes_of(touched, setup_of_rig, force_limit_n=0.5)
    touches = [(round(mark.start_s, 2), round(mark.end_s, 2), mark.label) for mark in lanes["Touch"]]
    start = float(touched["time"][0])
    assert [a - start for a, _, _ in touches] == pytest.approx([1.0, 2.0], abs=0.006)
    assert [b - start for _, b, _ in touches] == pytest.approx([1.3, 2.1], abs=0.006)
    assert "0.9 N" in touches[0][2]
    (over,) = lanes["Force over the limit"]
    assert over.end_s - over.start_s == pytest.approx(0.05, abs=0.002)
    assert "Force over the limit" not in lanes_of(touched, setup_of_rig)


def test_a_drop_is_marked_when_the_count_grows(touched, setup_of_rig):
    ticks = touched.copy()
    ticks["signals"][:, 0] = 0.0
    ticks["signals"][700:, 0] = 1.0
    ticks["signals"][900:, 0] = 3.0
    (lane,) = (lanes_of(ticks, setup_of_rig, signals=(("dropped", ""),))["Mishap"],)
    assert [mark.start_s for mark in lane] == [float(ticks["time"][700]), float(ticks["time"][900])]
    assert "Mishap" not in lanes_of(ticks, setup_of_rig, signals=(("distance", "m"),))


def test_phases_follow_each_other_without_a_gap(episode, setup_of_rig):
    ticks = episode.copy()
    ticks["phase"][1500:] = 1
    spans = [mark for mark in lanes_of(ticks, setup_of_rig, phases=("go", "stay"))["Phase"] if mark.kind == "phase"]
    assert [mark.label for mark in spans] == ["go", "stay"]
    assert spans[0].end_s == spans[1].start_s == float(ticks["time"][1500])
    assert spans[1].end_s == float(ticks["time"][-1])


def test_the_path_keeps_its_ends_and_every_blow(touched, setup_of_rig):
    episode = Episode(touched, setup_of_rig)
    data = path_data(episode, None, 0.0)
    (arm,) = data["arms"]
    assert len(data["time"]) == len(arm["xyz"]) == len(arm["speed"]) == len(arm["force"]) <= 1500
    assert max(arm["force"]) == pytest.approx(0.9)
    expected = 1e3 * setup_of_rig.operator_from_world @ (episode.tip[-1] - episode.tip[episode.start])
    assert arm["xyz"][-1] == pytest.approx(expected, abs=1e-3)
    assert data["goal"] is None
    json.dumps(data, allow_nan=False)


BAR = Bar("time", 7.0, "lower", 6.0, 1.0)


@pytest.mark.parametrize(("value", "met"), [(5.0, True), (7.0, True), (7.5, False), (700.0, False)])
def test_a_session_stands_on_its_track_where_it_belongs(value, met):
    (drawn,) = expert_bars(Scorecard("t", True, "", (Score("time", "Time", value, "s"),)), [BAR])
    assert drawn.met == met
    assert 0.0 <= drawn.low < drawn.mean < drawn.high <= 100.0
    assert (drawn.at > drawn.high) == (value > 7.0)
    assert drawn.asked == "≤ 7 s"


def test_experts_who_never_erred_are_drawn_too():
    bar = Bar("drops", 0.0, "lower", 0.0, 0.0)
    clean, fallen = (
        expert_bars(Scorecard("t", True, "", (Score("drops", "Drops", value, ""),)), [bar])[0] for value in (0.0, 2.0)
    )
    assert clean.met
    assert not fallen.met
    assert fallen.at > fallen.mean


def test_measures_that_the_session_lacks_are_left_out():
    assert expert_bars(Scorecard("t", True, ""), [BAR]) == ()


@pytest.fixture
def info(setup_of_rig):
    return RunInfo(title="Reach", session="s", started="", setup=setup_of_rig, phases=("</script><b>",))


def page(folder: Path, ticks, info) -> str:
    return write_report(folder, ticks, score_lesson(ticks, info.setup), info).read_text(encoding="utf-8")


def test_the_page_holds_data_script_lanes_and_no_way_out(tmp_path, touched, info):
    text = page(tmp_path, touched, info)
    scripts = re.findall(r"<script([^>]*)>(.*?)</script>", text, flags=re.DOTALL)
    assert [attributes for attributes, _ in scripts] == [' type="application/json" id="path-data"', ""]
    assert len(json.loads(scripts[0][1])["arms"]) == 1
    assert "</script><b>" not in text
    assert not re.search(r"\b(fetch|import|XMLHttpRequest|WebSocket|eval)\b\s*\(", scripts[1][1])
    assert not re.search(r"https?://(?!www\.w3\.org)", text)
    assert text.count('class="playhead"') == text.count('class="track"')
    assert 'data-colour="force"' in text
    assert "<video" not in text


def test_a_video_is_linked_by_its_name_where_it_lies_beside(tmp_path, touched, info):
    (tmp_path / "video.mp4").write_bytes(b"")
    assert 'src="video.mp4"' in page(tmp_path, touched, info)


def test_experts_and_curve_stand_in_it_where_there_are_some(tmp_path, touched, info):
    plain = page(tmp_path, touched, info)
    assert "Beside the experts" not in plain
    assert "Learning curve" not in plain
    curve = learning_curve([20.0, 40.0, 60.0], np.random.default_rng(0))
    more = replace(info, needed=(BAR,), experts="9 runs of <us>", person="p07", curve=curve, curve_text=("So far.",))
    text = page(tmp_path, touched, more)
    assert "9 runs of &lt;us&gt;" in text
    assert "Learning curve of p07" in text
    assert "So far." in text


def test_too_short_a_recording_has_nothing_to_play(tmp_path, touched, info):
    assert "<script" not in page(tmp_path, touched[:1], info)


@pytest.mark.skipif(NODE is None, reason="no Node.js here to run the page's script")
def test_the_script_projects_finds_and_colours():
    checks = """
    const s = globalThis.steadyhandReport, near = (a, b) => a.every((v, i) => Math.abs(v - b[i]) < 1e-9);
    console.log(JSON.stringify([
      near(s.project([1, 2, 3], 0, 0), [1, -2, 3]),
      near(s.project([1, 0, 0], Math.PI / 2, 0), [0, 0, -1]),
      near(s.project([0, 1, 0], 0, Math.PI / 2), [0, 0, 1]),
      [-1, 0, 0.15, 0.2, 9].map((t) => s.indexAt([0, 0.1, 0.2], t)),
      s.nearest([[0, 0], [3, 4]], 3, 5),
      s.colour(0) !== s.colour(1) && s.colour(-5) === s.colour(0) && s.colour(NaN) === s.colour(0),
      [0.7, 40, 100].map(s.niceStep),
    ]));
    """
    ran = subprocess.run(
        [NODE, "-e", SCRIPT.read_text() + checks], capture_output=True, text=True, check=True, timeout=60
    )
    turned = [True, True, True, [0, 0, 1, 2, 2], {"index": 1, "distance": 1}, True]
    *found, steps = json.loads(ran.stdout)
    assert found == turned
    assert steps == pytest.approx([0.2, 10, 20])
