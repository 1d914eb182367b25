"""The conversation's own decisions, one by one: timeouts, a core that is away, and when it is over."""

import pytest

from contact_center.telephony import wire
from contact_center.telephony.media import acts, rules
from contact_center.telephony.media.invite import read_invite

DIAL = wire.Dial(leg="agent-1", target="sip:a@b", from_number="1", timeout_s=15)
INVITED = acts.Invited(
    leg="caller", from_number="1", from_name="", to_number="2", sip_call_id="x", headers={}
)


class Played:
    """A conversation stepped by hand."""

    def __init__(self) -> None:
        self.state = rules.Conversation(id="c", started_at=0.0)
        self.now = 0.0

    def __call__(self, event: acts.Event, *, at: float | None = None) -> list[acts.Effect]:
        self.now = self.now if at is None else at
        self.state, effects = rules.step(self.state, event, self.now)
        return effects

    def do(self, *ops: wire.Op, ack: int | None = None) -> list[acts.Effect]:
        return self(acts.Took(ops=ops, ack=self.state.last_seq if ack is None else ack, blob=""))

    def talking(self) -> "Played":
        """Caller and agent up, everything acknowledged."""
        self(INVITED)
        self.do(wire.Answer(leg="caller"), DIAL)
        for leg in ("caller", "agent-1"):
            self(acts.CameUp(leg=leg))
        self.do()
        return self


def told(effects: list[acts.Effect]) -> list[wire.Report]:
    return [effect.numbered.report for effect in effects if isinstance(effect, acts.Tell)]


def test_a_play_ordered_with_the_answer_starts_when_the_leg_is_up() -> None:
    played = Played()
    played(INVITED)
    play = wire.Play(leg="caller", play="p", files=("a.wav",))
    assert played.do(wire.Answer(leg="caller"), play) == [acts.AnswerLeg(leg="caller")]
    assert acts.StartFiles(play=play) in played(acts.CameUp(leg="caller"))
    assert told(played(acts.PlayedOut(leg="caller", play="old"))) == []  # a file replaced meanwhile
    assert told(played(acts.PlayedOut(leg="caller", play="p"))) == [
        wire.PlayEnded(at=0.0, leg="caller", play="p")
    ]


def test_music_follows_an_announcement_by_itself_and_is_not_begun_again_when_asked_for() -> None:
    played = Played()
    played(INVITED)
    place = wire.Play(leg="caller", play="place", files=("third.wav",), then=("music.wav",))
    played.do(wire.Answer(leg="caller"), place)
    played(acts.CameUp(leg="caller"))
    effects = played(acts.PlayedOut(leg="caller", play="place"))
    music = wire.Play(leg="caller", play="place", files=("music.wav",), loop=True)
    assert acts.StartFiles(play=music) in effects
    assert told(effects) == [wire.PlayEnded(at=0.0, leg="caller", play="place")]
    asked = wire.Play(leg="caller", play="music", files=("music.wav",), loop=True)
    assert played.do(asked) == []
    other = wire.Play(leg="caller", play="other", files=("other.wav",), loop=True)
    assert acts.StartFiles(play=other) in played.do(other)
    assert acts.StopFiles(leg="caller") in played.do(wire.StopPlay(leg="caller"))


def test_a_dialled_leg_that_does_not_answer_ends_with_408() -> None:
    played = Played()
    played(INVITED)
    played.do(DIAL)
    assert told(played(acts.Tick(), at=14.9)) == []
    effects = played(acts.Tick(), at=15.0)
    assert acts.EndLeg(leg="agent-1", code=408, reason="no answer") in effects
    ended = wire.Ended(at=15.0, leg="agent-1", code=408, reason="no answer", by="local")
    assert ended in told(effects)
    # the 487 that answers our CANCEL is not news
    assert told(played(acts.WentDown(leg="agent-1", code=487, reason=""))) == []


def test_a_matrix_takes_effect_leg_by_leg() -> None:
    played = Played()
    played(INVITED)
    played.do(wire.Answer(leg="caller"), DIAL, wire.Mix(hears={"caller": ("agent-1",)}))
    played(acts.CameUp(leg="caller"))
    pair = frozenset({("caller", "agent-1")})
    assert acts.SetMix(hears=pair) in played(acts.CameUp(leg="agent-1"))
    assert acts.SetMix(hears=frozenset()) in played(acts.WentDown(leg="agent-1", code=200, reason=""))


