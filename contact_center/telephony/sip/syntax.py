"""The small grammars inside SIP header fields: parameters, URIs, name-addr, Via, CSeq (RFC 3261 §25.1).

Each type has `parse(text, where)` and `str()`. Text that does not fit raises `MalformedMessage`, and nothing
else. Text is the bytes of the datagram as UTF-8 with `surrogateescape`, so any byte survives both ways.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Self
from urllib.parse import unquote

Params = tuple[tuple[str, str | None], ...]

_TOKEN = re.compile(r"[A-Za-z0-9\-.!%*_+`'~]+")
_HOST = re.compile(r"\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9](?:[A-Za-z0-9_.\-]*[A-Za-z0-9_.])?")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_USER = re.compile(r"(?:[A-Za-z0-9\-_.!~*'()&=+$,;?/:#]|%[0-9A-Fa-f]{2})+")
_URI_PARAMS = re.compile(r"(?:[A-Za-z0-9\-_.!~*'()\[\]/:&+$;=@]|%[0-9A-Fa-f]{2})*")
_VIA = re.compile(
    r"SIP[ \t]*/[ \t]*2\.0[ \t]*/[ \t]*([^ \t/;,]+)[ \t]+([^ \t;,]+(?:[ \t]*:[ \t]*[0-9]+)?)[ \t]*(;.*)?",
    re.I,
)
_SENT_BY = re.compile(r"(\[[^\]]*\]|[^:\s]+)(?:[ \t]*:[ \t]*([0-9]{1,5}))?")
_CSEQ = re.compile(r"([0-9]{1,12})[ \t]+(\S+)")


class MalformedMessage(Exception):  # noqa: N818  # the message is bad, not the code
    """Bytes that are not a SIP message: what is wrong, in which part, and the status that earns."""

    def __init__(self, what: str, where: str, status: int = 400) -> None:
        super().__init__(f"{where}: {what}")
        self.what, self.where, self.status = what, where, status

    @property
    def phrase(self) -> str:
        """The same as a reason phrase, safe to put on a status line."""
        text = str(self).encode("ascii", "replace").decode()
        return "".join(c if c.isprintable() else "?" for c in text)[:120]


def is_token(text: str) -> bool:
    return _TOKEN.fullmatch(text) is not None


def split_commas(value: str) -> tuple[str, ...]:
    """The values of a comma-separated field (§7.3.1); commas in quotes or angle brackets do not count."""
    if "," not in value:
        return (value.strip(),)
    return tuple(piece.strip() for piece in _split(value, ","))


def _split(value: str, separator: str) -> Iterator[str]:
    start = at = 0
    angle = False
    while at < len(value):
        char = value[at]
        if char == '"' and not angle:
            quoted = _QUOTED.match(value, at)
            if quoted is None:
                raise MalformedMessage("unterminated quoted string", value[:40])
            at = quoted.end()
            continue
        if char == "<":
            angle = True
        elif char == ">":
            angle = False
        elif char == separator and not angle:
            yield value[start:at]
            start = at + 1
        at += 1
    yield value[start:]


def parse_params(text: str, where: str) -> Params:
    """`;a=1 ; b;c="x"` as ordered pairs; names keep their case, quoted values keep their quotes."""
    if not text:
        return ()
    pieces = text.split(";") if '"' not in text else list(_split(text, ";"))
    if pieces[0].strip():
        raise MalformedMessage(f"unexpected {pieces[0].strip()[:40]!r} before parameters", where)
    found: list[tuple[str, str | None]] = []
    for piece in pieces[1:]:
        name, equals, value = piece.partition("=")
        name = name.strip()
        if not is_token(name):
            raise MalformedMessage(f"bad parameter name {name[:40]!r}", where)
        found.append((name, _param_value(value.strip(), where) if equals else None))
    return tuple(found)


def _param_value(value: str, where: str) -> str:
    if value.startswith('"'):
        if _QUOTED.fullmatch(value) is None:
            raise MalformedMessage("unterminated quoted parameter", where)
    elif not value or any(c in value for c in ' \t\r\n"<>,'):
        raise MalformedMessage(f"bad parameter value {value[:40]!r}", where)
    return value


def param(params: Params, name: str) -> str | None:
    """The first parameter of that name, unquoted by nobody; a flag parameter is the empty text."""
    name = name.lower()
    for key, value in params:
        if key.lower() == name:
            return value or ""
    return None


def format_params(params: Params) -> str:
    return "".join(f";{key}" if value is None else f";{key}={value}" for key, value in params)


def with_param(params: Params, name: str, value: str | None) -> Params:
    """The same parameters with `name` set, in its old place where it had one."""
    lowered = name.lower()
    if any(key.lower() == lowered for key, _ in params):
        return tuple((key, value) if key.lower() == lowered else (key, old) for key, old in params)
    return (*params, (name, value))


def _host_port(text: str, where: str) -> tuple[str, int | None]:
    found = _SENT_BY.fullmatch(text)
    if found is None or _HOST.fullmatch(found[1]) is None:
        raise MalformedMessage(f"bad host {text[:60]!r}", where)
    port = int(found[2]) if found[2] else None
    if port is not None and port > 65535:
        raise MalformedMessage(f"bad port {port}", where)
    return found[1], port


@dataclass(frozen=True, slots=True, kw_only=True)
class Uri:
    """A SIP or SIPS URI (§19.1), or any other absolute URI, whose text after the scheme is then `opaque`."""

    scheme: str = "sip"
    user: str | None = None
    """As sent, escapes and password kept; `number` is the readable form."""
    host: str = ""
    port: int | None = None
    params: Params = ()
    headers: str = ""
    opaque: str = ""

    @classmethod
    def parse(cls, text: str, where: str = "uri") -> Self:
        scheme, colon, rest = text.partition(":")
        if not colon or _SCHEME.fullmatch(scheme) is None or any(c in rest for c in ' \t\r\n<>"'):
            raise MalformedMessage(f"bad URI {text[:80]!r}", where)
        if scheme.lower() not in ("sip", "sips"):
            return cls(scheme=scheme, opaque=rest)
        user: str | None = None
        if "@" in rest:
            user, _, rest = rest.partition("@")
            if _USER.fullmatch(user) is None:
                raise MalformedMessage(f"bad user {user[:60]!r}", where)
        rest, question, headers = rest.partition("?")
        if question and not headers:
            raise MalformedMessage("empty URI headers", where)
        host, semicolon, params = rest.partition(";")
        if _URI_PARAMS.fullmatch(params) is None or "@" in params:
            raise MalformedMessage(f"bad URI parameters {params[:60]!r}", where)
        name, port = _host_port(host, where)
        pairs = _uri_params(params, where) if semicolon else ()
        return cls(scheme=scheme, user=user, host=name, port=port, params=pairs, headers=headers)

    @property
    def number(self) -> str:
        """The user part without password and parameters, escapes undone: what was dialled."""
        user = (self.user or "").partition(":")[0].partition(";")[0]
        return unquote(user)

    def param(self, name: str) -> str | None:
        return param(self.params, name)

    def __str__(self) -> str:
        if self.scheme.lower() not in ("sip", "sips"):
            return f"{self.scheme}:{self.opaque}"
        user = "" if self.user is None else f"{self.user}@"
        port = "" if self.port is None else f":{self.port}"
        headers = f"?{self.headers}" if self.headers else ""
        return f"{self.scheme}:{user}{self.host}{port}{format_params(self.params)}{headers}"


def _uri_params(text: str, where: str) -> Params:
    found: list[tuple[str, str | None]] = []
    for piece in text.split(";"):
        name, equals, value = piece.partition("=")
        if not name or (equals and not value):
            raise MalformedMessage(f"bad URI parameter {piece[:40]!r}", where)
        found.append((name, value if equals else None))
    return tuple(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class NameAddr:
    """A From, To, Contact, Route or Record-Route value (§20.10): display name, URI, header parameters."""

    uri: Uri
    display: str = ""
    """As sent: a quoted string with its quotes, or tokens; `name` is the readable form."""
    params: Params = ()
    bracketed: bool = True

    @staticmethod
    def parse(text: str, where: str = "name-addr") -> "NameAddr":
        return _name_addr(text, where)

    @property
    def name(self) -> str:
        if self.display.startswith('"'):
            return re.sub(r"\\(.)", r"\1", self.display[1:-1], flags=re.DOTALL)
        return self.display

    @property
    def tag(self) -> str:
        return param(self.params, "tag") or ""

    def with_tag(self, tag: str) -> "NameAddr":
        return replace(self, params=with_param(self.params, "tag", tag))

    def __str__(self) -> str:
        if not self.bracketed:
            return f"{self.uri}{format_params(self.params)}"
        display = f"{self.display} " if self.display else ""
        return f"{display}<{self.uri}>{format_params(self.params)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Via:
    """One hop of the way back (§20.42), with `received` and `rport` of RFC 3581."""

    transport: str = "UDP"
    host: str
    port: int | None = None
    params: Params = ()

    @staticmethod
    def parse(text: str, where: str = "Via") -> "Via":
        return _via(text, where)

    @property
    def branch(self) -> str:
        return param(self.params, "branch") or ""

    @property
    def sent_by(self) -> str:
        return f"{self.host}:{self.port or 5060}"

    @property
    def reply_to(self) -> tuple[str, int]:
        """Where a response goes (§18.2.2, RFC 3581 §4): received and rport before sent-by."""
        rport = param(self.params, "rport") or ""
        port = int(rport) if rport.isdecimal() and rport.isascii() and len(rport) <= 5 else self.port or 5060
        return (param(self.params, "received") or self.host).strip("[]"), port

    def seen_from(self, host: str, port: int) -> "Via":
        """With `received`, and `rport` where it was asked for, as the server transport must add them."""
        params = tuple(pair for pair in self.params if pair[0].lower() != "received")  # not theirs to say
        asked = param(params, "rport") is not None
        if asked:
            params = with_param(params, "rport", str(port))
        if asked or host != self.host.strip("[]"):
            params = with_param(params, "received", host)
        return replace(self, params=params)

    def __str__(self) -> str:
        port = "" if self.port is None else f":{self.port}"
        return f"SIP/2.0/{self.transport} {self.host}{port}{format_params(self.params)}"


@dataclass(frozen=True, slots=True)
class CSeq:
    """Sequence number (below 2**31, §8.1.1.5) and method."""

    number: int
    method: str

    @classmethod
    def parse(cls, text: str, where: str = "CSeq") -> Self:
        found = _CSEQ.fullmatch(text.strip())
        if found is None or int(found[1]) >= 2**31 or not is_token(found[2]):
            raise MalformedMessage(f"bad CSeq {text[:60]!r}", where)
        return cls(int(found[1]), found[2])

    def __str__(self) -> str:
        return f"{self.number} {self.method}"


# One message asks for the same Via, From and To several times over; the small caches last about that long.


@lru_cache(maxsize=64)
def _via(text: str, where: str) -> Via:
    found = _VIA.fullmatch(text.strip())
    if found is None:
        raise MalformedMessage(f"bad Via {text[:80]!r}", where)
    host, port = _host_port(found[2], where)
    return Via(transport=found[1], host=host, port=port, params=parse_params(found[3] or "", where))


@lru_cache(maxsize=64)
def _name_addr(text: str, where: str) -> NameAddr:
    text = text.strip()
    if text.startswith('"'):
        quoted = _QUOTED.match(text)
        if quoted is None:
            raise MalformedMessage("unterminated quoted string", where)
        display, rest = quoted[0], text[quoted.end() :].lstrip()
        if not rest.startswith("<"):
            raise MalformedMessage("no address after the display name", where)
    else:
        opening = text.find("<")
        if opening < 0:
            return _bare_address(text, where)
        display, rest = text[:opening].strip(), text[opening:]
        if any(c in display for c in ',;:@">'):
            raise MalformedMessage(f"display name {display[:40]!r} needs quotes", where)
    inside, closing, params = rest[1:].partition(">")
    if not closing:
        raise MalformedMessage("missing '>'", where)
    pairs = parse_params(params.strip(), where)
    return NameAddr(uri=Uri.parse(inside, where), display=display, params=pairs)


def _bare_address(text: str, where: str) -> NameAddr:
    address, semicolon, params = text.partition(";")
    if "?" in address or "," in address:  # §20: such a URI must be in angle brackets
        raise MalformedMessage("URI with ',' or '?' outside angle brackets", where)
    uri = Uri.parse(address.strip(), where)
    return NameAddr(uri=uri, params=parse_params(semicolon + params, where), bracketed=False)
