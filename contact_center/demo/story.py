"""Three customers whose story can be read on every screen, and what the company's customers have bought.

`docs/explanation/loyalty.md` walks through the three: Victor Marlow is a platinum customer about to leave,
Su Yuqing is new, Ingrid Halvorsen has been loyal for years. Times count back from now, in days; everything is
drawn from a seed.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from random import Random
from typing import Final

from contact_center.cti.flow_events import Measure
from contact_center.customers.record import Consent, Customer, CustomerNote
from contact_center.customers.rows import CustomerRow
from contact_center.loyalty.ledger import Benefit, BenefitKind, Transaction

DAY_S: Final = 86_400.0
MONTH_S: Final = 365.25 / 12 * DAY_S
MONTHS: Final = 36
SEED: Final = 41
CURRENCY: Final = "USD"
LEAVING, NEW, LOYAL = "cust-0201", "cust-0202", "cust-0203"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scripted:
    """A contact of the story: how long ago it began (days), and what became of it.

    `gives_up_s` is the wait after which nobody was reached; `answers` are survey answers by measure.
    """

    customer: str
    days_ago: float
    queue: str = "billing"
    disposition: str = "resolved"
    note: str = ""
    gives_up_s: float | None = None
    answers: tuple[tuple[Measure, int], ...] = ()


def people(now: float) -> list[Customer]:
    """The three, as the record knows them."""
    return [
        Customer(
            id=LEAVING,
            name="Victor Marlow",
            numbers=("+15035550191", "+15035550192"),
            emails=("victor.marlow@example.com",),
            external_ids=("CRM-88121",),
            language="en",
            city="Boston",
            notes="Runs two workshops on our lines. Wants one person to talk to.",
            tags=("fibre", "roaming"),
            since=now - 34 * MONTH_S,
            products=1,
        ),
        Customer(
            id=NEW,
            name="苏雨晴 (Su Yuqing)",
            numbers=("+861000000591",),
            emails=("yuqing.su@example.com",),
            language="zh",
            city="杭州",
            tags=("prepaid",),
            since=now - 1.9 * MONTH_S,
            products=1,
        ),
        Customer(
            id=LOYAL,
            name="Ingrid Halvorsen",
            numbers=("+15035550193",),
            emails=("ingrid.halvorsen@example.com",),
            external_ids=("CRM-10007",),
            language="en",
            city="Seattle",
            notes="With us since the first shop. Sends friends.",
            tags=("family plan", "paperless"),
            since=now - 74 * MONTH_S,
            products=2,
            preferred_agent="amy",
        ),
    ]


CONTACTS: Final = (
    Scripted(customer=LEAVING, days_ago=52, queue="technical", note="Line of the second shop drops."),
    Scripted(customer=LEAVING, days_ago=33, queue="technical", gives_up_s=170.0),
    Scripted(
        customer=LEAVING,
        days_ago=32.9,
        queue="technical",
        disposition="fault_open",
        note="Third time he calls about the line. Promised a technician within two days.",
        answers=(("csat", 2), ("nps", 4), ("ces", 2)),
    ),
    Scripted(
        customer=LEAVING,
        days_ago=9,
        disposition="complaint",
        note="No technician came. Wants last month refunded and one named person.",
        answers=(("csat", 1), ("nps", 1)),
    ),
    Scripted(
        customer=LEAVING,
        days_ago=2.2,
        disposition="cancel",
        note="Has an offer of a competitor. Asks what ending the contract of the second shop costs.",
    ),
    Scripted(customer=NEW, days_ago=51, disposition="plan_change", note="已开通。", answers=(("csat", 5),)),
    Scripted(customer=NEW, days_ago=12, disposition="bill_explained", note="首张账单已说明。"),
    Scripted(
        customer=LOYAL,
        days_ago=26,
        disposition="plan_change",
        note="Third line for the daughter.",
        answers=(("csat", 5), ("nps", 9), ("ces", 6)),
    ),
    Scripted(
        customer=LOYAL,
        days_ago=5,
        note="Account review: happy.",
        answers=(("csat", 5), ("nps", 10), ("ces", 7)),
    ),
)
"""What the three called about in the last two months."""
REPAIRED_WITHIN_S: Final = 3 * 3600.0
"""Other customers' cases were closed this soon; those of the leaving one are open."""


