"""The media room's and the relay's own benchmarks, run as their authors wrote them."""

import json
import subprocess
import sys
from typing import Any

from load_tests.report import Figure, Section
from load_tests.rig import RigError

MOST_S = 300.0


def _run(module: str, *options: str) -> Any:
    command = [sys.executable, "-m", module, *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=MOST_S, check=False)
    try:
        return json.loads(done.stdout)
    except json.JSONDecodeError as error:
        raise RigError(f"{module}: {done.stdout[-500:]} {done.stderr[-1500:]}") from error


def media(*, quick: bool) -> Section:
    """One process call after call; bare conversations bridged; idle ones."""
    options = ("--calls", "10", "--seconds", "4") if quick else ("--calls", "49", "--seconds", "15")
    found = _run("load_tests.media_figures", *options)
    reuse, bridged, idle = found["reuse"], found["bridged"], found["idle"]
    grown_kb = 1000 * (reuse["after_all"]["private_mb"] - reuse["after_2"]["private_mb"]) / reuse["calls"]
    return Section(
        title="The media room alone",
        how="`load_tests.media_figures`: conversations told by a bench in the core's place, pjsua2 phones.",
        figures=(
            Figure(
                what="media room alone: claim of a conversation, median / most ms",
                measured=f"{reuse['claim_ms_median']} / {reuse['claim_ms_max']}",
            ),
            Figure(
                what="media room alone: private KB grown per call of one process",
                measured=f"{grown_kb:.1f}",
                goal="0",
            ),
            Figure(
                what="media room alone: CPU % per bridged conversation",
                measured=str(bridged["cpu_percent_each"]),
                goal="≤ 0.6",
            ),
            Figure(
                what="media room alone: CPU % of an idle conversation process",
                measured=str(idle["cpu_percent_each"]),
            ),
        ),
    )


def legs(*, quick: bool) -> Section:
    """20 browser legs through the relay."""
    found = _run("load_tests.webrtc_legs", "--legs", "20", "--seconds", "4" if quick else "10")
    lost = f"{found['lost_to_conversations']} / {found['lost_to_browsers']} of {found['sent_each_way']}"
    return Section(
        title="The WebRTC relay alone",
        how="`load_tests.webrtc_legs`: 20 DTLS-SRTP legs, 50 packets/s each way, driven by another process.",
        figures=(
            Figure(
                what="relay alone: CPU % per browser leg",
                measured=str(found["relay_core_percent_per_leg"]),
                goal="≤ 0.7",
            ),
            Figure(what="relay alone: packets lost to conversations / to browsers", measured=lost, goal="0"),
        ),
    )
