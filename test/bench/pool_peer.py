"""The side of Python's pools in "make bench-parlib": pool_peer.py LIBRARY WORK [ARGUMENT...]. See contest.py for how it is asked."""

from __future__ import annotations

import multiprocessing
import os
import platform
import sys

from contest import take_part

WORKERS = os.process_cpu_count() if hasattr(os, "process_cpu_count") else len(os.sched_getaffinity(0))


def square(x: int) -> int:
    return x * x


class Multiprocessing:
    """A pool of the standard library."""

    def __init__(self):
        self.uses = f"multiprocessing of Python {platform.python_version()}, {WORKERS} processes"
        self.pool = multiprocessing.Pool(WORKERS)

    def map(self, n: str, times: str):
        items = list(range(int(n)))
        return lambda: [self.pool.map(square, items) for _ in range(int(times))]

    def submit(self, n: str):
        return lambda: [r.get() for r in [self.pool.apply_async(square, (i,)) for i in range(int(n))]]

    def stream(self, n: str):
        items = range(int(n))
        return lambda: sum(self.pool.imap(square, items))


class Joblib:
    """joblib's pool of processes, kept between calls."""

    def __init__(self):
        import joblib

        self.uses = f"joblib {joblib.__version__}, {WORKERS} processes"
        self.delayed = joblib.delayed(square)
        self.parallel = joblib.Parallel(n_jobs=WORKERS).__enter__()
        self.generator = joblib.Parallel(n_jobs=WORKERS, return_as="generator")

    def map(self, n: str, times: str):
        items = range(int(n))
        return lambda: [self.parallel(map(self.delayed, items)) for _ in range(int(times))]

    def submit(self, n: str):
        return self.map(n, "1")  # it has no other way to hand over tasks

    def stream(self, n: str):
        items = range(int(n))
        return lambda: sum(self.generator(map(self.delayed, items)))


LIBRARIES = {"multiprocessing": Multiprocessing, "joblib": Joblib}


def main() -> None:
    library, work, *arguments = sys.argv[1:]
    pool = LIBRARIES[library]()
    take_part(getattr(pool, work)(*arguments), pool.uses)


if __name__ == "__main__":
    main()
