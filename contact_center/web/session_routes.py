"""`/session`: logging in to the console and out of it."""

import math
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request, Response

from contact_center.runtime.people import Session
from contact_center.web.access import COOKIE, Access, require_same_origin
from contact_center.web.bodies import Credentials, SessionBody
from contact_center.web.ports import Desk
from contact_center.web.sessions import Sessions, TooManyTries, WrongCredentials


def session_routes(sessions: Sessions, access: Access, desk: Desk, *, secure_cookies: bool) -> APIRouter:
    routes = APIRouter(prefix="/session", tags=["session"])
    own_session = Annotated[Session, Depends(access.session)]

    @routes.post("", dependencies=[Depends(require_same_origin)])
    async def log_in(credentials: Credentials, request: Request, response: Response) -> SessionBody:
        """Open a session: the answer sets the cookie and names the CSRF token."""
        source = request.client.host if request.client else "unknown"
        try:
            token, session = await sessions.log_in(credentials.login, credentials.password, source)
        except WrongCredentials as error:
            raise HTTPException(401, "Login or password is wrong.") from error
        except TooManyTries as error:
            retry_after = str(math.ceil(error.retry_after_s))
            raise HTTPException(429, "Too many tries.", headers={"Retry-After": retry_after}) from error
        response.set_cookie(
            COOKIE,
            token,
            max_age=int(sessions.session_s),
            httponly=True,
            samesite="strict",
            secure=secure_cookies,
        )
        return SessionBody(user=session.user, csrf=session.csrf)

    @routes.get("")
    async def current_session(session: own_session) -> SessionBody:
        """The live session of the cookie."""
        return SessionBody(user=session.user, csrf=session.csrf)

    @routes.delete("", status_code=204)
    async def log_out(session: own_session, response: Response) -> None:
        """End the session; an agent is logged off too, so this is refused (409) during a call."""
        if session.user.agent is not None:
            await desk.log_off(session.user.agent)
        await sessions.log_out(session)
        response.delete_cookie(COOKIE, httponly=True, samesite="strict", secure=secure_cookies)

    return routes
