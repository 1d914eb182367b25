"""The media hosts the edge claims conversations from."""

import logging
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred

from contact_center.config import split_bind
from contact_center.runtime import amp
from contact_center.telephony.sip.edge.places import Where

log = logging.getLogger(__name__)

CLAIM_TIMEOUT_S = 3.0


class MediaHosts:
    """The media hosts that are connected; each claim goes to the next one in turn."""

    def __init__(self, sockets: tuple[Path, ...]) -> None:
        self._up: list[amp.Link] = []
        self._services = [amp.connect(path, self._link) for path in sockets]

    @property
    def connected(self) -> int:
        return len(self._up)

    def _link(self) -> amp.Link:
        return amp.Link(up=self._up.append, down=self._lost)

    def _lost(self, link: amp.Link) -> None:
        if link in self._up:
            self._up.remove(link)

    def claim(self, reactor: Any, key: str) -> "Deferred[Where | None]":
        """The address of a conversation for this call, or `None` when no host has one."""
        if not self._up:
            none: Deferred[Where | None] = Deferred()
            none.callback(None)
            return none
        link = self._up.pop(0)
        self._up.append(link)
        asked = link.callRemote(amp.Claim, key=key).addTimeout(CLAIM_TIMEOUT_S, reactor)
        return asked.addCallback(lambda found: Where(*split_bind(found["sip"]))).addErrback(
            self._refused, key
        )

    @staticmethod
    def _refused(failure: Any, key: str) -> None:
        if failure.check(amp.NoneIdle) is None:
            log.warning("claim for %s failed: %s", key, failure.getErrorMessage())

    async def stop(self) -> None:
        for service in self._services:
            await service.stopService()
