"""What a tier gives a caller: by when he is called back, in the queue's hours, and which menu he hears."""

import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contact_center.cti import events as cti
from contact_center.customers.pop import Pop
from contact_center.customers.record import Customer
from contact_center.ivr.calendar import Calendar
from contact_center.loyalty.treatment import Treatment
from contact_center.switchboard.promising import promise
from tests.callback_scene import (
    CUSTOMER,
    answers,
    asks,
    attempt,
    company,
    hangs_up,
    happened,
    in_line,
    keys,
    names,
    ready,
)
from tests.support import run_apart
from tests.treated import treated
from tests.world import Strangers, World

HOUR, DAY = 3600.0, 86_400.0
NINE_TO_FIVE = ((9 * 60, 17 * 60),)
OFFICE = Calendar(
    zone="UTC",
    offsets=((0.0, 0),),
    weekly=((NINE_TO_FIVE,) * 5 + ((), ())),
    holidays=frozenset({4}),
)
"""Thursday 1 January 1970 is day 0; Monday the 5th is a holiday."""
THURSDAY_TEN = 10 * HOUR
FRIDAY_HALF_PAST_FOUR = DAY + 16.5 * HOUR
TUESDAY = 5 * DAY


@pytest.mark.parametrize(
    ("within_s", "now", "at", "next_day"),
    [
        (900.0, THURSDAY_TEN, THURSDAY_TEN + 900.0, False),
        (7200.0, FRIDAY_HALF_PAST_FOUR, TUESDAY + 10.5 * HOUR, True),
        (None, THURSDAY_TEN, DAY + 17 * HOUR, True),
        (None, FRIDAY_HALF_PAST_FOUR, TUESDAY + 17 * HOUR, True),
        (20 * HOUR, THURSDAY_TEN, TUESDAY + 14 * HOUR, False),  # beyond the next day: said in minutes
    ],
)
def test_time_runs_while_the_queue_is_open(
    within_s: float | None, now: float, at: float, next_day: bool
) -> None:
    made = promise(within_s, OFFICE, 0.0, now)
    assert made is not None
    assert (made.at, made.next_day) == (at, next_day)


def test_without_hours_business_days_are_weekdays() -> None:
    friday_ten = DAY + 10 * HOUR
    assert promise(900.0, None, 0.0, friday_ten) == promise(900.0, _always(), 0.0, friday_ten)
    monday = promise(None, None, 0.0, friday_ten)
    assert monday is not None
    assert (monday.at, monday.next_day) == (4 * DAY + 10 * HOUR, True)
    assert promise(900.0, replace(OFFICE, weekly=((),) * 7), 0.0, friday_ten) is None, "never open again"


def _always() -> Calendar:
    return Calendar(zone="UTC", offsets=((0.0, 0),), weekly=(((0, 1440),),) * 7)


def test_the_next_day_ends_by_its_own_clock() -> None:
    """Central Europe goes an hour forward in the night of the 31st of March 1985."""
    change = 481_078_800.0
    europe = replace(
        OFFICE, offsets=((0.0, 3600), (change, 7200)), weekly=(NINE_TO_FIVE,) * 7, holidays=frozenset()
    )
    eve = change - 12 * HOUR
    made = promise(None, europe, 0.0, eve)
    assert made is not None
    assert europe.local(made.at)[1] == 17 * 60
    assert made.at - eve == 26 * HOUR


@given(st.floats(0, 20 * DAY), st.one_of(st.none(), st.floats(60, 7 * DAY)))
def test_a_promise_is_to_come_and_within_hours(now: float, within_s: float | None) -> None:
    made = promise(within_s, OFFICE, 0.0, now)
    assert made is not None
    assert made.at > now
    assert OFFICE.state_at(made.at - 1.0) == "open"
    assert within_s is None or made.at >= now + within_s
    if made.next_day:
        day_ends = OFFICE.next_day_ends(now)
        assert day_ends is not None
        assert made.at <= day_ends


# -- in a centre --------------------------------------------------------------------------------------


class Tiered(Strangers):
    """Everybody who calls is this customer, of this tier."""

    def __init__(self, treatment: Treatment | None) -> None:
        self.treatment = treatment

    async def pop(self, raw_number: str) -> Pop:
        mei = Customer(id="c1", name="Mei")
        return Pop(matches=(mei,), customer=mei, treatment=self.treatment)


PLATINUM = treated("platinum", menu="standard")
"""Who hears the menus that the scene's keys go through."""


async def centre_of(folder: str, treatment: Treatment | None, *, tiering: bool = True) -> World:
    world = World(Path(folder), directory=company(tiering=tiering))
    world.records = Tiered(treatment)
    await world.core_up()
    return world


def told(story: str, treatment: Treatment | None, *, tiering: bool = True) -> None:
    async def alone() -> None:
        with tempfile.TemporaryDirectory() as folder:
            await STORIES[story](await centre_of(folder, treatment, tiering=tiering))

    run_apart(alone())


