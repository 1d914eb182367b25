"""A record written by hand: made, changed by who saw the newest version, faults by field, in the audit."""

import json
from dataclasses import replace
from typing import Any

import pytest

from contact_center.customers.editing import Known, RecordDraft, changed, faults, written
from contact_center.customers.record import LONGEST, LONGEST_VALUE, MOST_VALUES, Customer
from contact_center.customers.rows import Refused, customer_row
from contact_center.storage.engine import Database
from contact_center.storage.recordings import RecordingStore
from contact_center.storage.records import Records
from contact_center.web.headers import MOST_BODY_BYTES, MOST_RECORD_BODY_BYTES
from tests.contracts.test_customer_pages import got, posted, story
from tests.support import aio
from tests.web_fakes import Web

API = "/api/v1"
KNOWN = Known(agents={"a1"}, organisations={"quay"}, region="US")
SOUND = RecordDraft(
    name=" Mei Wang ",
    numbers=("(202) 555-0100", "+12025550100", "138 0013 8000"),
    emails=("Mei@Example.com",),
    organisation="quay",
    preferred_agent="a1",
    tags=("fibre", "fibre", " "),
    consents={"marketing": False},
)


def test_a_sound_draft_is_written_as_an_import_would_read_it() -> None:
    cn = replace(KNOWN, region="CN")
    assert faults(replace(SOUND, numbers=SOUND.numbers[1:]), cn) == ()
    before = Customer(id="c1", name="Mei", since=5.0, version=3)
    after = written(replace(SOUND, numbers=SOUND.numbers[:2]), before, "US")
    assert (after.id, after.since, after.name) == ("c1", 5.0, "Mei Wang")
    assert (after.numbers, after.emails, after.tags) == (
        ("+12025550100",),
        ("mei@example.com",),
        ("fibre",),
    )
    assert changed(before, after) == ("emails", "name", "numbers", "organisation", "preferred_agent", "tags")


def test_what_an_import_takes_can_be_edited() -> None:
    """Otherwise nothing of such a record could be changed by hand any more."""
    longest: dict[str, Any] = {name: "x" * characters for name, characters in LONGEST.items()}
    values = {
        "external_ids": [f"{n:0{LONGEST_VALUE}d}" for n in range(MOST_VALUES)],
        "tags": [f"茶{n}" for n in range(MOST_VALUES)],
        "numbers": [f"+1202555{n:04d}" for n in range(MOST_VALUES)],
    }
    taken = customer_row({"id": "c1", **longest, **values}, "US", 10.0).customer
    names = RecordDraft.__dataclass_fields__.keys() - {"consents"}
    draft = RecordDraft(**{name: getattr(taken, name) for name in names})
    known = Known(agents={taken.preferred_agent or ""}, organisations={taken.organisation or ""}, region="US")
    assert faults(draft, known) == ()
    assert changed(taken, written(draft, taken, "US")) == ()
    with pytest.raises(Refused, match="tags: more than 200 values"):
        customer_row({"id": "c1", "name": "Mei", "tags": list(map(str, range(201)))}, "US", 10.0)


def test_a_list_that_a_merge_made_too_long_may_stay_but_not_grow() -> None:
    tags = tuple(map(str, range(MOST_VALUES + 50)))
    before = Customer(id="c1", name="Mei", tags=tags)
    sound = replace(SOUND, numbers=("+12025550100",), tags=tags)
    assert faults(sound, KNOWN, before) == ()
    (fault,) = faults(replace(sound, tags=(*tags, "one more")), KNOWN, before)
    assert (fault.field, fault.en) == ("tags", "No more than 250 can be kept.")
    (fault,) = faults(sound, KNOWN)
    assert fault.en == "No more than 200 can be kept."


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", " "),
        ("name", "x" * 201),
        ("language", ""),
        ("numbers", ("12",)),
        ("emails", ("mei at home",)),
        ("tags", ("x" * 201,)),
        ("tags", tuple(map(str, range(201)))),
        ("notes", "a\x00b"),
        ("products", -1),
        ("contract_until", float("inf")),
        ("preferred_agent", "nobody"),
        ("organisation", "nowhere"),
        ("notes", "x" * 100_001),
        ("consents", {"x" * 41: True}),
        ("consents", {" ": True}),
    ],
)
def test_a_fault_names_its_field_in_both_languages(field: str, value: Any) -> None:
    wrong: Any = {field: value}
    sound = replace(SOUND, numbers=("+12025550100",))
    (fault,) = faults(replace(sound, **wrong), KNOWN)
    assert fault.field == field
    assert fault.en.isascii() or field == "notes"
    assert any("\u4e00" <= letter <= "\u9fff" for letter in fault.zh)


