"""The policy as a list of parameters that can be shown, changed one by one, checked and compared.

A parameter is named by its path (`levers.gold.head_start_s`; what a queue has of its own by
`queue_levers.billing.gold.head_start_s`). A changed policy is made from paths and values by the caller
(`storage` knows how to build one); here is what may be said of it.
"""

import math
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, Final, Literal, get_args

from contact_center.loyalty.lifecycle import STAGES
from contact_center.loyalty.policy import (
    AgentChoice,
    GrowthRule,
    Menu,
    Policy,
    Proactive,
    RetentionWay,
)
from contact_center.loyalty.policy_words import WORDS, Words
from contact_center.loyalty.retention import BONDS, SHIPPED_OFFERS, Offer
from contact_center.loyalty.segments import TIERS

Value = float | int | bool | str | list[str] | dict[str, float | str] | None
_ABOUT: Final = ("version", "author", "dated", "note")
_LEAVES: Final = ("reactions.complaint_severity",)
_OPTIONS: Final[dict[str, tuple[str, ...]]] = {
    "levers.*.choice": get_args(AgentChoice),
    "levers.*.menu": get_args(Menu),
    "levers.*.proactive": get_args(Proactive),
    "levers.*.retention": get_args(RetentionWay),
    "retention.offers.*.bond": BONDS,
}
_NEAR: Final = 1e-6
OWN: Final = "queue_levers"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One parameter with its value. `keys` are what the stars of `row` stand for, `options` its choices.

    `queue` has this value of its own; empty for what is the company's.
    """

    path: str
    row: str
    keys: tuple[str, ...]
    value: Value
    options: tuple[str, ...]
    queue: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Why a policy cannot be: which parameter, in both languages."""

    path: str
    en: str
    zh: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A parameter that two policies have differently; None where one of them does not have it.

    Of a queue's own value: `inherited` is the side on which the queue has none, and what is said there is the
    company's, which acts.
    """

    path: str
    row: str
    before: Value
    after: Value
    queue: str = ""
    inherited: Literal["", "before", "after"] = ""


def parameters(policy: Policy) -> tuple[Parameter, ...]:
    """Every parameter, in the order of the table of words."""
    found: dict[str, list[Parameter]] = {}
    for path, value in _leaves(policy, ()):
        row, keys = described(path)
        found.setdefault(row, []).append(
            Parameter(
                path=".".join(path),
                row=row,
                keys=keys,
                value=_plain(value),
                options=_OPTIONS.get(row, ()),
                queue=path[1] if path[0] == OWN else "",
            )
        )
    return tuple(p for words in WORDS for p in found.get(words.path, ()))


def described(path: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """The row that describes a path, and what its stars stand for. Raises `KeyError` for none.

    What a queue has of its own is described as the company's lever is.
    """
    if path[0] == OWN:
        return described(("levers", *path[2:]))
    for words in WORDS:
        parts = words.path.split(".")
        if len(parts) == len(path) and all(w in ("*", p) for w, p in zip(parts, path, strict=True)):
            return words.path, tuple(p for w, p in zip(parts, path, strict=True) if w == "*")
    raise KeyError(f"nothing describes the parameter {'.'.join(path)}")


def _leaves(value: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    if is_dataclass(value):
        for field in fields(value):
            if path or field.name not in _ABOUT:
                own = getattr(value, field.name)
                if not (isinstance(value, GrowthRule | Offer) and field.name == "name"):
                    yield from _leaves(own, (*path, field.name))
    elif isinstance(value, Mapping) and ".".join(path) not in _LEAVES:
        for key, each in value.items():
            yield from _leaves(each, (*path, str(key)))
    elif isinstance(value, tuple):
        for each in value:
            yield from _leaves(each, (*path, each.name))
    else:
        yield path, value


def _plain(value: Any) -> Value:
    if isinstance(value, frozenset):
        return sorted(value)
    return dict(value) if isinstance(value, Mapping) else value


def differences(before: Policy, after: Policy) -> tuple[Difference, ...]:
    """Every parameter that is not the same in both, and what a queue has of its own in one of them only."""
    old, new = ({p.path: p for p in parameters(policy)} for policy in (before, after))
    found = [_difference(path, old, new) for path in dict.fromkeys((*new, *old))]
    return tuple(each for each in found if each.inherited or each.before != each.after)


def _difference(path: str, old: Mapping[str, Parameter], new: Mapping[str, Parameter]) -> Difference:
    was, now = old.get(path), new.get(path)
    known = now or old[path]
    inherited: Literal["", "before", "after"] = ""
    if known.queue:
        company = path.replace(f"{OWN}.{known.queue}.", "levers.", 1)
        inherited = "before" if was is None else "after" if now is None else ""
        was, now = was or old[company], now or new[company]
    return Difference(
        path=path,
        row=known.row,
        before=None if was is None else was.value,
        after=None if now is None else now.value,
        queue=known.queue,
        inherited=inherited,
    )


# -- faults ------------------------------------------------------------------------------------------------


def faults(policy: Policy, queues: Collection[str] | None = None) -> tuple[Fault, ...]:
    """Everything that makes the policy impossible; none for one that may be saved.

    `queues`: all there are, and those that the policy before had values for; None does not look at that.
    """
    by_row = {words.path: words for words in WORDS}
    alone = [f for p in parameters(policy) if (f := _alone(p, by_row[p.row])) is not None]
    unknown = () if queues is None else _queues(policy, queues)
    told = (*_sums(policy), *_orders(policy), *_head_starts(policy), *_catalogue(policy))
    return (*alone, *told, *unknown)


def _alone(parameter: Parameter, words: Words) -> Fault | None:
    value = parameter.value
    if value is None and not words.optional:
        return Fault(path=parameter.path, en="A value is needed.", zh="必须填写。")
    if isinstance(value, str):
        return _too_long(parameter.path, value, words)
    amounts = list(value.values()) if isinstance(value, dict) else [value]
    numbers = [a for a in amounts if isinstance(a, int | float) and not isinstance(a, bool)]
    if all(_within(a, words.low, words.high) for a in numbers):
        return None
    return Fault(
        path=parameter.path,
        en=f"Must lie {_between_en(words.low, words.high)}.",
        zh=f"须{_between_zh(words.low, words.high)}。",
    )


def _too_long(path: str, text: str, words: Words) -> Fault | None:
    if words.high is None or len(text) <= words.high:
        return None
    en, zh = f"At most {words.high:g} letters.", f"最多 {words.high:g} 个字。"
    return Fault(path=path, en=en, zh=zh)


def _within(value: float, low: float | None, high: float | None) -> bool:
    return math.isfinite(value) and (low is None or value >= low) and (high is None or value <= high)


def _between_en(low: float | None, high: float | None) -> str:
    return (
        f"between {low:g} and {high:g}"
        if low is not None and high is not None
        else f"at {low or 0:g} or more"
    )


def _between_zh(low: float | None, high: float | None) -> str:
    return f"在 {low:g} 与 {high:g} 之间" if low is not None and high is not None else f"不小于 {low or 0:g}"


def _sums(policy: Policy) -> Iterator[Fault]:
    tables: tuple[tuple[str, Mapping[Any, Mapping[Any, float]]], ...] = (
        ("index.weights", policy.index.weights),
        ("index.inputs", policy.index.inputs),
    )
    for name, table in tables:
        for key, row in table.items():
            total = math.fsum(row.values())
            if abs(total - 1) > _NEAR:
                yield Fault(
                    path=f"{name}.{key}.{next(iter(row))}",
                    en=f"The weights of {key} add up to {total:g}, not to 1.",
                    zh=f"{key} 的权重合计为 {total:g}，应为 1。",
                )


_RISING: Final = (
    ("lifecycle.drawdown_recovered", "lifecycle.drawdown_decline"),
    ("lifecycle.drawdown_decline", "lifecycle.drawdown_hard"),
    ("lifecycle.level_formation", "lifecycle.level_stable"),
    ("lifecycle.level_plateau", "lifecycle.level_stable"),
    ("reactions.neglect_drawdown", "reactions.exit_drawdown"),
)


def _orders(policy: Policy) -> Iterator[Fault]:
    words = {w.path: w for w in WORDS}
    for low, high in _RISING:
        smaller, larger = _at(policy, low), _at(policy, high)
        if not smaller < larger:
            yield Fault(
                path=low,
                en=f"Must be smaller than “{words[high].en}” ({larger:g}).",
                zh=f"须小于“{words[high].zh}”（{larger:g}）。",
            )


def _at(policy: Policy, path: str) -> float:
    value: Any = policy
    for name in path.split("."):
        value = getattr(value, name)
    return float(value)


def _head_starts(policy: Policy) -> Iterator[Fault]:
    if set(policy.levers) != set(TIERS) or set(policy.index.weights) != set(STAGES):
        yield Fault(path="levers", en="A tier or a stage is missing.", zh="缺少某个等级或阶段。")
    own = {
        f"{OWN}.{queue}.{tier}": each["head_start_s"]
        for queue, tiers in policy.queue_levers.items()
        for tier, each in tiers.items()
        if "head_start_s" in each
    }
    company = {f"levers.{tier}": levers.head_start_s for tier, levers in policy.levers.items()}
    for place, head_start_s in (company | own).items():
        if head_start_s > policy.head_start_cap_s:
            yield Fault(
                path=f"{place}.head_start_s",
                en=f"No head start may exceed the cap of {policy.head_start_cap_s:g} s.",
                zh=f"提前量不得超过上限 {policy.head_start_cap_s:g} 秒。",
            )


def _queues(policy: Policy, queues: Collection[str]) -> Iterator[Fault]:
    """Queues that have values of their own and are none of these."""
    for queue in policy.queue_levers:
        if queue not in queues:
            yield Fault(path=f"{OWN}.{queue}", en=f"There is no queue “{queue}”.", zh=f"没有队列“{queue}”。")


CODE: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")
"""What an offer or an action is called by in every version, whatever it is called on screen."""
_SHIPPED: Final = frozenset(offer.name for offer in SHIPPED_OFFERS)


def _catalogue(policy: Policy) -> Iterator[Fault]:
    """Codes of offers that are none or come twice, and offers of the company's own without a name."""
    seen: set[str] = set()
    for offer in policy.retention.offers:
        path = f"retention.offers.{offer.name}"
        if not CODE.fullmatch(offer.name):
            yield bad_code(path, offer.name)
        elif offer.name in seen:
            yield taken(path, offer.name)
        seen.add(offer.name)
        for language, en, zh in (("en", "English", "英文"), ("zh", "Chinese", "中文")):
            if offer.name not in _SHIPPED and not getattr(offer, language).strip():
                yield Fault(
                    path=f"{path}.{language}",
                    en=f"The offer “{offer.name}” needs a name in {en}.",
                    zh=f"优惠“{offer.name}”须有{zh}名称。",
                )


def bad_code(path: str, code: str) -> Fault:
    en = f"“{code}” is no code: it begins with a letter a-z, then letters, digits and _, 40 at most."
    return Fault(
        path=path, en=en, zh=f"“{code}”不是有效代码：以字母 a-z 开头，后接字母、数字或 _，最多 40 个。"
    )


def taken(path: str, code: str) -> Fault:
    return Fault(path=path, en=f"There is a “{code}” already.", zh=f"已有“{code}”。")
