"""Whatever the core orders and the endpoint does, in any order: the rules of a conversation hold."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from contact_center.telephony import wire
from contact_center.telephony.media import acts, rules

LEGS = st.sampled_from(["caller", "agent-1", "agent-2", "ghost"])
FILES = st.lists(st.sampled_from(["a.wav", "b.wav"]), max_size=2).map(tuple)
OPS = st.one_of(
    st.builds(wire.Ring, leg=LEGS),
    st.builds(wire.Answer, leg=LEGS),
    st.builds(wire.Hangup, leg=LEGS),
    st.builds(
        wire.Dial,
        leg=st.sampled_from(["agent-1", "agent-2", "caller"]),
        target=st.sampled_from(["sip:a@b", "sip:c@d"]),
        from_number=st.just("1"),
        timeout_s=st.sampled_from([5.0, 30.0]),
    ),
    st.builds(wire.Play, leg=LEGS, play=st.sampled_from(["p", "q"]), files=FILES, loop=st.booleans()),
    st.builds(wire.StopPlay, leg=LEGS),
    st.builds(
        wire.Record, recording=st.sampled_from(["r1", "r2"]), file_left=st.just("l"), file_right=st.just("r")
    ),
    *(
        st.builds(kind, recording=st.sampled_from(["r1", "r2"]))
        for kind in (wire.PauseRecording, wire.ResumeRecording, wire.StopRecording)
    ),
    st.builds(wire.SendDigits, leg=LEGS, digits=st.just("1")),
    st.builds(wire.Mix, hears=st.dictionaries(LEGS, st.lists(LEGS, max_size=3).map(tuple), max_size=3)),
)
HAPPENINGS = st.one_of(
    st.builds(acts.RangThere, leg=LEGS, early=st.booleans()),
    st.builds(acts.AskedToRefer, leg=LEGS, target=st.just("bo")),
    st.builds(acts.CameUp, leg=LEGS),
    st.builds(acts.WentDown, leg=LEGS, code=st.sampled_from([200, 408, 486, 503]), reason=st.just("")),
    st.builds(acts.Keyed, leg=LEGS, digit=st.sampled_from("0123456789*#")),
    st.builds(acts.PlayedOut, leg=LEGS, play=st.sampled_from(["p", "q"])),
    st.builds(acts.OrderFailed, op=st.sampled_from(["dial", "play", "answer"]), leg=LEGS, why=st.just("no")),
    st.builds(acts.TapeFailed, recording=st.sampled_from(["r1", "r2"]), why=st.just("disk full")),
    st.builds(acts.TapeSilent, recording=st.sampled_from(["r1", "r2"]), sounded_s=st.floats(0, 60)),
    st.just(acts.Tick()),
)
INVITED = acts.Invited(
    leg="caller", from_number="1", from_name="", to_number="2", sip_call_id="x", headers={}
)


class Conversations(RuleBasedStateMachine):
    """Plays one conversation and keeps the core's side of the book."""

    @initialize(talking=st.booleans())
    def begin(self, talking: bool) -> None:
        self.now = 1000.0
        self.state = rules.Conversation(id="c", started_at=self.now)
        self.told: list[wire.Numbered] = []
        self.orders: list[acts.Effect] = []
        self.ack = 0
        self.blob = ""
        if talking:  # most of what can go wrong is beyond this point
            dial = wire.Dial(leg="agent-1", target="sip:a@b", from_number="1")
            self.feed(INVITED)
            self.feed(acts.Took(ops=(wire.Answer(leg="caller"), dial), ack=0, blob=""))
            for leg in ("caller", "agent-1"):
                self.feed(acts.CameUp(leg=leg))

    def feed(self, event: acts.Event) -> list[acts.Effect]:
        self.state, effects = rules.step(self.state, event, self.now)
        self.told += [effect.numbered for effect in effects if isinstance(effect, acts.Tell)]
        self.orders += effects
        return effects

    @rule()
    def invited(self) -> None:
        self.feed(INVITED)

    @rule(happening=HAPPENINGS)
    def happens(self, happening: acts.Event) -> None:
        self.feed(happening)

    @rule(ops=st.lists(OPS, max_size=4), share=st.floats(0, 1), blob=st.sampled_from(["", "x", "y"]))
    def core_orders(self, ops: list[wire.Op], share: float, blob: str) -> None:
        if not self.state.freed:
            self.ack = max(self.ack, round(share * len(self.told)))
            self.blob = blob or self.blob
        self.feed(acts.Took(ops=tuple(ops), ack=self.ack, blob=blob))

    @rule(ops=st.lists(OPS, max_size=4))
    def core_repeats_itself(self, ops: list[wire.Op]) -> None:
        """A core that died after its `Do` says it again: what it orders the endpoint is ordered once."""
        again_anew = wire.Mix | wire.Play | wire.StopPlay | wire.SendDigits
        orders = [op for op in ops if not isinstance(op, again_anew)]
        # an end before its beginning is for nobody the first time, and for the new one the second time
        orders.sort(key=lambda op: not isinstance(op, wire.Dial | wire.Record))
        self.feed(acts.Took(ops=tuple(orders), ack=self.ack, blob=""))
        again = self.feed(acts.Took(ops=tuple(orders), ack=self.ack, blob=""))
        assert all(isinstance(effect, acts.Tell) for effect in again)
        assert all(
            isinstance(effect.numbered.report, wire.OpRefused)
            for effect in again
            if isinstance(effect, acts.Tell)
        )

    @rule(seconds=st.sampled_from([0.1, 1.0, 3.0, 6.0, 40.0, 700.0]))
    def time_passes(self, seconds: float) -> None:
        """As the process does it: tick at each deadline on the way."""
        until = self.now + seconds
        while (at := rules.deadline(self.state)) is not None and at <= until:
            self.now = max(self.now, at)
            self.feed(acts.Tick())
            after = rules.deadline(self.state)
            assert after is None or after > self.now  # a passed deadline does not stand: no busy loop
        self.now = until

    @precondition(lambda self: not self.state.freed)
    @rule()
    def image_is_what_the_core_has_not_acknowledged(self) -> None:
        image = rules.image(self.state)
        assert image.blob == self.blob
        assert list(image.unacknowledged) == [told for told in self.told if told.seq > self.ack]

    @invariant()
    def sequence_has_no_gap(self) -> None:
        assert [told.seq for told in self.told] == list(range(1, len(self.told) + 1))

    @invariant()
    def the_end_is_told_once_and_last(self) -> None:
        ended: set[str] = set()
        for told in self.told:
            if isinstance(told.report, wire.OpRefused | wire.RecordingEnded | wire.SilenceHeard):
                continue
            assert told.report.leg not in ended
            if isinstance(told.report, wire.Ended):
                ended.add(told.report.leg)
        gone = {leg.name for leg in self.state.legs.values() if leg.phase == "ended"}
        assert ended == gone

    @invariant()
    def a_leg_is_answered_dialled_and_ended_once(self) -> None:
        for kind in (acts.AnswerLeg, acts.EndLeg, acts.RingLeg):
            legs = [order.leg for order in self.orders if isinstance(order, kind)]
            assert len(legs) == len(set(legs))
        dialled = [order.dial.leg for order in self.orders if isinstance(order, acts.DialLeg)]
        assert len(dialled) == len(set(dialled))

    @invariant()
    def only_live_legs_are_mixed_and_nobody_hears_himself(self) -> None:
        up = {leg.name for leg in self.state.legs.values() if leg.phase == "up"}
        assert all(ear in up and mouth in up and ear != mouth for ear, mouth in self.state.mixed)

    @invariant()
    def a_recording_starts_once_ends_once_and_is_told(self) -> None:
        started = [order.record.recording for order in self.orders if isinstance(order, acts.StartTape)]
        stopped = [order.recording for order in self.orders if isinstance(order, acts.StopTape)]
        ended = [t.report.recording for t in self.told if isinstance(t.report, wire.RecordingEnded)]
        assert len(started) == len(set(started))
        assert stopped == ended
        running = self.state.tape
        assert set(ended) | ({running.record.recording} if running else set()) == self.state.recordings
        assert running is None or self.state.live

    @invariant()
    def the_tape_takes_live_legs_caller_left_others_right_and_nothing_in_a_pause(self) -> None:
        tape = self.state.tape
        up = {leg.name for leg in self.state.legs.values() if leg.phase == "up"}
        wanted = {("left" if leg == "caller" else "right", leg) for leg in up}
        assert self.state.taped == (wanted if tape is not None and not tape.paused else set())

    @invariant()
    def it_is_freed_once_and_only_when_over(self) -> None:
        frees = [order for order in self.orders if isinstance(order, acts.Free)]
        assert len(frees) == int(self.state.freed)
        if self.state.freed:
            assert not self.state.live
            over = self.state.all_ended_at
            forgotten = over is not None and self.now >= over + rules.FORGOTTEN_S
            assert forgotten or not self.state.legs or self.ack == len(self.told)

    @invariant()
    def a_leg_does_not_ring_after_its_answer(self) -> None:
        orders = [order for order in self.orders if isinstance(order, acts.RingLeg | acts.AnswerLeg)]
        for leg in {order.leg for order in orders}:
            kinds = [type(order) for order in orders if order.leg == leg]
            assert kinds in ([acts.RingLeg], [acts.AnswerLeg], [acts.RingLeg, acts.AnswerLeg])

    @invariant()
    def nothing_waits_for_ever(self) -> None:
        """Over and unacknowledged, or waiting for a call: there is always a deadline."""
        if not self.state.freed and not self.state.live:
            assert rules.deadline(self.state) is not None


TestConversations = Conversations.TestCase
TestConversations.settings = settings(max_examples=150, stateful_step_count=25, deadline=None)