def test_it_is_free_when_all_ended_and_acknowledged() -> None:
    played = Played().talking()
    played(acts.WentDown(leg="caller", code=200, reason=""))
    played.do(wire.Hangup(leg="agent-1"))
    assert acts.Free() not in played.do()  # the BYE is not through yet
    assert acts.Free() in played(acts.WentDown(leg="agent-1", code=200, reason=""))


def test_nobody_talks_to_a_dead_line_while_the_core_is_away() -> None:
    played = Played().talking()
    played(acts.WentDown(leg="caller", code=200, reason=""), at=100.0)
    assert rules.deadline(played.state) == 105.0
    assert acts.EndLeg(leg="agent-1", code=487, reason="caller gone") in played(acts.Tick(), at=105.0)


def test_a_present_core_decides_itself_what_the_agent_does_next() -> None:
    played = Played().talking()
    played(acts.WentDown(leg="caller", code=200, reason=""), at=100.0)
    played.do()
    assert played(acts.Tick(), at=200.0) == []


def test_the_caller_stays_when_the_agent_goes_while_the_core_is_away() -> None:
    played = Played().talking()
    played(acts.WentDown(leg="agent-1", code=200, reason=""), at=100.0)
    assert rules.deadline(played.state) is None
    assert played(acts.Tick(), at=5000.0) == []


def test_a_call_no_core_notices_is_refused_so_that_a_trunk_may_try_elsewhere() -> None:
    played = Played()
    played(INVITED)
    assert acts.EndLeg(leg="caller", code=503, reason="service unavailable") in played(acts.Tick(), at=10.0)


def test_forgotten_by_every_core_it_frees_itself_after_ten_minutes() -> None:
    played = Played().talking()
    played(acts.WentDown(leg="agent-1", code=200, reason=""), at=50.0)
    played(acts.WentDown(leg="caller", code=200, reason=""), at=60.0)
    assert acts.Free() not in played(acts.Tick(), at=659.0)
    assert acts.Free() in played(acts.Tick(), at=660.0)


def test_claimed_for_nothing() -> None:
    played = Played()
    assert rules.deadline(played.state) == 10.0
    assert played(acts.Tick(), at=10.0) == [acts.Free()]


@pytest.mark.parametrize("op", [wire.Ring(leg="agent-1"), wire.Answer(leg="agent-1")])
def test_only_an_incoming_leg_can_be_answered(op: wire.Ring | wire.Answer) -> None:
    (refused,) = told(Played().talking().do(op))
    assert refused == wire.OpRefused(at=0.0, op=op.type, leg="agent-1", why="not an incoming leg")


def test_a_name_is_dialled_once() -> None:
    played = Played().talking()
    assert played.do(DIAL) == []
    other = wire.Dial(leg="agent-1", target="sip:other@b", from_number="1")
    (refused,) = told(played.do(other))
    assert refused == wire.OpRefused(at=0.0, op="dial", leg="agent-1", why="that name is taken")


def test_an_invite_is_read() -> None:
    text = (
        "INVITE sip:8000;ext=1@127.0.0.1:5080 SIP/2.0\r\n"
        'f: "Ann \\"L\\" Lee" <sip:+12025550123;cpc=x@host>;tag=1\r\n'
        "Call-ID: abc\r\nX-Trunk:  t1 \r\n\r\nv=0\r\nFrom: not a header\r\n"
    )
    invite = read_invite(text)
    assert (invite.from_number, invite.from_name, invite.to_number) == ("+12025550123", 'Ann "L" Lee', "8000")
    assert (invite.sip_call_id, invite.headers["X-Trunk"]) == ("abc", "t1")
    tel = read_invite("INVITE tel:+44123 SIP/2.0\r\nFrom: tel:+44999;x=1\r\nCall-ID: a\r\n\r\n")
    assert (tel.from_number, tel.to_number) == ("+44999", "+44123")
