"""What the live line decides, the numbers it keeps of it, and the sentence made of them."""

import random

import pytest

from contact_center.acd import distribution as acd
from contact_center.acd.contact import Free, Step, Waiting, Wish, WishWhy
from contact_center.acd.engine import Engine
from contact_center.acd.explain import sentence
from contact_center.acd.rules import QueueRule, rules_of
from contact_center.cti.events import Decision
from contact_center.runtime.directory import QueueSettings

NAMES = {"anna": "Anna", "bo": "Bo"}


def waiting(contact: str, queue: str = "sales", at: float = 0.0, **more: object) -> Waiting:
    return Waiting(contact=contact, queue=queue, skills={queue: 1}, enqueued_at=at, **more)  # type: ignore[arg-type]


def free(agent: str, since: float = 0.0, **skills: int) -> acd.AgentFree:
    return acd.AgentFree(free=Free(agent=agent, skills=skills, idle_since=since))


def offers(answers: list[acd.Answer]) -> list[acd.Offer]:
    return [answer.offer for answer in answers if isinstance(answer, acd.MakeOffer)]


class Line:
    """A distribution and a clock."""

    def __init__(self, **rules: QueueRule) -> None:
        self.distribution = acd.Distribution(offer_timeout_s=20, rules=rules)
        self.now = 0.0

    def take(self, stimulus: acd.Stimulus) -> list[acd.Offer]:
        return offers(self.distribution.step(stimulus, self.now))


def test_first_come_keeps_everybody_who_qualified() -> None:
    line = Line()
    line.take(free("anna", since=-9.0, sales=3))
    line.take(free("bo", since=-30.0, sales=5))
    (offer,) = line.take(acd.ContactQueued(waiting=waiting("c1")))
    assert offer.agent == "bo"
    decision = offer.decision
    assert decision.rule == "first_come_longest_idle"
    assert [(each.agent, each.idle_s, each.proficiency) for each in decision.candidates] == [
        ("bo", 30.0, 5),
        ("anna", 9.0, 3),
    ]
    said = sentence(decision, NAMES, {"sales": 1})
    assert said["en"] == (
        "Bo has sales and has been idle longest (30 s) of 2 who qualify; the caller waited 0 s."
    )
    assert said["zh"] == "Bo 具备 sales，空闲最久（30 秒），共有 2 名合格坐席空闲；来电者已等待 0 秒。"


def test_the_recommended_policy_keeps_urgency_penalty_and_price() -> None:
    line = Line(sales=QueueRule(policy="fair", importance=3, target_s=20))
    line.take(acd.ContactQueued(waiting=waiting("c0")))
    line.take(acd.ContactGone(contact="c0"))
    line.take(free("anna", sales=3))
    line.take(free("bo", sales=5))
    line.now = 10.0
    (offer,) = line.take(acd.ContactQueued(waiting=waiting("c1")))
    decision = offer.decision
    assert (offer.agent, decision.rule, decision.importance, decision.target_s) == ("bo", "fair", 3, 20)
    assert decision.urgency == 2.5
    first, second = decision.candidates
    assert (first.level, second.level) == (1, 2)
    assert (first.penalty, second.penalty) == (0.0, 0.05)
    assert first.price == second.price > 0
    said = sentence(decision, NAMES, {"sales": 1})
    assert "is the least needed elsewhere of 2 who qualify" in said["en"]
    assert f"Urgency 2.50 × importance 3; penalty 0.00, price {first.price:.2f}." in said["en"]
    assert "紧急度 2.50 × 重要性 3" in said["zh"]


def test_a_freed_agent_tells_between_how_many_he_chose() -> None:
    line = Line(sales=QueueRule(policy="strict"), gold=QueueRule(policy="strict", importance=5))
    line.take(acd.ContactQueued(waiting=waiting("c1", "sales", at=-60.0)))
    line.take(acd.ContactQueued(waiting=waiting("c2", "gold")))
    (offer,) = line.take(free("anna", sales=4, gold=2))
    assert (offer.waiting.contact, offer.decision.contacts) == ("c2", 2)
    said = sentence(offer.decision, NAMES, {"gold": 1})
    assert said["en"].startswith("Anna came free and took, of 2 contacts first in line, the most important;")
    assert "2 个队首来电" in said["zh"]


