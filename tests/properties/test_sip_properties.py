"""What holds for every datagram and every order of events, however broken."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from contact_center.telephony.sip import dialog as dialogs
from contact_center.telephony.sip.edge.dispatch import Dispatch
from contact_center.telephony.sip.edge.fork import Send
from contact_center.telephony.sip.edge.places import Where
from contact_center.telephony.sip.edge.proxy import ClaimConversation, Proxy
from contact_center.telephony.sip.edge.signing import Hops, Signer
from contact_center.telephony.sip.message import MalformedMessage, Request, Response, parse, respond, salvage
from contact_center.telephony.sip.syntax import CSeq, NameAddr, Uri, Via, split_commas
from contact_center.telephony.sip.transaction import Tick
from tests.sip_samples import SDP, a_request, request

ROUTES = ("Record-Route: <sip:p@127.0.0.1;lr>", 'Route: "a, b" <sip:x@[::1]:5060;lr>;p="q;,"')
SAMPLES = (
    request(sdp=SDP, extra=(*ROUTES, "Max-Forwards: 70")),
    request("BYE", to_tag="t", cseq=2, extra=ROUTES),
    request("CANCEL"),
    request("ACK", to_tag="t"),
    bytes(respond(a_request(request(extra=ROUTES)), 200, ("Contact", "<sip:a@b>"), tag="t")),
)
PIECES = (
    b"\r\n", b"\r", b"\n", b":", b";", b",", b"=", b'"', b"<", b">", b"@", b" ", b"\t", b"%", b"\\", b"\0",
    b"\xff", b"sip:", b"SIP/2.0", b"Via: ", b"CSeq: ", b"999999999999", b"[", b"]", b"\xd9\xa3", b"tag=",
    b"branch=", b"rport",
)  # fmt: skip


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A sound message with a few bytes replaced, removed, doubled or put in."""
    data = bytearray(draw(st.sampled_from(SAMPLES)))
    for _ in range(draw(st.integers(0, 6))):
        at = draw(st.integers(0, len(data)))
        to = min(len(data), at + draw(st.integers(0, 12)))
        data[at:to] = draw(st.sampled_from(PIECES) | st.binary(max_size=8) | st.just(bytes(data[at:to]) * 2))
    return bytes(data)


datagrams = mutated() | st.binary(max_size=300)


@settings(max_examples=1500, deadline=None)
@given(datagrams)
def test_parse_gives_a_message_or_says_what_is_malformed(datagram: bytes) -> None:
    message: Request | Response | MalformedMessage
    try:
        message = parse(datagram)
    except MalformedMessage as bad:
        message = bad
    if isinstance(message, MalformedMessage):
        assert 400 <= message.status <= 599
        assert message.what
        assert message.where
        assert message.phrase.isprintable()
    else:
        again = parse(bytes(message))
        assert again == message
        assert (message.via, message.from_, message.to, message.cseq) == (
            again.via, again.from_, again.to, again.cseq,
        )  # fmt: skip
        if isinstance(message, Request):
            parse(bytes(respond(message, 404, tag="x")))


@settings(max_examples=800, deadline=None)
@given(datagrams)
def test_what_can_be_salvaged_can_be_answered(datagram: bytes) -> None:
    found = salvage(datagram)
    if found is not None:
        assert found.method != "ACK"
        answer = bytes(respond(found, 400, tag="x"))
        assert answer.startswith(b"SIP/2.0 400 ")


@settings(max_examples=600, deadline=None)
@given(st.text(max_size=60))
def test_small_grammars_raise_nothing_else(text: str) -> None:
    for read in (Uri.parse, NameAddr.parse, Via.parse, CSeq.parse, split_commas):
        try:
            read(text)
        except MalformedMessage:
            continue


SIGNER = Signer(b"k" * 32)
CONVERSATION = Where("127.0.0.1", 40001)
CALLER = Where("203.0.113.7", 4444)
STRANGER = Where("198.51.100.9", 9)


