"""The story of one standing device, step by step."""

import pytest

from contact_center.telephony.webrtc import devices
from contact_center.telephony.webrtc.devices import (
    Accept,
    Answer,
    Attach,
    CallOver,
    CallUp,
    ClosePeer,
    Detach,
    Device,
    Event,
    HangUp,
    Invited,
    PeerLost,
    PeerUp,
    Reject,
    Ring,
    StopAudio,
    TellCore,
    Tick,
    UsePeer,
)

INVITED = Invited(call="1", conversation="c", leg="agent-1")
ACCEPT = Accept(conversation="c", leg="agent-1")


def after(*events: Event, at: float = 0.0) -> Device:
    device = Device(agent="a")
    for event in events:
        device, _ = devices.step(device, event, at)
    return device


def test_a_browser_connects_and_the_core_hears_of_it() -> None:
    device, effects = devices.step(after(Attach(peer=1)), PeerUp(peer=1), 0.3)
    assert device.link == "up"
    assert effects == (UsePeer(peer=1), TellCore(up=True, why=""))


@pytest.mark.parametrize("events", [(), (Attach(peer=1),), (Attach(peer=1), PeerLost(peer=1, why="x"))])
def test_a_call_without_a_connected_browser_is_refused(events: tuple[Event, ...]) -> None:
    _, effects = devices.step(after(*events), INVITED, 1.0)
    assert effects == (Reject(call="1", code=480),)


def test_a_second_call_is_busy_and_the_first_undisturbed() -> None:
    ringing = after(Attach(peer=1), PeerUp(peer=1), INVITED)
    device, effects = devices.step(ringing, Invited(call="2", conversation="d", leg="agent-1"), 1.0)
    assert effects == (Reject(call="2", code=486),)
    assert device == ringing


def test_ringing_then_accepted_once() -> None:
    device, effects = devices.step(after(Attach(peer=1), PeerUp(peer=1)), INVITED, 1.0)
    assert effects == (Ring(call="1"),)
    device, effects = devices.step(device, ACCEPT, 2.0)
    assert effects == (Answer(call="1"),)
    device, effects = devices.step(device, ACCEPT, 2.1)
    assert effects == ()


def test_a_reloaded_page_takes_over_its_call() -> None:
    device = after(Attach(peer=1), PeerUp(peer=1), INVITED, ACCEPT, CallUp(call="1"))
    device, effects = devices.step(device, Attach(peer=2), 10.0)
    assert effects == (ClosePeer(peer=1),)
    assert device.hang_up_at == 10.0 + devices.REATTACH_S
    device, effects = devices.step(device, PeerUp(peer=2), 10.4)
    assert effects == (UsePeer(peer=2), TellCore(up=True, why=""))
    assert device.hang_up_at is None
    assert device.call is not None
    assert device.call.state == "up"


def test_a_call_whose_browser_stays_away_is_ended_after_a_minute() -> None:
    device = after(Attach(peer=1), PeerUp(peer=1), INVITED, ACCEPT, CallUp(call="1"))
    device, effects = devices.step(device, PeerLost(peer=1, why="consent"), 5.0)
    assert effects == (ClosePeer(peer=1), TellCore(up=False, why="consent"))
    assert devices.next_deadline(device) == 65.0
    device, effects = devices.step(device, Tick(), 64.9)
    assert effects == ()
    device, effects = devices.step(device, Tick(), 65.0)
    assert effects == (HangUp(call="1", why="browser did not come back"), StopAudio())
    assert device.call is None


def test_failed_attempts_to_come_back_do_not_prolong_the_minute() -> None:
    device = after(Attach(peer=1), PeerUp(peer=1), INVITED, ACCEPT, CallUp(call="1"))
    device, _ = devices.step(device, PeerLost(peer=1, why="consent"), 5.0)
    device, _ = devices.step(device, Attach(peer=2), 40.0)
    device, _ = devices.step(device, Tick(), 40.0 + devices.CONNECT_S)
    assert device.link == "lost"
    assert device.hang_up_at == 65.0


def test_a_browser_that_never_connects_is_reported() -> None:
    device, effects = devices.step(after(Attach(peer=1)), Tick(), devices.CONNECT_S)
    assert effects == (ClosePeer(peer=1), TellCore(up=False, why="not connected within 15 s"))
    assert device.link == "lost"


def test_a_ringing_call_survives_a_reload_and_can_be_accepted_meanwhile() -> None:
    device = after(Attach(peer=1), PeerUp(peer=1), INVITED, Attach(peer=2))
    assert devices.can_accept(device, "c", "agent-1")
    device, effects = devices.step(device, ACCEPT, 1.0)
    assert effects == (Answer(call="1"),)
    assert device.hang_up_at == 1.0 + devices.REATTACH_S


def test_detaching_ends_everything() -> None:
    up = after(Attach(peer=1), PeerUp(peer=1), INVITED, ACCEPT)
    device, effects = devices.step(up, Detach(), 1.0)
    assert effects == (
        ClosePeer(peer=1),
        HangUp(call="1", why="device detached"),
        StopAudio(),
        TellCore(up=False, why="detached"),
    )
    assert (device.link, device.call) == ("absent", None)


def test_the_end_of_a_call_frees_the_device() -> None:
    device, effects = devices.step(
        after(Attach(peer=1), PeerUp(peer=1), INVITED, ACCEPT), CallOver(call="1"), 9.0
    )
    assert effects == (StopAudio(),)
    assert devices.step(device, Invited(call="2", conversation="d", leg="l"), 9.0)[1] == (Ring(call="2"),)