def test_priority_is_told_as_the_reason() -> None:
    line = Line(sales=QueueRule(policy="fair"), gold=QueueRule(policy="fair", importance=9))
    line.take(acd.ContactQueued(waiting=waiting("c1", "gold", at=-60.0)))
    line.take(acd.ContactQueued(waiting=waiting("c2", "sales", priority=1)))
    (offer,) = line.take(free("anna", sales=4, gold=5))
    assert (offer.waiting.contact, offer.decision.first) == ("c2", True)
    said = sentence(offer.decision, NAMES, {"sales": 1})
    assert "of 2 contacts first in line, the one with priority" in said["en"]
    assert "优先的一个" in said["zh"]


def test_a_contact_for_one_agent_is_told_so() -> None:
    line = Line()
    line.take(free("anna", sales=4))
    (offer,) = line.take(acd.ContactQueued(waiting=waiting("c1", direct="anna", purpose="transfer")))
    assert offer.decision.rule == "asked_for_by_name"
    assert sentence(offer.decision, NAMES, {})["en"].startswith("Anna was asked for by name")


GOLD = QueueRule(policy="fair", importance=10, target_s=10)
MAIL = QueueRule(policy="fair", importance=1, target_s=60, hold_targets=2)


def held_back() -> Line:
    """The only idle agent for gold calls, which come often, and a mail that he could take too."""
    line = Line(gold=GOLD, mail=MAIL)
    for number in range(60):
        line.now = number * 5.0
        line.take(acd.ContactQueued(waiting=waiting(f"g{number}", "gold", at=line.now)))
        line.take(acd.ContactGone(contact=f"g{number}"))
    line.take(free("bo", since=line.now, mail=5))
    (offer,) = line.take(acd.ContactQueued(waiting=waiting("m0", "mail", at=line.now)))
    line.take(acd.OfferConnected(offer=offer.offer))
    assert line.take(free("anna", since=line.now, gold=5, mail=3)) == []
    assert line.take(acd.ContactQueued(waiting=waiting("m1", "mail", at=line.now))) == []
    return line


def test_the_last_agent_is_kept_for_the_better_queue_but_not_longer_than_the_limit() -> None:
    line = held_back()
    came = line.now
    tried = 0
    while True:
        due = line.distribution.next_deadline()
        assert due is not None
        assert due <= line.now + 1.0, "a contact held back is tried again every second"
        line.now, tried = due, tried + 1
        if made := line.take(acd.TimeReached()):
            break
    assert made[0].agent == "anna"
    assert tried > 100
    assert line.now - came <= MAIL.hold_targets * MAIL.target_s + 1.0
    said = sentence(made[0].decision, NAMES, {"mail": 1})
    assert "The longest time to hold it back was over" in said["en"]
    assert "保留时限已到" in said["zh"]


def test_the_better_queue_gets_the_agent_that_was_kept() -> None:
    line = held_back()
    line.now += 3.0
    (offer,) = line.take(acd.ContactQueued(waiting=waiting("g99", "gold", at=line.now)))
    assert offer.agent == "anna"


def test_other_rules_act_at_once() -> None:
    line = held_back()
    (offer,) = line.take(acd.RulesChanged(rules={"gold": GOLD, "mail": QueueRule(policy="fcfs")}))
    assert (offer.agent, offer.waiting.contact) == ("anna", "m1")
    assert line.distribution.next_deadline() == offer.deadline, "nobody is held back any more"


