#!/usr/bin/env python3
"""Measures the kernel over the Jupyter protocol and prints tables: "make bench-kernel".

What is compared is measured in one run, in alternation, so that a machine that slows down slows down both sides. Nothing
here fails for being slow. The figures under "to reach" are what Warren is built for.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import os
import platform
import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from drive import CellFailed, Kernel, Unique, memory, time_start
from peers import ROOT, Peer, Unavailable, run, set_up
from report import Table, kib, median_ms, ms, ratio
from workloads import WORKLOADS, Workload

FIRST, LAST = 10, 10  # the cells that are compared at both ends of a long session


@dataclass
class Bench:
    """What the parts need: the peers, a folder of this run, and how much to do."""

    peers: list[Peer]
    folder: Path
    unique: Unique
    quick: bool
    cells: int

    @property
    def warren(self) -> Peer:
        return self.peers[0]

    def times(self, often: int, quick: int) -> range:
        return range(quick if self.quick else often)

    @contextmanager
    def kernel(self, peer: Peer | None = None) -> Iterator[Kernel]:
        name = (peer or self.warren).name
        with Kernel.start(name, self.log(name)) as kernel:
            yield kernel

    def log(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    def able(self, table: Table) -> list[Peer]:
        """The peers that can be measured; the table gets a note for each of the others."""
        table.notes += [f"{p.title}: not measured: {p.problem}" for p in self.peers if p.problem]
        return [p for p in self.peers if not p.problem]


# Part 1


def fresh_cell(bench: Bench) -> Table:
    table = Table("A cell never seen before: x += n; fmt.Println(x)", ["kernel", "median", "fastest", "of GoNB", "to reach"])
    with ExitStack() as stack:
        kernels = [(peer, stack.enter_context(declared(bench, peer))) for peer in bench.able(table)]
        taken = alternate(kernels, bench.unique, bench.times(30, 5))
    base = statistics.median(taken["gonb"]) if "gonb" in taken else None
    for peer, _ in kernels:
        times = taken[peer.name]
        of_gonb = ratio(statistics.median(times), base) if base else ""
        target = "<= 1.00x, 150 ms" if peer is bench.warren else ""
        table.add(peer.title, median_ms(times), ms(min(times)), of_gonb, target)
    return table


@contextmanager
def declared(bench: Bench, peer: Peer) -> Iterator[Kernel]:
    with bench.kernel(peer) as kernel:
        for code in [*peer.declare, peer.add.format(n=bench.unique)]:
            kernel.run(code)
        yield kernel


def alternate(kernels: list[tuple[Peer, Kernel]], unique: Unique, rounds: range) -> dict[str, list[float]]:
    taken: dict[str, list[float]] = {peer.name: [] for peer, _ in kernels}
    for _ in rounds:
        for peer, kernel in kernels:
            taken[peer.name].append(kernel.time(peer.add.format(n=unique)))
    return taken


# Part 2

PLOT = """figure := plot.New()
figure.Title.Text = "{n}"
line, _ := plotter.NewLine(plotter.XYs{{{{X: 0, Y: 1}}, {{X: 1, Y: 3}}, {{X: 2, Y: 2}}}})
figure.Add(line)
figure"""


def known_cells(bench: Bench) -> Table:
    """Runs the same cells in two sessions: in the second, all that is compiled comes from the cache."""
    small = [f"x += {bench.unique}\nfmt.Println(x)" for _ in bench.times(20, 5)]
    plots = [PLOT.format(n=bench.unique) for _ in bench.times(8, 3)]
    with bench.kernel() as kernel:
        kernel.run("x := 1")
        nothing = [kernel.time_nothing() for _ in range(20)]
        _, small_again = run_twice(kernel, small)
        plot_fresh, plot_again = run_twice(kernel, plots)
    with bench.kernel() as kernel:
        kernel.run("x := 1")
        small_cached, _ = run_twice(kernel, small)
        plot_cached, _ = run_twice(kernel, plots)

    table = Table("Cells that were compiled before, and cells with gonum/plot", ["cell", "median", "slowest", "to reach"])
    for name, times, target in [
        ("kernel_info, for comparison", nothing, ""),
        ("small cell, run again", small_again, "<= 10 ms"),
        ("small cell, after a restart", small_cached, "<= 10 ms"),
        ("gonum/plot, first in a session", plot_fresh[:1], ""),
        ("gonum/plot, fresh", plot_fresh[1:], "<= 650 ms"),
        ("gonum/plot, run again", plot_again, ""),
        ("gonum/plot, after a restart", plot_cached[1:], ""),
    ]:
        table.add(name, median_ms(times), ms(max(times)), target)
    table.notes.append("Cells with gonum/plot draw the plot and send it as an image.")
    return table


def run_twice(kernel: Kernel, cells: list[str]) -> tuple[list[float], list[float]]:
    """Runs each cell twice in a row and returns the times of the first runs and of the second."""
    pairs = [(kernel.time(code), kernel.time(code)) for code in cells]
    return [first for first, _ in pairs], [second for _, second in pairs]


# Part 3


def run_all(bench: Bench) -> Table:
    queued, single = [], []
    for _ in bench.times(5, 1):
        single.append(sum(notebook_times(bench, lambda kernel, cells: [kernel.time(code) for code in cells])))
        queued.append(sum(notebook_times(bench, lambda kernel, cells: [kernel.time_queued(cells)])))
    table = Table("40 small cells, none in the cache", ["how", "median", "fastest", "of single cells", "to reach"])
    base = statistics.median(single)
    table.add("one after the other", median_ms(single), ms(min(single)), "1.00x", "")
    table.add("queued at once (Run All)", median_ms(queued), ms(min(queued)), ratio(statistics.median(queued), base), "<= 0.25x")
    return table


def notebook_times(bench: Bench, how: Callable[[Kernel, list[str]], list[float]]) -> list[float]:
    """Runs a notebook that no cache has seen in a fresh session."""
    cells = notebook(bench.unique, 40)
    with bench.kernel() as kernel:
        kernel.run(f"fmt.Println({bench.unique})")
        return how(kernel, cells)


def notebook(unique: Unique, size: int) -> list[str]:
    """Small cells as a notebook has them: each uses what earlier ones declared."""
    kinds = [
        "v{i} := []int{{{n}, {i}, 3}}",
        "func f{i}(a int) int {{\n\treturn a*2 + v{b}[0] + {n}\n}}",
        "total{i} := 0\nfor _, v := range v{b} {{\n\ttotal{i} += f{b}(v)\n}}\nfmt.Println(total{i}, {n})",
        "type t{i} struct {{\n\tid, sum int\n}}\n\nfunc (t t{i}) double() int {{ return t.sum*2 + {n} }}",
        "t{b}{{id: {n}, sum: total{b}}}.double()",
    ]
    return [kinds[i % len(kinds)].format(i=i // len(kinds), b=i // len(kinds), n=unique) for i in range(size)]


# Part 4


@dataclass
class Speed:
    """Seconds of one workload, by where it ran."""

    native: list[float]
    control: list[float]  # native once more: how far from 1 a ratio is by chance
    function: list[float]
    top_level: list[float]


def native_speed(bench: Bench) -> Table:
    table = Table(
        "Speed of code in cells, against go build",
        ["program", "go build", "again", "in a function", "median", "to reach", "top-level loop", "median", "to reach", "gophernotes"],
    )
    interpreter = next(peer for peer in bench.peers if peer.name == "gophernotes")
    for workload in WORKLOADS:
        speed = measure(bench, workload)
        base = [min(speed.native), statistics.median(speed.native)]
        table.add(
            workload.name, ms(base[0]), ratio(min(speed.control), base[0]),
            ratio(min(speed.function), base[0]), ratio(statistics.median(speed.function), base[1]), "<= 1.03x",
            ratio(min(speed.top_level), base[0]), ratio(statistics.median(speed.top_level), base[1]), "<= 1.10x",
            interpreted(bench, interpreter, workload, base[0]) if not interpreter.problem else "",
        )  # fmt: skip
    table.notes += [
        "Ratios of the fastest runs, then of the medians; gophernotes: of one call of the function.",
        "again: the same program against itself, which shows how far from 1.00x a ratio is by chance.",
    ]
    return table


def measure(bench: Bench, workload: Workload) -> Speed:
    repeats = len(bench.times(10, 5))
    program = compiled(bench, workload, repeats)
    calls, top_level = workload.calls(repeats), workload.top_level()
    speed, results = Speed([], [], [], []), set()
    with bench.kernel() as kernel:
        for code in filter(None, [workload.function(), workload.setup, calls, top_level]):
            kernel.run(code)
        for _ in bench.times(5, 2):
            results |= collect(speed.native, run([program], bench.folder))
            results |= collect(speed.function, kernel.run(calls).stream())
            for _ in range(repeats):
                results |= collect(speed.top_level, kernel.run(top_level).stream())
            results |= collect(speed.control, run([program], bench.folder))
    if len(results) != 1:
        raise SystemExit(f"{workload.name}: cells and program computed different results: {results}")
    return speed


def compiled(bench: Bench, workload: Workload, repeats: int) -> Path:
    folder = bench.folder / workload.name.replace(" ", "-")
    folder.mkdir()
    (folder / "go.mod").write_text("module workload\n\ngo 1.26.0\n")
    (folder / "main.go").write_text(workload.program(repeats))
    run(["go", "build", "-o", "workload", "."], folder)
    return folder / "workload"


def collect(times: list[float], printed: str) -> set[str]:
    """Adds the times of lines "nanoseconds result", and returns the results."""
    results = set()
    for line in printed.splitlines():
        nanoseconds, result = line.split()
        times.append(int(nanoseconds) / 1e9)
        results.add(result)
    return results


def interpreted(bench: Bench, peer: Peer, workload: Workload, base: float) -> str:
    times: list[float] = []
    try:
        with bench.kernel(peer) as kernel:
            cells = ['import (\n"fmt"\n"time"\n)', workload.types, workload.function(), workload.setup]
            for code in filter(None, cells):
                kernel.run(code)
            collect(times, kernel.run(workload.calls(1)).stream())
    except (CellFailed, ValueError):
        return "fails"
    return f"{min(times) / base:.0f}x"


# Part 5


def long_session(bench: Bench) -> Table:
    table = Table(
        f"{bench.cells} different cells in one session",
        ["cells so far", f"last {LAST} cells, median", "of the first", "memory per cell", "file pages per cell", "to reach"],
    )
    times: list[float] = []
    with bench.kernel() as kernel:
        kernel.run("x := 1")
        kernel.run(f"x += {bench.unique}\nfmt.Println(x)")
        worker = kernel.worker()
        front, before = memory(kernel.process()), memory(worker)
        for count in range(1, bench.cells + 1):
            times.append(kernel.time(f"x += {bench.unique}\nfmt.Println(x)"))
            if count in checkpoints(bench.cells):
                grown = [(now - then) / count for now, then in zip(memory(worker), before)]
                recent = statistics.median(times[-LAST:])
                first = statistics.median(times[:FIRST])
                target = "<= 1.50x" if count == bench.cells else ""
                table.add(str(count), ms(recent), ratio(recent, first), kib(grown[0]), kib(grown[1]), target)
            own, files = memory(worker)
        front_grown = (memory(kernel.process())[0] - front[0]) / bench.cells
    table.notes += [
        f"The worker then has {kib(own)} of memory of its own and maps {kib(files)} of files' pages.",
        f"The kernel's own process grew by {kib(front_grown)} per cell.",
    ]
    return table


def checkpoints(cells: int) -> list[int]:
    return sorted({FIRST, *(n for n in (cells // 10, cells // 4, cells // 2, cells) if n > FIRST)})


# Part 6


def start(bench: Bench) -> Table:
    table = Table("From the start of the kernel to the first result", ["kernel", "median", "slowest", "to reach"])
    peers = bench.able(table)
    taken: dict[str, list[float]] = {peer.name: [] for peer in peers}
    for peer in peers:
        time_start(peer.name, bench.log(peer.name), peer.first)  # now the first cell is in the cache
    for _ in bench.times(10, 3):
        for peer in peers:
            taken[peer.name].append(time_start(peer.name, bench.log(peer.name), peer.first))
    for peer in peers:
        times = taken[peer.name]
        table.add(peer.title, median_ms(times), ms(max(times)), "<= 1500 ms" if peer is bench.warren else "")
    return table


PARTS: list[Callable[[Bench], Table]] = [fresh_cell, known_cells, run_all, native_speed, long_session, start]


# What all was measured on


def machine() -> list[str]:
    """The lines above the tables."""
    cpus = len(os.sched_getaffinity(0))
    return [
        f"Processor: {processor()}, {cpus} usable of {os.cpu_count()}; load before: {os.getloadavg()[0]:.1f}",
        f"System: {platform.system()} {platform.release()}; linker: {linker()}",
        f"Versions: {run(['go', 'version'], ROOT).split()[2]}, Python {platform.python_version()}, "
        f"JupyterLab {importlib.metadata.version('jupyterlab')}, "
        f"jupyter_client {importlib.metadata.version('jupyter_client')}",
        f"Kernel: {run([ROOT / 'bin' / 'warren', 'version'], ROOT).strip()}",
    ]


def processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def linker() -> str:
    return next((name for name in ["mold", "ld.gold"] if shutil.which(name)), "the C compiler's own")


def probe(bench: Bench) -> None:
    """Marks the peers that do not start here, or cannot run the cells. Warren must."""
    for peer in bench.peers[1:]:
        if peer.problem:
            continue
        try:
            with declared(bench, peer):
                pass
        except (RuntimeError, TimeoutError, CellFailed) as e:
            panic = [line for line in bench.log(peer.name).read_text().splitlines() if line.startswith("panic:")]
            peer.problem = f"it does not start here: {(panic or str(e).splitlines())[0]}"


def options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    names = ", ".join(f"{i} {part.__name__}" for i, part in enumerate(PARTS, 1))
    parser.add_argument("--only", metavar="N,N", default="", help=f"run these parts: {names}")
    parser.add_argument("--quick", action="store_true", help="few repeats: for trying the benchmark, not for its figures")
    parser.add_argument("--cells", type=int, help="cells of the long session (1000; quick: 40)")
    parser.add_argument("--markdown", action="store_true", help="print Markdown")
    chosen = parser.parse_args(arguments)
    try:
        numbers = [int(n) for n in chosen.only.split(",") if n] or range(1, len(PARTS) + 1)
        chosen.parts = [PARTS[n - 1] for n in numbers if 0 < n or parser.error("parts count from 1")]
    except (ValueError, IndexError):
        parser.error(f"--only takes numbers of parts: {names}")
    chosen.cells = chosen.cells or (40 if chosen.quick else 1000)
    if chosen.cells < FIRST + LAST:
        parser.error(f"--cells must be at least {FIRST + LAST}")
    return chosen


def main(arguments: list[str]) -> None:
    chosen = options(arguments)
    with tempfile.TemporaryDirectory(prefix="warren-bench-") as temp:
        folder = Path(temp)
        os.environ["JUPYTER_PATH"] = str(folder / "share" / "jupyter")
        os.environ["JUPYTER_RUNTIME_DIR"] = str(folder / "runtime")
        print("building and starting the kernels", file=sys.stderr)
        bench = Bench(set_up(folder), folder, Unique(), chosen.quick, chosen.cells)
        probe(bench)
        print("\n".join(f"- {line}" if chosen.markdown else line for line in machine()))
        for part in chosen.parts:
            print(f"measuring {part.__name__}", file=sys.stderr)
            table = part(bench)
            print("\n" + (table.markdown() if chosen.markdown else table.text()), flush=True)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except (CellFailed, Unavailable, TimeoutError) as e:
        sys.exit(f"bench-kernel: {e}")
