"""blind/attended × agent/queue/outside × what then happens, in memory: nobody is dropped, nothing is left.

The same cells on real SIP legs are in `tests/e2e/test_transfers.py`. Anna has a customer of the billing queue
and sends him on to Bo, to the technical queue (Carl), or to an outside number.
"""

import pytest

from contact_center.cti import events as cti
from tests.support import run_apart
from tests.transfer_scene import CELLS, NUMBER, TARGETS, WHO, scene


async def _answered(way: str, kind: str) -> None:
    async with scene(kind) as cell:
        await cell.sends(way)
        assert "music" in cell.hears("caller") or "ringing" in cell.hears("caller")
        assert cell.state("anna") == ("ready" if way == "blind" else "held")
        if way == "attended" and kind != "queue":
            assert cell.hears("agent-1") == {"ringing"}
        leg = await cell.target_answers()
        if way == "attended":
            assert cell.hears("caller") == {"music"}
            assert (cell.hears("agent-1"), cell.hears(leg)) == ({leg}, {"agent-1"})
            await cell.act("complete")
        assert (cell.hears("caller"), cell.hears(leg)) == ({leg}, {"caller"})
        assert cell.state("anna") == "ready"
        if kind in WHO:
            assert cell.state(WHO[kind]) == "talking"
            assert cell.session.agent == WHO[kind]
        (transferred,) = cell.events(cti.Transferred)
        assert isinstance(transferred, cti.Transferred)
        assert (transferred.agent, transferred.way) == ("anna", way)
        await cell.world.passes(7.0)
        kept = await cell.interaction()
        assert [(s.agent, s.number, s.ended) for s in kept.segments] == [
            ("anna", "", "transferred"),
            (WHO.get(kind), "" if kind in WHO else NUMBER, None),
        ]
        await cell.hangs_up(leg)
        if kind == "outside":
            assert not cell.session.agent


@pytest.mark.parametrize(("way", "kind"), CELLS)
def test_the_target_answers(way: str, kind: str) -> None:
    run_apart(_answered(way, kind))


async def _not_taken(way: str, kind: str, how: str) -> None:
    async with scene(kind) as cell:
        await cell.sends(way)
        await (cell.target_rejects() if how == "reject" else cell.target_lets_it_ring())
        if kind in WHO:
            assert cell.state(WHO[kind]) == "not_ready"
        if way == "attended" and kind != "queue":
            assert (cell.hears("caller"), cell.hears("agent-1")) == ({"agent-1"}, {"caller"})
            assert cell.state("anna") == "talking"
            return
        if way == "attended":  # the next one of the queue would be asked; Anna takes the question back
            await cell.act("cancel")
            assert cell.hears("caller") == {"agent-1"}
            return
        if kind == "queue":  # waits on, first in the line
            assert cell.state("anna") in ("ready", "reserved")
            await cell.world.desk.log_on("carl")
            if cell.state("anna") == "ready":
                await cell.world.desk.choose_status("carl", "ready")
                await cell.world.settle()
                await cell.accepts("carl")
                assert cell.hears("caller") == {cell.leg("carl")}
            return
        assert cell.hears("caller") == {"music"}
        assert cell.state("anna") == "reserved"  # it is back with her
        await cell.accepts("anna")
        assert cell.hears("caller") == {cell.leg("anna")}
        again = [e for e in cell.events(cti.Established) if isinstance(e, cti.Established) and e.again]
        assert [e.agent for e in again] == ["anna"]


@pytest.mark.parametrize("how", ["reject", "no answer"])
@pytest.mark.parametrize(("way", "kind"), CELLS)
def test_the_target_does_not_take_it(way: str, kind: str, how: str) -> None:
    run_apart(_not_taken(way, kind, how))


async def _told_to_who_asked(kind: str) -> None:
    async with scene(kind) as cell:
        await cell.sends("attended")
        await cell.target_rejects()
        ended = cell.on_the_desk("anna")["consult_ended"]
        why = "486" if kind == "outside" else "rejected"
        target = TARGETS[kind]
        assert ended == {"by": "anna", "to": target.kind, "target": target.name, "why": why}
        if kind == "agent":
            await cell.ready("bo")
        await cell.sends("attended")
        assert cell.on_the_desk("anna")["consult_ended"] is None
        await cell.act("cancel")
        assert cell.on_the_desk("anna")["consult_ended"] is None


@pytest.mark.parametrize("kind", ["agent", "outside"])
def test_who_asked_is_told_that_nobody_took_it_until_he_asks_again(kind: str) -> None:
    run_apart(_told_to_who_asked(kind))


async def _caller_leaves(way: str, kind: str, when: str) -> None:
    async with scene(kind) as cell:
        await cell.sends(way)
        if when == "answered":
            await cell.target_answers()
        await cell.hangs_up("caller")
        assert not cell.world.conversations
        assert cell.state("anna") == "ready"
        if kind in WHO:
            assert cell.state(WHO[kind]) in ("ready", "wrap_up")
        ended = cell.events(cti.ContactEnded)[0]
        assert isinstance(ended, cti.ContactEnded)
        expected = "abandoned" if (way, kind, when) == ("blind", "queue", "ringing") else "handled"
        assert ended.outcome == expected


