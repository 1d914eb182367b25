"""What every command prints with, and how it fails."""

from typing import NoReturn

import typer
from rich.console import Console

from contact_center.config import Settings, SettingsError, load_settings

out = Console()
err = Console(stderr=True)


def fail(message: str) -> NoReturn:
    """Say why and end with status 1."""
    err.print(f"[bold red]error:[/] {message}", highlight=False, soft_wrap=True)
    raise typer.Exit(1)


def settings_or_fail() -> Settings:
    try:
        return load_settings()
    except SettingsError as error:
        fail(str(error))
