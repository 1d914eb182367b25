"""What the commands say, and how they end when something is wrong."""

from typing import NoReturn

import typer
from rich.console import Console

from contact_center.config import Settings, SettingsError, load_settings

out = Console()
err = Console(stderr=True)


def fail(message: str) -> NoReturn:
    err.print(f"[bold red]error:[/] {message}", highlight=False, soft_wrap=True)
    raise typer.Exit(1)


def settings() -> Settings:
    """The settings, or the end of the command."""
    try:
        return load_settings()
    except SettingsError as error:
        fail(str(error))
