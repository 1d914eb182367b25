"""Numbers, identification, the pop and the fold of one contact."""

from collections.abc import Sequence

import pytest

from contact_center.cti.events import AgentReady
from contact_center.customers.history import Interaction, Keyed, Segment, advance, fold
from contact_center.customers.identity import identified
from contact_center.customers.numbers import callable_back, normalise
from contact_center.customers.pop import Called, Pop
from contact_center.customers.record import Customer
from contact_center.customers.service import Customers
from contact_center.loyalty.profile import Portrait, portrait
from contact_center.runtime.errors import NotFound
from tests.calls import ARRIVED_AT, abandoned_call, handled_call, recorded
from tests.support import aio
from tests.unit.test_loyalty_profile import LOYAL

MEI = Customer(id="c1", name="王梅", numbers=("+12025550100",))
JOHN = Customer(id="c2", name="John", numbers=("+12025550100",))


@pytest.mark.parametrize(
    ("raw", "region", "e164"),
    [
        ("+12025550100", "US", "+12025550100"),
        ("(202) 555-0100", "US", "+12025550100"),
        ("2025550100", "US", "+12025550100"),
        ("138 0013 8000", "CN", "+8613800138000"),
        ("sip:+8613800138000@example.com;user=phone", "US", "+8613800138000"),
        ("tel:+1-202-555-0100", "CN", "+12025550100"),
        ("anonymous", "US", None),
        ("sip:anonymous@anonymous.invalid", "US", None),
        ("", "US", None),
        ("8000", "US", None),
        ("+", "US", None),
        ("+999999999999999999", "US", None),
        ("2025550100 x12", "US", None),
    ],
)
def test_numbers_become_e164_or_nothing(raw: str, region: str, e164: str | None) -> None:
    assert normalise(raw, region) == e164


@pytest.mark.parametrize(
    ("raw", "region", "called"),
    [
        ("(202) 555-0100", "US", "+12025550100"),
        ("+8613800138000", "US", "+8613800138000"),
        ("+4930123456", "DE", "+4930123456"),
        ("+19005551234", "US", None),  # premium rate
        ("+49900123456", "DE", None),
        ("+491801234567", "DE", None),  # shared cost
        ("+12025550", "US", None),  # possible in length nowhere
        ("+1555", "US", None),
        ("anonymous", "US", None),
        ("8000", "US", None),
    ],
)
def test_only_valid_and_ordinary_numbers_are_called_back(raw: str, region: str, called: str | None) -> None:
    assert callable_back(raw, region) == called


def test_only_a_sole_match_identifies_the_caller() -> None:
    assert [identified(matches) for matches in ([], [MEI], [MEI, JOHN])] == [None, MEI, None]


def test_a_handled_call_as_it_is_kept() -> None:
    log = recorded(handled_call("k"))
    kept = fold(log)
    assert kept == Interaction(
        contact="k",
        seq=17,
        started_at=ARRIVED_AT,
        ended_at=ARRIVED_AT + 26,
        customer="c1",
        from_number="+12025550100",
        to_number="8000",
        queue="billing",
        agent="a1",
        flow="main_menu",
        ivr_path=("welcome",),
        digits=(Keyed(node="choice", digits="1"),),
        ivr_s=10.0,
        wait_s=12.5,
        talk_s=60.0,
        hold_s=5.0,
        wrap_up_s=8.0,
        outcome="handled",
        disposition="resolved",
        note="已退款",
        rona_count=1,
        segments=(
            Segment(
                from_at=kept.segments[0].from_at,
                to_at=kept.ended_at,
                agent="a1",
                queue="billing",
                ended="customer_left",
            ),
        ),
    )


def test_an_abandoned_call_keeps_its_wait_and_no_agent() -> None:
    kept = fold(recorded(abandoned_call("k", wait_s=31.0)))
    assert (kept.outcome, kept.wait_s, kept.agent, kept.queue) == ("abandoned", 31.0, None, "billing")


def test_a_call_that_never_queued_spent_all_its_time_in_the_flow() -> None:
    arrived, _, ended = abandoned_call("k")
    assert fold(recorded([arrived, ended])).ivr_s == 2.0


def test_events_of_another_contact_or_of_none_are_refused() -> None:
    ours = fold(recorded(abandoned_call("k")))
    with pytest.raises(ValueError, match="belongs to m"):
        advance(ours, recorded(abandoned_call("m"), first_seq=9)[0])
    with pytest.raises(ValueError, match="no contact"):
        advance(ours, recorded([AgentReady(agent="a1")])[0])
    with pytest.raises(ValueError, match="without events"):
        fold([])


class Book:
    """A customer book in memory: the past of a customer and of a number are told apart by `agent`."""

    def __init__(self, *customers: Customer) -> None:
        self.customers = customers

    async def customer(self, customer: str) -> Customer | None:
        return next((c for c in self.customers if c.id == customer), None)

    async def called(self, e164: str, limit: int) -> Called:
        matches = [c for c in self.customers if e164 in c.numbers]
        past = matches[0].id if len(matches) == 1 else e164
        return Called(matches=matches, interactions=await self.interactions_of_customer(past, limit))

    async def interactions_of_customer(self, customer: str, limit: int) -> Sequence[Interaction]:
        return [Interaction(contact=customer, seq=1, started_at=0)] * limit


@pytest.mark.parametrize(
    ("known", "customer", "past_of"),
    [((), None, "+12025550100"), ((MEI,), MEI, "c1"), ((MEI, JOHN), None, "+12025550100")],
)
@aio
async def test_pop_for_no_one_and_many_matches(
    known: tuple[Customer, ...], customer: Customer | None, past_of: str
) -> None:
    pop = await Customers(Book(*known), "US").pop("(202) 555-0100")
    assert (pop.matches, pop.customer) == (known, customer)
    assert [i.contact for i in pop.interactions] == [past_of] * 5


@pytest.mark.parametrize(
    ("shown", "tier"),
    [(None, ""), (portrait(LOYAL, refused=True), ""), (portrait(LOYAL, refused=False), "platinum")],
)
def test_the_tier_of_a_caller_is_the_reckoned_one_and_nobodys_who_refused(
    shown: Portrait | None, tier: str
) -> None:
    assert Pop(matches=(MEI,), customer=MEI, portrait=shown).tier == tier


@aio
async def test_a_withheld_number_pops_nothing() -> None:
    assert await Customers(Book(MEI), "US").pop("anonymous") == Pop()


@aio
async def test_the_agent_chooses_one_of_several() -> None:
    customers = Customers(Book(MEI, JOHN), "US")
    pop = await customers.chosen(await customers.pop("+12025550100"), "c2")
    assert (pop.customer, len(pop.matches), pop.interactions[0].contact) == (JOHN, 2, "c2")
    with pytest.raises(NotFound, match="c9"):
        await customers.chosen(pop, "c9")
