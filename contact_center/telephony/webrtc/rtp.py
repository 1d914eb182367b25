"""Keeps one outgoing RTP stream continuous while the sources behind it come and go (RFC 3550).

A browser hears one endless stream although every call brings a new sender with its own SSRC, sequence and
clock: `rewrite` shifts each packet of a source onto the stream's own numbering, so that SRTP's rollover
counter (RFC 3711, 3.3.1) and the receiver's jitter buffer never see a jump. Losses and reordering inside a
source stay visible, as they must for concealment to work.

Pure. Times are seconds on any one monotonic clock; RTP timestamps tick at `CLOCK_HZ`.
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

CLOCK_HZ = 8000
"""RTP clock of PCMU and telephone-event (RFC 3551, table 4)."""
PTIME_TICKS = 160
"""One 20 ms packet."""
MAX_DROPOUT = 3000
"""A step ahead larger than this is a restarted source, not loss (RFC 3550, A.1)."""
MAX_MISORDER = 100
"""A step back larger than this is a restarted source, not reordering (RFC 3550, A.1)."""
MAX_SILENCE_S = 3600.0
"""Elapsed time is carried over a switch up to this; beyond, any timestamp is as good as another."""

HEADER_BYTES = 12
_HEADER = struct.Struct("!BBHII")


@dataclass(frozen=True, slots=True)
class Packet:
    """The fixed header of an RTP packet (RFC 3550, 5.1) and everything that follows it, untouched."""

    payload_type: int
    sequence: int
    timestamp: int
    ssrc: int
    marker: bool
    first_octet: int = 0x80
    rest: bytes = b""


def unpack(data: bytes) -> Packet | None:
    """Read a datagram; None when it is not RTP version 2, or is RTCP sharing the port (RFC 5761, 4)."""
    if len(data) < HEADER_BYTES:
        return None
    first, second, sequence, timestamp, ssrc = _HEADER.unpack_from(data)
    if first >> 6 != 2 or 192 <= second <= 223:
        return None
    return Packet(second & 0x7F, sequence, timestamp, ssrc, second > 0x7F, first, data[HEADER_BYTES:])


def pack(packet: Packet) -> bytes:
    """The datagram of a packet; the inverse of `unpack`."""
    second = packet.payload_type | (0x80 if packet.marker else 0)
    header = _HEADER.pack(packet.first_octet, second, packet.sequence, packet.timestamp, packet.ssrc)
    return header + packet.rest


def sequence_step(earlier: int, later: int) -> int:
    """How far `later` is ahead of `earlier` on the 16-bit circle, from -32768 to 32767."""
    return (later - earlier + 0x8000 & 0xFFFF) - 0x8000


@dataclass(frozen=True, slots=True)
class Stream:
    """One outgoing stream and where it stands.

    `payload_types` maps incoming to outgoing payload types; a packet whose type is not in it is dropped.
    `source` is the SSRC now feeding the stream (None: none yet, or `interrupt`ed); `highest_*` describe the
    packet furthest ahead that was sent; `incoming` is that packet's sequence number in its source.
    """

    ssrc: int
    payload_types: Mapping[int, int] = field(default_factory=lambda: {0: 0})
    source: int | None = None
    started: bool = False
    incoming: int = 0
    sequence_shift: int = 0
    timestamp_shift: int = 0
    highest_sequence: int = 0
    highest_timestamp: int = 0
    highest_at_s: float = 0.0


def begin(ssrc: int, sequence: int, timestamp: int, payload_types: Mapping[int, int]) -> Stream:
    """A stream whose first packet will be `sequence + 1` (both starting points random: RFC 3550, 5.1)."""
    return Stream(
        ssrc=ssrc, payload_types=payload_types, highest_sequence=sequence, highest_timestamp=timestamp
    )


def interrupt(stream: Stream, payload_types: Mapping[int, int]) -> Stream:
    """The source is gone (call over, or other payload types agreed): the next packet starts a talk spurt."""
    return replace(stream, payload_types=payload_types, source=None)


def rewrite(stream: Stream, data: bytes, at_s: float) -> tuple[Stream, bytes | None]:
    """The stream after one incoming datagram, and the datagram to send (None: drop it)."""
    packet = unpack(data)
    if packet is None:
        return stream, None
    payload_type = stream.payload_types.get(packet.payload_type)
    if payload_type is None:
        return stream, None
    marker = packet.marker
    step = sequence_step(stream.incoming, packet.sequence)
    if packet.ssrc != stream.source or not -MAX_MISORDER <= step <= MAX_DROPOUT:
        stream, step, marker = _switch(stream, packet, at_s), 1, True
    sequence = packet.sequence + stream.sequence_shift & 0xFFFF
    timestamp = packet.timestamp + stream.timestamp_shift & 0xFFFFFFFF
    if step > 0:
        stream = Stream(
            stream.ssrc,
            stream.payload_types,
            packet.ssrc,
            True,
            packet.sequence,
            stream.sequence_shift,
            stream.timestamp_shift,
            sequence,
            timestamp,
            at_s,
        )
    second = payload_type | (0x80 if marker else 0)
    header = _HEADER.pack(packet.first_octet, second, sequence, timestamp, stream.ssrc)
    return stream, header + packet.rest


def _switch(stream: Stream, packet: Packet, at_s: float) -> Stream:
    """Shift a new source so that its first packet follows on: next sequence, timestamp by time gone by."""
    ticks = PTIME_TICKS
    if stream.started:
        elapsed_s = min(max(0.0, at_s - stream.highest_at_s), MAX_SILENCE_S)
        ticks = max(PTIME_TICKS, round(elapsed_s * CLOCK_HZ))
    return replace(
        stream,
        source=packet.ssrc,
        sequence_shift=stream.highest_sequence + 1 - packet.sequence & 0xFFFF,
        timestamp_shift=stream.highest_timestamp + ticks - packet.timestamp & 0xFFFFFFFF,
    )
