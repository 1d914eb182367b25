"""Building changed policies, and reckoning the base under two of them to see who would move."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from contact_center.loyalty.policy import Policy
from contact_center.loyalty.policy_editing import Fault, Value
from contact_center.loyalty.policy_preview import Comparison, Preview
from contact_center.loyalty.profile import Profile
from contact_center.loyalty.reckoning import Lesson, nightly
from contact_center.runtime.codec import Codec, CodecError
from contact_center.storage.base_reading import read
from contact_center.storage.engine import Database
from contact_center.storage.loyalty import POLICIES, LoyaltyStore, ids_after, profiles_of
from contact_center.storage.policy_lists import is_listed, put


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """How far a preview has come. `of` is the number of customers; `preview` is there when it is done."""

    done: int
    of: int
    preview: Preview | None = None


REACHED: Codec[Reached] = Codec(Reached)


class WrongChange(Exception):  # noqa: N818  # says what is the case
    """A change names no parameter, or a value of another kind; `fault` says which."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(f"{fault.path}: {fault.en}")
        self.fault = fault


def changed(policy: Policy, changes: Mapping[str, Value]) -> Policy:
    """The policy with other values at these paths, version and author as they were. Raises `WrongChange`.

    A whole growth action or offer to stay (`value.growth.loyalty_card`) is added by its fields, and taken
    away by None.
    """
    body = POLICIES.plain(policy)
    whole = {path: value for path, value in changes.items() if is_listed(path)}
    for path, value in whole.items():
        if (fault := put(body, path, value)) is not None:
            raise WrongChange(fault)
    for path, value in changes.items():
        if path in whole:
            continue
        *way, last = path.split(".")
        try:
            place = body
            for name in way:
                place = _into(place, name)
            known = isinstance(place, dict) and last in place and last != "name"
        except (KeyError, TypeError, StopIteration):
            known = False
        if not known or path.partition(".")[0] in ("version", "author", "dated", "note"):
            raise WrongChange(Fault(path=path, en="There is no such parameter.", zh="没有这个参数。"))
        was, place[last] = place[last], value
        if isinstance(was, dict) != isinstance(value, dict):
            raise WrongChange(_not_a_value(path))
        try:
            POLICIES.from_plain(body)
        except CodecError as error:
            raise WrongChange(_not_a_value(path)) from error
    return POLICIES.from_plain(body)


def _into(place: Any, name: str) -> Any:
    if isinstance(place, list):
        return next(each for each in place if each["name"] == name)
    return place[name]


def _not_a_value(path: str) -> Fault:
    return Fault(path=path, en="This is not a value of that kind.", zh="数值类型不正确。")


@dataclass(frozen=True, slots=True)
class _Side:
    """One of the two policies, with what the base teaches under it."""

    policy: Policy
    lesson: Lesson


async def preview(database: Database, candidate: Policy, now: float) -> AsyncIterator[Reached]:
    """Reckon everybody under the policy in force and under the candidate; nothing is stored.

    Yields how far it has come, last of all the preview.
    """
    store = LoyaltyStore(database)
    of, done, after, comparison = await store.customers(), 0, "", Comparison()
    sides = [s for p in (await store.policy(), candidate) if (s := await _side(store, p, now)) is not None]
    while sides:
        async with database.reading() as connection:
            ids = await ids_after(connection, after)
            if not ids:
                break
            before, later = [await _settled(connection, ids, side, now) for side in sides]
        comparison.take(before, later)
        done, after = done + len(ids), ids[-1]
        yield Reached(done=done, of=of)
    names = await store.names([m.customer for m in comparison.sample])
    yield Reached(done=done, of=of, preview=comparison.preview(names))


async def _side(store: LoyaltyStore, policy: Policy, now: float) -> _Side | None:
    taught = await store.learn(policy, now)
    return None if taught is None else _Side(policy, taught)


async def _settled(connection: AsyncConnection, ids: Sequence[str], side: _Side, now: float) -> list[Profile]:
    """Reckoned as often as a change of tier needs, so that whoever is about to move has moved."""
    chunk = await read(connection, ids, side.policy, now, side.lesson.basis, neighbours=True)
    found = await profiles_of(connection, ids, neighbours=True)
    profiles: list[Profile] = []
    for _ in range(side.policy.segments.runs):
        profiles = nightly(chunk, side.lesson.learnt, side.policy, found, now)
        found = {p.customer: p for p in profiles}
    return profiles
