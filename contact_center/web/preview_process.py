"""A preview reckoned in a process of its own: its arithmetic never holds up a call."""

import asyncio
import shutil
import sys
from collections.abc import AsyncIterator

from contact_center.loyalty.policy import Policy
from contact_center.storage.loyalty import POLICIES
from contact_center.storage.policy_previews import REACHED, Reached

_LINE = 16 * 1024 * 1024


class PreviewFault(Exception):  # noqa: N818  # says what is the case
    """The process ended without a result; the message is what it wrote last."""


async def in_a_process(candidate: Policy) -> AsyncIterator[Reached]:
    """`contact-center loyalty preview - --json` with this process's settings, as lines come."""
    politely = ("nice", "-n", "10") if shutil.which("nice") else ()
    process = await asyncio.create_subprocess_exec(
        *politely,
        *(sys.executable, "-m", "contact_center", "loyalty", "preview", "-", "--json"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        limit=_LINE,
    )
    if process.stdin is None or process.stdout is None or process.stderr is None:
        raise PreviewFault("the process has no pipes")
    said = asyncio.create_task(process.stderr.read())
    try:
        process.stdin.write(POLICIES.dump(candidate))
        await process.stdin.drain()
        process.stdin.close()
        async for line in process.stdout:
            yield REACHED.load(line)
        if await process.wait() != 0:
            raise PreviewFault((await said).decode(errors="replace")[-2000:])
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()
        said.cancel()