async def _said_and_broken(world: World) -> None:
    conversation = await in_line(world)
    since = world.now
    await keys(world, conversation, "1")
    said = world.ears[conversation, "caller"].files
    assert said[0] == "phrase-callback_promise"
    assert "15" in said[1]
    await keys(world, conversation, "1")
    await hangs_up(world, conversation)
    (one,) = world.board.calling_back.book.all()
    assert one.promised_at == pytest.approx(since + 900.0, abs=5.0)
    row = world.floor.row(("callbacks", one.id))
    assert row is not None
    assert one.promised_at is not None
    assert (row["promised_at"], row["late"]) == (one.promised_at, False)
    await world.passes(one.promised_at - world.now - 1.0)
    assert not happened(world, cti.CallbackLate)
    await world.kill_core()
    await world.core_up()
    await world.passes(2.0)
    (late,) = happened(world, cti.CallbackLate)
    assert isinstance(late, cti.CallbackLate)
    assert (late.callback, late.promised_at) == (one.id, one.promised_at)
    row = world.floor.row(("callbacks", one.id))
    assert row is not None
    assert row["late"] is True
    await world.passes(300.0)
    assert names(world) == ["Requested", "Late"], "told once; the place is kept"
    await ready(world, "anna")
    assert attempt(world), "and he is called all the same"


async def _called_in_time(world: World) -> None:
    one = await asks(world)
    await ready(world, "anna")
    await hangs_up(world, attempt(world), 486)  # busy: he was called
    await world.passes((one.promised_at or 0.0) - world.now + 5.0)
    assert not happened(world, cti.CallbackLate)


async def _stands_sooner(world: World) -> None:
    """A minute before the promise his call stands where nine tenths of the cap earlier would have stood."""
    one = await asks(world)
    assert one.promised_at is not None
    await world.passes(one.promised_at - world.now - 60.0)
    await ready(world, "anna")
    conversation = await answers(world)
    (made,) = happened(world, cti.OfferMade)
    assert isinstance(made, cti.OfferMade)
    assert made.contact == world.board.sessions[conversation].contact
    assert 160.0 < made.decision.head_start_s <= 170.0


async def _by_hand(world: World) -> None:
    """A supervisor's callback is promised as the customer's own wish would be."""
    one = await world.board.calling_back.add("billing", CUSTOMER, "en", "sofia")
    assert (one.customer, one.by) == ("c1", "sofia")
    assert one.promised_at == pytest.approx(world.now + 900.0, abs=5.0)
    await world.passes(901.0)
    (late,) = happened(world, cti.CallbackLate)
    assert isinstance(late, cti.CallbackLate)
    assert late.callback == one.id


async def _next_day(world: World) -> None:
    conversation = await in_line(world)
    await keys(world, conversation, "1")
    assert world.ears[conversation, "caller"].files[0] == "phrase-callback_next_day"
    await keys(world, conversation, "1")
    (one,) = world.board.calling_back.book.all()
    assert one.promised_at == pytest.approx(world.now + DAY, abs=5.0)
    assert one.expires_at == one.promised_at, "it does not end before it is due"


async def _nothing_promised(world: World) -> None:
    one = await asks(world)
    assert one.promised_at is None
    await world.passes(4000.0)
    assert names(world) == ["Requested"]


async def _heard(world: World) -> str:
    conversation = await world.calls_in()
    return str(world.ears[conversation, "caller"].files[0])


async def _own_menu(world: World) -> None:
    assert await _heard(world) == "phrase-recognised"


async def _anybodys_menu(world: World) -> None:
    assert await _heard(world) == "phrase-welcome"


STORIES = {
    "said": _said_and_broken,
    "in time": _called_in_time,
    "next day": _next_day,
    "sooner": _stands_sooner,
    "by hand": _by_hand,
    "nothing": _nothing_promised,
    "own menu": _own_menu,
    "anybody's menu": _anybodys_menu,
}


def test_the_promise_is_said_shown_and_told_when_broken() -> None:
    told("said", PLATINUM)


def test_who_was_called_in_time_was_not_let_down() -> None:
    told("in time", PLATINUM)


def test_a_promise_that_falls_due_moves_the_place_of_the_call() -> None:
    told("sooner", treated("platinum", menu="standard", head_start_s=0.0))


def test_a_callback_by_hand_is_promised_too() -> None:
    told("by hand", PLATINUM)


def test_a_lead_customer_is_promised_the_next_business_day() -> None:
    told("next day", treated("lead", menu="standard"))


@pytest.mark.parametrize(
    ("treatment", "tiering"), [(None, True), (PLATINUM, False)], ids=["stranger", "queue"]
)
def test_nothing_is_promised_to_who_has_no_treatment(treatment: Treatment | None, tiering: bool) -> None:
    told("nothing", treatment, tiering=tiering)


def test_a_tiers_menu_is_heard_where_a_queue_goes_by_tiers() -> None:
    told("own menu", treated("platinum"))


@pytest.mark.parametrize(
    ("treatment", "tiering"),
    [
        (None, True),  # a stranger, one of whom nothing is reckoned, one who refused profiling
        (treated("platinum"), False),
        (treated("platinum", tiering_off=frozenset({"billing"})), True),
    ],
    ids=["nothing reckoned", "no queue does", "the policy exempts it"],
)
def test_else_the_menu_is_anybodys(treatment: Treatment | None, tiering: bool) -> None:
    told("anybody's menu", treatment, tiering=tiering)
