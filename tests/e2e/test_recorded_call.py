"""One real call of a recorded queue: paused for two seconds, kept, checked by ear, played and audited."""

import asyncio
import hashlib
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from playwright.async_api import expect
from sqlalchemy import update

from contact_center.customers.record import Customer
from contact_center.demo.over_sip import Sound, find, marks_of
from contact_center.ivr.events import Prompt
from contact_center.ivr.prompts import Prompts
from contact_center.storage import tables
from contact_center.storage.engine import open_database
from contact_center.telephony.media import audio
from tests.contracts.test_recordings import decoded
from tests.e2e.browsers import chromium
from tests.e2e.centre import Centre, running
from tests.e2e.ears import decoded as packets_decoded
from tests.e2e.flows import put_in_force
from tests.e2e.people import AGENT_HZ, CALLER_HZ, PASSWORD, agent, caller, supervisor
from tests.e2e.screens import logged_in
from tests.e2e.test_core_killed import other_core
from tests.support import aio, run, until
from tests.web_fakes import log_in

TALK_S, PAUSE_S = 2.0, 2.0
EDGE_S = 0.35
"""Between an act and its effect in the sound: HTTP, AMP, a jitter buffer."""
TOLD_WITHIN_S = 1.0
"""Of the moment two people are connected: so soon both hear that they are recorded."""
NOTICE = "This call is recorded."
API = "/api/v1"
CARD_NUMBER, CARD_ENTRY = "+12025550178", "8121"
CARD_FLOW = """\
languages: [en]
numbers: ["8121"]
start: tape
prompts: {before: {en: Before.}, card: {en: Card.}, after: {en: After.}}
nodes:
  tape: {kind: record, act: start, queue: billing, next: before}
  before: {kind: say, say: before, next: hush}
  hush: {kind: record, act: pause, next: card}
  card: {kind: say, say: card, next: on}
  on: {kind: record, act: resume, next: after}
  after: {kind: say, say: after, next: bye}
  bye: {kind: hangup}
"""


async def _record_billing(file: Path) -> None:
    database = open_database(f"sqlite+aiosqlite:///{file}")
    async with database.transaction() as connection:
        wanted = update(tables.queue).where(tables.queue.c.id == "billing")
        await connection.execute(wanted.values(recording=True, recording_notice=NOTICE))
    await database.close()


@pytest.fixture(scope="module")
def recorded_centre(
    company_database: Path, prompts: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Centre]:
    """A centre whose billing calls are recorded."""
    own = tmp_path_factory.mktemp("recorded") / "company.db"
    shutil.copy(company_database, own)
    run(_record_billing(own))
    with running(own, prompts) as started:
        yield started


@asynccontextmanager
async def browser(centre: Centre, login: str) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"Origin": centre.http}
    async with httpx.AsyncClient(base_url=centre.http, headers=headers, trust_env=False) as client:
        assert (await log_in(client, login, PASSWORD)).status_code == 200
        yield client


async def kept(client: httpx.AsyncClient, contact: str) -> dict[str, Any]:
    """The recording, once it is encoded."""
    for _ in range(100):
        answer = await client.get(f"{API}/recordings/{contact}")
        if answer.status_code == 200:
            return dict(answer.json()["recordings"][0])
        await asyncio.sleep(0.2)
    raise AssertionError(f"no recording of {contact}: {answer.text}")


async def talk_with_a_pause(centre: Centre, number: str, folder: Path) -> str:
    """The call: two seconds of talk, two of pause, two of talk. Gives its contact."""
    async with agent(centre, "amy") as amy, caller(folder) as person:
        await amy.make_ready()
        person.dial(centre, number)
        contact = str((await amy.offered())["contact"])
        await amy.accept()
        await amy.sees(lambda: amy.console.desk["call"]["recording"] == "on", what="recording on the desk")
        await asyncio.sleep(TALK_S)
        await amy.do(f"/contacts/{contact}/recording/pause")
        await amy.sees(lambda: amy.console.desk["call"]["recording"] == "paused", what="the pause")
        await asyncio.sleep(PAUSE_S)
        await amy.do(f"/contacts/{contact}/recording/resume")
        await asyncio.sleep(TALK_S)
        await until(person.hears_agent, what="the agent's tone")
        check_notice(centre, person.heard(), packets_decoded(amy.heard))
        await amy.do(f"/contacts/{contact}/hang-up")
        await amy.wrap_up(contact)
        await person.hears_of("ended")
    return contact


