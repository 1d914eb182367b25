"""Runs the benchmarks and writes `load_tests/report.md`.

    python -m load_tests [--quick] [NAME…]

Every load is bounded and ends by itself; only 127.0.0.1 is used. All of it takes about half an hour,
`--quick` about five minutes. With names, those benchmarks are measured anew and the others keep their place
in the report.
"""

import argparse
import json
import sys
import time
from dataclasses import replace
from typing import Protocol

from contact_center.runtime.codec import Codec
from load_tests import bridged, hot_spots, latency, mouth_to_ear, parts, routing, setup_rate, steady
from load_tests.report import HERE, PAGE, Section, load_average, markdown


class Benchmark(Protocol):
    def __call__(self, *, quick: bool) -> Section: ...


BENCHMARKS: dict[str, Benchmark] = {
    "setup": setup_rate.measure,
    "latency": latency.measure,
    "bridged": bridged.measure,
    "steady": steady.measure,
    "mouth": mouth_to_ear.measure,
    "media": parts.media,
    "legs": parts.legs,
    "profile": hot_spots.measure,
    "routing": routing.measure,
}
KEPT = HERE / "report.json"
"""The last figures of every benchmark, so that one of them can be measured anew."""
SECTIONS: Codec[dict[str, Section]] = Codec(dict[str, Section])


def _known() -> dict[str, Section]:
    return SECTIONS.load(KEPT.read_bytes()) if KEPT.exists() else {}


def main() -> None:
    parser = argparse.ArgumentParser(prog="load_tests", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(BENCHMARKS)}; all when none")
    parser.add_argument("--quick", action="store_true", help="short runs: does it work, not how fast")
    args = parser.parse_args()
    unknown = set(args.names) - BENCHMARKS.keys()
    if unknown:
        parser.error(f"no benchmark {', '.join(sorted(unknown))}; there are {', '.join(BENCHMARKS)}")
    for name in args.names or BENCHMARKS:
        load, began = load_average() + (" (quick run)" if args.quick else ""), time.monotonic()
        print(f"{name} … (load average {load})", file=sys.stderr, flush=True)
        found = replace(BENCHMARKS[name](quick=args.quick), load=load)
        for figure in found.figures:
            print(f"  {figure.what}: {figure.measured} (goal {figure.goal})")
        print(f"  {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
        known = _known() | {name: found}
        KEPT.write_text(json.dumps(SECTIONS.plain(known), ensure_ascii=False, indent=1) + "\n")
    known = _known()
    command = " ".join(["python -m load_tests", *(["--quick"] if args.quick else []), *args.names])
    PAGE.write_text(markdown([known[name] for name in BENCHMARKS if name in known], command), "utf-8")
    print(f"wrote {PAGE.name}")


if __name__ == "__main__":
    main()
