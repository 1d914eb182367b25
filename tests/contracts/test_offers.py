"""Who is leaving is suggested an offer on the line and in his case, on both engines; nobody else is."""

from dataclasses import replace

import pytest
from sqlalchemy import update

from contact_center.customers.service import Customers
from contact_center.loyalty.policy import DEFAULT
from contact_center.loyalty.remedies import offers_to
from contact_center.loyalty.repair import Give, Remedy
from contact_center.recordings.recording import AuditRow
from contact_center.storage import repairs
from contact_center.storage.calling import CallerBook
from contact_center.storage.customer_file import set_profiling
from contact_center.storage.customer_tables import profile
from contact_center.storage.engine import Database
from contact_center.storage.offers import OfferBook
from tests.calls import handled_call
from tests.contracts.test_loyalty_store import NOW, fill, known, reckoned
from tests.contracts.test_repair_work import Core
from tests.support import aio


@aio
async def test_who_says_he_leaves_is_offered_what_is_left_and_who_refused_is_not(database: Database) -> None:
    await fill(database, 20)
    core = Core(database)
    await reckoned(core.store)
    book = OfferBook(database, core.store.policy, lambda: core.now)
    desk = Customers(CallerBook(database), "US", core.store.portrait, core.store.policy, book.offers)
    assert (await desk.pop("+12025550100")).offers == (), "a loyal customer is to be served, not kept"
    await core.happens(handled_call("k", disposition="cancel"))
    said = await known(core.store, "c1")
    assert said.reaction == "exit"
    pop = await desk.pop("+12025550100")
    assert pop.offers == offers_to(said, 0.0, DEFAULT) != ()
    assert (await desk.chosen(pop, "c1")).offers == pop.offers
    assert (await desk.chosen(pop, "new")).offers == (), "the other record is no leaving one"
    (case,) = await core.store.open_cases()
    assert (await core.store.means([case], core.now))[case.case].offers == pop.offers
    spent = pop.offers[0].left - 30.0
    await core.does(
        case.case, Give(remedy=Remedy(kind="credit", amount=spent, at=NOW, by="ann", cap=99.0)), "a"
    )
    (case,) = await core.store.open_cases()
    fewer = (await desk.pop("+12025550100")).offers
    assert [offer.cost for offer in fewer] == [25.0], "of the 30 left"
    assert (await core.store.means([case], core.now))[case.case].offers == fewer
    async with database.transaction() as connection:
        mended = {"reaction": "voice", "stage": "decline", "tier": "platinum", "risks": []}
        await connection.execute(update(profile).where(profile.c.customer == "c1").values(mended))
    assert await book.offers(await known(core.store, "c1")), "he is one to be kept"
    assert (await desk.pop("+12025550100")).offers == (), "but first something is to be made good"
    row = AuditRow(id="a9", at=NOW, user="sue", action="customer.profiling", subject="c1", address="")
    await set_profiling(database, "c1", refused=True, row=row)
    assert (await desk.pop("+12025550100")).offers == ()
    assert (await core.store.means([case], core.now))[case.case].offers == ()


@pytest.mark.parametrize(("hold_out", "cases"), [(1.0, 0), (0.0, 1)])
@aio
async def test_a_night_leaves_the_hold_out_alone(database: Database, hold_out: float, cases: int) -> None:
    await fill(database, 10)
    core = Core(database)
    await reckoned(core.store)
    there = replace(await known(core.store, "leaving"), reaction=None, tier="gold")
    turned = replace(there, reaction="exit", because="drawdown")
    policy = replace(DEFAULT, retention=replace(DEFAULT.retention, hold_out=hold_out))
    async with database.transaction() as connection:
        await repairs.quietly_leaving(connection, {"leaving": there}, [turned], policy, NOW)
    assert len(await core.store.open_cases()) == cases
