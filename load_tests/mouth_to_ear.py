"""How long a word takes from mouth to ear: between two SIP phones, and between a SIP phone and a browser."""

import contextlib
import shutil
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from load_tests import phones
from load_tests.company import PASSWORD
from load_tests.line import Line, delays_s
from load_tests.report import Figure, Section, Table, percentile, spread_ms
from load_tests.rig import Rig, RigError, rig, until

TALK_S, QUICK_TALK_S = 40.0, 12.0
KEY_AFTER_S = 0.5
ESTABLISHED_S = 3.0
"""Music, ringing and the first packets are over by then."""
LEAST_HEARD = 5

HOW = """A caller whose RTP is a socket of ours (SIPp signals for it) talks with an agent: another such
phone, or the console in a real Chromium. Both ends sound a burst of 100 ms once a second. A phone's time
counts from the first sample spoken to the first to be played, packetisation included, its own jitter buffer
and sound card not; the browser's from its Web Audio clock to the sound that leaves its jitter buffer (looked
at every 4 ms)."""

PAGE = """
// A microphone that sounds a burst once a second, and an ear; both note when, in epoch seconds.
const epoch_s = () => (performance.timeOrigin + performance.now()) / 1000
window.bursts = []
window.onsets = []
navigator.mediaDevices.getUserMedia = async () => {
  const context = new AudioContext()
  await context.resume()
  const tone = new OscillatorNode(context, {frequency: 1000})
  const gate = new GainNode(context, {gain: 0})
  const out = context.createMediaStreamDestination()
  tone.connect(gate).connect(out)
  tone.start()
  setInterval(() => {
    const at = context.currentTime + 0.05
    gate.gain.setValueAtTime(0.5, at)
    gate.gain.setValueAtTime(0, at + 0.1)
    const {contextTime, performanceTime} = context.getOutputTimestamp()
    window.bursts.push((performance.timeOrigin + performanceTime) / 1000 + at - contextTime)
  }, 1000)
  return out.stream
}
const Connection = window.RTCPeerConnection
window.RTCPeerConnection = class extends Connection {
  constructor(...all) {
    super(...all)
    this.addEventListener('track', ({track}) => {
      const context = new AudioContext()
      const ear = new AnalyserNode(context, {fftSize: 256})
      context.createMediaStreamSource(new MediaStream([track])).connect(ear)
      const heard = new Float32Array(ear.fftSize)
      let loud_at = 0
      setInterval(() => {
        ear.getFloatTimeDomainData(heard)
        const first = heard.findIndex((sample) => Math.abs(sample) > 0.1)
        if (first < 0) return
        const now = epoch_s()
        if (now - loud_at > 0.3) window.onsets.push(now - (heard.length - first) / context.sampleRate)
        loud_at = now
      }, 4)
    })
  }
}
"""


def measure(*, quick: bool) -> Section:
    """Both directions of both kinds of call."""
    talk_s = QUICK_TALK_S if quick else TALK_S
    with (
        rig(agents=1, desk_phones=True) as centre,
        _line(0.5) as agent,
        phones.desk_phones(centre, media_port=agent.port),
        _line() as caller,
    ):
        centre.start()
        since = _talk(centre, caller, talk_s)
        to_phone = delays_s(_after(caller.bursts, since), agent.onsets)
        to_caller = delays_s(_after(agent.bursts, since), caller.onsets)
    with rig(agents=1, desk_phones=False) as centre, _browser(centre) as page, _line() as caller:
        since = _talk(centre, caller, talk_s, answer=lambda: _answer(page))
        bursts, onsets = page.evaluate("[window.bursts, window.onsets]")
        to_browser = delays_s(_after(caller.bursts, since), onsets)
        from_browser = delays_s(_after(bursts, since), caller.onsets)
    ways = {
        "SIP phone → SIP phone": to_phone + to_caller,
        "SIP phone → browser": to_browser,
        "browser → SIP phone": from_browser,
    }
    deaf = [name for name, found in ways.items() if len(found) < LEAST_HEARD]
    if deaf:
        raise RigError(f"fewer than {LEAST_HEARD} bursts were heard: {', '.join(deaf)}")
    rows = tuple((name, str(len(found)), spread_ms(found)) for name, found in ways.items())
    both = to_browser + from_browser
    return Section(
        title="Mouth to ear",
        how=HOW,
        figures=(
            _figure("SIP ↔ SIP", to_phone + to_caller, "≤ 150"),
            _figure("SIP ↔ browser", both, "≤ 200"),
        ),
        tables=(Table(head=("way", "bursts heard", "ms: median / p95 / most"), rows=rows),),
    )


def _figure(what: str, found: list[float], goal: str) -> Figure:
    shown = f"{1000 * percentile(found, 0.5):.0f} / {1000 * percentile(found, 0.95):.0f}"
    return Figure(what=f"mouth to ear, {what}, median / p95 ms", measured=shown, goal=goal)


def _after(bursts: list[float], since: float) -> list[float]:
    return [burst for burst in bursts if burst > since]


def _talk(centre: Rig, caller: Line, talk_s: float, answer: Callable[[], None] = lambda: None) -> float:
    """Call, be answered, talk; when both could be heard."""
    signalling = phones.call(centre, per_s=1, calls=1, talk_s=talk_s + 6.0, media_port=caller.port)
    until(lambda: caller.connected, "the caller hears something")
    time.sleep(KEY_AFTER_S)
    caller.press(1)
    answer()
    until(lambda: _happened(centre, "Established"), "the call is answered")
    since = time.time() + ESTABLISHED_S
    time.sleep(talk_s)
    went = phones.went(signalling, centre)
    if went.failed:
        raise RigError(f"the call failed: {phones.complaints(centre)}")
    return since


def _answer(page: Page) -> None:
    page.locator('[data-testid="agent-state"][data-state="reserved"]').wait_for()
    page.keyboard.press("Control+Shift+KeyA")


def _happened(centre: Rig, kind: str) -> bool:
    """Asked in a thread of its own: Playwright's loop runs in this one."""
    with ThreadPoolExecutor(1) as apart:
        return bool(apart.submit(centre.events, [kind]).result())


@contextlib.contextmanager
def _line(offset_s: float = 0.0) -> Iterator[Line]:
    line = Line(offset_s)
    try:
        yield line
    finally:
        line.close()


@contextlib.contextmanager
def _browser(centre: Rig) -> Iterator[Page]:
    """The console of the only agent in a real Chromium: ready, and taking what is offered."""
    executable = shutil.which("chromium")
    if executable is None:
        raise RigError("chromium is not installed")
    centre.start()
    options = [
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        "--autoplay-policy=no-user-gesture-required",
        "--disable-features=WebRtcHideLocalIpsWithMdns",
        "--no-sandbox",
    ]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=Path(executable), args=options)
        context = browser.new_context(locale="en-US", permissions=["microphone"])
        context.add_init_script(PAGE)
        page = context.new_page()
        page.goto(centre.url)
        page.get_by_label("Login", exact=True).fill(centre.agents[0].agent)
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Log in").click()
        page.locator('[data-testid="agent-state"][data-state="not_ready"]').wait_for()
        until(lambda: _happened(centre, "DeviceConnected"), "the browser is connected")
        page.keyboard.press("Control+Shift+KeyY")
        page.locator('[data-testid="agent-state"][data-state="ready"]').wait_for()
        yield page
        browser.close()