@aio
async def test_a_record_is_made_changed_and_refused_to_who_saw_an_older_one(
    web: Web, sqlite_database: Database
) -> None:
    draft = {"name": "Ada", "numbers": ["(202) 555-0100"], "consents": {"marketing": True}}
    async with web.browser("ann") as ann, web.browser("sue") as sue:
        check = await posted(ann, "/customers/check", draft)
        assert (check["faults"], [each["name"] for each in check["same"]]) == ([], ["王梅"])
        made = await posted(ann, "/customers", draft, 201)
        assert (made["numbers"], made["version"], made["since"]) == (["+12025550100"], 1, web.now[0])
        path, new = f"/customers/{made['id']}", {"name": "Ada L.", "language": "zh"}
        first = await ann.put(API + path, json={"version": 1, "record": new})
        assert (first.status_code, first.json()["version"], first.json()["numbers"]) == (200, 2, [])
        late = await sue.put(API + path, json={"version": 1, "record": {"name": "Eva"}})
        assert (late.status_code, late.json()["type"]) == (409, "urn:contact-center:problem:record")
        assert (await got(ann, path))["name"] == "Ada L."
        wrong = await ann.put(API + path, json={"version": 2, "record": {"name": "", "numbers": ["12"]}})
        assert (wrong.status_code, wrong.json()["detail"]) == (
            422,
            "name: A name is needed.; numbers: 12 is no phone number.",
        )
        assert (await ann.put(f"{API}/customers/none", json={"version": 1, "record": new})).status_code == 404
        file = await got(ann, f"{path}/file")
        assert [(c["purpose"], c["granted"], c["source"]) for c in file["consents"]] == [
            ("marketing", True, "ann"),
        ]
    noted = [
        (r.action, r.user, r.details) for r in await RecordingStore(sqlite_database).noted(9, made["id"])
    ]
    assert ("customer.made", "ann", "") in noted
    assert ("customer.changed", "ann", "language, name, numbers") in noted


@aio
async def test_the_largest_record_fits_into_a_request_and_a_larger_one_is_told_by_field(web: Web) -> None:
    """A note of 100 000 Chinese characters is 300 kB, and twice that as escapes."""
    largest = {
        "name": "丁" * LONGEST["name"],
        "notes": "话" * LONGEST["notes"],
        "tags": ["茶" * (LONGEST_VALUE - 3) + f"{n:03d}" for n in range(MOST_VALUES)],
    }
    async with web.browser("ann") as ann:
        made = await posted(ann, "/customers", largest, 201)
        path, order = f"{API}/customers/{made['id']}", {"version": 1, "record": {**largest, "city": "上海"}}
        escaped = json.dumps(order, ensure_ascii=True)
        assert len(escaped) > 2 * MOST_BODY_BYTES
        header = {"content-type": "application/json"}
        kept = await ann.put(path, content=escaped, headers=header)
        assert (kept.status_code, kept.json()["notes"], len(kept.json()["tags"])) == (
            200,
            largest["notes"],
            MOST_VALUES,
        )
        longer = {"version": 2, "record": {**largest, "notes": "话" * (LONGEST["notes"] + 1)}}
        told = await ann.put(path, json=longer)
        assert (told.status_code, told.json()["detail"]) == (422, "notes: Longer than 100000 characters.")
        huge = {"version": 2, "record": {"name": "x" * MOST_RECORD_BODY_BYTES}}
        assert (await ann.put(path, json=huge)).status_code == 413
        elsewhere = await ann.post(f"{API}/organisations", json={"name": "x" * MOST_BODY_BYTES})
        assert elsewhere.status_code == 413, "nothing else grows with it"


@aio
async def test_who_refuses_profiling_in_the_form_has_no_profile_from_then_on(
    web: Web, sqlite_database: Database
) -> None:
    await story(web, sqlite_database)
    async with web.browser("sue") as sue:
        record = await got(sue, "/customers/c1")
        written_: dict[str, Any] = {
            name: record[name] for name in RecordDraft.__dataclass_fields__ if name in record
        }
        order = {"version": record["version"], "record": written_ | {"no_profiling": True}}
        assert (await sue.put(f"{API}/customers/c1", json=order)).status_code == 200
        shown = await got(sue, "/customers/c1/portrait")
        assert (shown["refused"], shown["profile"]) == (True, None)
        order = {"version": record["version"] + 1, "record": written_}
        assert (await sue.put(f"{API}/customers/c1", json=order)).status_code == 200
        assert (await got(sue, "/customers/c1/portrait"))["profile"] is not None


@aio
async def test_organisations_are_found_and_made(web: Web, sqlite_database: Database) -> None:
    async with web.browser("ann") as ann:
        new = await posted(ann, "/organisations", {"name": "Quay Works"}, 201)
        await posted(ann, "/organisations", {"name": "Shop", "parent": "nowhere"}, 422)
        shop = await posted(ann, "/organisations", {"name": "Quay Shop", "parent": new["id"]}, 201)
        found = (await got(ann, "/organisations?search=quay"))["organisations"]
        assert [o["id"] for o in found] == [shop["id"], new["id"]]
        made = await posted(ann, "/customers", {"name": "Ada", "organisation": shop["id"]}, 201)
        assert (await got(ann, f"/customers/{made['id']}/file"))["organisation"]["name"] == "Quay Shop"


@aio
async def test_two_who_write_at_once_do_not_undo_one_another(database: Database) -> None:
    """The second is refused on both engines, whatever it would have changed."""
    records = Records(database)
    await records.save_customers([Customer(id="c1", name="Mei")])
    before = await records.customer("c1")
    assert before is not None
    await records.save_customers([replace(before, city="Shanghai")])  # an import counts as well
    after = await records.customer("c1")
    assert after is not None
    assert (before.version, after.version) == (1, 2)
