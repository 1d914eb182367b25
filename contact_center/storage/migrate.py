"""Bringing a database's schema up to this version of the program (Alembic, run from inside the package)."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

from contact_center.storage.engine import create_engine

_MIGRATIONS = Path(__file__).parent / "migrations"


def configuration(connection: Connection | None = None) -> Config:
    """Alembic's configuration without an ini file; `migrations/env.py` takes the connection from it."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


async def upgrade(url: str, revision: str = "head") -> None:
    """Apply the missing migrations in one transaction; does nothing when there are none."""
    engine = create_engine(url)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(lambda c: command.upgrade(configuration(c), revision))
    finally:
        await engine.dispose()
