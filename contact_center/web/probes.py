"""`/healthz`, `/readyz` and `/metrics`: what machines ask."""

from collections.abc import Awaitable, Callable, Mapping

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from starlette.responses import JSONResponse, PlainTextResponse


def probe_routes(
    roles: Callable[[], Mapping[str, bool]],
    database_up: Callable[[], Awaitable[bool]],
    registry: CollectorRegistry,
) -> APIRouter:
    routes = APIRouter(tags=["probes"])

    @routes.get("/healthz", response_class=PlainTextResponse)
    async def healthz() -> str:
        """The process is up."""
        return "ok\n"

    @routes.get("/readyz")
    async def readyz() -> Response:
        """Every role is connected and the database answers."""
        state = {**roles(), "database": await database_up()}
        return JSONResponse({"roles": state}, 200 if all(state.values()) else 503)

    @routes.get("/metrics")
    async def metrics() -> Response:
        """Prometheus text."""
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    return routes
