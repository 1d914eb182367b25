"""A routing decision as one or two sentences a person understands, in both languages."""

from collections.abc import Iterable, Mapping

from contact_center.acd.account import DIRECT_RULE, WISH_RULE
from contact_center.cti.events import Decision, OfferMade, Queued, Recorded

PRICED = ("fair", "target")
TIERS_ZH = {"platinum": "铂金", "gold": "黄金", "iron": "铁", "lead": "铅"}


def reasons(log: Iterable[Recorded], names: Mapping[str, str]) -> dict[int, dict[str, str]]:
    """Of a contact's events in order: for each offer, by its place in the log, why it was made."""
    found: dict[int, dict[str, str]] = {}
    skills: Mapping[str, int] = {}
    for recorded in log:
        match recorded.event:
            case Queued(skills=needed):
                skills = needed
            case OfferMade(decision=decision):
                found[recorded.seq] = sentence(decision, names, skills)
            case _:
                pass
    return found


def sentence(decision: Decision, names: Mapping[str, str], skills: Mapping[str, int]) -> dict[str, str]:
    """Why the first candidate got the contact: `{"en": ..., "zh": ...}`."""
    if not decision.candidates:
        return {"en": "", "zh": ""}
    name = names.get(decision.candidates[0].agent, decision.candidates[0].agent)
    if decision.rule == DIRECT_RULE:
        en, zh = f"{name} was asked for by name", f"指定由 {name} 接听"
    elif decision.rule == WISH_RULE:
        en, zh = _wished(decision, name)
    elif decision.contacts > 1:
        en, zh = _freed(decision, name)
    else:
        en, zh = _came(decision, name, skills)
    waited_en, waited_zh = _span(decision.wait_s), f"{decision.wait_s:.0f} 秒"
    en += f"; the caller waited {waited_en}."
    zh += f"；来电者已等待 {waited_zh}。"
    numbers_en, numbers_zh = _numbers(decision)
    favours_en, favours_zh = _favours(decision)
    return {"en": en + favours_en + numbers_en, "zh": zh + favours_zh + numbers_zh}


def _wished(decision: Decision, name: str) -> tuple[str, str]:
    """The contact waited for this agent before all others."""
    match decision.wish:
        case "named":
            return f"{name} is the caller's own agent", f"{name} 是该客户的专属坐席"
        case "flow":
            return f"the flow asked for {name} first", f"流程优先指定 {name}"
        case _:
            return f"the caller talked to {name} last", f"该客户上次由 {name} 接待"


def _favours(decision: Decision) -> tuple[str, str]:
    """What the customer was given for who he is, and that less was asked after a while."""
    en, zh = "", ""
    if decision.tier:
        tier_zh = TIERS_ZH.get(decision.tier, decision.tier)
        table_en, table_zh = (
            (" By this queue's own table a", "按本队列自定的等级表，") if decision.own_place else (" A", "")
        )
        en = f"{table_en} {decision.tier} customer counts as {_span(decision.head_start_s)} earlier"
        zh = f"{table_zh}{tier_zh}客户按提前 {decision.head_start_s:.0f} 秒到达计算"
        if decision.sooner_s:
            en += f" and should be answered within {_span(decision.sooner_s)}"
            zh += f"，应在 {decision.sooner_s:.0f} 秒内接听"
        en, zh = en + ".", zh + "。"
    if decision.relaxed:
        en += " After that wait less skill was asked."
        zh += "等待已久，技能要求已放宽。"
    return en, zh


def _freed(decision: Decision, name: str) -> tuple[str, str]:
    """An agent came free and several lines had somebody for him."""
    lines = decision.contacts
    if decision.first:
        return (
            f"{name} came free and took, of {lines} contacts first in line, the one with priority",
            f"{name} 空闲后，从 {lines} 个队首来电中接听了优先的一个",
        )
    en, zh = {
        "strict": ("the most important", "最重要"),
        "skill": ("the one nearest to the agent's main skill", "最符合其主要技能"),
        "fair": ("the most urgent for its importance", "按重要性衡量最紧急"),
        "target": ("the most urgent that can still make its target", "仍可达标者中最紧急"),
    }.get(decision.rule, ("the one that waited longest", "等待最久"))
    return (
        f"{name} came free and took, of {lines} contacts first in line, {en}",
        f"{name} 空闲后，从 {lines} 个队首来电中接听了{zh}的一个",
    )


def _came(decision: Decision, name: str, skills: Mapping[str, int]) -> tuple[str, str]:
    """A contact looked for an agent."""
    needed_en = ", ".join(sorted(skills)) or "no particular skill"
    needed_zh = "、".join(sorted(skills)) or "无特定技能"
    idle_s, others = decision.candidates[0].idle_s, len(decision.candidates) - 1
    if others and decision.rule in PRICED:
        en, zh = "is the least needed elsewhere", "最不为其他队列所需"
    elif others and decision.rule in ("tiers", "strict", "skill"):
        en, zh = "is the best skilled, then the longest idle", "技能等级最高、空闲最久"
    else:
        en, zh = f"has been idle longest ({_span(idle_s)})", f"空闲最久（{idle_s:.0f} 秒）"
    en = f"{name} has {needed_en} and {en}"
    zh = f"{name} 具备 {needed_zh}，{zh}"
    en += f" of {others + 1} who qualify" if others else "; nobody else who qualifies is free"
    zh += f"，共有 {others + 1} 名合格坐席空闲" if others else "，当前没有其他合格坐席空闲"
    return en, zh


def _numbers(decision: Decision) -> tuple[str, str]:
    """The three numbers of the recommended policy, and what holding back would have been worth."""
    if decision.rule not in PRICED:
        return "", ""
    first = decision.candidates[0]
    en = (
        f" Urgency {decision.urgency:.2f} × importance {decision.importance:g};"
        f" penalty {first.penalty:.2f}, price {first.price:.2f}."
    )
    zh = (
        f"紧急度 {decision.urgency:.2f} × 重要性 {decision.importance:g}；"
        f"惩罚 {first.penalty:.2f}，代价 {first.price:.2f}。"
    )
    if decision.loss > decision.gain:
        en += " It has priority." if decision.first else " The longest time to hold it back was over."
        zh += "该来电优先。" if decision.first else "保留时限已到。"
    elif decision.loss > 0.0:
        en += f" Keeping the agent for others would save {decision.loss:.2f} and cost {decision.gain:.2f}."
        zh += f"为其他来电保留该坐席可省 {decision.loss:.2f}，但代价为 {decision.gain:.2f}。"
    return en, zh


def _span(seconds: float) -> str:
    whole = round(seconds)
    return f"{whole} s" if whole < 120 else f"{whole // 60} min"
