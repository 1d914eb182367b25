"""The command set between roles (AMP, protocol version 1) and the sockets it runs on.

    core.sock   the core listens; `media`, `edge` and `webrtc` connect, say `RoleHello`, and stay connected.
    media.sock  a media host listens; its conversations and the edge connect.

Bodies are JSON text made by `runtime.codec` from the unions in `telephony.wire`. AMP caps a value at 65 535
bytes, so whatever may grow (conversations, images) is fetched one by one.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from twisted.application.internet import ClientService
from twisted.internet import endpoints
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IListeningPort
from twisted.internet.protocol import Factory
from twisted.protocols import amp

PROTOCOL = 1


class WrongProtocol(Exception):  # noqa: N818  # AMP error names travel on the wire; this is its public name
    """The peer speaks another version of this command set."""


class Unknown(Exception):  # noqa: N818
    """The conversation, agent or leg named in a command is not here."""


class NoneIdle(Exception):  # noqa: N818
    """No conversation is free to take a call."""


class Refused(Exception):  # noqa: N818
    """The command was understood and cannot be done; the message says why."""


# -- every role to the core --------------------------------------------------------------------------


class RoleHello(amp.Command):
    """First words on core.sock. `details` is a JSON object (webrtc: {"sip": "127.0.0.1:40123"})."""

    arguments = (
        (b"role", amp.Unicode()),
        (b"name", amp.Unicode()),
        (b"pid", amp.Integer()),
        (b"protocol", amp.Integer()),
        (b"details", amp.Unicode()),
    )
    errors = {WrongProtocol: b"WRONG_PROTOCOL"}  # noqa: RUF012  # amp.Command wants a plain dict


class RoleFigures(amp.Command):
    """A role's counters and gauges, every few seconds, as a flat JSON object name -> number."""

    arguments = ((b"figures", amp.Unicode()),)
    requiresAnswer = False  # noqa: N815


# -- core <-> media host, media host <-> conversation ------------------------------------------------


class Do(amp.Command):
    """Core to conversation: take `ops` in order. `ack`: last report seen; `blob`: the core's state of it."""

    arguments = (
        (b"conversation", amp.Unicode()),
        (b"ack", amp.Integer()),
        (b"blob", amp.Unicode()),
        (b"ops", amp.Unicode()),
    )
    errors = {Unknown: b"UNKNOWN"}  # noqa: RUF012


class ReportMade(amp.Command):
    """Conversation to core: one numbered report (`wire.Numbered` as JSON)."""

    arguments = ((b"conversation", amp.Unicode()), (b"numbered", amp.Unicode()))
    requiresAnswer = False  # noqa: N815


class QualitySeen(amp.Command):
    """Conversation to core: how each leg that is up sounds now, leg to `quality.Quality`; lost is lost."""

    arguments = ((b"conversation", amp.Unicode()), (b"legs", amp.Unicode()))
    requiresAnswer = False  # noqa: N815


class ConversationLost(amp.Command):
    """Media host to core: the process died with its call."""

    arguments = ((b"conversation", amp.Unicode()), (b"why", amp.Unicode()))
    requiresAnswer = False  # noqa: N815


class ListConversations(amp.Command):
    """Core to media host: ids (JSON list) of the conversations that carry a call."""

    response = ((b"conversations", amp.Unicode()),)


class GetImage(amp.Command):
    """Core to conversation (through its host): a `wire.ConversationImage` as JSON."""

    arguments = ((b"conversation", amp.Unicode()),)
    response = ((b"image", amp.Unicode()),)
    errors = {Unknown: b"UNKNOWN"}  # noqa: RUF012


class ConversationHello(amp.Command):
    """Conversation process to its host on (re)connect; `conversation` is empty while it is idle."""

    arguments = (
        (b"pid", amp.Integer()),
        (b"sip", amp.Unicode()),
        (b"conversation", amp.Unicode()),
        (b"protocol", amp.Integer()),
    )
    errors = {WrongProtocol: b"WRONG_PROTOCOL"}  # noqa: RUF012


class Expect(amp.Command):
    """Host to an idle conversation process: a call is coming; you are `conversation` from now on."""

    arguments = ((b"conversation", amp.Unicode()),)


