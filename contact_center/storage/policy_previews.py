"""Building changed policies, and reckoning the base under two of them to see who would move."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from contact_center.loyalty.policy import QUEUE_LEVERS, Policy, TierLevers
from contact_center.loyalty.policy_editing import OWN, Fault, Value
from contact_center.loyalty.policy_preview import Comparison, Preview
from contact_center.loyalty.profile import Profile
from contact_center.loyalty.reckoning import Lesson, nightly
from contact_center.loyalty.segments import TIERS
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


COMPANY: Final = "company"
"""Takes a queue's own value back: from then on it has the company's."""


class WrongChange(Exception):  # noqa: N818  # says what is the case
    """A change names no parameter, or a value of another kind; `fault` says which."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(f"{fault.path}: {fault.en}")
        self.fault = fault


def changed(policy: Policy, changes: Mapping[str, Value]) -> Policy:
    """The policy with other values at these paths, version and author as they were. Raises `WrongChange`.

    A whole growth action or offer to stay (`value.growth.loyalty_card`) is added by its fields, and taken
    away by None. What a queue has of its own (`queue_levers.billing.gold.head_start_s`) is there once it is
    given, and taken back by the word `company`.
    """
    body = POLICIES.plain(policy)
    whole = {path: value for path, value in changes.items() if is_listed(path)}
    for path, value in whole.items():
        if (fault := put(body, path, value)) is not None:
            raise WrongChange(fault)
    for path, value in changes.items():
        if path in whole:
            continue
        if path.partition(".")[0] == OWN:
            _depart(body, path, value)
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


def _depart(body: Any, path: str, value: Value) -> None:
    """Give a queue a value of its own, or take it back."""
    *of, lever = path.removeprefix(f"{OWN}.").rsplit(".", 2)
    if len(of) != 2 or not of[0]:
        raise WrongChange(Fault(path=path, en="There is no such parameter.", zh="没有这个参数。"))
    queue, tier = of
    if tier not in TIERS:
        raise WrongChange(Fault(path=path, en=f"There is no tier “{tier}”.", zh=f"没有等级“{tier}”。"))
    if lever not in QUEUE_LEVERS:
        raise WrongChange(_no_lever(path, lever))
    tables = body[OWN]
    own = tables.setdefault(queue, {}).setdefault(tier, {})
    if value == COMPANY:
        own.pop(lever, None)
    else:
        own[lever] = value
    if not own:
        del tables[queue][tier]
    if not tables[queue]:
        del tables[queue]
    try:
        POLICIES.from_plain(body)
    except CodecError as error:
        raise WrongChange(_not_a_value(path)) from error


def _no_lever(path: str, lever: str) -> Fault:
    if any(each.name == lever for each in fields(TierLevers)):
        return Fault(
            path=path,
            en=f"“{lever}” acts before or outside any queue: it is the company's alone.",
            zh=f"“{lever}”在进入队列之前或队列之外起作用，只能由公司统一设定。",
        )
    return Fault(path=path, en=f"There is no lever “{lever}”.", zh=f"没有杠杆“{lever}”。")


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
