"""Sound as numbers: WAV files, tones made and tones found, levels, and G.711 µ-law.

All samples are 8 kHz mono 16-bit (`Samples`); levels are dBFS relative to a full-scale sine (0 dBFS = a sine
with peak 32767). Pure apart from reading and writing the files named.
"""

import wave
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

RATE_HZ = 8000
FULL_SCALE = 32767.0
BAND_HZ = (150.0, 3500.0)  # what a telephone carries, a little widened
TONE_HALF_WIDTH_HZ = 20.0
PRESENT_SHARE = 0.2
PRESENT_LEVEL_DBFS = -50.0
SILENCE_DBFS = -120.0

Samples = NDArray[np.int16]


class NotTelephonyAudioError(ValueError):
    """A file that is not 8 kHz mono 16-bit PCM WAV; the message names it and what it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tone:
    """What was found at one frequency: its share of the band's power, and its ratio to the rest in dB."""

    present: bool
    share: float
    snr_db: float

    def __bool__(self) -> bool:
        return self.present


def write_wav(path: Path, samples: Samples) -> None:
    """Write 8 kHz mono 16-bit PCM."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes(samples.astype("<i2").tobytes())


def read_wav(path: Path) -> Samples:
    """The samples of a file; raises `NotTelephonyAudioError` or `OSError`."""
    try:
        with wave.open(str(path), "rb") as file:
            _check(path, file)
            return np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").astype(np.int16)
    except (wave.Error, EOFError) as error:
        raise NotTelephonyAudioError(f"{path}: {error}") from error


def wav_seconds(path: Path) -> float:
    """How long a file plays, from its header; raises `NotTelephonyAudioError` or `OSError`."""
    try:
        with wave.open(str(path), "rb") as file:
            _check(path, file)
            return file.getnframes() / RATE_HZ
    except (wave.Error, EOFError) as error:
        raise NotTelephonyAudioError(f"{path}: {error}") from error


def _check(path: Path, file: wave.Wave_read) -> None:
    shape = (file.getframerate(), file.getnchannels(), file.getsampwidth())
    if shape != (RATE_HZ, 1, 2):
        raise NotTelephonyAudioError(f"{path}: {shape[0]} Hz, {shape[1]} channels, {8 * shape[2]} bit")
    if file.getnframes() == 0:
        raise NotTelephonyAudioError(f"{path}: no samples")


def growing_wav(path: Path, from_sample: int) -> Samples:
    """Samples a recorder has written so far after `from_sample` (its header is not yet final)."""
    try:
        with path.open("rb") as file:
            file.seek(44 + 2 * from_sample)
            raw = file.read()
    except FileNotFoundError:
        raw = b""
    return np.frombuffer(raw[: len(raw) // 2 * 2], dtype="<i2").astype(np.int16)


def tone(freq_hz: float, seconds: float, level_dbfs: float = -12.0) -> Samples:
    """A steady sine."""
    time_s = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    return _clip(FULL_SCALE * 10 ** (level_dbfs / 20) * np.sin(2 * np.pi * freq_hz * time_s))


def silence(seconds: float) -> Samples:
    return np.zeros(round(seconds * RATE_HZ), dtype=np.int16)


def mix(*parts: Samples) -> Samples:
    """The sum, as long as the longest part, clipped at full scale."""
    total = np.zeros(max((len(part) for part in parts), default=0))
    for part in parts:
        total[: len(part)] += part
    return _clip(total)


def level_dbfs(samples: Samples) -> float:
    """RMS level against a full-scale sine; `SILENCE_DBFS` for digital silence or nothing."""
    if len(samples) == 0:
        return SILENCE_DBFS
    rms = float(np.sqrt(np.mean(samples.astype(np.float64) ** 2)))
    return max(SILENCE_DBFS, 20 * float(np.log10(rms * np.sqrt(2) / FULL_SCALE))) if rms else SILENCE_DBFS


def tone_present(samples: Samples, freq_hz: float) -> Tone:
    """Whether a tone stands out: its power within ±20 Hz against the rest of the band (FFT)."""
    if len(samples) < RATE_HZ // 20 or level_dbfs(samples) < PRESENT_LEVEL_DBFS:
        return Tone(present=False, share=0.0, snr_db=SILENCE_DBFS)
    power = np.abs(np.fft.rfft(samples * np.hanning(len(samples)))) ** 2
    freqs = np.fft.rfftfreq(len(samples), 1 / RATE_HZ)
    band = power[(freqs >= BAND_HZ[0]) & (freqs <= BAND_HZ[1])].sum()
    # a Hann main lobe is two bins either side
    half_width = max(TONE_HALF_WIDTH_HZ, 2.5 * RATE_HZ / len(samples))
    at = power[np.abs(freqs - freq_hz) <= half_width].sum()
    share = float(at / band) if band else 0.0
    snr_db = 10 * float(np.log10(max(at, 1e-9) / max(band - at, 1e-9)))
    return Tone(present=share >= PRESENT_SHARE, share=share, snr_db=snr_db)


def tone_seconds(samples: Samples, freq_hz: float, *, window_s: float = 0.25) -> float:
    """For how long in all a tone is present, judged window by window."""
    width = round(window_s * RATE_HZ)
    windows = (samples[at : at + width] for at in range(0, len(samples) - width + 1, width))
    return window_s * sum(1 for window in windows if tone_present(window, freq_hz))


def _clip(values: NDArray[np.float64]) -> Samples:
    return np.clip(np.rint(values), -32768, 32767).astype(np.int16)


# -- G.711 µ-law (ITU-T G.711, table 2) ---------------------------------------------------------------


def _decode_table() -> Samples:
    code = ~np.arange(256, dtype=np.int32) & 0xFF
    magnitude = ((((code & 0x0F) << 3) + 0x84) << ((code & 0x70) >> 4)) - 0x84
    return np.where(code & 0x80, -magnitude, magnitude).astype(np.int16)


def _encode_table() -> NDArray[np.uint8]:
    """Indexed by the sample as unsigned 16 bit."""
    sample = np.arange(65536, dtype=np.uint16).view(np.int16).astype(np.int32)
    magnitude = np.minimum(np.abs(sample), 32635) + 0x84
    exponent = np.floor(np.log2(magnitude)).astype(np.int32) - 7
    mantissa = (magnitude >> (exponent + 3)) & 0x0F
    codes = ~(np.where(sample < 0, 0x80, 0) | (exponent << 4) | mantissa) & 0xFF
    return np.asarray(codes, dtype=np.uint8)


ULAW_DECODE = _decode_table()
ULAW_ENCODE = _encode_table()


def ulaw_encode(samples: Samples) -> bytes:
    return ULAW_ENCODE[samples.view(np.uint16)].tobytes()


def ulaw_decode(payload: bytes) -> Samples:
    return ULAW_DECODE[np.frombuffer(payload, dtype=np.uint8)]
