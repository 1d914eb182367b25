"""The flow page's calls: who may, what is found, tried, deployed and taken back, and what is written down."""

import io
import wave
from typing import Any

import httpx

from contact_center.cti import events as cti
from contact_center.ivr.source import LARGEST_FILE_BYTES
from tests.calls import recorded
from tests.flow_fakes import MAIN
from tests.support import aio
from tests.web_fakes import NOW, Web

API = "/api/v1"
BETTER = MAIN.replace("Press 1 for sales", "Welcome. Press 1 for sales")
FAULTY = MAIN.replace('"1": wait', '"1": wiat')
DAY_S = 86_400.0


async def save(client: httpx.AsyncClient, source: str, after: str = "", flow: str = "main") -> dict[str, Any]:
    response = await client.put(f"{API}/flows/{flow}/draft", json={"source": source, "after": after})
    assert response.status_code == 200, response.text
    return dict(response.json())


async def deploy(client: httpx.AsyncClient, revision: str, **more: Any) -> httpx.Response:
    return await client.post(
        f"{API}/flows/main/deploy", json={"revision": revision, "note": "a friendlier menu", **more}
    )


def refused(response: httpx.Response, code: str) -> str:
    assert response.status_code == 409, response.text
    assert response.json()["type"].endswith(f":{code}")
    return str(response.json()["detail"])


@aio
async def test_supervisors_see_and_administrators_work(web: Web) -> None:
    text, elsewhere = {"source": MAIN}, {"Origin": "http://evil.test"}
    for login, sees, works in (("ada", 200, 200), ("sue", 200, 403), ("ann", 403, 403), ("ivo", 403, 403)):
        async with web.browser(login) as client:
            for path in ("/flows", "/flow-callers", "/flow-schema", "/flows/main", "/flows/main/traffic"):
                assert (await client.get(f"{API}{path}")).status_code == sees, path
            assert (await client.post(f"{API}/flows/main/check", json=text)).status_code == sees
            assert (await client.put(f"{API}/flows/main/draft", json=text)).status_code == works
            for path in ("deploy", "rollback", "check", "trials"):
                forged = await client.post(f"{API}/flows/main/{path}", json=text, headers=elsewhere)
                assert forged.status_code == 403, path


@aio
async def test_a_flow_is_shown_with_its_picture_and_who_is_where(web: Web) -> None:
    async with web.browser("sue") as client:
        listed = (await client.get(f"{API}/flows")).json()["flows"]
        assert [(each["name"], each["origin"], each["numbers"]) for each in listed] == [
            ("main", "folder", ["8100"]),
            ("survey", "folder", []),
        ]
        shown = (await client.get(f"{API}/flows/main")).json()
        assert shown["source"] == MAIN
        assert (shown["has_tests"], shown["draft"], shown["history"]) == (True, None, [])
        assert {box["node"] for box in shown["drawing"]["boxes"]} == {"ask", "log_in", "rate", "wait", "bye"}
        ways = {(line["source"], line["target"]): line["label"] for line in shown["drawing"]["lines"]}
        assert ways["", "ask"] == ""
        assert ways["ask", "wait"] == "1"
        live = {each["flow"]: each for each in (await client.get(f"{API}/flow-callers")).json()["flows"]}
        at = {node["node"]: (node["callers"], node["talking"]) for node in live["main"]["nodes"]}
        assert at == {"ask": (1, 0), "wait": (1, 1), "rate": (1, 0)}
        assert live["survey"]["nodes"] == [{"node": "score", "callers": 1, "talking": 0}]
        assert (await client.get(f"{API}/flows/nothing")).status_code == 404
        assert (await client.get(f"{API}/flows/..%2Fmain/traffic")).status_code == 404


@aio
async def test_the_check_is_flow_check(web: Web) -> None:
    async with web.browser("sue") as client:
        checked = (await client.post(f"{API}/flows/main/check", json={"source": FAULTY})).json()
        line = FAULTY.splitlines().index('    choices: {"1": wiat, "2": log_in}') + 1
        assert checked["findings"] == [
            {
                "line": line,
                "sentence": "'1' leads to 'wiat', which is no node; did you mean 'wait'?",
                "file": "",
            },
            {
                "line": FAULTY.splitlines().index("  wait:") + 1,
                "sentence": "node 'wait' is never reached",
                "file": "",
            },
        ]
        assert len(checked["drawing"]["boxes"]) == 5
        other = await client.post(f"{API}/flows/second/check", json={"source": MAIN})
        assert "number 8100 already enters 'main'" in [f["sentence"] for f in other.json()["findings"]]


