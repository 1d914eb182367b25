"""Who may call in: carriers by address or digest, within their limits; what they say of numbers is made ours.

Without trunks (the open demo mode) anyone may call in, and is believed nothing but the From.
"""

from dataclasses import dataclass, replace

from contact_center.telephony.sip.digest import Guard, Secret, ha1
from contact_center.telephony.sip.edge.places import Where
from contact_center.telephony.sip.message import Headers, MalformedMessage, NameAddr, Request, Uri
from contact_center.telephony.sip.trunks import Credentials, Loads, Trunk, Trunks

IDENTITY = ("p-asserted-identity", "p-preferred-identity")
TRUSTED_HOST = "trunk.invalid"


@dataclass(frozen=True, slots=True)
class Refusal:
    """The INVITE gets this status, with these headers; `known`: the sender is a carrier of ours."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    known: bool = False


class Gate:
    """Decides on each INVITE from outside; repeats are decided alike."""

    def __init__(self, trunks: Trunks | None, guard: Guard, loads: Loads) -> None:
        self._trunks, self._guard, self._loads = trunks, guard, loads
        self._secrets: dict[str, Secret] = {}

    @property
    def calls(self) -> dict[str, float]:
        """Calls per trunk."""
        if self._trunks is None:
            return {}
        return {f"trunk_calls_{t.name}": float(self._loads.calls(t.name)) for t in self._trunks.all}

    def over(self, call_id: str) -> None:
        self._loads.end(call_id)

    def trusts(self, host: str) -> bool:
        """A carrier's address: never banned, never held back."""
        return self._trunks is not None and self._trunks.of_source(host) is not None

    def admit(self, invite: Request, source: Where, now: float, epoch: float) -> Request | Refusal:
        """The INVITE as the conversation shall see it, or why not. `now` for limits, `epoch` for nonces."""
        if self._trunks is None:
            return invite.with_headers(_without_identity(invite.headers))
        trunk = self._trunks.of_source(source.host)
        if trunk is None:
            if not self._trunks.any_asks:
                return Refusal(403)
            proven = self._proven(self._trunks, invite, source, epoch)
            if isinstance(proven, Refusal):
                return proven
            trunk = proven
        if not self._loads.begin(trunk, invite.call_id, now):
            return Refusal(503, (("Retry-After", "5"),), known=True)
        return _ours(invite, trunk)

    def _proven(self, trunks: Trunks, invite: Request, source: Where, epoch: float) -> Trunk | Refusal:
        stale = False
        for field in invite.headers:
            if field.key != "proxy-authorization":
                continue
            trunk = trunks.of_user(self._guard.user(field.value))
            if trunk is None or trunk.ask is None:
                return self._challenge(source, epoch, stale=False)
            secret = self._secret(trunk.ask)
            verdict = self._guard.check(field.value, secret, invite, source.host, epoch)
            if verdict == "right":
                return trunk
            stale = stale or verdict == "stale"
        return self._challenge(source, epoch, stale=stale)

    def _challenge(self, source: Where, epoch: float, *, stale: bool) -> Refusal:
        values = self._guard.challenges(source.host, epoch, stale=stale)
        return Refusal(407, tuple(("Proxy-Authenticate", value) for value in values))

    def _secret(self, ask: Credentials) -> Secret:
        kept = self._secrets.get(ask.user)
        if kept is None:
            by = {a: ha1(a, ask.user, self._guard.realm, ask.password) for a in ("MD5", "SHA-256")}
            kept = self._secrets[ask.user] = Secret(ask.user, by)
        return kept


def _without_identity(headers: Headers) -> Headers:
    for name in IDENTITY:
        if name in headers:
            headers = headers.without(name)
    return headers


def _ours(invite: Request, trunk: Trunk) -> Request:
    """Called and calling number in our form; the caller's as P-Asserted-Identity, which only we write."""
    called = replace(invite.uri, user=_escaped(trunk.inbound.read(invite.uri.number)))
    caller = _asserted(invite) if trunk.assert_identity else None
    caller = invite.from_ if caller is None else caller
    number = trunk.inbound.read(_number(caller))
    headers = _without_identity(invite.headers)
    headers = headers.without("proxy-authorization")
    if number:
        identity = NameAddr(uri=Uri(user=_escaped(number), host=TRUSTED_HOST), display=caller.display)
        headers = headers.appended("P-Asserted-Identity", str(identity))
    return Request(headers, invite.body, invite.method, str(called))


def _asserted(invite: Request) -> NameAddr | None:
    """The identity the carrier vouches for, unless the caller wants it withheld (RFC 3323)."""
    if "id" in [word.strip().lower() for word in invite.headers.get("privacy").split(";")]:
        return None
    try:
        found = invite.addresses("p-asserted-identity")
    except MalformedMessage:
        return None
    return next((each for each in found if _number(each)), None)


def _number(caller: NameAddr) -> str:
    if caller.uri.scheme.lower() == "tel":
        return caller.uri.opaque.partition(";")[0]
    return caller.uri.number


def _escaped(user: str) -> str:
    """As the user part of a URI."""
    plain = "-_.!~*'()&=+$,;?/"
    return "".join(
        c
        if c.isascii() and (c.isalnum() or c in plain)
        else "".join(f"%{b:02X}" for b in c.encode("utf-8", "replace"))
        for c in user
    )
