"""Prompts as files: 8 kHz mono 16-bit WAV, made ready before the first call and only looked up during one.

A recording (`prompts/<language>/<key>.wav` beside the flow, music in `prompts/music/`) comes first; it is
part of the flow's version and played from the archive of versions. Else the text is spoken and kept under the
hash of voice and text, so that a text is spoken once and for all, and a version of long ago still finds it.
"""

import asyncio
import hashlib
import logging
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np

from contact_center.ivr.audio import (
    RATE_HZ,
    SPEECH_RMS,
    SoundError,
    beep,
    check_playable,
    hold_music,
    joined,
    levelled,
    read_wav,
    resample,
    ringing_tone,
    trimmed,
    write_wav,
)
from contact_center.ivr.companions import recording_of
from contact_center.ivr.events import Prompt
from contact_center.ivr.flow import Flow, Phrase, Queue, SpokenWait, Transfer, Voicemail, Words, said
from contact_center.ivr.speech import Espeak, Speech, SpeechError
from contact_center.ivr.spoken import date_words, digit_words, money_words, number_words, pieces
from contact_center.ivr.spoken_wait import wait_pieces, wait_words

log = logging.getLogger(__name__)

SOUND_VERSION = "1"
"""Raised when the processing of speech or the synthesised music changes, so that no old file is reused."""

AT_ONCE = 2
SOUNDS = ("music", "beep")
"""Kinds that are the same in every language."""

Progress = Callable[[int, int], None]
"""Called with (ready, of how many)."""


