"""Kernels under measurement: started with their own log, timed from the request to idle."""

from __future__ import annotations

import itertools
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
from jupyter_client.manager import KernelManager

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from session import PATIENCE, Ran, Session  # noqa: E402  (found through the line above)


class CellFailed(Exception):
    """A cell that is measured ended with an error, so its time means nothing."""

    def __init__(self, code: str, ran: Ran):
        reply = ran.reply["content"]
        what = f"{reply.get('ename')}: {reply.get('evalue')}"
        super().__init__(f"this cell failed with {what}\n{code}\n{ran.stream('stderr')[-2000:]}")


class Unique:
    """Numbers that no earlier run of the benchmark has used: a cell that holds one is in no cache."""

    def __init__(self) -> None:
        self._numbers = itertools.count(time.time_ns())

    def __str__(self) -> str:
        return str(next(self._numbers))


class Kernel(Session):
    """A running kernel whose cells must succeed."""

    @classmethod
    @contextmanager
    def start(cls, name: str, log: Path) -> Iterator[Kernel]:
        with launched(name, log) as manager:
            client = manager.client()
            client.start_channels()
            try:
                client.wait_for_ready(timeout=PATIENCE)
                yield cls(manager, client)
            finally:
                client.stop_channels()

    def finish(self, msg_id: str, code: str = "") -> Ran:
        ran = super().finish(msg_id)
        if ran.status != "ok":
            raise CellFailed(code, ran)
        return ran

    def run(self, code: str, **options) -> Ran:
        return self.finish(self.submit(code, **options), code)

    def time(self, code: str) -> float:
        """Seconds from sending a cell until its reply and its idle are here."""
        started = time.perf_counter()
        self.run(code)
        return time.perf_counter() - started

    def time_queued(self, cells: list[str]) -> float:
        """Seconds that cells take which are sent all at once, as "Run All" does."""
        started = time.perf_counter()
        sent = [(self.submit(code), code) for code in cells]
        for msg_id, code in sent:
            self.finish(msg_id, code)
        return time.perf_counter() - started

    def time_nothing(self) -> float:
        """Seconds for a request that makes the kernel do nothing: what client and protocol cost."""
        started = time.perf_counter()
        _, msg_id = self.request("kernel_info_request", {})
        self.until_idle(msg_id)
        return time.perf_counter() - started

    def process(self) -> psutil.Process:
        return psutil.Process(self.manager.provisioner.pid)

    def worker(self) -> psutil.Process:
        """The process that Warren's cells run in."""
        (worker,) = (p for p in self.process().children(recursive=True) if p.name() == "worker")
        return worker


@contextmanager
def launched(name: str, log: Path) -> Iterator[KernelManager]:
    """Starts a kernel without waiting for it, and ends it, with what it started."""
    manager = KernelManager(kernel_name=name)
    with log.open("a") as output:
        manager.start_kernel(stdout=output, stderr=output)
    try:
        yield manager
    finally:
        children = descendants(manager.provisioner.pid)
        manager.shutdown_kernel()
        for child in children:
            with suppress(psutil.NoSuchProcess):
                child.kill()  # GoNB leaves the gopls behind that was starting when it was told to end


def descendants(pid: int | None) -> list[psutil.Process]:
    try:
        return psutil.Process(pid).children(recursive=True) if pid else []
    except psutil.NoSuchProcess:
        return []


def time_start(name: str, log: Path, code: str) -> float:
    """Seconds from the start of a kernel until its first cell is answered.

    The request is sent at once and waits in the socket for the kernel: jupyter_client's wait_for_ready pauses for longer
    than some kernels take.
    """
    started = time.perf_counter()
    with launched(name, log) as manager:
        client = manager.client()
        client.start_channels(hb=False)
        try:
            session = Kernel(manager, client)
            reply = session.reply(session.submit(code))
            took = time.perf_counter() - started
        finally:
            client.stop_channels()
    if reply["content"]["status"] != "ok":
        raise CellFailed(code, Ran(reply))
    return took


def memory(process: psutil.Process) -> tuple[int, int]:
    """Memory of a process in KiB: its own, and pages of files: of plugins and of the program itself.

    Only the first is lost to others (proc_pid_smaps(5), Anonymous). Whether pages are clean or shared says less: those of
    a plugin written a moment ago are dirty, and those that one process maps count as private.
    """
    lines = Path(f"/proc/{process.pid}/smaps_rollup").read_text().splitlines()[1:]
    sizes = {name: int(size) for name, size, *_ in map(str.split, lines)}
    return sizes["Anonymous:"], sizes["Rss:"] - sizes["Anonymous:"]
