//go:build mpi

#define _GNU_SOURCE
#include <dlfcn.h>
#include <limits.h>
#include <mpi.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>

#include "_cgo_export.h"
#include "bridge.h"

// Handles are pointers in Open MPI and numbers in MPICH.
#define HANDLE(type, name)                                                                                             \
	static type name##_of(uint64_t h)                                                                                  \
	{                                                                                                                  \
		type x;                                                                                                        \
		memcpy(&x, &h, sizeof x);                                                                                      \
		return x;                                                                                                      \
	}                                                                                                                  \
	static uint64_t of_##name(type x)                                                                                  \
	{                                                                                                                  \
		uint64_t h = 0;                                                                                                \
		memcpy(&h, &x, sizeof x);                                                                                      \
		return h;                                                                                                      \
	}
HANDLE(MPI_Comm, comm)
HANDLE(MPI_Request, request)
HANDLE(MPI_Message, message)
HANDLE(MPI_Op, op)

static const MPI_Datatype types[] = {
	MPI_INT8_T,   MPI_INT16_T,  MPI_INT32_T, MPI_INT64_T, MPI_UINT8_T,         MPI_UINT16_T,
	MPI_UINT32_T, MPI_UINT64_T, MPI_FLOAT,   MPI_DOUBLE,  MPI_C_FLOAT_COMPLEX, MPI_C_DOUBLE_COMPLEX,
};

// From one rank to another, elements go as bytes, unless they are more than MPI counts. Package mpi checks that whole elements came;
// some libraries take another type for a fault of their own, and end the program.
static MPI_Datatype as_bytes(int size, int *count)
{
	long long bytes = (long long)*count * size;
	if (bytes <= INT_MAX) {
		*count = (int)bytes;
		return MPI_BYTE;
	}
	return size == 16 ? MPI_C_DOUBLE_COMPLEX : size == 8 ? MPI_INT64_T : size == 4 ? MPI_INT32_T : MPI_INT16_T;
}

// The sizes of types.
static const int sizes[] = {1, 2, 4, 8, 1, 2, 4, 8, 4, 8, 8, 16};

static const MPI_Op ops[] = {MPI_SUM, MPI_PROD, MPI_MAX, MPI_MIN, MPI_LAND, MPI_LOR, MPI_LXOR, MPI_BAND, MPI_BOR, MPI_BXOR};

// The same numbers as in lib.go.
static int rank_of(int r) { return r == -1 ? MPI_ANY_SOURCE : r == -2 ? MPI_PROC_NULL : r; }
static int tag_of(int t) { return t == -1 ? MPI_ANY_TAG : t; }
static int of_rank(int r) { return r == MPI_ANY_SOURCE ? -1 : r == MPI_PROC_NULL ? -2 : r; }
static int of_tag(int t) { return t == MPI_ANY_TAG ? -1 : t; }

#define TYPE types[c->kind]
#define COMM comm_of(c->comm)
#define OP (c->own_op ? op_of(c->op) : ops[c->op])
#define SENT (c->in_place ? MPI_IN_PLACE : (void *)c->send)
#define STARTER(name, call)                                                                                            \
	static int start_##name(const bridge_call *c, MPI_Request *r) { return call; }

