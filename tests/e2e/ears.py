"""What is in a sound that somebody heard: how long a tone or the music was missing."""

import functools
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from contact_center.telephony.media import audio
from tests.e2e.centre import Centre

LIKENESS = 0.8
"""Of one piece of G.711 with another, 1 for the same."""
MUSIC_WINDOW = audio.RATE_HZ // 4
"""Short, for a jitter buffer that drops or repeats a packet breaks the likeness of the piece it is in."""


def longest_gap_s(sound: audio.Samples, tone_hz: float, *, window_s: float = 0.05) -> float:
    """The longest time in a row in which the tone was missing, judged by windows of 50 ms."""
    width = round(window_s * audio.RATE_HZ)
    longest = running = 0
    for at in range(0, len(sound) - width + 1, width):
        running = 0 if audio.tone_present(sound[at : at + width], tone_hz) else running + 1
        longest = max(longest, running)
    return longest * window_s


def longest_pause_s(moments: Sequence[float]) -> float:
    """The longest time between two of them."""
    return float(np.max(np.diff(moments), initial=0.0))


@functools.cache
def _read(file: Path) -> audio.Samples:
    return audio.read_wav(file)


def hold_music(centre: Centre) -> audio.Samples:
    """The music as the centre plays it."""
    (file,) = (centre.home / "prompts").glob("music-hold-*.wav")
    return _read(file.resolve())


def is_music(sound: audio.Samples, music: audio.Samples) -> bool:
    """Whether a piece of sound is some piece of the (looping) music: normalised cross-correlation."""
    if len(sound) < MUSIC_WINDOW:
        return False
    heard = sound.astype(np.float64)
    whole = np.concatenate([music, music[: len(sound)]]).astype(np.float64)
    size = len(whole) + len(heard)
    likeness = np.fft.irfft(np.fft.rfft(whole, size) * np.conj(np.fft.rfft(heard, size)), size)[: len(music)]
    energy = np.cumsum(np.concatenate([[0.0], whole**2]))
    of_place = energy[len(heard) : len(heard) + len(music)] - energy[: len(music)]
    norm = np.sqrt(np.maximum(of_place * np.sum(heard**2), 1.0))
    return bool(np.max(likeness / norm) > LIKENESS)


def longest_without_music_s(sound: audio.Samples, music: audio.Samples) -> float:
    """The longest time in a row that was not the music."""
    longest = running = 0
    for at in range(0, len(sound) - MUSIC_WINDOW + 1, MUSIC_WINDOW):
        running = 0 if is_music(sound[at : at + MUSIC_WINDOW], music) else running + 1
        longest = max(longest, running)
    return longest * MUSIC_WINDOW / audio.RATE_HZ


def decoded(heard: list[tuple[float, bytes]]) -> audio.Samples:
    """The sound of an agent's packets."""
    return audio.ulaw_decode(b"".join(rest for _, rest in heard))
