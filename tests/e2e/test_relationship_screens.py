"""The screens about relationships in a real Chromium: three customers, segments, repair cases, the policy."""

import asyncio
import csv
import io
import sqlite3
from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import Locator, Page

from contact_center.demo import story
from contact_center.storage.engine import BUSY_TIMEOUT_S
from tests.e2e.browsers import chromium
from tests.e2e.centre import Centre
from tests.e2e.people import agent
from tests.e2e.screens import Screen, logged_in
from tests.support import aio

LEAVING, NEW, LOYAL = (f"/customers/{each}" for each in (story.LEAVING, story.NEW, story.LOYAL))


async def becomes(asked: Callable[[], Awaitable[bool]], what: str, *, within_s: float = 20.0) -> None:
    loop = asyncio.get_running_loop()
    deadline = loop.time() + within_s
    while not await asked():
        assert loop.time() < deadline, f"{what} not so within {within_s} s"
        await asyncio.sleep(0.05)


async def figure(page: Page, of: str) -> str:
    return await page.inner_text(f"[data-figure={of}]")


async def open_page(person: Screen, centre: Centre, path: str, shows: str) -> None:
    await person.page.goto(f"{centre.http}{path}")
    await person.shows(shows)


@pytest.mark.parametrize("language", ["en", "zh"])
@aio
async def test_three_customers_are_explained_on_screen(centre: Centre, language: str) -> None:
    words = {
        "en": (
            "Decline",
            "Leaving",
            "Welcome",
            "Stable",
            "none: held at the cap",
            "1.25 ×",
            "held at the cap",
        ),
        "zh": ("退化期", "退出", "欢迎新客户", "稳定期", "无：被上限压住", "1.25 倍", "被每月上限"),
    }[language]
    async with chromium() as browser, logged_in(browser, centre, "sofia", language) as sofia:
        page = sofia.page
        await open_page(sofia, centre, LEAVING, ".chart canvas")
        await sofia.shows(".repair.mark-breach")
        assert words[0] in await figure(page, "stage")
        assert words[1] in await page.inner_text("dl.place")
        assert await page.locator("[data-figure=risk] .risk").count() >= 2
        assert await page.locator(".figures .figure-why").count() >= 7
        fitted = await page.locator("[data-method=fitted_curve]").inner_text()
        assert words[4] in fitted, "no interval without a width"
        assert words[5] in fitted
        assert words[6] in await page.inner_text(".figures")
        await sofia.is_fit("a leaving customer")
        await page.locator("figure.chart").first.get_by_role("button").first.click()
        await sofia.shows(".chart-table tbody tr")
        await open_page(sofia, centre, NEW, ".figures")
        assert words[2] in await figure(page, "next_step")
        assert await page.locator("[data-method=fitted_curve].quiet").count() == 1
        await sofia.is_fit("a new customer")
        await open_page(sofia, centre, LOYAL, ".chart canvas")
        assert words[3] in await figure(page, "stage")
        assert await page.locator("[data-figure=risk] .risk").count() == 0


@aio
async def test_the_timeline_is_filtered_and_paged_by_the_keyboard_alone(centre: Centre) -> None:
    async with chromium() as browser, logged_in(browser, centre, "amy", "en") as amy:
        page = amy.page
        await open_page(amy, centre, LEAVING, ".timeline-end button")
        before = await page.locator(".history-item").count()
        await page.focus(".timeline-end button")
        await page.keyboard.press("Enter")
        await becomes(lambda: _more(page, before), "an older page")
        await page.focus(".chips button >> nth=5")
        await page.keyboard.press("Enter")
        await amy.shows(".moment-survey")
        await becomes(lambda: _only(page, "survey"), "surveys alone")
        await amy.is_fit("a filtered timeline")


async def _more(page: Page, than: int) -> bool:
    return await page.locator(".history-item").count() > than


async def _only(page: Page, kind: str) -> bool:
    items = page.locator(".history-item")
    return await items.count() == await page.locator(f".history-item.moment-{kind}").count() > 0


