"""Programs that do the same piece of work, measured in turn.

Each is a process that prepares the work, prints "ready" and a word on what it measures with, and then, for each line that
it reads, does the work once and prints how many seconds that took. So all of them are there at the same time, and a machine that
slows down slows down all. All but the one at work are stopped: the threads of some go on spinning after their work, and would
take a processor from the next.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field


class Failed(Exception):
    """A program that cannot measure, with what it says about that."""


class Contestant:
    """A program that waits to be told to do its work."""

    def __init__(self, command: list[str]):
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True, bufsize=1)
        try:
            self.uses = self._line().removeprefix("ready").strip()
        except Failed:
            self.close()
            raise
        self.process.send_signal(signal.SIGSTOP)

    def measure(self) -> float:
        """Seconds of one round."""
        self.process.send_signal(signal.SIGCONT)
        try:
            self.process.stdin.write("\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            pass  # _line says why
        seconds = float(self._line())
        self.process.send_signal(signal.SIGSTOP)
        return seconds

    def _line(self) -> str:
        line = self.process.stdout.readline()
        if not line:
            said = self.process.stderr.read().strip().splitlines()
            raise Failed(said[-1] if said else f"ended without a word, status {self.process.wait()}")
        return line

    def close(self) -> None:
        self.process.send_signal(signal.SIGCONT)
        self.process.stdin.close()
        self.process.wait(timeout=60)
        self.process.stdout.close()
        self.process.stderr.close()


@dataclass
class Result:
    """What one program was found to take."""

    uses: str = ""
    times: list[float] = field(default_factory=list)
    problem: str = ""


def contest(commands: dict[str, list[str]], rounds: int) -> dict[str, Result]:
    """Measure programs in turn, each once a round, and every other round in the opposite order."""
    results = {name: Result() for name in commands}
    with ExitStack() as stack:
        able = {}
        for name, command in commands.items():
            try:
                able[name] = Contestant(command)
            except (Failed, OSError) as e:
                results[name].problem = str(e)
            else:
                stack.callback(able[name].close)
                results[name].uses = able[name].uses
        order = list(able)
        for _ in range(rounds):
            for name in order:
                results[name].times.append(able[name].measure())
            order.reverse()
    return results


def take_part(do: Callable[[], object], uses: str) -> None:
    """The side of a program that is measured, for those in Python: do the work once, and then whenever asked to."""
    do()
    print("ready", uses, flush=True)
    for _ in sys.stdin:
        start = time.perf_counter()
        do()
        print(f"{time.perf_counter() - start:.9f}", flush=True)
