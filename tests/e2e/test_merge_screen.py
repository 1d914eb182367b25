"""Two records that are one customer, on screen: found, seen side by side, merged, and taken apart again."""

import json

from playwright.async_api import Page

from tests.e2e.browsers import chromium
from tests.e2e.centre import Centre
from tests.e2e.screens import Screen, logged_in
from tests.support import aio

MADE = """async record => {
    const me = await (await fetch('/api/v1/session')).json();
    const answer = await fetch('/api/v1/customers', {
        method: 'POST', body: record,
        headers: {'content-type': 'application/json', 'X-CSRF-Token': me.csrf}});
    return [answer.status, await answer.json()];
}"""


async def made(page: Page, **record: object) -> str:
    """A record of this test alone."""
    status, body = await page.evaluate(MADE, json.dumps(record))
    assert status == 201, body
    return str(body["id"])


async def two_records(sofia: Screen, centre: Centre) -> tuple[str, str]:
    await sofia.page.goto(f"{centre.http}/customers")
    await sofia.shows(".customers")
    stays = await made(sofia.page, name="丁合", numbers=["+12025550811"], city="上海", tags=["茶"])
    ends = await made(
        sofia.page,
        name="丁荷",
        numbers=["+12025550812"],
        city="北京",
        company="海港",
        emails=["d@example.com"],
    )
    return stays, ends


@aio
async def test_two_records_are_merged_and_taken_apart_by_the_keyboard(centre: Centre) -> None:
    async with chromium() as browser, logged_in(browser, centre, "sofia", "zh") as sofia:
        page = sofia.page
        stays, ends = await two_records(sofia, centre)
        await page.goto(f"{centre.http}/customers/{stays}")
        await page.get_by_role("button", name="合并…").focus()
        await page.keyboard.press("Enter")
        dialog = page.get_by_role("dialog")
        await dialog.get_by_role("searchbox").wait_for()
        await page.keyboard.type("没有此人")
        await dialog.get_by_text("没有其他档案包含").wait_for()
        await dialog.get_by_role("searchbox").fill("丁荷")
        await dialog.get_by_role("radio", name="丁荷").focus()
        await page.keyboard.press("Space")
        row = dialog.locator("tr", has_text="城市")
        await row.get_by_text("不一致").wait_for()
        assert [await row.locator("td").nth(n).inner_text() for n in (1, 2)] == ["上海", "北京"]
        both = dialog.locator("tr", has_text="号码").first
        assert await both.locator("strong").inner_text() == "+1 202 555 0811, +1 202 555 0812"
        assert await dialog.get_by_role("button", name="合并", exact=True).is_disabled()
        await sofia.is_fit("two records side by side")
        await dialog.get_by_role("button", name="改为保留另一份").click()
        await dialog.get_by_text("保留：丁荷").wait_for()
        await dialog.get_by_role("button", name="改为保留另一份").click()
        await dialog.get_by_text("保留：丁合").wait_for()
        await dialog.get_by_role("textbox", name="为何是同一客户").fill("同一护照")
        await page.keyboard.press("Enter")
        await page.locator(".merged", has_text="丁荷").wait_for()
        await page.locator(".record", has_text="+1 202 555 0812").wait_for()
        await sofia.is_fit("a merged record")

        await page.get_by_role("button", name="重新拆分 丁荷").focus()
        await page.keyboard.press("Enter")
        await page.get_by_role("textbox", name="为何是两个客户").fill("父子")
        await page.keyboard.press("Enter")
        await page.locator(".merged", has_text="由 sofia 拆分").wait_for()
        await page.locator(".record", has_text="+1 202 555 0811").wait_for()
        await page.locator(".record", has_text="+1 202 555 0812").wait_for(state="detached")
        await page.goto(f"{centre.http}/customers/{ends}")
        await page.get_by_role("heading", name="丁荷", level=1).wait_for()


@aio
async def test_who_is_no_supervisor_sees_no_merge(centre: Centre) -> None:
    async with chromium() as browser, logged_in(browser, centre, "amy", "en") as amy:
        await amy.page.goto(f"{centre.http}/customers")
        await amy.shows(".found a")
        await amy.page.locator(".found a").first.click()
        await amy.page.get_by_role("link", name="Change").wait_for()
        assert await amy.page.get_by_role("button", name="Merge with…").count() == 0
