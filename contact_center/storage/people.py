"""Users and their console sessions."""

from typing import Any

from sqlalchemy import delete, insert, select, update

from contact_center.runtime.people import Session, User
from contact_center.storage.engine import Database
from contact_center.storage.tables import session, user_account

_USER = (
    user_account.c.id,
    user_account.c.login,
    user_account.c.name,
    user_account.c.roles,
    user_account.c.agent,
    user_account.c.language,
)


class People:
    """Log-ins by login name, sessions by the hash of their token."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def user(self, login: str) -> tuple[User, str] | None:
        """The user with this login and their password hash."""
        query = select(*_USER, user_account.c.password_hash).where(user_account.c.login == login)
        async with self._database.reading() as connection:
            row = (await connection.execute(query)).one_or_none()
        return None if row is None else (_user(row), row.password_hash)

    async def save_user(self, user: User, password_hash: str) -> None:
        """Add the user, or replace the one with the same id (their sessions end)."""
        values = {
            "login": user.login,
            "name": user.name,
            "roles": list(user.roles),
            "agent": user.agent,
            "language": user.language,
            "password_hash": password_hash,
        }
        async with self._database.transaction() as connection:
            same = user_account.c.id == user.id
            if (await connection.execute(update(user_account).where(same).values(values))).rowcount == 0:
                await connection.execute(insert(user_account).values(id=user.id, **values))
            await connection.execute(delete(session).where(session.c.user == user.id))

    async def open_session(self, opened: Session, now: float) -> None:
        """Keep a new session, and forget those that have expired."""
        async with self._database.transaction() as connection:
            await connection.execute(delete(session).where(session.c.expires_at <= now))
            await connection.execute(
                insert(session).values(
                    token_hash=opened.token_hash,
                    csrf=opened.csrf,
                    user=opened.user.id,
                    expires_at=opened.expires_at,
                )
            )

    async def session(self, token_hash: str, now: float) -> Session | None:
        """The live session of a token, None when it is unknown or over."""
        query = (
            select(*_USER, session.c.csrf, session.c.expires_at)
            .join_from(session, user_account)
            .where(session.c.token_hash == token_hash, session.c.expires_at > now)
        )
        async with self._database.reading() as connection:
            row = (await connection.execute(query)).one_or_none()
        if row is None:
            return None
        return Session(token_hash=token_hash, csrf=row.csrf, user=_user(row), expires_at=row.expires_at)

    async def close_session(self, token_hash: str) -> None:
        async with self._database.transaction() as connection:
            await connection.execute(delete(session).where(session.c.token_hash == token_hash))


def _user(row: Any) -> User:
    return User(
        id=row.id,
        login=row.login,
        name=row.name,
        roles=tuple(row.roles),
        agent=row.agent,
        language=row.language,
    )