@aio
async def test_the_segments_lead_to_their_customers_and_out_as_a_file(centre: Centre) -> None:
    """In Chinese, so that a word left in English is found as well."""
    async with chromium() as browser, logged_in(browser, centre, "sofia", "zh") as sofia:
        page = sofia.page
        await open_page(sofia, centre, "/segments", "table.members tbody tr")
        assert await page.locator("figure.chart").count() == 5
        await sofia.is_fit("segments")
        await page.focus(".cell-buttons button >> nth=0")
        told = int((await page.inner_text(".cell-buttons button >> nth=0")).rsplit(":", 1)[1])
        await page.keyboard.press("Enter")
        await sofia.shows(".cell-name")
        await becomes(lambda: _rows(page, told), f"{told} customers of the cell")
        address = await page.locator(".members-head a").get_attribute("href")
        file = await page.context.request.get(f"{centre.http}{address}")
        rows = list(csv.DictReader(io.StringIO((await file.text()).removeprefix("\ufeff"))))
        assert len(rows) == told


async def _rows(page: Page, count: int) -> bool:
    return await page.locator("table.members tbody tr").count() == count


@aio
async def test_a_repair_case_is_given_worked_on_closed_and_reopened(centre: Centre) -> None:
    async with chromium() as browser, logged_in(browser, centre, "sofia", "en") as sofia:
        page = sofia.page
        await open_page(sofia, centre, "/repairs", f".repair a[href='{LEAVING}']")
        await sofia.is_fit("repair cases")
        case = page.locator(".repair", has=page.locator(f"a[href='{LEAVING}']")).filter(
            has_text="Complaining"
        )
        await case.get_by_role("combobox", name="Owner").click()
        await page.keyboard.type("Ben")
        await page.keyboard.press("Enter")
        await case.filter(has_text="Owner: Ben Okafor").wait_for()
        await case.get_by_role("checkbox").first.click()  # it is checked once the server has agreed
        await case.locator(".ant-checkbox-checked").first.wait_for()
        await gives_within_the_cap_and_beyond(page, case)
        await sofia.is_fit("a case with remedies")
        await case.get_by_role("button", name="Close").click()
        await page.get_by_role("dialog").get_by_role("radio").first.check()
        await page.get_by_role("textbox", name="In your own words").fill("He stays.")
        await sofia.is_fit("closing a case")
        await page.get_by_role("dialog").get_by_role("button", name="Close").last.click()
        await case.wait_for(state="detached")
        await open_page(sofia, centre, LEAVING, ".repair.mark-closed")
        closed = page.locator(".repair.mark-closed").filter(has_text="He stays.")
        assert "Customer confirms it is good: He stays." in await closed.inner_text()
        await closed.get_by_role("button", name="Reopen").click()
        await page.get_by_role("dialog").get_by_role("button", name="Reopen").click()
        await closed.wait_for(state="detached")


@aio
async def test_a_call_of_our_own_is_taken_dialled_and_closed_by_the_keyboard(centre: Centre) -> None:
    """The night of the demo's base plans offers; whoever is free takes one."""
    async with chromium() as browser, logged_in(browser, centre, "amy", "en") as amy:
        page = amy.page
        await open_page(amy, centre, "/repairs", ".repair .repair-say")
        await page.get_by_role("button", name="Calls to make").focus()
        await page.keyboard.press("Enter")
        await page.get_by_role("button", name="Calls to make", pressed=True).wait_for()
        await amy.is_fit("calls to make")
        first = page.locator(".repair").filter(has_text="whoever takes it").first
        name = await first.get_attribute("data-case")
        call = page.locator(f"[data-case='{name}']")
        await call.get_by_role("button", name="Call").focus()
        await page.keyboard.press("Enter")
        await page.get_by_role("dialog").get_by_role("textbox").wait_for()
        number = await page.get_by_role("dialog").get_by_role("textbox").input_value()
        assert number.startswith("+")
        await page.keyboard.press("Escape")
        await call.filter(has_text="Owner: Amy Carter").wait_for()
        await call.get_by_role("checkbox").first.focus()
        await page.keyboard.press("Space")
        await call.locator(".ant-checkbox-checked").first.wait_for()
        await call.get_by_role("button", name="Close").focus()
        await page.keyboard.press("Enter")
        await page.get_by_role("dialog").get_by_role("radio", name="Not reached").focus()
        await page.keyboard.press("Space")
        await page.get_by_role("dialog").get_by_role("button", name="Close").last.focus()
        await page.keyboard.press("Enter")
        await call.wait_for(state="detached")


