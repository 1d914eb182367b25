"""The recorders of one recording: ports on pjsua2's bridge (behind `endpoint`), and a watch over their files.

A recorder port only writes while something transmits to it, so a tone generator without a tone transmits to
every track all the time: pauses and absent parties become silence, and the tracks stay sample-aligned.
"""

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import pjsua2 as pj

WATCH_S = 5.0
"""How often the files are looked at; a recorder writes every half second."""


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
