"""Engines of IPython Parallel that run Go, with its own controller and client."""

from __future__ import annotations

import math
import os
import signal
import subprocess
from fractions import Fraction

import ipyparallel as ipp
import numpy as np
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


FUNCTIONS = """
type Point struct{ X, Y float64 }
func Add(a, b int) int { return a + b }
func Scale(x []float64, by float64) []float64 {
    for i := range x { x[i] *= by }
    return x
}
func Move(p Point) Point { p.X++; return p }
func Fails() (int, error) { return 0, errors.New("it failed") }
func Says(n int) int { fmt.Println("said", n); return n }
"""


@pytest.fixture(scope="module")
def functions(cluster):
    """Views of the two engines, with functions in their sessions."""
    cluster.client[:].execute(FUNCTIONS).get(PATIENCE)
    views = cluster.client[:], cluster.client.load_balanced_view(), cluster.client.broadcast_view()
    for v in views:
        v.block = True
    return views


def test_calls_of_go_functions(functions):
    direct, balanced, broadcast = functions
    assert direct.apply(ipp.Reference("Add"), 1, 2) == [3, 3]
    assert balanced.apply(ipp.Reference("Add"), 1, 2) == 3
    assert broadcast.apply(ipp.Reference("Add"), 1, 2) == [3, 3]
    assert balanced.apply(ipp.Reference("Scale"), [1, 2.5], 2) == [2, 5]
    assert balanced.apply(ipp.Reference("Move"), {"X": 1, "Y": 2}) == {"X": 2, "Y": 2}
    assert balanced.apply(ipp.Reference("strings.ToUpper"), "héllo") == "HÉLLO"
    assert balanced.map(ipp.Reference("math.Sqrt"), range(100)) == [math.sqrt(i) for i in range(100)]
    assert direct.map(ipp.Reference("math.Sqrt"), range(100)) == [math.sqrt(i) for i in range(100)]
    with balanced.temp_flags(block=False):
        result = balanced.apply(ipp.Reference("Says"), 7)
        assert result.get(PATIENCE) == 7 and result.wait_for_output(PATIENCE) and result.stdout == "said 7\n"


def test_numpy_arrays_of_all_sizes(functions):
    direct, balanced, _ = functions
    for n in (0, 3, 1000, 100_000):
        x = np.arange(float(n))
        scaled = balanced.apply(ipp.Reference("Scale"), x, 2)
        assert isinstance(scaled, np.ndarray) and np.array_equal(scaled, 2 * x)
        direct.push({"pushed": x})
        assert all(np.array_equal(got, x) for got in direct["pushed"])
    table = np.arange(6.0).reshape(2, 3)
    direct.push({"table": table, "few": [table[0], table[1]], "scalar": np.float32(2.5)})
    assert np.array_equal(direct["table"][0], table)
    assert direct["scalar"] == [2.5, 2.5]
    assert balanced.apply(ipp.Reference("func(m *mat.Dense) float64 { return mat.Sum(m) }"), table) == 15


def test_variables_travel(functions):
    direct, _, _ = functions
    values = {"i": 3, "f": 2.5, "s": "text", "list": [1, 2], "mixed": [1, "a"], "d": {"a": 1}, "t": True, "huge": 10**30}
    direct.push(values)
    assert direct.pull(list(values)) == [list(values.values())] * 2
    assert shown(direct, "f * float64(i)").execute_result[0]["data"]["text/plain"] == "7.5"
    direct["i"] = "now a string"
    assert direct["i"] == ["now a string"] * 2
    direct.scatter("part", range(10))
    assert direct["len(part)"] == [5, 5]
    assert direct.gather("part") == list(range(10))
    direct.scatter("slice", np.arange(10))
    assert np.array_equal(direct.gather("slice"), np.arange(10))


@pytest.mark.parametrize(
    ("call", "name", "text"),
    [
        (lambda v: v.apply(ipp.Reference("Add"), 1, "2"), "error", "argument 2: a str cannot become a int"),
        (lambda v: v.apply(ipp.Reference("Add"), 1), "error", "takes 2 arguments, and got 1"),
        (lambda v: v.apply(ipp.Reference("Nobody")), "compile error", "undefined: Nobody"),
        (lambda v: v.apply(ipp.Reference("Fails")), "errors.errorString", "it failed"),
        (lambda v: v.apply(lambda x: x, 1), "error", "functions of Python cannot run on an engine that runs Go"),
        (lambda v: v.pull("nobody"), "compile error", "undefined: nobody"),
        (lambda v: v.push({"x": Fraction(1, 2)}), "error", "fractions.Fraction"),
    ],
)
def test_calls_that_fail_say_why(functions, cluster, call, name, text):
    error = failure(call(cluster.client[0]))
    assert error.ename == name
    assert text in error.evalue


def test_workers_that_die_in_a_call(alone):
    view = alone.client[0]
    view.push({"lost": 1}, block=True)
    error = failure(view.apply(ipp.Reference("syscall.Kill"), ipp.Reference("os.Getpid()"), ipp.Reference("syscall.SIGKILL")))
    assert error.ename == "worker died" and "lost" in error.traceback
    assert error.evalue == "it was killed (signal 9), in syscall.Kill"
    assert view.apply_sync(ipp.Reference("math.Sqrt"), 4) == 2


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


def test_calls_are_interrupted(functions, cluster):
    direct, _, _ = functions
    with direct.temp_flags(block=False):
        running = direct.apply(ipp.Reference('func() { fmt.Println("begun"); for {} }'))
    until(lambda: all(running.stdout), "the calls have begun")
    cluster.client.send_signal(signal.SIGINT, block=True)
    error = failure(running)
    assert error.ename == "KeyboardInterrupt"
    assert direct.apply(ipp.Reference("Add"), 1, 2) == [3, 3]


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


def test_killed_by_a_client(alone):
    shown(alone.client[0], "1")
    (engine,) = alone.engines
    (worker,) = children(engine.pid)
    alone.client.send_signal(signal.SIGKILL, targets=0, block=True)
    assert engine.wait(PATIENCE) == -signal.SIGKILL
    until(lambda: not runs(worker), "the worker has ended")


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
    assert engine.wait(PATIENCE) == 0
    until(lambda: not runs(worker), "the worker has ended")


def test_interrupts_of_the_process(alone):
    (engine,) = alone.engines
    engine.send_signal(signal.SIGINT)  # nothing runs, and nothing happens
    result = alone.client[0].execute('fmt.Println("begun"); for {}', silent=False)
    until(lambda: result.stdout == "begun\n", "the output has come")
    engine.send_signal(signal.SIGINT)
    assert failure(result).ename == "KeyboardInterrupt"