def records(customers: Sequence[Customer], now: float) -> list[CustomerRow]:
    """Every customer with the consents given: about two thirds may be called about offers."""
    draw = Random(SEED)  # noqa: S311  # a made-up company, not a secret
    rows = []
    for customer in customers:
        granted = customer.id in (LEAVING, LOYAL) or (draw.random() < 0.65 and customer.id != NEW)
        consent = Consent(
            customer=customer.id,
            purpose="marketing",
            granted=granted,
            at=max(customer.since, now - 300 * DAY_S),
            source="contract",
        )
        asked = granted or draw.random() < 0.4
        known = customer.products or draw.choice((1, 2, 2, 3, 3, 4))
        rows.append(
            CustomerRow(customer=replace(customer, products=known), consents=(consent,) if asked else ())
        )
    return rows


def sales(customers: Sequence[Customer], now: float) -> Iterator[Transaction]:
    """Three years of bills and top-ups of everybody, the story's own for the three."""
    draw = Random(f"{SEED} {customers[0].id if customers else 0}")  # noqa: S311  # as above
    told = {LEAVING: _leaving, NEW: _new, LOYAL: _loyal}
    for customer in customers:
        monthly = told[customer.id] if customer.id in told else _ordinary(draw)
        months = min(MONTHS, int((now - customer.since) / MONTH_S) + 1)
        for ago in range(months - 1, -1, -1):
            for part, amount in enumerate(monthly(months - 1 - ago, ago, draw)):
                at = now - ago * MONTH_S - (3 + 12 * part + draw.uniform(0, 9)) * DAY_S
                if amount > 0 and at > customer.since:
                    yield _sale(f"{customer.id}-{ago:02}-{part}", customer.id, at, amount)


Monthly = Callable[[int, int, Random], tuple[float, ...]]
"""What is bought in a month, from its number since the beginning, how many months ago it is, and chance."""


def _ordinary(draw: Random) -> Monthly:
    """A bill that grows at first, top-ups now and then; some buy rarely, some stop one day."""
    plan, top_ups = draw.choice((18.0, 25.0, 32.0, 45.0, 60.0)), draw.gammavariate(1.2, 0.5)
    pays = draw.uniform(0.2, 0.5) if draw.random() < 0.2 else 0.97
    left = int(draw.uniform(0, 4.5 * MONTHS))  # so many months ago, as far as they are in sight
    stays = left >= MONTHS or left < 1

    def month(age: int, ago: int, chance: Random) -> tuple[float, ...]:
        if not stays and ago < left:
            return ()
        grown = plan * min(1.0, 0.4 + 0.1 * age)
        bill = grown * chance.uniform(0.95, 1.05) if chance.random() < pays else 0.0
        return bill, 12.0 if chance.random() < top_ups else 0.0

    return month


def _leaving(age: int, ago: int, chance: Random) -> tuple[float, ...]:
    """Grew for a year, stayed, and takes one thing after the other away since half a year."""
    level = min(1.0, 0.25 + 0.075 * age)
    level *= (0.38, 0.5, 0.62, 0.78, 0.9, 0.97)[ago] if ago < 6 else 1.0
    return 210.0 * level * chance.uniform(0.97, 1.03), 40.0 * level


def _new(age: int, _ago: int, chance: Random) -> tuple[float, ...]:
    return 22.0 + 4.0 * age, 8.0 if chance.random() < 0.4 else 0.0


def _loyal(age: int, _ago: int, chance: Random) -> tuple[float, ...]:
    return 128.0 * min(1.0, 0.9 + age * 0.004) * chance.uniform(0.98, 1.02), 22.0


def _sale(id_: str, customer: str, at: float, amount: float) -> Transaction:
    price = Decimal(str(round(amount, 2)))
    return Transaction(
        id=id_,
        customer=customer,
        at=at,
        kind="fee",
        unit_price=price,
        unit_cost=(price * Decimal("0.55")).quantize(Decimal("0.01")),
        currency=CURRENCY,
    )


def benefits(now: float) -> list[Benefit]:
    """What the loyal customer brought besides her own bills, and the leaving one once did."""
    given: tuple[tuple[str, float, BenefitKind, str], ...] = (
        (LOYAL, 400, "referral", "85"),
        (LOYAL, 150, "referral", "85"),
        (LOYAL, 60, "know_how", "40"),
        (LEAVING, 700, "referral", "85"),
    )
    return [
        Benefit(id=f"benefit-{i}", customer=who, at=now - days * DAY_S, kind=kind, amount=Decimal(amount))
        for i, (who, days, kind, amount) in enumerate(given, 1)
    ]


def notes(now: float) -> list[CustomerNote]:
    return [
        CustomerNote(
            id="note-1",
            customer=LEAVING,
            at=now - 8 * DAY_S,
            author="sofia",
            text="Escalated to operations: no technician was ever booked.",
        ),
        CustomerNote(
            id="note-2",
            customer=LOYAL,
            at=now - 5 * DAY_S,
            author="amy",
            text="Yearly account review done. Interested in the family bundle.",
        ),
    ]
