"""Headers that keep a browser safe, and a bound on request bodies, around the application (ASGI)."""

from fastapi import HTTPException
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from contact_center.customers.record import LARGEST_RECORD
from contact_center.ivr.source import LARGEST_FILE_BYTES

MOST_BODY_BYTES = 256 * 1024
"""The largest body elsewhere is an SDP offer, some 20 KB."""
FLOWS, MOST_FLOW_BODY_BYTES = "/api/v1/flows/", 2 * LARGEST_FILE_BYTES + 4096
"""A flow's text may be as large as its file; in JSON a line's end and a quotation mark take two bytes."""
RECORDS, MOST_RECORD_BODY_BYTES = "/api/v1/customers", 12 * LARGEST_RECORD + 4096
"""A record may be as large as its limits let it; a character takes twelve bytes at most (two escapes)."""

SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data:; media-src 'self' blob:; object-src 'none'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "microphone=(self), camera=(), geolocation=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class Guarded:
    """Adds the headers to every response; a body that is too large, announced or not, is refused (413)."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
                if scope["path"].startswith("/api/"):
                    headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self._app(scope, _bounded(scope, receive), send_with_headers)


def _bounded(scope: Scope, receive: Receive) -> Receive:
    """`receive`, refusing once the route reads more than is allowed."""
    announced = Headers(scope=scope).get("content-length", "0")
    larger = {FLOWS: MOST_FLOW_BODY_BYTES, RECORDS: MOST_RECORD_BODY_BYTES}
    most = next((most for path, most in larger.items() if scope["path"].startswith(path)), MOST_BODY_BYTES)
    received = 0

    async def receive_some() -> Message:
        nonlocal received
        if announced.isdigit() and int(announced) > most:
            raise HTTPException(413, f"A body has at most {most} bytes.")
        message = await receive()
        received += len(message.get("body", b""))
        if received > most:
            raise HTTPException(413, f"A body has at most {most} bytes.")
        return message

    return receive_some
