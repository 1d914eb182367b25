"""Held memory is told by the allocators: it follows what is taken and given back."""

import gc

from prometheus_client import CollectorRegistry

from contact_center.metrics.held_memory import HeldMemory, heap_in_use

MUCH = 32 << 20


def test_the_heap_follows_what_is_taken_and_given_back() -> None:
    before = heap_in_use()
    assert before is not None, "Debian 12 and Ubuntu 22.04 have a C library that says it"
    taken = bytearray(MUCH)
    during = heap_in_use()
    del taken
    after = heap_in_use()
    assert during is not None
    assert after is not None
    assert during - before > 0.9 * MUCH
    assert during - after > 0.9 * MUCH


def test_objects_are_counted() -> None:
    registry = CollectorRegistry()
    registry.register(HeldMemory())
    gc.collect()  # nothing is given back meanwhile but by ourselves
    before = registry.get_sample_value("cc_python_blocks")
    kept = [bytes(100) for _ in range(10_000)]  # no lists: some of those lie ready from objects before
    after = registry.get_sample_value("cc_python_blocks")
    assert before is not None
    assert after is not None
    assert after - before > 0.9 * len(kept)
    assert registry.get_sample_value("cc_heap_in_use_bytes")
