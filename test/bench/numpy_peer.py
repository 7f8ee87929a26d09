"""NumPy's side of "make bench-parlib": numpy_peer.py WORK [ARGUMENT...]. See contest.py for how it is asked."""

from __future__ import annotations

import sys

import numpy as np

from contest import take_part


def matmul(n: str):
    rng = np.random.default_rng(1)
    a, b = rng.random((int(n), int(n))), rng.random((int(n), int(n)))
    c = np.empty_like(a)
    return lambda: np.matmul(a, b, out=c)


WORKS = {"matmul": matmul}


def main() -> None:
    take_part(WORKS[sys.argv[1]](*sys.argv[2:]), f"NumPy {np.__version__}")


if __name__ == "__main__":
    main()
