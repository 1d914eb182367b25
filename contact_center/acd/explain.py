"""A routing decision as one sentence a person understands, in both languages."""

from collections.abc import Mapping

from contact_center.cti.events import Decision


def sentence(decision: Decision, names: Mapping[str, str], skills: Mapping[str, int]) -> dict[str, str]:
    """Why the first candidate got the contact: `{"en": ..., "zh": ...}`."""
    if not decision.candidates:
        return {"en": "", "zh": ""}
    chosen = decision.candidates[0]
    name = names.get(chosen.agent, chosen.agent)
    needed_en = ", ".join(sorted(skills)) or "no particular skill"
    needed_zh = "、".join(sorted(skills)) or "无特定技能"
    others = len(decision.candidates) - 1
    en = f"{name} has {needed_en} and has been idle longest ({_span(chosen.idle_s)})"
    en += f" of {others + 1} who qualify" if others else "; nobody else who qualifies is free"
    zh = f"{name} 具备 {needed_zh}，空闲最久（{chosen.idle_s:.0f} 秒）"
    zh += f"，共有 {others + 1} 名合格座席空闲" if others else "，当前没有其他合格座席空闲"
    waited = f"; the caller waited {_span(decision.wait_s)}"
    return {"en": en + waited + ".", "zh": f"{zh}；来电者已等待 {decision.wait_s:.0f} 秒。"}


def _span(seconds: float) -> str:
    whole = round(seconds)
    return f"{whole} s" if whole < 120 else f"{whole // 60} min"
