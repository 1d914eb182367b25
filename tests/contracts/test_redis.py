"""What we rely on of a real Redis: a stream that takes an event once, and a lease that one core holds."""

import asyncio

import pytest

from contact_center.cti.bus_redis import CoreLease, RedisStream
from contact_center.cti.events import AgentReady, Recorded
from contact_center.runtime.ids import new_id
from tests.support import aio


def event(seq: int) -> Recorded:
    return Recorded(seq=seq, id=f"e-{seq}", at=1000.0 + seq, event=AgentReady(agent=f"agent-{seq}"))


@pytest.fixture
def prefix() -> str:
    """Names of this test alone."""
    return new_id("test")


@aio
async def test_publishing_again_changes_nothing_and_order_is_kept(redis_server: str, prefix: str) -> None:
    stream = RedisStream(redis_server, prefix)
    log = [event(seq) for seq in range(1, 8)]
    await stream.publish(log[:4])
    await stream.publish(log[:4])
    await stream.publish(log[2:])
    assert await stream.read(0, 100) == log
    await stream.close()


@aio
async def test_a_reader_resumes_after_what_it_saw_and_waits_for_more(redis_server: str, prefix: str) -> None:
    stream, reader = RedisStream(redis_server, prefix), RedisStream(redis_server, prefix)
    log = [event(seq) for seq in range(1, 8)]
    await stream.publish(log[:5])
    assert await reader.read(0, 2) == log[:2]
    assert await reader.read(2, 100) == log[2:5]
    assert await reader.read(5, 100) == []
    waiting = asyncio.create_task(reader.read(5, 100, block_ms=5000))
    await stream.publish(log[5:6])
    assert await waiting == log[5:6]
    await stream.close()
    await reader.close()


@aio
async def test_one_holds_the_lease_and_tokens_only_grow(redis_server: str, prefix: str) -> None:
    first, second = (CoreLease(redis_server, name, 5.0, prefix) for name in ("first", "second"))
    token = await first.acquire()
    assert token is not None
    assert await second.acquire() is None
    assert await first.renew()
    assert not await second.renew()
    await second.release()  # what one does not hold one cannot give away
    assert await first.renew()
    await first.release()
    third = CoreLease(redis_server, "third", 5.0, prefix)
    later = await third.acquire()
    assert later is not None
    assert later > token
    await third.release()


@aio
async def test_a_lease_not_renewed_is_lost_for_good(redis_server: str, prefix: str) -> None:
    dead = CoreLease(redis_server, "dead", 0.3, prefix)
    heir = CoreLease(redis_server, "heir", 5.0, prefix)
    token = await dead.acquire()
    assert token is not None
    later = None
    async with asyncio.timeout(5.0):
        while later is None:
            later = await heir.acquire()
            await asyncio.sleep(0.02)
    assert later > token
    assert not await dead.renew()
    await dead.release()
    assert await heir.renew()
    await heir.release()


@aio
async def test_a_renewed_lease_outlives_its_time(redis_server: str, prefix: str) -> None:
    holder = CoreLease(redis_server, "holder", 0.5, prefix)
    other = CoreLease(redis_server, "other", 0.5, prefix)
    await holder.acquire()
    loop = asyncio.get_running_loop()
    until = loop.time() + 1.2
    while loop.time() < until:
        assert await holder.renew()
        assert await other.acquire() is None
        await asyncio.sleep(0.05)
    await holder.release()
    await other.release()


@aio
async def test_an_installation_started_again_takes_its_own_lease_back(redis_server: str, prefix: str) -> None:
    killed = CoreLease(redis_server, "host/var/lib/cc:1", 5.0, prefix)
    heir = CoreLease(redis_server, "host/var/lib/cc:1", 5.0, prefix)
    first = await killed.acquire()
    second = await heir.acquire()
    assert first is not None
    assert second is not None
    assert second > first
    assert not await killed.renew(), "who was replaced must notice"
    await heir.release()
    await killed.release()
