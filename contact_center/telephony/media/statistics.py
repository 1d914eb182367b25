"""What the library counted on one call's audio stream, as a `Quality`."""

import time
from typing import Any

import pjsua2 as pj

from contact_center.telephony.quality import Quality

AUDIO = 0
"""The index of a call's only stream."""
LEAST_PACKETS = 50
"""One second: fewer say nothing."""


def read_quality(call: Any) -> Quality | None:
    """Reads RTCP's counters (RFC 3550 section 6.4) and the jitter buffer's; None while they say nothing."""
    try:
        stat = call.getStreamStat(AUDIO)
    except pj.Error:  # the stream is gone, or never was
        return None
    rtcp, heard = stat.rtcp, stat.rtcp.rxStat
    expected = int(heard.pkt) + int(heard.loss)
    if expected < LEAST_PACKETS:
        return None
    told = int(rtcp.txStat.updateCount) > 0 and int(rtcp.txStat.pkt) > 0
    return Quality(
        seconds=round(max(0.0, time.time() - (rtcp.start.sec + rtcp.start.msec / 1000)), 1),
        lost_in=_share(int(heard.loss) + int(heard.discard), expected),
        jitter_ms=round(int(heard.jitterUsec.mean) / 1000, 1),
        buffer_ms=float(stat.jbuf.avgDelayMsec),
        lost_out=_share(int(rtcp.txStat.loss), int(rtcp.txStat.pkt)) if told else None,
        round_trip_ms=round(int(rtcp.rttUsec.mean) / 1000, 1) if int(rtcp.rttUsec.n) > 0 else None,
    )


def _share(lost: int, of: int) -> float:
    return round(min(1.0, lost / of), 4)
