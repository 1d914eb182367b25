"""Whatever tables queues have, nobody is overtaken by more than the cap; without tiers, by nobody."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

from hypothesis import given, settings
from hypothesis import strategies as st

from contact_center.acd.contact import Free, Waiting
from contact_center.acd.engine import Engine
from contact_center.acd.rules import LONGEST_HEAD_START_S, POLICY_NAMES, QueueRule
from contact_center.customers.pop import Pop
from contact_center.loyalty.policy import DEFAULT, LEVERS, OwnLevers, Policy
from contact_center.loyalty.profile import OpenRepair, Portrait, portrait
from contact_center.loyalty.segments import TIERS
from contact_center.loyalty.treatment import treatment_of
from contact_center.runtime.directory import QueueSettings
from contact_center.storage.loyalty import POLICIES
from contact_center.switchboard.favouring import favoured
from tests.unit.test_loyalty_profile import LOYAL

TIERED = ("sales", "help")
QUEUES = (*TIERED, "fraud", "plain")
"""The policy exempts `fraud`, and `plain` does not go by tiers."""
seconds = st.floats(0, 5000)
own_levers = cast(
    "st.SearchStrategy[OwnLevers]",
    st.fixed_dictionaries(
        {},
        optional={
            "head_start_s": seconds,
            "target_s": st.floats(1, 3600),
            "target_level": st.floats(0, 1),
            "choice": st.sampled_from(("named", "last", "skill", "skill_self_service")),
            "sticky_s": seconds,
            "overflow_s": seconds,
            "callback_after_s": seconds,
            "callback_within_s": st.none() | st.floats(60, 5000),
            "retention": st.sampled_from(("warm_transfer_now", "warm_transfer", "scripted_offer")),
        },
    ),
)
tables = st.dictionaries(st.sampled_from(QUEUES), st.dictionaries(st.sampled_from(TIERS), own_levers))
policies = st.builds(
    Policy, queue_levers=tables, head_start_cap_s=st.floats(0, 600), tiering_off=st.just(frozenset({"fraud"}))
)
overdue = OpenRepair(case="r", reaction="voice", owner="a", due_at=1.0, overdue=True)
portraits = st.builds(
    lambda tier, risk, late, refused: portrait(
        _of(tier, risk=risk), (overdue,) if late else (), refused=refused
    ),
    st.sampled_from(TIERS),
    st.booleans(),
    st.booleans(),
    st.booleans(),
)


def _of(tier: Any, *, risk: bool) -> Any:
    return replace(LOYAL, tier=tier, risks=("index_drop",) if risk else ())


@given(tables)
def test_what_a_queue_does_not_say_is_the_companys(own: dict[str, Any]) -> None:
    policy = Policy(queue_levers=own, tiering_off=frozenset({"fraud"}))
    assert POLICIES.load(POLICIES.dump(policy)) == policy
    for queue in QUEUES:
        for tier in TIERS:
            levers, said = policy.levers_in(tier, queue), own.get(queue, {}).get(tier, {})
            if queue == "fraud":
                said = {}
            for name in LEVERS[tier].__slots__:
                assert getattr(levers, name) == said.get(name, getattr(DEFAULT.levers[tier], name))


arrivals = st.lists(
    st.tuples(st.floats(0, 60), st.sampled_from(QUEUES), portraits, st.booleans()), min_size=2, max_size=30
)


@given(
    arrivals=arrivals, policy=policies, routing=st.sampled_from([p for p in POLICY_NAMES if p != "target"])
)
@settings(max_examples=100, deadline=None)
def test_nobody_is_overtaken_by_more_than_the_cap_and_without_tiers_by_nobody(
    arrivals: list[tuple[float, str, Portrait, bool]], policy: Policy, routing: Any
) -> None:
    """Inside a queue, each with its own table; one agent serves them all."""
    engine = Engine({queue: QueueRule(policy=routing) for queue in QUEUES})
    skills = dict.fromkeys(QUEUES, 5)
    now, there = 0.0, dict[str, tuple[str, float]]()
    for number, (later_s, queue, who, frees) in enumerate(arrivals):
        now += later_s
        waiting = _in_line(f"c{number:02}", queue, who, policy, now)
        assert waiting.head_start_s <= (policy.head_start_cap_s if queue in TIERED else 0.0)
        there[waiting.contact] = (queue, now)
        matches = engine.enter(waiting, now)
        if frees:
            matches += engine.free(Free(agent="anna", skills=skills, idle_since=now), now)
        for match in matches:
            where, came = there.pop(match.waiting.contact)
            most_s = LONGEST_HEAD_START_S if where in TIERED else 0.0
            assert all(came - at <= most_s + 1e-6 for of, at in there.values() if of == where)


def _in_line(contact: str, queue: str, who: Portrait, policy: Policy, now: float) -> Waiting:
    """As the switchboard would put him there."""
    board = SimpleNamespace(
        pops={contact: Pop(portrait=who, treatment=treatment_of(who, policy))},
        directory=SimpleNamespace(
            queues={
                name: QueueSettings(id=name, name=name, name_zh=name, tiering=name != "plain")
                for name in QUEUES
            }
        ),
        calling_back=SimpleNamespace(of=lambda _session: None),
    )
    asked = Waiting(contact=contact, queue=queue, skills={queue: 1}, enqueued_at=now)
    session = SimpleNamespace(contact=contact)
    return favoured(cast("Any", board), cast("Any", session), asked, now)
