"""The magics that run cells on the engines of a cluster."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

import pytest

from cluster import children, runs, until
from session import Session


@pytest.fixture(scope="module")
def two():
    """A session with a cluster of two engines."""
    with Session.start() as session:
        assert session.ok("%cluster start -n 2").stream() == "started 2 engines\n"
        yield session


def test_without_a_cluster(fresh):
    assert "%cluster start -n 4" in fresh.run("%px 1").traceback()


def test_code_runs_on_all_engines_and_keeps_its_variables(two):
    two.ok("%px x := 6")
    ran = two.ok('%%px\nfmt.Println("x is", x)\nx * 7')
    assert sorted(ran.stream().splitlines()) == ["Out[0]: 42", "Out[1]: 42", "[stdout:0] x is 6", "[stdout:1] x is 6"]
    assert "undefined: x" in two.run("x").traceback()


def test_engines_can_be_chosen_and_output_grouped(two):
    ran = two.ok("%%px -t 1 -g\nfor i := range 2 {\n\tfmt.Println(i)\n}")
    assert ran.stream().splitlines() == ["[stdout:1] 0", "[stdout:1] 1"]
    assert "no engine 7" in two.run("%px -t 7 1").traceback()
    two.ok("%pxconfig -t 0")
    assert two.ok("%px 1").stream() == "Out[0]: 1\n"
    two.ok("%pxconfig -t all")


def test_rich_output_is_shown(two):
    ran = two.ok('%px -t 0 display.HTML("<b>bold</b>")')
    assert ran.stream() == "[output:0]\n"
    (shown,) = ran.contents("display_data")
    assert shown["data"]["text/html"] == "<b>bold</b>"


def test_failures_name_engines_and_lines(two):
    ran = two.run('%%px\nfmt.Println(1)\npanic("ouch")')
    assert ran.contents("error")[0]["evalue"] == "2 engines failed: panic: ouch"
    assert "[0,1:px]" in ran.traceback() and "]:3" in ran.traceback()
    assert "undefined: nothing" in two.run("%px nothing").traceback()


def test_nobody_has_to_wait(two):
    two.ok('%px -noblock time.Sleep(500 * time.Millisecond); fmt.Println("late")')
    assert two.ok("1 + 1").result() == "2"
    assert sorted(two.ok("%pxresult").stream().splitlines()) == ["[stdout:0] late", "[stdout:1] late"]


def test_all_cells_can_run_on_engines(two):
    two.ok("%autopx")
    two.ok("here := os.Getpid()")
    assert len(set(two.ok("here").stream().split("\n")[:2])) == 2
    two.ok("%autopx")
    assert "undefined: here" in two.run("here").traceback()


def test_an_interrupt_ends_what_runs_on_engines(two):
    submitted = two.submit("%px for { }")
    time.sleep(1)
    two.manager.interrupt_kernel()
    assert "interrupted" in two.finish(submitted).traceback()
    assert len(two.ok("%px 1").stream().splitlines()) == 2


def test_cells_use_the_same_cluster(two):
    assert two.ok("cluster.Last().IDs()").result() == "[0 1]"
    for other in "start -n 1", "connect":
        assert "a cluster of 2 engines is there already" in two.run("%cluster " + other).traceback()
    table = two.ok("%cluster").contents("display_data")[0]["data"]
    assert "idle" in table["text/html"]


@pytest.mark.skipif(not shutil.which("mpiexec"), reason="there is no MPI here")
def test_engines_can_be_ranks(fresh):
    assert fresh.ok("%cluster start -n 3 -mpi").stream() == "started 3 engines\n"
    fresh.ok('%px import "github.com/warren-go/warren/parlib/mpi"')
    fresh.ok("%%px\nsum := make([]int64, 1)\nerr := mpi.Allreduce(mpi.World(), []int64{int64(mpi.World().Rank())}, sum, mpi.Sum)")
    assert sorted(fresh.ok("%px sum[0]").stream().splitlines()) == ["Out[0]: 3", "Out[1]: 3", "Out[2]: 3"]
    fresh.ok("%cluster stop")


def is_engine(pid: int) -> bool:
    """Tells engines from what else the front and the worker have started, such as gopls."""
    try:
        return b"engine" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False


def test_engines_end_with_their_session():
    with Session.start() as session:
        session.ok("%cluster start -n 2")
        front = session.manager.provisioner.pid
        parents = {engine: parent for parent in children(front) for engine in children(parent) if is_engine(engine)}
        engines, (worker,) = list(parents), set(parents.values())
        assert len(engines) == 2
        everything = engines + [pid for engine in engines for pid in children(engine)]
        os.kill(worker, 9)
        until(lambda: not any(map(runs, everything)), "engines end with the worker that started them")
        session.run("1")
        assert "%cluster start" in session.run("%px 1").traceback()
