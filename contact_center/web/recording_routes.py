"""Recordings: seen and played by those who may, every play written down; the audit for administrators."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.responses import FileResponse

from contact_center.recordings.recording import AuditRow, Pause, Peaks, Recording
from contact_center.runtime.directory import Directory
from contact_center.runtime.errors import NotFound
from contact_center.runtime.ids import new_id
from contact_center.runtime.people import Session
from contact_center.storage.recordings import RecordingStore
from contact_center.web.access import Access
from contact_center.web.ports import Desk

_HEARS_ALL = {"supervisor", "administrator"}
_ONE_PLAY_S = 300.0
"""A player fetches a file in ranges; further ranges within this time belong to the play written down."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingBody:
    """One recording. `part` counts a contact's recordings from 1; left is the caller, right the agents."""

    part: int
    queue: str
    agent: str
    started_at: float
    seconds: float
    bytes: int
    sha256: str
    peaks: Peaks
    pauses: tuple[Pause, ...]
    expires_at: float
    fault: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactRecordings:
    contact: str
    recordings: tuple[RecordingBody, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    rows: tuple[AuditRow, ...]


class Listening:
    """Who may hear what, and the audit of it."""

    def __init__(
        self,
        store: RecordingStore,
        folder: Path,
        directory: Callable[[], Directory],
        clock: Callable[[], float],
    ) -> None:
        self.store, self.folder = store, folder
        self._directory, self._clock = directory, clock
        self._plays: dict[tuple[str, str], float] = {}

    async def of_contact(self, contact: str, session: Session) -> list[tuple[int, Recording]]:
        """The contact's recordings with their part, those the session may hear."""
        found = list(enumerate(await self.store.of_contact(contact), 1))
        if not found:
            raise NotFound(f"There is no recording of {contact}.")
        allowed = [(part, recording) for part, recording in found if self._may_hear(recording, session)]
        if not allowed:
            raise HTTPException(403, "This recording is not for you to hear.")
        return allowed

    def _may_hear(self, recording: Recording, session: Session) -> bool:
        if _HEARS_ALL & set(session.user.roles):
            return True
        queue = self._directory().queues.get(recording.queue)
        own = session.user.agent is not None and session.user.agent == recording.agent
        return own and queue is not None and queue.recording_own

    async def played(self, recording: Recording, session: Session, request: Request) -> None:
        """Write a play down, before its first byte leaves."""
        now, key = self._clock(), (session.token_hash, recording.id)
        beginning = request.headers.get("range", "bytes=0-").startswith("bytes=0-")
        if not beginning and now - self._plays.get(key, -_ONE_PLAY_S) < _ONE_PLAY_S:
            return
        await self.store.note(
            AuditRow(
                id=new_id("a"),
                at=now,
                user=session.user.login,
                action="recording.played",
                subject=recording.id,
                address=request.client.host if request.client else "",
            )
        )
        self._plays = {k: at for k, at in self._plays.items() if now - at < _ONE_PLAY_S}
        self._plays[key] = now


def recording_routes(access: Access, desk: Desk, listening: Listening) -> APIRouter:
    routes = APIRouter(tags=["recordings"])
    listener = Annotated[Session, Depends(access.needs("agent", "supervisor", "administrator"))]

    @routes.get("/recordings/{contact}")
    async def recordings(contact: str, session: listener) -> ContactRecordings:
        """A contact's recordings with waveforms and pauses; an agent's own only, if the queue lets them."""
        found = await listening.of_contact(contact, session)
        bodies = tuple(_body(part, recording) for part, recording in found)
        return ContactRecordings(contact=contact, recordings=bodies)

    @routes.get("/recordings/{contact}/audio", response_class=FileResponse)
    async def audio(
        contact: str, session: listener, request: Request, part: Annotated[int, Query(ge=1)] = 1
    ) -> FileResponse:
        """The sound (Ogg Opus, stereo), whole or in ranges. Every play is written into the audit."""
        found = dict(await listening.of_contact(contact, session))
        if part not in found:
            raise NotFound(f"There is no part {part} of {contact} for you to hear.")
        recording = found[part]
        file = listening.folder / recording.file
        if not file.is_file():
            raise NotFound(f"The file of {recording.id} is gone.")
        await listening.played(recording, session, request)
        return FileResponse(
            file,
            media_type="audio/ogg",
            filename=f"{recording.id}.ogg",
            content_disposition_type="inline",
            headers={"Cache-Control": "no-store"},
        )

    @routes.get("/audit", dependencies=[Depends(access.needs("administrator"))])
    async def audit(
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
        subject: str | None = None,
        user: str | None = None,
        action: str | None = None,
    ) -> Audit:
        """Who looked at whose record, listened to what, merged or deleted what; newest first."""
        return Audit(rows=tuple(await listening.store.noted(limit, subject, user, action)))

    _add_pausing(routes, access, desk)
    return routes


def _add_pausing(routes: APIRouter, access: Access, desk: Desk) -> None:
    hand = Annotated[Session, Depends(access.needs("agent", "supervisor", "administrator", "integrator"))]

    @routes.post("/contacts/{contact}/recording/pause", status_code=204)
    async def pause_recording(contact: str, session: hand) -> None:
        """Record silence (a card number follows); an agent on their own call, other programs on any."""
        await desk.pause_recording(_agent(session), contact)

    @routes.post("/contacts/{contact}/recording/resume", status_code=204)
    async def resume_recording(contact: str, session: hand) -> None:
        """Record again what is said."""
        await desk.resume_recording(_agent(session), contact)


def _agent(session: Session) -> str | None:
    """Who is only an agent acts on the own call."""
    others = set(session.user.roles) & {"supervisor", "administrator", "integrator"}
    return None if others else session.user.agent or ""


def _body(part: int, kept: Recording) -> RecordingBody:
    return RecordingBody(
        part=part,
        queue=kept.queue,
        agent=kept.agent,
        started_at=kept.started_at,
        seconds=kept.seconds,
        bytes=kept.bytes,
        sha256=kept.sha256,
        peaks=kept.peaks,
        pauses=kept.pauses,
        expires_at=kept.expires_at,
        fault=kept.fault,
    )
