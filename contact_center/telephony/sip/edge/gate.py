"""Who may call in: carriers by address or digest, within their limits; what they say of numbers is made ours.

Without trunks (the open demo mode) anyone may call in, and is believed nothing but the From.
"""

from dataclasses import dataclass, replace

from contact_center.telephony.sip.digest import Guard, Secret, Spent, ha1
from contact_center.telephony.sip.edge.places import Where
from contact_center.telephony.sip.message import Headers, MalformedMessage, NameAddr, Request, Uri
from contact_center.telephony.sip.trunks import Credentials, Loads, Trunk, Trunks
from contact_center.telephony.wire import CONVERSATION_HEADER, INSIDE_HEADER, LEG_HEADER, TRUNK_HEADER

IDENTITY = ("p-asserted-identity", "p-preferred-identity")
INSIDE = (CONVERSATION_HEADER, LEG_HEADER, TRUNK_HEADER, INSIDE_HEADER)
OURS = (*IDENTITY, *(name.lower() for name in INSIDE))
"""What is believed inside, so nobody outside may say it."""
TRUSTED_HOST = "trunk.invalid"


@dataclass(frozen=True, slots=True)
class Refusal:
    """The INVITE gets this status, with these headers; `blame`: what the sender is held to have done."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    blame: str = ""


@dataclass(frozen=True, slots=True)
class Admitted:
    """The INVITE as the conversation shall see it; `proven`: its sender showed the password."""

    invite: Request
    proven: bool = False


class Gate:
    """Decides on each INVITE from outside; repeats are decided alike."""

    def __init__(self, trunks: Trunks | None, guard: Guard, loads: Loads) -> None:
        self._trunks, self._guard, self._loads = trunks, guard, loads
        self._secrets: dict[str, Secret] = {}
        self._spent = Spent()

    @property
    def figures(self) -> dict[str, float]:
        """Of each trunk the calls now, and how many its limits refused, in and out."""
        found: dict[str, float] = {}
        for trunk in () if self._trunks is None else self._trunks.all:
            found[f"trunk_calls_{trunk.name}"] = self._loads.calls(trunk.name)
            found[f"trunk_refused_{trunk.name}"] = self._loads.refused(trunk.name)
        return found

    def over(self, call_id: str) -> None:
        self._loads.end(call_id)

    def expire(self, epoch: float) -> None:
        self._spent.expire(epoch)

    def trusts(self, host: str) -> bool:
        """A carrier's address: never banned, never held back."""
        return self._trunks is not None and self._trunks.of_source(host) is not None

    def admit(
        self, invite: Request, source: Where, now: float, epoch: float, *, counts: bool = True
    ) -> Admitted | Refusal:
        """Whether the call may come in. `now` for limits, `epoch` for nonces; a repeat counts for none."""
        if self._trunks is None:
            return Admitted(invite.with_headers(_without_ours(invite.headers)))
        trunk, proven = self._trunks.of_source(source.host), False
        if trunk is None:
            if not self._trunks.any_asks:
                return Refusal(403, blame="not_admitted")
            found = self._proven(self._trunks, invite, source, epoch)
            if isinstance(found, Refusal):
                return found
            trunk, proven = found, True
        if counts and not self._loads.begin(trunk, invite.call_id, now):
            return Refusal(503, (("Retry-After", "5"),))
        return Admitted(_ours(invite, trunk), proven)

    def _proven(self, trunks: Trunks, invite: Request, source: Where, epoch: float) -> Trunk | Refusal:
        """Who it proves to be. Every call begins with an INVITE that proves nothing: that weighs little."""
        stale = wrong = False
        for field in invite.headers:
            if field.key != "proxy-authorization":
                continue
            user = self._guard.user(field.value)
            trunk = trunks.of_user(user)
            if trunk is None or trunk.ask is None:
                wrong = wrong or bool(user)
                continue
            secret = self._secret(trunk.ask)
            verdict = self._guard.check(field.value, secret, invite, source.host, epoch)
            if verdict == "right" and self._spent.fresh(field.value, invite, epoch):
                return trunk
            stale, wrong = stale or verdict != "wrong", wrong or verdict == "wrong"
        values = self._guard.challenges(source.host, epoch, stale=stale and not wrong)
        headers = tuple(("Proxy-Authenticate", value) for value in values)
        return Refusal(407, headers, blame="wrong_password" if wrong else "unproven")

    def _secret(self, ask: Credentials) -> Secret:
        kept = self._secrets.get(ask.user)
        if kept is None:
            by = {a: ha1(a, ask.user, self._guard.realm, ask.password) for a in ("MD5", "SHA-256")}
            kept = self._secrets[ask.user] = Secret(ask.user, by)
        return kept


def _without_ours(headers: Headers) -> Headers:
    for name in OURS:
        if name in headers:
            headers = headers.without(name)
    return headers


def _ours(invite: Request, trunk: Trunk) -> Request:
    """Called and calling number in our form; the caller's as P-Asserted-Identity, which only we write."""
    called = replace(invite.uri, user=_escaped(trunk.inbound.read(invite.uri.number)))
    caller = _asserted(invite) if trunk.assert_identity else None
    caller = invite.from_ if caller is None else caller
    number = trunk.inbound.read(_number(caller))
    headers = _without_ours(invite.headers).without("proxy-authorization")
    headers = headers.appended(TRUNK_HEADER, trunk.name)
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