STARTER(barrier, MPI_Ibarrier(COMM, r))
STARTER(bcast, MPI_Ibcast(c->recv, c->count, TYPE, c->peer, COMM, r))
STARTER(allgather, MPI_Iallgather(SENT, c->count, TYPE, c->recv, c->recv_count, TYPE, COMM, r))
STARTER(allgatherv, MPI_Iallgatherv(SENT, c->count, TYPE, c->recv, c->recv_counts, c->recv_displs, TYPE, COMM, r))
STARTER(alltoall, MPI_Ialltoall(SENT, c->count, TYPE, c->recv, c->recv_count, TYPE, COMM, r))
STARTER(alltoallv, MPI_Ialltoallv(SENT, c->counts, c->displs, TYPE, c->recv, c->recv_counts, c->recv_displs, TYPE, COMM, r))
STARTER(reduce, MPI_Ireduce(SENT, c->recv, c->count, TYPE, OP, c->peer, COMM, r))
STARTER(allreduce, MPI_Iallreduce(SENT, c->recv, c->count, TYPE, OP, COMM, r))
STARTER(reduce_scatter, MPI_Ireduce_scatter(SENT, c->recv, c->recv_counts, TYPE, OP, COMM, r))
STARTER(scan, MPI_Iscan(SENT, c->recv, c->count, TYPE, OP, COMM, r))
STARTER(exscan, MPI_Iexscan(SENT, c->recv, c->count, TYPE, OP, COMM, r))
STARTER(neighbor, MPI_Ineighbor_alltoall(c->send, c->count, TYPE, c->recv, c->recv_count, TYPE, COMM, r))
STARTER(scatter, MPI_Iscatter(c->send, c->count, TYPE, c->recv, c->recv_count, TYPE, c->peer, COMM, r))
STARTER(scatterv, MPI_Iscatterv(c->send, c->counts, c->displs, TYPE, c->recv, c->recv_count, TYPE, c->peer, COMM, r))
STARTER(gather, MPI_Igather(c->send, c->count, TYPE, c->recv, c->recv_count, TYPE, c->peer, COMM, r))
STARTER(gatherv, MPI_Igatherv(c->send, c->count, TYPE, c->recv, c->recv_counts, c->recv_displs, TYPE, c->peer, COMM, r))

static int start_mrecv(const bridge_call *c, MPI_Request *r)
{
	MPI_Message m = message_of(c->message);
	int count = c->count;
	MPI_Datatype type = as_bytes(sizes[c->kind], &count);
	return MPI_Imrecv(c->recv, count, type, &m, r);
}

// Some places of the table, see What in lib.go.
enum { what_send = 0, what_recv = 2, what_mrecv = 3 };

static inline int start_point(int what, char *buf, int count, int size, int peer, int tag, uint64_t comm, MPI_Request *r)
{
	MPI_Comm c = comm_of(comm);
	MPI_Datatype type = as_bytes(size, &count);
	if (what == what_recv)
		return MPI_Irecv(buf, count, type, rank_of(peer), tag_of(tag), c, r);
	if (what == what_send)
		return MPI_Isend(buf, count, type, rank_of(peer), tag, c, r);
	return MPI_Issend(buf, count, type, rank_of(peer), tag, c, r);
}

#define POINT_STARTER(name, what, buf)                                                                                 \
	static int start_##name(const bridge_call *c, MPI_Request *r)                                                      \
	{                                                                                                                  \
		return start_point(what, buf, c->count, sizes[c->kind], c->peer, c->tag, c->comm, r);                          \
	}
POINT_STARTER(send, what_send, c->send)
POINT_STARTER(ssend, what_send + 1, c->send)
POINT_STARTER(recv, what_recv, c->recv)

static int (*const starters[])(const bridge_call *, MPI_Request *) = {
	start_send,      start_ssend,      start_recv,      start_mrecv,          start_barrier,
	start_bcast,     start_scatter,    start_scatterv,  start_gather,         start_gatherv,
	start_allgather, start_allgatherv, start_alltoall,  start_alltoallv,      start_reduce,
	start_allreduce, start_reduce_scatter, start_scan,  start_exscan,         start_neighbor,
};

// bytes_of is how long a message is, also one that is longer than an int counts, or -1 where that is not known.
static inline long long bytes_of(const MPI_Status *status)
{
	MPI_Count bytes = 0;
	MPI_Get_elements_x(status, MPI_BYTE, &bytes);
	return bytes == MPI_UNDEFINED ? -1 : (long long)bytes;
}

