"""The few lines of SDP (RFC 8866) that a G.711 leg needs: WebRTC on one side, plain RTP on the other.

Pure text. Only PCMU at payload type 0 and telephone-event are ever agreed; every other media section and
codec of an offer is declined (RFC 3264, 6). Anything missing raises `SdpError` saying what.
"""

import ipaddress
from dataclasses import dataclass
from typing import Literal

PCMU = 0
EVENTS = "telephone-event/8000"

Setup = Literal["active", "passive", "actpass"]
Direction = Literal["sendrecv", "sendonly", "recvonly", "inactive"]
_MEDIA_WORDS = 4
"""`m=` has kind, port, protocol, and at least one format (RFC 8866, 5.14)."""
_ANSWERED: dict[str, Direction] = {
    "sendrecv": "sendrecv",
    "sendonly": "recvonly",
    "recvonly": "sendonly",
    "inactive": "inactive",
}


class SdpError(ValueError):
    """The description cannot be used; the message says what is missing or wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BrowserDescription:
    """What one WebRTC end says of itself: ICE (RFC 8839), DTLS (RFC 8842), and its audio.

    `candidates` are the values of the candidate lines, without `candidate:`; `fingerprints` are
    (algorithm, value) pairs; `telephone_event` is that payload type, if offered; `declined` are the media
    kinds and ids of the other sections in order, `index` is where the audio stands among them.
    """

    ufrag: str
    password: str
    fingerprints: tuple[tuple[str, str], ...]
    setup: Setup
    candidates: tuple[str, ...]
    mid: str = "0"
    ssrc: int | None = None
    telephone_event: int | None = None
    ice_lite: bool = False
    declined: tuple[tuple[str, str], ...] = ()
    index: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RtpDescription:
    """Where plain RTP goes: an address, the telephone-event payload type if agreed, and the direction."""

    host: str
    port: int
    telephone_event: int | None = None
    direction: Direction = "sendrecv"


def read_browser(text: str) -> BrowserDescription:
    """Read a WebRTC offer or answer; the first audio section carries the call."""
    session, sections = _sections(text)
    index = _first_audio(sections)
    audio = sections[index]
    if str(PCMU) not in audio[0].split()[3:]:
        raise SdpError("PCMU (payload type 0) is not offered")
    fingerprints = [
        (algorithm.lower(), value)
        for algorithm, _, value in (
            line.partition(" ") for line in _values(audio, "fingerprint") or _values(session, "fingerprint")
        )
    ]
    if not fingerprints:
        raise SdpError("no DTLS fingerprint")
    setup = _needed("setup", audio, session)
    if setup not in ("active", "passive", "actpass"):
        raise SdpError(f"setup:{setup} is not known")
    declined = tuple(
        (section[0].split()[0], (_values(section, "mid") or [str(place)])[0])
        for place, section in enumerate(sections)
        if place != index
    )
    ssrcs = [value.split(" ")[0] for value in _values(audio, "ssrc")]
    return BrowserDescription(
        ufrag=_needed("ice-ufrag", audio, session),
        password=_needed("ice-pwd", audio, session),
        fingerprints=tuple(fingerprints),
        setup=setup,  # type: ignore[arg-type]  # checked above
        candidates=tuple(_values(audio, "candidate")),
        mid=(_values(audio, "mid") or ["0"])[0],
        ssrc=_number(ssrcs[0], most=0xFFFFFFFF) if ssrcs else None,
        telephone_event=_event_type(audio),
        ice_lite="a=ice-lite" in session,
        declined=declined,
        index=index,
    )


def write_browser(own: BrowserDescription, *, session: int) -> str:
    """An offer or answer with one audio section; the sections in `own.declined` are refused with port 0."""
    event = own.telephone_event
    formats = str(PCMU) if event is None else f"{PCMU} {event}"
    audio = [
        f"m=audio 9 UDP/TLS/RTP/SAVPF {formats}",
        "c=IN IP4 0.0.0.0",
        "a=rtcp:9 IN IP4 0.0.0.0",
        f"a=ice-ufrag:{own.ufrag}",
        f"a=ice-pwd:{own.password}",
        *(f"a=fingerprint:{algorithm} {value}" for algorithm, value in own.fingerprints),
        f"a=setup:{own.setup}",
        f"a=mid:{own.mid}",
        "a=sendrecv",
        "a=rtcp-mux",
        f"a=rtpmap:{PCMU} PCMU/8000",
        "a=ptime:20",
    ]
    if event is not None:
        audio += [f"a=rtpmap:{event} {EVENTS}", f"a=fmtp:{event} 0-15"]
    if own.ssrc is not None:
        audio += [f"a=ssrc:{own.ssrc} cname:contact-center", f"a=msid:contact-center audio-{own.ssrc}"]
    audio += [f"a=candidate:{candidate}" for candidate in own.candidates]
    audio.append("a=end-of-candidates")
    sections = [
        [f"m={kind} 0 UDP/TLS/RTP/SAVPF 0", "c=IN IP4 0.0.0.0", f"a=mid:{mid}", "a=inactive"]
        for kind, mid in own.declined
    ]
    sections.insert(own.index, audio)
    head = ["v=0", f"o=- {session} 2 IN IP4 127.0.0.1", "s=-", "t=0 0", f"a=group:BUNDLE {own.mid}"]
    return "\r\n".join([*head, *(line for section in sections for line in section)]) + "\r\n"


def read_rtp(text: str) -> RtpDescription:
    """Read the SDP of a SIP peer; PCMU must be offered."""
    session, sections = _sections(text)
    audio = sections[_first_audio(sections)]
    words = audio[0].split()
    port = _number(words[1], most=65_535)
    if port is None:
        raise SdpError(f"not a port: m={audio[0]}")
    if str(PCMU) not in words[3:]:
        raise SdpError("PCMU (payload type 0) is not offered")
    connection = [line for line in (*audio, *session) if line.startswith("c=")]
    if not connection:
        raise SdpError("no connection address")
    directions = [line[2:] for line in (*session, *audio) if line[2:] in _ANSWERED and line.startswith("a=")]
    return RtpDescription(
        host=_address(connection[0]),
        port=port,
        telephone_event=_event_type(audio),
        direction=directions[-1] if directions else "sendrecv",  # type: ignore[arg-type]  # keys of _ANSWERED
    )


def write_rtp(own: RtpDescription, *, session: int, version: int = 1) -> str:
    """Our SDP towards a SIP peer."""
    family = "IP6" if ":" in own.host else "IP4"
    event = own.telephone_event
    lines = [
        "v=0",
        f"o=- {session} {version} IN {family} {own.host}",
        "s=-",
        f"c=IN {family} {own.host}",
        "t=0 0",
        f"m=audio {own.port} RTP/AVP {PCMU}" + ("" if event is None else f" {event}"),
        f"a=rtpmap:{PCMU} PCMU/8000",
        *([] if event is None else [f"a=rtpmap:{event} {EVENTS}", f"a=fmtp:{event} 0-15"]),
        "a=ptime:20",
        f"a={own.direction}",
    ]
    return "\r\n".join(lines) + "\r\n"


def answered(direction: Direction) -> Direction:
    """The direction that answers an offered one (RFC 3264, 6.1)."""
    return _ANSWERED[direction]


def _sections(text: str) -> tuple[list[str], list[list[str]]]:
    """Session lines, and per media section its lines, the first without `m=`."""
    session: list[str] = []
    sections: list[list[str]] = []
    for line in text.splitlines():
        if line.startswith("m="):
            if len(line[2:].split()) < _MEDIA_WORDS:
                raise SdpError(f"not a media line: {line}")
            sections.append([line[2:]])
        elif line:
            (sections[-1] if sections else session).append(line)
    return session, sections


def _first_audio(sections: list[list[str]]) -> int:
    for index, section in enumerate(sections):
        words = section[0].split()
        if words[0] == "audio" and words[1] != "0":
            return index
    raise SdpError("no audio section")


def _values(lines: list[str], name: str) -> list[str]:
    return [line[len(name) + 3 :].strip() for line in lines if line.startswith(f"a={name}:")]


def _needed(name: str, audio: list[str], session: list[str]) -> str:
    values = _values(audio, name) or _values(session, name)
    if not values:
        raise SdpError(f"no {name}")
    return values[0]


def _event_type(audio: list[str]) -> int | None:
    for value in _values(audio, "rtpmap"):
        payload_type, _, name = value.partition(" ")
        if name.lower().startswith(EVENTS):
            return _number(payload_type, most=127)
    return None


def _number(text: str, *, most: int) -> int | None:
    """A decimal number within range; None for anything else."""
    if not (text.isascii() and text.isdecimal() and len(text) <= 10):
        return None
    return int(text) if int(text) <= most else None


def _address(line: str) -> str:
    """The IP address of a connection line; host names are not looked up."""
    host = line.split()[-1].partition("/")[0]
    try:
        return str(ipaddress.ip_address(host))
    except ValueError as error:
        raise SdpError(f"not an IP address: {line}") from error
