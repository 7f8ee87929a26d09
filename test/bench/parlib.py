#!/usr/bin/env python3
"""Measures parlib beside its peers and prints a table: "make bench-parlib".

Ratios are of speed: 2.00x is twice as fast as the peer, in the same round. Nothing here fails for being slow.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from rows import Row, arguments, show, table_of

HERE = Path(__file__).parent
ROOT = HERE.parent.parent


# What NumPy's program calls the work of a peer begins with this.
PEERS = {"numpy": ("NumPy", ""), "numexpr": ("numexpr", "numexpr_")}


def numpy(*work: str) -> list[str]:
    return [sys.executable, str(HERE / "numpy_peer.py"), *work]


def pools(*work: str) -> dict[str, list[str]]:
    return {name: [sys.executable, str(HERE / "pool_peer.py"), name, *work] for name in ("multiprocessing", "joblib")}


def vectors(program: str) -> list[Row]:
    """Rows of work on vectors, whose arguments are a length, how often at a time, and a number of workers."""

    def row(work: str, n: int, times: int, peers: list[str], **reach: float) -> Row:
        args = str(n), str(times)
        commands = {p: numpy({"numpy": work, "numexpr": "numexpr_" + work}[p], *args) for p in peers}
        return Row(f"{work} {n:,}", [work, *args], commands, reach, rounds=30)

    def scaling(n: int, times: int, reach: float) -> Row:
        args = ["sin", str(n), str(times)]
        return Row(f"sin {n:,}, 2 workers", [*args, "2"], {"1 worker": [program, *args, "1"]}, {"1 worker": reach}, rounds=30)

    return [
        row("dot", 10_000_000, 1, ["numpy"], numpy=1.0),
        Row("dot 10,000,000 as reading", ["dot", "10000000"], {"reading": [program, "read", "10000000"]}, {"reading": 0.95}, rounds=30),
        row("dot", 100_000, 200, ["numpy"], numpy=1.2),
        row("linear", 10_000_000, 1, ["numpy", "numexpr"], numexpr=1.25),
        row("sin", 10_000_000, 1, ["numpy", "numexpr"], numpy=1.67),
        scaling(1000, 2000, 1.8),
        scaling(100, 20_000, 1.0),
    ]


HOT = "2000"  # looks of a libgomp thread before it sleeps: some ten microseconds, so that it does not disturb the round after its own


def gomp(folder: Path, spins: str, *work: str) -> list[str]:
    """The command of libgomp's side, whose threads look for work so often before they sleep."""
    return ["env", f"GOMP_SPINCOUNT={spins}", str(folder / "gomp_peer"), *work]


def loop_rows(program: str) -> list[Row]:
    hot, cold = ["2", "1000"], ["2", "1"]
    folder = Path(program).parent
    found = [
        Row("fork and join of nothing, 2 workers, 1000 times", ["fork", *hot], {"libgomp": gomp(folder, HOT, "fork", *hot)}, {"libgomp": 2.5}, rounds=200),
        Row("fork and join of nothing, workers asleep", ["fork", *cold], {"libgomp": gomp(folder, "0", "fork", *cold)}, {"libgomp": 1.0}, rounds=200),
    ]
    for n, reach in (("100", 1.0), ("1000", 1.8)):
        peers = {"one goroutine": [program, "serial-loop", n, "1000"], "libgomp": gomp(folder, HOT, "sin", n, "1000")}
        found.append(Row(f"loop of {n} math.Sin, 1000 times", ["loop", n, "1000"], peers, {"one goroutine": reach}, rounds=100))
    peers = {"slices.Sort": [program, "serial-sort", "10000000"], "NumPy": numpy("sort", "10000000")}
    found.append(Row("sort of 10,000,000 numbers", ["sort", "10000000"], peers, {"slices.Sort": 1.5}, rounds=5))
    return found


def rows(program: str) -> list[Row]:
    gonum = [program, "matmul", "gonum", "2048"]
    big, small = ["map", "100000", "1"], ["map", "4", "100"]
    submit, stream = ["submit", "1000"], ["stream", "10000"]
    return [
        *vectors(program),
        *loop_rows(program),
        Row("Pool.Map, 100,000 tiny items", big, pools(*big), {"multiprocessing": 20.0}, rounds=30),
        Row("Pool.Map, 4 tiny items, 100 times", small, pools(*small), {"multiprocessing": 111.0}, rounds=30),
        Row("ApplyAsync, 1000 tiny tasks", submit, pools(*submit), {}, rounds=20),
        Row("Imap, 10,000 tiny items", stream, pools(*stream), {}, rounds=20),
        Row("matmul 2048", ["matmul", "chosen", "2048"], {"NumPy": numpy("matmul", "2048")}, {"NumPy": 1.0}, rounds=20),
        Row("matmul 2048, OpenBLAS", ["matmul", "openblas", "2048"], {"NumPy": numpy("matmul", "2048")}, {"NumPy": 1.0}, rounds=20),
        Row("matmul 2048, own kernels", ["matmul", "go", "2048"], {"gonum": gonum, "NumPy": numpy("matmul", "2048")}, {"gonum": 3.0}, rounds=5),
        Row("matmul 256", ["matmul", "chosen", "256"], {"NumPy": numpy("matmul", "256")}, {"NumPy": 1.0}, rounds=200),
        Row("matmul 256, OpenBLAS", ["matmul", "openblas", "256"], {"NumPy": numpy("matmul", "256")}, {}, rounds=200),
        Row("matmul 256, own kernels", ["matmul", "go", "256"], {"NumPy": numpy("matmul", "256")}, {}, rounds=200),
    ]


def build(folder: str) -> str:
    program = str(Path(folder) / "parlib")
    subprocess.run(["go", "build", "-o", program, "./test/bench/parlib"], cwd=ROOT, check=True)
    if shutil.which("gcc"):
        peer = ["gcc", "-O3", "-march=native", "-fopenmp", "-o", str(Path(folder) / "gomp_peer"), str(HERE / "gomp_peer.c"), "-lm"]
        subprocess.run(peer, check=True)
    return program


def main() -> None:
    args = arguments(__doc__)
    with tempfile.TemporaryDirectory(prefix="bench-parlib-") as folder:
        program = build(folder)
        show(table_of("parlib", program, rows(program), args), args)


if __name__ == "__main__":
    main()
