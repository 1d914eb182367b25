"""Tones are found where they are and nowhere else; files and µ-law survive the round trip."""

import wave
from pathlib import Path

import numpy as np
import pytest

from contact_center.telephony.media import audio
from contact_center.telephony.media.taping import Silence


def test_a_wav_file_survives_the_round_trip(tmp_path: Path) -> None:
    samples = audio.tone(440, 0.5)
    audio.write_wav(tmp_path / "a.wav", samples)
    assert np.array_equal(audio.read_wav(tmp_path / "a.wav"), samples)
    assert audio.wav_seconds(tmp_path / "a.wav") == pytest.approx(0.5)


def test_other_audio_is_refused_by_name(tmp_path: Path) -> None:
    file = tmp_path / "cd.wav"
    with wave.open(str(file), "wb") as cd:
        cd.setnchannels(2)
        cd.setsampwidth(2)
        cd.setframerate(44100)
        cd.writeframes(bytes(400))
    with pytest.raises(audio.NotTelephonyAudioError, match=r"cd\.wav: 44100 Hz, 2 channels"):
        audio.read_wav(file)
    file.write_text("not sound")
    with pytest.raises(audio.NotTelephonyAudioError, match=r"cd\.wav"):
        audio.wav_seconds(file)


def test_a_tone_has_its_level() -> None:
    assert audio.level_dbfs(audio.tone(1000, 1, -20)) == pytest.approx(-20, abs=0.1)
    assert audio.level_dbfs(audio.silence(1)) == audio.SILENCE_DBFS


@pytest.mark.parametrize("freq_hz", [350, 440, 1000, 2000, 3000])
def test_a_tone_is_found_at_its_frequency_only(freq_hz: float) -> None:
    found = audio.tone_present(audio.tone(freq_hz, 0.5), freq_hz)
    assert found
    assert found.share > 0.99
    assert found.snr_db > 20
    assert not audio.tone_present(audio.tone(freq_hz, 0.5), freq_hz + 90)


def test_both_tones_of_a_mix_are_found() -> None:
    mixed = audio.mix(audio.tone(440, 0.5), audio.tone(1000, 0.25))
    assert len(mixed) == 4000
    assert audio.tone_present(mixed, 440)
    assert audio.tone_present(mixed, 1000)
    assert not audio.tone_present(mixed, 700)


def test_noise_and_silence_hold_no_tone() -> None:
    noise = np.random.default_rng(7).integers(-8000, 8000, 8000).astype(np.int16)
    assert not audio.tone_present(noise, 440)
    assert not audio.tone_present(audio.silence(1), 440)
    assert not audio.tone_present(audio.silence(0), 440)


def test_how_long_a_tone_lasted() -> None:
    samples = np.concatenate([audio.silence(1), audio.tone(440, 1), audio.silence(0.5)])
    assert audio.tone_seconds(samples, 440) == pytest.approx(1.0)


def test_ulaw_keeps_speech_within_its_steps() -> None:
    samples = np.arange(-32000, 32000, 7).astype(np.int16)
    back = audio.ulaw_decode(audio.ulaw_encode(samples))
    error = np.abs(back.astype(int) - samples)
    assert np.all(error <= np.abs(samples.astype(int)) // 16 + 8)


def test_ulaw_known_codes() -> None:
    assert audio.ulaw_encode(np.array([0, -1, 32767, -32768], dtype=np.int16)) == b"\xff\x7f\x80\x00"
    assert audio.ulaw_decode(b"\xff\x80\x00").tolist() == [0, 32124, -32124]


def test_every_ulaw_code_is_its_own_image() -> None:
    codes = bytes(code for code in range(256) if code != 0x7F)  # 0x7F is the second zero
    assert audio.ulaw_encode(audio.ulaw_decode(codes)) == codes


def test_silence_at_the_end_of_a_growing_file_is_told_once_for_every_so_long(tmp_path: Path) -> None:
    file = tmp_path / "live.wav"
    listening = Silence(file, after_s=2.0)
    assert not listening.is_long()  # there is no file yet
    quiet_room = np.random.default_rng(1).normal(0, 40, 60 * audio.RATE_HZ).astype(np.int16)
    speech = [audio.tone(300, 0.3), audio.silence(1.5), audio.tone(300, 0.2)]
    whole = np.concatenate([*speech, quiet_room])
    assert audio.level_dbfs(quiet_room) < -50
    told = []
    for now_s in np.arange(0.5, 8.5, 0.5):
        audio.write_wav(file, whole[: int(now_s * audio.RATE_HZ)])
        if listening.is_long():
            told.append((float(now_s), listening.sounded_s))
    assert told == [(4.0, 2.0), (6.0, 2.0), (8.0, 2.0)]


def test_nothing_said_is_silence_from_the_beginning(tmp_path: Path) -> None:
    file = tmp_path / "live.wav"
    audio.write_wav(file, audio.silence(3.0))
    listening = Silence(file, after_s=3.0)
    assert listening.is_long()
    assert listening.sounded_s == 0.0
