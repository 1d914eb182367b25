"""The called side of a call on a virtual clock: INVITE to BYE, and every way it can go otherwise."""

import pytest

from contact_center.telephony.sip.dialog import (
    Accept,
    CallEnded,
    CancelCame,
    Cancelled,
    Dialog,
    Effects,
    Established,
    Event,
    HangUp,
    Reject,
    Reply,
    RequestCame,
    Resend,
    Ring,
    SendRequest,
    invited,
    step,
)
from contact_center.telephony.sip.message import MalformedMessage
from contact_center.telephony.sip.transaction import Tick
from tests.sip_samples import SDP, a_request, request

ROUTE = "Record-Route: <sip:p1@127.0.0.1:5060;lr>, <sip:p2@127.0.0.1:5062;lr>"


def a_dialog(*, sdp: str = SDP) -> Dialog:
    return invited(a_request(request(extra=(ROUTE,), sdp=sdp)), "ours", "sip:127.0.0.1:4000", 0.0)


def play(dialog: Dialog, *events: tuple[float, Event]) -> tuple[Dialog, Effects]:
    """Run events at their times; the effects of the last one."""
    effects: Effects = ()
    for now, event in events:
        dialog, effects = step(dialog, event, now)
    return dialog, effects


def inside(method: str, cseq: int, *, extra: tuple[str, ...] = (), sdp: str = "") -> RequestCame:
    return RequestCame(a_request(request(method, to_tag="ours", cseq=cseq, extra=extra, sdp=sdp)))


def up() -> Dialog:
    return play(a_dialog(), (0.0, Accept("answer")), (0.1, inside("ACK", 1)))[0]


def statuses(effects: Effects) -> list[int]:
    return [e.response.status for e in effects if isinstance(e, Reply)]


def test_ring_accept_ack() -> None:
    dialog, effects = play(a_dialog(), (0.0, Ring()))
    assert statuses(effects) == [180]
    dialog, effects = play(dialog, (1.0, Accept("answer")))
    assert isinstance(effects[0], Reply)
    ok = effects[0].response
    assert (ok.status, ok.body, ok.to.tag) == (200, b"answer", "ours")
    assert ok.headers.values("record-route") == tuple(ROUTE.partition(": ")[2].split(", "))
    assert ok.headers.get("contact") == "<sip:127.0.0.1:4000>"
    dialog, effects = play(dialog, (1.1, inside("ACK", 1)))
    assert effects == (Established(),)
    assert (dialog.phase, dialog.deadline) == ("confirmed", None)
    assert play(dialog, (1.2, inside("ACK", 1)))[1] == ()


def test_the_200_is_repeated_until_its_ack_then_the_call_is_hung_up() -> None:
    dialog, _ = play(a_dialog(), (0.0, Accept("answer")))
    resent = []
    effects: Effects = ()
    while dialog.deadline is not None:
        now = dialog.deadline
        dialog, effects = step(dialog, Tick(), now)
        resent += [now for e in effects if isinstance(e, Resend)]
    assert resent == [0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5]
    assert isinstance(effects[0], SendRequest)
    assert effects[1:] == (CallEnded("failure", "no ACK"),)


@pytest.mark.parametrize("code", [480, 486, 603])
def test_reject(code: int) -> None:
    dialog, effects = play(a_dialog(), (0.0, Reject(code)))
    assert statuses(effects) == [code]
    assert effects[1] == CallEnded("local", f"rejected with {code}")
    assert play(dialog, (0.1, Accept("late")))[1] == ()
    assert play(dialog, (0.1, HangUp()))[1] == ()


def test_cancel_before_and_after_the_answer() -> None:
    dialog, effects = play(a_dialog(), (0.0, Ring()), (1.0, CancelCame()))
    assert statuses(effects) == [487]
    assert effects[1] == Cancelled()
    assert play(dialog, (1.1, Accept("late")))[1] == ()
    assert play(a_dialog(), (0.0, Accept("x")), (0.1, CancelCame()))[1] == ()


