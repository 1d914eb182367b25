"""Console sessions: logging in (throttled, in constant time), the live session of a cookie, logging out."""

import hashlib
import logging
import secrets
from collections.abc import Callable
from typing import Protocol

from contact_center.runtime.passwords import Passwords
from contact_center.runtime.people import Session, User
from contact_center.web.throttle import TokenBuckets

_log = logging.getLogger(__name__)


class WrongCredentials(Exception):  # noqa: N818  # named for what happened, as the other refusals are
    """Login or password is wrong; which one is not said."""


class TooManyTries(Exception):  # noqa: N818
    """Try again in `retry_after_s`."""

    def __init__(self, retry_after_s: float) -> None:
        super().__init__(f"too many tries; again in {retry_after_s:.0f} s")
        self.retry_after_s = retry_after_s


class PeopleBook(Protocol):
    """The stored users and sessions (`storage.people.People`)."""

    async def user(self, login: str) -> tuple[User, str] | None: ...
    async def open_session(self, opened: Session, now: float) -> None: ...
    async def session(self, token_hash: str, now: float) -> Session | None: ...
    async def close_session(self, token_hash: str) -> None: ...


class Sessions:
    """Who is logged in to the console."""

    def __init__(
        self, people: PeopleBook, passwords: Passwords, *, session_s: float, clock: Callable[[], float]
    ) -> None:
        self.session_s = session_s
        self._people = people
        self._passwords = passwords
        self._clock = clock
        self._per_login = TokenBuckets(capacity=5, refill_s=10.0)
        self._per_source = TokenBuckets(capacity=60, refill_s=1.0)

    async def log_in(self, login: str, password: str, source: str) -> tuple[str, Session]:
        """A new session and its token; raises `WrongCredentials` or `TooManyTries`."""
        now = self._clock()
        key = f"{source} {login}"
        if wait_s := max(self._per_source.take(source, now), self._per_login.take(key, now)):
            raise TooManyTries(wait_s)
        user, stored_hash = await self._people.user(login) or (None, None)
        right = await self._passwords.check(stored_hash, password)
        if user is None or not right:
            _log.warning("log-in as %r from %s refused", login, source)
            raise WrongCredentials
        self._per_login.forgive(key)
        token = secrets.token_urlsafe(32)
        opened = Session(
            token_hash=_hashed(token),
            csrf=secrets.token_urlsafe(32),
            user=user,
            expires_at=now + self.session_s,
        )
        await self._people.open_session(opened, now)
        return token, opened

    async def of_token(self, token: str | None) -> Session | None:
        """The live session a cookie stands for."""
        if not token:
            return None
        return await self._people.session(_hashed(token), self._clock())

    async def log_out(self, session: Session) -> None:
        await self._people.close_session(session.token_hash)


def _hashed(token: str) -> str:
    """Tokens are random, so a plain hash suffices; a stolen database then opens no session."""
    return hashlib.sha256(token.encode()).hexdigest()