async def gives_within_the_cap_and_beyond(page: Page, case: Locator) -> None:
    """By the keyboard: a credit that may be given; then more than that, which needs a reason."""
    cap = await case.locator(".remedy-cap").inner_text()
    assert "may still be given" in cap
    await case.get_by_role("spinbutton", name="Amount").fill("5")
    await page.keyboard.press("Enter")
    await case.locator(".remedy", has_text="Credit 5.00").wait_for()
    await case.locator(".remedy-cap", has_text="5.00 was given").wait_for()
    await case.get_by_role("spinbutton", name="Amount").fill("999999")
    await case.get_by_text("say why").wait_for()
    assert await case.get_by_role("button", name="Give").is_disabled()
    await case.get_by_role("textbox", name="Why").fill("Our fault alone.")
    await page.keyboard.press("Enter")
    await case.locator(".remedy", has_text="beyond the cap").wait_for()


async def _set(page: Page, path: str, value: str) -> None:
    await page.fill(f"[data-path='{path}'] input", value)
    await page.keyboard.press("Tab")


async def growth_action_is_added(page: Page) -> None:
    """Written, added, seen among the changes; one of before is taken away and given back."""
    await page.locator(".ant-collapse-header", has_text="Lifetime profit").click()
    new = page.locator(".growth-new")
    await new.get_by_label("Name").fill("Winter letter")
    await new.get_by_role("button", name="Add").click()
    await page.locator(".growth-actions .policy-changed", has_text="winter").wait_for()
    before = page.locator(".growth-actions li:not(.policy-changed)")
    first = before.first.get_by_role("button")
    await first.click()
    await page.locator(".growth-actions .growth-gone").wait_for()
    await page.locator(".growth-actions li:has(.growth-gone)").get_by_role("button").click()
    await page.locator(".growth-actions .growth-gone").wait_for(state="detached")


async def offers_are_added_and_taken_away(admin: Screen) -> None:
    """By the keyboard: a fault is told at its field, a second one of a code is refused, one of ours goes."""
    page = admin.page
    await page.locator(".ant-collapse-header", has_text="Repair").focus()
    await page.keyboard.press("Enter")
    new, add = page.locator(".offer-new"), page.locator(".offer-new").get_by_role("button", name="Add offer")
    await new.get_by_role("textbox", name="Code").fill("fee waiver")
    await new.get_by_role("spinbutton", name="Keeps").fill("1.5")
    await add.focus()
    await page.keyboard.press("Enter")
    await new.locator("[data-field=code] [role=alert]", has_text="“fee_waiver” already").wait_for()
    await new.locator("[data-field=saves] [role=alert]", has_text="between 0 and 1").wait_for()
    await new.locator("[data-field=zh] [role=alert]", has_text="A name is needed").wait_for()
    await admin.is_fit("an offer with faults")
    await new.get_by_role("textbox", name="Code").fill("Winter visit")
    await new.get_by_role("textbox", name="Name in English").fill("A visit in winter")
    await new.get_by_role("textbox", name="Name in Chinese").fill("冬季拜访")
    await new.get_by_role("combobox", name="Bond").focus()
    for key in ("ArrowDown", "ArrowDown", "Enter"):
        await page.keyboard.press(key)
    await new.locator(".ant-select", has_text="social bond").wait_for()
    await new.get_by_role("spinbutton", name="Keeps").fill("0.2")
    await new.get_by_role("spinbutton", name="Cost").fill("30")
    await page.keyboard.press("Tab")
    await add.focus()
    await page.keyboard.press("Enter")
    await page.locator("[data-item=winter_visit]", has_text="A visit in winter").wait_for()
    await page.locator(".differences", has_text="A visit in winter").wait_for()
    await page.get_by_role("button", name="Remove: A fee waived").focus()
    await page.keyboard.press("Enter")
    await page.locator("[data-item=fee_waiver] .growth-gone").wait_for()
    await admin.is_fit("offers added and taken away")