def notice_heard_s(centre: Centre, sound: audio.Samples, voice_hz: float) -> float | None:
    """When in the sound the notice begins, spoken together with the tone of whoever is at the other end.

    Known by any of its pieces: a busy machine may lose a packet of one. The tone is taken out of both.
    """
    (file,) = Prompts(centre.home / "prompts", None).files([Prompt(kind="text", value=NOTICE, language="en")])
    heard = without(sound.astype(np.float64) / 32768.0, voice_hz)
    for mark in marks_of(Path(file)):
        ends = find(without(mark.piece, voice_hz), heard)
        if ends is not None:
            return (ends - mark.ends) / audio.RATE_HZ
    return None


def without(sound: Sound, hz: float) -> Sound:
    """The sound without what is near a frequency."""
    spectrum = np.fft.rfft(sound)
    spectrum[np.abs(np.fft.rfftfreq(sound.size, 1 / audio.RATE_HZ) - hz) < 50.0] = 0.0
    return np.fft.irfft(spectrum, sound.size)


def begins_s(sound: audio.Samples, tone_hz: float) -> float:
    """When a tone begins, to a quarter second."""
    width = audio.RATE_HZ // 4
    starts = range(0, len(sound) - width + 1, width)
    return next(at for at in starts if audio.tone_present(sound[at : at + width], tone_hz)) / audio.RATE_HZ


def check_notice(centre: Centre, at_caller: audio.Samples, at_agent: audio.Samples) -> None:
    """Both were told when they were connected: the caller is when he hears the agent, the agent at once."""
    told_s = notice_heard_s(centre, at_caller, AGENT_HZ)
    assert told_s is not None, "the caller was not told"
    assert abs(told_s - begins_s(at_caller, AGENT_HZ)) < TOLD_WITHIN_S
    told_s = notice_heard_s(centre, at_agent, CALLER_HZ)
    assert told_s is not None, "the agent was not told"
    assert told_s < TOLD_WITHIN_S


def check_sound(file: Path, recording: dict[str, Any], at: dict[str, float]) -> None:
    """`at`: when the events of the recording were."""
    left, right = decoded(file)
    (pause,) = recording["pauses"]
    paused_s = at["RecordingResumed"] - at["RecordingPaused"]
    assert paused_s >= PAUSE_S
    assert abs(pause["to_s"] - pause["from_s"] - paused_s) < 0.5
    assert abs(len(left) / audio.RATE_HZ - recording["seconds"]) < 0.3

    def part(samples: audio.Samples, from_s: float, to_s: float) -> audio.Samples:
        return samples[round(from_s * audio.RATE_HZ) : round(to_s * audio.RATE_HZ)]

    for samples, own, other in ((left, CALLER_HZ, AGENT_HZ), (right, AGENT_HZ, CALLER_HZ)):
        for talk in (
            part(samples, EDGE_S, pause["from_s"] - EDGE_S),
            part(samples, pause["to_s"] + EDGE_S, recording["seconds"] - EDGE_S),
        ):
            assert audio.tone_present(talk, own)
            assert audio.tone_present(talk, other).snr_db < -30
        quiet = part(samples, pause["from_s"] + EDGE_S, pause["to_s"] - EDGE_S)
        assert audio.level_dbfs(quiet) < -60


