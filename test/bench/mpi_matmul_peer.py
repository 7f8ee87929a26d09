"""mpi4py's matrix product in "make bench-cluster": mpiexec -n 2 python mpi_matmul_peer.py N. See contest.py for how it is asked."""

from __future__ import annotations

import os
import sys

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # the ranks share the processors

import mpi4py
import numpy as np
from mpi4py import MPI

from contest import take_part

INNER = 200


def main() -> None:
    world, n = MPI.COMM_WORLD, int(sys.argv[1])
    rows = n // world.size
    a = b = c = None
    if world.rank == 0:
        a = (np.arange(n * INNER) % 7).astype(float).reshape(n, INNER)
        b = (np.arange(n * INNER) % 11).astype(float).reshape(INNER, n)
        c = np.empty((n, n))

    def do() -> None:
        mine, right = np.empty((rows, INNER)), b if world.rank == 0 else np.empty((INNER, n))
        world.Scatter(a, mine)
        world.Bcast(right)
        world.Gather(mine @ right, c)

    if world.rank == 0:
        take_part(lambda: (world.bcast(True), do()), f"mpi4py {mpi4py.__version__}, NumPy {np.__version__}")
        world.bcast(False)
    else:
        while world.bcast(None):
            do()


if __name__ == "__main__":
    main()
