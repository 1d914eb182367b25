"""What the edge does of its own accord: OPTIONS to carriers' targets, and REGISTER where one wants it. Pure.

A target that leaves `SILENT_AFTER` OPTIONS unanswered, or answers 503, is down until it answers otherwise;
any other answer, even a 404, shows that it lives.
"""

from collections import Counter
from dataclasses import dataclass, replace

from contact_center.telephony.sip import transaction as transactions
from contact_center.telephony.sip.digest import answer
from contact_center.telephony.sip.edge.fork import Send
from contact_center.telephony.sip.edge.outbound import Locate
from contact_center.telephony.sip.edge.places import Addresses, Where
from contact_center.telephony.sip.message import Headers, Request, Response, Uri
from contact_center.telephony.sip.transaction import Client, earliest
from contact_center.telephony.sip.trunks import Trunk, Trunks

ERRAND_PREFIX = "z9hG4bKcce."
SILENT_AFTER = 2
RETRY_S = 30.0

Effects = tuple[Send | Locate, ...]


@dataclass(slots=True)
class _Errand:
    """One target to ping, or one registration to keep."""

    key: str
    trunk: Trunk
    uri: Uri
    method: str
    due: float
    cseq: int = 0
    client: Client | None = None
    sent: Request | None = None
    where: Where | None = None
    challenged: bool = False
    silent: int = 0
    up: bool = True

    @property
    def deadline(self) -> float | None:
        return self.due if self.client is None else self.client.deadline


