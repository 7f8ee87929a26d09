"""Engines of IPython Parallel that run Go, with its own controller and client."""

from __future__ import annotations

import os
import signal
import subprocess

import ipyparallel as ipp
import pytest

from cluster import Cluster, children, failure, runs, shown, until
from session import PATIENCE


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """Two engines that the tests of this module share. Each uses names of its own."""
    with Cluster.with_engines(tmp_path_factory.mktemp("cluster"), 2) as c:
        yield c


@pytest.fixture
def alone(tmp_path):
    """A cluster of one engine for one test, which may wreck it."""
    with Cluster.with_engines(tmp_path, 1) as c:
        yield c


def test_cells_keep_their_variables(cluster):
    both = cluster.client[:]
    shown(both, "kept := []int{1, 2}")
    result = shown(both, 'kept = append(kept, 3)\nfmt.Println("len", len(kept))\nkept')
    assert result.stdout == ["len 3\n", "len 3\n"]
    assert [r["data"]["text/plain"] for r in result.execute_result] == ["[1 2 3]", "[1 2 3]"]


def test_output_in_its_order(cluster):
    result = shown(cluster.client[0], 'fmt.Print("a")\ndisplay.Display(display.HTML("<b>x</b>"))\nfmt.Fprint(os.Stderr, "b")\n%time 1+1')
    assert result.stdout.startswith("a") and result.stderr == "b"
    assert "wall" in result.stdout.lower()
    assert [o["data"]["text/html"] for o in result.outputs] == ["<b>x</b>"]
    assert result.execute_result["data"]["text/plain"] == "2"


def test_output_comes_while_a_cell_runs(cluster):
    view = cluster.client[0]
    result = view.execute('fmt.Println("begun"); for { time.Sleep(time.Millisecond) }', silent=False)
    until(lambda: result.stdout == "begun\n", "the output has come")
    cluster.client.send_signal(signal.SIGINT, targets=0, block=True)
    assert failure(result).ename == "KeyboardInterrupt"
    assert shown(view, "1+1").execute_result["data"]["text/plain"] == "2"


@pytest.mark.parametrize(
    ("code", "name", "text"),
    [
        ('panic("no way")', "panic", "no way"),
        ("undefinedName", "compile error", "undefined: undefinedName"),
        ("%nosuchmagic", "magic error", "no magic"),
    ],
)
def test_errors_say_what_and_where(cluster, code, name, text):
    error = failure(cluster.client[0].execute(code, silent=False))
    assert error.ename == name
    assert text in error.evalue
    assert "cell[" in error.traceback


def test_running_requests_are_aborted(cluster):
    view = cluster.client[1]
    running = view.execute('fmt.Println("begun"); select {}', silent=False)
    waiting = view.execute("neverRun := 1", silent=False)
    until(lambda: running.stdout, "the cell runs")
    cluster.client.abort(waiting, block=True)
    with pytest.raises(ipp.error.TaskAborted):
        waiting.get(PATIENCE)
    cluster.client.send_signal(signal.SIGINT, targets=1, block=True)
    assert failure(running).ename == "KeyboardInterrupt"
    assert failure(view.execute("neverRun")).ename == "compile error"


def test_clear_forgets_all(alone):
    view = alone.client[0]
    shown(view, "forgotten := 1")
    view.clear(block=True)
    assert "undefined: forgotten" in failure(view.execute("forgotten")).evalue


def test_dead_workers_are_replaced(alone):
    view = alone.client[0]
    shown(view, "lost := 1\nfunc Stays() int { return 7 }")
    error = failure(view.execute("syscall.Kill(os.Getpid(), syscall.SIGKILL)"))
    assert error.ename == "worker died"
    assert "lost" in error.traceback
    assert shown(view, "Stays()").execute_result["data"]["text/plain"] == "7"


def test_dead_engines_leave_no_worker(alone):
    shown(alone.client[0], "1")
    (engine,) = alone.engines
    (worker,) = children(engine.pid)
    engine.kill()
    until(lambda: not runs(worker), "the worker has ended")
    until(lambda: not alone.client.ids, "the controller has noticed")


@pytest.mark.parametrize("how", ["shutdown", "SIGTERM", "signal_request", "EOF", "controller"])
def test_engines_end(alone, how):
    engine, worker = alone.engines[0], None
    if how == "EOF":
        (engine,) = alone.start(1, "--until-eof", stdin=subprocess.PIPE)
    shown(alone.client[-1], "1")
    (worker,) = children(engine.pid)
    if how == "shutdown":
        alone.client.shutdown(targets=0, block=True)
    elif how == "SIGTERM":
        engine.terminate()
    elif how == "signal_request":
        alone.client.send_signal(signal.SIGTERM, targets=0, block=True)
    elif how == "EOF":
        engine.stdin.close()
    else:
        os.killpg(alone.controller.pid, signal.SIGKILL)
    status = engine.wait(PATIENCE)
    assert status == (1 if how == "controller" else 0)
    until(lambda: not runs(worker), "the worker has ended")


def test_interrupts_of_the_process(alone):
    (engine,) = alone.engines
    engine.send_signal(signal.SIGINT)  # nothing runs, and nothing happens
    result = alone.client[0].execute('fmt.Println("begun"); for {}', silent=False)
    until(lambda: result.stdout == "begun\n", "the output has come")
    engine.send_signal(signal.SIGINT)
    assert failure(result).ename == "KeyboardInterrupt"