class Prompts:
    """The files of all prompts of the flows given to `prepare`."""

    def __init__(
        self,
        cache: Path,
        recordings: Path | None,
        speech: Speech | None = None,
        archive: Path | None = None,
    ) -> None:
        """`cache` is `settings.prompts_dir`; `recordings` the `prompts` folder beside the flows, if any.

        With an `archive` the recordings of a flow are those its version keeps there.
        """
        self._cache, self._recordings, self._archive = cache, recordings, archive
        self._speech: Speech = speech if speech is not None else Espeak()
        self._ready: dict[tuple[str, str, str, str], str] = {}
        self._silence = cache / "silence.wav"

    # -- during a call -----------------------------------------------------------------------------

    def files(self, prompts: Iterable[Prompt]) -> tuple[str, ...]:
        """The files of a `Play`, in order; what was never prepared is a short silence and a warning."""
        return tuple(file for prompt in prompts for file in self._files(prompt)) or (str(self._silence),)

    def _files(self, prompt: Prompt) -> Iterator[str]:
        if prompt.recording and self._archive is not None:
            yield str(self._archive / prompt.recording)
            return
        for kind, value in _pieces(prompt):
            language = prompt.language if kind not in SOUNDS else ""
            text = prompt.text if kind == "phrase" else ""
            file = self._ready.get((kind, value, language, text)) or self._kept(kind, text or value, language)
            if file is None:
                log.warning("prompt not prepared: %s %r in %s", kind, value, prompt.language)
                file = str(self._silence)
            yield file

    def _kept(self, kind: str, text: str, language: str) -> str | None:
        """The file of what another run of the core has made: a caller may be in a version of then."""
        try:
            file = self._sound(kind) if kind in SOUNDS else self._speech_file(text, language)
        except SpeechError:
            return None
        return str(file.resolve()) if file.exists() else None

    def ringing(self) -> str:
        """The file of the ringing tone; made the first time it is asked for."""
        file = self._cache / f"ringing-{SOUND_VERSION}.wav"
        if not file.exists():
            write_wav(file, ringing_tone())
        return str(file.resolve())

    # -- before the first call ---------------------------------------------------------------------

    async def prepare(self, flow: Flow, progress: Progress | None = None) -> int:
        """Make every prompt of a flow ready, in all its languages; returns how many had to be made.

        Raises `SpeechError` (espeak-ng is missing) or `SoundError` (a recording is not 8 kHz mono 16 bit).
        """
        if not self._silence.exists():
            await asyncio.to_thread(write_wav, self._silence, np.zeros(RATE_HZ // 10))
        wanted = sorted(_wanted(flow))
        limit = asyncio.Semaphore(AT_ONCE)
        done = made = 0

        async def one(kind: str, value: str, language: str, text: str) -> None:
            nonlocal done, made
            async with limit:
                file, new = await asyncio.to_thread(self._make_for, flow, kind, value, language, text)
            own = text if kind == "phrase" else ""  # two flows may have one key with two texts
            self._ready[kind, value, language, own] = str(file)
            done, made = done + 1, made + new
            if progress is not None:
                progress(done, len(wanted))

        try:
            async with asyncio.TaskGroup() as tasks:
                for each in wanted:
                    tasks.create_task(one(*each))
        except ExceptionGroup as group:  # several fail for one reason; the first tells it
            raise group.exceptions[0] from group
        return made

    async def sound(self, prompts: Iterable[Prompt], beside: Path) -> bytes:
        """One WAV of all that is said, made now where it was not; raises `SpeechError`, `SoundError`.

        `beside` is the folder of prompts of a flow that is not kept yet: a draft.
        """
        files = []
        for prompt in prompts:
            if prompt.recording:
                path = prompt.recording.partition("/prompts/")[2]
                kept = self._archive / prompt.recording if self._archive is not None else beside / path
                files.append(kept if kept.is_file() else beside / path)
                await asyncio.to_thread(check_playable, files[-1])
                continue
            for kind, value in _pieces(prompt):
                text = prompt.text if kind == "phrase" else value
                file, _ = await asyncio.to_thread(self._make, kind, value, prompt.language, text)
                files.append(file)
        return await asyncio.to_thread(joined, files)

    async def prepare_text(self, text: str, language: str) -> None:
        """Make ready a text no flow knows of. Raises `SpeechError`."""
        file, _ = await asyncio.to_thread(self._make, "text", text, language, text)
        self._ready["text", text, language, ""] = str(file)

    def _make(self, kind: str, value: str, language: str, text: str) -> tuple[Path, bool]:
        """The file of one prompt, and whether it was made just now. Runs outside the event loop."""
        if kind in ("phrase", "music") and (recording := self._recording(kind, value, language)):
            check_playable(recording)
            return recording.resolve(), False
        if kind in SOUNDS:
            file = self._sound(kind)
            if new := not file.exists():
                write_wav(file, beep() if kind == "beep" else hold_music())
            return file.resolve(), new
        file, voice = self._speech_file(text, language), self._speech.name(language)
        if new := not file.exists():
            samples, rate_hz = read_wav(self._speech.speak(text, language))
            spoken = trimmed(resample(samples, rate_hz))
            if not np.any(spoken):
                raise SpeechError("{voice} said nothing for {text!r}", voice=voice, text=text)
            write_wav(file, levelled(spoken, SPEECH_RMS))
        return file.resolve(), new

    def _make_for(self, flow: Flow, kind: str, value: str, language: str, text: str) -> tuple[Path, bool]:
        """`_make`, but what the flow's version has recorded is there already."""
        name = f"{language or kind}/{value}"
        if self._archive is None or kind not in ("phrase", "music") or name not in flow.recordings:
            return self._make(kind, value, language, text)
        recording = self._archive / flow.version / "prompts" / f"{name}.wav"
        check_playable(recording)
        return recording.resolve(), False

    def _sound(self, kind: str) -> Path:
        return self._cache / f"{'beep' if kind == 'beep' else 'music-hold'}-{SOUND_VERSION}.wav"

    def _speech_file(self, text: str, language: str) -> Path:
        """Where a spoken text is kept; raises `SpeechError` for a language nobody speaks."""
        voice = self._speech.name(language)
        key = hashlib.sha256("\n".join((SOUND_VERSION, voice, text)).encode()).hexdigest()[:24]
        return self._cache / "speech" / f"{key}.wav"

    def _recording(self, kind: str, key: str, language: str) -> Path | None:
        if self._recordings is None or (kind == "phrase" and self._archive is not None):
            return None  # a version has its own
        return recording_of(self._recordings, f"{language or kind}/{key}")


def _pieces(prompt: Prompt) -> Iterator[tuple[str, str]]:
    match prompt.kind:
        case "number":
            yield from (("number", word) for word in number_words(prompt.value, prompt.language))
        case "digits":
            yield from (("number", word) for word in digit_words(prompt.value, prompt.language))
        case "date":
            yield from (("number", word) for word in date_words(prompt.value, prompt.language))
        case "wait":
            yield from (("number", word) for word in wait_words(prompt.value, prompt.language))
        case "money":
            yield from (("number", word) for word in money_words(prompt.value, prompt.language))
        case kind:
            yield kind, prompt.value


def _wanted(flow: Flow, languages: tuple[str, ...] = ()) -> set[tuple[str, str, str, str]]:
    """(kind, value, language, text) of everything the flow may ever play."""
    wanted: set[tuple[str, str, str, str]] = set()
    languages = languages or flow.languages
    for called in flow.flows.values():
        wanted |= _wanted(called, languages)
    for node in flow.nodes.values():
        if isinstance(node, Queue | Transfer):
            wanted.add(("music", node.music, "", ""))
        if isinstance(node, Voicemail):
            wanted.add(("beep", "beep", "", ""))
        for _, part in said(node):
            for language in (part.language,) if part.language else languages:
                match part:
                    case Phrase(key=key):
                        text = flow.prompts.get(key, {}).get(language, "")
                        wanted.add(("phrase", key, language, text))
                    case Words(texts=texts):
                        wanted.add(("text", texts[language], language, texts[language]))
                    case SpokenWait():
                        words = wait_pieces(language)
                        wanted |= {("number", piece, language, piece) for piece in words}
                    case _:
                        wanted |= {("number", piece, language, piece) for piece in pieces(language)}
    return wanted


__all__ = ["Progress", "Prompts", "SoundError", "SpeechError", "digit_words", "number_words"]
