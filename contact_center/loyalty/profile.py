"""What the theory says of one customer, with the why of each figure and the step it suggests.

A `Profile` is what is kept. `portrait` is what a person sees: every figure beside its reason, in both
languages.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from contact_center.loyalty.index import Contribution
from contact_center.loyalty.ledger import PeriodName
from contact_center.loyalty.lifecycle import Pattern, Risk, Stage
from contact_center.loyalty.lifetime_value import CAP_OF_SEGMENT, Method
from contact_center.loyalty.reactions import Reaction
from contact_center.loyalty.repair import OCCASIONS, CaseKind
from contact_center.loyalty.segments import Tier

Basis = Literal["transactions", "interactions"]
Figure = Literal["stage", "value", "tier", "index", "churn", "risk", "next_step"]
NextStep = Literal[
    "retain", "repair", "win_back", "account_review", "onboard", "welcome", "develop", "keep", "none"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Glimpse:
    """An earlier index and p(alive), to see a fall by; `at` in epoch seconds."""

    at: float
    index: float | None
    p_alive: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Churn:
    """The chance (0-1) that a customer under contract leaves within twelve months.

    `renewal` is the number of the decision that comes, from 1, where contracts that ended taught it; None
    where too few have: then `chance` is the policy's for everybody alike, and nothing acts on it.
    """

    chance: float
    renewal: int | None = None

    @property
    def learnt(self) -> float | None:
        """The chance as far as it is knowledge."""
        return None if self.renewal is None else self.chance


@dataclass(frozen=True, slots=True, kw_only=True)
class Footing:
    """What a value rests on. `own_share`: how much the customer's own figure counts, the rest is the group's.

    Counts are None where the method does not use them: `purchases` repeat purchase days, `renewal` the number
    of the next decision on the contract, `events` judged ones. `fit` is the curve's R²; where no curve may
    exceed `cap` (money a period) and this one would, `held` of `tried` resamples were lowered by it.
    """

    own_share: float = 0.0
    periods: int = 0
    purchases: int | None = None
    renewal: int | None = None
    events: int | None = None
    curve: str | None = None
    fit: float | None = None
    cap: float | None = None
    held: int | None = None
    tried: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One customer at `as_of` (epoch seconds), made by version `policy`.

    Money is in the company's currency: `value` the lifetime profit of the next `horizon_months`, discounted
    at `rate_yearly`, with its 10th and 90th percentile where the method gives one; None where `basis` is
    contacts alone. `level` and `drawdown` are shares of the usual and of the customer's own peak volume,
    `slope` per `period`. `stable_after` is the period of the relationship in which it first was
    stable. `p_alive` is of customers without a contract, `churn` of those with one. `index` 0-100; with too
    little coverage for anything to act, `enough` is False.
    """

    customer: str
    as_of: float
    policy: int
    basis: Basis
    period: PeriodName
    stage: Stage
    confidence: float
    periods: int
    pattern: Pattern | None
    level: float
    slope: float
    drawdown: float
    method: Method
    value: float | None
    p10: float | None
    p90: float | None
    horizon_months: int
    rate_yearly: float
    current: float
    potential: float
    p_alive: float | None
    tier: Tier
    pending_tier: Tier | None = None
    pending_runs: int = 0
    index: float | None = None
    coverage: float = 0.0
    enough: bool = False
    contributions: tuple[Contribution, ...] = ()
    reaction: Reaction | None = None
    because: str | None = None
    risks: tuple[Risk, ...] = ()
    past: tuple[Glimpse, ...] = ()
    rests_on: Footing = Footing()
    stable_after: int | None = None
    churn: Churn | None = None

    @property
    def stays(self) -> float | None:
        """The chance that he goes on: still buys, or his contract outlasts the year; None where not known."""
        if self.churn is None:
            return self.p_alive
        return None if self.churn.learnt is None else 1 - self.churn.learnt


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """The customers of one tier and stage: how many, their lifetime profit together, their mean index."""

    tier: Tier
    stage: Stage
    customers: int
    value: float
    index: float | None


def equity_of(segments: Iterable[Segment]) -> float:
    """Customer equity: the lifetime profit of all who have not left."""
    return math.fsum(s.value for s in segments if s.stage != "exited")


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """Why a figure is as it is."""

    of: Figure
    en: str
    zh: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenRepair:
    """A repair case still open, or a call we intend; `due_at` (epoch seconds) is by when."""

    case: str
    reaction: CaseKind
    owner: str
    due_at: float | None
    overdue: bool

    @property
    def promised(self) -> bool:
        """Whether something is to be made good; a call of our own was promised to nobody."""
        return self.reaction not in OCCASIONS


