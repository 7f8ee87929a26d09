/* The C side of "make bench-mpi": mpi_peer pingpong BYTES TIMES, or mpi_peer allreduce NUMBERS TIMES. See mpi/main.go for what it prints. */

#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { passes = 7 };

static void *in, *out;
static int rank, n;

static void pingpong(void)
{
	if (rank == 0) {
		MPI_Send(in, n, MPI_BYTE, 1, 0, MPI_COMM_WORLD);
		MPI_Recv(in, n, MPI_BYTE, 1, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
	} else {
		MPI_Recv(in, n, MPI_BYTE, 0, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
		MPI_Send(in, n, MPI_BYTE, 0, 0, MPI_COMM_WORLD);
	}
}

static void allreduce(void) { MPI_Allreduce(in, out, n, MPI_DOUBLE, MPI_SUM, MPI_COMM_WORLD); }

int main(int argc, char **argv)
{
	MPI_Init(&argc, &argv);
	MPI_Comm_rank(MPI_COMM_WORLD, &rank);
	if (argc != 4) {
		fprintf(stderr, "usage: mpi_peer pingpong|allreduce N TIMES\n");
		MPI_Abort(MPI_COMM_WORLD, 2);
	}
	n = atoi(argv[2]);
	int times = atoi(argv[3]);
	void (*work)(void) = strcmp(argv[1], "pingpong") == 0 ? pingpong : allreduce;
	in = calloc(n, sizeof(double));
	out = calloc(n, sizeof(double));
	double best = 1e9;
	for (int p = 0; p < passes; p++) {
		MPI_Barrier(MPI_COMM_WORLD);
		double start = MPI_Wtime();
		for (int i = 0; i < times; i++)
			work();
		double took = (MPI_Wtime() - start) / times;
		best = took < best ? took : best;
	}
	if (rank == 0)
		printf("%.12f C\n", best);
	MPI_Finalize();
}
