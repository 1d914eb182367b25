"""What every command prints with, and how it fails."""

from typing import NoReturn

import typer
from rich.console import Console
from rich.markup import escape

from contact_center.config import Settings, SettingsError, load_settings

out = Console()
err = Console(stderr=True)


def fail(message: str) -> NoReturn:
    """Say why and end with status 1; brackets in what is said are no markup."""
    err.print(f"[bold red]error:[/] {escape(plain(message))}", highlight=False, soft_wrap=True)
    raise typer.Exit(1)


def say(line: object) -> None:
    """One line as it is, for people and for programs."""
    out.print(plain(str(line)), highlight=False, markup=False, soft_wrap=True)


def plain(text: str) -> str:
    """Without characters that would steer the terminal: a file's own names may hold some."""
    return "".join(
        each if each.isprintable() or each in "\n\t" else each.encode("unicode_escape").decode()
        for each in text
    )


def settings_or_fail() -> Settings:
    try:
        return load_settings()
    except SettingsError as error:
        fail(str(error))
