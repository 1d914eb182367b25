"""`contact-center loyalty preview`: who would move under another policy, before it is saved."""

import asyncio
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from contact_center.config import Settings
from contact_center.terminal import fail, out, settings_or_fail

if TYPE_CHECKING:
    from contact_center.loyalty.policy import Policy
    from contact_center.storage.policy_previews import Reached


def preview(
    path: Annotated[Path, typer.Argument(help="The whole policy as JSON; - reads it from standard input.")],
    json_lines: Annotated[bool, typer.Option("--json", help="Progress and result as lines of JSON.")] = False,
) -> None:
    """Reckon the base under the policy in force and under this one; nothing is stored."""
    from contact_center.runtime.codec import CodecError
    from contact_center.storage.loyalty import POLICIES

    text = sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
    try:
        candidate = POLICIES.load(text)
    except CodecError as error:
        fail(f"{path}: {error}")
    asyncio.run(_preview(settings_or_fail(), candidate, json_lines=json_lines))


async def _preview(configured: Settings, candidate: "Policy", *, json_lines: bool) -> None:
    from contact_center.storage.engine import open_database
    from contact_center.storage.policy_previews import REACHED
    from contact_center.storage.policy_previews import preview as reckoned

    database = open_database(configured.effective_database_url)
    try:
        async for reached in reckoned(database, candidate, time.time()):
            if json_lines:
                print(REACHED.dump(reached).decode(), flush=True)
            elif reached.preview is not None:
                _show(reached)
    finally:
        await database.close()


def _show(reached: "Reached") -> None:
    found = reached.preview
    if found is None:
        return
    out.print(f"{found.movers:,} of {found.customers:,} customers would move", highlight=False)
    out.print(f"customer equity {found.equity[0]:,.0f} → {found.equity[1]:,.0f}", highlight=False)
    for move in found.moves:
        if move.before != move.after:
            out.print(f"{move.of}: {move.before} → {move.after}: {move.customers:,}", highlight=False)
