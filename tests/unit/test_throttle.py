"""Token buckets on a clock of our own."""

from hypothesis import given
from hypothesis import strategies as st

from contact_center.web import throttle
from contact_center.web.throttle import TokenBuckets


def test_a_burst_then_one_try_per_refill() -> None:
    buckets = TokenBuckets(capacity=2, refill_s=10)
    assert [buckets.take("k", 0.0) for _ in range(3)] == [0.0, 0.0, 10.0]
    assert buckets.take("other", 0.0) == 0.0
    assert buckets.take("k", 4.0) == 6.0
    assert buckets.take("k", 10.0) == 0.0


def test_forgiving_starts_anew() -> None:
    buckets = TokenBuckets(capacity=1, refill_s=10)
    buckets.take("k", 0.0)
    buckets.forgive("k")
    assert buckets.take("k", 0.0) == 0.0


@given(st.lists(st.floats(0, 100), min_size=1), st.integers(1, 5), st.floats(0.5, 20))
def test_never_more_than_the_capacity_and_the_refills(
    times: list[float], capacity: int, refill_s: float
) -> None:
    buckets = TokenBuckets(capacity=capacity, refill_s=refill_s)
    allowed = [at for at in sorted(times) if buckets.take("k", at) == 0.0]
    for first in range(len(allowed)):
        for last in range(first, len(allowed)):
            most = capacity + (allowed[last] - allowed[first]) / refill_s
            assert last - first + 1 <= most + 1e-6


def test_buckets_that_are_full_again_are_forgotten() -> None:
    buckets = TokenBuckets(capacity=1, refill_s=1)
    for number in range(throttle.MOST_BUCKETS):
        buckets.take(str(number), 0.0)
    buckets.take("spent", 99.5)
    buckets.take("one more", 100.0)
    assert buckets.take("spent", 100.0) > 0
    assert len(buckets._buckets) == 2
