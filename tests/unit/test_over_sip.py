"""A prompt is known again in what a phone heard, and another one is not taken for it."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from contact_center.demo.over_sip import SipResult, Sound, find, marks_of, run_over_sip
from contact_center.ivr.audio import write_wav
from contact_center.telephony.media import audio
from tests.unit.test_ivr_check import GOOD


def speech(seed: int, seconds: float) -> Sound:
    """Something as restless as speech."""
    random = np.random.default_rng(seed)
    loud = np.repeat(random.uniform(0.2, 1.0, int(seconds * 20) + 1), audio.RATE_HZ // 20)
    noise = np.convolve(random.normal(0, 0.3, loud.size), np.ones(6) / 6, "same")
    return np.asarray(np.clip(loud * noise, -1, 1))


def over_the_phone(sound: Sound) -> Sound:
    """As G.711 brings it."""
    samples = audio.ulaw_decode(audio.ulaw_encode((sound * 32767).astype(np.int16)))
    return samples.astype(np.float64) / 32768


def test_a_prompt_is_found_where_it_is(tmp_path: Path) -> None:
    prompt, other = speech(1, 2.5), speech(2, 2.5)
    write_wav(tmp_path / "prompt.wav", prompt)
    heard = over_the_phone(np.concatenate([other, np.zeros(4000), prompt]))
    first, second, *_ = (mark.piece for mark in marks_of(tmp_path / "prompt.wav"))
    at = find(first, heard)
    assert at is not None
    assert abs(at - (other.size + 4000 + 1.1 * audio.RATE_HZ)) < 400
    assert find(second, heard) is not None
    assert find(first, over_the_phone(other)) is None
    assert find(first, heard[:100]) is None
    assert find(first, np.zeros(40_000)) is None


def test_a_prompt_is_known_by_its_end_to_who_hears_it_late(tmp_path: Path) -> None:
    """A phone on a busy machine: all of a short greeting but its last second is gone."""
    prompt = speech(4, 1.4)
    write_wav(tmp_path / "prompt.wav", prompt)
    late = over_the_phone(np.concatenate([prompt[-6600:], np.zeros(2000)]))
    hits = [find(mark.piece, late) is not None for mark in marks_of(tmp_path / "prompt.wav")]
    assert hits[-1]
    assert not any(hits[:-1]), "nothing else would have told it"


def test_a_silent_prompt_has_nothing_to_know_it_by_and_a_short_one_is_known_too(tmp_path: Path) -> None:
    write_wav(tmp_path / "silent.wav", np.zeros(8000))
    write_wav(tmp_path / "short.wav", speech(3, 0.4))
    assert marks_of(tmp_path / "silent.wav") == []
    piece = marks_of(tmp_path / "short.wav")[0].piece
    assert piece.size == 1600
    assert find(piece, over_the_phone(np.concatenate([np.zeros(800), speech(3, 0.4)]))) is not None


@pytest.mark.parametrize(
    ("settings", "note"),
    [
        ("customer: {id: c1}", "it has to arrange a customer record"),
        ("at: 2026-01-01", "it has to arrange a date"),
        ("records: silent", "it has to arrange silent records"),
        ("callback: closed", "it has to arrange callbacks"),
        ("callback_wait_s: 60", "it has to arrange callbacks"),
    ],
)
def test_what_a_phone_cannot_arrange_is_said(tmp_path: Path, settings: str, note: str) -> None:
    flow = "languages: [en]\nstart: bye\nnumbers: ['1']\nnodes: {bye: {kind: hangup}}\n"
    (tmp_path / "flow.yaml").write_text(flow, encoding="utf-8")
    test = f"tests: {{one: {{{settings}, steps: [end]}}}}"
    (tmp_path / "flow.test.yaml").write_text(test, encoding="utf-8")
    (result,) = results(tmp_path)
    assert (result.ran, result.passed, result.note) == (False, True, note)


def test_a_faulty_test_file_fails(tmp_path: Path) -> None:
    (tmp_path / "flow.yaml").write_text(GOOD, encoding="utf-8")
    (tmp_path / "flow.test.yaml").write_text("tests: {one: {steps: [dance]}}", encoding="utf-8")
    (result,) = results(tmp_path)
    assert "'dance' is no step" in result.why


def results(folder: Path) -> list[SipResult]:
    """As the command gets them: outside of any event loop."""
    with ThreadPoolExecutor(1) as thread:
        run = run_over_sip([folder], centre="127.0.0.1:1", prompts=folder / "cache")
        return thread.submit(lambda: list(run)).result()
