"""Recordings kept, listened to and let go, on both databases; what is left after a crash is found."""

import hashlib
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import av
import httpx
import numpy as np
import pytest

from contact_center.cti import events as cti
from contact_center.cti.events import Recorded
from contact_center.recordings.recording import AuditRow, Pause, Peaks, Recording
from contact_center.recordings.service import Recordings
from contact_center.runtime.directory import QueueSettings
from contact_center.storage.engine import Database
from contact_center.storage.recordings import RecordingStore
from contact_center.telephony.media import audio
from tests.calls import ARRIVED_AT, recorded
from tests.support import aio, until
from tests.web_fakes import NOW, Web

API = "/api/v1"
DAY_S = 86_400.0
KEPT = Recording(
    id="k.1",
    contact="k",
    queue="billing",
    agent="a1",
    started_at=NOW - 60,
    seconds=12.5,
    file="2023/11/14/k.1.ogg",
    bytes=10,
    sha256="f" * 64,
    peaks=Peaks(left=(1, 2), right=(3, 4)),
    pauses=(Pause(from_s=1.0, to_s=2.5),),
    expires_at=NOW + DAY_S,
)


def decoded(file: Path) -> tuple[audio.Samples, audio.Samples]:
    """Left and right of an encoded file, at 8 kHz."""
    parts = []
    with av.open(str(file)) as container:
        assert container.streams.audio[0].codec_context.name == "opus"
        resampler = av.AudioResampler(format="s16", layout="stereo", rate=audio.RATE_HZ)
        for frame in (*container.decode(audio=0), None):
            parts += [part.to_ndarray().reshape(-1, 2) for part in resampler.resample(frame)]
    both = np.concatenate(parts)
    return both[:, 0].astype(np.int16), both[:, 1].astype(np.int16)


