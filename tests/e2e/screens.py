"""A real Chromium at the console, and what every screen is held to: contrast, names, language, no errors."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, ConsoleMessage, Page

from tests.e2e.centre import Centre
from tests.e2e.people import PASSWORD

CONSOLE = Path(__file__).parents[2] / "agent_console"
AXE = CONSOLE / "node_modules" / "axe-core" / "axe.min.js"
ENTRIES = re.compile(r'^ +"?[\w.]+"?:\s+"(.+)",$', re.MULTILINE)
PROBE = "the server responded with a status of 401"
"""What Chromium writes when the console asks, before the log-in, whether there is a session."""
GRAVE = ("serious", "critical")


def english() -> set[str]:
    """Every string of the English dictionary that stands on its own and differs in Chinese."""
    texts = [
        "".join(file.read_text("utf-8") for file in sorted((CONSOLE / "src/i18n").glob(f"{name}*.ts")))
        for name in ("en", "zh")
    ]
    words = [set(ENTRIES.findall(text)) for text in texts]
    return {text for text in words[0] - words[1] if "{" not in text}


class Screen:
    """One person's page. `complaints` is what the browser's console said besides the first session probe."""

    def __init__(self, page: Page, language: str) -> None:
        self.page, self.language = page, language
        self.complaints: list[str] = []
        self._probes = 0
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _said(self, message: ConsoleMessage) -> None:
        if message.type != "error":
            return
        if PROBE in message.text and self._probes == 0:
            self._probes += 1
        else:
            self.complaints.append(message.text)

    async def shows(self, selector: str, *, within_s: float = 20.0) -> None:
        await self.page.locator(selector).first.wait_for(timeout=within_s * 1000)

    async def is_fit(self, what: str) -> None:
        """No serious fault of accessibility, nothing wider than the window, and in its own language."""
        if await self.page.evaluate("typeof axe") == "undefined":
            await self.page.evaluate(AXE.read_text("utf-8"))
        await self.page.evaluate(_AT_REST)
        found: dict[str, Any] = await self.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        grave = [
            f"{each['id']}: {node['target']} {node['failureSummary']}"
            for each in found["violations"]
            if each["impact"] in GRAVE
            for node in each["nodes"]
        ]
        assert not grave, f"{what}: {grave}"
        wide = await self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert wide <= 0, f"{what}: {wide} pixels too wide"
        if self.language == "zh":
            said: list[str] = await self.page.evaluate(_EVERY_WORD)
            foreign = english() & {line.strip() for line in said}
            assert not foreign, f"{what}: English on a Chinese screen: {sorted(foreign)}"
        assert not self.complaints, f"{what}: {self.complaints}"


_AT_REST = """(async () => {
    const frame = () => new Promise(done => requestAnimationFrame(done))
    const moving = () => document.getAnimations().some(each =>
        !['finished', 'idle'].includes(each.playState)
        && each.effect.getComputedTiming().iterations !== Infinity)
    const until = performance.now() + 5000
    for (let calm = 0; calm < CALM && performance.now() < until;) {
        await frame()
        calm = moving() ? 0 : calm + 1
    }
})()""".replace("CALM", "12")
"""Colours are judged when nothing has faded for 12 frames: a dialog appears, waits paused, then fades in."""
_EVERY_WORD = """[...document.body.innerText.split('\\n'), ...[...document.querySelectorAll('*')].flatMap(
    e => ['aria-label', 'title', 'placeholder', 'alt'].map(name => e.getAttribute(name) ?? ''))]"""


_TELL_WHERE = """document.addEventListener('securitypolicyviolation', e =>
    console.error(e.violatedDirective, e.sourceFile, e.lineNumber, e.columnNumber, e.target?.outerHTML));"""
"""The browser's own message about the content policy does not say who broke it."""


@asynccontextmanager
async def page_at(
    browser: Browser, centre: Centre, language: str, *, before: str = ""
) -> AsyncIterator[Screen]:
    """The log-in page; `before` is a script that runs ahead of the console's own."""
    context = await browser.new_context(
        viewport={"width": 1366, "height": 850}, permissions=["microphone", "notifications"]
    )
    await context.add_init_script(f"localStorage.setItem('cc.language', '{language}');{_TELL_WHERE}{before}")
    screen = Screen(await context.new_page(), language)
    page = screen.page
    try:
        await page.goto(centre.http)
        await screen.shows("#login")
        yield screen
    finally:
        await context.close()


@asynccontextmanager
async def logged_in(
    browser: Browser, centre: Centre, login: str, language: str, *, before: str = ""
) -> AsyncIterator[Screen]:
    """The console after the log-in page."""
    async with page_at(browser, centre, language, before=before) as screen:
        await screen.page.fill("#login", login)
        await screen.page.fill("#password", PASSWORD)
        await screen.page.click("button[type=submit]")
        await screen.shows("header.header")
        yield screen
