"""IPython Parallel's side of "make bench-cluster": ipp_peer.py WORK ENGINES [SIZE]. See contest.py for how it is asked."""

from __future__ import annotations

import logging
import os
import sys
import tempfile

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # the engines share the processors
os.environ["IPYTHONDIR"] = tempfile.mkdtemp(prefix="bench-ipython-")  # nobody's profile

import ipyparallel as ipp
import numpy as np

from contest import take_part


def nothing() -> None:
    pass


def cluster(engines: str) -> ipp.Cluster:
    return ipp.Cluster(n=int(engines), log_level=logging.ERROR)


class Side:
    """A cluster of Python's, and what is done on it."""

    def __init__(self, engines: str):
        self.cluster = cluster(engines)
        self.client = self.cluster.start_and_connect_sync(activate=False)

    def tasks(self, n: str):
        view = self.client.load_balanced_view()
        return lambda: [r.get() for r in [view.apply_async(nothing) for _ in range(int(n))]]

    def map(self, n: str):
        view, items = self.client[:], [0] * int(n)
        return lambda: view.map_sync(lambda x: x + 1, items)

    def calls(self, n: str):
        view = self.client[0]
        return lambda: [view.apply_sync(nothing) for _ in range(int(n))]

    def push(self, n: str):
        view, x = self.client[:], np.arange(int(n) // 8, dtype=float)
        return lambda: view.push({"x": x}, block=True)

    def matmul(self, n: str):
        n, inner = int(n), 200
        a = (np.arange(n * inner) % 7).astype(float).reshape(n, inner)
        b = (np.arange(n * inner) % 11).astype(float).reshape(inner, n)
        view = self.client[:]

        def do():
            view.push({"b": b}, block=True)
            view.scatter("a", a, block=True)
            view.execute("c = a @ b", block=True)
            return view.gather("c", block=True)

        return do


def start(engines: str):
    def do():
        c = cluster(engines)
        c.start_and_connect_sync(activate=False).close()
        c.stop_cluster_sync()

    return do


def main() -> None:
    work, engines, *sizes = sys.argv[1:]
    uses = f"ipyparallel {ipp.__version__}, Python {sys.version.split()[0]}"
    if work == "start":
        take_part(start(engines), uses)
        return
    side = Side(engines)
    try:
        take_part(getattr(side, work)(*sizes), uses)
    finally:
        side.client.close()
        side.cluster.stop_cluster_sync()


if __name__ == "__main__":
    main()
