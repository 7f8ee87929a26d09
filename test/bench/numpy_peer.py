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


def dot(n: str, times: str):
    x, y = np.full(int(n), 0.5), np.full(int(n), 0.25)
    return repeated(lambda: np.dot(x, y), times)


def linear(n: str, times: str):
    a, b = np.full(int(n), 0.5), np.full(int(n), 0.25)
    return repeated(lambda: 2 * a + 3 * b, times)


def sin(n: str, times: str):
    x, y = angles(n), np.empty(int(n))
    return repeated(lambda: np.sin(x, out=y), times)


def numexpr_linear(n: str, times: str):
    return numexpr("2*a + 3*b", times, a=np.full(int(n), 0.5), b=np.full(int(n), 0.25), out=np.empty(int(n)))


def numexpr_sin(n: str, times: str):
    return numexpr("sin(a)", times, a=angles(n), out=np.empty(int(n)))


def numexpr(expression: str, times: str, out: np.ndarray, **variables: np.ndarray):
    import numexpr as ne

    return repeated(lambda: ne.evaluate(expression, local_dict=variables, out=out), times)


def angles(n: str) -> np.ndarray:
    return np.arange(int(n)) * 1e-3


def repeated(do, times: str):
    def all_times():
        for _ in range(int(times)):
            do()

    return all_times


def sort(n: str):
    x = np.random.default_rng(1).random(int(n))
    return lambda: np.sort(x)


WORKS = {w.__name__: w for w in (matmul, dot, linear, sin, sort, numexpr_linear, numexpr_sin)}


def main() -> None:
    take_part(WORKS[sys.argv[1]](*sys.argv[2:]), f"NumPy {np.__version__}")


if __name__ == "__main__":
    main()
