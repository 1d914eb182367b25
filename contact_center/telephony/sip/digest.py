"""Digest authentication, both sides (RFC 3261 §22, RFC 7616, RFC 8760): MD5 and SHA-256, `qop=auth`. Pure.

The checking side keeps no state: a nonce is its time and a MAC of it. HA1 = H(user:realm:password) is all it
stores of a password.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from contact_center.telephony.sip.message import Request
from contact_center.telephony.sip.trunks import Credentials

ALGORITHMS = ("SHA-256", "MD5")
"""Offered in this order, the stronger first (RFC 8760 §2.3)."""
NONCE_LIVES_S = 300.0
MOST_NONCES = 20_000

_PAIR = re.compile(r'([A-Za-z0-9_-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))\s*(?:,|$)')


def _hash(algorithm: str, text: str) -> str:
    data = text.encode("utf-8", "surrogateescape")
    return (
        hashlib.sha256(data) if algorithm == "SHA-256" else hashlib.md5(data, usedforsecurity=False)
    ).hexdigest()


def ha1(algorithm: str, user: str, realm: str, password: str) -> str:
    return _hash(algorithm, f"{user}:{realm}:{password}")


def read_params(value: str) -> dict[str, str] | None:
    """The parameters of a Digest challenge or answer, names in lower case; `None` for any other scheme."""
    scheme, _, rest = value.strip().partition(" ")
    if scheme.lower() != "digest":
        return None
    found: dict[str, str] = {}
    for name, quoted, plain in _PAIR.findall(rest.strip()):
        found.setdefault(name.lower(), re.sub(r"\\(.)", r"\1", quoted) if quoted else plain)
    return found


def _algorithm(params: Mapping[str, str]) -> str:
    return params.get("algorithm", "MD5").upper()


def _response(params: Mapping[str, str], secret: str, method: str, uri: str) -> str:
    algorithm = _algorithm(params)
    second = _hash(algorithm, f"{method}:{uri}")
    if params.get("qop"):
        middle = f"{params['nonce']}:{params.get('nc', '')}:{params.get('cnonce', '')}:{params['qop']}"
    else:
        middle = params["nonce"]
    return _hash(algorithm, f"{secret}:{middle}:{second}")


# -- the side that is asked ------------------------------------------------------------------------------


def answer(
    challenges: tuple[str, ...], log_in: Credentials, method: str, uri: str, cnonce: str
) -> str | None:
    """The Authorization value for the first challenge we can answer, or `None`."""
    for challenge in challenges:
        params = read_params(challenge)
        if params is None or "nonce" not in params or "realm" not in params:
            continue
        algorithm = _algorithm(params)
        offered = [word.strip() for word in params.get("qop", "").split(",") if word.strip()]
        if algorithm not in ALGORITHMS or (offered and "auth" not in offered):
            continue
        said = {
            "username": log_in.user,
            "realm": params["realm"],
            "nonce": params["nonce"],
            "uri": uri,
            "algorithm": algorithm,
        }
        if offered:
            said |= {"qop": "auth", "nc": "00000001", "cnonce": cnonce}
        said["response"] = _response(
            said, ha1(algorithm, log_in.user, params["realm"], log_in.password), method, uri
        )
        if "opaque" in params:
            said["opaque"] = params["opaque"]
        bare = ("algorithm", "qop", "nc")
        return "Digest " + ", ".join(
            f"{k}={v}" if k in bare else f'{k}="{_escaped(v)}"' for k, v in said.items()
        )
    return None


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


# -- the side that asks ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Secret:
    """What is kept of a password: HA1 by algorithm."""

    user: str
    by_algorithm: Mapping[str, str]


Verdict = Literal["right", "stale", "wrong"]


@dataclass(frozen=True, slots=True)
class Guard:
    """Challenges and checks in one realm with one key."""

    key: bytes
    realm: str

    def _nonce(self, at: int, host: str) -> str:
        mac = hmac.digest(self.key, f"nonce\0{self.realm}\0{at}\0{host}".encode(), hashlib.sha256)[:12].hex()
        return f"{at:x}.{mac}"

    def challenges(self, host: str, now: float, *, stale: bool = False) -> tuple[str, ...]:
        """Values of WWW-Authenticate, one per algorithm, good for `host` only; `now` since the epoch."""
        nonce = self._nonce(int(now), host)
        end = ", stale=true" if stale else ""
        return tuple(
            f'Digest realm="{self.realm}", nonce="{nonce}", algorithm={algorithm}, qop="auth"{end}'
            for algorithm in ALGORITHMS
        )

    def user(self, value: str) -> str:
        """Who an Authorization value says it is; empty when it is not for this realm."""
        params = read_params(value) or {}
        return params.get("username", "") if params.get("realm") == self.realm else ""

    def check(self, value: str, secret: Secret, request: Request, host: str, now: float) -> Verdict:
        """Whether an Authorization value proves `secret`; stale: right, but with a nonce of long ago."""
        params = read_params(value)
        if params is None or params.get("qop") != "auth" or params.get("realm") != self.realm:
            return "wrong"
        known = secret.by_algorithm.get(_algorithm(params))
        nonce = params.get("nonce", "")
        if known is None or params.get("username") != secret.user or not params.get("cnonce"):
            return "wrong"
        if params.get("uri") != request.target:
            return "wrong"
        stamp, _, _ = nonce.partition(".")
        if not re.fullmatch("[0-9a-f]{1,12}", stamp):
            return "wrong"
        at = int(stamp, 16)
        if not hmac.compare_digest(nonce.encode("utf-8", "surrogateescape"), self._nonce(at, host).encode()):
            return "wrong"
        want = _response(params, known, request.method, request.target)
        if not hmac.compare_digest(
            want.encode(), params.get("response", "").encode("utf-8", "surrogateescape")
        ):
            return "wrong"
        return "right" if -1 <= now - at <= NONCE_LIVES_S else "stale"


class Spent:
    """Answers to challenges that were taken: each is good for one request and its repeats, a recording of it
    for nothing. Bounded: while as many are remembered as may be, a new answer is not taken."""

    def __init__(self) -> None:
        self._spent: dict[tuple[str, str, str], tuple[float, str, int]] = {}

    def fresh(self, value: str, request: Request, now: float) -> bool:
        """Whether this Authorization value, found right, was made for this request; it is spent by that."""
        params = read_params(value) or {}
        key = (params.get("nonce", ""), params.get("nc", ""), params.get("cnonce", ""))
        spent = self._spent.get(key)
        if spent is not None:
            return spent[1:] == (request.call_id, request.cseq.number)
        if len(self._spent) >= MOST_NONCES:
            self.expire(now)
        if len(self._spent) >= MOST_NONCES:
            return False
        self._spent[key] = (now + NONCE_LIVES_S + 2, request.call_id, request.cseq.number)
        return True

    def expire(self, now: float) -> None:
        self._spent = {key: held for key, held in self._spent.items() if held[0] > now}
