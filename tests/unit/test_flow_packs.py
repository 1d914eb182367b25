"""The industry packs: flow, tests, queues, skills and dispositions of each fit one another."""

import re
from pathlib import Path

import jsonschema
import pytest
import yaml

from contact_center.ivr.check import check_paths, flow_files, load_flow
from contact_center.ivr.flow import Queue, Voicemail
from contact_center.ivr.library import shipped_flows
from contact_center.ivr.paths import walk
from contact_center.ivr.reference import schema
from contact_center.ivr.testing import run_tests
from contact_center.storage.company import read_company

PACKS = sorted(path for path in (shipped_flows() / "packs").iterdir() if path.is_dir())


def test_all_eight_are_there() -> None:
    assert [pack.name for pack in PACKS] == [
        *("airline", "automotive", "finance", "health", "insurance", "it", "manufacturing", "telecom")
    ]


@pytest.mark.parametrize("pack", PACKS, ids=lambda pack: pack.name)
def test_pack(pack: Path) -> None:
    assert list(map(str, check_paths([pack]))) == []
    results = run_tests([pack])
    assert len(results) >= 8
    assert [str(each) for each in results if not each.passed] == []
    file = pack / f"{pack.name}.yaml"
    jsonschema.Draft202012Validator(schema()).validate(yaml.safe_load(file.read_text(encoding="utf-8")))
    flow = load_flow(file)
    walked = walk(flow)
    assert (walked.faults, walked.uncovered_nodes, walked.uncovered_edges) == ([], [], [])
    assert walked.cut == 0
    company = read_company(pack / "company.toml")
    queues = {queue.id for queue in company.queues}
    entered = [node for node in flow.nodes.values() if isinstance(node, Queue)]
    assert {node.queue for node in entered} <= queues
    assert {node.queue for node in flow.nodes.values() if isinstance(node, Voicemail)} <= queues
    skills = {skill for node in entered for skill in node.skills}
    skills |= {skill for node in entered for more in node.skills_by_language.values() for skill in more}
    assert skills == set(company.skills)
    assert [(entry.number, entry.flow) for entry in company.entry_points] == [(flow.numbers[0], flow.name)]
    assert all(queue.dispositions for queue in company.queues)


def test_every_shipped_flow_speaks_english_and_mandarin() -> None:
    files = [*flow_files([shipped_flows()]), *(pack / f"{pack.name}.yaml" for pack in PACKS)]
    assert len(files) == 12
    for file in files:
        flow = load_flow(file)
        assert set(flow.languages) == {"en", "zh"}, file
        assert all(texts.keys() == {"en", "zh"} for texts in flow.prompts.values()), file
        assert all(re.search("[\u4e00-\u9fff]", texts["zh"]) for texts in flow.prompts.values()), file


def test_urgent_callers_come_first() -> None:
    for pack, queue in (("finance", "card"), ("automotive", "rescue"), ("it", "major_incident")):
        flow = load_flow(shipped_flows() / "packs" / pack / f"{pack}.yaml")
        priorities = {n.queue: n.priority for n in flow.nodes.values() if isinstance(n, Queue)}
        assert priorities[queue] == max(priorities.values())
