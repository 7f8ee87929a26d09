#!/usr/bin/env python3
"""Measures package parlib/cluster beside IPython Parallel and mpi4py and prints a table: "make bench-cluster".

Both sides have engines on this machine. Ratios are of speed: 2.00x is twice as fast as the peer, in the same round. Nothing here fails
for being slow.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from mpi import ENVIRONMENT
from rows import Row, arguments, show, table_of

HERE = Path(__file__).parent
ROOT = HERE.parent.parent


def rows() -> list[Row]:
    def work(what: str, name: str, *sizes: str, rounds: int = 5, **reach: float) -> Row:
        python = [sys.executable, str(HERE / "ipp_peer.py"), name, *sizes]
        return Row(what, [name, *sizes], {"ipyparallel": python}, reach, rounds)

    matmul = work("matmul 4000 x 200 x 4000, 2 engines", "matmul", "2", "4000", rounds=5, ipyparallel=1.25, mpi4py=1.25)
    environment = [f"{k}={v}" for k, v in ENVIRONMENT.items() if k.startswith("OMPI")]
    matmul.peers["mpi4py"] = ["env", *environment, "mpiexec", "-n", "2", sys.executable, str(HERE / "mpi_matmul_peer.py"), "4000"]
    return [
        work("2,000 empty tasks, one by one, 2 engines", "tasks", "2", "2000", ipyparallel=33),
        work("map of 1,000,000 items, 2 engines", "map", "2", "1000000"),
        work("100 calls, each after the last", "calls", "1", "100", ipyparallel=9),
        work("push of 100 MB to 4 engines", "push", "4", "100000000", ipyparallel=8),
        work("start and end of 4 engines", "start", "4", rounds=3),
        matmul,
    ]


def build(folder: str) -> str:
    program = str(Path(folder) / "cluster")
    subprocess.run([str(ROOT / "install" / "go.sh"), "build", "-o", program, "./test/bench/cluster"], cwd=ROOT, check=True)
    return program


def main() -> None:
    args = arguments(__doc__)
    with tempfile.TemporaryDirectory(prefix="bench-cluster-") as folder:
        show(table_of("parlib/cluster", build(folder), rows(), args), args)


if __name__ == "__main__":
    main()