@settings(max_examples=500, deadline=None)
@given(
    st.lists(st.tuples(datagrams, st.sampled_from([CALLER, CONVERSATION, STRANGER])), max_size=12),
    st.lists(st.booleans(), min_size=12, max_size=12),
)
def test_the_edge_sends_only_to_the_sender_the_conversation_or_a_known_caller(
    sequence: list[tuple[bytes, Where]], found: list[bool]
) -> None:
    proxy = Proxy(SIGNER, Where("192.0.2.1", 5060), Dispatch(most=4))
    heard_from: set[str] = {CONVERSATION[0]}
    claimed = 0
    for now, (datagram, source) in enumerate(sequence):
        heard_from.add(source[0])
        effects = list(proxy.received(datagram, source, float(now)))
        for effect in effects:
            if isinstance(effect, ClaimConversation):
                claimed += 1
                yes = found[now]
                effects += (
                    proxy.claimed(effect.key, CONVERSATION, float(now))
                    if yes
                    else proxy.claim_refused(effect.key, float(now))
                )
        assert all(e.where[0] in heard_from for e in effects if isinstance(e, Send))
        assert proxy.figures["calls_in_table"] <= 4
        is_ack = datagram.lstrip(b"\r\n").startswith(b"ACK ")
        assert not (is_ack and any(e.datagram.startswith(b"SIP/2.0") for e in effects if isinstance(e, Send)))


hosts = st.ip_addresses().map(str)
wheres = st.builds(Where, hosts, st.integers(1, 65535), st.sampled_from(["udp", "tcp", "tls"]))


@given(wheres, wheres, st.text(max_size=30), st.text(max_size=30))
def test_a_token_says_what_was_signed(caller: Any, conversation: Any, call_id: str, other: str) -> None:
    hops = Hops(caller, conversation)
    token = SIGNER.token(hops, call_id)
    assert SIGNER.hops(token, call_id) == hops
    assert call_id == other or SIGNER.hops(token, other) is None
    assert Uri.parse(f"sip:{token}@192.0.2.1;lr").user == token


def _inside(method: str, cseq: int) -> dialogs.RequestCame:
    datagram = request(method, to_tag="ours", cseq=cseq, sdp=SDP, branch=f"z9hG4bK{method}{cseq}")
    return dialogs.RequestCame(a_request(datagram))


events = (
    st.sampled_from([dialogs.Ring(), dialogs.Accept("sdp"), dialogs.Reject(486), dialogs.HangUp(),
                     dialogs.CancelCame(), Tick()])
    | st.builds(_inside, st.sampled_from(["ACK", "BYE", "INVITE", "OPTIONS", "INFO"]), st.integers(1, 4))
)  # fmt: skip


@settings(max_examples=500, deadline=None)
@given(st.lists(events, max_size=15))
def test_a_call_ends_once_answers_its_invite_once_and_says_bye_once(sequence: list[dialogs.Event]) -> None:
    dialog = dialogs.invited(a_request(request(sdp=SDP)), "ours", "sip:127.0.0.1:4000", 0.0)
    everything: list[dialogs.Effect] = []
    now = 0.0

    def take(event: dialogs.Event) -> None:
        nonlocal dialog
        before = dialog
        dialog, effects = dialogs.step(dialog, event, now)
        everything.extend(effects)
        if before.phase == "closed":
            assert dialog.phase == "closed"

    for event in sequence:
        now += 1.0
        take(event)
    take(dialogs.HangUp())
    while dialog.deadline is not None:
        now = max(now, dialog.deadline)
        take(Tick())
    over = [e for e in everything if isinstance(e, dialogs.Cancelled | dialogs.CallEnded)]
    assert len(over) == 1
    finals = [e for e in everything if isinstance(e, dialogs.Reply)
              and e.response.status >= 200 and e.response.via == dialog.invite.via]  # fmt: skip
    assert len(finals) == 1
    byes = [e for e in everything if isinstance(e, dialogs.SendRequest)]
    assert len(byes) <= 1
    assert dialog.phase == "closed"
