"""The flow page: seen by supervisors, worked on by administrators; what changes callers' way is audited."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, HTTPException, Request, Response

from contact_center.ivr.audio import SoundError
from contact_center.ivr.deployment import Deployment
from contact_center.ivr.drafts import Draft
from contact_center.ivr.events import FlowState
from contact_center.ivr.flow import Flow
from contact_center.ivr.prompts import Prompts
from contact_center.ivr.reference import schema
from contact_center.ivr.speech import SpeechError
from contact_center.ivr.trial import Arranged, Trial
from contact_center.ivr.trials import Trials
from contact_center.ivr.workshop import Workshop
from contact_center.metrics.flow_counts import FlowCounts
from contact_center.metrics.flow_traffic import traffic_of
from contact_center.recordings.recording import AuditRow
from contact_center.runtime.errors import Conflict, NotFound
from contact_center.runtime.ids import new_id
from contact_center.runtime.people import Language, Session
from contact_center.runtime.sentences import sentence
from contact_center.storage.recordings import RecordingStore
from contact_center.web import flow_bodies as bodies
from contact_center.web.access import Access


def _refused(reader: Language = "en") -> None:
    """In whose language a refusal is told (`problems` reads it from the request)."""


TOLD = [Depends(_refused)]


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowRooms:
    """What the flow routes stand on; `standing` is where every caller in a flow is now."""

    workshop: Workshop
    prompts: Prompts
    trials: Trials
    counts: FlowCounts
    standing: Callable[[], Iterable[FlowState]]


def flow_routes(
    access: Access, rooms: FlowRooms, audit: RecordingStore, clock: Callable[[], float]
) -> APIRouter:
    routes = APIRouter(tags=["flows"])
    _add_looking(routes, access, rooms)
    _add_drafting(routes, access, rooms, audit, clock)
    _add_deploying(routes, access, rooms, audit, clock)
    _add_trying(routes, access, rooms)
    return routes


def _add_looking(routes: APIRouter, access: Access, rooms: FlowRooms) -> None:
    sees = [Depends(access.needs("supervisor", "administrator"))]

    @routes.get("/flows", dependencies=sees)
    async def flows() -> bodies.FlowLines:
        """Every flow in force or drafted, by name."""
        in_force = rooms.workshop.in_force()
        drafts = {draft.flow: draft for draft in rooms.workshop.drafts.all()}
        names = sorted(in_force.keys() | drafts.keys())
        return bodies.FlowLines(
            flows=tuple(
                bodies.line_of(rooms.workshop, name, in_force.get(name), drafts.get(name)) for name in names
            )
        )

    @routes.get("/flow-callers", dependencies=sees)
    async def live() -> bodies.LiveFlows:
        """How many callers are at each node now; light enough to be asked every second."""
        standing = bodies.standing_of(rooms.standing())
        return bodies.LiveFlows(
            flows=tuple(
                bodies.live_body(name, flow.version, rooms.workshop.places(name), standing)
                for name, flow in sorted(rooms.workshop.in_force().items())
            )
        )

    @routes.get("/flow-schema", dependencies=sees)
    async def flow_schema(reader: Language = "en") -> dict[str, Any]:
        """The JSON Schema of a flow file, for editors; what its fields are for in the reader's language."""
        return schema(reader)

    @routes.get("/flows/{name}", dependencies=sees)
    async def flow(name: str, reader: Language = "en") -> bodies.FlowDetail:
        """A flow with its text, its picture for the reader, its draft and its history, newest first."""
        found, draft = rooms.workshop.known(name), rooms.workshop.drafts.of(name)
        line = bodies.line_of(rooms.workshop, name, found, draft)
        if found is None and draft is None and not line.deployed:
            raise NotFound(f"There is no flow {name!r}.")
        return await asyncio.to_thread(bodies.detail_of, rooms.workshop, line, found, draft, reader)

    @routes.get("/flows/{name}/versions/{version}", dependencies=sees)
    async def version(name: str, version: str) -> bodies.VersionText:
        """The text of one version."""
        return bodies.VersionText(version=version, source=rooms.workshop.source(name, version))

    @routes.get("/flows/{name}/traffic", dependencies=sees)
    async def traffic(name: str, day: Literal["today", "yesterday"] = "yesterday") -> bodies.TrafficBody:
        """A day's visits and hang-ups per node, and how many took each way on."""
        rooms.workshop.known(name)
        counted = rooms.counts.day(0 if day == "today" else 1)
        body = traffic_of(counted, rooms.workshop.places(name))
        return bodies.TrafficBody(complete=rooms.counts.complete, traffic=body)


