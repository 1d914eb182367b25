"""SIP transactions on a virtual clock: what is repeated when, and when it stops."""

from collections.abc import Callable
from typing import Any

from contact_center.telephony.sip.message import respond
from contact_center.telephony.sip.transaction import (
    Acknowledged,
    Client,
    Final,
    InviteServer,
    Repeated,
    Respond,
    ResponseCame,
    Send,
    Server,
    Tick,
    TimedOut,
    start_client,
    step_client,
    step_invite_server,
    step_server,
)
from tests.sip_samples import a_request, request


def run_out(state: Any, step: Callable[[Any, Any, float], Any]) -> tuple[Any, list[tuple[float, Any]]]:
    """Feed ticks at each published deadline until there is none."""
    happened = []
    while state.deadline is not None:
        now = state.deadline
        state, effects = step(state, Tick(), now)
        happened += [(now, effect) for effect in effects]
    return state, happened


def test_a_failure_is_repeated_until_its_ack() -> None:
    state, sent = step_invite_server(InviteServer(), Respond(486, b"busy"), 0.0)
    assert sent == (Send(b"busy"),)
    state, sent = step_invite_server(state, Tick(), 0.4)
    assert sent == ()
    state, sent = step_invite_server(state, Tick(), 0.5)
    assert sent == (Send(b"busy"),)
    state, sent = step_invite_server(state, Acknowledged(), 0.9)
    assert (state.phase, sent) == ("confirmed", ())
    state, sent = step_invite_server(state, Repeated(), 1.0)
    assert sent == ()
    state, happened = run_out(state, step_invite_server)
    assert (state.phase, happened) == ("terminated", [])


def test_a_failure_without_ack_is_repeated_at_the_rfcs_times_and_given_up() -> None:
    state, _ = step_invite_server(InviteServer(), Respond(603, b"no"), 0.0)
    state, happened = run_out(state, step_invite_server)
    assert [now for now, e in happened if e == Send(b"no")] == [
        0.5,
        1.5,
        3.5,
        7.5,
        11.5,
        15.5,
        19.5,
        23.5,
        27.5,
        31.5,
    ]
    assert happened[-1] == (32.0, TimedOut())
    assert state.phase == "terminated"


def test_a_repeated_invite_gets_the_last_provisional_again() -> None:
    state = InviteServer()
    assert step_invite_server(state, Repeated(), 0.0)[1] == ()
    state, _ = step_invite_server(state, Respond(180, b"ringing"), 0.1)
    assert step_invite_server(state, Repeated(), 5.0)[1] == (Send(b"ringing"),)


def test_accepted_absorbs_repeats_and_leaves_the_2xx_to_the_dialog() -> None:
    state, sent = step_invite_server(InviteServer(), Respond(200, b"ok"), 0.0)
    assert sent == (Send(b"ok"),)
    assert step_invite_server(state, Repeated(), 1.0) == (state, ())
    assert step_invite_server(state, Acknowledged(), 1.0) == (state, ())
    assert run_out(state, step_invite_server)[1] == []


def test_only_the_first_final_response_counts() -> None:
    state, _ = step_invite_server(InviteServer(), Respond(200, b"ok"), 0.0)
    assert step_invite_server(state, Respond(486, b"busy"), 0.1) == (state, ())


def test_a_server_transaction_repeats_its_answer_for_32_s() -> None:
    state = Server()
    assert step_server(state, Repeated(), 0.0)[1] == ()
    state, sent = step_server(state, Respond(200, b"ok"), 0.0)
    assert sent == (Send(b"ok"),)
    assert step_server(state, Repeated(), 31.0)[1] == (Send(b"ok"),)
    assert step_server(state, Respond(500, b"again"), 1.0) == (state, ())
    state, _ = step_server(state, Tick(), 32.0)
    assert (state.phase, step_server(state, Repeated(), 33.0)[1]) == ("terminated", ())


def test_a_request_is_repeated_at_the_rfcs_times_and_given_up() -> None:
    state, sent = start_client(b"BYE", 0.0)
    assert sent == (Send(b"BYE"),)
    state, happened = run_out(state, step_client)
    assert [now for now, e in happened if isinstance(e, Send)] == [
        0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5,
    ]  # fmt: skip
    assert happened[-1] == (32.0, TimedOut())


def test_an_answered_request_is_not_repeated_and_its_answer_is_told_once() -> None:
    ok = respond(a_request(request("BYE")), 200)
    state: Client
    state, _ = start_client(b"BYE", 0.0)
    state, told = step_client(state, ResponseCame(ok), 0.2)
    assert told == (Final(ok),)
    assert step_client(state, ResponseCame(ok), 0.3) == (state, ())
    assert run_out(state, step_client)[1] == []


def test_a_provisional_answer_slows_the_repeats() -> None:
    state, _ = start_client(b"BYE", 0.0)
    state, _ = step_client(state, ResponseCame(respond(a_request(request("BYE")), 100)), 0.1)
    state, happened = run_out(state, step_client)
    assert [now for now, _ in happened][:3] == [0.5, 4.5, 8.5]
