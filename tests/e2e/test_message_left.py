"""A caller leaves a message; the flow is replaced, the core killed; he goes on in the version he entered."""

import asyncio
from pathlib import Path

from contact_center.telephony.media import audio
from tests.contracts.test_recordings import decoded
from tests.e2e.centre import Centre
from tests.e2e.flows import put_in_force
from tests.e2e.people import CALLER_HZ, Caller, caller, supervisor
from tests.e2e.test_core_killed import other_core
from tests.e2e.test_recorded_call import API, browser, kept
from tests.support import aio, until

NUMBER = "+12025550177"
ENTRY = "8120"
BEFORE_HZ, AFTER_HZ = 2100.0, 2700.0
"""What the recordings of the two versions sound like."""
FLOW = """\
languages: [en]
numbers: ["8120"]
start: message
prompts: {speak: {en: Speak.}, rate: {en: Rate.}}
nodes:
  message:
    kind: voicemail
    say: speak
    queue: billing
    silence_s: 30
    next: rate
    nothing: bye
    failed: bye
  rate:
    kind: survey
    measure: csat
    say: rate
    next: bye
    no_input: bye
    no_match: bye
  bye: {kind: hangup, reason: over}
"""


async def deployed(centre: Centre, folder: Path, tone_hz: float) -> None:
    """The flow with recordings of this tone is what new callers enter."""
    prompts = folder / "prompts" / "en"
    prompts.mkdir(parents=True, exist_ok=True)
    for name in ("speak", "rate"):
        audio.write_wav(prompts / f"{name}.wav", audio.tone(tone_hz, 2.0))
    (folder / "message.yaml").write_text(FLOW, encoding="utf-8")
    await put_in_force(centre, folder / "message.yaml")


async def calls_and_hears(person: Caller, centre: Centre, tone_hz: float) -> None:
    person.dial(centre, NUMBER, (), entry=ENTRY)
    await person.hears_of("up")
    await until(lambda: person.hears(tone_hz), within_s=20.0, what=f"the recording of {tone_hz} Hz")


@aio
async def test_a_message_outlives_the_core_and_a_new_version_and_is_played(
    centre: Centre, tmp_path: Path
) -> None:
    await deployed(centre, tmp_path, BEFORE_HZ)
    async with supervisor(centre) as sofia, caller(tmp_path) as person:
        await calls_and_hears(person, centre, BEFORE_HZ)
        contact = str((await sofia.contact_of(NUMBER))["id"])
        await asyncio.sleep(4.0)  # what is left of the greeting, and the beginning of a message
        await deployed(centre, tmp_path, AFTER_HZ)
        await other_core(centre, sofia)
        person.press("#")
        heard_s = person.heard_s
        await until(lambda: person.hears(BEFORE_HZ), within_s=20.0, what="the question as it was recorded")
        assert not audio.tone_present(person.heard(heard_s), AFTER_HZ)
        person.press("4")
        await person.hears_of("ended", within_s=40.0)
        story = await sofia.story(contact, lambda row: row["outcome"] is not None)
        person.forget()
        await calls_and_hears(person, centre, AFTER_HZ)
        person.hang_up()
        await person.hears_of("ended")
    events = [each["event"] for each in story["events"]]
    (left,) = [each for each in events if each["type"] == "MessageLeft"]
    assert left["queue"] == "billing"
    assert 3.0 < left["seconds"] < 60.0
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