def test_a_missed_offer_is_no_handling_time() -> None:
    """60 offers of 20 s each that nobody took, then handling of 200 s: only these are measured."""
    line = Line(sales=QueueRule(policy="fair"))
    times = line.distribution._engine.times
    for number in range(60):
        line.take(free("anna", sales=5, since=line.now))
        (offer,) = line.take(acd.ContactQueued(waiting=waiting(f"c{number}")))
        line.now += 20.0
        line.take(acd.OfferFailed(offer=offer.offer, reason="rona"))
        line.take(acd.AgentDone(agent="anna"))
        line.take(acd.ContactGone(contact=f"c{number}"))
    assert times.per_level("sales", QueueRule())[0] == 240.0
    for number in range(100, 200):
        line.take(free("anna", sales=5, since=line.now))
        (offer,) = line.take(acd.ContactQueued(waiting=waiting(f"c{number}")))
        line.take(acd.OfferConnected(offer=offer.offer))
        line.now += 200.0
        line.take(acd.AgentDone(agent="anna"))
    assert times.per_level("sales", QueueRule())[0] == 220.0, "100 expected cases of 240 s, 100 of 200 s"


def test_an_old_decision_has_a_sentence() -> None:
    assert sentence(Decision(rule="longest_idle", wait_s=1, candidates=()), {}, {}) == {"en": "", "zh": ""}


def test_queue_settings_become_rules() -> None:
    queue = QueueSettings(
        id="q", name="Q", name_zh="Q", target_s=30, routing="target", importance=4, hold_targets=2
    )
    assert rules_of({"q": queue})["q"] == QueueRule(
        policy="target", target_s=30, importance=4, hold_targets=2
    )


def test_equal_queues_and_one_level_hold_nobody_back() -> None:
    """No queue is worth more and nobody is slower: then nobody waits beside an agent who could serve him."""
    rule = QueueRule(policy="fair", importance=4)
    engine = Engine(dict.fromkeys(("sales", "help", "mail"), rule))
    draw = random.Random(4)  # noqa: S311 -- a repeatable story
    profiles = ({"sales": 5}, {"help": 5, "sales": 4}, {"mail": 4, "help": 5})
    busy = dict.fromkeys((f"a{number}" for number in range(9)), 0)
    for step in range(3000):
        now = step * 1.0
        if draw.random() < 0.5 or not busy:
            queue = draw.choice(("sales", "help", "mail"))
            matches = engine.enter(waiting(f"c{step}", queue, at=now), now)
        else:
            agent = draw.choice(sorted(busy))
            del busy[agent]
            skills = profiles[int(agent[1:]) % 3]
            matches = engine.free(Free(agent=agent, skills=skills, idle_since=now), now)
        busy |= {match.agent: step for match in matches}
        assert engine.next_retest() is None


def test_of_many_idle_pools_the_best_level_is_priced_in_turn() -> None:
    engine = Engine({"sales": QueueRule(policy="fair")})
    for number in range(40):
        skills = {"sales": 5 if number % 2 else 3, f"other{number}": 1}
        engine.free(Free(agent=f"a{number}", skills=skills, idle_since=0.0), 0.0)
    took = [engine.enter(waiting(f"c{number}"), 1.0)[0].agent for number in range(20)]
    assert len(set(took)) == 20
    assert all(int(agent[1:]) % 2 for agent in took), "a backup was taken while a primary was idle"


def test_what_a_customer_is_given_is_told_in_both_languages() -> None:
    line = Line(sales=QueueRule(policy="fair"))
    line.take(free("bo", sales=5))
    line.now = 30.0
    known = waiting("c1", at=30.0, tier="platinum", head_start_s=120.0, target_s=10.0)
    (offer,) = line.take(acd.ContactQueued(waiting=known))
    decision = offer.decision
    assert (decision.tier, decision.head_start_s, decision.sooner_s) == ("platinum", 120, 10)
    assert decision.urgency == 2 + 180 / 20, "the tighter target counts no more than the longest head start"
    said = sentence(decision, NAMES, {"sales": 1})
    assert "A platinum customer counts as 2 min earlier and should be answered within 10 s." in said["en"]
    assert "铂金客户按提前 120 秒到达计算，应在 10 秒内接听。" in said["zh"]