@pytest.mark.parametrize("when", ["ringing", "answered"])
@pytest.mark.parametrize(("way", "kind"), CELLS)
def test_the_customer_hangs_up_in_between(way: str, kind: str, when: str) -> None:
    run_apart(_caller_leaves(way, kind, when))


async def _agent_leaves(kind: str, when: str) -> None:
    async with scene(kind) as cell:
        await cell.sends("attended")
        leg = await cell.target_answers() if when == "answered" else ""
        await cell.hangs_up("agent-1")
        assert cell.state("anna") == "ready"
        if when == "ringing":
            assert "caller" in cell.session.call.legs
            assert cell.hears("caller") <= {"music", "ringing"}
            assert cell.hears("caller")
            leg = await cell.target_answers()
        assert (cell.hears("caller"), cell.hears(leg)) == ({leg}, {"caller"})


@pytest.mark.parametrize("when", ["ringing", "answered"])
@pytest.mark.parametrize("kind", TARGETS)
def test_the_agents_phone_ends_while_he_asks_and_nobody_is_dropped(kind: str, when: str) -> None:
    run_apart(_agent_leaves(kind, when))


async def _target_leaves(kind: str) -> None:
    async with scene(kind) as cell:
        await cell.sends("attended")
        leg = await cell.target_answers()
        await cell.hangs_up(leg)
        assert (cell.hears("caller"), cell.hears("agent-1")) == ({"agent-1"}, {"caller"})
        assert cell.state("anna") == "talking"
        if kind in WHO:
            assert cell.state(WHO[kind]) == "ready"


@pytest.mark.parametrize("kind", TARGETS)
def test_who_was_asked_hangs_up_and_agent_and_customer_talk_again(kind: str) -> None:
    run_apart(_target_leaves(kind))


async def _toggle_and_conference(kind: str) -> None:
    async with scene(kind) as cell:
        await cell.sends("attended")
        leg = await cell.target_answers()
        await cell.act("swap")
        assert (cell.hears("caller"), cell.hears("agent-1"), cell.hears(leg)) == (
            {"agent-1"},
            {"caller"},
            {"music"},
        )
        await cell.act("swap")
        assert (cell.hears("caller"), cell.hears(leg)) == ({"music"}, {"agent-1"})
        await cell.act("conference")
        assert cell.hears("caller") == {"agent-1", leg}
        assert cell.hears("agent-1") == {"caller", leg}
        assert cell.hears(leg) == {"caller", "agent-1"}
        await cell.world.desk.mute("anna", cell.contact, on=True)
        await cell.world.settle()
        assert (cell.hears("caller"), cell.hears(leg)) == ({leg}, {"caller"})
        await cell.world.desk.hang_up("anna", cell.contact)
        await cell.world.settle()
        assert (cell.hears("caller"), cell.hears(leg)) == ({leg}, {"caller"})
        kept = await cell.interaction()
        assert len(kept.segments) == 2


@pytest.mark.parametrize("kind", TARGETS)
def test_toggle_then_all_together_then_the_first_agent_leaves(kind: str) -> None:
    run_apart(_toggle_and_conference(kind))


async def _back_out(kind: str, when: str) -> None:
    async with scene(kind) as cell:
        await cell.sends("attended")
        if when == "answered":
            await cell.target_answers()
        await cell.act("cancel")
        assert (cell.hears("caller"), cell.hears("agent-1")) == ({"agent-1"}, {"caller"})
        assert len(cell.session.call.legs) == 2
        assert (cell.state("anna"), cell.state("bo"), cell.state("carl")) == ("talking", "ready", "ready")


@pytest.mark.parametrize("when", ["ringing", "answered"])
@pytest.mark.parametrize("kind", TARGETS)
def test_the_question_is_taken_back(kind: str, when: str) -> None:
    run_apart(_back_out(kind, when))


async def _semi_attended(kind: str) -> None:
    async with scene(kind) as cell:
        await cell.sends("attended")
        await cell.act("complete")
        assert cell.state("anna") == "ready"
        leg = await cell.target_answers()
        assert (cell.hears("caller"), cell.hears(leg)) == ({leg}, {"caller"})


@pytest.mark.parametrize("kind", TARGETS)
def test_completing_before_the_answer_is_a_blind_transfer(kind: str) -> None:
    run_apart(_semi_attended(kind))


async def _core_dies(way: str, kind: str, when: str) -> None:
    async with scene(kind) as cell:
        await cell.sends(way)
        if when == "answered":
            await cell.target_answers()
        heard = cell.hears("caller")
        await cell.world.kill_core()
        await cell.world.core_up()
        assert cell.hears("caller") == heard
        leg = cell.leg(WHO.get(kind, NUMBER)) if when == "answered" else await cell.target_answers()
        if way == "attended":
            await cell.act("complete")
        assert (cell.hears("caller"), cell.hears(leg)) == ({leg}, {"caller"})


@pytest.mark.parametrize("when", ["ringing", "answered"])
@pytest.mark.parametrize(("way", "kind"), CELLS)
def test_the_core_is_killed_in_between_and_the_transfer_goes_on(way: str, kind: str, when: str) -> None:
    run_apart(_core_dies(way, kind, when))
