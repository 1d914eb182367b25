"""Token buckets: how often somebody may try (pure; time is an argument)."""

from dataclasses import dataclass

MOST_BUCKETS = 10_000


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float


class TokenBuckets:
    """`capacity` tries at once per key, and one more every `refill_s`."""

    def __init__(self, *, capacity: int, refill_s: float) -> None:
        self._capacity = capacity
        self._refill_s = refill_s
        self._buckets: dict[str, _Bucket] = {}

    def take(self, key: str, now: float) -> float:
        """Use one try. 0.0 when it is allowed, else the seconds until the next one will be."""
        if len(self._buckets) >= MOST_BUCKETS:
            self._forget_full(now)
        bucket = self._buckets.setdefault(key, _Bucket(tokens=float(self._capacity), at=now))
        bucket.tokens = self._tokens(bucket, now)
        bucket.at = now
        if bucket.tokens < 1.0:
            return (1.0 - bucket.tokens) * self._refill_s
        bucket.tokens -= 1.0
        return 0.0

    def forgive(self, key: str) -> None:
        """The try was a good one: start anew."""
        self._buckets.pop(key, None)

    def _tokens(self, bucket: _Bucket, now: float) -> float:
        return min(float(self._capacity), bucket.tokens + (now - bucket.at) / self._refill_s)

    def _forget_full(self, now: float) -> None:
        full = [key for key, bucket in self._buckets.items() if self._tokens(bucket, now) >= self._capacity]
        for key in full:
            del self._buckets[key]
