"""The console in a real Chromium whose microphone sounds the agent's tone, with an ear in the page."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from tests.e2e import browsers
from tests.e2e.browsers import FLAGS, executable, microphone
from tests.e2e.centre import Centre
from tests.e2e.people import AGENT_HZ, CALLER_HZ, PASSWORD
from tests.e2e.router import Router

EAR = """
// Hears what comes in, and keeps what was on the screen at the moment the console began to ring.
window.rang = null
const start = OscillatorNode.prototype.start
OscillatorNode.prototype.start = function (at_s = 0) {
  window.rang ??= {
    screen: document.querySelector('main').innerText,
    ahead_s: at_s - this.context.currentTime,
  }
  return start.call(this, at_s)
}
// A tone is no speech: what is made for speech takes it for noise and turns it down, the longer the more.
if (navigator.mediaDevices) {
  const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices)
  const plain = {echoCancellation: false, noiseSuppression: false, autoGainControl: false}
  navigator.mediaDevices.getUserMedia = wish => ask({...wish, audio: {...wish.audio, ...plain}})
}
const Connection = window.RTCPeerConnection
window.RTCPeerConnection = class extends Connection {
  constructor(...all) {
    super(...all)
    this.addEventListener('track', ({track}) => {
      const context = new AudioContext()
      const analyser = context.createAnalyser()
      analyser.fftSize = 4096
      analyser.smoothingTimeConstant = 0
      context.createMediaStreamSource(new MediaStream([track])).connect(analyser)
      window.ear = {context, analyser}
    })
  }
}
window.hears = hertz => {  // whether this frequency is there, 20 dB above the room around it
  if (!window.ear) return false
  const {context, analyser} = window.ear
  const bins = new Float32Array(analyser.frequencyBinCount)
  analyser.getFloatFrequencyData(bins)
  const at = Math.round(hertz * analyser.fftSize / context.sampleRate)
  const here = Math.max(...bins.slice(at - 2, at + 3))
  const around = [...bins.slice(at - 14, at - 5), ...bins.slice(at + 6, at + 15)].sort((a, b) => a - b)
  return here > -65 && here - around[9] > 20
}
"""


def chromium(tone_hz: float = AGENT_HZ, *, loud_db: float = -12.0) -> AbstractAsyncContextManager[Browser]:
    """A real browser with the agent's tone for a microphone. Its pages are always visible."""
    return browsers.chromium((tone_hz, loud_db))


