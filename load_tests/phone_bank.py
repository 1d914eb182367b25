"""Says to the core, in the place of the WebRTC role, that all agents' devices are up at a SIP address.

    python -m load_tests.phone_bank HOST:PORT AGENT…

The phones themselves are a SIPp process at that address which answers by itself. So the benchmark measures
core, edge and conversations, and not the DTLS of simulated browsers. Ends with its standard input.
"""

import json
import os
import sys
from typing import Any

from twisted.internet import stdio
from twisted.internet.protocol import Protocol
from twisted.protocols.amp import CommandLocator

from contact_center.config import load_settings
from contact_center.runtime import amp
from contact_center.runtime.reactor import install


class Bank(CommandLocator):
    def __init__(self, sip: str, agents: list[str]) -> None:
        super().__init__()
        self._sip, self._agents = sip, agents

    def up(self, link: amp.Link) -> None:
        link.callRemote(
            amp.RoleHello,
            role="webrtc",
            name="phone bank",
            pid=os.getpid(),
            protocol=amp.PROTOCOL,
            details=json.dumps({"sip": self._sip}),
        )

    @amp.ListDevices.responder
    def list_devices(self) -> dict[str, object]:
        return {"agents": json.dumps(self._agents)}

    @amp.DetachDevice.responder
    def detach_device(self, agent: str) -> dict[str, object]:
        return {}


class _UntilEof(Protocol):
    def connectionLost(self, reason: Any = None) -> None:  # noqa: N802  # Twisted's name
        from twisted.internet import reactor as installed

        reactor: Any = installed
        if reactor.running:
            reactor.stop()


def main() -> None:
    install()
    from twisted.internet import reactor as installed

    reactor: Any = installed
    bank = Bank(sys.argv[1], sys.argv[2:])
    settings = load_settings()
    amp.connect(settings.core_socket, lambda: amp.Link(locator=bank, up=bank.up))
    reactor.callWhenRunning(lambda: stdio.StandardIO(_UntilEof()))
    reactor.run()


if __name__ == "__main__":
    main()
