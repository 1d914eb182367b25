"""How a leg sounds: what its packets tell, and the mean opinion score they lead one to expect. Pure.

The score is the E-model's (ITU-T G.107) with its defaults for everything a packet network does not change:
R = 93.2 − Id(delay) − Ie,eff(loss), mapped to 1–4.5 (G.107 Annex B). G.711 with concealment: Ie 0, Bpl 25.1
(G.113 Appendix I). It is an estimate of listening on a good handset, never a measurement of satisfaction.
"""

from dataclasses import dataclass

DEFAULT_R = 93.2
G711_BPL = 25.1
PACKET_MS = 20.0
FAIR_BELOW, POOR_BELOW = 4.0, 3.6
"""Below 4.0 some users are dissatisfied, below 3.6 many are (G.107 Annex B, R 80 and 70)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """One leg over `seconds`. Lost packets as a share 0-1: `lost_in` of what the party sent, `lost_out` of
    what was sent to it (None: it never said, RFC 3550 section 6.4). `buffer_ms` is our jitter buffer."""

    seconds: float
    lost_in: float
    jitter_ms: float
    buffer_ms: float = 0.0
    lost_out: float | None = None
    round_trip_ms: float | None = None


def mos(quality: Quality) -> float:
    """The score of the worse direction, 1.0-4.5, rounded to hundredths."""
    lost = max(quality.lost_in, quality.lost_out or 0.0)
    delay_ms = (quality.round_trip_ms or 0.0) / 2 + quality.buffer_ms + PACKET_MS
    return round(_score(rating(lost, delay_ms)), 2)


def rating(lost: float, delay_ms: float) -> float:
    """R for random packet loss (share 0-1) and one-way delay; not below 0."""
    late = 0.024 * delay_ms + (0.11 * (delay_ms - 177.3) if delay_ms > 177.3 else 0.0)
    percent = 100.0 * min(1.0, max(0.0, lost))
    impaired = 95.0 * percent / (percent + G711_BPL)
    return max(0.0, DEFAULT_R - late - impaired)


def _score(r: float) -> float:
    return max(1.0, 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6)


def grade(score: float) -> str:
    """`good`, `fair` or `poor`, for people who do not read scores."""
    return "good" if score >= FAIR_BELOW else "fair" if score >= POOR_BELOW else "poor"