// Of a message received the result says where it came from; the status of other operations means nothing.
static inline bridge_result poll_request(MPI_Request r, int tests, int yield, int received)
{
	bridge_result result = {.source = -1, .tag = -1};
	MPI_Status status;
	for (int i = 0; i < tests; i++) {
		result.code = MPI_Test(&r, &result.done, &status);
		if (result.code != MPI_SUCCESS)
			result.done = 1;
		if (result.done) {
			if (received) {
				result.bytes = bytes_of(&status);
				result.source = of_rank(status.MPI_SOURCE);
				result.tag = of_tag(status.MPI_TAG);
			}
			return result;
		}
		if (yield)
			sched_yield();
	}
	result.request = of_request(r);
	return result;
}

bridge_result bridge_start(bridge_call c, int tests)
{
	MPI_Request r = MPI_REQUEST_NULL;
	int code = starters[c.what](&c, &r);
	if (code != MPI_SUCCESS)
		return (bridge_result){.code = code, .done = 1, .source = -1, .tag = -1};
	return poll_request(r, tests, 0, c.what == what_recv || c.what == what_mrecv);
}

// Messages between two ranks are so short that the copies of a bridge_call count.
bridge_result bridge_point(int what, char *buf, int count, int size, int peer, int tag, uint64_t comm, int tests)
{
	MPI_Request r = MPI_REQUEST_NULL;
	int code = start_point(what, buf, count, size, peer, tag, comm, &r);
	if (code != MPI_SUCCESS)
		return (bridge_result){.code = code, .done = 1, .source = -1, .tag = -1};
	return poll_request(r, tests, 0, what == what_recv);
}

bridge_result bridge_poll(uint64_t request, int tests, int yield) { return poll_request(request_of(request), tests, yield, 1); }

int bridge_cancel(uint64_t request)
{
	MPI_Request r = request_of(request);
	return MPI_Cancel(&r);
}

bridge_found bridge_probe(uint64_t comm, int source, int tag, int tests, int yield)
{
	bridge_found found = {0};
	MPI_Message message;
	MPI_Status status;
	for (int i = 0; i < tests; i++) {
		found.code = MPI_Improbe(rank_of(source), tag_of(tag), comm_of(comm), &found.ok, &message, &status);
		if (found.code != MPI_SUCCESS)
			return found;
		if (found.ok) {
			found.message = of_message(message);
			found.source = of_rank(status.MPI_SOURCE);
			found.tag = of_tag(status.MPI_TAG);
			found.bytes = bytes_of(&status);
			return found;
		}
		if (yield)
			sched_yield();
	}
	return found;
}

bridge_facts bridge_init(int level)
{
	bridge_facts f = {0};
	static const int levels[] = {MPI_THREAD_SINGLE, MPI_THREAD_FUNNELED, MPI_THREAD_SERIALIZED, MPI_THREAD_MULTIPLE};
	int granted = 0, *max_tag = NULL, found = 0, length = 0;
	bridge_know_launcher();
	MPI_Initialized(&f.initialized);
	if (f.initialized || (f.code = MPI_Init_thread(NULL, NULL, levels[level], &granted)) != MPI_SUCCESS)
		return f;
	for (int i = 0; i < 4; i++)
		if (granted >= levels[i])
			f.level = i;
	MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
	MPI_Comm_set_errhandler(MPI_COMM_SELF, MPI_ERRORS_RETURN);
	MPI_Comm_rank(MPI_COMM_WORLD, &f.rank);
	MPI_Comm_size(MPI_COMM_WORLD, &f.size);
	MPI_Comm_get_attr(MPI_COMM_WORLD, MPI_TAG_UB, &max_tag, &found);
	f.max_tag = found ? *max_tag : 32767;
	f.world = of_comm(MPI_COMM_WORLD);
	static char version[MPI_MAX_LIBRARY_VERSION_STRING], processor[MPI_MAX_PROCESSOR_NAME];
	MPI_Get_library_version(version, &length);
	MPI_Get_processor_name(processor, &length);
	strncpy(f.version, version, sizeof f.version - 1);
	strncpy(f.processor, processor, sizeof f.processor - 1);
	return f;
}

int bridge_finalize(void)
{
	int code = MPI_Finalize();
	if (code == MPI_SUCCESS)
		bridge_take_leave();
	return code;
}

