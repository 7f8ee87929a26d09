#!/usr/bin/env python3
"""Measures package parlib/mpi beside C and mpi4py and prints a table: "make bench-mpi".

Two ranks on this machine. Every round starts each program anew, in turn, since waiting ranks of C and mpi4py take a processor each. Ratios
are of speed: 2.00x is twice as fast as the peer, in the same round. Nothing here fails for being slow.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from contest import Result
from report import Table
from rows import arguments, show, speed

HERE = Path(__file__).parent
ROOT = HERE.parent.parent

# What single machines need: see parlib/mpi/launch.
ENVIRONMENT = os.environ | {
    "OMPI_ALLOW_RUN_AS_ROOT": "1",
    "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
    "OMPI_MCA_rmaps_base_oversubscribe": "1",
}


@dataclass
class Work:
    name: str
    command: list[str]
    reach: dict[str, float]


WORKS = [
    Work("ping-pong 1 byte", ["pingpong", "1", "20000"], {"C": 0.67, "mpi4py": 1.0}),
    Work("ping-pong 1 MB", ["pingpong", "1000000", "200"], {"mpi4py": 1.0}),
    Work("Allreduce 1 number", ["allreduce", "1", "5000"], {"mpi4py": 1.0}),
    Work("Allreduce 100,000 numbers", ["allreduce", "100000", "200"], {"mpi4py": 1.0}),
]


def build(folder: str) -> dict[str, list[str]]:
    ours, c = str(Path(folder) / "mpi"), str(Path(folder) / "mpi_peer")
    subprocess.run([str(ROOT / "install" / "go.sh"), "build", "-o", ours, "./test/bench/mpi"], cwd=ROOT, check=True)
    subprocess.run(["mpicc", "-O2", "-o", c, str(HERE / "mpi_peer.c")], check=True)
    return {"": [ours], "C": [c], "mpi4py": [sys.executable, str(HERE / "mpi_peer.py")]}


def run(program: list[str], work: Work, result: Result) -> None:
    """Run a program once and note what it took."""
    done = subprocess.run(["mpiexec", "-n", "2", *program, *work.command], env=ENVIRONMENT, capture_output=True, text=True, timeout=300)
    if done.returncode != 0:
        result.problem = (done.stderr.strip().splitlines() or [f"status {done.returncode}"])[0]
        return
    seconds, result.uses = done.stdout.strip().split(maxsplit=1)
    result.times.append(float(seconds))


def measure(work: Work, programs: dict[str, list[str]], rounds: int, table: Table) -> None:
    print(f"measuring {work.name}", file=sys.stderr)
    results = {name: Result() for name in programs}
    order = list(programs)
    for _ in range(rounds):
        for name in order:
            if not results[name].problem:
                run(programs[name], work, results[name])
        order.reverse()
    ours = results.pop("")
    for name, peer in results.items():
        problem = ours.problem or peer.problem
        if problem:
            table.notes.append(f"{work.name}: beside {name} not measured: {problem}")
            continue
        reach = f"{work.reach[name]:.2f}x" if name in work.reach else ""
        table.add(work.name, *spread(ours), peer.uses, *spread(peer), speed(ours, peer), reach)
    table.notes.append(f"{work.name}: with {ours.uses}")


def spread(r: Result) -> tuple[str, str]:
    times = sorted(r.times)
    return f"{1e6 * times[0]:.2f} µs", f"{1e6 * times[len(times) // 2]:.2f} µs"


def main() -> None:
    args = arguments(__doc__)
    table = Table("parlib/mpi beside its peers, two ranks", ["work", "min", "median", "peer", "min", "median", "speed", "to reach"])
    with tempfile.TemporaryDirectory(prefix="bench-mpi-") as folder:
        programs = build(folder)
        for work in WORKS:
            if args.only in work.name:
                measure(work, programs, 3 if args.quick else 10, table)
    show(table, args)


if __name__ == "__main__":
    main()
