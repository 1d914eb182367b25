"""What is done to repair cases, as events of the log and back again: cases can be rebuilt from the log alone.

Every act has an id. A case and the events of it are kept together; the log is told a moment later and may say
the same act again, which changes nothing.
"""

from typing import Final

from contact_center.cti import events as cti
from contact_center.loyalty.repair import (
    Assign,
    Clock,
    Close,
    Give,
    Remedy,
    Reopen,
    RepairCase,
    TaskDone,
    as_history,
    step,
)

Worked = (
    cti.RepairOpened
    | cti.RepairTaskDone
    | cti.RepairRemedyGiven
    | cti.RepairAssigned
    | cti.RepairReopened
    | cti.RepairClosed
)
"""What changes a case and is said in the log (marks of its clocks follow from the time)."""
CaseAct = TaskDone | Assign | Give | Close | Reopen
"""What a person does to a case."""
WORKED: Final = (
    cti.RepairOpened,
    cti.RepairTaskDone,
    cti.RepairRemedyGiven,
    cti.RepairAssigned,
    cti.RepairReopened,
    cti.RepairClosed,
)


def opened_event(case: RepairCase) -> cti.RepairOpened:
    """All that a case begins with; of one that was seen too late for any promise, its end as well."""
    return cti.RepairOpened(
        case=case.case,
        customer=case.customer,
        reaction=case.reaction,
        tier=case.tier,
        owner=case.owner,
        because=case.because,
        said_in=case.contact,
        severity=case.severity,
        opened_at=case.opened_at,
        promises={clock.name: clock.total_s for clock in case.clocks},
    )


def opened_case(event: cti.RepairOpened, customer: str) -> RepairCase:
    """The case that an event began, of the customer who has the record now."""
    case = RepairCase(
        case=event.case,
        customer=customer,
        reaction=event.reaction,
        tier=event.tier,
        owner=event.owner,
        opened_at=event.opened_at,
        clocks=tuple(
            Clock(name=name, total_s=total_s, due_at=event.opened_at + total_s)
            for name, total_s in event.promises.items()
        ),
        because=event.because,
        contact=event.said_in,
        severity=event.severity,
    )
    return case if case.clocks else as_history(case)


def act_event(
    before: RepairCase,
    after: RepairCase,
    act: CaseAct,
    *,
    id_: str,
    by: str,
    at: float,
) -> Worked | None:
    """What the log is told of an act, None of one that changed nothing."""
    match act:
        case TaskDone(task=task) if task in after.tasks_done and task not in before.tasks_done:
            return cti.RepairTaskDone(act=id_, case=after.case, task=task, by=by, done_at=at)
        case Give(remedy=given) if len(after.remedies) > len(before.remedies):
            return cti.RepairRemedyGiven(
                act=id_,
                case=after.case,
                customer=after.customer,
                kind=given.kind,
                amount=given.amount,
                cap=given.cap,
                by=given.by,
                given_at=given.at,
                beyond=given.beyond,
                note=given.note,
            )
        case Assign(owner=owner) if after.owner != before.owner:
            return cti.RepairAssigned(act=id_, case=after.case, owner=owner, by=by, assigned_at=at)
        case Close(outcome=outcome) if before.closed_at is None and after.closed_at is not None:
            return cti.RepairClosed(
                act=id_,
                case=after.case,
                customer=after.customer,
                owner=after.owner,
                outcome=outcome,
                in_time=after.repaired_in_time,
                by=by,
                closed_at=at,
            )
        case Reopen() if after.reopened != before.reopened:
            return cti.RepairReopened(act=id_, case=after.case, owner=after.owner, by=by, reopened_at=at)
        case _:
            return None


def act_id(event: Worked) -> str:
    """Of an act; an opening has it from its case. Empty for closings told before acts had ids."""
    return f"{event.case}.opened" if isinstance(event, cti.RepairOpened) else event.act


def worked_on(case: RepairCase, event: Worked) -> RepairCase:
    """The case after one of its events, at the time of the act."""
    match event:
        case cti.RepairTaskDone(task=task, done_at=at):
            return step(case, TaskDone(task=task), at)[0]
        case cti.RepairRemedyGiven(given_at=at):
            given = Remedy(
                kind=event.kind,
                amount=event.amount,
                at=at,
                by=event.by,
                cap=event.cap,
                beyond=event.beyond,
                note=event.note,
            )
            return step(case, Give(remedy=given), at)[0]
        case cti.RepairAssigned(owner=owner, assigned_at=at):
            return step(case, Assign(owner=owner), at)[0]
        case cti.RepairReopened(reopened_at=at):
            return step(case, Reopen(), at)[0]
        case cti.RepairClosed(outcome=outcome, closed_at=float(at)):
            return step(case, Close(outcome=outcome), at)[0]
        case _:
            return case
