"""The service figures of a queue, defined once: the wallboard and the report are this same fold.

`fold` takes one recorded event at a time, in log order, and costs a handful of comparisons; every figure is a
pure function of the counts. Definitions follow `04-domain` (ICMI usage): *offered* = entered the queue,
T = the queue's target, *short* = gone within the queue's short-abandon time.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Final, TypedDict

from contact_center.cti.events import (
    ContactEnded,
    Established,
    OfferLapsed,
    Queued,
    Recorded,
    Transferred,
    WrapUpEnded,
)
from contact_center.runtime.directory import QueueSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceCounts:
    """What happened in a queue over a span. Contacts are counted, durations summed in seconds.

    `abandoned` = `abandoned_in_target` + `abandoned_after_target`; `abandoned_short` is part of `abandoned`.
    `wait_answered_s` sums queue waiting of answered contacts (no IVR time).
    """

    offered: int = 0
    answered: int = 0
    answered_in_target: int = 0
    abandoned: int = 0
    abandoned_short: int = 0
    abandoned_in_target: int = 0
    abandoned_after_target: int = 0
    wait_answered_s: float = 0.0
    talk_s: float = 0.0
    hold_s: float = 0.0
    wrap_up_s: float = 0.0
    handled: int = 0
    rona: int = 0
    transferred: int = 0


NOTHING: Final = ServiceCounts()
COUNTED: Final = (
    "Queued",
    "OfferLapsed",
    "Established",
    "ContactEnded",
    "Transferred",
    "WrapUpEnded",
)
"""The only event types `fold` looks at; whoever reads the log for it may leave out the others."""
_COUNTED: Final = tuple(f.name for f in fields(ServiceCounts))


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """Counts by queue."""

    by_queue: Mapping[str, ServiceCounts] = field(default_factory=dict)


def fold(service: Service, recorded: Recorded, settings: Mapping[str, QueueSettings]) -> Service:
    """`service` with one more event; the same object when the event counts for nothing here."""
    match recorded.event:
        case Queued(queue=queue, requeued=False) | Queued(queue=queue, transferred=True):
            return _counted(service, queue, lambda c: replace(c, offered=c.offered + 1))
        case Established(queue=queue, wait_s=wait_s, again=False):
            target_s = settings_of(settings, queue).target_s
            return _counted(service, queue, lambda c: _answered(c, wait_s, target_s))
        case ContactEnded(outcome="abandoned", queue=str(queue), wait_s=wait_s):
            judged_by = settings_of(settings, queue)
            return _counted(service, queue, lambda c: _abandoned(c, wait_s, judged_by))
        case ContactEnded(outcome="handled", queue=str(queue)) as ended:
            return _counted(service, queue, lambda c: _handled(c, ended))
        case WrapUpEnded(queue=queue, wrap_up_s=wrap_up_s):
            return _counted(service, queue, lambda c: replace(c, wrap_up_s=c.wrap_up_s + wrap_up_s))
        case Transferred(queue=queue):
            return _counted(service, queue, lambda c: replace(c, transferred=c.transferred + 1))
        case OfferLapsed(queue=queue, reason="rona"):
            return _counted(service, queue, lambda c: replace(c, rona=c.rona + 1))
        case _:
            return service


def fold_all(events: Iterable[Recorded], settings: Mapping[str, QueueSettings]) -> Service:
    """The service figures of a whole stretch of the log."""
    service = Service()
    for recorded in events:
        service = fold(service, recorded, settings)
    return service


def total(by_queue: Mapping[str, ServiceCounts]) -> ServiceCounts:
    """All queues together."""
    return ServiceCounts(**{name: sum(getattr(c, name) for c in by_queue.values()) for name in _COUNTED})


def _counted(service: Service, queue: str, change: Callable[[ServiceCounts], ServiceCounts]) -> Service:
    counts = change(service.by_queue.get(queue, NOTHING))
    return replace(service, by_queue={**service.by_queue, queue: counts})


def settings_of(settings: Mapping[str, QueueSettings], queue: str) -> QueueSettings:
    """The queue's settings; a queue no longer configured is judged by the defaults."""
    return settings.get(queue) or QueueSettings(id=queue, name=queue, name_zh=queue)


def _answered(counts: ServiceCounts, wait_s: float, target_s: float) -> ServiceCounts:
    return replace(
        counts,
        answered=counts.answered + 1,
        answered_in_target=counts.answered_in_target + (wait_s <= target_s),
        wait_answered_s=counts.wait_answered_s + wait_s,
    )


def _abandoned(counts: ServiceCounts, wait_s: float, queue: QueueSettings) -> ServiceCounts:
    in_target = wait_s <= queue.target_s
    return replace(
        counts,
        abandoned=counts.abandoned + 1,
        abandoned_short=counts.abandoned_short + (wait_s <= queue.short_s),
        abandoned_in_target=counts.abandoned_in_target + in_target,
        abandoned_after_target=counts.abandoned_after_target + (not in_target),
    )


def _handled(counts: ServiceCounts, ended: ContactEnded) -> ServiceCounts:
    return replace(
        counts,
        handled=counts.handled + 1,
        talk_s=counts.talk_s + ended.talk_s,
        hold_s=counts.hold_s + ended.hold_s,
    )


