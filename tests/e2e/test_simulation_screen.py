"""The simulator in a real Chromium: order, watch, cancel, compare two side by side, in both languages."""

from tests.e2e.browsers import chromium
from tests.e2e.centre import Centre
from tests.e2e.screens import Screen, logged_in
from tests.support import aio
from tests.unit.test_simulation_jobs import ENDLESS, SMALL


async def order(sofia: Screen, text: str, title: str) -> None:
    page = sofia.page
    await page.click('.sim-form .ant-segmented-item:has-text("scenario of your own")')
    await page.fill(".sim-form textarea", text)
    await page.get_by_label("Title", exact=True).fill(title)
    await page.click(".sim-form .ant-btn-primary")
    await sofia.shows(f'.sim-list tr:has-text("{title}")')


async def tick(screen: Screen, title: str) -> None:
    row = f'.sim-list tr:has-text("{title}")'
    await screen.page.click(f"{row} input[type=checkbox]")
    await screen.shows(f"{row} .ant-checkbox-checked")


@aio
async def test_two_simulations_are_compared(centre: Centre) -> None:
    async with chromium() as browser, logged_in(browser, centre, "sofia", "en") as sofia:
        page = sofia.page
        await sofia.shows(".wall-queues")
        await sofia.is_fit("wallboard")
        await page.click('nav button:has-text("Planning")')
        await page.click('.ant-dropdown-menu-item:has-text("What if")')
        await sofia.shows(".sim-form")
        await sofia.is_fit("the simulator, empty")
        await order(sofia, ENDLESS, "never ends")
        await sofia.shows('.sim-list tr:has-text("never ends")[data-state="running"] [role=progressbar]')
        await sofia.is_fit("a simulation under way")
        await page.click('.sim-list tr:has-text("never ends") button:has-text("Cancel")')
        await sofia.shows('.sim-list tr:has-text("never ends")[data-state="cancelled"]')
        await order(sofia, SMALL, "eight agents")
        await order(sofia, SMALL.replace("count = 8", "count = 5"), "five agents")
        for title in ("eight agents", "five agents"):
            await sofia.shows(f'.sim-list tr:has-text("{title}")[data-state="done"]', within_s=60.0)
            await tick(sofia, title)
        await sofia.shows(".sim-charts canvas >> nth=3")
        await sofia.is_fit("two simulations side by side")
        row = page.locator('.sim-figures tr[data-figure="service_level"]').first
        cells = [await each.inner_text() for each in await row.locator("td").all()]
        assert len(cells) == 3
        assert all("%" in cell for cell in cells[:2])
        assert cells[2].startswith("−"), "five agents answer fewer in time than eight"
        await page.click('figure[aria-label="Service level by queue"] button:has-text("As a table")')
        await sofia.shows('figure[aria-label="Service level by queue"] .chart-table')
        async with page.expect_download() as saved:
            await page.click('button:has-text("Save all figures")')
        text = (await (await saved.value).path()).read_text("utf-8")
        assert "Service level" in text
        assert "five agents" in text.splitlines()[0]
    async with chromium() as browser, logged_in(browser, centre, "sofia", "zh") as sofia:
        await sofia.page.goto(f"{centre.http}/what-if")
        await tick(sofia, "eight agents")
        await sofia.shows(".sim-charts canvas >> nth=3")
        await sofia.is_fit("one simulation, in Chinese")
