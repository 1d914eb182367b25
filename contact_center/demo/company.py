"""The demo's company: its file, about 200 customers, and loading both with a believable past.

Everything is drawn from a seed, so that every demo shows the same people. Numbers are reserved for fiction
(+1 xxx 555 01xx) or cannot exist (+86 10 0...: no Beijing number begins with 0).
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Final

from contact_center.customers.record import Customer
from contact_center.demo import story
from contact_center.demo.past import past
from contact_center.loyalty.casework import act_event
from contact_center.loyalty.policy import DEFAULT, LEVERS, Menu
from contact_center.loyalty.repair import RESULTS, TASKS, Close, RepairCase, TaskDone, Tick, step
from contact_center.loyalty.service import Loyalty
from contact_center.runtime.ids import new_id
from contact_center.storage import imports
from contact_center.storage.company import CompanyFile, load_company
from contact_center.storage.directory import load_directory
from contact_center.storage.engine import Database
from contact_center.storage.events import EventStore
from contact_center.storage.loyalty import LoyaltyStore
from contact_center.storage.records import Records

COMPANY = Path(__file__).with_name("company.toml")
CUSTOMERS = 200
SEED = 2026
DAY_S = 86_400.0
NIGHTS = (360, 180, 90, 30, 1)
"""Days ago of the reckonings that the base remembers, besides the one of the moment it is loaded."""
POLICY: Final = replace(
    DEFAULT,
    version=1,
    author="admin",
    note="Gold customers who dispute a bill leave soonest: in Billing they come half a minute sooner.",
    queue_levers={"billing": {"gold": {"head_start_s": 90.0}}},
)
"""The company's first version: one queue departs in one lever."""
_YEAR_S = 365 * 86_400.0
_BATCH = 2000

_FIRST = """
Olivia Noah Emma Liam Ava Mason Sophia Lucas Isla Ethan Grace Henry Chloe Jack Nora Oscar Ruby Leo Alice Hugo
Maya Felix Clara Omar Leila Mateo Priya Arjun Ingrid Tomas
"""
_LAST = """
Bennett Castillo Doyle Everett Fischer Greene Hughes Ibarra Jensen Kowalski Larsen Murphy Novak Osborne Patel
Quinn Rossi Schmidt Turner Usman Vargas Walsh Xavier Young Zimmerman
"""
_SURNAMES = """
王Wang 李Li 张Zhang 刘Liu 陈Chen 杨Yang 赵Zhao 黄Huang
周Zhou 吴Wu 徐Xu 孙Sun 胡Hu 朱Zhu 高Gao 林Lin
"""
_GIVEN = """
伟Wei 芳Fang 娜Na 敏Min 静Jing 磊Lei 洋Yang 艳Yan
勇Yong 杰Jie 梅Mei 涛Tao 超Chao 明Ming 霞Xia 平Ping
"""
_CITIES_EN = ("Washington", "Boston", "Chicago", "Seattle", "San Francisco", "Austin")
_CITIES_ZH = ("北京", "上海", "杭州", "广州", "深圳", "成都")
_COMPANIES = (
    "Lantern Coffee",
    "Northgate Logistics",
    "Quay Works",
    "Blue Heron Dental",
    "明德书店",
    "江南茶业",
)
_AREA_CODES = ("202", "617", "312", "206", "415", "512")
_TAGS = ("prepaid", "fibre", "roaming", "family plan", "paperless", "early adopter", "moved house")
_NOTES = (
    "",
    "",
    "",
    "Prefers a call back after 5 pm.",
    "Second line for the shop.",
    "Asked for paper bills.",
    "希望使用普通话沟通。",
    "漫游套餐将于月底到期。",
)


def customers(now: float, *, count: int = CUSTOMERS, seed: int = SEED) -> list[Customer]:
    """The company's customers; `now` (epoch seconds) only dates how long they have been with it."""
    draw = Random(seed)  # noqa: S311  # a made-up company, not a secret
    made = [_customer(draw, number, now) for number in range(count)]
    return _households(made)


def _customer(draw: Random, number: int, now: float) -> Customer:
    chinese = draw.random() < 0.45
    name, mail = _chinese_name(draw) if chinese else _english_name(draw)
    business = draw.random() < 0.08
    numbers = [_number(number, chinese=chinese)]
    if draw.random() < 0.15:
        numbers.append(_number(CUSTOMERS + number, chinese=not chinese))
    return Customer(
        id=f"cust-{number + 1:04d}",
        name=name,
        kind="company" if business else "person",
        numbers=tuple(numbers),
        emails=(f"{mail}{number}@example.com",) if draw.random() < 0.8 else (),
        language="zh" if chinese else "en",
        city=draw.choice(_CITIES_ZH if chinese else _CITIES_EN),
        company=draw.choice(_COMPANIES) if business else "",
        notes=draw.choice(_NOTES),
        tags=tuple(sorted(draw.sample(_TAGS, draw.choice((0, 1, 1, 2))))),
        since=now - draw.uniform(0.2, 9.0) * _YEAR_S,
    )


