"""The flow page on a real core in a real Chromium: edited, underlined, tried, deployed, and called."""

from pathlib import Path

from tests.e2e.browsers import chromium
from tests.e2e.centre import Centre
from tests.e2e.flows import put_in_force
from tests.e2e.people import caller, supervisor
from tests.e2e.screens import Screen, logged_in
from tests.support import aio

CALLER = "+12025550188"
ENTRY = "8155"
FLOW = """\
languages: [en, zh]
numbers: ["8155"]
start: ask
prompts:
  ask: {en: "Press 1 to hear it.", zh: "收听请按 1。"}
  told: {en: "There it was.", zh: "播放完毕。"}
nodes:
  ask:
    kind: menu
    say: ask
    choices: {"1": tell}
    no_input: bye
    no_match: bye
    tries: 9
    timeout_s: 20
  tell: {kind: say, say: told, next: bye}
  bye: {kind: hangup}
"""
BETTER = FLOW.replace("There it was.", "There it was, twice.").replace("  tell:", "  tell_it:")
TESTS = """\
tests:
  who presses 1 hears it:
    steps: [hear: ask, press: "1", hear: told, end]
"""


async def rewrite(page: Screen, text: str) -> None:
    """As an author does: everything marked and deleted, another text put in.

    Put in at once, Chromium would carry the look of what was marked over as an inline style, and complain of
    our content policy.
    """
    await page.page.click(".cm-content")
    await page.page.keyboard.press("Control+A")
    await page.page.keyboard.press("Delete")
    await page.page.keyboard.insert_text(text)


async def mend(admin: Screen) -> None:
    """A wrong target is underlined and listed; the finding leads to its line; mended, nothing is found."""
    page = admin.page
    await rewrite(admin, BETTER)
    await admin.shows(".cm-lintRange-error")
    finding = page.locator(".flow-findings li", has_text="'1' leads to 'tell'")
    assert "did you mean 'tell_it'?" in await finding.inner_text()
    await admin.is_fit("a finding")
    await finding.locator("button").click()
    line = BETTER.splitlines().index('    choices: {"1": tell}') + 1
    await admin.shows(f'.cm-activeLineGutter:has-text("{line}")')
    await rewrite(admin, BETTER.replace('"1": tell}', '"1": tell_it}'))
    await admin.shows(".flow-findings .flow-good")
    await page.locator(".cm-lintRange-error").first.wait_for(state="detached")
    await admin.shows('[data-testid="draft"].flow-state-saved')


async def try_out(admin: Screen) -> None:
    page = admin.page
    await page.click(".flow-beside .ant-segmented-item >> nth=1")
    await page.click(".trial .ant-btn-primary")
    await admin.shows(".trial-say:has-text('Press 1 to hear it.')")
    async with page.expect_response(lambda answer: "/sounds/" in answer.url) as played:
        await page.click(".trial-keys button:has-text('1')")
    assert (await played.value).ok
    await admin.shows(".trial-say:has-text('There it was, twice.')")
    await admin.shows('.trial [data-node="tell_it"].lit')
    await admin.is_fit("trial")
    await page.click('[data-testid="listen"]')
    await admin.shows(".trial-end")


async def deploy(admin: Screen, why: str, old: str) -> str:
    """The version that is in force then, another than the `old` one."""
    page = admin.page
    await page.click(".flow-bar .ant-btn-primary")
    await admin.shows('[data-testid="tests"]')
    await admin.is_fit("deploying")
    await page.fill(".ant-modal textarea", why)
    await page.click(".ant-modal-footer .ant-btn-primary")
    await admin.shows('[data-testid="draft"].flow-state-same')
    await admin.shows(f".flow-facts code:not(:has-text('{old}'))")
    return await page.inner_text(".flow-facts code")


@aio
async def test_a_flow_is_edited_tried_deployed_and_called(centre: Centre, tmp_path: Path) -> None:
    flow = tmp_path / "page_test.yaml"
    flow.write_text(FLOW, "utf-8")
    flow.with_name("page_test.test.yaml").write_text(TESTS, "utf-8")
    await put_in_force(centre, flow, note="first")
    async with (
        chromium() as browser,
        supervisor(centre) as sofia,
        caller(tmp_path) as person,
        logged_in(browser, centre, "admin", "en") as admin,
    ):
        page = admin.page
        await page.goto(f"{centre.http}/flows")
        await admin.shows(".flow-list")
        await admin.is_fit("flows")
        await page.click(".flow-list a:has-text('page_test')")
        await admin.shows('[data-node="tell"]')
        old = await page.inner_text(".flow-facts code")
        await page.click(".ant-segmented-item:has-text('Edit and try')")
        await mend(admin)
        await page.reload()
        await admin.shows(".flow-findings .flow-good")
        assert "tell_it" in await page.inner_text(".cm-content")
        await try_out(admin)
        new = await deploy(admin, "says it twice", old)

        await page.click(".ant-segmented-item:has-text('Picture')")
        await admin.shows('[data-node="tell_it"]')
        person.dial(centre, CALLER, digits=(), entry=ENTRY)
        await admin.shows('[data-node="ask"][data-callers="1"]')
        await admin.is_fit("a caller in the picture")
        contact = (await sofia.contact_of(CALLER))["id"]
        person.hang_up()
        story = await sofia.story(contact, lambda row: row["ended_at"] is not None)
        entered = [each["event"] for each in story["events"] if each["event"]["type"] == "FlowEntered"]
        assert [each["version"][:8] for each in entered] == [new]
        await page.click(".flow-seen .ant-segmented-item >> nth=1")
        await admin.shows('[data-node="ask"]:has(.flow-lost)')
        await page.click(".ant-segmented-item:has-text('History')")
        await admin.shows("tr:has-text('says it twice'):has-text('admin')")
        await admin.shows(".cm-merge-b .cm-changedLine, .cm-merge-b .cm-insertedLine")
        await admin.is_fit("history")


@aio
async def test_a_supervisor_sees_flows_in_chinese(centre: Centre) -> None:
    async with chromium() as browser, logged_in(browser, centre, "tang", "zh") as tang:
        page = tang.page
        await page.goto(f"{centre.http}/flows")
        await tang.shows(".flow-list tbody a")
        await tang.is_fit("flows")
        await page.click(
            '.flow-list a[href="/flows/main_menu"]'
        )  # none of its nodes is named like a word of ours
        await tang.shows(".flow-node")
        await tang.shows(".flow-tables")
        await tang.is_fit("picture")
        await page.focus('.flow-node[tabindex="0"]')
        first = await page.evaluate("document.activeElement.dataset.node")
        await page.keyboard.press("ArrowDown")
        await tang.shows(f'.flow-node:focus:not([data-node="{first}"])')
        await page.click(".page-head .ant-segmented-item >> nth=1")
        await tang.shows(".cm-content")
        await tang.shows(".flow-findings .flow-good")
        assert await page.locator('[data-testid="draft"]').count() == 0
        await page.click(".flow-beside .ant-segmented-item >> nth=1")
        await page.click(".trial .ant-btn-primary")
        await tang.shows(".trial-line")
        await tang.is_fit("trial")
        await page.click(".page-head .ant-segmented-item >> nth=2")
        await tang.is_fit("history")
