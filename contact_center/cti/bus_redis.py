"""Redis, when one machine is too small: the event stream for other processes, and the lease of the one core.

The stream `<prefix>:events` holds CTI events as JSON with the log's sequence number as entry id (`<seq>-0`),
so publishing twice changes nothing and a consumer resumes from the number it saw last. The lease is a key
with a time to live and a fencing token that only grows (Kleppmann 2016); a core that lost it must stop.
"""

import json
from collections.abc import Sequence
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from contact_center.cti.events import Recorded
from contact_center.cti.journal import dump_recorded, load_recorded

KEPT_EVENTS = 1_000_000
"""About how many events the stream keeps; older ones are in the database."""

_TAKE = """
local held = redis.call('get', KEYS[1])
if held and string.sub(held, string.find(held, ':') + 1) ~= ARGV[2] then return 0 end
redis.call('set', KEYS[1], ARGV[1] .. ':' .. ARGV[2], 'px', ARGV[3])
return 1
"""
_RENEW = """
if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('pexpire', KEYS[1], ARGV[2]) end
return 0
"""
_RELEASE = """
if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end
return 0
"""


class RedisStream:
    """The event log as a Redis Stream."""

    def __init__(self, url: str, prefix: str = "cc") -> None:
        self._redis: Redis = Redis.from_url(url, decode_responses=True)
        self._key = f"{prefix}:events"

    async def publish(self, batch: Sequence[Recorded]) -> None:
        """Add events in order; those already there are passed over."""
        pipeline = self._redis.pipeline(transaction=False)
        for recorded in batch:
            body = json.dumps(dump_recorded(recorded), ensure_ascii=False)
            pipeline.xadd(
                self._key,
                {"type": recorded.event.type, "body": body},
                id=f"{recorded.seq}-0",
                maxlen=KEPT_EVENTS,
                approximate=True,
            )
        for answer in await pipeline.execute(raise_on_error=False):
            already_there = isinstance(answer, ResponseError) and "equal or smaller" in str(answer)
            if isinstance(answer, Exception) and not already_there:
                raise answer

    async def read(self, after: int, limit: int, block_ms: int | None = None) -> list[Recorded]:
        """Events with a sequence number above `after`, oldest first; waits up to `block_ms` for one."""
        found: Any = await self._redis.xread({self._key: f"{after}-0"}, count=limit, block=block_ms)
        return [load_recorded(json.loads(fields["body"])) for _, entries in found for _, fields in entries]

    async def close(self) -> None:
        await self._redis.aclose()


class CoreLease:
    """Held by the one core that may write; without renewal it is free again after `ttl_s`.

    `holder` names the installation, not the process: a core started again there takes its own lease back at
    once. That two processes of one installation never run is for a lock on its data folder to see to.
    """

    def __init__(self, url: str, holder: str, ttl_s: float = 10.0, prefix: str = "cc") -> None:
        self._redis: Redis = Redis.from_url(url, decode_responses=True)
        self._key, self._fence_key = f"{prefix}:core", f"{prefix}:core:fence"
        self._holder, self._ttl_ms = holder, int(ttl_s * 1000)
        self._value = ""

    async def acquire(self) -> int | None:
        """The fencing token, larger than any before; None while another core holds the lease."""
        token = int(await self._redis.incr(self._fence_key))
        if await self._redis.eval(_TAKE, 1, self._key, token, self._holder, self._ttl_ms):
            self._value = f"{token}:{self._holder}"
            return token
        return None

    async def renew(self) -> bool:
        """False: the lease is lost, and perhaps another core writes."""
        return bool(await self._redis.eval(_RENEW, 1, self._key, self._value, self._ttl_ms))

    async def release(self) -> None:
        await self._redis.eval(_RELEASE, 1, self._key, self._value)
        await self._redis.aclose()
