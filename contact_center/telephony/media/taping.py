"""The recorders of one recording: ports on pjsua2's bridge (behind `endpoint`), and a watch over their files.

A recorder port only writes while something transmits to it, so a tone generator without a tone transmits to
every track all the time: pauses and absent parties become silence, and the tracks stay sample-aligned.
"""

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import pjsua2 as pj

from contact_center.telephony.media import audio

WATCH_S = 5.0
"""How often the files are looked at; a recorder writes every half second."""
LISTEN_S = 0.5
LOUD_DBFS = -42.0
"""A tenth of a second above this is sound: G.711 speech is at -15 to -30, a quiet room below -50."""
WINDOW = audio.RATE_HZ // 10


class TapePorts:
    """Open recorders by track; dropping this object closes the files. Raises `pj.Error` or `OSError`."""

    def __init__(self, files: Mapping[str, Path]) -> None:
        for file in files.values():
            _create(file)
        self._silence = pj.ToneGenerator()
        self._silence.createToneGenerator(8000, 1)
        self.tracks: dict[str, Any] = {}
        for track, file in files.items():
            recorder = pj.AudioMediaRecorder()
            recorder.createRecorder(str(file))
            self.tracks[track] = recorder
        for recorder in self.tracks.values():
            self._silence.startTransmit(recorder)


def _create(file: Path) -> None:
    """An empty file for nobody else's eyes; the recorder keeps its mode."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))


class TapeWatch:
    """Looks whether the files of a recording grow: the library says nothing when it cannot write."""

    def __init__(self, clock: Any, failed: Callable[[str, str], None]) -> None:
        """`failed` is told the recording and why, once."""
        self._clock, self._failed, self._call = clock, failed, None

    def begin(self, recording: str, files: Iterable[Path]) -> None:
        self.end()
        self._again(recording, dict.fromkeys(files, 0))

    def end(self) -> None:
        if self._call is not None and self._call.active():
            self._call.cancel()
        self._call = None

    def _again(self, recording: str, sizes: dict[Path, int]) -> None:
        self._call = self._clock.callLater(WATCH_S, self._look, recording, sizes)

    def _look(self, recording: str, before: dict[Path, int]) -> None:
        try:
            now = {file: file.stat().st_size for file in before}
        except OSError as error:
            self._failed(recording, str(error))
            return
        stalled = [file.name for file, size in now.items() if size <= before[file]]
        if stalled:
            self._failed(recording, f"nothing more can be written to {', '.join(stalled)}")
        else:
            self._again(recording, now)


class SilenceWatch:
    """Reads a track of a recording as it grows, and tells when it has been without sound for long enough.

    It reads the file twice a second, outside the path of the sound: what is judged is what was recorded.
    """

    def __init__(self, clock: Any, silent: Callable[[str, float], None]) -> None:
        """`silent` is told the recording and where its last sound ended (s), once per so long a silence."""
        self._clock, self._silent, self._call = clock, silent, None

    def begin(self, recording: str, file: Path, after_s: float) -> None:
        self.end()
        if after_s > 0:
            self._again(recording, Silence(file, after_s))

    def end(self) -> None:
        if self._call is not None and self._call.active():
            self._call.cancel()
        self._call = None

    def _again(self, recording: str, silence: "Silence") -> None:
        self._call = self._clock.callLater(LISTEN_S, self._listen, recording, silence)

    def _listen(self, recording: str, silence: "Silence") -> None:
        self._again(recording, silence)
        if silence.is_long():
            self._silent(recording, silence.sounded_s)


class Silence:
    """How much of a growing file's end is without sound."""

    def __init__(self, file: Path, after_s: float) -> None:
        self._file, self._after = file, round(after_s * audio.RATE_HZ)
        self._read = self._sounded = self._since = 0

    @property
    def sounded_s(self) -> float:
        """Where the last sound ended, seconds from the beginning; 0 without any."""
        return round(self._sounded / audio.RATE_HZ, 3)

    def is_long(self) -> bool:
        """Take in what has been written; true once for every `after_s` without sound."""
        samples = audio.growing_wav(self._file, self._read)
        for at in range(0, len(samples) - WINDOW + 1, WINDOW):
            self._read += WINDOW
            if audio.level_dbfs(samples[at : at + WINDOW]) > LOUD_DBFS:
                self._sounded = self._since = self._read
        if self._read - self._since < self._after:
            return False
        self._since = self._read
        return True
