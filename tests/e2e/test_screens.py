"""Every screen of the console on a real core in a real Chromium: it works, reads well and is one language."""

import re
from collections import Counter
from pathlib import Path

import pytest

from contact_center.cti.view import Row
from contact_center.customers.record import Customer
from tests.e2e.browsers import chromium
from tests.e2e.centre import Centre
from tests.e2e.people import caller, supervisor
from tests.e2e.screens import Screen, english, logged_in, page_at
from tests.support import aio

STRANGER = "+12025559876"
NO_MICROPHONE = """navigator.mediaDevices.getUserMedia =
    () => Promise.reject(new DOMException('none', 'NotFoundError'));"""


RECKONED = """async ids => {
    const me = await (await fetch('/api/v1/session')).json();
    const headers = {'content-type': 'application/json', 'X-CSRF-Token': me.csrf};
    const body = JSON.stringify({refused: false});
    const put = id => fetch(`/api/v1/customers/${id}/profiling`, {method: 'PUT', headers, body});
    return (await Promise.all(ids.map(put))).map(answer => answer.status);
}"""
"""They allow profiling, and have a tier at once."""


def shared_number(people: list[Customer]) -> str:
    """A number that several customers have."""
    return Counter(number for person in people for number in person.numbers).most_common(1)[0][0]


def ended(row: Row) -> bool:
    return row["ended_at"] is not None


async def ready(amy: Screen) -> None:
    await amy.page.click(".go-ready:enabled")
    await amy.shows('[data-testid="agent-state"]:is([data-state="ready"], [data-state="reserved"])')


async def miss_an_offer(amy: Screen) -> None:
    await amy.shows("article.offer")
    await amy.is_fit("offer")
    await amy.shows(".missed")
    await amy.is_fit("missed offer")


async def opens(amy: Screen, letter: str, selector: str, what: str) -> None:
    """A dialog or panel by its shortcut, judged and closed again."""
    await amy.page.keyboard.press(f"Control+Shift+Key{letter}")
    await amy.shows(selector)
    await amy.is_fit(what)
    await amy.page.keyboard.press("Escape")
    await amy.page.locator(selector).wait_for(state="hidden")


async def ask_aside(amy: Screen) -> None:
    """Keypad, transfer, and a question to a queue where nobody is: taken back."""
    await opens(amy, "K", ".keypad", "keypad")
    await opens(amy, "F", ".transfer-choice >> nth=0", "transfer")
    await amy.page.keyboard.press("Control+Shift+KeyF")
    await amy.page.fill(".transfer input", "technical")
    await amy.shows(
        '.transfer-choice[aria-selected="true"]'
    )  # who can be asked is fetched as the dialog opens
    await amy.page.keyboard.press("Enter")
    await amy.shows(".consult-ringing")
    await amy.is_fit("asking aside")
    await amy.page.keyboard.press("Control+Shift+KeyX")
    await amy.page.locator(".consult").wait_for(state="hidden")


async def talk_and_note(amy: Screen, note: str) -> None:
    page = amy.page
    await page.click("button.accept")
    await amy.shows("article.call")
    await amy.shows("[data-matches=many]")
    await amy.shows("[data-matches=many] .choices .tier")
    await amy.is_fit("call, several records")
    await ask_aside(amy)
    await page.click("[data-matches=many] .choices button >> nth=0")
    await amy.shows("[data-matches=one]")
    await page.keyboard.press("Control+Shift+KeyH")
    await amy.shows("article.call-held")
    await amy.is_fit("call on hold")
    await page.click("article.call .ant-btn-dangerous")
    await amy.shows("article.wrap-up")
    await page.fill("textarea", note)
    await amy.shows(".save:not(:empty)")
    await amy.is_fit("wrap-up")


@aio
async def test_the_agents_desk_in_every_state(centre: Centre, people: list[Customer], tmp_path: Path) -> None:
    note = "问了漫游费，周五回电"
    async with (
        chromium() as browser,
        supervisor(centre) as sofia,
        caller(tmp_path) as person,
        logged_in(browser, centre, "amy", "zh") as amy,
    ):
        await amy.shows('[data-testid="agent-state"][data-state="not_ready"]')
        await amy.shows(".go-ready:enabled")
        await amy.is_fit("not ready")
        await opens(amy, "O", "form.dial", "dial box")
        await amy.page.click(".phone .ant-btn")
        await amy.shows(".phone-test")
        await amy.is_fit("phone test")
        await amy.page.keyboard.press("Escape")
        await amy.page.keyboard.press("?")
        await amy.shows("table.keys")
        await amy.is_fit("shortcuts")
        await amy.page.keyboard.press("Escape")
        both = [each.id for each in people if shared_number(people) in each.numbers]
        assert set(await amy.page.evaluate(RECKONED, both)) == {204}
        person.dial(centre, shared_number(people))
        contact = (await sofia.contact_of(shared_number(people)))["id"]
        await ready(amy)
        await miss_an_offer(amy)
        await amy.page.click(".missed button")
        await talk_and_note(amy, note)

        story = await sofia.story(contact, ended)
        assert (story["note"], story["disposition"]) == (note, None)
        await amy.page.keyboard.press("Escape")
        await amy.page.click(".disposition >> nth=0")
        await amy.page.click("article.wrap-up .ant-btn-primary")
        await amy.shows("article.idle")
        await amy.is_fit("ready")
        kept = await sofia.story(contact, lambda row: bool(row["disposition"]))
        assert (kept["note"], kept["disposition"]) == (note, "resolved")
        await amy.page.close(run_before_unload=False)
        await sofia.sees(
            lambda: sofia.rows["agents"]["amy"]["device"] == "down",
            what="the closed tab noticed",
            within_s=5.0,
        )
        await amy.page.context.request.delete(f"{centre.http}/api/v1/session")


