"""Prompts become files before the first call; sound is resampled, levelled and loops without a seam."""

import io
import wave
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from contact_center.ivr.audio import (
    RATE_HZ,
    Samples,
    SoundError,
    check_playable,
    hold_music,
    levelled,
    read_wav,
    resample,
    trimmed,
    write_wav,
)
from contact_center.ivr.check import check_paths, load_flow
from contact_center.ivr.events import Prompt
from contact_center.ivr.prompts import Prompts, SpeechError, digit_words, number_words
from contact_center.ivr.speech import Espeak
from tests.support import run_apart as run
from tests.unit.test_ivr_check import GOOD


def tone(hertz: float, rate_hz: int, length_s: float = 0.5) -> Samples:
    return np.asarray(0.5 * np.sin(2 * np.pi * hertz * np.arange(int(rate_hz * length_s)) / rate_hz))


class ToneSpeech:
    """Speaks every text as a tone at 16 kHz, and remembers what it was asked."""

    def __init__(self) -> None:
        self.spoken: list[tuple[str, str]] = []

    def name(self, language: str) -> str:
        return f"tone/{language}"

    def speak(self, text: str, language: str) -> bytes:
        self.spoken.append((text, language))
        content = io.BytesIO()
        with wave.open(content, "wb") as sound:
            sound.setnchannels(1)
            sound.setsampwidth(2)
            sound.setframerate(16000)
            sound.writeframes((tone(500, 16000) * 32767).astype("<i2").tobytes())
        return content.getvalue()


def prepared(
    tmp_path: Path, text: str = GOOD, recordings: Path | None = None
) -> tuple[Prompts, ToneSpeech, int]:
    file = tmp_path / "flow.yaml"
    file.write_text(text, encoding="utf-8")
    speech = ToneSpeech()
    prompts = Prompts(tmp_path / "cache", recordings, speech)
    made = run(prompts.prepare(load_flow(file)))
    return prompts, speech, made


def phrase(language: str) -> Prompt:
    text = {"en": "Press 1.", "zh": "请按 1。"}[language]
    return Prompt(kind="phrase", value="ask", language=language, text=text)


def test_two_flows_may_have_one_key_with_two_texts(tmp_path: Path) -> None:
    prompts, speech, _ = prepared(tmp_path)
    other = tmp_path / "other.yaml"
    other.write_text(GOOD.replace("Press 1.", "Press one."), encoding="utf-8")
    run(prompts.prepare(load_flow(other)))
    assert ("Press one.", "en") in speech.spoken
    mine, theirs = prompts.files([phrase("en"), replace(phrase("en"), text="Press one.")])
    assert mine != theirs
    assert "silence" not in mine + theirs


def test_amounts_and_dates_are_made_of_prepared_pieces(tmp_path: Path) -> None:
    spoken = "position: [{money: count, currency: EUR}, {date: pin}]\n    after: bye"
    prompts, _, _ = prepared(tmp_path, GOOD.replace("after: bye", spoken))
    for language in ("en", "zh"):
        for kind, value in (("money", "1234567.05 CNY"), ("money", "-0.5 EUR"), ("date", "2026-12-31")):
            said = prompts.files([Prompt(kind=kind, value=value, language=language)])  # type: ignore[arg-type]
            assert len(said) >= 3
            assert not any("silence" in file for file in said)


def test_every_language_is_prepared_once_and_cached_by_content(tmp_path: Path) -> None:
    prompts, speech, made = prepared(tmp_path)
    assert sorted(speech.spoken) == [("Press 1.", "en"), ("请按 1。", "zh")]
    assert made == 3  # and the music
    files = prompts.files([phrase("en"), phrase("zh")])
    assert len(set(files)) == 2
    for file in files:
        check_playable(Path(file))
    again, speech, made = prepared(tmp_path)
    assert (speech.spoken, made) == ([], 0)
    assert again.files([phrase("en"), phrase("zh")]) == files
    _, speech, made = prepared(tmp_path, GOOD.replace("Press 1.", "Press one."))
    assert speech.spoken == [("Press one.", "en")]


def test_progress_is_told(tmp_path: Path) -> None:
    file = tmp_path / "flow.yaml"
    file.write_text(GOOD, encoding="utf-8")
    told: list[tuple[int, int]] = []
    prompts = Prompts(tmp_path / "cache", None, ToneSpeech())
    run(prompts.prepare(load_flow(file), lambda done, of: told.append((done, of))))
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_a_recording_comes_before_speech_and_must_be_playable(tmp_path: Path) -> None:
    recording = tmp_path / "prompts" / "en" / "ask.wav"
    write_wav(recording, tone(300, RATE_HZ))
    prompts, speech, _ = prepared(tmp_path, recordings=tmp_path / "prompts")
    assert speech.spoken == [("请按 1。", "zh")]
    assert prompts.files([phrase("en")]) == (str(recording.resolve()),)
    flow = load_flow(tmp_path / "flow.yaml")
    with wave.open(str(recording), "wb") as sound:
        sound.setnchannels(2)
        sound.setsampwidth(2)
        sound.setframerate(44100)
        sound.writeframes(bytes(400))
    with pytest.raises(SoundError, match=r"ask\.wav: is 44100 Hz, 2 channel"):  # changed after the check
        run(prompts.prepare(flow))
    (found,) = check_paths([tmp_path])
    assert str(found).startswith(
        f"{recording}:1: is 44100 Hz, 2 channel(s), 16 bit; prompts are 8000 Hz mono"
    )
    recording.write_bytes(b"no sound")
    assert list(map(str, check_paths([tmp_path]))) == [
        f"{recording}:1: not a WAV file: file does not start with RIFF id"
    ]
    recording.write_bytes(b"")
    assert list(map(str, check_paths([tmp_path]))) == [f"{recording}:1: not a WAV file: it ends too early"]


