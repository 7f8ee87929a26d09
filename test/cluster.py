"""A cluster for tests: IPython Parallel's own controller and client, with engines of Warren between them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import ipyparallel as ipp
from jupyter_client.kernelspec import KernelSpecManager

from session import KERNEL, PATIENCE


def warren() -> str:
    """The program that the kernelspec starts."""
    return KernelSpecManager().get_kernel_spec(KERNEL).argv[0]


def until(condition: Callable[[], object], what: str) -> None:
    """Waits for what must happen."""
    limit = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < limit, f"in vain waited until {what}"
        time.sleep(0.02)


def children(pid: int) -> list[int]:
    """The processes that a process has started and that still run."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:  # it has just ended
            continue
        if int(fields[1]) == pid and fields[0] != "Z":
            found.append(int(stat.parent.name))
    return found


def runs(pid: int) -> bool:
    """Tells whether a process runs; one that nobody has waited for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


class ControllerFailed(Exception):
    """A controller that did not come up: it looks for free ports, and uses them only later, when others may have them."""


class Cluster:
    """A controller, its engines, and a client."""

    def __init__(self, directory: Path):
        self.directory = directory
        self.engines: list[subprocess.Popen] = []
        self.controller = subprocess.Popen(
            [sys.executable, "-m", "ipyparallel.controller", f"--profile-dir={directory}", "--ip=127.0.0.1", "--ping=200"],
            cwd=directory,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # it starts schedulers, which end with it
        )
        try:
            until(self.has_started, "the controller has started")
            self.client = ipp.Client(str(self.client_file), timeout=PATIENCE)
        except BaseException:
            self.end_controller()
            raise

    def has_started(self) -> bool:
        """Tells whether the connection files are there: the controller writes them bit by bit."""
        try:
            for kind in "client", "engine":
                json.loads(self.client_file.with_name(f"ipcontroller-{kind}.json").read_text())
        except (OSError, ValueError):
            return False
        return True

    def end_controller(self) -> None:
        os.killpg(self.controller.pid, signal.SIGTERM)
        self.controller.wait(PATIENCE)

    @property
    def client_file(self) -> Path:
        return self.directory / "security" / "ipcontroller-client.json"

    def start(self, n: int, *args: str, **options) -> list[subprocess.Popen]:
        """Starts engines, and waits until they have registered."""
        options.setdefault("stdin", subprocess.DEVNULL)
        command = [warren(), "engine", f"--profile-dir={self.directory}", "--timeout=10", *args]
        before = len(self.client.ids)
        started = [subprocess.Popen(command, **options) for _ in range(n)]
        self.engines += started
        until(lambda: len(self.client.ids) == before + n or any(e.poll() for e in started), f"{n} engines have registered")
        if any(e.poll() for e in started):
            raise ControllerFailed
        return started

    def stop(self) -> None:
        self.client.close()
        for e in self.engines:
            e.terminate()
        for e in self.engines:
            e.wait(PATIENCE)
        self.end_controller()

    @classmethod
    @contextmanager
    def with_engines(cls, directory: Path, n: int) -> Iterator[Cluster]:
        cluster = cls.started(directory, n)
        try:
            yield cluster
        finally:
            cluster.stop()

    @classmethod
    def started(cls, directory: Path, n: int) -> Cluster:
        for attempt in range(3):
            (part := directory / str(attempt)).mkdir()
            cluster = cls(part)
            try:
                cluster.start(n)
                return cluster
            except ControllerFailed:
                cluster.stop()
            except BaseException:
                cluster.stop()
                raise
        raise ControllerFailed


def shown(view: ipp.DirectView, code: str) -> ipp.AsyncResult:
    """Runs a cell, and waits for all that it shows."""
    result = view.execute(code, silent=False)
    result.get(PATIENCE)
    assert result.wait_for_output(PATIENCE)
    return result


def failure(result: ipp.AsyncResult) -> ipp.error.RemoteError:
    """The error that a request ends with."""
    try:
        value = result.get(PATIENCE)
    except ipp.error.CompositeError as e:
        return e.elist[0] if isinstance(e.elist[0], ipp.error.RemoteError) else ipp.error.RemoteError(*e.elist[0][:3])
    except ipp.error.RemoteError as e:
        return e
    raise AssertionError(f"no error, but {value!r}")
