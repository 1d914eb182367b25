"""`docs/reference/console-api.md`, call by call."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from contact_center.agents.device_test import DeviceTest
from contact_center.runtime.errors import Conflict, NotFound
from contact_center.runtime.people import User
from contact_center.storage.engine import Database
from contact_center.web.headers import MOST_BODY_BYTES
from tests.calls import ARRIVED_AT
from tests.support import aio
from tests.web_fakes import HOST, NOW, PASSWORD, Web, build_web, log_in

API = "/api/v1"


def is_problem(response: httpx.Response, status: int) -> bool:
    assert response.headers["content-type"] == "application/problem+json", response.text
    body = response.json()
    assert set(body) == {"type", "title", "status", "detail"}
    assert body["status"] == status
    return response.status_code == status


# -- sessions -----------------------------------------------------------------------------------------


@aio
async def test_log_in_gives_user_csrf_and_a_guarded_cookie(web: Web) -> None:
    async with web.browser() as client:
        assert is_problem(await client.get(f"{API}/session"), 401)
        response = await log_in(client, "ann")
        assert response.json()["user"] == {
            "id": "ann",
            "login": "ann",
            "name": "Ann",
            "roles": ["agent"],
            "agent": "a1",
            "language": "zh",
        }
        cookie = response.headers["set-cookie"]
        assert cookie.startswith("cc_session=")
        assert "HttpOnly" in cookie
        assert "SameSite=strict" in cookie
        assert (await client.get(f"{API}/session")).json() == response.json()


@pytest.mark.parametrize(("login", "password"), [("ann", "wrong"), ("nobody", PASSWORD), ("", "")])
@aio
async def test_wrong_credentials_are_refused_alike(web: Web, login: str, password: str) -> None:
    async with web.browser() as client:
        response = await log_in(client, login, password)
    assert is_problem(response, 401)
    assert response.json()["detail"] == "Login or password is wrong."
    assert "set-cookie" not in response.headers


@aio
async def test_guessing_is_slowed_down_and_forgotten_after_a_while(web: Web) -> None:
    async with web.browser() as client:
        for _ in range(5):
            assert is_problem(await log_in(client, "ann", "guess"), 401)
        refused = await log_in(client, "ann")
        assert is_problem(refused, 429)
        assert refused.headers["retry-after"] == "10"
        assert (await log_in(client, "bo")).status_code == 200  # others are not locked out
        web.now[0] += 10
        assert (await log_in(client, "ann")).status_code == 200


@aio
async def test_logging_in_often_is_no_guessing(web: Web) -> None:
    async with web.browser() as client:
        assert [(await log_in(client, "ann")).status_code for _ in range(12)] == [200] * 12


@aio
async def test_log_out_logs_the_agent_off_and_ends_the_session(web: Web) -> None:
    async with web.browser("ann") as client:
        web.desk.refuse_during_a_call()
        assert is_problem(await client.delete(f"{API}/session"), 409)
        assert (await client.get(f"{API}/session")).status_code == 200
        web.desk.refusal = None
        kept = dict(client.cookies)
        assert (await client.delete(f"{API}/session")).status_code == 204
        assert web.desk.acts == [("log_off", "a1")]
        client.cookies.update(kept)  # the old cookie is worth nothing
        assert is_problem(await client.get(f"{API}/session"), 401)


@aio
async def test_a_session_ends_by_itself(web: Web) -> None:
    async with web.browser("ann") as client:
        web.now[0] += 3599
        assert (await client.get(f"{API}/session")).status_code == 200
        web.now[0] += 1
        assert is_problem(await client.get(f"{API}/session"), 401)


@pytest.mark.parametrize(
    "headers",
    [
        {"X-CSRF-Token": "forged"},
        {"X-CSRF-Token": ""},
        {"Origin": "http://evil.test"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Origin": f"http://{HOST}.evil.test"},
    ],
)
@aio
async def test_a_changing_call_needs_csrf_token_and_origin(web: Web, headers: dict[str, str]) -> None:
    async with web.browser("ann") as client:
        assert is_problem(await client.post(f"{API}/agent/log-on", headers=headers), 403)
    assert web.desk.acts == []


@aio
async def test_log_in_from_another_site_is_refused(web: Web) -> None:
    async with web.browser() as client:
        client.headers["Origin"] = "http://evil.test"
        assert is_problem(await log_in(client, "ann"), 403)


# -- the agent ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "body", "act"),
    [
        ("/agent/log-on", None, ("log_on", "a1")),
        ("/agent/log-off", None, ("log_off", "a1")),
        ("/agent/status", {"status": "break"}, ("choose_status", "a1", "break")),
        (
            "/agent/device/test",
            {"microphone": "m", "voice": "known"},
            (
                "report_device_test",
                "a1",
                DeviceTest(microphone="m", voice="known", level=None, round_trip_ms=None),
            ),
        ),
        ("/agent/wrap-up/done", None, ("wrap_up_done", "a1")),
        ("/offers/o1/accept", None, ("accept", "a1", "o1")),
        ("/offers/o1/reject", None, ("reject", "a1", "o1")),
        ("/contacts/k1/hold", None, ("hold", "a1", "k1")),
        ("/contacts/k1/retrieve", None, ("retrieve", "a1", "k1")),
        ("/contacts/k1/hang-up", None, ("hang_up", "a1", "k1")),
        (
            "/contacts/k1/disposition",
            {"disposition": "resolved", "note": "好"},
            ("set_disposition", "a1", "k1", "resolved", "好"),
        ),
        ("/contacts/k1/note", {"note": "半句"}, ("take_note", "a1", "k1", "半句")),
        ("/contacts/k1/customer", {"customer": "c1"}, ("choose_customer", "a1", "k1", "c1")),
    ],
)
@aio
async def test_each_act_reaches_the_desk_as_the_sessions_own_agent(
    web: Web, path: str, body: dict[str, str] | None, act: tuple[object, ...]
) -> None:
    async with web.browser("ann") as client:
        response = await client.post(API + path, json=body)
        assert (response.status_code, response.content) == (204, b"")
        assert web.desk.acts == [act]
        web.desk.refusal = Conflict("device", "Connect your headset first.")
        refused = await client.post(API + path, json=body)
        assert is_problem(refused, 409)
        assert refused.json()["type"].endswith(":device")
        assert refused.json()["detail"] == "Connect your headset first."
        web.desk.refusal = NotFound("no such contact")
        assert is_problem(await client.post(API + path, json=body), 404)
    async with web.browser("sue") as client:
        assert is_problem(await client.post(API + path, json=body), 403)
    async with web.browser() as client:
        assert is_problem(await client.post(API + path, json=body), 401)


@aio
async def test_a_device_offer_is_answered(web: Web) -> None:
    async with web.browser("ann") as client:
        response = await client.post(f"{API}/agent/device", json={"sdp": "v=0"})
    assert response.json() == {"sdp": "answer to v=0"}
    assert web.desk.acts == [("attach_device", "a1", "v=0")]


@aio
async def test_catalogue_names_codes_in_both_languages(web: Web) -> None:
    async with web.browser("ivo") as client:
        catalogue = (await client.get(f"{API}/catalogue")).json()
    assert catalogue["not_ready_reasons"] == [{"code": "break", "name": {"en": "Break", "zh": "休息"}}]
    assert catalogue["agents"] == [{"id": "a1", "name": "Ann"}, {"id": "a2", "name": "Bo"}]
    billing = catalogue["queues"][0]
    assert (billing["id"], billing["target_s"], billing["disposition_required"]) == ("billing", 20, True)
    assert billing["dispositions"] == [{"code": "resolved", "name": {"en": "Resolved", "zh": "已解决"}}]


@aio
async def test_a_faulty_body_is_refused_without_repeating_it(web: Web) -> None:
    async with web.browser() as client:
        response = await client.post(f"{API}/session", json={"login": "ann", "password": ["hush"]})
        assert is_problem(response, 422)
        assert "body.password" in response.json()["detail"]
        assert "hush" not in response.text


# -- records ------------------------------------------------------------------------------------------

INTERACTION = {
    *("contact", "customer", "customer_name", "channel", "direction", "from_number", "to_number", "queue"),
    *("agent", "agent_name", "started_at", "ended_at", "flow", "ivr_path", "digits", "ivr_s", "wait_s"),
    *("talk_s", "hold_s", "wrap_up_s", "outcome", "disposition", "note", "rona_count"),
}
CUSTOMER = {
    *("id", "name", "kind", "numbers", "emails", "version", "language", "city", "company", "notes", "tags"),
    *("since", "external_ids", "organisation", "preferred_agent", "contract_until", "products"),
    "no_profiling",
}


@aio
async def test_customers_are_searched_and_opened(web: Web) -> None:
    async with web.browser("ann") as client:
        found = (await client.get(f"{API}/customers", params={"search": "梅"})).json()
        assert found == {
            "customers": [
                {
                    "id": "c1",
                    "name": "王梅",
                    "numbers": ["+12025550100"],
                    "tier": None,
                    "language": "en",
                }
            ]
        }
        record = (await client.get(f"{API}/customers/c1")).json()
        assert set(record) == CUSTOMER
        assert record["emails"] == ["mei@example.com"]
        assert is_problem(await client.get(f"{API}/customers/none"), 404)
        past = (await client.get(f"{API}/customers/c1/interactions")).json()["interactions"]
        assert [i["contact"] for i in past] == ["k"]
        assert set(past[0]) >= INTERACTION
        assert (past[0]["digits"], past[0]["customer_name"]) == ([{"node": "choice", "digits": "1"}], "王梅")


@pytest.mark.parametrize(
    ("login", "params", "contacts"),
    [
        ("sue", {}, ["m", "k"]),
        ("sue", {"limit": 1}, ["m"]),
        ("sue", {"agent": "a1"}, ["k"]),
        ("sue", {"from": ARRIVED_AT, "to": ARRIVED_AT + 1}, ["k"]),
        ("sue", {"queue": "technical"}, []),
        ("ann", {}, ["k"]),
        ("bo", {"agent": "a1"}, []),
    ],
)
@aio
async def test_interactions_in_a_span(
    web: Web, login: str, params: dict[str, Any], contacts: list[str]
) -> None:
    async with web.browser(login) as client:
        found = (await client.get(f"{API}/interactions", params=params)).json()["interactions"]
    assert [i["contact"] for i in found] == contacts


@aio
async def test_a_story_is_the_row_and_every_event_in_order(web: Web) -> None:
    async with web.browser("ann") as client:
        story = (await client.get(f"{API}/interactions/k")).json()
        assert is_problem(await client.get(f"{API}/interactions/m"), 404)  # nobody's, so not hers
        assert is_problem(await client.get(f"{API}/interactions/none"), 404)
    assert (story["contact"], story["agent_name"], story["note"]) == ("k", "Ann", "已退款")
    assert [e["seq"] for e in story["events"]] == list(range(1, 18))
    offer = story["events"][6]["event"]
    assert (offer["type"], offer["decision"]["candidates"][0]["idle_s"]) == ("OfferMade", 7.5)
    offers = [str(e["seq"]) for e in story["events"] if e["event"]["type"] == "OfferMade"]
    assert list(story["reasons"]) == offers, "why, beside each offer"
    assert story["reasons"]["7"]["en"].startswith("Ann has billing")
    assert "Ann 具备 billing" in story["reasons"]["7"]["zh"]
    async with web.browser("sue") as client:
        assert (await client.get(f"{API}/interactions/m")).json()["outcome"] == "abandoned"


@pytest.mark.parametrize("path", ["/customers", "/interactions", "/interactions/k", "/reports/service"])
@aio
async def test_records_need_a_role_that_reads_them(web: Web, path: str) -> None:
    async with web.browser("ivo") as client:
        assert is_problem(await client.get(API + path), 403)
    async with web.browser() as client:
        assert is_problem(await client.get(API + path), 401)


@pytest.mark.parametrize("query", ["limit=0", "limit=501", "from=-1", "to=x"])
@aio
async def test_faulty_queries_are_refused(web: Web, query: str) -> None:
    async with web.browser("sue") as client:
        assert is_problem(await client.get(f"{API}/interactions?{query}"), 422)


@aio
async def test_the_service_report_counts_the_log_and_prints_its_formulas(
    database: Database, tmp_path: Path
) -> None:
    web = await build_web(database, tmp_path)
    async with web.browser("sue") as client:
        report = (await client.get(f"{API}/reports/service")).json()
        early = await client.get(f"{API}/reports/service", params={"from": 0, "to": ARRIVED_AT})
        backwards = await client.get(f"{API}/reports/service", params={"from": 2, "to": 1})
    assert (report["from_at"], report["to_at"]) == (NOW - 86_400, NOW)
    billing, technical = report["queues"]
    assert (billing["queue"], billing["target_s"]) == ("billing", 20)
    figures = billing["figures"]
    assert (figures["offered"], figures["answered"], figures["abandoned"], figures["rona"]) == (2, 1, 1, 1)
    assert (figures["service_level"], figures["asa_s"], figures["aht_s"]) == (0.5, 12.5, 73.0)
    assert technical["figures"]["service_level"] is None
    assert report["total"] == figures
    assert set(figures) == set(report["formulas"])
    assert early.json()["total"]["offered"] == 0
    assert is_problem(backwards, 422)


# -- around -------------------------------------------------------------------------------------------


@aio
async def test_probes(web: Web) -> None:
    async with web.browser() as client:
        assert (await client.get("/healthz")).status_code == 200
        assert (await client.get("/readyz")).json() == {
            "roles": {"media": True, "edge": True, "database": True}
        }
        web.roles["edge"] = False
        down = await client.get("/readyz")
        assert (down.status_code, down.json()["roles"]["edge"]) == (503, False)
        metrics = await client.get("/metrics")
        assert "cc_contacts_total 7.0" in metrics.text
        assert metrics.headers["content-type"].startswith("text/plain")


@pytest.mark.parametrize("path", ["/", "/healthz", "/api/v1/session", "/api/none"])
@aio
async def test_every_response_carries_the_security_headers(web: Web, path: str) -> None:
    async with web.browser() as client:
        headers = (await client.get(path)).headers
    assert "default-src 'self'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert (headers.get("cache-control") == "no-store") == path.startswith("/api/")


@aio
async def test_a_huge_body_is_refused_announced_or_not(web: Web) -> None:
    huge = b"x" * (MOST_BODY_BYTES + 1)

    async def unannounced() -> Any:
        yield huge

    async with web.browser() as client:
        for content in (huge, unannounced()):
            assert is_problem(await client.post(f"{API}/session", content=content), 413)


@aio
async def test_the_console_is_served_with_a_fallback_for_its_pages(web: Web, tmp_path: Path) -> None:
    async with web.browser() as client:
        missing = await client.get("/")
        assert (missing.status_code, "has not been built" in missing.text) == (503, True)
        (tmp_path / "static" / "assets").mkdir(parents=True)
        (tmp_path / "static" / "index.html").write_text("<title>console</title>")
        (tmp_path / "static" / "assets" / "app-1.js").write_text("1")
        for page in ("/", "/index.html", "/wallboard", "/customers/c1"):
            response = await client.get(page)
            assert (response.text, response.headers["cache-control"]) == (
                "<title>console</title>",
                "no-cache",
            )
        script = await client.get("/assets/app-1.js")
        assert "immutable" in script.headers["cache-control"]
        for path in ("/assets/none.js", "/api/v1/none", "/api/v2", "/..%2fcompany.toml"):
            assert is_problem(await client.get(path), 404), path


@aio
async def test_openapi_describes_the_contract(web: Web) -> None:
    async with web.browser() as client:
        openapi = (await client.get("/api/openapi.json")).json()
    assert openapi["openapi"].startswith("3.1")
    contract = (Path(__file__).parents[2] / "docs/reference/console-api.md").read_text("utf-8")
    paths = {path.removeprefix(API) for path in openapi["paths"] if path.startswith(API)}
    assert paths == _mentioned(contract)
    assert "OfferMade" in openapi["components"]["schemas"]


def _mentioned(contract: str) -> set[str]:
    """The paths of the contract's tables, `· /reject` and the like written out."""
    found: set[str] = set()
    for line in contract.splitlines():
        if line.startswith("| `"):
            cell = line.split("|")[1]
            quoted = [part.split("?")[0].split(" ")[-1] for part in cell.split("`")[1::2] if "/" in part]
            found.update(quoted[:1])
            found.update(quoted[0].rsplit("/", 1)[0] + alternative for alternative in quoted[1:])
    return found


@aio
async def test_a_user_whose_agent_is_gone_sees_nobodys_interactions(web: Web) -> None:
    async with web.browser("bo") as client:
        user = User(id="bo", login="bo", name="Bo", roles=("agent",), agent=None)
        known = await web.people.user("bo")
        assert known is not None
        await web.people.save_user(user, known[1])
        await log_in(client, "bo")
        assert (await client.get(f"{API}/interactions")).json() == {"interactions": []}
        assert is_problem(await client.get(f"{API}/interactions/m"), 404)
        assert is_problem(await client.post(f"{API}/agent/log-on"), 403)


@aio
async def test_a_fault_of_ours_is_a_problem_that_tells_nothing(web: Web) -> None:
    web.desk.refusal = RuntimeError("an inner secret")
    async with web.browser("ann") as client:
        response = await client.post(f"{API}/agent/log-on")
    assert is_problem(response, 500)
    assert "secret" not in response.text
    assert "default-src 'self'" in response.headers["content-security-policy"]
