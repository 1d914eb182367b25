"""Reference pages made from the code, so that they cannot be wrong: `python -m contact_center.reference`."""

import asyncio
import json
import textwrap
from dataclasses import fields
from pathlib import Path
from types import UnionType
from typing import Any, get_args, get_type_hints

import httpx
from pydantic import TypeAdapter
from pydantic_core import PydanticUndefined
from starlette.types import ASGIApp

from contact_center.config import Settings
from contact_center.cti.events import VERSION, CtiEvent
from contact_center.cti.journal import event_codec
from contact_center.ivr import reference as flows
from contact_center.web.app import create_app

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs" / "reference"


def settings_page() -> str:
    """`docs/reference/settings.md`."""
    lines = [
        "# Settings",
        "",
        *_paragraph(
            "Made from `contact_center/config.py`. Each is a key of `contact-center.toml` (in the working "
            "directory, or the file `CC_CONFIG` names) or an environment variable, which wins. A wrong or "
            "unknown one is refused at start with its name and the reason."
        ),
        "",
        "| environment | key | default | what |",
        "| --- | --- | --- | --- |",
    ]
    for name, field in Settings.model_fields.items():
        default = "" if field.default in (PydanticUndefined, None, "") else f"`{field.default}`"
        lines.append(f"| `CC_{name.upper()}` | `{name}` | {default} | {field.description} |")
    return "\n".join(lines) + "\n"


def events_page() -> str:
    """`docs/reference/cti-events.md`."""
    lines = [
        "# CTI events",
        "",
        *_paragraph(
            f"Made from `contact_center/cti/events.py`, version {VERSION}. One closed union; each recorded "
            "event has `seq` (from 1, no gaps), `id`, `at` (epoch seconds, never decreasing) and the `event` "
            "below with its `type`. The JSON Schema of `event` is "
            "[cti-events.schema.json](cti-events.schema.json). With Redis, the stream `cc:events` holds them "
            "under the entry id `<seq>-0`, fields `type` and `body`."
        ),
        "",
    ]
    for kind in get_args(CtiEvent):
        hints = get_type_hints(kind)
        doc = (kind.__doc__ or "").strip()
        lines += [f"## {kind.__name__}", ""]
        if not doc.startswith(f"{kind.__name__}("):
            lines += [" ".join(doc.split()), ""]
        own = [f"`{f.name}` {_named(hints[f.name])}" for f in fields(kind) if f.name != "type"]
        lines += [" · ".join(own), ""]
    return "\n".join(lines).rstrip() + "\n"


def events_schema() -> str:
    """`docs/reference/cti-events.schema.json`."""
    schema = {"title": f"CTI event, version {VERSION}", **event_codec.json_schema()}
    return json.dumps(schema, indent=1, ensure_ascii=False) + "\n"


def openapi_page() -> str:
    """`docs/reference/openapi.json`, as a running core serves it (the console's types are made from it)."""
    nobody: Any = None  # the document needs the routes, not what answers them
    app = create_app(
        people=nobody,
        passwords=nobody,
        records=nobody,
        region="",
        events=nobody,
        directory=nobody,
        desk=nobody,
        feed=nobody,
        roles=nobody,
        database_up=nobody,
        registry=nobody,
        recordings=nobody,
        recordings_dir=Path(),
        loyalty=nobody,
        callback_line=nobody,
        callbacks=nobody,
        flows=nobody,
        routing=nobody,
        simulations=nobody,
        day_of=nobody,
        nights=nobody,
        kept_nights=nobody,
        database=nobody,
        previews=nobody,
        session_s=0,
    )
    loop = asyncio.new_event_loop()  # not `asyncio.run`: that would take the caller's thread its loop
    try:
        document = loop.run_until_complete(_served(app))
    finally:
        loop.close()
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


async def _served(app: ASGIApp) -> Any:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        return (await client.get("/api/openapi.json")).raise_for_status().json()


def pages() -> dict[Path, str]:
    """Every generated page by its path."""
    return {
        DOCS / "settings.md": settings_page(),
        DOCS / "cti-events.md": events_page(),
        DOCS / "cti-events.schema.json": events_schema(),
        DOCS / "openapi.json": openapi_page(),
        **flows.files(ROOT),
    }


def _paragraph(text: str) -> list[str]:
    return textwrap.wrap(text, 116, break_long_words=False, break_on_hyphens=False)


def _named(hint: Any) -> str:
    """A type as people read it."""
    if isinstance(hint, UnionType):
        return " or ".join(_named(each) for each in get_args(hint))
    if hint is type(None):
        return "none"
    schema = TypeAdapter(hint).json_schema()
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    if "const" in schema:
        return str(schema["const"])
    kinds = {"string": "text", "number": "number", "integer": "whole number", "boolean": "yes/no"}
    kind = schema.get("type", "")
    return kinds.get(kind, "mapping" if kind == "object" else "list")


def main() -> None:
    """Write all pages."""
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
