"""Who may call what: cookie, role, CSRF token and origin, checked in one place."""

import secrets
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from fastapi import HTTPException, Request
from starlette.requests import HTTPConnection

from contact_center.runtime.people import Role, Session
from contact_center.web.sessions import Sessions

COOKIE = "cc_session"
CSRF_HEADER = "X-CSRF-Token"
_CHANGES_NOTHING = ("GET", "HEAD", "OPTIONS")


def same_origin(connection: HTTPConnection) -> bool:
    """Whether the request comes from a page that this host served (browsers cannot forge `Origin`)."""
    origin = urlsplit(connection.headers.get("origin", ""))
    return bool(origin.netloc) and origin.netloc.lower() == connection.headers.get("host", "").lower()


def require_same_origin(request: Request) -> None:
    """Refuse a changing call from elsewhere."""
    if request.method not in _CHANGES_NOTHING and not same_origin(request):
        raise HTTPException(403, "The Origin header must name the host that serves the console.")


class Access:
    """Builds the checks that routes depend on."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    async def session_of(self, connection: HTTPConnection) -> Session | None:
        """The live session of the connection's cookie."""
        return await self._sessions.of_token(connection.cookies.get(COOKIE))

    async def session(self, request: Request) -> Session:
        """The live session, with its CSRF token and a same origin on every changing call."""
        require_same_origin(request)
        session = await self.session_of(request)
        if session is None:
            raise HTTPException(401, "Log in first.")
        if request.method not in _CHANGES_NOTHING:
            given = request.headers.get(CSRF_HEADER, "")
            if not secrets.compare_digest(given.encode(), session.csrf.encode()):
                raise HTTPException(403, f"The {CSRF_HEADER} header is missing or not this session's.")
        return session

    def needs(self, *roles: Role) -> Callable[[Request], Awaitable[Session]]:
        """A check that the session's user has one of `roles`."""

        async def check(request: Request) -> Session:
            session = await self.session(request)
            if not set(roles) & set(session.user.roles):
                raise HTTPException(403, f"This needs the role {' or '.join(roles)}.")
            return session

        return check

    async def own_agent(self, request: Request) -> str:
        """The agent the session acts as."""
        session = await self.needs("agent")(request)
        if session.user.agent is None:
            raise HTTPException(403, "This user is no agent.")
        return session.user.agent