@aio
async def test_what_is_said_of_a_flow_is_said_to_its_reader(web: Web) -> None:
    zh, text = {"reader": "zh"}, {"source": FAULTY}
    async with web.browser("ada") as client:
        checked = (await client.post(f"{API}/flows/main/check", json=text, params=zh)).json()
        assert [each["sentence"] for each in checked["findings"]] == [
            "'1' 指向 'wiat'，但没有这个节点；是否想写 'wait'？",
            "节点 'wait' 永远不会到达",
        ]
        (failed,) = (await client.post(f"{API}/flows/main/test", json=text, params=zh)).json()["tests"][:1]
        assert failed["why"] == checked["findings"][0]["sentence"]
        revision = (await save(client, FAULTY))["revision"]
        for path, order, code in (
            ("deploy", {"revision": revision, "note": "?"}, "check"),
            ("trials", {"at": NOW}, "check"),
            ("rollback", {"to": "0", "note": "?"}, "deploy"),
        ):
            why = refused(await client.post(f"{API}/flows/main/{path}", json=order, params=zh), code)
            assert why.isascii() is False
            assert refused(await client.post(f"{API}/flows/main/{path}", json=order), code).isascii()
        described = (await client.get(f"{API}/flow-schema", params=zh)).json()["properties"]
        assert described["start"]["description"] == "第一个节点"


@aio
async def test_why_a_trial_ends_is_said_to_its_reader(web: Web) -> None:
    async with web.browser("ada") as client:
        await save(client, MAIN.replace(", reason: good day", ""))
        for reader, why in (("zh", "流程结束"), ("en", "flow ended")):
            order = {"at": NOW, "agents": "none"}
            trial = (await client.post(f"{API}/flows/main/trials", json=order)).json()
            acts = f"{API}/flow-trials/{trial['id']}/acts"
            await client.post(acts, json={"act": "press", "keys": "1"})
            ended = await client.post(acts, json={"act": "listen"}, params={"reader": reader})
            assert (ended.json()["over"], ended.json()["lines"][-1]["text"]) == (True, why)


HOSTILE = {
    "more than 50 aliases": "a: &a [x]\n" + "".join(f"k{n}: [{', '.join(['*a'] * 9)}]\n" for n in range(9)),
    "nested more than 20 deep": "[" * 60,
    "the invisible character U+202E": "languages: [en]\n# \u202e",
    "this is not YAML": "a: b: c",
    "the file is empty": "",
}


@aio
async def test_hostile_texts_are_refused_with_a_sentence(web: Web) -> None:
    async with web.browser("ada") as client:
        revision = ""
        for why, source in HOSTILE.items():
            checked = (await client.post(f"{API}/flows/main/check", json={"source": source})).json()
            assert any(why in each["sentence"] for each in checked["findings"]), why
            assert checked["drawing"] is None
            revision = (await save(client, source, after=revision))["revision"]
            assert why in refused(await deploy(client, revision), "check")
        half = await client.put(f"{API}/flows/main/draft", content=b'{"source": "\\ud800"}')
        assert half.status_code == 422
        large = await client.put(f"{API}/flows/main/draft", json={"source": "x" * 10_000_000})
        assert large.status_code == 413


