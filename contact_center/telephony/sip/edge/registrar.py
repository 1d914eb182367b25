"""The registrar for agents' desk phones (RFC 3261 §10.3, RFC 3327 Path). Pure but for the clock it is told.

A phone's calls go to the address its REGISTER came from (symmetric NAT), along the Path it named.
Every time here is seconds since the epoch, because registrations outlive the process.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from contact_center.telephony.sip.digest import Guard, Secret, Spent
from contact_center.telephony.sip.edge.outbound import Phone
from contact_center.telephony.sip.edge.places import Where
from contact_center.telephony.sip.message import MalformedMessage, NameAddr, Request

SHORTEST_S, DEFAULT_S, LONGEST_S = 60, 600, 7200
MOST_CONTACTS = 5

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """One contact of one agent."""

    agent: str
    contact: str
    where: Where
    path: tuple[str, ...]
    call_id: str
    cseq: int
    expires_at: float


@dataclass(frozen=True, slots=True)
class Answer:
    """To a REGISTER."""

    status: int
    headers: Headers = ()
    wrong_password: bool = False


@dataclass(frozen=True, slots=True)
class _Wish:
    contact: NameAddr
    expires_s: int


class Registrar:
    """Bindings by agent. `secret_of` knows the devices; `changed` hears who gained or lost all phones."""

    def __init__(
        self,
        guard: Guard,
        secret_of: Callable[[str], Secret | None],
        changed: Callable[[str, bool, str], None] = lambda agent, up, why: None,
    ) -> None:
        self._guard, self._secret_of, self._changed = guard, secret_of, changed
        self._bindings: dict[str, dict[str, Binding]] = {}
        self._spent = Spent()

    # -- what is registered ------------------------------------------------------------------------------

    @property
    def bindings(self) -> tuple[Binding, ...]:
        return tuple(binding for by_contact in self._bindings.values() for binding in by_contact.values())

    def restore(self, bindings: tuple[Binding, ...], now: float) -> None:
        """Registrations of an earlier run; those over a connection went with it."""
        for binding in bindings:
            if binding.expires_at > now and not binding.where.reliable:
                self._bindings.setdefault(binding.agent, {})[binding.contact] = binding

    def agents(self, now: float) -> tuple[str, ...]:
        return tuple(sorted(agent for agent in self._bindings if self.phones(agent, now)))

    def phones(self, agent: str, now: float) -> tuple[Phone, ...]:
        """Where an agent's phones are."""
        found = self._bindings.get(agent, {}).values()
        return tuple(Phone(b.contact, b.where, b.path) for b in found if b.expires_at > now)

    def expire(self, now: float) -> None:
        for agent in list(self._bindings):
            kept = {c: b for c, b in self._bindings[agent].items() if b.expires_at > now}
            self._put(agent, kept, "registration expired")
        self._spent.expire(now)

    def flow_gone(self, where: Where) -> None:
        """A phone's connection closed: it cannot be reached that way any more."""
        for agent in list(self._bindings):
            kept = {c: b for c, b in self._bindings[agent].items() if b.where != where}
            self._put(agent, kept, "connection closed")

    def _put(self, agent: str, bindings: dict[str, Binding], why: str) -> None:
        before = bool(self._bindings.get(agent))
        if bindings:
            self._bindings[agent] = bindings
        else:
            self._bindings.pop(agent, None)
        if before != bool(bindings):
            self._changed(agent, bool(bindings), "" if bindings else why)

    # -- REGISTER ----------------------------------------------------------------------------------------

    def register(self, request: Request, source: Where, now: float) -> Answer:
        """Check who asks, then do as asked; a fault leaves everything as it was."""
        agent = request.to.uri.number
        refused = self._who(request, agent, source, now)
        if refused is not None:
            return refused
        if request.headers.get("require"):
            return Answer(420, (("Unsupported", request.headers.get("require")),))
        mine = dict(self._bindings.get(agent, {}))
        contacts = request.headers.values("contact") if "contact" in request.headers else ()
        if "*" in contacts:
            if len(contacts) > 1 or request.headers.get("expires") != "0":
                return Answer(400)
            wishes = [_Wish(NameAddr.parse(f"<{contact}>"), 0) for contact in mine]
        else:
            wishes = [_wish(NameAddr.parse(value, "Contact"), request) for value in contacts]
        if any(0 < wish.expires_s < SHORTEST_S for wish in wishes):
            return Answer(423, (("Min-Expires", str(SHORTEST_S)),))
        path = request.headers.values("path") if "path" in request.headers else ()
        for wish in wishes:
            uri = str(wish.contact.uri)
            if wish.contact.uri.scheme.lower() != "sip":
                return Answer(400)
            old = mine.get(uri)
            number = request.cseq.number
            if old is not None and old.call_id == request.call_id and number < old.cseq:
                return Answer(500)  # §10.3 step 7: out of order
            mine.pop(uri, None)
            if wish.expires_s:
                mine[uri] = Binding(
                    agent=agent, contact=uri, where=source, path=path, call_id=request.call_id, cseq=number,
                    expires_at=now + min(wish.expires_s, LONGEST_S),
                )  # fmt: skip
        if len(mine) > MOST_CONTACTS:
            return Answer(403)
        self._put(agent, mine, "phone signed off")
        return Answer(200, _granted(mine, path, now))

    def _who(self, request: Request, agent: str, source: Where, now: float) -> Answer | None:
        """`None` when the request proves to come from a device of the agent it is for."""
        stale = wrong = False
        for field in request.headers:
            if field.key != "authorization":
                continue
            user = self._guard.user(field.value)
            secret = self._secret_of(user) if user == agent else None
            if secret is None:
                wrong = wrong or bool(user)
                continue
            verdict = self._guard.check(field.value, secret, request, source.host, now)
            if verdict == "right" and self._spent.fresh(field.value, request, now):
                return None
            stale, wrong = stale or verdict != "wrong", wrong or verdict == "wrong"
        challenges = self._guard.challenges(source.host, now, stale=stale and not wrong)
        return Answer(401, tuple(("WWW-Authenticate", value) for value in challenges), wrong)


def _wish(contact: NameAddr, request: Request) -> _Wish:
    told = next((v or "" for k, v in contact.params if k.lower() == "expires"), None)
    text = request.headers.get("expires", str(DEFAULT_S)) if told is None else told
    if not (text.isascii() and text.isdecimal() and len(text) <= 10):
        raise MalformedMessage(f"not seconds: {text[:20]!r}", "Expires")
    return _Wish(replace(contact, bracketed=True), int(text))


def _granted(bindings: dict[str, Binding], path: tuple[str, ...], now: float) -> Headers:
    contacts = tuple(
        ("Contact", f"<{b.contact}>;expires={max(0, round(b.expires_at - now))}") for b in bindings.values()
    )
    return (*contacts, *(("Path", value) for value in path))
