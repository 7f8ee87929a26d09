/* libgomp's side of "make bench-parlib": gomp_peer WORK N TIMES. See contest.py for how it is asked. */

#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double *x, *y;

static void fork_join(long n, long times)
{
	for (long t = 0; t < times; t++) {
#pragma omp parallel num_threads(n)
		__asm__ volatile("");
	}
}

static void sines(long n, long times)
{
	for (long t = 0; t < times; t++) {
#pragma omp parallel for schedule(static)
		for (long i = 0; i < n; i++)
			y[i] = sin(x[i]);
	}
}

static const struct {
	const char *name;
	void (*work)(long n, long times);
} works[] = {{"fork", fork_join}, {"sin", sines}};

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + 1e-9 * t.tv_nsec;
}

int main(int argc, char **argv)
{
	void (*work)(long, long) = NULL;
	for (size_t i = 0; argc == 4 && i < sizeof works / sizeof *works; i++)
		if (strcmp(argv[1], works[i].name) == 0)
			work = works[i].work;
	long n = argc == 4 ? atol(argv[2]) : 0, times = argc == 4 ? atol(argv[3]) : 0;
	if (work == NULL || n < 1 || times < 1) {
		fprintf(stderr, "usage: gomp_peer fork|sin N TIMES\n");
		return 2;
	}
	x = malloc(n * sizeof *x);
	y = malloc(n * sizeof *y);
	for (long i = 0; i < n; i++)
		x[i] = i;
	work(n, times);
	printf("ready libgomp, %d threads\n", omp_get_max_threads());
	fflush(stdout);
	for (char line[16]; fgets(line, sizeof line, stdin);) {
		double start = now();
		work(n, times);
		printf("%.9f\n", now() - start);
		fflush(stdout);
	}
	return 0;
}
