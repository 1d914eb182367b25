"""Steps per second of the flow interpreter on the shipped main menu; the size of a waiting caller's state.

python -m load_tests.ivr_steps
"""

import json
import time
import tracemalloc
from pathlib import Path

from contact_center.ivr.check import flow_files, load_flow
from contact_center.ivr.codec import FLOW_STATE
from contact_center.ivr.events import (
    Connected,
    DigitPressed,
    Entered,
    FlowEvent,
    FlowState,
    LookedUp,
    PromptDone,
    QueuePosition,
    Returned,
)
from contact_center.ivr.flow import Flow
from contact_center.ivr.interpreter import begin, step
from contact_center.ivr.library import shipped_flows
from contact_center.ivr.paths import walk as walk_all
from contact_center.ivr.testing import run_tests

CALLS = 5_000
PACKS = sorted((shipped_flows() / "packs").iterdir())
WAITING = 2_000

TO_THE_QUEUE: tuple[FlowEvent | None, ...] = (
    Entered(caller_number="+14155550100", called_number="8000"),
    LookedUp(customer={"id": "c1", "name": "Ada"}, matches=1),
    None,  # the welcome is over
    DigitPressed(digit="1"),
    None,
    DigitPressed(digit="1"),
    None,
    QueuePosition(position=3),
    None,
    QueuePosition(position=2),
)
AND_ON: tuple[FlowEvent | None, ...] = (Connected(), Returned(), None)


def walk(flow: Flow, state: FlowState, events: tuple[FlowEvent | None, ...]) -> FlowState:
    for number, event in enumerate(events):
        fed = PromptDone(play=state.playing) if event is None else event
        state, _ = step(flow, state, fed, float(number))
    return state


def main() -> None:
    flow = load_flow(shipped_flows() / "main_menu.yaml")
    began = time.process_time()
    for _ in range(CALLS):
        state = walk(flow, begin(flow), TO_THE_QUEUE + AND_ON)
    took_s = time.process_time() - began
    if state.phase != "ended":
        raise SystemExit(f"the call did not end but is {state.phase} at {state.node}")
    steps = CALLS * len(TO_THE_QUEUE + AND_ON)
    tracemalloc.start()
    waiting = [walk(flow, begin(flow), TO_THE_QUEUE) for _ in range(WAITING)]
    memory = tracemalloc.get_traced_memory()[0] / WAITING
    tracemalloc.stop()
    blob = FLOW_STATE.dump(waiting[0])
    began = time.process_time()
    for one in waiting:
        FLOW_STATE.dump(one)
    dump_s = (time.process_time() - began) / WAITING
    began = time.process_time()
    tests = len(run_tests([Path(shipped_flows())]))
    tests_s = time.process_time() - began
    began = time.process_time()
    walked = [walk_all(load_flow(file)) for file in flow_files([shipped_flows(), *PACKS])]
    paths_s = time.process_time() - began
    figures = {
        "steps_per_s": round(steps / took_s),
        "us_per_call_of_13_steps": round(took_s / CALLS * 1e6),
        "bytes_per_waiting_caller": round(memory),
        "state_json_bytes": len(blob),
        "state_dump_us": round(dump_s * 1e6, 1),
        "flow_tests": tests,
        "flow_tests_ms": round(tests_s * 1e3, 1),
        "flows_walked": len(walked),
        "paths_walked": sum(each.paths for each in walked),
        "ms_per_1000_paths": round(paths_s / sum(each.paths for each in walked) * 1e6, 1),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
