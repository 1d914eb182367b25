"""An outgoing RTP stream stays one stream whatever feeds it (RFC 3550)."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contact_center.telephony.webrtc import rtp
from contact_center.telephony.webrtc.rtp import Packet, Stream

OURS = 0x0A0B0C0D
MAP = {0: 0, 120: 101}
u16, u32 = st.integers(0, 0xFFFF), st.integers(0, 0xFFFFFFFF)


@dataclass(frozen=True)
class Source:
    """A sender: where it starts, and by how many packets each of its packets is ahead of the last."""

    ssrc: int
    sequence: int
    timestamp: int
    steps: list[int]
    pause_s: float


sources = st.builds(
    Source,
    ssrc=u32,
    sequence=u16,
    timestamp=u32,
    steps=st.lists(st.integers(1, 200), min_size=1, max_size=30),
    pause_s=st.floats(0, 30),
)


def packets(source: Source) -> list[bytes]:
    made, sequence, timestamp = [], source.sequence, source.timestamp
    for step in source.steps:
        sequence, timestamp = sequence + step & 0xFFFF, timestamp + 160 * step & 0xFFFFFFFF
        made.append(rtp.pack(Packet(0, sequence, timestamp, source.ssrc, marker=False, rest=b"\xff" * 160)))
    return made


def sent(stream: Stream, data: bytes, at_s: float) -> tuple[Stream, Packet]:
    stream, out = rtp.rewrite(stream, data, at_s)
    assert out is not None
    packet = rtp.unpack(out)
    assert packet is not None
    return stream, packet


@given(u16, u32, st.lists(sources, min_size=1, max_size=4, unique_by=lambda s: s.ssrc))
def test_many_sources_are_one_stream_with_their_gaps_and_no_others(
    sequence: int, timestamp: int, feeding: list[Source]
) -> None:
    stream = rtp.begin(OURS, sequence, timestamp, MAP)
    at_s = 1000.0
    last_sequence, last_timestamp = sequence, timestamp
    for number, source in enumerate(feeding):
        at_s += source.pause_s
        for place, data in enumerate(packets(source)):
            stream, out = sent(stream, data, at_s)
            ahead = rtp.sequence_step(last_sequence, out.sequence)
            ticks = out.timestamp - last_timestamp & 0xFFFFFFFF
            assert out.ssrc == OURS
            assert out.rest == b"\xff" * 160
            assert out.marker is (place == 0), "a new source begins a talk spurt, and only that"
            if place == 0:
                assert ahead == 1, "a switch is not a loss"
                paused = max(160, round(source.pause_s * 8000)) if number else 160
                assert abs(ticks - paused) <= 1
            else:
                assert ahead == source.steps[place], "losses of the source stay visible"
                assert ticks == 160 * source.steps[place]
            last_sequence, last_timestamp = out.sequence, out.timestamp


@given(u16, u32, u32, st.permutations(range(1, 20)))
def test_reordering_is_passed_on_and_never_restarts_a_source(
    start: int, clock: int, ssrc: int, order: list[int]
) -> None:
    stream = rtp.begin(OURS, start, clock, MAP)

    def packet(n: int) -> bytes:
        return rtp.pack(Packet(0, 65530 + n & 0xFFFF, 160 * n, ssrc, marker=False))

    stream, first = sent(stream, packet(0), 1.0)
    for n in order:
        stream, out = sent(stream, packet(n), 1.0)
        assert rtp.sequence_step(first.sequence, out.sequence) == n
        assert out.timestamp - first.timestamp & 0xFFFFFFFF == 160 * n
        assert not out.marker


@given(u16, st.one_of(st.integers(rtp.MAX_DROPOUT + 1, 0x7FFF), st.integers(-0x8000, -rtp.MAX_MISORDER - 1)))
def test_a_source_that_jumps_is_taken_for_restarted(start: int, jump: int) -> None:
    stream = rtp.begin(OURS, 7, 7, MAP)
    stream, before = sent(stream, rtp.pack(Packet(0, start, 0, 5, marker=False)), 1.0)
    stream, after = sent(stream, rtp.pack(Packet(0, start + jump & 0xFFFF, 99, 5, marker=False)), 1.02)
    assert rtp.sequence_step(before.sequence, after.sequence) == 1
    assert after.marker


@given(st.binary(max_size=200))
def test_any_datagram_is_dropped_or_leaves_as_rtp_of_this_stream(data: bytes) -> None:
    stream, out = rtp.rewrite(rtp.begin(OURS, 1, 1, MAP), data, 1.0)
    if out is None:
        assert stream == rtp.begin(OURS, 1, 1, MAP)
    else:
        packet = rtp.unpack(out)
        assert packet is not None
        assert packet.ssrc == OURS
        assert packet.payload_type in MAP.values()
        assert len(out) == len(data)


@given(st.integers(0, 127), u16, u32, u32, st.booleans(), st.binary(max_size=40))
def test_pack_and_unpack_are_inverse(
    payload_type: int, sequence: int, timestamp: int, ssrc: int, marker: bool, rest: bytes
) -> None:
    packet = Packet(payload_type, sequence, timestamp, ssrc, marker, rest=rest)
    as_rtcp = marker and 64 <= payload_type <= 95  # not assigned to RTP where RTCP shares the port (RFC 5761)
    assert rtp.unpack(rtp.pack(packet)) == (None if as_rtcp else packet)


def test_payload_types_are_mapped_and_unknown_ones_dropped() -> None:
    stream = rtp.begin(OURS, 0, 0, MAP)
    stream, event = sent(stream, rtp.pack(Packet(120, 1, 0, 5, marker=True)), 1.0)
    assert event.payload_type == 101
    stream, out = rtp.rewrite(stream, rtp.pack(Packet(8, 2, 0, 5, marker=False)), 1.0)
    assert out is None


def test_an_interrupted_stream_marks_the_next_packet_even_of_the_same_source() -> None:
    stream = rtp.begin(OURS, 0, 0, MAP)
    stream, _ = sent(stream, rtp.pack(Packet(0, 1, 0, 5, marker=False)), 1.0)
    stream = rtp.interrupt(stream, MAP)
    stream, out = sent(stream, rtp.pack(Packet(0, 500, 9, 5, marker=False)), 3.0)
    assert (out.sequence, out.marker) == (2, True)


@pytest.mark.parametrize("second", [200, 201, 202, 203, 204, 205, 206])
def test_rtcp_on_the_same_port_is_not_rtp(second: int) -> None:
    assert rtp.unpack(bytes([0x80, second]) + bytes(20)) is None
