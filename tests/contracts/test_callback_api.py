"""Callbacks over HTTP: who may order what, what is written down, and what is stored of them."""

from pathlib import Path
from typing import Any

from contact_center.cti import events as cti
from contact_center.cti.events import CtiEvent, Recorded
from contact_center.runtime.requirements import Need
from contact_center.storage.callbacks import CallbackStore
from contact_center.storage.engine import Database
from contact_center.storage.events import EventStore
from tests.support import aio
from tests.web_fakes import NOW, Web, build_web, log_in

API = "/api/v1"


def asked(callback: str, contact: str | None = "k", at: float = NOW) -> cti.CallbackRequested:
    return cti.CallbackRequested(
        callback=callback,
        contact=contact,
        queue="billing",
        number="+12025550100",
        skills={"billing": 1},
        priority=0,
        enqueued_at=at,
        expires_at=at + 3600,
        language="en",
        alternatives=({"tech": 4},),
        relaxed=((30.0, ({"tech": 1}, {"sales": 2})),),
    )


async def csrf(client: object, login: str) -> dict[str, str]:
    response = await log_in(client, login)  # type: ignore[arg-type]
    return {"X-CSRF-Token": response.json()["csrf"]}


@aio
async def test_supervisors_and_programs_order_callbacks_and_it_is_written_down(web: Web) -> None:
    async with web.browser() as client:
        headers = await csrf(client, "ivo")
        order = {"queue": "billing", "number": "+12025550199"}
        added = await client.post(f"{API}/callbacks", json=order, headers=headers)
        assert (added.status_code, added.json()["id"], added.json()["by"]) == (201, "k1", "ivo")
        assert (await client.post(f"{API}/callbacks/k1/call-now", headers=headers)).status_code == 204
        assert (await client.post(f"{API}/callbacks/k1/cancel", headers=headers)).status_code == 204
        assert (await client.post(f"{API}/callbacks/k2/cancel", headers=headers)).status_code == 404
        refused = await client.post(f"{API}/callbacks", json=order | {"number": "+900"}, headers=headers)
        assert refused.status_code == 409
        assert refused.json()["type"].endswith(":target")
    assert web.callbacks.calls == [
        ("add", "billing", "+12025550199", "en", "ivo"),
        ("call_now", "k1"),
        ("cancel", "k1", "ivo"),
    ]
    rows = await web.recordings.noted(10, "k1")
    assert [(row.user, row.action) for row in reversed(rows)] == [
        ("ivo", "callback.added"),
        ("ivo", "callback.called"),
        ("ivo", "callback.cancelled"),
    ]


@aio
async def test_agents_have_no_hand_in_callbacks(web: Web) -> None:
    async with web.browser() as client:
        headers = await csrf(client, "ann")
        assert (await client.get(f"{API}/callbacks")).status_code == 403
        assert (await client.get(f"{API}/callbacks/open")).status_code == 403
        for path in ("callbacks/k1/cancel", "callbacks/k1/call-now"):
            assert (await client.post(f"{API}/{path}", headers=headers)).status_code == 403
        order = {"queue": "billing", "number": "+12025550199"}
        assert (await client.post(f"{API}/callbacks", json=order, headers=headers)).status_code == 403
    assert web.callbacks.calls == []


@aio
async def test_what_is_stored_follows_the_log_and_the_calls_are_linked(
    database: Database, tmp_path: Path
) -> None:
    web = await build_web(database, tmp_path)
    store, events = CallbackStore(database), EventStore(database)
    who: dict[str, Any] = {"callback": "cb1", "queue": "billing"}
    happened: list[CtiEvent] = [
        asked("cb1"),
        asked("cb2", None, NOW - 5),
        cti.ContactArrived(
            contact="back",
            conversation="v9",
            channel="voice",
            direction="outbound",
            from_number="+1",
            from_name="",
            to_number="+12025550100",
            queue="billing",
        ),
        cti.CallbackAttempted(
            **who, contact="back", number="+12025550100", attempt=1, asked_in="k", enqueued_at=NOW
        ),
        cti.CallbackAnswered(**who, contact="back"),
    ]
    seq = await events.last_seq()
    batch = [
        Recorded(seq=seq + n, id=f"cb-{n}", at=NOW + n, event=event) for n, event in enumerate(happened, 1)
    ]
    await events.append(batch)
    await events.append(batch)  # again changes nothing
    waiting = {each.id: each for each in await store.open()}
    assert {each.id: each.state for each in waiting.values()} == {"cb1": "in_line", "cb2": "waiting"}
    assert (waiting["cb1"].contact, waiting["cb1"].attempts, waiting["cb1"].enqueued_at) == ("back", 1, NOW)
    need = Need(ways=({"billing": 1}, {"tech": 4}), relaxed=((30.0, ({"tech": 1}, {"sales": 2})),))
    assert waiting["cb2"].need == need, "the whole requirement"
    over: list[CtiEvent] = [
        cti.CallbackDone(**who, contact="back", agent="a1", wait_s=60.0),
        cti.CallbackExpired(callback="cb2", contact=None, queue="billing"),
    ]
    last = batch[-1].seq
    await events.append(
        [Recorded(seq=last + n, id=f"over-{n}", at=NOW + 9, event=event) for n, event in enumerate(over, 1)]
    )
    assert await store.open() == []
    async with web.browser("sue") as client:
        ended = (await client.get(f"{API}/callbacks")).json()["callbacks"]
        assert [(each["id"], each["state"], each["agent"]) for each in ended] == [
            ("cb2", "expired", None),
            ("cb1", "done", "a1"),
        ]
        story = (await client.get(f"{API}/interactions/back")).json()
        assert (story["callback"], story["asked_in"]) == ("cb1", "k")
        asking = (await client.get(f"{API}/interactions/k")).json()
        assert (asking["callback"], asking["asked_in"]) == ("cb1", None)
