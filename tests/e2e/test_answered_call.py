"""A call from ring to history: a SIP caller, the menu, the line, an agent in a real Chromium, the records."""

from pathlib import Path

import pytest
from playwright.async_api import expect

from contact_center.cti.view import Row
from contact_center.customers.record import Customer
from tests.e2e.browser import Console, chromium, console
from tests.e2e.centre import Centre, metric
from tests.e2e.people import Caller, Supervisor, caller, supervisor
from tests.support import aio, until

MENU = [
    *("find_customer", "which_greeting", "welcome", "choose_language", "speak_english", "known_customer"),
    *("welcome_back", "main_menu", "billing", "please_hold", "which_queue", "billing_queue"),
]
KEYED = [{"node": "choose_language", "digits": "1"}, {"node": "main_menu", "digits": "1"}]
EXPORTED = (
    'mos_count{party="agent"}',
    'lost_ratio_count{party="agent"}',
    'jitter_seconds_count{party="caller"}',
)
"""Of each leg that ended, to Prometheus."""
ARRIVED = ["ContactArrived", "FlowEntered", "NodeVisited", "CustomerIdentified"]
TALKED = ["Queued", "OfferMade", "AgentReserved", "Delivered", "OfferAccepted", "Established", "AgentBusy"]
STRANGER = "+12025550199"


async def joins_the_line(sofia: Supervisor, person: Caller, centre: Centre, number: str) -> str:
    """Dial and key through the menu until waiting; the contact."""
    person.dial(centre, number)
    contact = str((await sofia.contact_of(number))["id"])
    await sofia.sees(lambda: sofia.rows["contacts"][contact]["state"] == "waiting", what="in line")
    return contact


async def both_are_heard(person: Caller, amy: Console) -> None:
    await until(person.hears_agent, what="the agent's tone at the caller")
    await amy.hears_caller()


def told(story: Row, *without: str) -> list[str]:
    kinds = [event["event"]["type"] for event in story["events"]]
    return [kind for kind in kinds if kind not in without]


def span_s(story: Row, first: str, last: str) -> float:
    at = {event["event"]["type"]: event["at"] for event in story["events"]}
    return float(at[last] - at[first])


def finished(row: Row) -> bool:
    return row["ended_at"] is not None and row["wrap_up_s"] > 0


async def its_story_says_why(sofia: Console, centre: Centre, story: Row) -> None:
    """On the supervisor's screen, beside the offer: the sentence Amy read as it rang."""
    (why,) = story["reasons"].values()
    assert why["en"].startswith("Amy Carter has billing, english and has been idle longest")
    page = sofia.page
    await page.goto(f"{centre.http}/interactions")
    await (
        page.locator(".interactions tbody tr", has_text=story["customer_name"])
        .first.get_by_role("button")
        .click()
    )
    await expect(page.locator("[data-event=OfferMade] .story-why")).to_have_text(why["en"])
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)


