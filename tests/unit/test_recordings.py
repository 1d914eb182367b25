"""What the log tells of a recording, and what becomes of two tracks."""

import numpy as np

from contact_center.cti import events as cti
from contact_center.recordings.encode import aligned, peaks
from contact_center.recordings.recording import Pause, contact_of, told
from contact_center.recordings.service import file_of
from contact_center.telephony.media import audio
from tests.calls import ARRIVED_AT, recorded

START = cti.RecordingStarted(contact="k", recording="k.1", queue="billing", agent="a1")


def test_pauses_run_from_the_beginning_of_the_recording() -> None:
    log = recorded(
        [
            START,
            cti.RecordingPaused(contact="k", recording="k.1", by="agent"),
            cti.RecordingResumed(contact="k", recording="k.1", by="api"),
            cti.RecordingPaused(contact="k", recording="k.1", by="agent"),
            cti.RecordingStopped(contact="k", recording="k.1", seconds=8.0),
        ]
    )
    story = told("k.1", reversed(log))
    assert story is not None
    assert story.pauses == (Pause(from_s=2.0, to_s=4.0), Pause(from_s=6.0, to_s=8.0))
    assert (story.started_at, story.agent, story.queue, story.over) == (ARRIVED_AT, "a1", "billing", True)
    assert story.fault == ""
    assert told("k.2", log) is None


def test_a_failure_is_kept_with_its_reason_and_an_open_pause_stays_open() -> None:
    paused = cti.RecordingPaused(contact="k", recording="k.1", by="flow")
    failed = cti.RecordingFailed(contact="k", recording="k.1", why="disk full")
    story = told("k.1", recorded([START, failed]))
    assert story is not None
    assert (story.over, story.fault) == (True, "disk full")
    still = told("k.1", recorded([START, paused]))
    assert still is not None
    assert (still.over, still.paused_s) == (False, 2.0)


def test_names_lead_to_contact_and_day() -> None:
    assert contact_of("c-1.x.12") == "c-1.x"
    assert file_of("k.1", ARRIVED_AT) == "2023/11/14/k.1.ogg"


def test_peaks_say_where_it_is_loud() -> None:
    samples = np.concatenate([audio.silence(1.0), audio.tone(400, 1.0, level_dbfs=-6.0)])
    found = peaks(samples, 8)
    assert found[:4] == [0, 0, 0, 0]
    assert all(48 <= peak <= 52 for peak in found[4:])
    assert peaks(audio.silence(0.0)) == []
    assert len(peaks(audio.silence(0.001))) == 8  # no more points than samples


def test_the_shorter_track_ends_in_silence() -> None:
    left, right = aligned(audio.tone(400, 1.0), audio.tone(400, 0.5))
    assert len(left) == len(right) == audio.RATE_HZ
    assert not right[audio.RATE_HZ // 2 :].any()
