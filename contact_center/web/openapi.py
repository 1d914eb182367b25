"""The OpenAPI document, with what it cannot say by itself: the rows of the feed."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from contact_center.web.feed_rows import feed_schemas


def openapi_of(app: FastAPI) -> dict[str, Any]:
    """The application's document with the feed's rows among its schemas; kept, as FastAPI keeps its own."""
    if app.openapi_schema is None:
        document = get_openapi(title=app.title, version=app.version, routes=app.routes)
        components = document.setdefault("components", {})
        components["schemas"] = {**feed_schemas(), **components.get("schemas", {})}
        app.openapi_schema = document
    return app.openapi_schema
