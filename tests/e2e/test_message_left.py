"""A caller leaves a message while the core is killed; it goes on, and a supervisor plays it."""

import asyncio
from pathlib import Path

from contact_center.telephony.media import audio
from tests.contracts.test_recordings import decoded
from tests.e2e.centre import Centre
from tests.e2e.people import CALLER_HZ, caller, supervisor
from tests.e2e.test_core_killed import other_core
from tests.e2e.test_flows_over_sip import command
from tests.e2e.test_recorded_call import API, browser, kept
from tests.support import aio, until

NUMBER = "+12025550177"
FLOW = """\
languages: [en]
numbers: ["8120"]
start: message
nodes:
  message:
    kind: voicemail
    say: {text: {en: Speak.}}
    queue: billing
    next: rate
    nothing: bye
    failed: bye
  rate:
    kind: survey
    measure: csat
    say: {text: {en: Rate.}}
    next: bye
    no_input: bye
    no_match: bye
  bye: {kind: hangup, reason: over}
"""


@aio
async def test_a_message_outlives_the_core_and_is_played(centre: Centre, tmp_path: Path) -> None:
    flow = tmp_path / "message.yaml"
    flow.write_text(FLOW, encoding="utf-8")
    status, said = await command(centre, "flow", "deploy", flow)
    assert status == 0, said
    await until(lambda: "message " in centre.log().rpartition("flows in force")[2], what="the flow in force")
    async with supervisor(centre) as sofia, caller(tmp_path) as person:
        person.dial(centre, NUMBER, (("#", 8.0), ("4", 9.5)), entry="8120")
        contact = str((await sofia.contact_of(NUMBER))["id"])
        await person.hears_of("up")
        await asyncio.sleep(3.0)
        await other_core(centre, sofia)
        await person.hears_of("ended", within_s=40.0)
        story = await sofia.story(contact, lambda row: row["outcome"] is not None)
    events = [each["event"] for each in story["events"]]
    (left,) = [each for each in events if each["type"] == "MessageLeft"]
    assert left["queue"] == "billing"
    assert 3.0 < left["seconds"] < 30.0
    (score,) = [each for each in events if each["type"] == "SurveyAnswered"]
    assert (score["measure"], score["score"]) == ("csat", 4)
    assert [(each["measure"], each["score"]) for each in story["survey"]] == [("csat", 4)]
    async with browser(centre, "sofia") as client:
        recording = await kept(client, contact)
        copy = tmp_path / "copy.ogg"
        copy.write_bytes((await client.get(f"{API}/recordings/{contact}/audio")).content)
    assert recording["fault"] == ""
    assert abs(recording["seconds"] - left["seconds"]) < 1.0
    caller_track, other_track = decoded(copy)
    assert audio.tone_present(caller_track[audio.RATE_HZ : 3 * audio.RATE_HZ], CALLER_HZ)
    assert audio.level_dbfs(other_track) < -60
