"""Session descriptions: what is written is read back, and a browser's own is understood."""

import contextlib

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from contact_center.telephony.webrtc import sdp
from contact_center.telephony.webrtc.sdp import BrowserDescription, RtpDescription, SdpError

ice_text = st.text("abcdefABCDEF0189+/", min_size=4, max_size=30)
event_types = st.one_of(st.none(), st.integers(96, 127))
setups: list[sdp.Setup] = ["active", "passive", "actpass"]
directions: list[sdp.Direction] = ["sendrecv", "sendonly", "recvonly", "inactive"]
browsers = st.builds(
    BrowserDescription,
    ufrag=ice_text,
    password=ice_text,
    fingerprints=st.just((("sha-256", "AA:BB:CC"),)),
    setup=st.sampled_from(setups),
    candidates=st.lists(st.just("1 1 udp 2130706431 127.0.0.1 50000 typ host"), max_size=3).map(tuple),
    mid=st.sampled_from(["0", "audio", "a1"]),
    ssrc=st.one_of(st.none(), st.integers(0, 0xFFFFFFFF)),
    telephone_event=event_types,
)
rtp_ends = st.builds(
    RtpDescription,
    host=st.one_of(st.ip_addresses(v=4).map(str), st.ip_addresses(v=6).map(str)),
    port=st.integers(1, 65535),
    telephone_event=event_types,
    direction=st.sampled_from(directions),
)

CHROMIUM_OFFER = """v=0
o=- 4611731400430051336 2 IN IP4 127.0.0.1
s=-
t=0 0
a=group:BUNDLE video0 audio1
a=msid-semantic: WMS
m=video 9 UDP/TLS/RTP/SAVPF 96
c=IN IP4 0.0.0.0
a=mid:video0
m=audio 56143 UDP/TLS/RTP/SAVPF 111 0 126
c=IN IP4 192.0.2.1
a=rtcp:9 IN IP4 0.0.0.0
a=candidate:1 1 udp 2122260223 192.0.2.1 56143 typ host generation 0 network-id 1
a=ice-ufrag:EsAw
a=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1
a=fingerprint:sha-256 D2:FA:0E:C3
a=setup:actpass
a=mid:audio1
a=sendrecv
a=rtcp-mux
a=rtpmap:111 opus/48000/2
a=rtpmap:0 PCMU/8000
a=rtpmap:126 telephone-event/8000
a=ssrc:3510681183 cname:x
"""


@given(browsers)
def test_a_browser_description_is_read_as_written(own: BrowserDescription) -> None:
    assert sdp.read_browser(sdp.write_browser(own, session=1)) == own


@given(rtp_ends)
def test_an_rtp_description_is_read_as_written(own: RtpDescription) -> None:
    assert sdp.read_rtp(sdp.write_rtp(own, session=1)) == own


@given(st.text(max_size=400))
def test_any_text_is_read_or_refused_by_name(text: str) -> None:
    for read in (sdp.read_browser, sdp.read_rtp):
        with contextlib.suppress(SdpError):  # anything else fails
            read(text)


@given(
    st.dictionaries(
        st.integers(0, len(CHROMIUM_OFFER.splitlines()) - 1),
        st.one_of(st.none(), st.tuples(st.integers(0, 40), st.text(max_size=3))),
        max_size=6,
    )
)
@example({6: (2, "")})  # m= and no more
def test_a_mutilated_offer_is_read_or_refused_by_name(
    mutilated: dict[int, tuple[int, str] | None],
) -> None:
    """Lines are left out (None), or cut at a place and given another end."""
    lines = []
    for number, line in enumerate(CHROMIUM_OFFER.splitlines()):
        change = mutilated.get(number, (len(line), ""))
        if change is not None:
            lines.append(line[: change[0]] + change[1])
    for read in (sdp.read_browser, sdp.read_rtp):
        with contextlib.suppress(SdpError):
            read("\r\n".join(lines))


def test_an_offer_of_chromium_and_the_answer_to_it() -> None:
    offer = sdp.read_browser(CHROMIUM_OFFER)
    assert (offer.ufrag, offer.mid, offer.telephone_event) == ("EsAw", "audio1", 126)
    assert offer.ssrc == 3510681183
    assert offer.declined == (("video", "video0"),)
    own = BrowserDescription(
        ufrag="u",
        password="p",
        fingerprints=(("sha-256", "AA"),),
        setup="active",
        candidates=(),
        mid=offer.mid,
        telephone_event=offer.telephone_event,
        declined=offer.declined,
        index=offer.index,
    )
    answer = sdp.write_browser(own, session=1).splitlines()
    media = [line for line in answer if line.startswith("m=")]
    assert media == ["m=video 0 UDP/TLS/RTP/SAVPF 0", "m=audio 9 UDP/TLS/RTP/SAVPF 0 126"]
    assert "a=group:BUNDLE audio1" in answer
    assert not any("opus" in line for line in answer)


@pytest.mark.parametrize(
    ("without", "says"),
    [
        ("m=audio", "no audio section"),
        ("a=ice-ufrag", "no ice-ufrag"),
        ("a=fingerprint", "no DTLS fingerprint"),
        ("a=setup", "no setup"),
    ],
)
def test_what_is_missing_is_named(without: str, says: str) -> None:
    text = "\n".join(line for line in CHROMIUM_OFFER.splitlines() if not line.startswith(without))
    with pytest.raises(SdpError, match=says):
        sdp.read_browser(text)


@pytest.mark.parametrize("direction", directions)
def test_directions_are_answered_in_kind(direction: sdp.Direction) -> None:
    assert sdp.answered(sdp.answered(direction)) == direction


@pytest.mark.parametrize("port", ["\u00b2", "65536", "-1", "9" * 5000, "x"])
def test_what_is_no_port_is_refused(port: str) -> None:
    with pytest.raises(SdpError, match="not a port"):
        sdp.read_rtp(f"v=0\r\nc=IN IP4 127.0.0.1\r\nm=audio {port} RTP/AVP 0\r\n")


def test_a_payload_type_out_of_range_is_not_agreed() -> None:
    text = "c=IN IP4 127.0.0.1\r\nm=audio 4000 RTP/AVP 0 300\r\na=rtpmap:300 telephone-event/8000\r\n"
    assert sdp.read_rtp(text).telephone_event is None


def test_a_host_name_is_refused() -> None:
    with pytest.raises(SdpError, match="not an IP address"):
        sdp.read_rtp("c=IN IP4 media.example\r\nm=audio 4000 RTP/AVP 0\r\n")
