"""SIP messages for tests, written with plain line ends."""

from contact_center.telephony.sip.message import Request, Response, parse

SDP = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"


def wire(text: str, body: str = "") -> bytes:
    """The datagram of a message written with LF line ends; the body goes out as it is."""
    return (
        text.strip("\n").replace("\n", "\r\n").encode("utf-8", "surrogateescape")
        + b"\r\n\r\n"
        + body.encode()
    )


def request(
    method: str = "INVITE",
    target: str = "sip:1000@127.0.0.1:5060",
    *,
    branch: str = "z9hG4bKone",
    via: str = "SIP/2.0/UDP 127.0.0.1:5070",
    to_tag: str = "",
    from_tag: str = "caller",
    call_id: str = "call-1",
    cseq: int = 1,
    extra: tuple[str, ...] = (),
    sdp: str = "",
) -> bytes:
    to = f"<sip:1000@127.0.0.1>{f';tag={to_tag}' if to_tag else ''}"
    lines = [
        f"{method} {target} SIP/2.0",
        f"Via: {via};branch={branch};rport",
        f'From: "A. Caller" <sip:+14155550100@127.0.0.1:5070>;tag={from_tag}',
        f"To: {to}",
        f"Call-ID: {call_id}",
        f"CSeq: {cseq} {method}",
        "Contact: <sip:caller@127.0.0.1:5070>",
        *extra,
        *(("Content-Type: application/sdp",) if sdp else ()),
        f"Content-Length: {len(sdp)}",
    ]
    return wire("\n".join(lines), sdp)


def a_request(datagram: bytes) -> Request:
    message = parse(datagram)
    assert isinstance(message, Request)
    return message


def a_response(datagram: bytes) -> Response:
    message = parse(datagram)
    assert isinstance(message, Response)
    return message