@dataclass(frozen=True, slots=True, kw_only=True)
class Portrait:
    """The profile as shown; `profile` is None for who refused profiling, and for who has none yet."""

    profile: Profile | None
    refused: bool
    next_step: NextStep
    why: tuple[Why, ...]
    repairs: tuple[OpenRepair, ...] = ()


def portrait(profile: Profile | None, repairs: tuple[OpenRepair, ...] = (), *, refused: bool) -> Portrait:
    """What to show of a customer. Open repairs are promises made to him, shown whether he refused or not."""
    if refused or profile is None:
        step: NextStep = "repair" if any(each.promised for each in repairs) else "none"
        why = (_REFUSED,) if refused else ()
        return Portrait(profile=None, refused=refused, next_step=step, why=why, repairs=repairs)
    step, reason = next_step(profile, repairs)
    reasons = [_stage(profile), _value(profile), _tier(profile), _index(profile), *_churn(profile)]
    reasons += [*_risks(profile), reason]
    return Portrait(profile=profile, refused=False, next_step=step, why=tuple(reasons), repairs=repairs)


_REFUSED: Final = Why(
    of="next_step",
    en="The customer refused profiling: no tier, no index, no favour and no offer; served like anybody.",
    zh="客户拒绝画像：不分级、不计指数、不优先、不推荐；按普通客户服务。",
)


def next_step(profile: Profile, repairs: tuple[OpenRepair, ...]) -> tuple[NextStep, Why]:
    """The most urgent thing that helps; selling waits while something is to be made good."""
    step = _step(profile, repairs)
    en, zh = _STEPS[step]
    return step, Why(of="next_step", en=en, zh=zh)


def _step(profile: Profile, repairs: tuple[OpenRepair, ...]) -> NextStep:
    if profile.reaction == "exit" or "exit_signal" in profile.risks:
        return "retain"
    if any(each.promised for each in repairs) or profile.reaction in ("voice", "neglect"):
        return "repair"
    if profile.stage == "exited":
        return "win_back"
    if profile.stage == "decline":
        return "account_review" if profile.tier in ("platinum", "gold") else "keep"
    if profile.stage == "exploration":
        return "welcome"
    if profile.stage == "formation":
        return "onboard"
    return "develop" if profile.potential > 0 and profile.tier in ("platinum", "iron") else "keep"


_STEPS: Final[dict[NextStep, tuple[str, str]]] = {
    "retain": (
        "Signs of leaving: hear why, offer the retention desk, respect a final no.",
        "有流失迹象：了解原因，转挽留席，尊重客户最终决定。",
    ),
    "repair": (
        "Something is to be made good first: name the owner and the time promised. No offer today.",
        "先补救：说明负责人与承诺时间。今天不推荐产品。",
    ),
    "win_back": ("A former customer is back: ask what brought them.", "老客户回流：询问回来的原因。"),
    "account_review": (
        "A valuable customer uses us less: agree on a review of the account.",
        "高价值客户用量下降：约定账户回顾。",
    ),
    "onboard": (
        "The relationship grows: make sure the product is in use, offer what fits with consent.",
        "关系成长中：确认已顺利使用，征得同意后推荐合适产品。",
    ),
    "welcome": (
        "A new customer: solve it in this call and keep every small promise.",
        "新客户：一次解决，兑现每个小承诺。",
    ),
    "develop": (
        "There is room to grow: an offer that fits may be made, with consent.",
        "有增值潜力：征得同意后可推荐合适产品。",
    ),
    "keep": ("Serve well; nothing else is due.", "做好服务；暂无其他事项。"),
    "none": ("Not known well enough to suggest anything.", "资料不足，暂无建议。"),
}