def test_numbers_are_made_of_prepared_pieces(tmp_path: Path) -> None:
    text = GOOD.replace("after: bye", "position: {number: queue_position}\n    after: bye")
    prompts, _, _ = prepared(tmp_path, text)
    seven, thirty_five, digits = (
        prompts.files([Prompt(kind=kind, value=value, language="zh")])  # type: ignore[arg-type]
        for kind, value in (("number", "7"), ("number", "35"), ("digits", "+35"))
    )
    assert (len(seven), len(thirty_five), len(digits)) == (1, 2, 2)
    assert thirty_five[1] == digits[1]
    assert thirty_five[0] != digits[0]
    assert (number_words("20"), number_words("21"), number_words("120")) == (
        ("20",),
        ("20", "1"),
        ("1", "hundred", "20"),
    )
    assert digit_words("+1 4") == ("1", "4")


def test_what_was_not_prepared_is_silence_never_a_crash(tmp_path: Path) -> None:
    prompts, _, _ = prepared(tmp_path)
    (file,) = prompts.files([Prompt(kind="text", value="never heard of", language="en")])
    samples, rate_hz = read_wav(Path(file).read_bytes())
    assert (rate_hz, float(np.max(np.abs(samples)))) == (RATE_HZ, 0.0)
    assert prompts.files([Prompt(kind="digits", value="abc", language="en")]) == (file,)


def test_a_missing_espeak_names_the_package(tmp_path: Path) -> None:
    file = tmp_path / "flow.yaml"
    file.write_text(GOOD, encoding="utf-8")
    prompts = Prompts(tmp_path / "cache", None, Espeak(program="espeak-ng-is-not-here"))
    with pytest.raises(SpeechError, match="install the package espeak-ng"):
        run(prompts.prepare(load_flow(file)))


def loudest_hertz(samples: Samples) -> float:
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(samples.size)))
    return float(np.argmax(spectrum) * RATE_HZ / samples.size)


@pytest.mark.parametrize("rate_hz", [22050, 16000, 44100, 48000, 11025])
def test_resampling_keeps_pitch_length_and_level_and_drops_what_would_fold(rate_hz: int) -> None:
    kept = resample(tone(1000, rate_hz), rate_hz)
    assert abs(kept.size - RATE_HZ // 2) <= 1
    assert loudest_hertz(kept) == pytest.approx(1000, abs=3)
    assert float(np.sqrt(np.mean(kept**2))) == pytest.approx(0.5 / np.sqrt(2), rel=0.02)
    dropped = resample(tone(5000, rate_hz), rate_hz)
    assert float(np.sqrt(np.mean(dropped[200:-200] ** 2))) < 0.005


def test_trimming_and_levelling() -> None:
    speech = np.concatenate([np.zeros(4000), tone(400, RATE_HZ) / 10, np.zeros(8000)])
    done = levelled(trimmed(speech), 0.11)
    assert done.size == pytest.approx(RATE_HZ * 0.7, abs=40)
    assert float(np.max(np.abs(done))) <= 0.9
    assert float(np.sqrt(np.mean(done[400:4400] ** 2))) == pytest.approx(0.11, rel=0.1)
    assert not np.any(levelled(np.zeros(100), 0.1))


def test_hold_music_is_soft_varied_and_seamless() -> None:
    music = hold_music()
    assert music.size == 20 * RATE_HZ
    assert 0.03 < float(np.sqrt(np.mean(music**2))) < 0.08
    assert float(np.max(np.abs(music))) < 0.6
    seam = abs(float(music[0] - music[-1]))
    assert seam <= float(np.max(np.abs(np.diff(music))))
    quietest_s = min(float(np.sqrt(np.mean(part**2))) for part in np.split(music, 40))
    assert quietest_s > 0.02
    spectrum = np.sort(np.abs(np.fft.rfft(music)) ** 2)[::-1]
    assert float(spectrum[:3].sum() / spectrum.sum()) < 0.5  # no raw sine


@pytest.mark.parametrize("content", [b"", b"RIFF", b"RIFF\0\0\0\0WAVEdata", b"not sound at all, really not"])
def test_what_is_no_wav_is_refused(content: bytes) -> None:
    with pytest.raises(SoundError, match="not a WAV file"):
        read_wav(content)