@aio
async def test_a_draft_may_be_as_large_as_a_flow_file(web: Web) -> None:
    most = MAIN + "#\n" * ((LARGEST_FILE_BYTES - len(MAIN.encode())) // 2)
    async with web.browser("ada") as client:
        await save(client, most)
        checked = (await client.post(f"{API}/flows/main/check", json={"source": most})).json()
        assert checked["findings"] == []
        more = await client.post(f"{API}/flows/main/check", json={"source": "值" * (LARGEST_FILE_BYTES // 2)})
        told = [each["sentence"] for each in more.json()["findings"]]
        assert told == [f"the file is larger than {LARGEST_FILE_BYTES} bytes"]
        elsewhere = await client.post(f"{API}/simulations", json={"scenario": "x" * 300_000})
        assert elsewhere.status_code == 413


@aio
async def test_a_draft_is_never_lost_to_another_author(web: Web) -> None:
    async with web.browser("ada") as one:
        first = await save(one, FAULTY)
        assert (await one.get(f"{API}/flows/main")).json()["draft"]["source"] == FAULTY
        stale = await one.put(f"{API}/flows/main/draft", json={"source": MAIN, "after": ""})
        assert "ada has changed the draft" in refused(stale, "draft")
        second = await save(one, MAIN, after=first["revision"])
        dropped = await one.delete(f"{API}/flows/main/draft", params={"revision": first["revision"]})
        refused(dropped, "draft")
        revision = {"revision": second["revision"]}
        assert (await one.delete(f"{API}/flows/main/draft", params=revision)).status_code == 204
        assert (await one.get(f"{API}/flows/main")).json()["draft"] is None
        assert [row["action"] for row in await audit(one)] == ["flow.draft_dropped"]


async def audit(client: httpx.AsyncClient) -> list[dict[str, Any]]:
    rows = (await client.get(f"{API}/audit")).json()["rows"]
    return [row for row in rows if row["action"].startswith("flow.")]


@aio
async def test_deploy_history_and_the_way_back(web: Web) -> None:
    async with web.browser("ada") as client:
        before = (await client.get(f"{API}/flows/main")).json()["version"]
        draft = await save(client, BETTER)
        web.now[0] += 60
        done = (await deploy(client, draft["revision"])).json()
        assert (done["author"], done["note"], done["at"]) == ("ada", "a friendlier menu", NOW + 60)
        shown = (await client.get(f"{API}/flows/main")).json()
        assert (shown["version"], shown["source"], shown["draft"]) == (done["version"], BETTER, None)
        assert (shown["origin"], shown["in_folder"]) == ("deployed", before)
        old = await client.get(f"{API}/flows/main/versions/{before}")
        assert old.json()["source"] == MAIN
        refused(await client.post(f"{API}/flows/main/rollback", json={"to": "0", "note": "?"}), "deploy")
        back = await client.post(f"{API}/flows/main/rollback", json={"to": "", "note": "too long"})
        assert back.json()["version"] == ""
        shown = (await client.get(f"{API}/flows/main")).json()
        assert (shown["version"], shown["origin"]) == (before, "folder")
        assert [entry["act"] for entry in shown["history"]] == ["rollback", "deploy"]
        rows = [(row["action"], row["user"], row["details"]) for row in await audit(client)]
        assert sorted(rows) == [
            ("flow.deployed", "ada", f"{done['version']}: a friendlier menu"),
            ("flow.rolled_back", "ada", "(folder): too long"),
        ]


@aio
async def test_tests_are_run_and_stand_in_the_way(web: Web) -> None:
    other = MAIN.replace('"1": wait, "2"', '"3": wait, "2"')
    async with web.browser("ada") as client:
        results = (await client.post(f"{API}/flows/main/test", json={"source": MAIN})).json()["tests"]
        assert [(each["name"], each["passed"]) for each in results] == [("who presses 1 waits", True)]
        draft = await save(client, other)
        assert "who presses 1 waits: no queue was entered" in refused(
            await deploy(client, draft["revision"]), "tests"
        )
        assert (await deploy(client, draft["revision"], despite_tests=True)).status_code == 200
        assert (await client.post(f"{API}/flows/survey/test", json={"source": ""})).json() == {"tests": []}


@aio
async def test_a_flow_of_a_new_name(web: Web) -> None:
    async with web.browser("ada") as client:
        text = MAIN.replace('"8100"', '"8200"')
        draft = await save(client, text, flow="second")
        assert [each["origin"] for each in (await client.get(f"{API}/flows")).json()["flows"]] == [
            "folder",
            "draft",
            "folder",
        ]
        response = await client.post(
            f"{API}/flows/second/deploy", json={"revision": draft["revision"], "note": "new"}
        )
        assert response.status_code == 200, response.text
        assert (await client.get(f"{API}/flows/second")).json()["source"] == text
        assert (await client.put(f"{API}/flows/No!/draft", json={"source": ""})).status_code == 404


async def act(client: httpx.AsyncClient, trial: dict[str, Any], what: str, keys: str = "") -> dict[str, Any]:
    response = await client.post(f"{API}/flow-trials/{trial['id']}/acts", json={"act": what, "keys": keys})
    assert response.status_code == 200, response.text
    return dict(response.json())


def said(trial: dict[str, Any]) -> list[str]:
    return [part["text"] for line in trial["lines"] if line["what"] == "say" for part in line["said"]]


@aio
async def test_a_draft_is_tried_by_keypad(web: Web) -> None:
    async with web.browser("ada") as client:
        nothing = await client.post(f"{API}/flows/main/trials", json={"at": NOW})
        refused(nothing, "draft")
        await save(client, BETTER)
        begun = await client.post(f"{API}/flows/main/trials", json={"at": NOW, "agents": "free"})
        assert begun.status_code == 201
        trial = begun.json()
        assert said(trial) == ["Welcome. Press 1 for sales, 2 to log in."]
        number = next(line["number"] for line in trial["lines"] if line["what"] == "say")
        sound = await client.get(f"{API}/flow-trials/{trial['id']}/sounds/{number}")
        with wave.open(io.BytesIO(sound.content)) as heard:
            assert (heard.getframerate(), heard.getnframes() > 4000) == (8000, True)
        assert (await client.get(f"{API}/flow-trials/{trial['id']}/sounds/0")).status_code == 404
        trial = await act(client, trial, "press", "2")
        trial = await act(client, trial, "press", "123#")
        assert trial["node"] == "rate"
        assert [line["text"] for line in trial["lines"] if line["what"] == "node"] == [
            "ask",
            "log_in",
            "rate",
            "rate/score",
        ]
        trial = await act(client, trial, "press", "5")
        assert (trial["node"], trial["variables"]["pin"], trial["over"]) == ("bye", "***", True)
        assert (trial["lines"][-1]["what"], trial["lines"][-1]["text"]) == ("end", "good day")
        async with web.browser("sue") as other:
            gone = await other.get(f"{API}/flow-trials/{trial['id']}/sounds/{number}")
            assert gone.status_code == 404
        web.now[0] += 901
        late = await client.post(f"{API}/flow-trials/{trial['id']}/acts", json={"act": "listen"})
        assert late.status_code == 404


@aio
async def test_the_traffic_of_a_day(web: Web) -> None:
    def call(name: str, *nodes: str) -> list[cti.CtiEvent]:
        entered = cti.FlowEntered(contact=name, flow="main", version="1")
        return [entered, *(cti.NodeVisited(contact=name, flow="main", node=node) for node in nodes)]

    gone = cti.ConnectionCleared(contact="b", party="caller", agent=None, by="caller", cause=487)
    log = [*call("a", "ask", "log_in", "rate", "rate/score", "bye"), *call("b", "ask", "log_in"), gone]
    web.flows.counts.tell(recorded(log, first_seq=1000, at=NOW - DAY_S))
    async with web.browser("sue") as client:
        early = (await client.get(f"{API}/flows/main/traffic")).json()
        assert not early["complete"]
        await web.flows.counts.catch_up()
        body = (await client.get(f"{API}/flows/main/traffic")).json()
        assert body["complete"]
        nodes = {each["node"]: (each["visits"], each["hang_ups"]) for each in body["traffic"]["nodes"]}
        assert nodes == {"ask": (2, 0), "log_in": (2, 1), "rate": (1, 0), "bye": (1, 0)}
        ways = {(each["source"], each["target"]): each["count"] for each in body["traffic"]["ways"]}
        assert ways == {("", "ask"): 2, ("ask", "log_in"): 2, ("log_in", "rate"): 1, ("rate", "bye"): 1}
        inside = (await client.get(f"{API}/flows/survey/traffic")).json()["traffic"]
        assert inside["nodes"] == [{"node": "score", "visits": 1, "hang_ups": 0}]
        today = (await client.get(f"{API}/flows/main/traffic", params={"day": "today"})).json()
        assert today["traffic"] == {"nodes": [], "ways": []}
