"""Makes one stereo Ogg Opus file of two WAV tracks, in a process of its own that yields to everybody else.

`python -m contact_center.recordings.encode LEFT RIGHT OUT` prints what came of it as JSON. The tracks may
come from a conversation that died (their headers unfinished), may be missing, and may differ in length by a
frame.
"""

import hashlib
import json
import os
import sys
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from contact_center.telephony.media.audio import FULL_SCALE, RATE_HZ, Samples, growing_wav

BITS_PER_S = 32_000  # with Opus' music coding: below it, one side is heard faintly on the other
POINTS = 800
LEAST_NICE = 10


def encode(left: Samples, right: Samples, out: Path) -> None:
    """Write both tracks, equally long, as one file."""
    both = np.column_stack([left, right]).astype("<i2").reshape(1, -1)
    with av.open(str(out), "w", format="ogg") as container:
        stream = container.add_stream(
            "libopus",
            rate=RATE_HZ,
            layout="stereo",
            options={"application": "audio", "apply_phase_inv": "0"},
        )
        stream.bit_rate = BITS_PER_S
        for at in range(0, len(left), RATE_HZ):
            second = np.ascontiguousarray(both[:, 2 * at : 2 * (at + RATE_HZ)])
            frame = av.AudioFrame.from_ndarray(second, format="s16", layout="stereo")
            frame.sample_rate, frame.pts, frame.time_base = RATE_HZ, at, Fraction(1, RATE_HZ)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def peaks(samples: Samples, points: int = POINTS) -> list[int]:
    """The highest peak, 0-100, of each of at most `points` equally long slices."""
    if len(samples) == 0:
        return []
    loud = np.abs(samples.astype(np.int32))
    starts = np.unique(np.linspace(0, len(loud), min(points, len(loud)), endpoint=False).astype(int))
    return [round(100 * min(1.0, peak / FULL_SCALE)) for peak in np.maximum.reduceat(loud, starts)]


def aligned(left: Samples, right: Samples) -> tuple[Samples, Samples]:
    """Both as long as the longer one, with silence after the shorter."""
    most = max(len(left), len(right))
    return np.pad(left, (0, most - len(left))), np.pad(right, (0, most - len(right)))


def main(argv: list[str]) -> None:
    os.nice(LEAST_NICE)
    os.umask(0o077)
    left_file, right_file, out = (Path(arg) for arg in argv)
    left, right = aligned(growing_wav(left_file, 0), growing_wav(right_file, 0))
    answer: dict[str, object] = {"seconds": round(len(left) / RATE_HZ, 3)}
    if len(left):
        encode(left, right, out)
        with out.open("rb") as file:
            os.fsync(file.fileno())
            answer["sha256"] = hashlib.file_digest(file, "sha256").hexdigest()
        answer |= {"bytes": out.stat().st_size, "left": peaks(left), "right": peaks(right)}
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main(sys.argv[1:])