_STAGE_ZH: Final[dict[Stage, str]] = {
    "exploration": "考察期",
    "formation": "形成期",
    "stable": "稳定期",
    "decline": "退化期",
    "exited": "已退出",
}
_METHOD: Final[dict[Method, tuple[str, str]]] = {
    "purchase_model": (
        "own purchases (BG/NBD × Gamma-Gamma), blended with the group",
        "本人购买模型（BG/NBD × Gamma-Gamma）与群体值加权",
    ),
    "segment_migration": (
        "the group's migration by recency, not own history",
        "按最近购买期的群体迁移模型，非本人历史",
    ),
    "segment_retention": ("contracts kept at the usual rate", "按通常续约率推算合同利润"),
    "renewal_model": (
        "how contracts of that age are renewed (shifted beta-geometric)",
        "同龄合同的续约规律（shifted beta-geometric）",
    ),
    "fitted_curve": ("own profit curve, blended with the group", "本人利润曲线拟合与群体值加权"),
    "customer_events": ("events expected and judged by a person", "人工判断的预期事件"),
    "none": ("no transactions are known, so no money is named", "无交易数据，不给出金额"),
}
_PERIOD_ZH: Final[dict[PeriodName, str]] = {"month": "月", "quarter": "季度", "year": "年"}
_TIER_ZH: Final[dict[Tier, str]] = {"platinum": "铂金", "gold": "黄金", "iron": "铁", "lead": "铅"}
_SCORE_ZH: Final = {
    "value": "认知价值",
    "satisfaction": "满意",
    "trust": "信任",
    "switching_cost": "转移成本",
    "behaviour": "行为",
}
_RISK: Final[dict[Risk, tuple[str, str]]] = {
    "exit_signal": (
        "a sign of leaving: what he said, or how far his volume fell",
        "有离开迹象：客户表达或业务量明显下降",
    ),
    "index_drop": ("the loyalty index fell further than the policy allows", "忠诚指数降幅超过策略限值"),
    "p_alive_drop": (
        "the chance that he still buys fell further than the policy allows",
        "仍在购买的概率降幅超过策略限值",
    ),
    "likely_churn": (
        "of contracts at his next renewal, which falls within a year, as many end as the policy calls likely",
        "其下一次续约在一年内，同次续约的合同流失比例达到策略限值",
    ),
    "overdue_complaint": ("a promise on a complaint is overdue", "投诉承诺已逾期"),
}


def _stage(p: Profile) -> Why:
    contacts = p.basis == "interactions"
    measured_en, measured_zh = ("contacts", "联系次数") if contacts else ("volume", "业务量")
    unit, unit_zh = p.period, _PERIOD_ZH[p.period]
    return Why(
        of="stage",
        en=f"{p.stage}: {measured_en} at {p.level:.0%} of usual, {p.slope:+z.0%} a {unit}, "
        f"{p.drawdown:.0%} below own peak; confidence {p.confidence:.0%} from {p.periods} {unit}s. "
        f"A turn shows 2-4 {unit}s late.",
        zh=f"{_STAGE_ZH[p.stage]}：{measured_zh}为常值的 {p.level:.0%}，每{unit_zh}变化 {p.slope:+z.0%}，"
        f"较自身峰值低 {p.drawdown:.0%}；依据 {p.periods} 个{unit_zh}，置信度 {p.confidence:.0%}。"
        f"转折约迟 2-4 个{unit_zh}显现。",
    )


def _value(p: Profile) -> Why:
    en, zh = _METHOD[p.method]
    if p.value is None:
        return Why(of="value", en=en.capitalize() + ".", zh=zh + "。")
    between_en, between_zh = _between(p)
    if p.p90 is not None and round(p.value) > round(p.p90):  # of who has most likely left: what the few bring
        between_en, between_zh = between_en + "; few cases make the mean", between_zh + "；均值由少数情形形成"
    rests_en, rests_zh = _rests_on(p)
    return Why(
        of="value",
        en=f"Expected profit of the next {p.horizon_months} months at {p.rate_yearly:.0%} a year: "
        f"{p.value:,.0f}{between_en}; by {en}{rests_en}.",
        zh=f"未来 {p.horizon_months} 个月预期利润（年贴现 {p.rate_yearly:.0%}）："
        f"{p.value:,.0f}{between_zh}；方法：{zh}{rests_zh}。",
    )


def _between(p: Profile) -> tuple[str, str]:
    """The interval; where the cap on curves made or narrowed it, that is said."""
    known = p.p10 is not None and p.p90 is not None
    en, zh = _interval(p)
    f, unit_zh = p.rests_on, _PERIOD_ZH[p.period]
    if f.cap is None or f.held is None or f.tried is None:
        return en, zh
    cap_en = f"the cap of {f.cap:,.0f} a {p.period} ({CAP_OF_SEGMENT:g} × the base's 95th percentile)"
    cap_zh = f"每{unit_zh}上限 {f.cap:,.0f}（全体客户第 95 百分位的 {CAP_OF_SEGMENT:g} 倍）"
    if known:
        en += f", narrowed by {cap_en} in {f.held} of {f.tried} resamples"
        return en, f"{zh}，其中 {f.tried} 次重抽样有 {f.held} 次受{cap_zh}压低"
    held_en = f", held at {cap_en} in {f.held} of {f.tried} resamples, so no interval can be named"
    return held_en, f"，{f.tried} 次重抽样中有 {f.held} 次被{cap_zh}压住，因此不给区间"


