"""Who may use the console, and as what."""

from dataclasses import dataclass
from typing import Literal

Role = Literal["agent", "supervisor", "administrator", "integrator"]
Language = Literal["en", "zh"]


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A person with a log-in; `agent` is set when they take calls."""

    id: str
    login: str
    name: str
    roles: tuple[Role, ...]
    agent: str | None = None
    language: Language = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A console log-in until `expires_at` (epoch seconds). Of the cookie's token only the hash is kept."""

    token_hash: str
    csrf: str
    user: User
    expires_at: float
