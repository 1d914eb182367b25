"""What every parameter of the policy is called, what it does, and between which limits it makes sense.

A `*` in a path stands for any tier, stage, reaction, score or action. A test holds the table to the policy: a
parameter without a row cannot be added. What a queue has of its own (`queue_levers.QUEUE.TIER.LEVER`) is
described by the row of the company's lever, and keeps its limits.
"""

from dataclasses import dataclass
from typing import Final, Literal

from contact_center.loyalty.policy import QUEUE_LEVERS

Group = Literal[
    "stage", "risk", "tier", "value", "index", "reactions", "repair", "outreach", "levers", "queues"
]
Kind = Literal["number", "integer", "choice", "codes", "severities", "yes_no", "text"]
Unit = Literal[
    "", "share", "periods", "s", "days", "months", "working_days", "money", "points", "profits", "per_minute"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Limits are inclusive, of a text those of its length; `optional` parameters may be empty (None).

    `per_queue`: a lever that acts in a queue, which may have a value of its own. The others act before or
    outside any queue and are the company's alone.
    """

    path: str
    group: Group
    kind: Kind
    low: float | None
    high: float | None
    unit: Unit
    en: str
    zh: str
    why_en: str
    why_zh: str
    optional: bool = False
    per_queue: bool = False


def _row(
    path: str, group: Group, kind: Kind, span: tuple[float | None, float | None], unit: Unit,
    en: str, zh: str, why_en: str, why_zh: str, *, optional: bool = False,
) -> Words:  # fmt: skip
    return Words(
        path=path, group=group, kind=kind, low=span[0], high=span[1], unit=unit,
        en=en, zh=zh, why_en=why_en, why_zh=why_zh, optional=optional,
        per_queue=path.rpartition(".")[2] in QUEUE_LEVERS,
    )  # fmt: skip


_SHARE, _WINDOW = (0.0, 1.0), (1.0, 60.0)
_DAY: Final = 86_400.0

WORDS: Final[tuple[Words, ...]] = (
    _row("lifecycle.mean_window", "stage", "integer", (1, 24), "periods", "Smoothing window", "平滑窗口",
         "Periods of the trailing mean that the stage reads. Longer: steadier and later.",
         "阶段判断所用移动平均的期数。越长越稳，也越迟。"),
    _row("lifecycle.slope_window", "stage", "integer", (2, 24), "periods", "Slope window", "斜率窗口",
         "Periods over which growth and fall are measured.", "衡量增长与下降的期数。"),
    _row("lifecycle.growth", "stage", "number", (0.001, 1.0), "share", "Growth threshold", "增长阈值",
         "Slope per period, as a share of the reference volume, from which a customer counts as growing or falling.",
         "每期斜率占参考业务量的比例，达到即视为增长或下降。"),
    _row("lifecycle.level_formation", "stage", "number", _SHARE, "share", "Level of formation", "形成期水平",
         "Share of the reference volume that a growing customer must have reached to be in formation.",
         "增长中的客户进入形成期须达到的参考业务量比例。"),
    _row("lifecycle.level_stable", "stage", "number", _SHARE, "share", "Level of stability", "稳定期水平",
         "Share of the reference volume from which a flat customer is stable.", "平稳客户进入稳定期的参考业务量比例。"),
    _row("lifecycle.level_plateau", "stage", "number", _SHARE, "share", "Level of a low plateau", "低位平台水平",
         "Share of the reference volume at which a long flat run is stable although it is low.",
         "业务量虽低、但长期平稳即视为稳定的比例。"),
    _row("lifecycle.drawdown_decline", "stage", "number", _SHARE, "share", "Fall that begins decline", "退化降幅",
         "Fall below own peak that is decline while volume keeps falling.", "低于自身峰值且仍在下降时，判为退化的降幅。"),
    _row("lifecycle.drawdown_hard", "stage", "number", _SHARE, "share", "Fall that is always decline", "必判退化降幅",
         "Fall below own peak that is decline whatever the slope.", "不论斜率，低于自身峰值达到此值即判为退化。"),
    _row("lifecycle.drawdown_recovered", "stage", "number", _SHARE, "share", "Fall that is repaired", "已修复降幅",
         "A declining customer this close to the own peak again, and flat, is stable.",
         "退化客户回到距峰值此范围内且平稳，视为稳定。"),
    _row("lifecycle.plateau", "stage", "integer", _WINDOW, "periods", "Length of a low plateau", "低位平台期数",
         "Flat periods in a row that make a low customer stable.", "低业务量客户连续平稳多少期视为稳定。"),
    _row("lifecycle.hold", "stage", "integer", (1, 12), "periods", "Patience before a change", "变更耐心",
         "Periods in a row that must agree before the stage changes.", "阶段变更前须连续一致的期数。"),
    _row("lifecycle.exit_gap", "stage", "integer", _WINDOW, "periods", "Silence that is an exit", "退出静默期",
         "Periods in a row without any volume after which the customer has left.", "连续多少期无业务视为已退出。"),
    _row("lifecycle.exit_p_alive", "stage", "number", _SHARE, "share", "Chance below which he has left", "退出概率下限",
         "Below this chance of still buying (by the purchase model) the customer has left.",
         "购买模型给出的仍在购买概率低于此值，视为已退出。"),
    _row("lifecycle.long_term", "stage", "integer", (1, 240), "periods", "Stable periods of a long relationship",
         "长期关系的稳定期数", "Stable periods that make the relationship a long-term one.", "稳定多少期算长久保持型。"),
    _row("lifecycle.cold_start", "stage", "integer", (1, 24), "periods", "Cold start", "冷启动期数",
         "With fewer periods nothing but exploration is said.", "期数不足时只判为考察期。"),
    _row("lifecycle.sure_after", "stage", "integer", _WINDOW, "periods", "Full confidence after", "完全置信所需期数",
         "Periods after which the stage is shown with full confidence.", "达到此期数后阶段置信度为满。"),
    _row("risk.index_drop", "risk", "number", (0, 100), "points", "Fall of the loyalty index", "忠诚指数降幅",
         "Points the index may fall within the window before the customer is at risk.",
         "窗口期内指数下降达到此分值视为有流失风险。"),
    _row("risk.days", "risk", "number", (1, 365), "days", "Window of falls", "降幅窗口",
         "Days over which falls of index and of the chance to buy are looked at.", "观察指数与购买概率下降的天数。"),
    _row("risk.p_alive_drop", "risk", "number", _SHARE, "share", "Fall of the chance to buy", "购买概率降幅",
         "Fall of the chance that he still buys that puts a customer at risk.", "仍在购买的概率下降达到此值视为有风险。"),
    _row("risk.p_churn", "risk", "number", _SHARE, "share", "Likely to end the contract", "合同流失概率",
         "Share of contracts that end at the renewal he comes to within a year from which he is at risk; only where "
         "it was learnt from contracts that ended.",
         "一年内续约时同次合同的流失比例，达到此值视为有风险；仅在已从结束的合同中学得时适用。"),
    _row("segments.band", "tier", "number", _SHARE, "share", "Band around a cut-off", "分界缓冲带",
         "Share beyond a cut-off that a value must lie to change the tier.", "数值须超出分界多少比例才改变等级。"),
    _row("segments.runs", "tier", "integer", (1, 30), "", "Nights that must agree", "须一致的夜间次数",
         "Nightly reckonings in a row that must agree before the tier changes.", "等级变更前须连续一致的夜间计算次数。"),
    _row("value.rate_yearly", "value", "number", (0, 1), "share", "Discount rate a year", "年贴现率",
         "What money of a year from now is discounted by.", "一年后资金的贴现比例。"),
    _row("value.horizon_months", "value", "integer", (1, 120), "months", "Horizon", "预测期",
         "Months ahead whose profit is the lifetime value.", "计入终身价值的未来月数。"),
    _row("value.survival_monthly", "value", "number", _SHARE, "share", "Kept each month", "月保持率",
         "Share of contracts kept each month where nothing better is known.", "无更好信息时，合同每月的保持比例。"),
    _row("value.cost_per_minute", "value", "number", (0, 1000), "per_minute", "Cost of an agent minute", "坐席每分钟成本",
         "All-in cost of a minute of talk, hold or wrap-up.", "通话、保持或话后处理每分钟的全部成本。"),
    _row("value.reference_volume", "value", "number", (0.000001, None), "money", "Reference volume without a base",
         "默认参考业务量", "Usual peak volume per period while too few customers are old enough to learn it from.",
         "老客户不足以学习时使用的每期常见峰值业务量。"),
    _row("value.reference_periods", "value", "integer", (2, 240), "periods", "Age to learn from", "学习所需期数",
         "Periods a customer must have for the reference volume to be learnt from.", "参与学习参考业务量的客户须有的期数。"),
    _row("value.reference_customers", "value", "integer", (1, 100000), "", "Customers to learn from", "学习所需客户数",
         "How many such customers it takes.", "需要多少个这样的客户。"),
    _row("value.full_range", "value", "integer", (1, 100), "", "Full range of products", "产品全系数量",
         "Products of a customer who has everything: the gap to it is room for cross-buying.",
         "拥有全部产品时的数量，差距即交叉购买空间。"),
    _row("value.count_remedies", "value", "yes_no", (None, None), "", "Remedies lower profit", "补救计入利润",
         "What was given to make good counts against profit. Off where refunds and fees waived are imported as "
         "transactions: they would count twice.",
         "补救金额计入利润。如退款与减免已作为交易导入，请关闭，以免重复计算。"),
    _row("value.growth.*.probability", "value", "number", _SHARE, "share", "Action: chance of success", "行动：成功概率",
         "How likely the action works.", "行动成功的概率。"),
    _row("value.growth.*.each", "value", "number", (0, 100), "profits", "Action: gain each period", "行动：每期收益",
         "Extra profit per period, in usual profits of a period.", "每期额外利润，以常规每期利润为单位。"),
    _row("value.growth.*.once", "value", "number", (0, 100), "profits", "Action: gain once", "行动：一次性收益",
         "Extra profit once, in usual profits of a period.", "一次性额外利润，以常规每期利润为单位。"),
    _row("value.growth.*.cost", "value", "number", (0, 100), "profits", "Action: cost", "行动：成本",
         "What the action costs, in usual profits of a period.", "行动成本，以常规每期利润为单位。"),
    _row("value.growth.*.gap", "value", "yes_no", (None, None), "", "Action: scaled by the product gap",
         "行动：按产品差距缩放", "Whether the gain shrinks with the products already owned.", "收益是否随已有产品减少。"),
    _row("index.weights.*.*", "index", "number", _SHARE, "share", "Weight of a score in a stage", "各阶段的分项权重",
         "How much a score counts in the index of a stage; the five of a stage add up to 1.",
         "分项在该阶段指数中的权重；每个阶段五项合计为 1。"),
    _row("index.inputs.*.*", "index", "number", _SHARE, "share", "Weight of an input in a score", "输入在分项中的权重",
         "How much an input counts in its score; those of a score add up to 1.",
         "输入在其分项中的权重；每个分项合计为 1。"),
    _row("index.window_days", "index", "number", (1, 3650), "days", "Window of evidence", "证据窗口",
         "Older contacts and answers do not count.", "更早的联系与回答不计入。"),
    _row("index.half_life_days", "index", "number", (1, 3650), "days", "Half-life of evidence", "证据半衰期",
         "Days after which a contact or an answer counts half.", "联系或回答的权重减半所需天数。"),
    _row("index.complaint_half_life_days", "index", "number", (1, 3650), "days", "Half-life of a complaint",
         "投诉半衰期", "Days after which a complaint costs half.", "投诉的扣分减半所需天数。"),
    _row("index.prior_weight", "index", "number", (0, 100), "", "Pull towards one half", "向中值收缩强度",
         "How many contacts of evidence the neutral start counts for.", "中性起点相当于多少次联系的证据。"),
    _row("index.patience_s", "index", "number", (1, 3600), "s", "Wait that scores nothing", "零分等待时长",
         "Waiting time at which the score of waiting is 0.", "等待分降为 0 的等待时长。"),
    _row("index.enough_coverage", "index", "number", _SHARE, "share", "Coverage to act on", "可据以行动的覆盖率",
         "Below this share of known weight nothing acts on the index.", "已知权重低于此比例时不据指数行动。"),
    _row("index.attitude_cut", "index", "number", _SHARE, "share", "High attitude from", "高态度分界",
         "From this score on attitude and behaviour count as high (Dick and Basu).", "态度与行为达到此分视为高（Dick–Basu）。"),
    _row("reactions.exit_dispositions", "reactions", "codes", (None, None), "", "Dispositions that speak of leaving",
         "表示离开的结果代码", "Each opens a repair case of leaving at once.", "出现即开立挽留工单。"),
    _row("reactions.complaint_severity", "reactions", "severities", (0, 1), "share", "Dispositions that complain",
         "表示投诉的结果代码", "Each opens a repair case; its severity 0-1 is what it costs the index.",
         "出现即开立投诉工单；严重度 0–1 决定指数扣分。"),
    _row("reactions.exit_drawdown", "reactions", "number", _SHARE, "share", "Fall that is a sign of leaving",
         "离开迹象降幅", "Fall below own peak that is a sign of leaving.", "低于自身峰值达到此值视为离开迹象。"),
    _row("reactions.usual_swings", "reactions", "number", (0, 20), "", "Own ups and downs", "自身波动倍数",
         "Standard deviations of the customer's own smoothed volume that no fall counts for; 0 takes every fall.",
         "降幅先减去客户自身平滑用量标准差的倍数；0 表示不扣减。"),
    _row("reactions.neglect_drawdown", "reactions", "number", _SHARE, "share", "Fall that is neglect", "忽视降幅",
         "Fall after a failure of ours from which he is neglecting us.", "我方失误后降幅达到此值视为忽视。"),
    _row("reactions.repeat_contacts", "reactions", "integer", (2, 20), "", "Repeated contacts", "重复联系次数",
         "So many contacts for one reason are a complaint.", "同一原因联系达到此次数视为抱怨。"),
    _row("reactions.repeat_days", "reactions", "number", (1, 90), "days", "Within", "重复联系窗口",
         "Days within which contacts for one reason count as repeated.", "同一原因重复联系的计算天数。"),
    _row("reactions.low_csat", "reactions", "integer", (1, 5), "", "Low satisfaction", "低满意度",
         "A satisfaction answer (1-5) of this or less is a complaint.", "满意度（1–5）不高于此值视为抱怨。"),
    _row("reactions.unanswered_callbacks", "reactions", "integer", (1, 20), "", "Unanswered callbacks", "未接回拨次数",
         "So many unanswered callbacks after a failure are neglect.", "失误后未接回拨达到此次数视为忽视。"),
    _row("reactions.silent_surveys", "reactions", "integer", (1, 20), "", "Silent surveys", "未答问卷次数",
         "So many surveys not answered after answering before are neglect.", "曾答问卷者连续未答达到此次数视为忽视。"),
    _row("reactions.loyal_index", "reactions", "number", (0, 100), "points", "Loyal waiting from", "忠诚等待指数",
         "From this index on silence after a failure is loyal waiting.", "指数达到此值时，失误后的沉默视为忠诚等待。"),
    _row("reactions.long_abandon_s", "reactions", "number", (0, 3600), "s", "Long wait before giving up", "长等待放弃",
         "Waiting longer than this and giving up is a failure of ours.", "等待超过此时长后放弃视为我方失误。"),
    _row("repair.first_action_s.*.*", "repair", "number", (60, 90 * _DAY), "s", "First action within", "首次行动时限",
         "Time to the first action by reaction and tier; empty: no case is opened.",
         "按反应与等级的首次行动时限；空表示不开工单。", optional=True),
    _row("repair.solve_working_days.*", "repair", "integer", (1, 90), "working_days", "Complaint solved within",
         "投诉解决时限", "Working days to solve a complaint.", "解决投诉的工作日数。"),
    _row("repair.legal_maximum_s", "repair", "number", (60, 365 * _DAY), "s", "Legal maximum", "法定时限",
         "No clock of a complaint runs longer than the law allows; empty: no limit.", "投诉时限不超过法定上限；空表示无。",
         optional=True),
    _row("repair.history_days", "repair", "number", (0, 3650), "days", "History after", "历史界限",
         "What was said longer ago than this when it is first seen opens no clocks.", "首次发现时已早于此天数的投诉只作历史，不启动时限。"),
    _row("repair.drawdown_tiers", "repair", "codes", (None, None), "", "Quiet leavers gone after", "主动挽回的等级",
         "Tiers of which a customer who shrinks without a word gets a repair case from the night.",
         "业务量下降而未表态时，夜间核算为其建立补救事项的客户等级。"),
    _row("repair.remedy_minimum", "repair", "number", (0, 1e6), "money", "Least that may be given", "补救最低额",
         "So much may be given to make good with anybody, whatever the tier's cap.", "不论等级上限，均可给予的补救金额。"),
    _row("repair.remedy_days", "repair", "number", (1, 3650), "days", "Cap counts for", "上限计算期",
         "What was given within so many days counts against the cap.", "此天数内已给予的补救计入上限。"),
    _row("repair.offer_saves", "repair", "number", _SHARE, "share", "An offer keeps", "挽留成功增量",
         "How much likelier a leaving customer stays for an offer; it may cost less than this share of his value.",
         "挽留优惠使客户留下的概率增量；优惠成本须低于其价值的此比例。"),
    _row("repair.utc_offset_s", "repair", "number", (-14 * 3600, 14 * 3600), "s", "Time zone of working days",
         "工作日时区", "Seconds the company's clock is ahead of UTC.", "公司时间早于 UTC 的秒数。"),
    _row("retention.hold_out", "repair", "number", (0, 0.5), "share", "Hold-out", "对照组比例",
         "Share of customers whom we do not try to keep by ourselves, to measure what trying brings.",
         "不主动挽留的客户比例，用以衡量挽留的实际效果；客户主动表示离开或投诉时照常处理。"),
    _row("retention.offers.*.bond", "repair", "choice", (None, None), "", "Offer to stay: bond", "挽留优惠：纽带",
         "What it binds by: money, people, or a joint process. The deepest is suggested first to platinum and gold.",
         "靠什么维系：财务、人际或结构（共同流程）。对铂金与黄金客户优先建议最深的纽带。"),
    _row("retention.offers.*.saves", "repair", "number", _SHARE, "share", "Offer to stay: keeps", "挽留优惠：成功增量",
         "How much likelier a customer stays for it. It is suggested where this share of his value exceeds its cost.",
         "客户因此留下的概率增量；此比例乘以客户价值高于成本时才建议。"),
    _row("retention.offers.*.cost", "repair", "number", (0, 1e6), "money", "Offer to stay: cost", "挽留优惠：成本",
         "What making the offer costs; never more than may still be given to him.", "提供该优惠的成本；不超过对其仍可给予的金额。"),
    _row("retention.offers.*.en", "repair", "text", (0, 60), "", "Offer to stay: name in English", "挽留优惠：英文名称",
         "What agents read. Empty only for offers we ship: they are named in both languages already.",
         "坐席所见的名称。仅随附的优惠可留空：它们已有中英文名称。"),
    _row("retention.offers.*.zh", "repair", "text", (0, 60), "", "Offer to stay: name in Chinese", "挽留优惠：中文名称",
         "What agents read in Chinese. Empty only for offers we ship.", "中文界面所见的名称。仅随附的优惠可留空。"),
    _row("outreach.due_days.*", "outreach", "integer", (1, 90), "working_days", "Call due within", "主动致电时限",
         "Working days from the occasion until a call of our own is due.", "自事由发生起，主动致电应在多少个工作日内完成。"),
    _row("outreach.quiet_days", "outreach", "number", (0, 365), "days", "Quiet time between calls", "主动致电间隔",
         "Nobody gets a planned call within so many days of the last one; apologies are not bound by it.",
         "距上次主动致电不足此天数时不再安排计划内致电；致歉不受此限。"),
    _row("outreach.newcomer_days", "outreach", "number", (0, 90), "days", "Newcomer for", "新客户天数",
         "A customer whose business began within so many days is welcomed.", "业务开始不超过此天数的客户会收到欢迎致电。"),
    _row("outreach.most_a_night", "outreach", "integer", (0, 10000), "", "Planned calls a night", "每晚计划致电上限",
         "A night plans no more calls than agents can make; the stage plan goes first, then who has most potential.",
         "夜间核算安排的主动致电不超过此数；阶段计划优先，其次为潜力最高者。"),
    _row("levers.*.head_start_s", "levers", "number", (0, 600), "s", "Head start in the queue", "排队提前量",
         "Seconds earlier than he came that a caller counts as arrived.", "来电视为提前到达的秒数。"),
    _row("levers.*.target_level", "levers", "number", _SHARE, "share", "Service level", "服务水平",
         "Share of calls to be answered in time.", "应及时接听的比例。"),
    _row("levers.*.target_s", "levers", "number", (1, 3600), "s", "Answered within", "接听时限",
         "Seconds in which a call counts as answered in time.", "视为及时接听的秒数。"),
    _row("levers.*.choice", "levers", "choice", (None, None), "", "Choice of agent", "坐席选择",
         "Who is looked for first.", "首先寻找哪位坐席。"),
    _row("levers.*.sticky_s", "levers", "number", (0, 600), "s", "Wait for that agent", "等候该坐席",
         "Seconds the call is kept for that agent.", "为该坐席保留来电的秒数。"),
    _row("levers.*.menu", "levers", "choice", (None, None), "", "Menu", "语音菜单",
         "How much menu a recognised caller hears, before any queue.", "识别客户后、进入队列前的菜单层级。"),
    _row("levers.*.callback_after_s", "levers", "number", (0, 7200), "s", "Callback offered from a wait of", "回拨提供门槛",
         "Predicted wait from which a callback is offered.", "预计等待达到此值时提供回拨。"),
    _row("levers.*.callback_within_s", "levers", "number", (60, 7 * _DAY), "s", "Called back within", "回拨时限",
         "Promise of the callback; empty: the next business day.", "回拨承诺时限；空表示下一工作日。", optional=True),
    _row("levers.*.overflow_s", "levers", "number", (0, 7200), "s", "Anybody qualified after", "溢出时长",
         "Wait after which any qualified agent may answer.", "等待超过此时长后任何合格坐席可接。"),
    _row("levers.*.proactive", "levers", "choice", (None, None), "", "Proactive contact", "主动联系",
         "What the company calls about by itself.", "公司主动联系的事由。"),
    _row("levers.*.recovery_cap", "levers", "number", _SHARE, "share", "Cap of recovery spend", "补救支出上限",
         "Share of the lifetime profit that may be spent to make good; empty: the minimum only.",
         "补救可用终身利润的比例；空表示仅最低额。", optional=True),
    _row("levers.*.retention", "levers", "choice", (None, None), "", "Retention", "挽留方式",
         "How a caller who wants to leave is brought to the retention desk.", "要离开的客户如何转挽留席。"),
    _row("head_start_cap_s", "queues", "number", (0, 600), "s", "Most favour of all", "提前量上限",
         "Nobody is overtaken by a caller who came more than this later.", "任何来电不会被晚到超过此时长者超越。"),
    _row("tiering_off", "queues", "codes", (None, None), "", "Queues without tiers", "不分级队列",
         "Queues that serve by arrival alone: emergency, safety, fraud, regulated complaints.",
         "仅按到达顺序服务的队列：应急、安全、欺诈、受监管投诉。"),
)  # fmt: skip