def _interval(p: Profile) -> tuple[str, str]:
    """Told as one figure where both ends are the same."""
    if p.p10 is None or p.p90 is None:
        return " (no interval by this method)", "，该方法不给区间"
    low, high = f"{p.p10:,.0f}", f"{p.p90:,.0f}"
    en = f", 80 % between {low} and {high}" if low != high else f", in eight of ten cases {low}"
    zh = f"，八成落在 {low} 至 {high}" if low != high else f"，八成情形为 {low}"
    return en, zh


def _rests_on(p: Profile) -> tuple[str, str]:
    """What the figure was made from, as far as it is the customer's own."""
    f, unit_zh = p.rests_on, _PERIOD_ZH[p.period]
    parts: list[tuple[str, str]] = []
    if f.purchases is not None:
        bought_en = f"{f.purchases} repeat purchases in {f.periods} {p.period}s"
        parts.append((bought_en, f"{f.periods} 个{unit_zh}内复购 {f.purchases} 次"))
    if f.curve is not None:
        parts.append((f"{f.curve} curve, R² {f.fit or 0.0:.2f}", f"{f.curve} 曲线，R² {f.fit or 0.0:.2f}"))
    if f.renewal is not None:
        parts.append((f"renewal {f.renewal} comes next", f"下一次为第 {f.renewal} 次续约"))
    if f.events is not None:
        parts.append((f"{f.events} events", f"{f.events} 个事件"))
    if 0 < f.own_share < 1:
        parts.append((f"{f.own_share:.0%} own figure", f"本人占 {f.own_share:.0%}"))
    if not parts:
        return "", ""
    return f" ({'; '.join(en for en, _ in parts)})", f"（{'；'.join(zh for _, zh in parts)}）"


def _tier(p: Profile) -> Why:
    high_now, high_later = p.tier in ("platinum", "gold"), p.tier in ("platinum", "iron")
    pending = f"; {p.pending_tier} if tonight agrees" if p.pending_tier else ""
    pending_zh = f"；若今晚结果一致将变为{_TIER_ZH[p.pending_tier]}" if p.pending_tier else ""
    word, sign = ("high", "low"), ("高", "低")
    return Why(
        of="tier",
        en=f"{p.tier}: current value {word[not high_now]}, potential {word[not high_later]}{pending}. "
        "A tier never changes a price.",
        zh=f"{_TIER_ZH[p.tier]}：当前价值{sign[not high_now]}，增值潜力{sign[not high_later]}"
        f"{pending_zh}。分级不影响价格。",
    )


def _index(p: Profile) -> Why:
    if p.index is None:
        return Why(of="index", en="No evidence yet.", zh="尚无依据。")
    en = ", ".join(f"{c.name.replace('_', ' ')} {c.points:.1f}" for c in p.contributions)
    zh = "，".join(f"{_SCORE_ZH[c.name]} {c.points:.1f}" for c in p.contributions)
    few = not p.enough
    return Why(
        of="index",
        en=f"{p.index:.1f} = {en}; {p.coverage:.0%} of the weight is known"
        + ("; insufficient data, nothing acts on it." if few else "."),
        zh=f"{p.index:.1f} = {zh}；权重覆盖 {p.coverage:.0%}" + ("；数据不足，不据此行动。" if few else "。"),
    )


def _churn(p: Profile) -> list[Why]:
    """Of who has a contract: the chance to leave within a year, and whether it is knowledge."""
    if p.churn is None:
        return []
    chance, renewal = p.churn.chance, p.churn.renewal
    if renewal is None:
        en = f"The policy takes {chance:.0%} of all contracts to end in a year: too few have ended to learn "
        zh = f"策略假定一年内合同流失 {chance:.0%}：已结束的合同太少，无法学习，"
        return [Why(of="churn", en=en + "from, so nothing acts on it.", zh=zh + "不据此行动。")]
    if chance == 0:
        en = "The contract runs for more than a year: no renewal falls within it; "
        zh = f"合同还有一年以上，期内没有续约；下一次为第 {renewal} 次续约。"
        return [Why(of="churn", en=f"{en}renewal {renewal} comes next.", zh=zh)]
    en = f"{chance:.0%} of contracts end at renewal {renewal}, which falls within a year: how those of the "
    zh = f"一年内将到第 {renewal} 次续约，同次续约的合同流失 {chance:.0%}："
    return [
        Why(
            of="churn",
            en=en + "base were renewed (shifted beta-geometric), not what he has said.",
            zh=zh + "依据全体合同的续约规律（shifted beta-geometric），并非其本人表态。",
        )
    ]


def _risks(p: Profile) -> list[Why]:
    return [Why(of="risk", en=_RISK[r][0].capitalize() + ".", zh=_RISK[r][1] + "。") for r in p.risks]
