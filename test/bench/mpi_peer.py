"""mpi4py's side of "make bench-mpi": mpi_peer.py pingpong BYTES TIMES, or mpi_peer.py allreduce NUMBERS TIMES. See mpi/main.go."""

import sys
from array import array

import mpi4py
from mpi4py import MPI

PASSES = 7


def pingpong(n: int):
    world, buf = MPI.COMM_WORLD, [bytearray(n), MPI.BYTE]
    if world.rank == 0:
        return lambda: (world.Send(buf, 1), world.Recv(buf, 1))
    return lambda: (world.Recv(buf, 0), world.Send(buf, 0))


def allreduce(n: int):
    world, send, recv = MPI.COMM_WORLD, array("d", [0]) * n, array("d", [0]) * n
    return lambda: world.Allreduce([send, MPI.DOUBLE], [recv, MPI.DOUBLE])


def main() -> None:
    work, n, times = sys.argv[1:]
    do = {"pingpong": pingpong, "allreduce": allreduce}[work](int(n))
    best = float("inf")
    for _ in range(PASSES):
        MPI.COMM_WORLD.Barrier()
        start = MPI.Wtime()
        for _ in range(int(times)):
            do()
        best = min(best, (MPI.Wtime() - start) / int(times))
    if MPI.COMM_WORLD.rank == 0:
        print(f"{best:.12f} mpi4py {mpi4py.__version__}")


if __name__ == "__main__":
    main()