@asynccontextmanager
async def tabs(folder: Path) -> AsyncIterator[BrowserContext]:
    """The same as a person has it: of its pages the one in front is visible, the others' timers are slow."""
    process = await asyncio.create_subprocess_exec(
        *(executable(), "--headless", "--remote-debugging-port=0", f"--user-data-dir={folder / 'profile'}"),
        *("--no-first-run", "--lang=en-US", "--window-size=1440,1000", *FLAGS),
        microphone(folder, AGENT_HZ),
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stderr is not None
    told = [""]
    while "DevTools listening on" not in told[-1]:
        told.append((await process.stderr.readline()).decode())
        assert told[-1], f"the browser ended: {told}"
    draining = asyncio.create_task(process.stderr.read())
    async with async_playwright() as playwright:
        browser = await playwright.chromium.connect_over_cdp(told[-1].split()[-1], no_defaults=True)
        yield browser.contexts[0]
        await browser.close()
    process.terminate()
    await process.wait()
    await draining


class Console:
    """One person's page, in a browser context of its own. `faults` are the page's uncaught errors."""

    def __init__(self, page: Page, router: Router | None = None) -> None:
        self.page, self.router = page, router
        self.faults: list[str] = []
        page.on("pageerror", lambda error: self.faults.append(str(error)))

    async def log_in(self, centre: Centre, login: str) -> None:
        await self.page.goto(centre.http)
        await self.page.get_by_label("Login", exact=True).fill(login)
        await self.page.get_by_label("Password", exact=True).fill(PASSWORD)
        await self.page.get_by_role("button", name="Log in").click()

    async def log_out(self) -> None:
        await self.page.get_by_role("button", name="Account of").click()
        await self.page.get_by_role("menuitem", name="Log out").click()
        await self.page.get_by_role("button", name="Log in").wait_for()

    async def shows_state(self, state: str) -> None:
        """The agent's own state, as the state bar names it."""
        await self.page.locator(f'[data-testid="agent-state"][data-state="{state}"]').wait_for()

    async def shows_phone(self, state: str) -> None:
        """How the agent's phone is, as the state bar says it."""
        await self.page.get_by_text(f"Phone: {state}").wait_for()

    async def press(self, letter: str) -> None:
        await self.page.keyboard.press(f"Control+Shift+Key{letter}")

    async def rang(self) -> tuple[str, float]:
        """The text on the screen when the ring was ordered, and how many seconds ahead it was ordered."""
        await self.finds("window.rang !== null")
        found = await self.page.evaluate("window.rang")
        return str(found["screen"]), float(found["ahead_s"])

    async def hears_caller(self) -> None:
        """The caller's frequency comes out of the loudspeaker."""
        await self.hears(CALLER_HZ)

    async def hears_no_caller(self) -> None:
        await self.hears_no(CALLER_HZ)

    async def hears(self, tone_hz: float) -> None:
        """This frequency comes out of the loudspeaker, as loud as any other."""
        await self.finds(f"hears({tone_hz})")

    async def hears_no(self, tone_hz: float) -> None:
        await self.finds(f"!hears({tone_hz})")

    async def types(self, text: str) -> None:
        """On the keyboard, wherever the focus is."""
        await self.page.keyboard.type(text)

    async def sees(self, text: str) -> None:
        """Words somewhere on the page."""
        await self.page.get_by_text(text).first.wait_for()

    async def finds(self, condition: str, *, within_s: float = 20.0) -> None:
        """Wait for something in the page. Asked anew each time: its policy allows no `eval` from within."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + within_s
        while not await self.page.evaluate(condition):
            assert loop.time() < deadline, f"{condition} not so within {within_s} s"
            await asyncio.sleep(0.02)

    async def cell(self, queue: str, column: str) -> str:
        """What the wallboard's queue table shows."""
        table = self.page.get_by_role("table")
        heads = await table.locator("thead th").all_inner_texts()
        row = table.get_by_role("row", name=queue)
        cells = await row.locator("th, td").all_inner_texts()
        return cells[[head.strip() for head in heads].index(column)].strip()

    async def judges(self, queue: str) -> bool:
        """Whether the row is marked as reaching its target, or not reaching it."""
        row = self.page.get_by_role("table").get_by_role("row", name=queue)
        return await row.locator("svg.mark").count() > 0

    async def shows_share(self, queue: str, column: str, share: float) -> None:
        """A ratio of the feed, as the wallboard's table prints it."""
        shown = await self.cell(queue, column)
        assert abs(float(shown.rstrip("% ")) - 100 * share) < 0.06, f"{shown!r} is not {share}"

    async def shows(self, queue: str, column: str, value: str, *, within_s: float = 15.0) -> None:
        """Wait for a figure of the wallboard."""
        loop = asyncio.get_running_loop()
        deadline, shown = loop.time() + within_s, ""
        while loop.time() < deadline:
            shown = await self.cell(queue, column)
            if shown == value:
                return
            await asyncio.sleep(0.05)
        raise AssertionError(f"the wallboard shows {column} of {queue} as {shown!r}, not {value!r}")


@asynccontextmanager
async def console(
    browser: Browser | BrowserContext, centre: Centre, login: str, *, router: Router | None = None
) -> AsyncIterator[Console]:
    """A logged-in page, behind a router if one is given; fails when the page had uncaught errors."""
    context = browser
    if isinstance(context, Browser):
        context = await context.new_context(
            locale="en-US", permissions=["microphone"], viewport={"width": 1440, "height": 1000}
        )
    await context.add_init_script(EAR)
    page = await context.new_page()
    page.set_default_timeout(20_000)
    person = Console(page, router)
    if router is not None:
        await router.stand_before(page)
    await person.log_in(centre, login)
    yield person
    await person.log_out()
    if context is not browser:
        await context.close()
    assert not person.faults, person.faults