class Errands:
    """All of them; `nonce` makes this run's Call-IDs and branches its own."""

    KEY = "errand "

    def __init__(self, trunks: Trunks, here: Addresses, nonce: str) -> None:
        self._here, self._nonce = here, nonce
        self._figures: Counter[str] = Counter()
        self._errands: dict[str, _Errand] = {}
        for trunk in trunks.all:
            for n, uri in enumerate(trunk.targets if trunk.keepalive_s else ()):
                self._add(f"{self.KEY}OPTIONS {trunk.name} {n}", trunk, uri, "OPTIONS")
            if trunk.registration is not None:
                key = f"{self.KEY}REGISTER {trunk.name}"
                self._add(key, trunk, trunk.registration.registrar, "REGISTER")

    def _add(self, key: str, trunk: Trunk, uri: Uri, method: str) -> None:
        up = method == "OPTIONS"  # believed up until it fails; a registration is not there until it is
        self._errands[key] = _Errand(key, trunk, uri, method, due=float("-inf"), up=up)

    @property
    def figures(self) -> dict[str, float]:
        states: dict[str, float] = {}
        for errand in self._errands.values():
            kind = "target_up" if errand.method == "OPTIONS" else "registered"
            name = f"trunk_{kind}_{errand.trunk.name}"
            states[name] = states.get(name, 0.0) + float(errand.up)
        return {**self._figures, **states}

    @property
    def deadline(self) -> float | None:
        return earliest(*(errand.deadline for errand in self._errands.values()))

    def is_up(self, uri: Uri) -> bool:
        pings = [e for e in self._errands.values() if e.method == "OPTIONS" and e.uri == uri]
        return all(errand.up for errand in pings)

    # -- what happens --------------------------------------------------------------------------------------

    def tick(self, now: float) -> Effects:
        effects: list[Send | Locate] = []
        for errand in self._errands.values():
            deadline = errand.deadline
            if deadline is None or deadline > now:
                continue
            if errand.client is None:
                errand.due = now + RETRY_S  # should the names not be found
                effects.append(Locate(errand.key, (errand.uri,)))
            else:
                errand.client, happened = transactions.step_client(errand.client, transactions.Tick(), now)
                effects += self._happened(errand, happened, now)
        return tuple(effects)

    def located(self, key: str, found: tuple[tuple[Where, ...], ...], now: float) -> Effects:
        errand = self._errands[key]
        if not found[0]:
            self._silent(errand, now)
            return ()
        errand.where, errand.challenged = found[0][0], False
        return self._send(errand, self._request(errand, found[0][0]), now)

    def response(self, response: Response, now: float) -> Effects:
        """A response whose top Via carries a branch of an errand."""
        for errand in self._errands.values():
            if errand.client is not None and errand.sent is not None:
                if errand.sent.via.branch != response.via.branch:
                    continue
                errand.client, happened = transactions.step_client(
                    errand.client, transactions.ResponseCame(response), now
                )
                return self._happened(errand, happened, now)
        return ()

    def _happened(self, errand: _Errand, happened: transactions.Effects, now: float) -> Effects:
        effects: Effects = ()
        for effect in happened:
            match effect:
                case transactions.Send(datagram) if errand.where is not None:
                    effects += (Send(datagram, errand.where),)
                case transactions.Final(response):
                    effects += self._final(errand, response, now)
                case transactions.TimedOut():
                    self._silent(errand, now)
                case _:
                    pass
        return effects

    def _silent(self, errand: _Errand, now: float) -> None:
        errand.client = None
        errand.silent += 1
        self._figures[f"unanswered_{errand.method}"] += 1
        if errand.silent >= SILENT_AFTER or errand.method == "REGISTER":
            errand.up = False
        errand.due = now + (RETRY_S if errand.method == "REGISTER" else errand.trunk.keepalive_s)

    def _final(self, errand: _Errand, response: Response, now: float) -> Effects:
        errand.client = None
        errand.silent = 0
        again = self._with_credentials(errand, response)
        if again is not None:
            errand.challenged = True
            return self._send(errand, again, now)
        if errand.method == "OPTIONS":
            errand.up = response.status != 503
            errand.due = now + errand.trunk.keepalive_s
            return ()
        errand.up = response.status == 200
        self._figures["registrations_refused"] += not errand.up
        errand.due = now + (_granted_s(response) * 0.8 if errand.up else RETRY_S)
        return ()

    def _with_credentials(self, errand: _Errand, response: Response) -> Request | None:
        log_in, where = errand.trunk.log_in, errand.where
        if response.status not in (401, 407) or log_in is None or where is None or errand.challenged:
            return None
        asked = "www-authenticate" if response.status == 401 else "proxy-authenticate"
        said = "Authorization" if response.status == 401 else "Proxy-Authorization"
        challenges = tuple(f.value for f in response.headers if f.key == asked)
        fresh = self._request(errand, where)
        cnonce = f"{self._nonce}{errand.cseq}"
        value = answer(challenges, log_in, errand.method, fresh.target, cnonce)
        return None if value is None else fresh.with_headers(fresh.headers.appended(said, value))

    # -- the requests --------------------------------------------------------------------------------------

    def _send(self, errand: _Errand, request: Request, now: float) -> Effects:
        errand.sent = request
        reliable = errand.where is not None and errand.where.reliable
        errand.client, happened = transactions.start_client(bytes(request), now, reliable=reliable)
        return self._happened(errand, happened, now)

    def _request(self, errand: _Errand, where: Where) -> Request:
        errand.cseq += 1
        trunk, ours = errand.trunk, self._here.facing(where)
        domain = trunk.domain or errand.uri.host
        transport = f";transport={ours.transport}" if ours.reliable else ""
        registration = trunk.registration if errand.method == "REGISTER" else None
        user = "edge" if registration is None else registration.user
        us = f"<sip:{user}@{domain}>"
        name = errand.key.removeprefix(self.KEY).replace(" ", "-").lower()
        branch = f"{ERRAND_PREFIX}{self._nonce}.{name}.{errand.cseq}"
        headers = Headers.of(
            ("Via", self._here.via(where, branch)),
            ("Max-Forwards", "70"),
            ("From", f"{us};tag={self._nonce}"),
            ("To", us if registration is not None else f"<{errand.uri}>"),
            ("Call-ID", f"{name}-{self._nonce}"),
            ("CSeq", f"{errand.cseq} {errand.method}"),
            ("Contact", f"<sip:{user}@{ours.text}{transport}>"),
        )
        if registration is not None:
            headers = headers.appended("Expires", str(registration.expires_s))
        target = errand.uri if registration is None else replace(errand.uri, user=None)
        return Request(headers.appended("Content-Length", "0"), b"", errand.method, str(target))


def _granted_s(response: Response) -> float:
    """For how long the registrar took us: by our Contact, else by Expires."""
    for contact in response.addresses("contact") if "contact" in response.headers else ():
        for name, value in contact.params:
            if name.lower() == "expires" and value and value.isdecimal():
                return float(value)
    text = response.headers.get("expires", "300")
    return float(text) if text.isascii() and text.isdecimal() else 300.0
