"""What this process holds in memory, as its allocators count it.

The private memory a system shows also has what was given back and lies in fragments. What is held must not
grow with the number of calls.
"""

import ctypes
import sys
from collections.abc import Iterable

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector


class _Mallinfo(ctypes.Structure):
    """`struct mallinfo2` of glibc 2.33 and later, mallinfo(3)."""

    _fields_ = tuple(
        (name, ctypes.c_size_t)
        for name in (
            *("arena", "ordblks", "smblks", "hblks", "hblkhd"),
            *("usmblks", "fsmblks", "uordblks", "fordblks", "keepcost"),
        )
    )


def heap_in_use() -> int | None:
    """Bytes that malloc has given out, of all its arenas; None where the C library does not say."""
    mallinfo2 = getattr(ctypes.CDLL(None), "mallinfo2", None)
    if mallinfo2 is None:
        return None
    mallinfo2.restype = _Mallinfo
    told = mallinfo2()
    return int(told.uordblks + told.hblkhd)


class HeldMemory(Collector):
    """`cc_heap_in_use_bytes`: what malloc gave out; `cc_python_blocks`: small objects of Python beside it."""

    def collect(self) -> Iterable[Metric]:
        in_use = heap_in_use()
        if in_use is not None:
            yield GaugeMetricFamily("cc_heap_in_use_bytes", "Bytes malloc has given out.", value=in_use)
        blocks = sys.getallocatedblocks()
        yield GaugeMetricFamily("cc_python_blocks", "Blocks of memory Python objects hold.", value=blocks)
