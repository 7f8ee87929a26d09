"""Durable tasks in cells: they outlive the process that runs the cells, and the broker ends with its sessions."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

from session import PATIENCE, Session, eventually

OPEN = """queue, err := taskq.Open(context.Background(), taskq.Options{{Dir: {dir}}})
if err != nil {{
    panic(err)
}}
square := taskq.Define(queue, "square", func(_ context.Context, n int) (int, error) {{ return n * n, nil }})"""


def opening(folder: Path) -> str:
    """The cell that opens the queue of a folder."""
    return OPEN.format(dir=json.dumps(str(folder)))


def broker_of(folder: Path) -> int:
    """The process of the broker that has a folder, or 0."""
    try:
        return json.loads((folder / "lock").read_text())["pid"]
    except (FileNotFoundError, json.JSONDecodeError):
        return 0


def runs(pid: int) -> bool:
    """Whether a process is there, and more than a zombie."""
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_tasks_outlive_the_worker(fresh, tmp_path):
    cell = opening(tmp_path)
    fresh.ok(cell)
    fresh.ok('waiting, err := square.Submit(context.Background(), 12, taskq.ID("dozen"))')
    assert fresh.run("syscall.Kill(os.Getpid(), syscall.SIGKILL)").status == "error"
    fresh.ok(cell)
    fresh.ok("worker, err := queue.Work(context.Background(), 1)")
    assert fresh.ok('taskq.Find[int](queue, "dozen").Get(context.Background())').result() == "144"
    fresh.ok("queue.Close()")


def test_a_broker_that_is_killed_is_started_again(fresh, tmp_path):
    fresh.ok(opening(tmp_path))
    fresh.ok('waiting, err := square.Submit(context.Background(), 12, taskq.ID("dozen"))')
    broker = broker_of(tmp_path)
    os.kill(broker, signal.SIGKILL)
    fresh.ok("worker, err := queue.Work(context.Background(), 1)")
    assert fresh.ok("waiting.Get(context.Background())").result() == "144"
    assert broker_of(tmp_path) not in (0, broker)


def test_a_restart_keeps_the_tasks(tmp_path):
    with Session.start() as session:
        session.ok(opening(tmp_path))
        session.ok('waiting, err := square.Submit(context.Background(), 12, taskq.ID("dozen"))')
        session.manager.restart_kernel()
        session.client.wait_for_ready(timeout=PATIENCE)
        session.ok(opening(tmp_path))
        session.ok("worker, err := queue.Work(context.Background(), 1)")
        assert session.ok('taskq.Find[int](queue, "dozen").Get(context.Background())').result() == "144"
        broker = broker_of(tmp_path)
        assert runs(broker)
    eventually(lambda: not runs(broker), "the broker ends with the session")


def test_two_sessions_share_a_broker(tmp_path):
    with Session.start() as first, Session.start() as second:
        for session in (first, second):
            session.ok(opening(tmp_path))
        first.ok('waiting, err := square.Submit(context.Background(), 12, taskq.ID("dozen"))')
        second.ok("worker, err := queue.Work(context.Background(), 1)")
        assert first.ok("waiting.Get(context.Background())").result() == "144"
        broker = broker_of(tmp_path)
        second.ok("queue.Close()")
        assert runs(broker), "the first session uses it"
        first.ok("queue.Close()")
        eventually(lambda: not runs(broker), "the broker ends with its last queue")


def test_deadlocks_are_found_beside_a_queue(fresh, tmp_path):
    fresh.ok(opening(tmp_path))
    ran = fresh.run("stuck := make(chan int)\nstuck <- 1")
    assert ran.reply["content"]["ename"] == "deadlock"
    fresh.ok("queue.Close()")


def test_remote_objects_in_cells(fresh):
    fresh.ok("type Counter struct{ n int }\nfunc (c *Counter) Add(n int) int { c.n += n; return c.n }")
    fresh.ok('server, err := remote.Listen(remote.Options{})\nerr = server.Register("counter", &Counter{})')
    fresh.ok("client, err := remote.Dial(context.Background(), server.URL())")
    assert fresh.ok('remote.Call[int](context.Background(), client, "counter.Add", 3)').result() == "3"
    fresh.ok("client.Close()\nserver.Close()")
