"""A caller that promised to refresh its session, and is silent: begun with the races, judged later."""

import pytest

from tests.e2e.centre import Centre
from tests.e2e.people import supervisor
from tests.e2e.sipp import SILENT, Sipp, ended, states
from tests.support import aio


@pytest.mark.slow
@aio
async def test_a_caller_that_does_not_refresh_its_session_is_let_go(
    centre: Centre, silent_caller: Sipp
) -> None:
    """RFC 4028 section 10: BYE a third of the interval, at most 32 s, before it ends; 90 s is the least."""
    async with supervisor(centre) as sofia:
        before = states(sofia)
        await silent_caller.went_well()
        (call,) = await ended(sofia, SILENT)
        assert 50.0 < call["ended_at"] - call["started_at"] < 80.0
        assert states(sofia) == before