def _add_drafting(
    routes: APIRouter, access: Access, rooms: FlowRooms, audit: RecordingStore, clock: Callable[[], float]
) -> None:
    sees = [Depends(access.needs("supervisor", "administrator"))]
    author = Annotated[Session, Depends(access.needs("administrator"))]

    @routes.post("/flows/{name}/check", dependencies=sees)
    async def check(name: str, text: bodies.FlowSource, reader: Language = "en") -> bodies.CheckBody:
        """What `flow check` finds in a text: line and sentence; and the picture of what can be read."""
        checked = await rooms.workshop.check(name, text.source, reader)
        return bodies.check_body(rooms.workshop, name, checked, reader)

    @routes.post("/flows/{name}/test", dependencies=sees)
    async def test(name: str, text: bodies.FlowSource, reader: Language = "en") -> bodies.TestBodies:
        """Runs the tests beside the flow on a text; says why one fails in the reader's language."""
        results = await rooms.workshop.test(name, text.source)
        return bodies.TestBodies(tests=tuple(bodies.test_body(each, reader) for each in results))

    @routes.put("/flows/{name}/draft")
    async def save(name: str, text: bodies.DraftText, session: author) -> Draft:
        """Keeps a draft, faulty or not; 409 `draft` when somebody else has saved one since."""
        rooms.workshop.known(name)
        by, at = session.user.login, clock()
        return rooms.workshop.drafts.save(name, text.source, after=text.after, author=by, at=at)

    @routes.delete("/flows/{name}/draft", status_code=204)
    async def drop(name: str, revision: str, session: author, request: Request) -> None:
        """Throws the draft of this revision away."""
        rooms.workshop.known(name)
        rooms.workshop.drafts.drop(name, revision)
        await audit.note(_row(session, request, clock(), "flow.draft_dropped", name, revision))


def _add_deploying(
    routes: APIRouter, access: Access, rooms: FlowRooms, audit: RecordingStore, clock: Callable[[], float]
) -> None:
    author = Annotated[Session, Depends(access.needs("administrator"))]

    @routes.post("/flows/{name}/deploy", dependencies=TOLD)
    async def deploy(name: str, order: bodies.DeployOrder, session: author, request: Request) -> Deployment:
        """New callers enter the draft; 409 `check`, `tests`, `prompts`, `draft` or `deploy` says why not."""
        done = await rooms.workshop.deploy(
            name,
            order.revision,
            author=session.user.login,
            note=order.note,
            despite_tests=order.despite_tests,
        )
        details = f"{done.version}: {done.note}"
        await audit.note(_row(session, request, done.at, "flow.deployed", name, details))
        return done

    @routes.post("/flows/{name}/rollback", dependencies=TOLD)
    async def roll_back(
        name: str, order: bodies.RollbackOrder, session: author, request: Request
    ) -> Deployment:
        """New callers enter an earlier version again; 409 `deploy` says why not."""
        done = await rooms.workshop.roll_back(name, order.to, author=session.user.login, note=order.note)
        details = f"{done.version or '(folder)'}: {done.note}"
        await audit.note(_row(session, request, done.at, "flow.rolled_back", name, details))
        return done


def _row(session: Session, request: Request, at: float, action: str, subject: str, details: str) -> AuditRow:
    return AuditRow(
        id=new_id("a"),
        at=at,
        user=session.user.login,
        action=action,
        subject=subject,
        address=request.client.host if request.client else "",
        details=details,
    )


def _add_trying(routes: APIRouter, access: Access, rooms: FlowRooms) -> None:
    player = Annotated[Session, Depends(access.needs("supervisor", "administrator"))]

    @routes.post("/flows/{name}/trials", status_code=201)
    async def begin(
        name: str, order: bodies.TrialOrder, session: player, reader: Language = "en"
    ) -> bodies.TrialBody:
        """Calls the flow on a virtual clock; a user has one trial, kept for 15 minutes of rest."""
        flow = await _flow_to_try(rooms.workshop, name, order.of)
        arranged = Arranged(
            at=order.at,
            caller=order.caller,
            called=order.called,
            customer=order.customer.model_dump() if order.customer is not None else None,
            agents=order.agents,
            replies=dict(order.replies),
        )
        trial = Trial(flow, arranged, rooms.workshop.in_force().get)
        return bodies.trial_body(rooms.trials.begin(session.user.id, trial), trial, reader)

    @routes.post("/flow-trials/{id}/acts")
    async def act(
        id: str,  # noqa: A002  # the path's word
        order: bodies.TrialAct,
        session: player,
        reader: Language = "en",
    ) -> bodies.TrialBody:
        """What the caller (or the agent) does; answers with all that has happened."""
        trial = rooms.trials.of(session.user.id, id)
        match order.act:
            case "press":
                trial.press(order.keys)
            case "listen":
                trial.listen()
            case "hang_up":
                trial.hang_up()
            case "agent_leaves":
                trial.agent_leaves()
        return bodies.trial_body(id, trial, reader)

    @routes.get("/flow-trials/{id}/sounds/{number}", response_class=Response)
    async def sound(id: str, number: int, session: player) -> Response:  # noqa: A002  # the path's word
        """What was said in a line, as callers hear it (WAV)."""
        trial = rooms.trials.of(session.user.id, id)
        lines, beside = trial.lines, rooms.workshop.recordings(trial.flow.name)
        prompts = lines[number].prompts if 0 <= number < len(lines) else ()
        if not prompts:
            raise NotFound(f"Nothing was said in line {number}.")
        try:
            wav = await rooms.prompts.sound(prompts, beside)
        except (SpeechError, SoundError) as error:
            raise HTTPException(503, str(error)) from error
        return Response(wav, media_type="audio/wav")


async def _flow_to_try(workshop: Workshop, name: str, of: Literal["draft", "in_force"]) -> Flow:
    found, draft = workshop.known(name), workshop.drafts.of(name)
    if of == "draft":
        if draft is None:
            raise Conflict("draft", sentence("There is no draft of {name!r}.", name=name))
        return await workshop.fit(name, draft.source)
    if found is None:
        raise NotFound(f"Nothing of {name!r} is in force.")
    return found
