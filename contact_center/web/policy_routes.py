"""The loyalty policy over HTTP: read, changed by parameter, checked, previewed, saved as a version."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException
from pydantic import BaseModel, ConfigDict, Field

from contact_center.loyalty.policy import DEFAULT, Policy
from contact_center.loyalty.policy_editing import (
    Difference,
    Fault,
    Parameter,
    Value,
    differences,
    faults,
    parameters,
)
from contact_center.loyalty.policy_words import WORDS, Words
from contact_center.runtime.directory import QueueSettings
from contact_center.runtime.errors import Conflict, NotFound
from contact_center.runtime.people import Session
from contact_center.storage.loyalty import LoyaltyStore, PolicyConflict
from contact_center.storage.policy_previews import WrongChange, changed
from contact_center.web.access import Access
from contact_center.web.previews import Previews, PreviewState


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyVersion:
    """One version: number, author, date (epoch seconds; 0 for the shipped default) and why."""

    version: int
    author: str
    dated: float
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyQueue:
    """A queue that may have values of its own; they act while it goes by tiers (`tiering`), which the policy
    may exempt it from."""

    id: str
    name: str
    name_zh: str
    tiering: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicySheet:
    """A version as a list of parameters, with the words for their rows and the shipped values.

    `queues` are those there are now, and those that this version has values for.
    """

    version: PolicyVersion
    words: tuple[Words, ...]
    parameters: tuple[Parameter, ...]
    shipped: dict[str, Value]
    queues: tuple[PolicyQueue, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyVersions:
    """Newest first; the shipped default last."""

    versions: tuple[PolicyVersion, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyCheck:
    """What is wrong with a changed policy, and what it has otherwise than the one it is based on."""

    faults: tuple[Fault, ...]
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyDifferences:
    differences: tuple[Difference, ...]


class PolicyChanges(BaseModel):
    """Other values for some parameters, by path, on top of version `based_on`.

    What a queue has of its own is `queue_levers.QUEUE.TIER.LEVER`; the word `company` takes it back.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    based_on: Annotated[int, Field(ge=0)]
    changes: dict[Annotated[str, Field(max_length=120)], Value]


class PolicyDraft(PolicyChanges):
    note: Annotated[str, Field(min_length=1, max_length=1000)]


Queues = Callable[[], Mapping[str, QueueSettings]]


def policy_routes(
    access: Access, store: LoyaltyStore, previews: Previews, queues: Queues, clock: Callable[[], float]
) -> APIRouter:
    """`queues` are those of the directory, asked anew each time."""
    routes = APIRouter(tags=["loyalty"])
    _add_reading(routes, access, store, queues)
    _add_editing(routes, access, store, queues, clock)
    _add_previews(routes, access, store, queues, previews)
    return routes


def _add_reading(routes: APIRouter, access: Access, store: LoyaltyStore, queues: Queues) -> None:
    may_read = Depends(access.needs("supervisor", "administrator"))

    @routes.get("/loyalty/policy", dependencies=[may_read])
    async def policy() -> Policy:
        """The policy in force, with its version, author and date."""
        return await store.policy()

    @routes.get("/loyalty/policies", dependencies=[may_read])
    async def policies() -> PolicyVersions:
        """Every version ever saved, newest first, and the shipped default."""
        return PolicyVersions(versions=tuple(_version(p) for p in (*await store.policies(), DEFAULT)))

    @routes.get("/loyalty/policies/{version}", dependencies=[may_read])
    async def sheet(version: int) -> PolicySheet:
        """A version parameter by parameter, with what each one does and its limits."""
        kept = await _of_version(store, version)
        return PolicySheet(
            version=_version(kept),
            words=WORDS,
            parameters=parameters(kept),
            shipped={p.path: p.value for p in parameters(DEFAULT)},
            queues=queues_of(kept, queues()),
        )

    @routes.get("/loyalty/policies/{version}/differences", dependencies=[may_read])
    async def compared(version: int, to: int) -> PolicyDifferences:
        """What version `to` has otherwise than this one."""
        before, after = await _of_version(store, version), await _of_version(store, to)
        return PolicyDifferences(differences=differences(before, after))


