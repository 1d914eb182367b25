"""Cuts a byte stream into SIP messages by Content-Length (RFC 3261 §18.3), within limits. Pure."""

import re

MOST_HEAD_BYTES = 16_384
MOST_BODY_BYTES = 49_152
PONG = b"\r\n"
_LENGTH = re.compile(rb"\r\n(?:content-length|l)[ \t]*:[ \t]*([0-9]{1,9})[ \t]*(?=\r\n)", re.IGNORECASE)


class UnframedError(Exception):
    """No telling where the message ends: the connection is of no more use."""


class Framer:
    """Feed it what arrives; whole messages come out, and `b""` for a double CRLF (a ping, RFC 5626)."""

    def __init__(self) -> None:
        self._held = b""

    @property
    def waiting(self) -> bool:
        """Part of a message is here."""
        return bool(self._held.strip(b"\r\n"))

    def feed(self, data: bytes) -> list[bytes]:
        """Raises `UnframedError`; what was whole before is lost with it."""
        self._held += data
        found: list[bytes] = []
        while True:
            while self._held.startswith(b"\r\n"):
                ping = self._held.startswith(b"\r\n\r\n")
                self._held = self._held[4 if ping else 2 :]
                if ping:
                    found.append(b"")
            message = self._message()
            if message is None:
                return found
            found.append(message)

    def _message(self) -> bytes | None:
        head, blank, rest = self._held.partition(b"\r\n\r\n")
        if not blank:
            if len(head) > MOST_HEAD_BYTES:
                raise UnframedError("headers without end")
            return None
        if len(head) > MOST_HEAD_BYTES:
            raise UnframedError("headers too long")
        lengths = {int(text) for text in _LENGTH.findall(head + b"\r\n")}
        if len(lengths) != 1:
            raise UnframedError("no Content-Length, or several")
        length = lengths.pop()
        if length > MOST_BODY_BYTES:
            raise UnframedError(f"a body of {length} bytes")
        if len(rest) < length:
            return None
        self._held = rest[length:]
        return head + blank + rest[:length]