class Freed(amp.Command):
    """Conversation process to its host: the last leg is gone and the core has acknowledged everything."""

    arguments = ((b"conversation", amp.Unicode()),)


# -- core to media host -------------------------------------------------------------------------------


class Originate(amp.Command):
    """Core to media host: a conversation for a call of our own; it is told what to dial by `Do`."""

    response = ((b"conversation", amp.Unicode()),)
    errors = {NoneIdle: b"NONE_IDLE"}  # noqa: RUF012


# -- edge to media host ------------------------------------------------------------------------------


class Claim(amp.Command):
    """Edge to host: a conversation for the call `key` (same key, same answer, while the call lasts)."""

    arguments = ((b"key", amp.Unicode()),)
    response = ((b"conversation", amp.Unicode()), (b"sip", amp.Unicode()))
    errors = {NoneIdle: b"NONE_IDLE"}  # noqa: RUF012


# -- core <-> webrtc ---------------------------------------------------------------------------------


class AttachDevice(amp.Command):
    """Core to webrtc: (re)connect an agent's browser; SDP offer in, SDP answer out, candidates included."""

    arguments = ((b"agent", amp.Unicode()), (b"sdp", amp.Unicode()))
    response = ((b"sdp", amp.Unicode()),)
    errors = {Refused: b"REFUSED"}  # noqa: RUF012


class DetachDevice(amp.Command):
    """Core to webrtc: close an agent's browser connection."""

    arguments = ((b"agent", amp.Unicode()),)


class AcceptLeg(amp.Command):
    """Core to webrtc: the agent took the call; send 200 on the INVITE of this conversation and leg."""

    arguments = ((b"agent", amp.Unicode()), (b"conversation", amp.Unicode()), (b"leg", amp.Unicode()))
    errors = {Unknown: b"UNKNOWN"}  # noqa: RUF012


class DeviceState(amp.Command):
    """webrtc to core: an agent's peer connection came up or went down, and why."""

    arguments = ((b"agent", amp.Unicode()), (b"up", amp.Boolean()), (b"why", amp.Unicode()))
    requiresAnswer = False  # noqa: N815


class ListDevices(amp.Command):
    """Core to webrtc: ids (JSON list) of the agents whose peer connection is up."""

    response = ((b"agents", amp.Unicode()),)


def factory(protocol: Callable[[], amp.AMP]) -> Factory:
    """A Twisted factory that builds `protocol()` for each connection."""
    built = Factory.forProtocol(protocol)
    built.noisy = False
    return built


def listen(path: Path, protocol: Callable[[], amp.AMP]) -> "Deferred[IListeningPort]":
    """Listen on a unix socket readable by this user only, replacing a dead socket file."""
    from twisted.internet import reactor  # installed by then

    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.unlink(missing_ok=True)
    return endpoints.UNIXServerEndpoint(reactor, str(path), mode=0o600).listen(factory(protocol))


def connect(path: Path, protocol: Callable[[], amp.AMP], *, most_s: float = 1.0) -> ClientService:
    """A started service that keeps one connection to `path`, retrying every 0.05 s up to `most_s`."""
    from twisted.internet import reactor

    service = ClientService(
        endpoints.UNIXClientEndpoint(reactor, str(path)),
        factory(protocol),
        retryPolicy=lambda attempt: min(most_s, 0.05 * 2 ** min(attempt, 10)),
    )
    service.startService()
    return service


class Link(amp.AMP):
    """An AMP connection that tells its owner when it is up and when it is gone."""

    def __init__(
        self,
        *,
        locator: Any = None,
        up: Callable[["Link"], None] | None = None,
        down: Callable[["Link"], None] | None = None,
    ) -> None:
        super().__init__(locator=locator)
        self._up, self._down = up, down

    def connectionMade(self) -> None:  # noqa: N802  # Twisted's name
        super().connectionMade()
        if self._up is not None:
            self._up(self)

    def connectionLost(self, reason: Any) -> None:  # noqa: N802
        super().connectionLost(reason)
        if self._down is not None:
            self._down(self)
