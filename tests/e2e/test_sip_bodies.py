"""What an INVITE offers, refused by the conversation's own stack (pjsip) through the edge, as its RFC says.

The message layer cannot judge a body; these are the torture cases of RFC 4475 that the edge lets through.
"""

import asyncio
import re
import secrets
import socket

import pytest

from contact_center.telephony.sip.message import Response, parse
from tests.e2e.centre import Centre
from tests.e2e.people import supervisor
from tests.support import aio

SDP = (
    "v=0\r\no=mhandley 29739 7272939 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    "m=audio {port} {profile} {formats}\r\n{more}"
)
GOOD = SDP.format(port=49210, profile="RTP/AVP", formats="0 8", more="")
"""What is wrong with it, headers beside the usual ones, body, status."""
OFFERS = {
    "sdp01 (3.3.15): the answer may not be SDP": (
        "Accept: text/nobodyKnowsThis\r\nContent-Type: application/sdp\r\n",
        GOOD,
        406,
    ),
    "invut (3.3.6): an unknown body": ("Content-Type: application/unknownformat\r\n", "<audio>\r\n", 415),
    "no codec of ours": (
        "Content-Type: application/sdp\r\n",
        SDP.format(port=49210, profile="RTP/AVP", formats="9 18", more=""),
        488,
    ),
    "video only": (
        "Content-Type: application/sdp\r\n",
        SDP.format(port=49210, profile="RTP/AVP", formats="31", more="").replace("m=audio", "m=video"),
        488,
    ),
    "sound over IPv6": (
        "Content-Type: application/sdp\r\n",
        GOOD.replace("IN IP4 127.0.0.1", "IN IP6 ::1"),
        488,
    ),
    "another transport": (
        "Content-Type: application/sdp\r\n",
        SDP.format(port=49210, profile="TCP/MSRP", formats="*", more=""),
        488,
    ),
    "no SDP at all under its name": ("Content-Type: application/sdp\r\n", "hello\r\n", 400),
}


def invite(centre: Centre, number: str, port: int, headers: str, body: str) -> bytes:
    return (
        f"INVITE sip:8000@{centre.sip} SIP/2.0\r\n"
        f"Via: SIP/2.0/UDP 127.0.0.1:{port};rport;branch=z9hG4bK{secrets.token_hex(8)}\r\n"
        f"Max-Forwards: 70\r\nTo: <sip:8000@{centre.sip}>\r\n"
        f"From: <sip:{number}@127.0.0.1>;tag={secrets.token_hex(4)}\r\n"
        f"Call-ID: {secrets.token_hex(8)}@127.0.0.1\r\nCSeq: 1 INVITE\r\n"
        f"Contact: <sip:{number}@127.0.0.1:{port}>\r\n{headers}"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    ).encode()


async def final_of(centre: Centre, number: str, headers: str, body: str) -> Response:
    """The final answer, acknowledged (RFC 3261 section 17.1.1.3)."""
    loop = asyncio.get_running_loop()
    host, port = centre.sip.rsplit(":", 1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as phone:
        phone.bind(("127.0.0.1", 0))
        phone.setblocking(False)  # the standard library's own signature
        asked = invite(centre, number, phone.getsockname()[1], headers, body)
        phone.sendto(asked, (host, int(port)))
        while True:
            answer = parse(await asyncio.wait_for(loop.sock_recv(phone, 65536), 10.0))
            assert isinstance(answer, Response)
            if answer.status >= 200:
                to = answer.headers.get("to")
                ack = re.sub(rb"^INVITE|(?<=CSeq: 1 )INVITE", b"ACK", asked.split(b"\r\n\r\n")[0])
                ack = re.sub(rb"(?m)^(Content|Accept).*\r\n?", b"", ack)
                ack = re.sub(rb"(?m)^To: .*\r$", f"To: {to}\r".encode(), ack)
                phone.sendto(ack.strip() + b"\r\nContent-Length: 0\r\n\r\n", (host, int(port)))
                return answer


@pytest.mark.parametrize("name", OFFERS)
@aio
async def test_an_offer_we_cannot_take_is_refused_as_the_rfc_says(centre: Centre, name: str) -> None:
    headers, body, status = OFFERS[name]
    number = f"+1202556{1000 + list(OFFERS).index(name)}"
    async with supervisor(centre) as sofia:
        before = {name: row["state"] for name, row in sofia.rows["agents"].items()}
        answer = await final_of(centre, number, headers, body)
        assert answer.status == status, bytes(answer).decode()
        live = [row for row in sofia.rows.get("contacts", {}).values() if row["from_number"] == number]
        assert not live, "nobody was told of a call that never was one"
        assert {name: row["state"] for name, row in sofia.rows["agents"].items()} == before
