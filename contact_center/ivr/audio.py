"""Sound as arrays: 8 kHz mono 16-bit WAV in and out, resampling, levels, and the music on hold."""

import io
import os
import threading
import wave
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from contact_center.ivr.companions import unplayable
from contact_center.runtime.sentences import Refusal, Word

RATE_HZ = 8000
SPEECH_RMS = 0.11
MUSIC_RMS = 0.05
PEAK = 0.9

Samples = NDArray[np.float64]
"""Mono samples from -1 to 1."""


class SoundError(Refusal):
    """The file is no sound we can play; the message says why."""


def read_wav(content: bytes) -> tuple[Samples, int]:
    """Samples and rate of a 16-bit WAV; several channels are mixed to one. Raises `SoundError`."""
    try:
        with wave.open(io.BytesIO(_with_true_length(content))) as file:
            if file.getsampwidth() != 2:
                raise SoundError("only 16-bit WAV files are read")
            raw = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
            return raw.reshape(-1, file.getnchannels()).mean(axis=1) / 32768.0, file.getframerate()
    except (wave.Error, EOFError, ValueError) as error:
        raise SoundError("not a WAV file: {why}", why=Word(str(error))) from error


def _with_true_length(content: bytes) -> bytes:
    """espeak-ng writing to a pipe cannot go back to fill in the lengths; fill them in here."""
    at = content.find(b"data", 12)
    if at < 0 or content[at + 4 : at + 8] not in (b"\xff\xff\xff\xff", b"\x00\xf0\xff\x7f"):
        return content
    size = len(content) - at - 8
    head = content[:4] + (len(content) - 8).to_bytes(4, "little") + content[8 : at + 4]
    return head + size.to_bytes(4, "little") + content[at + 8 :]


def check_playable(file: Path) -> None:
    """Raise `SoundError` unless a recording is what conversations play: 8 kHz mono 16-bit."""
    try:
        fault = unplayable(str(file))
    except OSError as error:
        raise SoundError("{file}: not a WAV file: {why}", file=file, why=Word(str(error))) from error
    if fault is not None:
        raise SoundError("{file}: {fault}", file=file, fault=fault)