def test_bye_from_the_caller() -> None:
    bye = inside("BYE", 2, extra=('Reason: Q.850 ;cause=16 ;text="Normal \\"call\\" clearing"',))
    dialog, effects = play(up(), (5.0, bye))
    assert statuses(effects) == [200]
    assert effects[1] == CallEnded("remote", 'Normal "call" clearing')
    assert statuses(play(dialog, (5.1, inside("INFO", 3)))[1]) == [481]


def test_bye_from_us_follows_the_route_backwards_and_answers_one_that_crosses() -> None:
    dialog, effects = play(up(), (5.0, HangUp()))
    assert isinstance(effects[0], SendRequest)
    bye = effects[0].request
    assert (bye.method, bye.target, bye.cseq.number) == ("BYE", "sip:caller@127.0.0.1:5070", 1)
    assert bye.headers.values("route") == tuple(ROUTE.partition(": ")[2].split(", "))
    assert (bye.from_.tag, bye.to.tag) == ("ours", "caller")
    assert effects[1] == CallEnded("local", "hung up")
    dialog, effects = play(dialog, (5.1, inside("BYE", 2)))
    assert statuses(effects) == [200]
    assert len(effects) == 1


def test_hang_up_before_the_ack_waits_for_it() -> None:
    dialog, effects = play(a_dialog(), (0.0, Accept("x")), (0.1, HangUp()))
    assert effects == ()
    _, effects = play(dialog, (0.2, inside("ACK", 1)))
    assert [type(e) for e in effects] == [Established, SendRequest, CallEnded]


def test_hang_up_before_the_answer_is_480() -> None:
    assert statuses(play(a_dialog(), (0.0, HangUp()))[1]) == [480]


def test_a_call_nobody_answers_is_refused_in_the_end() -> None:
    dialog = a_dialog()
    assert dialog.deadline == 180.0
    assert step(dialog, Tick(), 179.0) == (dialog, ())
    dialog, effects = step(dialog, Tick(), 180.0)
    assert statuses(effects) == [480]
    assert effects[1] == CallEnded("failure", "no answer")
    assert dialog.deadline is None


def test_bye_in_an_early_dialog_ends_the_invite_too() -> None:
    _, effects = play(a_dialog(), (0.0, Ring()), (1.0, inside("BYE", 2)))
    assert statuses(effects) == [200, 487]
    assert effects[-1] == Cancelled()


def test_re_invite_gets_the_same_sdp_and_its_own_ack() -> None:
    changed = SDP.replace("4000", "5000")
    dialog, effects = play(up(), (5.0, inside("INVITE", 2, sdp=changed)))
    assert isinstance(effects[0], Reply)
    assert effects[0].response.body == b"answer"
    assert dialog.remote_sdp == changed
    assert statuses(play(dialog, (5.1, inside("INVITE", 3, sdp=changed)))[1]) == [491]
    assert play(dialog, (5.1, inside("ACK", 1)))[1] == ()
    dialog, effects = play(dialog, (5.2, inside("ACK", 2)))
    assert (effects, dialog.deadline) == ((), None)  # established is told once only


def test_offer_in_the_200_and_answer_in_the_ack() -> None:
    dialog, _ = play(a_dialog(sdp=""), (0.0, Accept("offer")), (0.1, inside("ACK", 1, sdp=SDP)))
    assert dialog.remote_sdp == SDP


@pytest.mark.parametrize(
    ("method", "cseq", "status"),
    [("OPTIONS", 2, 200), ("REFER", 2, 405), ("OPTIONS", 1, 500), ("INVITE", 2, 200)],
)
def test_other_requests_inside_the_call(method: str, cseq: int, status: int) -> None:
    assert statuses(play(up(), (5.0, inside(method, cseq)))[1]) == [status]


def test_second_invite_before_the_first_is_answered() -> None:
    assert statuses(play(a_dialog(), (0.0, inside("INVITE", 2)))[1]) == [500]


def test_an_invite_without_contact_makes_no_dialog() -> None:
    with pytest.raises(MalformedMessage):
        invited(a_request(request().replace(b"Contact:", b"X-Contact:")), "ours", "sip:x", 0.0)