@aio
async def test_a_desk_without_a_microphone_says_so(centre: Centre) -> None:
    async with chromium() as browser, logged_in(browser, centre, "ben", "zh", before=NO_MICROPHONE) as ben:
        await ben.shows(".desk .ant-alert-error")
        await ben.is_fit("no microphone")
        assert await ben.page.locator(".go-ready:enabled").count() == 0
        assert await ben.page.locator(".customer-empty").count() == 1


@pytest.mark.parametrize("language", ["en", "zh"])
@aio
async def test_the_log_in_page(centre: Centre, language: str) -> None:
    """In both languages; every other test of a page passes through it."""
    async with chromium() as browser, page_at(browser, centre, language) as nobody:
        await nobody.is_fit("log-in")


@pytest.mark.parametrize("language", ["en", "zh"])
@aio
async def test_the_supervisors_screens(centre: Centre, people: list[Customer], language: str) -> None:
    async with chromium() as browser, logged_in(browser, centre, "sofia", language) as sofia:
        page = sofia.page
        await sofia.shows("table tbody tr th")
        await sofia.is_fit("wallboard")
        assert ("账单" in await page.inner_text(".wall-queues")) == (language == "zh")
        await page.goto(f"{centre.http}/interactions")
        await sofia.shows(".interactions tbody")
        await sofia.is_fit("interactions")
        await page.goto(f"{centre.http}/customers")
        await page.click(f".found a:has-text('{people[0].name}')")
        await sofia.shows("dl.record")
        await sofia.shows(".figures")
        await sofia.shows(".history .moment-contact")
        await sofia.is_fit("customer")
        await page.click(".history button.link >> nth=0")
        await sofia.shows("ol.story li")
        await sofia.is_fit("story")
        await page.goto(f"{centre.http}/callbacks")
        await sofia.shows(".callbacks .ant-empty")
        await sofia.is_fit("callbacks")
        await page.click(".callbacks .page-head button >> nth=0")
        await sofia.shows("form.dial")
        await sofia.is_fit("a callback to add")
        await page.goto(f"{centre.http}/wallboard?tv")
        await sofia.shows(".wall.tv table tbody tr th")
        await sofia.is_fit("television")


@aio
async def test_the_report_of_today_has_the_wallboards_numbers(centre: Centre) -> None:
    async with (
        chromium() as browser,
        supervisor(centre) as floor,
        logged_in(browser, centre, "sofia", "en") as sofia,
    ):
        await sofia.page.goto(f"{centre.http}/reports")
        await sofia.shows("[data-figure=offered], .ant-empty")
        await sofia.is_fit("report of today")
        total = floor.rows["totals"]["all"]
        if total["offered"]:
            for figure in ("offered", "answered", "abandoned"):
                cells = await sofia.page.locator(f"[data-figure={figure}] td").all_inner_texts()
                assert int(cells[-2]) == total[figure]
        await sofia.page.click(".filters button >> nth=2")
        await sofia.shows("[data-figure=service_level]")
        await sofia.is_fit("report of a week")
        level = await sofia.page.locator("[data-figure=service_level] td").all_inner_texts()
        assert re.fullmatch(r"\d+\.\d%", level[-2])
        assert "answered" in level[-1]


def test_the_dictionary_is_read() -> None:
    """The language check above can only find what it knows."""
    assert {"Not ready", "Wallboard", "Answered late"} <= english()
    assert "English" not in english()


@aio
async def test_an_agent_chooses_keys_of_his_own(centre: Centre) -> None:
    """In Chinese: taken, reserved, exchanged, free; kept over a reload; and back."""

    def key_of(act: str) -> str:
        return f'tr[data-act="{act}"]'

    async with chromium() as browser, logged_in(browser, centre, "amy", "zh") as amy:
        page = amy.page

        async def choose(act: str, key: str) -> None:
            await page.click(f"{key_of(act)} button")
            await amy.shows(".keys-press")
            await page.keyboard.press(key)

        await amy.shows(".desk")
        await page.keyboard.press("?")
        await choose("accept", "KeyN")
        await amy.shows("text=Ctrl+Shift+N 为浏览器保留")
        await choose("accept", "KeyH")
        await amy.shows("text=Ctrl+Shift+H 已用于“保持或取回”")
        await amy.is_fit("a key that is taken")
        await page.click(".keys-refused button")
        await amy.shows(f"{key_of('accept')}[data-key=KeyH]")
        await amy.shows(f"{key_of('hold')}[data-key=KeyA]")
        await choose("dial", "KeyJ")
        await amy.shows(f"{key_of('dial')}[data-key=KeyJ]")
        await page.reload()
        await amy.shows(".desk")
        await page.keyboard.press("Control+Shift+KeyJ")
        await amy.shows("input[type=tel], .dial-box, [role=dialog]")
        await page.keyboard.press("Escape")
        await page.locator("[role=dialog]").wait_for(state="hidden")
        await page.keyboard.press("?")
        await page.click(".ant-modal-footer button >> nth=0")
        await amy.shows(f"{key_of('accept')}[data-key=KeyA]")
        await amy.shows(f"{key_of('dial')}[data-key=KeyO]")
        await amy.is_fit("the usual keys")