@pytest.mark.parametrize(
    ("why", "en", "zh"),
    [
        ("last", "the caller talked to Bo last; the caller waited 4 s.", "该客户上次由 Bo 接待"),
        ("named", "Bo is the caller's own agent; the caller waited 4 s.", "Bo 是该客户的专属坐席"),
        ("flow", "the flow asked for Bo first; the caller waited 4 s.", "流程优先指定 Bo"),
    ],
)
def test_who_was_waited_for_and_why(why: WishWhy, en: str, zh: str) -> None:
    line = Line()
    line.take(free("bo", sales=1))
    (busy,) = line.take(acd.ContactQueued(waiting=waiting("c0")))
    line.take(acd.OfferConnected(offer=busy.offer))
    line.take(free("anna", sales=5))
    wish = Wish(agent="bo", until=20.0, why=why)
    assert line.take(acd.ContactQueued(waiting=waiting("c1", wish=wish))) == [], "Anna would do, Bo is wanted"
    line.now = 4.0
    (offer,) = line.take(free("bo", sales=1))
    said = sentence(offer.decision, NAMES, {"sales": 1})
    assert said["en"] == en
    assert said["zh"].startswith(zh)


def test_a_relaxed_requirement_is_told() -> None:
    line = Line()
    line.take(free("bo", sales=1))
    asked = Waiting(
        contact="c1",
        queue="sales",
        skills={"sales": 3},
        steps=(Step(after_s=30.0, ways=({"sales": 1},)),),
        enqueued_at=0.0,
    )
    assert line.take(acd.ContactQueued(waiting=asked)) == []
    assert line.distribution.next_deadline() == 30.0
    line.now = 30.0
    (offer,) = line.take(acd.TimeReached())
    assert offer.decision.relaxed
    said = sentence(offer.decision, NAMES, {"sales": 3})
    assert said["en"].endswith("After that wait less skill was asked.")
    assert said["zh"].endswith("技能要求已放宽。")


def test_who_leaves_and_comes_back_behind_another_has_one_place() -> None:
    engine = Engine({})
    first, second = waiting("c1"), waiting("c2", at=1.0)
    for each in (first, second):
        engine.enter(each, 1.0)
    assert engine.leave("c2") == second
    assert engine.enter(second, 2.0) == []
    served = [engine.free(Free(agent="anna", skills={"sales": 5}, idle_since=3.0), 3.0) for _ in range(3)]
    assert [[match.waiting.contact for match in each] for each in served] == [["c1"], ["c2"], []]


@pytest.mark.parametrize("others", [0, 8])
def test_the_last_idle_agent_is_kept_for_who_would_win_against_this_contact(others: int) -> None:
    """A gold contact who came this second counts 5 · 2; one of sales counts 1 · (2 + W/20): 10 after 160 s.

    However many others wait. With the limit at 6 targets he gets the agent after 120 s.
    """
    for hold_targets, until in ((20.0, 160), (6.0, 120)):
        rule = QueueRule(policy="fair", target_s=20, hold_targets=hold_targets)
        engine = Engine({"gold": QueueRule(policy="fair", target_s=20, importance=5)}, default=rule)
        engine.enter(waiting("g", "gold"), 0.0)
        engine.leave("g")
        engine.free(Free(agent="anna", skills={"gold": 5, "sales": 5}, idle_since=0.0), 0.0)
        assert engine.enter(waiting("c", at=0.0), 0.0) == []
        for number in range(others):
            assert engine.enter(waiting(f"c{number}", at=1.0 + number), 1.0 + number) == []
        found = next(
            (now, match) for now in range(10, 300) if (match := [m.waiting.contact for m in engine.tick(now)])
        )
        assert found == (until, ["c"])


def test_a_second_choice_costs_the_agents_own_queue_and_no_more() -> None:
    """With a backup agent sales counts half; gold loses only as much as that agent's own queue is worth."""
    for importance, taken in ((5.0, "g"), (1.0, "c")):
        engine = Engine(
            {
                "gold": QueueRule(policy="fair", importance=importance, hold_targets=0),
                "sales": QueueRule(policy="fair", hold_targets=0),
            }
        )
        engine.enter(waiting("c", at=-100.0), 0.0)  # counts 2 + 100/20 = 7
        engine.enter(waiting("g", "gold", at=0.0), 0.0)  # (5 - 0.5) * 2 = 9, or 1 * 0.5 * 2
        (match,) = engine.free(Free(agent="anna", skills={"gold": 3, "sales": 5}, idle_since=0.0), 0.0)
        assert match.waiting.contact == taken
