#!/usr/bin/env python3
"""Measures package opencl beside its peers and prints a table: "make bench-opencl".

WARREN_OPENCL names the device, as platform:device. Ratios are of speed: 2.00x is twice as fast as the peer, in the same
round. Nothing here fails for being slow.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from rows import Row, arguments, show, table_of

HERE = Path(__file__).parent
ROOT = HERE.parent.parent

LONG = "10000000"  # numbers in the long vectors
SHORT = "1000"


def rows(program: str, device: str) -> list[Row]:
    """The device is what platform:device is, so that pyopencl gets the same."""

    def pyopencl(*work: str) -> list[str]:
        return [sys.executable, str(HERE / "pyopencl_peer.py"), device, *work]

    def numpy(*work: str) -> list[str]:
        return [sys.executable, str(HERE / "pyopencl_peer.py"), "numpy", *work]

    def both(what: str, *work: str, **reach: float) -> Row:
        return Row(what, [*work], {"pyopencl": pyopencl(*work), "NumPy": numpy(*work)}, reach, rounds=20)

    def matmul(n: str, rounds: int, *peers: str, **reach: float) -> Row:
        others = {v: [program, "matmul", v, n] for v in peers}
        return Row(f"matmul {n}, blocked", ["matmul", "blocked", n], others | {"NumPy": numpy("matmul", n)}, reach, rounds)

    return [
        both("dot 10,000,000", "dot", LONG, "1", pyopencl=3.33, NumPy=0.6),
        both("sum 10,000,000", "sum", LONG, "1", pyopencl=2.5),
        both("2x + 3y, 10,000,000", "linear", LONG, "1", pyopencl=3.33),
        both("sum 1,000, a hundred times", "sum", SHORT, "100", pyopencl=2.0),
        both("running sum 10,000,000", "scan", LONG, "1"),
        both("write 10,000,000", "write", LONG, "1"),
        both("read 10,000,000", "read", LONG, "1"),
        matmul("256", 10, "naive", "tiled", "clblast"),
        matmul("1024", 3, "naive", "tiled", naive=5.0),
        matmul("1024", 10, "clblast"),
        matmul("4096", 3),
    ]


def build(folder: str) -> str:
    program = str(Path(folder) / "opencl")
    subprocess.run([str(ROOT / "install" / "go.sh"), "build", "-o", program, "./test/bench/opencl"], cwd=ROOT, check=True)
    return program


def main() -> None:
    args = arguments(__doc__)
    with tempfile.TemporaryDirectory(prefix="bench-opencl-") as folder:
        program = build(folder)
        found = subprocess.run([program, "device"], capture_output=True, text=True)
        if found.returncode != 0:
            sys.exit(found.stderr.strip())
        device = json.loads(found.stdout)
        print(f"{device['name']}, {device['platform']}, driver {device['driver']}")
        show(table_of("opencl", program, rows(program, device["id"]), args), args)


if __name__ == "__main__":
    main()
