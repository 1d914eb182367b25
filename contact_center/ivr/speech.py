"""Text to speech behind one small interface; espeak-ng, which works offline, is the default."""

import shutil
import subprocess
from typing import Protocol

from contact_center.ivr.voices import VOICES, Voice
from contact_center.runtime.sentences import Refusal

SLOWEST_S = 20.0


class SpeechError(Refusal, RuntimeError):
    """Speech cannot be made; the message says what to do about it."""


class Speech(Protocol):
    """Makes speech. `name` (engine, voice, speed) is part of the cache key: other voice, other file."""

    def name(self, language: str) -> str: ...

    def speak(self, text: str, language: str) -> bytes:
        """A WAV file of any rate; called outside the event loop. Raises `SpeechError`."""
        ...


class Espeak:
    """espeak-ng as a program: one run per prompt, text on its standard input."""

    def __init__(self, *, program: str = "espeak-ng") -> None:
        self._program = program

    def name(self, language: str) -> str:
        voice = self._voice(language)
        return f"espeak-ng/{voice.name}/{voice.words_per_minute}"

    def _voice(self, language: str) -> Voice:
        if language not in VOICES:
            raise SpeechError(
                "no voice speaks {language!r}; known: {known}",
                language=language,
                known=", ".join(sorted(VOICES)),
            )
        return VOICES[language]

    def speak(self, text: str, language: str) -> bytes:
        program = shutil.which(self._program)
        if program is None:
            raise SpeechError(
                "{program} is not installed, and prompts without a recording need it: "
                "install the package espeak-ng (Debian, Ubuntu: apt-get install espeak-ng)",
                program=self._program,
            )
        voice = self._voice(language)
        command = [program, "-v", voice.name, "-s", str(voice.words_per_minute), "-b", "1"]
        try:
            done = subprocess.run(  # noqa: S603  # a fixed program; the text goes to its standard input
                [*command, "--stdin", "--stdout"],
                input=text.encode(),
                capture_output=True,
                timeout=SLOWEST_S,
                check=True,
            )
        except subprocess.CalledProcessError as error:
            raise SpeechError(
                "espeak-ng failed: {why}", why=error.stderr.decode(errors="replace").strip()
            ) from error
        except (subprocess.TimeoutExpired, OSError) as error:
            raise SpeechError("espeak-ng failed: {why}", why=error) from error
        return done.stdout
