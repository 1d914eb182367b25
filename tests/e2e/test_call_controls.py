"""The whole call in hand, in real browsers: two agents on the keyboard, callers and outside numbers.

Everybody sounds a tone of his own: who hears whom is heard, not read from a state.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from playwright.async_api import Page, expect

from contact_center.customers.record import Customer
from contact_center.telephony.media import audio
from tests.e2e.browser import Console, chromium, console, tabs
from tests.e2e.centre import Centre
from tests.e2e.ears import hold_music, longest_gap_s, longest_without_music_s
from tests.e2e.outside import OUTSIDE_HZ, outside_number
from tests.e2e.people import AGENT_HZ, CALLER_HZ, Caller, caller, supervisor
from tests.e2e.router import Router
from tests.support import aio, until

BEN_HZ = 1555.0
OUTSIDE = "+493011122233"
REATTACHED_WITHIN_S = 2.0


async def takes(agent: Console, person: Caller, centre: Centre, number: str) -> None:
    """An agent gets ready, a caller comes, both talk."""
    await agent.shows_state("not_ready")
    await agent.press("Y")
    await agent.shows_state("ready")
    person.dial(centre, number)
    await agent.page.get_by_role("article", name="Incoming call").wait_for()
    await agent.press("A")
    await agent.shows_state("talking")
    await until(person.hears_agent, what="the agent's tone at the caller")
    await agent.hears(CALLER_HZ)


async def is_done(agent: Console) -> None:
    """Ends the wrap-up, which wants an outcome."""
    await agent.shows_state("wrap_up")
    await agent.page.keyboard.press("1")
    await agent.press("D")
    await agent.shows_state("ready")


@asynccontextmanager
async def two_agents(centre: Centre, folder: Path) -> AsyncIterator[tuple[Console, Console]]:
    """Amy and Ben, each in a browser with a microphone of its own."""
    async with AsyncExitStack() as stack:
        browsers = [await stack.enter_async_context(chromium(hz)) for hz in (AGENT_HZ, BEN_HZ)]
        amy = await stack.enter_async_context(console(browsers[0], centre, "amy"))
        ben = await stack.enter_async_context(console(browsers[1], centre, "ben"))
        yield amy, ben


async def asks(amy: Console, ben: Console) -> None:
    """Amy finds Ben by his name and asks him; he takes it."""
    await amy.press("F")
    await amy.page.get_by_role("option", name="Ben").wait_for()
    await amy.types("ben")
    await amy.page.keyboard.press("Enter")
    await ben.sees("Amy Carter asks you about a customer")
    await ben.press("A")
    await ben.sees("Amy Carter asks you aside")
    await amy.page.get_by_role("button", name="Hand over").wait_for()


@aio
async def test_ask_turn_talk_together_and_leave_on_the_keyboard(
    centre: Centre, people: list[Customer], tmp_path: Path
) -> None:
    async with two_agents(centre, tmp_path) as (amy, ben), caller(tmp_path) as person:
        await takes(amy, person, centre, people[0].numbers[0])
        await ben.press("Y")
        await ben.shows_state("ready")
        await asks(amy, ben)

        await ben.page.get_by_role("heading", name=people[0].name).first.wait_for()  # the customer's pop
        await amy.hears(BEN_HZ)
        await ben.hears(AGENT_HZ)
        await ben.hears_no(CALLER_HZ)
        await until(lambda: person.hears_music(centre), what="music at the caller")

        await amy.press("S")
        await amy.sees("You talk with the customer.")
        await ben.sees("You hear music.")
        await until(person.hears_agent, what="Amy at the caller again")
        await amy.hears(CALLER_HZ)
        await ben.hears_no(CALLER_HZ)
        await amy.press("X")
        await ben.shows_state("ready")
        await until(lambda: not person.hears(BEN_HZ), what="the caller without Ben")

        await asks(amy, ben)
        await amy.press("G")
        await amy.page.get_by_role("heading", name="In this call").wait_for()
        await until(person.hears_agent, what="Amy at the caller, in the conference")
        await until(lambda: person.hears(BEN_HZ), what="Ben at the caller, in the conference")
        await ben.hears(CALLER_HZ)
        await ben.hears(AGENT_HZ)

        await amy.press("M")
        await amy.sees("You are muted.")
        await until(lambda: not person.hears_agent(), what="the caller without muted Amy")
        await ben.hears_no(AGENT_HZ)
        await amy.press("M")
        await until(person.hears_agent, what="Amy at the caller, no longer muted")

        await amy.press("E")
        await is_done(amy)
        await until(lambda: person.hears(BEN_HZ) and not person.hears_agent(), what="Ben alone")
        await ben.press("H")
        await ben.page.get_by_role("timer", name="On hold for").wait_for()
        await until(lambda: person.hears_music(centre), what="music on hold")
        await ben.press("H")
        await ben.press("E")
        await is_done(ben)
        await person.hears_of("ended")


@aio
async def test_sent_on_at_once_and_what_is_refused_says_why(centre: Centre, tmp_path: Path) -> None:
    async with two_agents(centre, tmp_path) as (amy, ben), caller(tmp_path) as person:
        await takes(amy, person, centre, "+15035550191")  # Victor Marlow, with promises to keep
        await amy.page.locator(".open-items li").first.wait_for()
        await amy.press("F")
        busy = amy.page.get_by_role("option", name="Ben")
        await expect(busy).to_have_attribute("aria-disabled", "true")
        await amy.types("+49 30 111 222")
        await amy.page.keyboard.press("Enter")
        await amy.sees("There is no such number")
        await until(person.hears_agent, what="Amy and her caller, undisturbed")

        await ben.press("Y")
        await amy.press("F")
        await amy.types("ben")
        await expect(busy).to_have_attribute("aria-disabled", "false")  # the feed is newer than the list
        await amy.page.keyboard.press("Control+Enter")
        await amy.shows_state("wrap_up")
        await ben.sees("Amy Carter sends you a customer")
        await ben.press("A")
        await until(lambda: person.hears(BEN_HZ), what="Ben at the caller")
        await ben.hears(CALLER_HZ)
        await is_done(amy)
        person.hang_up()
        await is_done(ben)


@aio
async def test_a_call_out_rings_talks_sends_keys_and_names_its_failure(
    centre: Centre, tmp_path: Path
) -> None:
    async with (
        chromium() as browser,
        outside_number(centre, tmp_path) as phone,
        console(browser, centre, "amy") as amy,
    ):
        await amy.page.get_by_role("button", name="Make a call").click()
        await amy.types("030 no number")
        await amy.page.keyboard.press("Enter")
        await amy.sees("This is no telephone number.")
        await amy.page.get_by_label("Telephone number").fill("+49 (30) 111-222 33")
        await amy.sees("Dials +49 301 112 2233")
        await amy.page.get_by_role("combobox", name="For the queue").click()
        await amy.page.locator(".ant-select-item-option", has_text="Billing").click()
        await amy.page.get_by_role("button", name="Call", exact=True).click()
        ringing = await phone.rings()
        await amy.page.get_by_text("Calling", exact=True).wait_for()
        await amy.sees("It rings at +49 301 112 2233.")
        phone.do("answer", ringing)
        await amy.hears(OUTSIDE_HZ)
        await until(phone.hears_agent, what="Amy at the number she called")

        await amy.press("K")
        await amy.types("42#")
        await expect(amy.page.get_by_label("Keys sent")).to_have_value("42#")
        await phone.gets_keys("42#")
        await amy.press("E")
        await phone.hears_of("ended")
        await amy.shows_state("wrap_up")
        await amy.page.keyboard.press("1")
        await amy.press("D")
        await amy.shows_state("not_ready")

        phone.forget()
        await amy.page.get_by_role("button", name="Call +49 301 112 2233").first.click()
        await expect(amy.page.get_by_label("Telephone number")).to_have_value("+49 301 112 2233")
        await amy.page.keyboard.press("Enter")
        phone.do("refuse", await phone.rings())
        await amy.sees("The line is busy.")
        await amy.page.keyboard.press("1")
        await amy.press("D")
        await amy.shows_state("not_ready")


async def without_agent_s(person: Caller, act: Callable[[], Awaitable[None]]) -> float:
    """How long the caller does not hear Amy because of an act, once it does again."""
    begins_s = max(0.0, person.heard_s - 0.3)
    await act()
    heard_s = person.heard_s
    await until(
        lambda: person.heard_s > heard_s + 1.5 and person.hears_agent(), what="Amy at the caller again"
    )
    return longest_gap_s(person.heard(begins_s), AGENT_HZ)


async def on_no_path_s(router: Router) -> float:
    """Cut the path; how long until sound comes from the browser on another one."""
    loop, paths = asyncio.get_running_loop(), len(router.paths)
    cut_at = loop.time()
    router.cut()
    await until(
        lambda: len(router.paths) > paths and router.sounded_at is not None, what="sound on another path"
    )
    return (router.sounded_at or 0.0) - cut_at


async def second_tab(amy: Console, centre: Centre) -> Page:
    page = await amy.page.context.new_page()
    page.set_default_timeout(20_000)
    page.on("pageerror", lambda error: amy.faults.append(str(error)))
    await page.goto(centre.http)
    return page


@aio
async def test_a_refresh_and_another_tab_keep_the_caller(centre: Centre, tmp_path: Path) -> None:
    async with (
        supervisor(centre) as sofia,
        chromium() as browser,
        console(browser, centre, "amy") as amy,
        caller(tmp_path) as person,
    ):
        await takes(amy, person, centre, "+12025550178")

        async def refresh() -> None:
            await amy.page.reload()
            await amy.page.get_by_role("article", name="Call").wait_for()

        gap_s = await without_agent_s(person, refresh)
        assert gap_s <= REATTACHED_WITHIN_S, f"{gap_s:.2f} s without the agent after a refresh"
        await amy.hears(CALLER_HZ)

        await amy.press("M")
        await until(lambda: not person.hears_agent(), what="the caller without muted Amy")
        await amy.page.reload()
        await amy.page.get_by_role("button", name="Unmute").wait_for()  # a refresh opens no microphone
        await amy.shows_phone("Connected")
        mark_s = person.heard_s
        await until(lambda: person.heard_s > mark_s + 1.0, what="a second of sound at the caller")
        assert audio.tone_seconds(person.heard(mark_s), AGENT_HZ) == 0.0
        await amy.press("M")
        await until(person.hears_agent, what="Amy at the caller, no longer muted")

        other = await second_tab(amy, centre)
        await other.get_by_text("The sound of this call is in another tab.").wait_for()

        async def take_over() -> None:
            await other.get_by_role("button", name="Use this tab").click()
            await other.get_by_text("Phone: Connected").wait_for()

        gap_s = await without_agent_s(person, take_over)
        assert gap_s <= REATTACHED_WITHIN_S, f"{gap_s:.2f} s without the agent after taking over"
        await amy.sees("The sound of this call is in another tab.")
        gap_s = await without_agent_s(person, other.close)  # the sound comes back to the tab that is left
        assert gap_s <= REATTACHED_WITHIN_S, f"{gap_s:.2f} s without the agent after a tab was closed"
        await amy.shows_phone("Connected")

        # Logging out is refused while the call is up, and logs the agent off at once when it is over.
        await amy.page.get_by_role("button", name="Account of").click()
        await amy.page.get_by_role("menuitem", name="Log out").click()
        await amy.sees("You are still in a call.")
        assert person.told("ended") is None
        person.hang_up()
        await is_done(amy)
        await amy.log_out()
        await sofia.sees(
            lambda: sofia.rows["agents"]["amy"]["state"] == "logged_off", what="logged off", within_s=5.0
        )

        # Her microphone is remembered here: this time nobody needs to speak.
        assert await amy.page.evaluate("JSON.parse(localStorage['cc.microphones.passed']).length") == 1
        await amy.page.context.add_init_script("AnalyserNode.prototype.getFloatTimeDomainData = () => {}")
        await amy.log_in(centre, "amy")
        await amy.shows_state("not_ready")
        await amy.press("Y")
        await amy.shows_state("ready")


@aio
async def test_another_network_in_the_call_keeps_the_caller(centre: Centre, tmp_path: Path) -> None:
    """The path dies without a word: in a talk, in front and behind another tab, then held and muted there,
    where nothing is to be heard and nobody looks; last the browser is offline for a while."""
    async with (
        tabs(tmp_path) as browser,
        console(browser, centre, "amy", router=Router()) as amy,
        caller(tmp_path) as person,
    ):
        assert amy.router is not None
        await takes(amy, person, centre, "+12025550179")
        assert len(amy.router.paths) == 1

        async def change() -> None:
            assert amy.router is not None
            amy.router.cut()

        async def behind_another_tab() -> Page:
            """Hers is hidden then, and gets one tick of a timer a second."""
            other = await browser.new_page()
            await other.bring_to_front()
            await amy.finds("document.visibilityState === 'hidden'")
            return other

        for paths in (2, 3):
            other = await behind_another_tab() if paths == 3 else None
            gap_s = await without_agent_s(person, change)
            assert gap_s <= REATTACHED_WITHIN_S, f"{gap_s:.2f} s without the agent on another network"
            assert len(amy.router.paths) == paths
            await amy.hears(CALLER_HZ)
            if other is not None:
                await other.close()
                await amy.page.bring_to_front()

        await amy.press("H")
        await amy.shows_state("held")
        await amy.press("M")
        await amy.sees("You are muted.")
        other = await behind_another_tab()
        await until(lambda: person.hears_music(centre), what="music on hold")
        held_s = person.heard_s
        gap_s = await on_no_path_s(amy.router)
        assert gap_s <= REATTACHED_WITHIN_S, f"{gap_s:.2f} s on no path, held and out of sight"
        without_s = longest_without_music_s(person.heard(held_s), hold_music(centre))
        assert without_s <= REATTACHED_WITHIN_S, f"{without_s:.2f} s without music on hold"

        await other.close()
        await amy.page.bring_to_front()
        await amy.press("H")
        await amy.shows_state("talking")
        await amy.press("M")
        await until(person.hears_agent, what="Amy at the caller, no longer on hold")
        await amy.hears(CALLER_HZ)
        amy.router.cut()
        await amy.page.context.set_offline(True)
        await asyncio.sleep(2.5)  # no network at all
        assert not person.hears_agent()
        mark_s = person.heard_s
        await amy.page.context.set_offline(False)
        await until(person.hears_agent, what="Amy at the caller again")
        assert person.heard_s - mark_s <= REATTACHED_WITHIN_S
        assert person.told("ended") is None
        await amy.hears(CALLER_HZ)
        person.hang_up()
        await is_done(amy)


@aio
async def test_nobody_is_ready_who_cannot_be_heard(centre: Centre, tmp_path: Path) -> None:
    async with chromium(loud_db=-90.0) as browser, console(browser, centre, "amy") as amy:
        await amy.shows_phone("Connected")
        await amy.press("Y")
        await amy.sees("Not ready yet: say something")
        await amy.page.get_by_text("Round trip").first.wait_for()
        await amy.page.get_by_role("button", name="Play a test tone").click()
        await amy.page.get_by_role("button", name="I hear nothing").click()
        await amy.sees("Choose another loudspeaker")
        await amy.shows_state("not_ready")
        await amy.page.keyboard.press("Escape")
        await amy.page.get_by_role("dialog").wait_for(state="hidden")