# -- figures ------------------------------------------------------------------------------------------


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def service_level(c: ServiceCounts) -> float | None:
    """The default: contacts that gave up within T count neither for nor against us."""
    return _ratio(c.answered_in_target, c.answered + c.abandoned_after_target)


def service_level_answered(c: ServiceCounts) -> float | None:
    return _ratio(c.answered_in_target, c.answered)


def service_level_all(c: ServiceCounts) -> float | None:
    return _ratio(c.answered_in_target, c.answered + c.abandoned)


def service_level_abandoned_in_target(c: ServiceCounts) -> float | None:
    return _ratio(c.answered_in_target + c.abandoned_in_target, c.answered + c.abandoned)


def service_level_short(c: ServiceCounts) -> float | None:
    return _ratio(c.answered_in_target + c.abandoned_short, c.answered + c.abandoned)


def asa_s(c: ServiceCounts) -> float | None:
    """Average speed of answer."""
    return _ratio(c.wait_answered_s, c.answered)


def aht_s(c: ServiceCounts) -> float | None:
    """Average handling time."""
    return _ratio(c.talk_s + c.hold_s + c.wrap_up_s, c.handled)


def abandon_rate(c: ServiceCounts) -> float | None:
    return _ratio(c.abandoned, c.offered)


def transfer_rate(c: ServiceCounts) -> float | None:
    return _ratio(c.transferred, c.answered)


KPIS: Final[Mapping[str, Callable[[ServiceCounts], float | None]]] = {
    "service_level": service_level,
    "service_level_answered": service_level_answered,
    "service_level_all": service_level_all,
    "service_level_abandoned_in_target": service_level_abandoned_in_target,
    "service_level_short": service_level_short,
    "asa_s": asa_s,
    "aht_s": aht_s,
    "abandon_rate": abandon_rate,
    "transfer_rate": transfer_rate,
}
"""Every figure by name. Shares are 0-1, durations seconds, None when undefined (nothing to divide by)."""


def kpis(counts: ServiceCounts) -> dict[str, float | None]:
    return {name: figure(counts) for name, figure in KPIS.items()}


class Formula(TypedDict):
    """A formula as text, to print beside its figure."""

    en: str
    zh: str


FORMULAS: Final[Mapping[str, Formula]] = {
    "offered": {"en": "contacts that entered the queue", "zh": "进入队列的联系数"},
    "answered": {"en": "contacts an agent answered", "zh": "坐席接听的联系数"},
    "answered_in_target": {
        "en": "answered after waiting at most T in the queue",
        "zh": "排队不超过 T 即被接听的联系数",
    },
    "abandoned": {
        "en": "callers who left while waiting in the queue (leaving in the menu does not count)",
        "zh": "排队中自行挂断的联系数（在语音菜单中挂断不计）",
    },
    "abandoned_short": {"en": "abandoned within the short-abandon time", "zh": "在短放弃时限内放弃的联系数"},
    "abandoned_in_target": {"en": "abandoned within T", "zh": "在 T 之内放弃的联系数"},
    "abandoned_after_target": {"en": "abandoned after T", "zh": "超过 T 后放弃的联系数"},
    "handled": {"en": "answered contacts that have ended", "zh": "已结束的已接听联系数"},
    "rona": {"en": "offers an agent let ring until they lapsed", "zh": "坐席振铃未接而失效的分配数"},
    "service_level": {
        "en": "answered within T ÷ (answered + abandoned after T)",
        "zh": "T 内接听 ÷（接听 + 超过 T 后放弃）",
    },
    "service_level_answered": {"en": "answered within T ÷ answered", "zh": "T 内接听 ÷ 接听"},
    "service_level_all": {
        "en": "answered within T ÷ (answered + abandoned)",
        "zh": "T 内接听 ÷（接听 + 放弃）",
    },
    "service_level_abandoned_in_target": {
        "en": "(answered within T + abandoned within T) ÷ (answered + abandoned)",
        "zh": "（T 内接听 + T 内放弃）÷（接听 + 放弃）",
    },
    "service_level_short": {
        "en": "(answered within T + short abandons) ÷ (answered + abandoned)",
        "zh": "（T 内接听 + 短放弃）÷（接听 + 放弃）",
    },
    "asa_s": {
        "en": "Σ queue wait of answered contacts ÷ answered (menu time not counted)",
        "zh": "已接听联系的排队时长之和 ÷ 接听（不含菜单时间）",
    },
    "aht_s": {"en": "(talk + hold + wrap-up) ÷ handled", "zh": "（通话 + 保持 + 话后处理）÷ 已处理"},
    "abandon_rate": {"en": "abandoned ÷ offered", "zh": "放弃 ÷ 进入队列"},
    "transferred": {
        "en": "transfers by agents who had the contact from this queue",
        "zh": "接听本队列联系的坐席所做的转接数",
    },
    "transfer_rate": {"en": "transferred ÷ answered", "zh": "转接 ÷ 接听"},
    "wait_answered_s": {"en": "Σ queue wait of answered contacts", "zh": "已接听联系的排队时长之和"},
    "talk_s": {"en": "Σ talking time of handled contacts", "zh": "已处理联系的通话时长之和"},
    "hold_s": {"en": "Σ hold time of handled contacts", "zh": "已处理联系的保持时长之和"},
    "wrap_up_s": {"en": "Σ after-call work time", "zh": "话后处理时长之和"},
}