@aio
async def test_a_recorded_call_is_paused_kept_and_played_by_those_who_may(
    recorded_centre: Centre, people: list[Customer], tmp_path: Path
) -> None:
    centre = recorded_centre
    async with supervisor(centre) as sofia:
        contact = await talk_with_a_pause(centre, people[1].numbers[0], tmp_path)
        story = await sofia.story(contact, lambda row: row["wrap_up_s"] > 0)
    said = {e["event"]["type"]: e for e in story["events"] if e["event"]["type"].startswith("Recording")}
    assert list(said) == ["RecordingStarted", "RecordingPaused", "RecordingResumed", "RecordingStopped"]
    at = {name: each["at"] for name, each in said.items()}
    lasted = at["RecordingStopped"] - at["RecordingStarted"]
    async with browser(centre, "sofia") as client:
        recording = await kept(client, contact)
        assert abs(recording["seconds"] - lasted) < 0.3
        sound = (await client.get(f"{API}/recordings/{contact}/audio")).content
    assert hashlib.sha256(sound).hexdigest() == recording["sha256"]
    assert max(recording["peaks"]["left"]) > 5
    copy = tmp_path / "copy.ogg"
    copy.write_bytes(sound)
    check_sound(copy, recording, at)
    for login, status in (("amy", 200), ("ben", 403), ("connect", 403)):
        async with browser(centre, login) as client:
            assert (await client.get(f"{API}/recordings/{contact}/audio")).status_code == status
    async with browser(centre, "admin") as client:
        rows = (await client.get(f"{API}/audit")).json()["rows"]
    assert [(r["user"], r["action"], r["address"]) for r in rows] == [
        ("amy", "recording.played", "127.0.0.1"),
        ("sofia", "recording.played", "127.0.0.1"),
    ]
    files = [f for f in (centre.home / "recordings").rglob("*") if f.is_file()]
    assert [(f.suffix, f.stat().st_mode & 0o777) for f in files] == [(".ogg", 0o600)]


@aio
async def test_a_recording_outlives_the_core_whole_and_goes_on_being_paused(
    recorded_centre: Centre, people: list[Customer], tmp_path: Path
) -> None:
    centre = recorded_centre
    async with (
        supervisor(centre) as sofia,
        agent(centre, "chen") as chen,
        caller(tmp_path) as person,
    ):
        await chen.make_ready()
        person.dial(centre, people[3].numbers[0])
        contact = str((await chen.offered())["contact"])
        await chen.accept()
        await chen.sees(lambda: chen.console.desk["call"]["recording"] == "on", what="recording")
        await asyncio.sleep(1.0)
        await other_core(centre, sofia)
        await chen.sees(lambda: (chen.console.desk.get("call") or {}).get("recording") == "on", what="still")
        pause = f"/contacts/{contact}/recording/pause"
        for _ in range(200):  # until the new core has the conversation back
            if (await chen.console.post(pause)).is_success:
                break
            await asyncio.sleep(0.1)
        await chen.sees(lambda: chen.console.desk["call"]["recording"] == "paused", what="the pause")
        await asyncio.sleep(PAUSE_S)
        await chen.do(f"/contacts/{contact}/recording/resume")
        await asyncio.sleep(1.0)
        await chen.do(f"/contacts/{contact}/hang-up")
        await chen.wrap_up(contact)
        story = await sofia.story(contact, lambda row: row["wrap_up_s"] > 0)
    at = {e["event"]["type"]: e["at"] for e in story["events"]}
    async with browser(centre, "sofia") as client:
        recording = await kept(client, contact)
        copy = tmp_path / "copy.ogg"
        copy.write_bytes((await client.get(f"{API}/recordings/{contact}/audio")).content)
    assert abs(recording["seconds"] - (at["RecordingStopped"] - at["RecordingStarted"])) < 0.3
    assert recording["fault"] == ""
    check_sound(copy, recording, at)