def _add_editing(
    routes: APIRouter, access: Access, store: LoyaltyStore, queues: Queues, clock: Callable[[], float]
) -> None:
    editor = Annotated[Session, Depends(access.needs("administrator"))]

    @routes.post("/loyalty/policy/check")
    async def check(wanted: PolicyChanges, _session: editor) -> PolicyCheck:
        """Whether the changed policy may be saved, and how it differs. Nothing is stored."""
        base = await _of_version(store, wanted.based_on)
        try:
            candidate = changed(base, wanted.changes)
        except WrongChange as wrong:
            return PolicyCheck(faults=(wrong.fault,), differences=())
        found = faults(candidate, {*queues(), *base.queue_levers})
        return PolicyCheck(faults=found, differences=differences(base, candidate))

    @routes.post("/loyalty/policies", status_code=201)
    async def save(wanted: PolicyDraft, session: editor) -> PolicyVersion:
        """Keep the changed policy as the next version.

        What tiers get acts from the next caller on, the rest from the next reckoning on.
        """
        candidate = _sound(await _newest(store, wanted.based_on), wanted, queues())
        kept = replace(
            candidate,
            version=wanted.based_on + 1,
            author=session.user.login,
            dated=clock(),
            note=wanted.note,
        )
        try:
            await store.save_policy(kept)
        except PolicyConflict as conflict:
            raise _meanwhile() from conflict
        return _version(kept)


def _add_previews(
    routes: APIRouter, access: Access, store: LoyaltyStore, queues: Queues, previews: Previews
) -> None:
    may_edit = Depends(access.needs("administrator"))

    @routes.post("/loyalty/policy/previews", status_code=202, dependencies=[may_edit])
    async def begin(wanted: PolicyChanges) -> PreviewState:
        """Start reckoning who would move; a preview begun before is stopped."""
        return previews.begin(_sound(await _newest(store, wanted.based_on), wanted, queues()))

    @routes.get("/loyalty/policy/previews/{id}", dependencies=[may_edit])
    async def state(id: str) -> PreviewState:  # noqa: A002  # the path's word
        """How far it has come, and who would move once it is ready."""
        found = previews.state(id)
        if found is None:
            raise NotFound(f"There is no preview {id}; another one was begun.")
        return found


async def _of_version(store: LoyaltyStore, version: int) -> Policy:
    known = {p.version: p for p in (*await store.policies(), DEFAULT)}
    if version not in known:
        raise NotFound(f"There is no version {version} of the policy.")
    return known[version]


async def _newest(store: LoyaltyStore, based_on: int) -> Policy:
    newest = await store.policy()
    if newest.version != based_on:
        raise _meanwhile()
    return newest


def _meanwhile() -> Conflict:
    return Conflict("policy", "Somebody saved a newer version meanwhile. Load it and make the change again.")


def _sound(base: Policy, wanted: PolicyChanges, queues: Collection[str]) -> Policy:
    """The changed policy; refused with every fault in words."""
    try:
        candidate = changed(base, wanted.changes)
    except WrongChange as wrong:
        raise HTTPException(422, str(wrong)) from wrong
    if found := faults(candidate, {*queues, *base.queue_levers}):
        raise HTTPException(422, "; ".join(f"{f.path}: {f.en}" for f in found))
    return candidate


def queues_of(policy: Policy, known: Mapping[str, QueueSettings]) -> tuple[PolicyQueue, ...]:
    """Those there are, then those that are gone and have values in this version."""
    there = [
        PolicyQueue(
            id=each.id,
            name=each.name,
            name_zh=each.name_zh,
            tiering=each.tiering and each.id not in policy.tiering_off,
        )
        for each in known.values()
    ]
    gone = [each for each in policy.queue_levers if each not in known]
    return (*there, *(PolicyQueue(id=each, name=each, name_zh=each, tiering=False) for each in gone))


def _version(policy: Policy) -> PolicyVersion:
    return PolicyVersion(version=policy.version, author=policy.author, dated=policy.dated, note=policy.note)
