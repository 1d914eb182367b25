"""The Chromium of every page test: one process for each microphone, ended with the last test.

What a person has is a context of his own, as separate from any other as two browsers are: storage, cookies,
permissions, network. Only the process is shared, for starting it takes longer than opening a page.
"""

import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, Playwright, async_playwright

from contact_center.telephony.media import audio

FLAGS = (
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
    "--disable-features=WebRtcHideLocalIpsWithMdns",
    "--no-sandbox",
    "--disable-background-networking",
)


def executable() -> str:
    found = shutil.which("chromium")
    assert found is not None, "chromium must be installed (the Makefile does it)"
    return found


def microphone(folder: Path, tone_hz: float, loud_db: float = -12.0) -> str:
    """The flag that makes this tone what the microphone hears."""
    file = folder / f"microphone-{tone_hz:.0f}-{-loud_db:.0f}.wav"
    audio.write_wav(file, audio.tone(tone_hz, 4.0, loud_db))
    return f"--use-file-for-fake-audio-capture={file}"


class _Shared:
    """The processes that run, by what they hear at the microphone."""

    def __init__(self) -> None:
        self._playwright: Playwright | None = None
        self._running: dict[tuple[float, float] | None, Browser] = {}
        self._sounds = tempfile.TemporaryDirectory(prefix="microphones-")

    async def hearing(self, sound: tuple[float, float] | None) -> Browser:
        """`sound` in hertz and decibel; None: Chromium's own beeps."""
        browser = self._running.get(sound)
        if browser is None or not browser.is_connected():
            if self._playwright is None:
                self._playwright = await async_playwright().start()
            heard = () if sound is None else (microphone(Path(self._sounds.name), *sound),)
            browser = await self._playwright.chromium.launch(
                executable_path=executable(), args=[*FLAGS, *heard]
            )
            self._running[sound] = browser
        return browser

    async def end(self) -> None:
        for browser in self._running.values():
            await browser.close()
        self._running.clear()
        if self._playwright is not None:
            await self._playwright.stop()
            self._playwright = None


_shared = _Shared()


@asynccontextmanager
async def chromium(sound: tuple[float, float] | None = None) -> AsyncIterator[Browser]:
    """The browser with this at its microphone; nobody's page is left open in it."""
    browser = await _shared.hearing(sound)
    try:
        yield browser
    finally:
        for context in list(browser.contexts):
            await context.close()


async def end_browsers() -> None:
    await _shared.end()
