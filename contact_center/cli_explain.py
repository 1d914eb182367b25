"""`contact-center explain CONTACT`: who was offered a call, why, and by which numbers."""

import asyncio
import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from contact_center.config import Settings
from contact_center.terminal import fail, out, settings_or_fail

if TYPE_CHECKING:
    from contact_center.cti.events import OfferMade, Recorded
    from contact_center.runtime.directory import Directory


def explain(
    contact: Annotated[str, typer.Argument(help="The contact's id, as in its story.")],
    as_json: Annotated[bool, typer.Option("--json", help="One list of decisions.")] = False,
) -> None:
    """Every routing decision made for a contact: candidates, numbers, and a sentence in both languages."""
    from contact_center.acd.explain import reasons
    from contact_center.cti.events import OfferMade

    log, directory = asyncio.run(_told(settings_or_fail(), contact))
    names = {agent.id: agent.name for agent in directory.agents.values()}
    why = reasons(log, names)
    made = [(each, each.event) for each in log if isinstance(each.event, OfferMade)]
    if not log:
        fail(f"nothing is known of a contact {contact!r}")
    if as_json:
        rows = [
            {
                "at": each.at,
                "agent": offer.agent,
                "sentence": why[each.seq],
                "decision": asdict(offer.decision),
            }
            for each, offer in made
        ]
        print(json.dumps(rows, ensure_ascii=False))
        return
    for each, offer in made:
        when = datetime.fromtimestamp(each.at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
        out.print(
            f"{when}  {offer.queue} → {names.get(offer.agent, offer.agent)}", highlight=False, markup=False
        )
        for text in why[each.seq].values():
            out.print(f"  {text}", highlight=False, markup=False)
        out.print(_candidates(offer, names))
    if not made:
        out.print("It was offered to nobody.")


def _candidates(offer: "OfferMade", names: dict[str, str]) -> Table:
    decision = offer.decision
    title = f"urgency {decision.urgency:.2f}, gain {decision.gain:.2f}, loss {decision.loss:.2f}"
    table = Table("candidate", "level", "proficiency", "idle s", "penalty", "price", title=title)
    for one in decision.candidates:
        numbers = (
            str(one.level),
            str(one.proficiency),
            f"{one.idle_s:.0f}",
            f"{one.penalty:.2f}",
            f"{one.price:.2f}",
        )
        table.add_row(names.get(one.agent, one.agent), *numbers)
    return table


async def _told(settings: Settings, contact: str) -> "tuple[list[Recorded], Directory]":
    from contact_center.storage.directory import load_directory
    from contact_center.storage.engine import open_database
    from contact_center.storage.events import EventStore

    opened = open_database(settings.effective_database_url)
    try:
        return await EventStore(opened).of_contact(contact), await load_directory(opened)
    finally:
        await opened.close()
