"""A standing device keeps its promises under any order of events."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from contact_center.telephony.webrtc import devices
from contact_center.telephony.webrtc.devices import Device


class AnyOrder(RuleBasedStateMachine):
    """Feeds a device everything in any order, and keeps its own books from the effects."""

    def __init__(self) -> None:
        super().__init__()
        self.device = Device(agent="a")
        self.now = 0.0
        self.peers = 0
        self.open: set[int] = set()
        self.calls = 0
        self.ringing: set[int] = set()
        self.answered: set[int] = set()
        self.told = False

    def feed(self, event: devices.Event) -> None:
        self.device, effects = devices.step(self.device, event, self.now)
        for effect in effects:
            match effect:
                case devices.ClosePeer(peer=peer):
                    self.open.remove(peer)
                case devices.UsePeer(peer=peer):
                    assert peer in self.open
                case devices.TellCore(up=up):
                    self.told = up
                case devices.Ring(call=call):
                    self.ringing.add(int(call))
                case devices.Answer(call=call):
                    self.ringing.remove(int(call))
                    self.answered.add(int(call))
                case devices.Reject(call=call):
                    self.ringing.discard(int(call))
                case devices.HangUp(call=call):
                    self.answered.remove(int(call))
                case devices.StopAudio():
                    pass

    @rule()
    def attach(self) -> None:
        self.peers += 1
        self.open.add(self.peers)
        self.feed(devices.Attach(peer=self.peers))

    @rule(back=st.integers(0, 2))
    def peer_up(self, back: int) -> None:
        self.feed(devices.PeerUp(peer=self.peers - back))

    @rule(back=st.integers(0, 2))
    def peer_lost(self, back: int) -> None:
        self.feed(devices.PeerLost(peer=self.peers - back, why="gone"))

    @rule()
    def detach(self) -> None:
        self.feed(devices.Detach())

    @rule()
    def invite(self) -> None:
        self.calls += 1
        self.feed(devices.Invited(call=str(self.calls), conversation="c", leg=str(self.calls)))

    @rule(back=st.integers(0, 2))
    def accept(self, back: int) -> None:
        self.feed(devices.Accept(conversation="c", leg=str(self.calls - back)))

    @rule(back=st.integers(0, 2))
    def call_up(self, back: int) -> None:
        self.feed(devices.CallUp(call=str(self.calls - back)))

    @rule(back=st.integers(0, 2))
    def call_over(self, back: int) -> None:
        call = self.calls - back
        self.ringing.discard(call)
        self.answered.discard(call)
        self.feed(devices.CallOver(call=str(call)))

    @rule(passed_s=st.floats(0.1, 40))
    def time(self, passed_s: float) -> None:
        until = self.now + passed_s
        while (deadline := devices.next_deadline(self.device)) is not None and deadline <= until:
            self.now = deadline
            self.feed(devices.Tick())
            following = devices.next_deadline(self.device)
            assert following is None or following > deadline, "a deadline met is a deadline gone"
        self.now = until

    @invariant()
    def at_most_one_call(self) -> None:
        assert len(self.ringing) + len(self.answered) <= 1
        held = {int(self.device.call.call)} if self.device.call else set()
        assert held == self.ringing | self.answered

    @invariant()
    def only_the_current_peer_is_open(self) -> None:
        current = {self.device.peer} if self.device.link in ("up", "connecting") else set()
        assert self.open == current

    @invariant()
    def the_core_knows(self) -> None:
        assert self.told == self.device.told_up
        if self.device.link == "up":
            assert self.told
        if self.device.link in ("lost", "absent"):
            assert not self.told

    @invariant()
    def no_call_waits_for_ever_without_a_browser(self) -> None:
        if self.answered and self.device.link != "up":
            assert self.device.hang_up_at is not None
            assert self.device.hang_up_at <= self.now + devices.REATTACH_S
        else:
            assert self.device.hang_up_at is None


AnyOrder.TestCase.settings = settings(max_examples=80, stateful_step_count=30, deadline=None)
TestDevices = AnyOrder.TestCase