@aio
async def test_a_flow_keeps_card_data_out_of_a_recording(recorded_centre: Centre, tmp_path: Path) -> None:
    """The caller speaks all the time; what he says while the flow has paused it is silence."""
    centre = recorded_centre
    (tmp_path / "prompts" / "en").mkdir(parents=True)
    for name in ("before", "card", "after"):
        audio.write_wav(tmp_path / "prompts" / "en" / f"{name}.wav", audio.tone(700.0, 2.5))
    (tmp_path / "card.yaml").write_text(CARD_FLOW, encoding="utf-8")
    await put_in_force(centre, tmp_path / "card.yaml")
    async with supervisor(centre) as sofia, caller(tmp_path) as person:
        person.dial(centre, CARD_NUMBER, (), entry=CARD_ENTRY)
        contact = str((await sofia.contact_of(CARD_NUMBER))["id"])
        await person.hears_of("ended", within_s=40.0)
        story = await sofia.story(contact, lambda row: row["ended_at"] is not None)
    said = [e["event"]["type"] for e in story["events"] if e["event"]["type"].startswith("Recording")]
    assert said == ["RecordingStarted", "RecordingPaused", "RecordingResumed", "RecordingStopped"]
    async with browser(centre, "sofia") as client:
        recording = await kept(client, contact)
        copy = tmp_path / "copy.ogg"
        copy.write_bytes((await client.get(f"{API}/recordings/{contact}/audio")).content)
    (pause,) = recording["pauses"]
    from_s, to_s = pause["from_s"], pause["to_s"]
    assert to_s - from_s > PAUSE_S
    his, _ = decoded(copy)
    parts = ((EDGE_S, from_s - EDGE_S), (from_s + EDGE_S, to_s - EDGE_S), (to_s + EDGE_S, to_s + TALK_S))
    before, card, after = (his[round(a * audio.RATE_HZ) : round(b * audio.RATE_HZ)] for a, b in parts)
    assert audio.tone_present(before, CALLER_HZ)
    assert audio.level_dbfs(card) < -60
    assert audio.tone_present(after, CALLER_HZ)


@aio
async def test_the_console_shows_pauses_and_plays_a_recording(
    recorded_centre: Centre, people: list[Customer], tmp_path: Path
) -> None:
    centre, number = recorded_centre, people[2].numbers[0]
    async with (
        chromium() as browsers,
        supervisor(centre) as sofia,
        caller(tmp_path) as person,
        logged_in(browsers, centre, "ben", "zh") as ben,
    ):
        await ben.page.click(".go-ready:enabled")
        person.dial(centre, number)
        contact = str((await sofia.contact_of(number))["id"])
        await ben.page.click("button.accept")
        await ben.shows(".recording-state.recording-on")
        await ben.is_fit("call being recorded")
        await ben.page.keyboard.press("Control+Shift+KeyR")
        await ben.shows(".recording-state.recording-paused")
        await ben.is_fit("recording paused")
        await ben.page.keyboard.press("Control+Shift+KeyR")
        await ben.shows(".recording-state.recording-on")
        await asyncio.sleep(TALK_S)
        await ben.page.keyboard.press("Control+Shift+KeyE")
        await ben.shows("article.wrap-up")
        story = await sofia.story(contact, lambda row: row["ended_at"] is not None)
        await ben.page.context.request.delete(f"{centre.http}/api/v1/session")
    async with browser(centre, "sofia") as client:
        recording = await kept(client, contact)
    async with chromium() as browsers, logged_in(browsers, centre, "sofia", "zh") as screen:
        page = screen.page
        await page.goto(f"{centre.http}/interactions")
        await page.click(".interactions tbody button.link >> nth=0")
        await screen.shows(".waveform")
        assert await page.locator(".waveform-pause").count() == len(recording["pauses"]) == 1
        (why,) = story["reasons"].values()
        assert "来电者已等待" in why["zh"]
        await expect(page.locator("[data-event=OfferMade] .story-why")).to_have_text(why["zh"])
        await screen.is_fit("recording in the story")
        waveform = page.locator(".waveform")
        await waveform.focus()
        await page.keyboard.press("Space")
        await screen.shows(".waveform:not([aria-valuenow='0'])")  # it plays
        await page.keyboard.press("Space")
        await page.keyboard.press("Home")
        await screen.shows(".waveform[aria-valuenow='0']")
        await page.keyboard.press("End")
        await screen.shows(f".waveform[aria-valuenow='{round(recording['seconds'])}']")
        await screen.is_fit("recording played")
    async with browser(centre, "admin") as client:
        rows = (await client.get(f"{API}/audit?subject={contact}.1")).json()["rows"]
    assert {(r["user"], r["action"]) for r in rows} == {("sofia", "recording.played")}
