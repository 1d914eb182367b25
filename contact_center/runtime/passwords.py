"""Passwords: kept as argon2id hashes, checked off the loop and in the same time whether the login exists."""

import asyncio

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError


def _owasp() -> PasswordHasher:
    """argon2id as the OWASP password storage cheat sheet asks: 19 MiB, 2 passes, 1 lane."""
    return PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


class Passwords:
    """Hashes and checks. At most two at once: each takes 19 MB and a core for some 30 ms."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or _owasp()
        self._nobody = self._hasher.hash("nobody's password")
        self._at_once = asyncio.Semaphore(2)

    def hash(self, password: str) -> str:
        return self._hasher.hash(password)

    async def check(self, stored_hash: str | None, password: str) -> bool:
        """Whether the password is right. With no hash (unknown login) it works as long, and says no."""
        async with self._at_once:
            right = await asyncio.to_thread(self._matches, stored_hash or self._nobody, password)
        return right and stored_hash is not None

    def _matches(self, stored_hash: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored_hash, password)
        except (VerificationError, InvalidHashError):
            return False
