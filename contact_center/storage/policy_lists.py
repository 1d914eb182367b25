"""The lists of a policy, of growth actions and of offers to stay: one more by its fields, one less by None.

What is wrong with a new one is told by its code and its field. Limits of its figures are those of any other
(`policy_editing.faults`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from contact_center.loyalty.policy_editing import CODE, Fault, Value, bad_code, taken
from contact_center.loyalty.retention import BONDS


@dataclass(frozen=True, slots=True, kw_only=True)
class _List:
    """`fields` of one on the list by their kind, of which `needed` may not be missing; its word twice."""

    fields: Mapping[str, type]
    needed: frozenset[str]
    en: str
    zh: str


_LISTS: Final[Mapping[str, _List]] = {
    "value.growth": _List(
        fields={"probability": float, "each": float, "once": float, "cost": float, "gap": bool},
        needed=frozenset({"probability"}),
        en="action",
        zh="行动",
    ),
    "retention.offers": _List(
        fields={"bond": str, "saves": float, "cost": float, "en": str, "zh": str},
        needed=frozenset({"bond", "saves", "cost"}),
        en="offer",
        zh="优惠",
    ),
}


def is_listed(path: str) -> bool:
    """Whether the path is of a whole action or offer, not of one of its fields."""
    return path.rpartition(".")[0] in _LISTS


def put(body: Any, path: str, value: Value) -> Fault | None:
    """Change the list in `body`, a policy as plain values; what is wrong where that cannot be."""
    of, _, code = path.rpartition(".")
    about, (group, name) = _LISTS[of], of.split(".")
    kept = body[group][name]
    there = next((each for each in kept if each["name"] == code), None)
    if not CODE.fullmatch(code):
        return bad_code(path, code)
    if value is None:
        if there is None:
            return Fault(path=path, en=f"There is no {about.en} “{code}”.", zh=f"没有{about.zh}“{code}”。")
        kept.remove(there)
        return None
    if there is not None:
        return taken(path, code)
    if not isinstance(value, dict):
        en, zh = f"An {about.en} is its fields, or nothing.", f"{about.zh}须为各字段，或为空。"
        return Fault(path=path, en=en, zh=zh)
    fault = _fault(about, path, code, value)
    if fault is None:
        kept.append({"name": code} | {key: _as(about.fields[key], each) for key, each in value.items()})
    return fault


def _as(kind: type, value: float | str) -> float | str | bool:
    return bool(value) if kind is bool else value


def _fault(about: _List, path: str, code: str, value: Mapping[str, float | str]) -> Fault | None:
    for key in sorted(about.needed - value.keys()):
        en, zh = f"The {about.en} “{code}” needs “{key}”.", f"{about.zh}“{code}”须有“{key}”。"
        return Fault(path=path, en=en, zh=zh)
    for key, each in value.items():
        if key not in about.fields:
            en, zh = f"No {about.en} has a “{key}” (“{code}”).", f"{about.zh}没有“{key}”字段（“{code}”）。"
            return Fault(path=path, en=en, zh=zh)
        if isinstance(each, str) is not (about.fields[key] is str):
            en = f"“{key}” of the {about.en} “{code}” is of another kind."
            return Fault(path=path, en=en, zh=f"{about.zh}“{code}”的“{key}”类型不正确。")
        if key == "bond" and each not in BONDS:
            en = f"“{each}” is no bond of the {about.en} “{code}”: {', '.join(BONDS)}."
            zh = f"“{each}”不是{about.zh}“{code}”的纽带：{'、'.join(BONDS)}。"
            return Fault(path=path, en=en, zh=zh)
    return None
