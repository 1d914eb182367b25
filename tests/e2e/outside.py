"""An outside number: a SIP phone of its own process that does what the test says, and the way to it.

It is reached as the edge's trunks are: a link on core.sock that names an inner address.
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from contact_center.runtime import amp
from contact_center.runtime.reactor import as_future
from tests.e2e.centre import Centre
from tests.e2e.people import Caller

OUTSIDE_HZ = 2600.0


class OutsidePhone(Caller):
    """A phone somewhere else that rings until the test says what it does."""

    @classmethod
    async def open(
        cls, folder: Path, *options: str, tone_hz: float = OUTSIDE_HZ, name: str = "outside"
    ) -> "OutsidePhone":
        """`options` are further ones of the phone."""
        recording = folder / f"{name}.wav"
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "contact_center.demo.callers", "--answer", "--by-hand", *options),
            *("--tone", str(tone_hz), "--max-talk-s", "100", "--record", str(recording)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        phone = cls(process, folder)
        phone.recording = recording
        await phone.hears_of("ready")
        return phone

    @property
    def sip(self) -> str:
        return str((self.told("ready") or {})["sip"])

    async def rings(self) -> str:
        return str((await self.hears_of("invited"))["id"])

    def do(self, order: str, call: str) -> None:
        self.order(order, id=call)

    def order(self, order: str, **body: str) -> None:
        self._tell({order: body})


def announce(centre: Centre, sip: str) -> Any:
    """Say, as the edge does, that outside numbers are reached at this address; stop the link to end it."""

    def up(link: amp.Link) -> None:
        details = json.dumps({"sip": sip})
        link.callRemote(
            amp.RoleHello, role="edge", name="trunk", pid=1, protocol=amp.PROTOCOL, details=details
        )

    return amp.connect(centre.home / "run" / "core.sock", lambda: amp.Link(up=up, down=lambda _: None))


@asynccontextmanager
async def outside_number(centre: Centre, folder: Path) -> AsyncIterator[OutsidePhone]:
    """Every outside number is this phone, for as long as the block lasts."""
    phone = await OutsidePhone.open(folder)
    link = announce(centre, phone.sip)
    try:
        yield phone
    finally:
        await as_future(link.stopService())
        await phone.end()
