"""The demo's company holds together: its file loads, its numbers are numbers, its past adds up."""

from collections import defaultdict
from collections.abc import Mapping
from itertools import pairwise

from contact_center.cti.events import (
    ContactArrived,
    ContactEnded,
    Established,
    Recorded,
    WrapUpEnded,
    contact_of,
)
from contact_center.customers import history
from contact_center.customers.numbers import normalise
from contact_center.demo import story
from contact_center.demo.company import CUSTOMERS, NIGHTS, customers, load_demo
from contact_center.demo.past import CONTACTS, past
from contact_center.loyalty.policy import DEFAULT
from contact_center.loyalty.policy_editing import differences, faults
from contact_center.metrics import service_level
from contact_center.runtime.directory import QueueSettings
from contact_center.storage.base_history import BaseHistory
from contact_center.storage.company import CompanyFile
from contact_center.storage.customer_theory import TheoryStore
from contact_center.storage.directory import load_directory
from contact_center.storage.engine import Database
from contact_center.storage.events import EventStore
from contact_center.storage.loyalty import LoyaltyStore
from contact_center.storage.people import People
from contact_center.storage.records import InteractionQuery, Records
from tests.support import aio

NOW = 1_790_000_000.0
DAY_S = 86_400.0


def test_customers_are_the_same_every_time_and_reachable() -> None:
    made = customers(NOW)
    assert made == customers(NOW)
    assert len({customer.id for customer in made}) == CUSTOMERS
    numbers = [number for customer in made for number in customer.numbers]
    assert [normalise(number, "US") for number in numbers] == numbers
    assert {customer.language for customer in made} == {"en", "zh"}
    assert 0 < len(numbers) - len(set(numbers)) <= 5  # a few households share a number


def test_each_of_the_three_is_known_by_numbers_nobody_else_has() -> None:
    told = [number for person in story.people(NOW) for number in person.numbers]
    others = {number for customer in customers(NOW) for number in customer.numbers}
    assert [normalise(number, "US") for number in told] == told
    assert len(told) == len(set(told) - others) == 4


@aio
async def test_loaded_twice_it_is_loaded_once_and_every_row_is_the_fold_of_its_events(
    sqlite_database: Database,
) -> None:
    company: CompanyFile = await load_demo(sqlite_database, NOW)
    events, records = EventStore(sqlite_database), Records(sqlite_database)
    last = await events.last_seq()
    await load_demo(sqlite_database, NOW + 5 * DAY_S)
    assert await events.last_seq() == last
    assert await records.interaction_count() == CONTACTS + len(story.CONTACTS)
    assert len(await records.search_customers("", 500)) == CUSTOMERS + 3
    for row in await records.interactions(InteractionQuery(limit=5)):
        assert row.seq == history.fold(await events.of_contact(row.contact)).seq
        assert row.customer is None or row.customer_name is not None
    for user in company.users:
        known = await People(sqlite_database).user(user.login)
        assert known is not None
    policy = await LoyaltyStore(sqlite_database).policy()
    assert policy.levers_in("gold", "billing").head_start_s == 90, "one queue departs in one lever"
    assert differences(DEFAULT, policy)[0].inherited == "before"
    directory = await load_directory(sqlite_database)
    assert faults(policy, directory.queues) == ()
    assert (len(directory.agents), len(directory.queues)) == (10, 2)
    _adds_up([r async for r in events.between(0, NOW)], directory.queues)
    everybody = [*customers(NOW), *story.people(NOW)]
    assert past(everybody, directory, NOW, scripted=story.CONTACTS) == await events.read(0, last)
    await _the_three_tell_their_story(sqlite_database)


async def _the_three_tell_their_story(database: Database) -> None:
    """What docs/explanation/loyalty.md says of them is what the theory finds."""
    theory = TheoryStore(database, LoyaltyStore(database))
    leaving, new, loyal = [await theory.theory(c, NOW) for c in (story.LEAVING, story.NEW, story.LOYAL)]
    assert leaving is not None
    assert leaving.portrait.profile is not None
    assert leaving.relationship is not None
    profile = leaving.portrait.profile
    assert (profile.stage, profile.tier, profile.reaction) == ("decline", "platinum", "exit")
    assert {"exit_signal", "overdue_complaint"} <= set(profile.risks)
    assert leaving.portrait.next_step == "retain"
    assert sorted(r.reaction for r in leaving.portrait.repairs) == ["exit", "voice"]
    assert [band.stage for band in leaving.relationship.bands][-2:] == ["stable", "decline"]
    assert new is not None
    assert new.portrait.profile is not None
    assert new.worth is not None
    assert (new.portrait.profile.stage, new.portrait.next_step) == ("exploration", "welcome")
    assert {e.missing for e in new.worth.estimates} >= {"few_periods"}
    assert loyal is not None
    assert loyal.portrait.profile is not None
    assert loyal.relationship is not None
    assert (loyal.portrait.profile.stage, loyal.portrait.profile.risks) == ("stable", ())
    assert loyal.relationship.pattern == "long_term"
    assert {b.kind for b in loyal.benefits} == {"referral", "know_how"}
    equity = [run.equity for run in await BaseHistory(database).runs(99)]
    assert len(equity) == len(NIGHTS) + 1
    assert min(equity) > 0
    flow = await BaseHistory(database).flow("stage", NOW - 180 * DAY_S, NOW)
    assert sum(f.customers for f in flow) == CUSTOMERS + 3
    assert {("stable", "decline"), ("new", "exploration")} <= {(f.before, f.after) for f in flow}


def _adds_up(log: list[Recorded], queues: Mapping[str, QueueSettings]) -> None:
    assert all(earlier.at <= later.at for earlier, later in pairwise(log))
    assert NOW - 62 * DAY_S < log[0].at < log[-1].at < NOW - DAY_S
    arrived = [contact_of(r.event) for r in log if isinstance(r.event, ContactArrived)]
    ended = [contact_of(r.event) for r in log if isinstance(r.event, ContactEnded)]
    assert sorted(map(str, arrived)) == sorted(map(str, ended))
    assert len(set(ended)) == CONTACTS + len(story.CONTACTS)
    _one_contact_at_a_time(log)
    total = service_level.total(service_level.fold_all(log, queues).by_queue)
    assert total.offered == total.answered + total.abandoned
    assert total.handled == total.answered
    assert 0.6 < (service_level.service_level(total) or 0) < 0.98
    assert 0.01 < (service_level.abandon_rate(total) or 0) < 0.15
    assert total.rona > 0


def _one_contact_at_a_time(log: list[Recorded]) -> None:
    busy: defaultdict[str, str | None] = defaultdict(lambda: None)
    for recorded in log:
        match recorded.event:
            case Established(agent=agent, contact=contact):
                assert busy[agent] is None
                busy[agent] = contact
            case WrapUpEnded(agent=agent, contact=contact):
                assert busy[agent] == contact
                busy[agent] = None
