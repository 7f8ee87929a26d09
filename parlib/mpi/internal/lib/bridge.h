// What package lib calls: MPI's macros and handles, which differ between libraries, in types that do not.
#ifndef WARREN_MPI_BRIDGE_H
#define WARREN_MPI_BRIDGE_H

#include <stdint.h>

typedef struct {
	int what;
	char *send, *recv;
	int count, recv_count;
	int *counts, *displs, *recv_counts, *recv_displs;
	int kind;
	uint64_t op;
	int own_op;
	int peer, tag;
	uint64_t comm;
	int in_place;
	uint64_t message;
} bridge_call;

typedef struct {
	int code, done;
	uint64_t request;
	int source, tag;
	long long bytes;
} bridge_result;

typedef struct {
	int code, ok;
	uint64_t message;
	int source, tag;
	long long bytes;
} bridge_found;

typedef struct {
	int code, initialized, level, rank, size, max_tag;
	uint64_t world;
	char version[256], processor[256];
} bridge_facts;

bridge_facts bridge_init(int level);
int bridge_finalize(void);
void bridge_know_launcher(void);
void bridge_take_leave(void);
void bridge_abort(uint64_t comm, int code);

// All ask up to tests times whether the operation is complete, and yield the processor between when told to.
bridge_result bridge_start(bridge_call c, int tests);
bridge_result bridge_point(int what, char *buf, int count, int size, int peer, int tag, uint64_t comm, int tests);
bridge_result bridge_poll(uint64_t request, int tests, int yield);
int bridge_cancel(uint64_t request);
bridge_found bridge_probe(uint64_t comm, int source, int tag, int tests, int yield);

int bridge_split(uint64_t comm, int color, int key, uint64_t *split);
int bridge_dup(uint64_t comm, uint64_t *dup);
int bridge_free(uint64_t comm);
int bridge_size(uint64_t comm, int *rank, int *size);
int bridge_cart(uint64_t comm, int n, int *dims, int *periods, int reorder, uint64_t *cart);
int bridge_coords(uint64_t cart, int rank, int n, int *coords);
int bridge_shift(uint64_t cart, int dim, int by, int *source, int *dest);

int bridge_make_op(int slot, int commutes, uint64_t *op);
int bridge_free_op(uint64_t op);

double bridge_time(void);
void bridge_explain(int code, int *class, char text[512]);
int bridge_truncated(int class);
void bridge_die_with_parent(void);
int bridge_has_ucx(void);

enum { bridge_slots = 16 };

#endif
