"""NumPy's side of "make bench-parlib": numpy_peer.py WORK [ARGUMENT...]. See contest.py for how it is asked."""

from __future__ import annotations

import sys
import time

import numpy as np


def matmul(n: str):
    rng = np.random.default_rng(1)
    a, b = rng.random((int(n), int(n))), rng.random((int(n), int(n)))
    c = np.empty_like(a)
    return lambda: np.matmul(a, b, out=c)


WORKS = {"matmul": matmul}


def main() -> None:
    do = WORKS[sys.argv[1]](*sys.argv[2:])
    do()
    print("ready NumPy", np.__version__, flush=True)
    for _ in sys.stdin:
        start = time.perf_counter()
        do()
        print(f"{time.perf_counter() - start:.9f}", flush=True)


if __name__ == "__main__":
    main()