def write_wav(file: Path, samples: Samples) -> None:
    """Write 8 kHz mono 16-bit, complete or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_name(f".{file.name}.{os.getpid()}-{threading.get_ident()}")
    with wave.open(str(partial), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(RATE_HZ)
        sound.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
    partial.replace(file)


def joined(files: Iterable[Path]) -> bytes:
    """Files of ours one after the other, as one 8 kHz mono 16-bit WAV."""
    whole = io.BytesIO()
    with wave.open(whole, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(RATE_HZ)
        for file in files:
            with wave.open(str(file)) as part:
                sound.writeframes(part.readframes(part.getnframes()))
    return whole.getvalue()


def resample(samples: Samples, rate_hz: int) -> Samples:
    """To 8 kHz by Fourier transform, fading out from 3.5 to 3.9 kHz so that nothing folds back."""
    if rate_hz == RATE_HZ or not samples.size:
        return samples
    step = rate_hz // int(np.gcd(rate_hz, RATE_HZ))
    padding = rate_hz // 10
    padded = np.concatenate(
        [np.zeros(padding), samples, np.zeros(padding + (-samples.size - 2 * padding) % step)]
    )
    length = padded.size * RATE_HZ // rate_hz
    spectrum = np.fft.rfft(padded)[: length // 2 + 1]
    spectrum = np.pad(spectrum, (0, length // 2 + 1 - spectrum.size))
    hertz = np.fft.rfftfreq(length, 1 / RATE_HZ)
    spectrum *= np.clip((3900 - hertz) / 400, 0, 1)
    whole = np.fft.irfft(spectrum, length) * (length / padded.size)
    start = padding * RATE_HZ // rate_hz
    return np.asarray(whole[start : start + samples.size * RATE_HZ // rate_hz])


def trimmed(samples: Samples, *, before_s: float = 0.05, after_s: float = 0.15) -> Samples:
    """Without the silence at both ends, but for a breath."""
    loud = np.flatnonzero(np.abs(samples) > 0.01)
    if not loud.size:
        return samples
    spoken = samples[loud[0] : loud[-1] + 1]
    return np.concatenate([np.zeros(int(before_s * RATE_HZ)), spoken, np.zeros(int(after_s * RATE_HZ))])


def levelled(samples: Samples, rms: float) -> Samples:
    """At the given loudness (root mean square of what is not silence), peaks kept below clipping."""
    audible = samples[np.abs(samples) > 0.005]
    if not audible.size:
        return samples
    gain = rms / float(np.sqrt(np.mean(audible**2)))
    return samples * min(gain, PEAK / float(np.max(np.abs(samples))))


# -- music on hold -----------------------------------------------------------------------------------

_BEAT_S = 0.625
_CHORDS = (  # two bars of four beats each: F major 9, D minor 9, B flat major 7, C sus 9
    (53, (57, 60, 64, 67)),
    (50, (57, 60, 65, 64)),
    (46, (58, 62, 65, 69)),
    (48, (58, 62, 65, 67)),
)
_PATTERN = (0, 2, 1, 3, 2, 1, 3, 2)


def hold_music() -> Samples:
    """Twenty seconds that loop without a seam: soft pads, a slow bass and a plucked figure."""
    total = int(len(_CHORDS) * 8 * _BEAT_S * RATE_HZ)
    mix = np.zeros(total)
    for number, (bass, chord) in enumerate(_CHORDS):
        start_s = number * 8 * _BEAT_S
        _add(mix, start_s, _pad(bass, 8 * _BEAT_S) * 0.5)
        for note in chord:
            _add(mix, start_s, _pad(note, 8 * _BEAT_S) * 0.22)
        for beat, index in enumerate(_PATTERN):
            pluck = _pluck(chord[index] + 12)
            for echo, strength in ((0.0, 0.5), (0.75, 0.16), (1.5, 0.06)):
                _add(mix, start_s + (beat + echo) * _BEAT_S, pluck * strength)
    return levelled(mix, MUSIC_RMS)


def ringing_tone() -> Samples:
    """Five seconds to loop: one of 425 Hz, four of silence (ITU-T E.180, the tone of most countries)."""
    time_s = np.arange(RATE_HZ) / RATE_HZ
    ring = levelled(np.sin(2 * np.pi * 425 * time_s), MUSIC_RMS)
    return np.concatenate([ring, np.zeros(4 * RATE_HZ)])


def beep() -> Samples:
    """Half a second of 1 kHz before a message is recorded, with soft ends."""
    time_s = np.arange(RATE_HZ // 2) / RATE_HZ
    ends = np.clip(np.minimum(time_s, 0.5 - time_s) / 0.01, 0, 1)
    return levelled(np.sin(2 * np.pi * 1000 * time_s) * ends, SPEECH_RMS)


def _add(mix: Samples, at_s: float, sound: Samples) -> None:
    """Mix in, the tail running over the end into the beginning, which makes the loop seamless."""
    places = (np.arange(sound.size) + int(at_s * RATE_HZ)) % mix.size
    np.add.at(mix, places, sound)


def _hertz(note: float) -> float:
    return float(440 * 2 ** ((note - 69) / 12))


def _pad(note: int, length_s: float) -> Samples:
    """Slowly swelling, slightly detuned, few overtones; overlaps the next chord."""
    time_s = np.arange(int((length_s + 1.5) * RATE_HZ)) / RATE_HZ
    tone = np.zeros(time_s.size)
    for detune in (-0.05, 0.05):
        hertz = _hertz(note + detune)
        for overtone, strength in ((1, 1.0), (2, 0.3), (3, 0.12)):
            tone += strength * np.sin(2 * np.pi * hertz * overtone * time_s + overtone * detune * 40)
    swell = np.clip(time_s / 1.5, 0, 1) * np.clip((length_s + 1.5 - time_s) / 1.5, 0, 1)
    return np.asarray(tone * swell**2 * (0.9 + 0.1 * np.sin(2 * np.pi * 0.4 * time_s)))


def _pluck(note: int) -> Samples:
    """A soft mallet: overtones that die away faster than the tone."""
    time_s = np.arange(int(2.0 * RATE_HZ)) / RATE_HZ
    tone = np.zeros(time_s.size)
    for overtone, strength in ((1, 1.0), (2, 0.25), (4, 0.08)):
        hertz = _hertz(note) * overtone
        if hertz < 3600:
            tone += strength * np.sin(2 * np.pi * hertz * time_s) * np.exp(-time_s * 2.2 * overtone)
    fade = np.clip(time_s / 0.008, 0, 1) * np.clip((2.0 - time_s) / 0.2, 0, 1)
    return np.asarray(tone * fade)
