"""Follows the event log: complaints, words of leaving and broken promises open repair cases, failures and
solved complaints calls by ourselves, every contact renews the index.

What it does follows from the stored events alone, with their times, and a case has its id from its contact or
callback, so the same events again change nothing. The clocks of open cases are looked at every second; what
they reach goes into the log, and so does what was done beside it: to cases, and merges of customers. An old
log is followed to its end first, so that nothing is said that it says itself.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence, Set
from itertools import count
from typing import Final, Protocol

from contact_center.cti import events as cti
from contact_center.loyalty import repair
from contact_center.loyalty.casework import WORKED, Worked, act_event, act_id
from contact_center.loyalty.measures import SurveyAnswer
from contact_center.loyalty.outreach import LATE_S, Known, after_complaint, after_failure
from contact_center.loyalty.policy import Policy
from contact_center.loyalty.profile import Profile
from contact_center.loyalty.reactions import spoken
from contact_center.loyalty.repair import WITHDRAWN, Close, RepairCase, Tick
from contact_center.loyalty.working_time import DAY_S

_log = logging.getLogger(__name__)
PAGE: Final = 500
GATHER_S: Final = 0.2
MISSED_CALLBACK: Final = "missed_callback"
LATE_CALLBACK: Final = "late_callback"
ROUND_S: Final = 1.0
RETRY_S: Final = 5.0
WITHDRAW_ROUNDS: Final = 30
"""In every so many rounds it is looked whether somebody does not want to be called any more."""
_CHANGING: Final = (cti.DispositionSet, cti.ContactEnded, cti.WrapUpEnded, cti.SurveyAnswered)
_CALLED_BACK: Final = (cti.CallbackDone, cti.CallbackExpired, cti.CallbackGivenUp, cti.CallbackLate)
_BROKEN: Final = {cti.CallbackExpired: MISSED_CALLBACK, cti.CallbackLate: LATE_CALLBACK}
_MERGING: Final = (cti.CustomersMerged, cti.CustomersSplit)


class Book(Protocol):
    """What is kept (`storage.loyalty.LoyaltyStore`)."""

    async def policy(self) -> Policy: ...
    async def profile(self, id_: str) -> Profile | None: ...
    async def followed(self) -> int: ...
    async def customers_of(self, contacts: Sequence[str]) -> dict[str, str]: ...
    async def cases_due(self, now: float) -> Sequence[RepairCase]: ...
    async def calls_refused(self) -> Sequence[RepairCase]: ...
    async def keep_case(self, case: RepairCase, now: float, events: Sequence[Worked] = ()) -> None: ...
    async def acts_unsaid(self) -> Sequence[Worked]: ...
    async def acts_said(self, acts: Sequence[str]) -> None: ...
    async def case(self, id_: str) -> RepairCase | None: ...
    async def called_in(self, contacts: Sequence[str]) -> set[str]: ...
    async def known(self, customers: Sequence[str]) -> dict[str, Known]: ...
    async def owner_of(self, id_: str) -> str: ...
    async def customers_of_callbacks(self, callbacks: Sequence[str]) -> dict[str, str]: ...
    async def unsaid(self) -> Sequence[cti.CustomersMerged | cti.CustomersSplit]: ...
    async def said(self, merges: Sequence[str]) -> None: ...
    async def reckon(self, customers: Sequence[str], now: float) -> None: ...
    async def took(
        self,
        seq: int,
        opened: Sequence[RepairCase],
        answers: Sequence[SurveyAnswer],
        touched: Sequence[str],
        now: float,
        worked: Sequence[Worked] = (),
    ) -> None: ...


class Loyalty:
    """`read(after, limit)` gives stored events in order; `clock` epoch seconds; `append` is the log's."""

    def __init__(
        self,
        book: Book,
        read: Callable[[int, int], Awaitable[Sequence[cti.Recorded]]],
        clock: Callable[[], float],
        append: Callable[[Sequence[cti.CtiEvent]], object] = lambda _: None,
    ) -> None:
        self._book, self._read, self._clock = book, read, clock
        self._append = append
        self._said: set[str] = set()
        self._came = asyncio.Event()
        self._told = 0
        self._followed = False
        self._tasks: list[asyncio.Task[None]] = []

    def tell(self, batch: Sequence[cti.Recorded]) -> None:
        """A listener of the log: there is something to follow once it is stored."""
        self._told = batch[-1].seq
        self._came.set()

    def start(self) -> None:
        self._came.set()  # what an earlier core stored and did not follow
        self._tasks = [asyncio.create_task(self._follow_for_ever()), asyncio.create_task(self._rounds())]

    def stop(self) -> None:
        for task in self._tasks:
            task.cancel()

    async def _follow_for_ever(self) -> None:
        while True:
            await self._came.wait()
            self._came.clear()
            await asyncio.sleep(GATHER_S)
            try:
                if await self.follow() < self._told:
                    self._came.set()  # told, but not stored yet
            except Exception:  # noqa: BLE001  # whatever the database raises, the events stay to be followed
                _log.exception("events could not be followed; next try in %s s", RETRY_S)
                await asyncio.sleep(RETRY_S)
                self._came.set()

    async def _rounds(self) -> None:
        for number in count():
            try:
                if self._followed:
                    await self.tick()
                    if number % WITHDRAW_ROUNDS == 0:
                        await self.withdraw()
                    await self.tell_log()
            except Exception:  # noqa: BLE001  # a clock missed now is told in the next round
                _log.exception("the clocks of repair cases could not be looked at")
            await asyncio.sleep(ROUND_S)

    async def follow(self) -> int:
        """Take all stored events into account; the last one's number."""
        after = await self._book.followed()
        while page := await self._read(after, PAGE):
            await self._take(page)
            after = page[-1].seq
        self._followed = True
        return after

    async def _take(self, page: Sequence[cti.Recorded]) -> None:
        changing = [r for r in page if isinstance(r.event, _CHANGING)]
        contacts = sorted({contact for r in changing if (contact := cti.contact_of(r.event)) is not None})
        customers = await self._book.customers_of(contacts) if contacts else {}
        policy = await self._book.policy()
        opened = [
            case
            for r in changing
            if isinstance(r.event, cti.DispositionSet) and r.event.contact in customers
            if (case := await self._case(r.event, customers[r.event.contact], policy, r.at)) is not None
        ]
        answers = [
            SurveyAnswer(
                contact=r.event.contact,
                question=r.event.measure,
                customer=customers[r.event.contact],
                at=r.at,
                answer=r.event.score,
            )
            for r in changing
            if isinstance(r.event, cti.SurveyAnswered) and r.event.contact in customers
        ]
        broken, called_back = await self._callbacks(page, policy)
        opened += broken
        opened += await self._calls(page, customers, policy, {case.customer for case in opened})
        worked = [r.event for r in page if isinstance(r.event, WORKED)]
        touched = sorted({*customers.values(), *called_back})
        await self._book.took(page[-1].seq, opened, answers, touched, page[-1].at, worked)
        joined = {c for r in page if isinstance(r.event, _MERGING) for c in (r.event.kept, r.event.absorbed)}
        if joined:
            await self._book.reckon(sorted(joined), page[-1].at)
        for case in opened:
            _log.info("repair case %s: %s, owner %s", case.case, case.because, case.owner)

    async def _calls(
        self,
        page: Sequence[cti.Recorded],
        customers: Mapping[str, str],
        policy: Policy,
        cared_for: Set[str],
    ) -> list[RepairCase]:
        """Calls by ourselves after what failed lately and complaints that were solved; one a customer."""
        soon = [r for r in page if self._clock() - r.at <= LATE_S]
        ended = [(r.event, r.at) for r in soon if isinstance(r.event, cti.ContactEnded)]
        failed = [
            (event, at) for event, at in ended if event.outcome != "handled" and event.contact in customers
        ]
        came = await self._book.called_in([event.contact for event, _ in failed]) if failed else set()
        closed = [
            (case, r.at)
            for r in soon
            if isinstance(r.event, cti.RepairClosed)
            and (case := await self._book.case(r.event.case)) is not None
        ]
        people = {*(customers[event.contact] for event, _ in failed), *(case.customer for case, _ in closed)}
        known = await self._book.known(sorted(people - cared_for)) if people else {}
        found: dict[str, RepairCase | None] = {}
        for event, at in failed:
            who = known.get(customers[event.contact])
            if who is not None and event.contact in came and found.get(who.customer) is None:
                found[who.customer] = after_failure(event, who, policy, at)
        for case, at in closed:
            who = known.get(case.customer)
            if who is not None and found.get(who.customer) is None:
                found[who.customer] = after_complaint(case, who, policy, at)
        return [case for case in found.values() if case is not None]

    async def _callbacks(
        self, page: Sequence[cti.Recorded], policy: Policy
    ) -> tuple[list[RepairCase], Sequence[str]]:
        """Cases of callbacks that nobody made (in time); and whose callbacks these and those ended are."""
        told = [(r.event, r.at) for r in page if isinstance(r.event, _CALLED_BACK)]
        callbacks = sorted({event.callback for event, _ in told})
        customers = await self._book.customers_of_callbacks(callbacks) if callbacks else {}
        broken: dict[str, RepairCase] = {}
        for event, at in told:
            customer, because = customers.get(event.callback), _BROKEN.get(type(event))
            if customer is None or because is None or event.callback in broken:
                continue
            case = await self._broken(event.callback, customer, because, policy, at)
            if case is not None:
                broken[event.callback] = case
        return list(broken.values()), sorted(set(customers.values()))

    async def _broken(
        self, callback: str, customer: str, because: str, policy: Policy, at: float
    ) -> RepairCase | None:
        """The milder plan, an apology first, unless the customer has begun to turn away."""
        profile = await self._book.profile(customer)
        turning = profile is not None and profile.reaction in ("neglect", "exit")
        case = repair.opened(
            case=f"{callback}.missed",
            customer=customer,
            reaction="neglect" if turning else "loyalty",
            tier=profile.tier if profile is not None else "iron",
            owner=await self._book.owner_of(customer),
            now=at,
            because=because,
            rules=policy.repair,
        )
        return self._dated(case, policy, at)

    def _dated(self, case: RepairCase | None, policy: Policy, at: float) -> RepairCase | None:
        """What was seen too late for any promise is history."""
        old = self._clock() - at > policy.repair.history_days * DAY_S
        return repair.as_history(case) if case is not None and old else case

    async def _case(
        self, event: cti.DispositionSet, customer: str, policy: Policy, at: float
    ) -> RepairCase | None:
        said = spoken(event.disposition, policy.reactions)
        if said is None:
            return None
        profile = await self._book.profile(customer)
        case = repair.opened(
            case=f"{event.contact}.{said[0]}",
            customer=customer,
            reaction=said[0],
            tier=profile.tier if profile is not None else "iron",
            owner=event.agent,
            now=at,
            because=event.disposition,
            contact=event.contact,
            severity=said[1],
            rules=policy.repair,
        )
        return self._dated(case, policy, at)

    async def tick(self) -> int:
        """Tell what clocks have reached; how many marks that were."""
        now, told = self._clock(), 0
        for case in await self._book.cases_due(now):
            ticked, marks = repair.step(case, Tick(), now)
            self._say([_reached(case, mark) for mark in marks])
            await self._book.keep_case(ticked, now)
            for mark in marks:
                told += 1
                _log.warning(
                    "repair case %s: %s of %s, owner %s", case.case, mark.mark, mark.clock, case.owner
                )
        return told

    async def withdraw(self) -> int:
        """Take back calls by ourselves to who has said no since they were intended; how many."""
        now, unwanted = self._clock(), await self._book.calls_refused()
        for case in unwanted:
            act = Close(outcome=WITHDRAWN)
            after, _ = repair.step(case, act, now)
            told = act_event(case, after, act, id_=f"{case.case}.{WITHDRAWN}.{case.reopened}", by="", at=now)
            await self._book.keep_case(after, now, () if told is None else (told,))
        return len(unwanted)

    async def tell_log(self) -> None:
        """What was done beside the log: to cases, and merges and splits."""
        if acts := await self._book.acts_unsaid():
            self._say(acts)
            await self._book.acts_said([act_id(event) for event in acts])
        if merges := await self._book.unsaid():
            self._say(merges)
            await self._book.said([event.merge for event in merges])
        self._said.clear()  # all of it is marked as said

    def _say(self, events: Sequence[cti.CtiEvent]) -> None:
        """Once, also when what is to follow fails and is tried again."""
        new = [event for event in events if repr(event) not in self._said]
        self._said.update(map(repr, new))
        self._append(new)


def _reached(case: RepairCase, told: repair.Told) -> cti.RepairClockReached:
    due = next((c.due_at for c in case.clocks if c.name == told.clock), None)
    return cti.RepairClockReached(
        case=case.case,
        customer=case.customer,
        clock=told.clock,
        mark=told.mark,
        owner=case.owner,
        due_at=told.at if due is None else due,
    )
