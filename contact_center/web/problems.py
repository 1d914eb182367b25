"""Every error as problem details (RFC 9457), so that a client has one shape to read."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from contact_center.ivr.telling import told
from contact_center.runtime.errors import Conflict, NotFound
from contact_center.runtime.people import Language


class Problem(BaseModel):
    """Problem details. `type` ends in the code that tells conflicts apart (`device`, `disposition`...)."""

    type: str
    title: str
    status: int
    detail: str


def problem(
    status: int, detail: str, *, code: str | None = None, headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """A problem response; without a code the type is `about:blank` (the status says it all)."""
    body = Problem(
        type=f"urn:contact-center:problem:{code}" if code else "about:blank",
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
    )
    return JSONResponse(
        body.model_dump(), status, headers=dict(headers or {}), media_type="application/problem+json"
    )


def add_problem_details(app: FastAPI) -> None:
    """Answer refusals and faults of any route with problem details."""
    app.add_exception_handler(Conflict, _conflict)
    app.add_exception_handler(NotFound, _not_found)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(Exception, _fault)


def _reader(request: Request) -> Language:
    return "zh" if request.query_params.get("reader") == "zh" else "en"


async def _conflict(request: Request, error: Any) -> JSONResponse:
    """In the language of a route that has a `reader`, where the room has told a sentence."""
    return problem(409, told(error.detail, _reader(request)), code=error.code)


async def _not_found(_request: Request, error: Any) -> JSONResponse:
    return problem(404, error.detail)


async def _http(_request: Request, error: Any) -> JSONResponse:
    return problem(error.status_code, str(error.detail), headers=error.headers)


async def _invalid(_request: Request, error: Any) -> JSONResponse:
    """Says where and why, never what was sent: that may be a password."""
    faults = (f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors())
    return problem(422, "; ".join(faults))


async def _fault(_request: Request, _error: Any) -> JSONResponse:
    return problem(500, "The server failed; its log says why.")
