"""Queues with tables of their own in a centre: a customer is treated by the table of where he stands."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from contact_center.customers.pop import Pop
from contact_center.loyalty.policy import DEFAULT, OwnLevers, Policy
from contact_center.loyalty.profile import portrait
from contact_center.loyalty.segments import Tier
from contact_center.loyalty.treatment import treatment_of
from contact_center.switchboard.favouring import callback_after_s, promise_to
from tests.support import run_apart
from tests.unit.test_live_routing import OTHER, PLAIN, customer, floor, ready, with_whom
from tests.unit.test_loyalty_profile import LOYAL
from tests.world import World

TECHNICAL = OTHER.replace("needs: technical>=2 or billing>=4", "skills: {billing: 1}").replace(
    '    relax: {"30": "billing>=1"}\n', ""
)
"""A number of its own straight into the other queue, for whoever knows billing."""


def by(own: Mapping[str, Mapping[Tier, OwnLevers]], **other: Any) -> Policy:
    return replace(DEFAULT, queue_levers={queue: dict(tiers) for queue, tiers in own.items()}, **other)


def known(policy: Policy, **profile: Any) -> Pop:
    """A gold customer, who knows Bo, as this policy has him treated."""
    shown = portrait(replace(LOYAL, **{"tier": "gold", **profile}), refused=False)
    return replace(customer(), treatment=treatment_of(shown, policy))


async def two_queues(folder: Path, pop: Pop, **billing: Any) -> World:
    """Both go by tiers."""
    world = await floor(folder, PLAIN, pop, TECHNICAL, tiering=True, **billing)
    await world.kill_core()
    technical = replace(world.directory.queues["technical"], tiering=True)
    world.directory = replace(world.directory, queues={**world.directory.queues, "technical": technical})
    await world.core_up()
    return world


def in_line(world: World, call: str) -> Any:
    waiting = world.board.distribution.waiting(world.board.sessions[call].contact)
    assert waiting is not None
    return waiting


def test_the_same_tier_has_another_head_start_in_another_queue(tmp_path: Path) -> None:
    own: OwnLevers = {"head_start_s": 170.0, "target_s": 5.0, "callback_after_s": 10.0}
    policy = by({"billing": {"gold": own}})

    async def story() -> None:
        world = await two_queues(tmp_path, known(policy))
        here, there = await world.calls_in("8000"), await world.calls_in("8001")
        first, other = in_line(world, here), in_line(world, there)
        assert (first.queue, first.tier, first.head_start_s, first.target_s) == ("billing", "gold", 170, 5)
        assert (other.queue, other.tier, other.head_start_s, other.target_s) == ("technical", "gold", 60, 15)
        assert (first.own_place, other.own_place) == (True, False)
        board = world.board
        assert [callback_after_s(board, each.contact, each.queue) for each in (first, other)] == [10, 60]
        await world.kill_core()
        await world.core_up()
        assert (in_line(world, here), in_line(world, there)) == (first, other), "a restart forgets no place"
        await world.kill_core()

    run_apart(story())


def test_who_is_sent_on_is_treated_by_the_queue_he_comes_to(tmp_path: Path) -> None:
    policy = by({"technical": {"gold": {"head_start_s": 15.0}}})

    async def story() -> None:
        pop = known(policy)
        world = await two_queues(tmp_path, pop, overflow_to="technical", overflow_wait_s=30.0)
        call = await world.calls_in("8000")
        assert in_line(world, call).head_start_s == 60
        await world.passes(31)
        sent = in_line(world, call)
        assert (sent.queue, sent.head_start_s, sent.own_place) == ("technical", 15, True)
        await world.kill_core()

    run_apart(story())


def test_callbacks_are_promised_by_the_queues_own_time(tmp_path: Path) -> None:
    """To who is in line, and to who is not on the phone at all."""
    policy = by({"billing": {"gold": {"callback_within_s": 600.0}}})
    pop = known(policy)

    async def story() -> None:
        world = await two_queues(tmp_path, pop)
        here, there = await world.calls_in("8000"), await world.calls_in("8001")
        line = world.board.calling_back
        for call, queue, within_s in ((here, "billing", 600.0), (there, "technical", 1800.0)):
            contact = world.board.sessions[call].contact
            made = line.promise(contact, queue, world.now)
            planned = promise_to(world.board, pop, queue, None, world.now)
            assert made is not None
            assert planned is not None
            assert (made.at, planned.at) == (world.now + within_s, world.now + within_s)
        await world.kill_core()

    run_apart(story())


def test_how_long_whom_he_knows_is_waited_for_is_the_queues(tmp_path: Path) -> None:
    """Technical does not wait for Bo at all; billing as long as the company has it."""
    policy = by({"technical": {"gold": {"choice": "skill"}}})

    async def story() -> None:
        world = await two_queues(tmp_path, known(policy))
        here, there = await world.calls_in("8000"), await world.calls_in("8001")
        wish = in_line(world, here).wish
        assert wish is not None
        assert wish.agent == "bo"
        assert in_line(world, there).wish is None
        await world.kill_core()

    run_apart(story())


def test_the_desk_and_the_log_say_what_acts_where_he_called(tmp_path: Path) -> None:
    own: OwnLevers = {"retention": "scripted_offer", "head_start_s": 90.0}
    policy = by({"billing": {"gold": own}})

    async def story() -> None:
        world = await two_queues(tmp_path, known(policy, reaction="exit"))
        call = await world.calls_in("8000")
        await ready(world, "bo")
        assert with_whom(world, call) == "bo"
        row = world.desks.row(("desks", "bo"))
        assert row is not None
        offer = row["offer"]
        assert offer["pop"]["treatment"]["retention"] == "scripted_offer"
        assert offer["pop"]["treatment"]["queues"] == {}, "the desk is told of one queue"
        assert (
            "By this queue's own table a gold customer counts as 90 s earlier"
            in offer["decision"]["sentence"]["en"]
        )
        await world.kill_core()

    run_apart(story())


def test_a_queue_that_does_not_go_by_tiers_has_no_table(tmp_path: Path) -> None:
    policy = by({"billing": {"gold": {"head_start_s": 170.0, "retention": "scripted_offer"}}})

    async def story() -> None:
        world = await floor(tmp_path, PLAIN, known(policy, reaction="exit"), tiering=False)
        call = await world.calls_in("8000")
        waiting = in_line(world, call)
        assert (waiting.tier, waiting.head_start_s, waiting.own_place) == ("", 0, False)
        await ready(world, "bo")
        row = world.desks.row(("desks", "bo"))
        assert row is not None
        assert row["offer"]["pop"]["treatment"]["retention"] == "warm_transfer", "as the company has it"
        await world.kill_core()

    run_apart(story())
