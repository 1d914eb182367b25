"""SIP messages over datagrams, sans I/O: bytes to `Request` or `Response` and back (RFC 3261 §7, §18.3).

Header fields keep the very bytes they came with; only a field that is changed is written anew, so that a
forwarded message differs from the received one in nothing but what the proxy had to touch. Lines end in CRLF
and nothing else: parsers that disagree on where a header ends are how a message is smuggled past one of them.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Self

from contact_center.telephony.sip.syntax import (
    CSeq,
    MalformedMessage,
    NameAddr,
    Uri,
    Via,
    is_token,
    split_commas,
)

__all__ = [
    "CSeq",
    "Field",
    "Headers",
    "MalformedMessage",
    "NameAddr",
    "Request",
    "Response",
    "Uri",
    "Via",
    "parse",
    "respond",
    "salvage",
]

_COMPACT = {
    "a": "accept-contact",
    "b": "referred-by",
    "c": "content-type",
    "e": "content-encoding",
    "f": "from",
    "i": "call-id",
    "k": "supported",
    "l": "content-length",
    "m": "contact",
    "o": "event",
    "r": "refer-to",
    "s": "subject",
    "t": "to",
    "u": "allow-events",
    "v": "via",
    "x": "session-expires",
}
_ONCE = ("from", "to", "call-id", "cseq", "max-forwards", "content-length", "content-type")
_FOLD = re.compile(r"[ \t]*\r\n[ \t]+")
_STATUS = re.compile(r"SIP/2\.0 ([1-6][0-9][0-9])(?: (.*))?", re.IGNORECASE | re.DOTALL)
_VERSION = re.compile(r"SIP/[0-9]+\.[0-9]+", re.IGNORECASE)

REASONS = {
    100: "Trying",
    180: "Ringing",
    200: "OK",
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    406: "Not Acceptable",
    407: "Proxy Authentication Required",
    408: "Request Timeout",
    415: "Unsupported Media Type",
    416: "Unsupported URI Scheme",
    420: "Bad Extension",
    423: "Interval Too Brief",
    480: "Temporarily Unavailable",
    481: "Call/Transaction Does Not Exist",
    482: "Loop Detected",
    483: "Too Many Hops",
    486: "Busy Here",
    487: "Request Terminated",
    488: "Not Acceptable Here",
    491: "Request Pending",
    500: "Server Internal Error",
    503: "Service Unavailable",
    505: "Version Not Supported",
    513: "Message Too Large",
    603: "Decline",
}


@dataclass(frozen=True, slots=True)
class Field:
    """One header field as it stands on the wire, folding included, without its last CRLF."""

    key: str
    """Lower case, compact form written out."""
    raw: str

    @classmethod
    def make(cls, name: str, value: str) -> Self:
        """A field of our own; line ends in the value would be an injected header, so they are refused."""
        if "\r" in value or "\n" in value:
            raise MalformedMessage("line end in a header value", name)
        return cls(_key(name), f"{name}: {value}")

    @property
    def value(self) -> str:
        value = self.raw.partition(":")[2]
        return (_FOLD.sub(" ", value) if "\r\n" in value else value).strip()

    @property
    def name(self) -> str:
        """As written by the sender."""
        return self.raw.partition(":")[0].rstrip()


def _key(name: str) -> str:
    name = name.lower()
    return _COMPACT.get(name, name) if len(name) == 1 else name


@dataclass(frozen=True, slots=True)
class Headers:
    """The header fields in order; every change gives a new `Headers` sharing the untouched fields."""

    fields: tuple[Field, ...] = ()

    @classmethod
    def of(cls, *pairs: tuple[str, str]) -> Self:
        return cls(tuple(Field.make(name, value) for name, value in pairs))

    def get(self, name: str, default: str = "") -> str:
        """Value of the first field of that name, unfolded."""
        key = _key(name)
        for field in self.fields:
            if field.key == key:
                return field.value
        return default

    def __contains__(self, name: str) -> bool:
        key = _key(name)
        return any(field.key == key for field in self.fields)

    def __iter__(self) -> Iterator[Field]:
        return iter(self.fields)

    def values(self, name: str) -> tuple[str, ...]:
        """All values of a comma-separated header, across fields, in order."""
        key = _key(name)
        return tuple(value for f in self.fields if f.key == key for value in split_commas(f.value))

    def appended(self, name: str, value: str) -> "Headers":
        return Headers((*self.fields, Field.make(name, value)))

    def prepended(self, name: str, value: str) -> "Headers":
        """Put above the first field of that name, or on top of all."""
        key = _key(name)
        at = next((i for i, field in enumerate(self.fields) if field.key == key), 0)
        return Headers((*self.fields[:at], Field.make(name, value), *self.fields[at:]))

    def without(self, name: str) -> "Headers":
        key = _key(name)
        return Headers(tuple(field for field in self.fields if field.key != key))

    def replaced(self, name: str, value: str) -> "Headers":
        """The one field of that name with another value, in its place; appended where there was none."""
        key = _key(name)
        for i, field in enumerate(self.fields):
            if field.key == key:
                fresh = Field(key, Field.make(field.name, value).raw)
                return Headers((*self.fields[:i], fresh, *self.fields[i + 1 :]))
        return self.appended(name, value)

    def first_replaced(self, name: str, value: str | None) -> "Headers":
        """The first *value* of a comma-separated header replaced, or with `None` removed; others stay."""
        key = _key(name)
        for i, field in enumerate(self.fields):
            if field.key == key:
                rest = split_commas(field.value)[1:]
                kept = rest if value is None else (value, *rest)
                fresh = (Field(key, Field.make(field.name, ", ".join(kept)).raw),) if kept else ()
                return Headers((*self.fields[:i], *fresh, *self.fields[i + 1 :]))
        return self


@dataclass(frozen=True, slots=True)
class _Message:
    headers: Headers
    body: bytes

    @property
    def via(self) -> Via:
        """The topmost Via."""
        values = self.headers.values("via")
        if not values:
            raise MalformedMessage("missing", "Via")
        return Via.parse(values[0])

    @property
    def from_(self) -> NameAddr:
        return NameAddr.parse(self.headers.get("from"), "From")

    @property
    def to(self) -> NameAddr:
        return NameAddr.parse(self.headers.get("to"), "To")

    @property
    def cseq(self) -> CSeq:
        return CSeq.parse(self.headers.get("cseq"))

    @property
    def call_id(self) -> str:
        return self.headers.get("call-id")

    def addresses(self, name: str) -> tuple[NameAddr, ...]:
        """Contact, Route or Record-Route as addresses, in order."""
        return tuple(NameAddr.parse(value, name) for value in self.headers.values(name))

    def with_headers(self, headers: Headers) -> Self:
        return replace(self, headers=headers)

    def _bytes(self, start: str) -> bytes:
        lines = "\r\n".join((start, *(field.raw for field in self.headers.fields), "", ""))
        return lines.encode("utf-8", "surrogateescape") + self.body


@dataclass(frozen=True, slots=True)
class Request(_Message):
    """A request; `target` is the Request-URI as sent."""

    method: str
    target: str

    @property
    def uri(self) -> Uri:
        return Uri.parse(self.target, "Request-URI")

    def __bytes__(self) -> bytes:
        return self._bytes(f"{self.method} {self.target} SIP/2.0")


@dataclass(frozen=True, slots=True)
class Response(_Message):
    """A response."""

    status: int
    reason: str

    def __bytes__(self) -> bytes:
        return self._bytes(f"SIP/2.0 {self.status} {self.reason}")


def parse(datagram: bytes) -> Request | Response:
    """Read one datagram; raises `MalformedMessage` and nothing else."""
    start, lines, body = _split_message(datagram)
    headers = Headers(tuple(_fields(lines)))
    message: Request | Response
    if start[:4].upper() == "SIP/":
        message = _response(start, headers, body)
    else:
        message = _request(start, headers, body)
    return _checked(message)


def _split_message(datagram: bytes) -> tuple[str, list[str], bytes]:
    head, blank, body = datagram.lstrip(b"\r\n").partition(b"\r\n\r\n")
    if not blank:
        raise MalformedMessage("no empty line after the headers", "message")
    start, *lines = head.decode("utf-8", "surrogateescape").split("\r\n")
    return start, lines, body


def _fields(lines: Iterable[str], *, forgiving: bool = False) -> Iterator[Field]:
    pending: Field | None = None
    for line in lines:
        sound = "\r" not in line and "\n" not in line
        if sound and pending is not None and line[:1] in (" ", "\t"):
            pending = Field(pending.key, f"{pending.raw}\r\n{line}")
            continue
        if pending is not None:
            yield pending
        pending = None
        name, colon, _ = line.partition(":")
        name = name.rstrip(" \t")
        if not sound or not colon or not is_token(name):
            if forgiving:
                continue
            raise MalformedMessage(f"not a header field: {line[:60]!r}", "headers")
        pending = Field(_key(name), line)
    if pending is not None:
        yield pending


def _request(start: str, headers: Headers, body: bytes) -> Request:
    parts = start.split(" ")
    if len(parts) != 3 or not is_token(parts[0]) or _VERSION.fullmatch(parts[2]) is None:
        raise MalformedMessage(f"bad request line {start[:80]!r}", "request line")
    if parts[2].upper() != "SIP/2.0":
        raise MalformedMessage(f"version {parts[2]}", "request line", 505)
    request = Request(headers, body, parts[0], parts[1])
    if request.uri.headers:  # §19.1.1: headers are not allowed in a Request-URI
        raise MalformedMessage("headers in the Request-URI", "Request-URI")
    return request


def _response(start: str, headers: Headers, body: bytes) -> Response:
    found = _STATUS.fullmatch(start)
    if found is None or "\r" in start or "\n" in start:
        raise MalformedMessage(f"bad status line {start[:80]!r}", "status line")
    return Response(headers, body, int(found[1]), found[2] or "")


def _checked(message: Request | Response) -> Request | Response:
    """Mandatory headers are there, once, and readable (§8.1.1, §20); the body is all there (§18.3)."""
    keys = [field.key for field in message.headers.fields]
    for key in _ONCE:
        if keys.count(key) > 1:
            raise MalformedMessage("more than one", key)
    if not message.call_id or any(c in message.call_id for c in " \t,"):
        raise MalformedMessage("missing or bad", "Call-ID")
    _ = message.from_, message.to
    for value in message.headers.values("via") or ("",):
        Via.parse(value)
    cseq = message.cseq
    if isinstance(message, Request) and cseq.method != message.method:
        raise MalformedMessage(f"{cseq.method} in a {message.method}", "CSeq")
    if _number(message.headers, "max-forwards", 0) > 255:
        raise MalformedMessage("above 255", "Max-Forwards")
    length = _number(message.headers, "content-length", len(message.body))
    if length > len(message.body):
        raise MalformedMessage(f"{length} bytes promised, {len(message.body)} sent", "Content-Length")
    return message if length == len(message.body) else replace(message, body=message.body[:length])


def _number(headers: Headers, name: str, default: int) -> int:
    if name not in headers:
        return default
    text = headers.get(name)
    if not text.isdecimal() or not text.isascii() or len(text) > 10:
        raise MalformedMessage(f"not a number: {text[:20]!r}", name)
    return int(text)


def salvage(datagram: bytes) -> Request | None:
    """What can be read of a malformed request, if that is enough to answer it (§8.2.6.2); else `None`."""
    try:
        start, lines, _ = _split_message(datagram if b"\r\n\r\n" in datagram else datagram + b"\r\n\r\n")
        method, _, _ = start.partition(" ")
        if not is_token(method) or start[:4].upper() == "SIP/" or method == "ACK":
            return None
        headers = Headers(tuple(_fields(lines, forgiving=True)))
        request = Request(headers, b"", method, "sip:invalid")
        _ = request.via
    except MalformedMessage:
        return None
    wanted = ("from", "to", "call-id", "cseq")
    if any(not headers.get(name) for name in wanted) or headers.get("cseq").endswith("ACK"):
        return None
    return request


def respond(
    request: Request, status: int, *extra: tuple[str, str], reason: str = "", tag: str = "", body: bytes = b""
) -> Response:
    """The response to `request` (§8.2.6): its Via, From, To, Call-ID and CSeq as they came, `tag` on To."""
    copied = [f for f in request.headers if f.key in ("via", "from", "to", "call-id", "cseq")]
    headers = Headers(tuple(copied))
    if tag and status > 100:
        try:
            to = request.to
        except MalformedMessage:  # answering what could not be parsed: To goes back as it came
            pass
        else:
            headers = headers if to.tag else headers.replaced("To", str(to.with_tag(tag)))
    fields = [Field.make(name, value) for name, value in extra]
    fields.append(Field.make("Content-Length", str(len(body))))
    return Response(
        Headers((*headers.fields, *fields)), body, status, reason or REASONS.get(status, "Unknown")
    )