void bridge_abort(uint64_t comm, int code) { MPI_Abort(comm_of(comm), code); }

// Makes a communicator, whose errors are returned.
#define MAKE(into, call)                                                                                               \
	do {                                                                                                               \
		MPI_Comm made = MPI_COMM_NULL;                                                                                 \
		int code = call;                                                                                               \
		if (code == MPI_SUCCESS && made != MPI_COMM_NULL)                                                              \
			MPI_Comm_set_errhandler(made, MPI_ERRORS_RETURN);                                                          \
		*into = made == MPI_COMM_NULL ? 0 : of_comm(made);                                                             \
		return code;                                                                                                   \
	} while (0)

int bridge_split(uint64_t comm, int color, int key, uint64_t *split)
{
	MAKE(split, MPI_Comm_split(comm_of(comm), color == -3 ? MPI_UNDEFINED : color, key, &made));
}

int bridge_dup(uint64_t comm, uint64_t *dup) { MAKE(dup, MPI_Comm_dup(comm_of(comm), &made)); }

int bridge_cart(uint64_t comm, int n, int *dims, int *periods, int reorder, uint64_t *cart)
{
	MAKE(cart, MPI_Cart_create(comm_of(comm), n, dims, periods, reorder, &made));
}

int bridge_free(uint64_t comm)
{
	MPI_Comm c = comm_of(comm);
	return MPI_Comm_free(&c);
}

int bridge_size(uint64_t comm, int *rank, int *size)
{
	int code = MPI_Comm_rank(comm_of(comm), rank);
	return code != MPI_SUCCESS ? code : MPI_Comm_size(comm_of(comm), size);
}

int bridge_coords(uint64_t cart, int rank, int n, int *coords) { return MPI_Cart_coords(comm_of(cart), rank, n, coords); }

int bridge_shift(uint64_t cart, int dim, int by, int *source, int *dest)
{
	int code = MPI_Cart_shift(comm_of(cart), dim, by, source, dest);
	*source = of_rank(*source);
	*dest = of_rank(*dest);
	return code;
}

// MPI calls a reduction's function without saying which reduction: so each under way has a function of its own.
#define SLOT(n)                                                                                                        \
	static void combine##n(void *in, void *inout, int *len, MPI_Datatype *t) { bridgeCombine(n, in, inout, *len); }
SLOT(0) SLOT(1) SLOT(2) SLOT(3) SLOT(4) SLOT(5) SLOT(6) SLOT(7)
SLOT(8) SLOT(9) SLOT(10) SLOT(11) SLOT(12) SLOT(13) SLOT(14) SLOT(15)

static MPI_User_function *const combines[bridge_slots] = {
	combine0, combine1, combine2,  combine3,  combine4,  combine5,  combine6,  combine7,
	combine8, combine9, combine10, combine11, combine12, combine13, combine14, combine15,
};

int bridge_make_op(int slot, int commutes, uint64_t *op)
{
	MPI_Op made = MPI_OP_NULL;
	int code = MPI_Op_create(combines[slot], commutes, &made);
	*op = of_op(made);
	return code;
}

int bridge_free_op(uint64_t op)
{
	MPI_Op o = op_of(op);
	return MPI_Op_free(&o);
}

double bridge_time(void) { return MPI_Wtime(); }

void bridge_explain(int code, int *class, char text[512])
{
	static _Thread_local char full[MPI_MAX_ERROR_STRING];
	int length = 0;
	full[0] = 0;
	MPI_Error_class(code, class);
	MPI_Error_string(code, full, &length);
	strncpy(text, full, 511);
	text[511] = 0;
}

int bridge_truncated(int class) { return class == MPI_ERR_TRUNCATE; }

void bridge_die_with_parent(void) { prctl(PR_SET_PDEATHSIG, SIGKILL); }

int bridge_has_ucx(void) { return dlopen("libucs.so.0", RTLD_LAZY | RTLD_NOLOAD) != NULL; }