@aio
async def test_a_customer_calls_and_hangs_up_when_helped(
    centre: Centre, people: list[Customer], tmp_path: Path
) -> None:
    who = people[0]
    async with (
        supervisor(centre) as sofia,
        chromium() as browser,
        console(browser, centre, "amy") as amy,
        console(browser, centre, "sofia") as wall,
        caller(tmp_path) as person,
    ):
        past = (await sofia.get(f"/customers/{who.id}/interactions?limit=5"))["interactions"]
        assert past, "the test company has a past"
        before = dict(sofia.queue("billing"))
        answered = metric(centre, 'cc_queue_wait_seconds_count{queue="billing"}')
        legs = {each: metric(centre, f"cc_leg_{each}") for each in EXPORTED}
        await amy.shows_state("not_ready")
        contact = await joins_the_line(sofia, person, centre, who.numbers[0])
        await wall.shows("Billing", "Waiting", "1")
        await until(lambda: person.hears_music(centre), what="music")
        await amy.press("Y")

        # The pop is on the screen before the first sound of the ring.
        screen, ahead_s = await amy.rang()
        assert ahead_s > 0.0
        assert who.name in screen
        assert "Amy Carter has billing, english and has been idle longest" in screen
        assert "Last interactions" in screen
        assert screen.count("with ") >= sum(1 for row in past if row["agent"])
        assert "main menu1" in screen  # the path, and the key pressed there

        await amy.press("A")
        await amy.shows_state("talking")
        await both_are_heard(person, amy)
        await wall.shows("Billing", "Waiting", "0")
        await wall.shows("Billing", "Talking", "1")
        await wall.shows_share("Billing", "SL", sofia.queue("billing")["service_level"])
        await wall.shows_share("Total", "SL", sofia.rows["totals"]["all"]["service_level"])
        assert await wall.judges("Billing")
        assert not await wall.judges("Total")  # the queues' targets differ: nothing to judge the sum by
        assert metric(centre, 'cc_contacts{queue="billing",state="talking"}') == 1

        await amy.press("H")
        await amy.shows_state("held")
        await until(lambda: person.hears_music(centre), what="music on hold")
        await amy.hears_no_caller()
        await amy.press("H")
        await amy.shows_state("talking")
        await both_are_heard(person, amy)
        await amy.page.get_by_text("Sound: ").wait_for()  # how it sounds, from real packets

        person.hang_up()
        ended = await person.hears_of("ended")
        assert ended["heard_tone"]
        await amy.shows_state("wrap_up")
        await amy.page.get_by_role("article", name="Wrap-up").wait_for()
        await amy.page.keyboard.press("2")
        await expect(amy.page.get_by_role("radio", name="Bill explained")).to_be_checked()
        await amy.press("D")
        await amy.shows_state("ready")

        story = await sofia.story(contact, finished)
        assert story["customer"] == who.id
        assert story["customer_name"] == who.name
        assert (story["from_number"], story["to_number"]) == (who.numbers[0], "8000")
        assert (story["queue"], story["agent"], story["outcome"]) == ("billing", "amy", "handled")
        assert (story["flow"], story["ivr_path"], story["digits"]) == ("main_menu", MENU, KEYED)
        assert story["disposition"] == "bill_explained"
        assert {leg["party"]: leg["agent"] for leg in story["quality"]} == {"caller": None, "agent": "amy"}
        assert all(leg["mos"] > 3.0 for leg in story["quality"]), story["quality"]
        assert story["wait_s"] == pytest.approx(span_s(story, "Queued", "Established"), abs=0.1)
        assert story["hold_s"] == pytest.approx(span_s(story, "Held", "Retrieved"), abs=0.1)
        assert story["talk_s"] + story["hold_s"] == pytest.approx(
            span_s(story, "Established", "ContactEnded"), abs=0.1
        )
        assert story["wrap_up_s"] == pytest.approx(
            span_s(story, "AgentWorkingAfterCall", "WrapUpEnded"), abs=0.1
        )
        assert told(story, "NodeVisited", "DigitsCollected", "QualityMeasured") == [
            *(kind for kind in ARRIVED if kind != "NodeVisited"),
            *TALKED,
            *("Held", "Retrieved", "ConnectionCleared", "ContactEnded"),
            *("AgentWorkingAfterCall", "DispositionSet", "WrapUpEnded"),
        ]
        assert told(story)[:4] == ARRIVED
        numbers = [event["seq"] for event in story["events"]]
        assert numbers == sorted(set(numbers))
        await sofia.sees(
            lambda: sofia.queue("billing")["answered"] == before["answered"] + 1, what="one more answered"
        )
        assert (await sofia.report("billing"))["answered"] == before["answered"] + 1
        assert metric(centre, 'cc_queue_wait_seconds_count{queue="billing"}') == answered + 1
        await its_story_says_why(wall, centre, story)
        assert {each: metric(centre, f"cc_leg_{each}") - was for each, was in legs.items()} == dict.fromkeys(
            EXPORTED, 1.0
        )


@aio
async def test_an_agent_with_a_mouse_helps_a_stranger_and_hangs_up(centre: Centre, tmp_path: Path) -> None:
    async with (
        supervisor(centre) as sofia,
        chromium() as browser,
        console(browser, centre, "ben") as ben,
        caller(tmp_path) as person,
    ):
        await ben.page.get_by_role("button", name="Ready", exact=True).click()
        await ben.shows_state("ready")
        person.dial(centre, STRANGER)
        contact = str((await sofia.contact_of(STRANGER))["id"])
        await ben.page.get_by_role("button", name="Accept").click()
        await ben.shows_state("talking")
        await ben.page.get_by_role("heading", name="No customer record").wait_for()
        await both_are_heard(person, ben)

        await ben.page.get_by_role("button", name="End call").click()
        await ben.shows_state("wrap_up")
        await ben.page.get_by_role("button", name="Done").click()
        await ben.page.get_by_text("This queue wants an outcome").wait_for()
        await ben.page.get_by_text("Wrong number").click()
        await ben.page.get_by_role("textbox", name="Notes").fill("Looked for the bakery.")
        await ben.page.get_by_role("button", name="Done").click()
        await ben.shows_state("ready")
        ended = await person.hears_of("ended")
        assert ended["hung_up_by"] == "peer"

        story = await sofia.story(contact, finished)
        assert (story["customer"], story["from_number"]) == (None, STRANGER)
        assert (story["agent"], story["outcome"]) == ("ben", "handled")
        assert (story["disposition"], story["note"]) == ("wrong_number", "Looked for the bakery.")
        assert story["ivr_path"][-1] == "goodbye"
        cleared = [e["event"] for e in story["events"] if e["event"]["type"] == "ConnectionCleared"]
        assert [(each["party"], each["by"]) for each in cleared] == [("agent", "agent"), ("caller", "system")]
        assert story["talk_s"] == pytest.approx(
            next(e["at"] for e in story["events"] if e["event"]["type"] == "ConnectionCleared")
            - next(e["at"] for e in story["events"] if e["event"]["type"] == "Established"),
            abs=0.1,
        )