def _english_name(draw: Random) -> tuple[str, str]:
    first, last = draw.choice(_FIRST.split()), draw.choice(_LAST.split())
    return f"{first} {last}", f"{first}.{last}".lower()


def _chinese_name(draw: Random) -> tuple[str, str]:
    """Both scripts: 王梅 (Wang Mei)."""
    surname = draw.choice(_SURNAMES.split())
    given = draw.sample(_GIVEN.split(), draw.choice((1, 2)))
    hanzi = "".join(part[0] for part in (surname, *given))
    latin_surname, latin_given = surname[1:], "".join(part[1:] for part in given).capitalize()
    return f"{hanzi} ({latin_surname} {latin_given})", f"{latin_given}.{latin_surname}".lower()


def _number(place: int, *, chinese: bool) -> str:
    """A number of its own for each place up to 599; 503 and the Chinese ones from 599 are the story's."""
    if chinese:
        return f"+861000{place:06d}"
    return f"+1{_AREA_CODES[place // 100]}55501{place % 100:02d}"


def _households(made: list[Customer]) -> list[Customer]:
    """Every fortieth customer shares the number of the one before: a caller with several matches."""
    for place in range(39, len(made), 40):
        first, second = made[place - 1], made[place]
        shared = Customer(
            **{name: getattr(second, name) for name in second.__slots__ if name != "numbers"},
            numbers=(first.numbers[0], *second.numbers[1:]),
        )
        made[place] = shared
    return made


async def load_demo(database: Database, now: float) -> CompanyFile:
    """Load company, customers and past into a migrated database; each only where it is missing."""
    company = await load_company(database, COMPANY)
    records, events = Records(database), EventStore(database)
    everybody = [*customers(now), *story.people(now)]
    fresh = not await records.search_customers("", 1)
    if await events.last_seq() == 0:
        log = past(everybody, await load_directory(database), now, scripted=story.CONTACTS)
        for start in range(0, len(log), _BATCH):
            await events.append(log[start : start + _BATCH])
    if fresh:
        await load_relationships(database, everybody, now)
        store = LoyaltyStore(database)
        if not await store.policies():
            await store.save_policy(replace(POLICY, dated=now - DAY_S))
    return company


async def load_relationships(
    database: Database, everybody: Sequence[Customer], now: float, *, nights: Sequence[float] = NIGHTS
) -> None:
    """What everybody bought, what is promised to whom, and the reckonings of the nights (days ago)."""
    store, rows = LoyaltyStore(database), story.records(everybody, now)
    for days_ago in (*nights, 0):  # the base of a night are those who had come by then
        at = now - days_ago * DAY_S
        come = [row for row in rows if row.customer.since <= at]
        rows = [row for row in rows if row.customer.since > at]
        await imports.put(database, come)
        await imports.put(database, list(story.sales([row.customer for row in come], now)))
        if days_ago:
            await _reckoned(store, at)
            await _repair(store, at)
    await imports.put(database, [*story.benefits(now)])
    await imports.put(database, [*story.notes(now)])
    await Loyalty(store, EventStore(database).read, lambda: now).follow()
    await _repair(store, now, but=story.LEAVING)
    await _reckoned(store, now)


async def menus(database: Database) -> dict[str, Menu]:
    """Number -> the menu that its one owner hears, by his tier; who has none hears the standard one."""
    records = Records(database)
    everybody = await records.search_customers("", CUSTOMERS + len(story.people(0.0)))
    tiers = await records.tiers([each.id for each in everybody])
    owners = Counter(number for each in everybody for number in each.numbers)
    return {
        number: LEVERS[tier].menu
        for each in everybody
        if (tier := tiers.get(each.id)) is not None and not each.no_profiling
        for number in each.numbers
        if owners[number] == 1
    }


async def _reckoned(store: LoyaltyStore, at: float) -> None:
    async for _ in store.recompute(at):
        pass


async def _repair(store: LoyaltyStore, now: float, *, but: str = "") -> None:
    """Everybody's open cases were closed in time, but of one customer, whose clocks have run on."""
    for case in await store.open_cases():
        if case.customer != but:
            at = case.opened_at + story.REPAIRED_WITHIN_S
            await _close(store, case, at)
        else:
            await store.keep_case(step(case, Tick(), now)[0], now)


async def _close(store: LoyaltyStore, case: RepairCase, at: float) -> None:
    """As its owner would: a task of the plan, and the result; the log will be told."""
    events = []
    for act in (TaskDone(task=TASKS[case.reaction][0]), Close(outcome=RESULTS[case.reaction][0])):
        after, _ = step(case, act, at)
        events.append(act_event(case, after, act, id_=new_id("act"), by=case.owner, at=at))
        case = after
    await store.keep_case(case, at, [event for event in events if event is not None])