class Work:
    """A recordings service over a real store, with a log that is a list."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.now, self.log, self.running = ARRIVED_AT + 100, list[Recorded](), set[str]()
        self.store = RecordingStore(database)
        queue = QueueSettings(id="billing", name="B", name_zh="B", recording=True, recording_days=2)
        self.ids = 0
        self.service = Recordings(
            folder=folder,
            shelf=self.store,
            events_of=self.events_of,
            queues=lambda: {"billing": queue},
            running=lambda: self.running,
            clock=lambda: self.now,
            new_id=self.new_id,
        )
        self.service.live.mkdir(parents=True)

    def new_id(self) -> str:
        self.ids += 1
        return f"a{self.ids}"

    async def events_of(self, contact: str) -> Sequence[Recorded]:
        return [r for r in self.log if cti.contact_of(r.event) == contact]

    def said(self, name: str, caller: audio.Samples, agent: audio.Samples) -> None:
        audio.write_wav(self.service.live / f"{name}.left.wav", caller)
        audio.write_wav(self.service.live / f"{name}.right.wav", agent)


def story(name: str, end: cti.CtiEvent) -> list[Recorded]:
    contact = name.rpartition(".")[0]
    return recorded([cti.RecordingStarted(contact=contact, recording=name, queue="billing", agent="a1"), end])


@aio
async def test_two_tracks_become_one_kept_file_with_checksum_and_waveform(
    database: Database, tmp_path: Path
) -> None:
    work = Work(database, tmp_path / "recordings")
    work.said("k.1", audio.tone(1000, 3.0), audio.tone(440, 2.98))
    work.log = story("k.1", cti.RecordingStopped(contact="k", recording="k.1", seconds=3.0))
    await work.service.finish("k.1")
    (kept,) = await work.store.of_contact("k")
    file = work.service.folder / kept.file
    left, right = decoded(file)
    assert abs(len(left) / audio.RATE_HZ - 3.0) < 0.05
    middle = slice(audio.RATE_HZ // 2, 2 * audio.RATE_HZ)
    for samples, own, other in ((left, 1000.0, 440.0), (right, 440.0, 1000.0)):
        assert audio.tone_present(samples[middle], own)
        assert audio.tone_present(samples[middle], other).snr_db < -40  # one side is not heard on the other
    assert kept.sha256 == hashlib.sha256(file.read_bytes()).hexdigest()
    assert (kept.bytes, file.stat().st_mode & 0o777) == (file.stat().st_size, 0o600)
    assert (kept.seconds, len(kept.peaks.left), len(kept.peaks.right)) == (3.0, 800, 800)
    assert kept.expires_at == kept.started_at + 2 * DAY_S
    assert list(work.service.live.iterdir()) == []


@aio
async def test_what_a_crash_left_behind_is_found_unless_its_call_still_runs(
    sqlite_database: Database, tmp_path: Path
) -> None:
    work = Work(sqlite_database, tmp_path / "recordings")
    for name in ("k.1", "m.1", "stranger.1"):
        work.said(name, audio.tone(1000, 1.0), audio.tone(440, 1.0))
    unfinished = work.service.live / "k.1.right.wav"
    os.truncate(unfinished, unfinished.stat().st_size - 801)  # killed in the middle of a write
    (work.service.live / "k.1.ogg").write_bytes(b"half an encoded file")
    work.log = story("k.1", cti.RecordingFailed(contact="k", recording="k.1", why="conversation lost"))
    work.running = {"m.1"}
    assert work.service.left_behind() == ["k.1", "stranger.1"]
    work.service.start()
    try:
        await until(lambda: work.service.left_behind() == [], within_s=20, what="left-overs encoded")
    finally:
        work.service.stop()
    (kept,) = await work.store.of_contact("k")
    assert (kept.fault, kept.seconds) == ("conversation lost", 1.0)
    (unknown,) = await work.store.of_contact("stranger")
    assert (unknown.agent, unknown.queue) == ("", "")
    assert len(list(work.service.live.iterdir())) == 2  # the call that runs


@aio
async def test_a_recording_that_never_got_a_word_leaves_nothing(
    sqlite_database: Database, tmp_path: Path
) -> None:
    work = Work(sqlite_database, tmp_path / "recordings")
    (work.service.live / "k.1.left.wav").touch()
    work.log = story("k.1", cti.RecordingFailed(contact="k", recording="k.1", why="disk full"))
    await work.service.finish("k.1")
    assert await work.store.of_contact("k") == []
    assert list(work.service.live.iterdir()) == []


@aio
async def test_when_its_days_are_over_file_and_row_go_and_the_audit_says_so(
    database: Database, tmp_path: Path
) -> None:
    work = Work(database, tmp_path / "recordings")
    young = replace(KEPT, id="k.2", file="2023/11/14/k.2.ogg", expires_at=NOW + 10)
    old = replace(KEPT, expires_at=NOW - 1)
    for kept in (old, young):
        await work.store.keep(kept)
        file = work.service.folder / kept.file
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"sound")
    work.now = NOW
    assert await work.service.expire() == 1
    assert await work.store.of_contact("k") == [young]
    assert [f.name for f in work.service.folder.rglob("*.ogg")] == ["k.2.ogg"]
    (row,) = await work.store.noted(10)
    assert (row.user, row.action, row.subject) == ("system", "recording.expired", "k.1")
    assert await work.service.expire() == 0


@aio
async def test_rows_come_back_as_they_were(database: Database) -> None:
    store = RecordingStore(database)
    await store.keep(KEPT)
    await store.keep(KEPT)
    assert await store.of_contact("k") == [KEPT]
    rows = [
        AuditRow(id=f"a{n}", at=NOW + n, user="sue", action="x", subject=s, address="::1")
        for n, s in enumerate(("k.1", "m.1"))
    ]
    for row in rows:
        await store.note(row)
    assert await store.noted(10) == rows[::-1]
    assert await store.noted(10, "k.1") == rows[:1]


# -- over HTTP ----------------------------------------------------------------------------------------


async def shelve(web: Web, kept: Recording, sound: bytes) -> None:
    file = web.recordings_dir / kept.file
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(sound)
    await web.recordings.keep(kept)


def outcome(response: httpx.Response) -> int:
    return response.status_code


@aio
async def test_supervisors_play_and_every_play_is_written_down(web: Web) -> None:
    sound = bytes(range(256)) * 4
    await shelve(web, KEPT, sound)
    async with web.browser("sue") as client:
        body = (await client.get(f"{API}/recordings/k")).json()
        assert body["recordings"][0]["peaks"] == {"left": [1, 2], "right": [3, 4]}
        assert body["recordings"][0]["pauses"] == [{"from_s": 1.0, "to_s": 2.5}]
        whole = await client.get(f"{API}/recordings/k/audio")
        assert (whole.status_code, whole.content) == (200, sound)
        assert whole.headers["content-type"] == "audio/ogg"
        assert whole.headers["cache-control"] == "no-store"
        more = await client.get(f"{API}/recordings/k/audio", headers={"Range": "bytes=100-199"})
        assert (more.status_code, more.content) == (206, sound[100:200])
        assert len(await web.recordings.noted(10)) == 1  # the rest of one play
        await client.get(f"{API}/recordings/k/audio", headers={"Range": "bytes=0-"})
        web.now[0] += 301
        await client.get(f"{API}/recordings/k/audio", headers={"Range": "bytes=100-"})
        assert outcome(await client.get(f"{API}/recordings/none")) == 404
        assert outcome(await client.get(f"{API}/recordings/k/audio?part=2")) == 404
        assert outcome(await client.get(f"{API}/audit")) == 403
    rows = await web.recordings.noted(10)
    assert len(rows) == 3
    assert {(r.user, r.action, r.subject, r.address) for r in rows} == {
        ("sue", "recording.played", "k.1", "127.0.0.1")
    }


@pytest.mark.parametrize(("login", "status"), [("ann", 200), ("bo", 403), ("ivo", 403), (None, 401)])
@aio
async def test_an_agent_hears_the_own_calls_only(web: Web, login: str | None, status: int) -> None:
    await shelve(web, KEPT, b"sound")
    async with web.browser(login) as client:
        for path in ("/recordings/k", "/recordings/k/audio"):
            assert outcome(await client.get(f"{API}{path}")) == status
    assert len(await web.recordings.noted(10)) == (1 if status == 200 else 0)


@aio
async def test_an_agent_hears_nothing_when_the_queue_says_so(web: Web) -> None:
    await shelve(web, replace(KEPT, queue="private"), b"sound")
    async with web.browser("ann") as client:
        assert outcome(await client.get(f"{API}/recordings/k/audio")) == 403


@aio
async def test_administrators_read_the_audit(web: Web) -> None:
    await shelve(web, KEPT, b"sound")
    async with web.browser("ada") as client:
        await client.get(f"{API}/recordings/k/audio")
        rows = (await client.get(f"{API}/audit?subject=k.1")).json()["rows"]
    assert [(row["user"], row["action"]) for row in rows] == [("ada", "recording.played")]


@aio
async def test_agents_pause_their_own_call_and_programs_any(web: Web) -> None:
    for login in ("ann", "ivo"):
        async with web.browser(login) as client:
            for act in ("pause", "resume"):
                assert outcome(await client.post(f"{API}/contacts/k/recording/{act}")) == 204
    assert web.desk.acts == [
        ("pause_recording", "a1", "k"),
        ("resume_recording", "a1", "k"),
        ("pause_recording", "-", "k"),
        ("resume_recording", "-", "k"),
    ]