@aio
async def test_the_policy_is_changed_previewed_and_saved(centre: Centre) -> None:
    async with chromium() as browser, logged_in(browser, centre, "admin", "en") as admin:
        page = admin.page
        await open_page(admin, centre, "/policy", ".policy-row")
        await _set(page, "lifecycle.drawdown_recovered", "0.4")
        await page.locator(".policy-cell [role=alert]").first.wait_for()
        assert await page.locator(".policy-saving button[type=submit]").is_disabled()
        await admin.is_fit("policy with a fault")
        await _set(page, "lifecycle.drawdown_recovered", "0.15")
        await page.locator(".policy-cell [role=alert]").wait_for(state="detached")
        await _set(page, "lifecycle.level_stable", "0.95")
        await admin.shows(".differences tbody tr")
        await growth_action_is_added(page)
        await offers_are_added_and_taken_away(admin)
        await page.click(".policy-preview button")
        await admin.shows(".preview-found", within_s=60.0)
        assert "customers would move" in await page.inner_text(".preview-found")
        await admin.is_fit("policy previewed")
        await page.fill(".policy-saving textarea", "Fewer are stable.")
        await page.click(".policy-saving button[type=submit]")
        await page.get_by_text("Version 1 · admin").first.wait_for()
        await page.get_by_role("button", name="Versions").click()
        await page.get_by_role("button", name="Compare with the one in force").first.click()
        await admin.shows(".versions .differences tbody tr")
        await admin.is_fit("versions compared")
        await page.keyboard.press("Escape")
        await page.locator(".ant-drawer-content").wait_for(state="detached")
        await page.locator(".ant-collapse-header", has_text="Repair").click()
        await page.locator(
            "[data-item=winter_visit]:not(.policy-changed)", has_text="A visit in winter"
        ).wait_for()
        assert await page.locator("[data-item=fee_waiver]").count() == 0


@aio
async def test_the_policy_and_a_customer_who_refuses_read_well_in_chinese(centre: Centre) -> None:
    async with chromium() as browser, logged_in(browser, centre, "admin", "zh") as admin:
        page = admin.page
        await open_page(admin, centre, "/policy", ".policy-row")
        for group in range(1, 10):
            await page.click(f".policy-groups > .ant-collapse-item >> nth={group} >> .ant-collapse-header")
        await admin.shows("[data-path='tiering_off']")
        await admin.is_fit("the whole policy")
        await open_page(admin, centre, "/repairs", ".repair")
        await admin.is_fit("repair cases")


@aio
async def test_a_queue_has_values_of_its_own_and_gives_them_back(centre: Centre) -> None:
    """By the keyboard, in Chinese: typed, refused beyond the cap, taken back by key and by button, saved."""
    path = "queue_levers.billing.gold.head_start_s"
    own, inherited = (f"[data-path='{path}'].policy-{state}" for state in ("own", "inherited"))
    async with chromium() as browser, logged_in(browser, centre, "admin", "zh") as admin:
        page = admin.page
        await open_page(admin, centre, "/policy", ".policy-row")
        await page.fill(".policy-bar input", "levers.")
        await admin.shows("[data-path='levers.gold.head_start_s']")
        await page.get_by_role("combobox", name="等级表").focus()
        for key, offered in (("Enter", "公司"), ("ArrowDown", "账单")):
            await page.keyboard.press(key)
            await page.locator(".ant-select-item-option-active", has_text=offered).wait_for()
        await page.keyboard.press("Enter")
        await admin.shows(inherited)
        assert await page.locator("[data-row='levers.*.menu']").count() == 0, "it acts before any queue"
        await admin.shows(".tier-table-of [role=note]")
        await _set(page, path, "200")
        await page.locator(f"{own} [role=alert]").wait_for()
        assert await page.locator(".policy-saving button[type=submit]").is_disabled()
        await _set(page, path, "90")
        await page.locator(f"{own} [role=alert]").wait_for(state="detached")
        await page.locator(".differences tbody tr", has_text="账单").wait_for()
        await admin.is_fit("a queue's own value")
        await page.focus(f"{own} input")
        await page.keyboard.press("Alt+Backspace")
        await admin.shows(inherited)
        assert await page.input_value(f"{inherited} input") == "60"
        await page.locator(".differences").wait_for(state="detached")
        await _set(page, path, "80")
        await page.locator(f"{own} button").click()
        await admin.shows(inherited)
        await _set(page, path, "90")
        await admin.shows(own)
        await page.fill(".policy-saving textarea", "账单队列自定提前量。")
        await page.click(".policy-saving button[type=submit]:enabled")
        await becomes(lambda: _unwritten(page), "the newer version")
        await page.fill(".policy-bar input", "levers.")
        await page.locator("[data-path='levers.gold.head_start_s'] [data-departs=billing]").wait_for()
        await admin.is_fit("the company's table and who departs from it")


async def _unwritten(page: Page) -> bool:
    return await page.input_value(".policy-saving textarea") == ""


@aio
async def test_a_record_is_made_and_changed_by_the_keyboard(centre: Centre) -> None:
    """A fault stands at its field, a shared number is asked about, who saw an older version is refused."""
    name = "艾达"
    async with chromium() as browser, logged_in(browser, centre, "amy", "zh") as amy:
        page = amy.page
        await open_page(amy, centre, "/customers/new?number=12", "#name")
        await page.fill("#name", name)
        await page.keyboard.press("Enter")
        await amy.shows("#numbers_help")
        await amy.is_fit("a record with a fault")
        await page.focus("#numbers")
        await page.keyboard.press("Backspace")
        await page.keyboard.type("+15035550193")
        await page.keyboard.press("Enter")
        await page.focus("#name")
        await page.keyboard.press("Enter")
        await amy.shows(".record-same")
        await page.click(".record-same button")
        await page.get_by_role("heading", name=name, level=1).wait_for()
        path = page.url.removeprefix(centre.http)
        await page.fill(".note-form textarea", "Likes tea.")
        await page.click(".note-form button")
        await amy.shows(".moment-note")
        await open_page(amy, centre, f"{path}/edit", "#city")
        await amy.is_fit("a record to change")
        other = await page.context.new_page()
        await other.goto(f"{centre.http}{path}/edit")
        await other.locator("#city").fill("Boston")
        await other.locator("#city").press("Enter")
        await other.get_by_role("heading", name=name, level=1).wait_for()
        await page.fill("#city", "Austin")
        await page.keyboard.press("Enter")
        await page.get_by_role("alert").get_by_role("button").click()
        await becomes(lambda: _holds(page, "#city", "Boston"), "the newest record in the form")


async def _holds(page: Page, selector: str, value: str) -> bool:
    return await page.input_value(selector) == value


@aio
async def test_notices_say_which_promise_is_broken(centre: Centre) -> None:
    async with chromium() as browser, logged_in(browser, centre, "sofia", "zh") as sofia:
        page = sofia.page
        await open_page(sofia, centre, "/notices", f".repair.mark-breach a[href='{LEAVING}']")
        await page.get_by_text("Victor Marlow").first.wait_for()
        await sofia.is_fit("notices")


@aio
async def test_every_page_says_while_the_records_are_away(centre: Centre) -> None:
    """Somebody holds the database: what happens is kept, said on screen, and stored when it is back."""
    async with (
        chromium() as browser,
        logged_in(browser, centre, "sofia", "en") as sofia,
        agent(centre, "ben") as ben,
    ):
        await open_page(sofia, centre, "/", ".wall-queues")
        held = sqlite3.connect(centre.home / "contact-center.db", isolation_level=None)
        held.execute("BEGIN IMMEDIATE")
        try:
            await ben.do("/agent/status", status="break")
            await sofia.shows(".records-away", within_s=BUSY_TIMEOUT_S + 20.0)
            await sofia.is_fit("records away")
            held.execute("ROLLBACK")
            await sofia.page.locator(".records-away").wait_for(state="detached")
        finally:
            held.close()
