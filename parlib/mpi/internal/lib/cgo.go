//go:build mpi

package lib

/*
#cgo CFLAGS: -std=gnu11
#include <stdlib.h>
#include <mpi.h>
#include "bridge.h"

#if defined(OPEN_MPI)
#define VENDOR "Open MPI"
#elif defined(I_MPI_VERSION)
#define VENDOR "Intel MPI"
#elif defined(MPICH_VERSION)
#define VENDOR "MPICH"
#else
#define VENDOR "MPI"
#endif
*/
import "C"

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"unsafe"
)

// Built tells that the library is there.
const Built = true

// Vendor is whose library the program was built for.
const Vendor = C.VENDOR

// Which threads may call the library.
var (
	initThread *thread
	direct     bool // every thread may call, at any time
	anyThread  bool // every thread may call, but one at a time: who holds
	oneAtATime sync.Mutex
	waiting    atomic.Int32 // who wait for their turn
)

// enter takes the turn to call the library from this thread, and leave gives it back. enter is false where only the library's
// own thread may call. These are functions without closures since messages take no longer than what closures cost.
func enter() bool {
	if direct {
		return true
	}
	if !anyThread {
		return false
	}
	if !oneAtATime.TryLock() {
		waiting.Add(1)
		oneAtATime.Lock()
		waiting.Add(-1)
	}
	return true
}

func leave() {
	if !direct {
		oneAtATime.Unlock()
	}
}

// fair is how often a call may ask: often if nobody else waits for a turn.
func fair(tests int) int {
	if direct || waiting.Load() == 0 {
		return tests
	}
	return min(tests, 2)
}

// do makes a call of the library as its level of threads wants it.
func do(f func()) {
	if enter() {
		defer leave()
		f()
		return
	}
	initThread.do(f)
}

// signalling are variables of the environment that keep libraries below MPI from catching signals. Theirs have no stack of
// their own, on which Go insists: a nil pointer would end the program without a word of Go.
var signalling = map[string]string{
	"UCX_HANDLE_ERRORS":  "none", // of InfiniBand and shared memory
	"HFI_NO_BACKTRACE":   "1",    // of Omni-Path
	"IPATH_NO_BACKTRACE": "1",
}

// keepSignals sets those variables, for libraries that are yet to be loaded. One that the program is linked to has read the
// environment, and caught signals, before Go did, which then took them back; UCX would only complain of variables that it did
// not read.
func keepSignals() {
	if C.bridge_has_ucx() != 0 {
		return
	}
	for name, value := range signalling {
		if _, set := os.LookupEnv(name); !set {
			os.Setenv(name, value)
		}
	}
}

// Init initializes the library with a level of threads, or a lower one if it grants no more.
func Init(level int) (Facts, Comm, error) {
	keepSignals()
	if os.Getenv(DieWithParent) != "" {
		C.bridge_die_with_parent()
	}
	initThread = newThread()
	var f C.bridge_facts
	initThread.do(func() { f = C.bridge_init(C.int(level)) })
	if f.initialized != 0 {
		initThread.stop()
		return Facts{}, 0, errors.New("other code of this program has initialized MPI already")
	}
	if f.code != 0 {
		initThread.stop()
		return Facts{}, 0, fmt.Errorf("the library cannot be initialized: %s", Explain(int(f.code)))
	}
	anyThread, direct = f.level >= 2, f.level == 3
	return Facts{Rank: int(f.rank), Size: int(f.size), Level: int(f.level), MaxTag: int(f.max_tag),
		Version: version(C.GoString(&f.version[0])), Processor: C.GoString(&f.processor[0])}, Comm(f.world), nil
}

// version makes a word of what libraries tell of themselves at length: "Open MPI v4.1.4", "MPICH Version: 4.0.2".
func version(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	line, _, _ = strings.Cut(line, ",")
	return strings.Join(strings.Fields(line), " ")
}

// Finalize ends the library's part of this process. It waits for the other ranks.
func Finalize() (code int) {
	initThread.do(func() { code = int(C.bridge_finalize()) })
	initThread.stop()
	return code
}

// Abort ends all ranks of a communicator, this one included.
func Abort(c Comm, code int) {
	// On whichever thread: what holds the right one may be what has to be ended.
	C.bridge_abort(C.uint64_t(c), C.int(code))
	os.Exit(code)
}

// Start begins an operation and asks up to tests times, at least once, whether it is complete.
//
// The library keeps the operation's memory when Start returns with a request. Whoever calls pins it then; up to there it stays
// in place because it is on the heap: it got there by being passed to C, and the heap does not move.
func Start(c *Call, tests int) Result {
	if enter() {
		r := start(c, fair(tests))
		leave()
		return r
	}
	return startThere(*c, tests)
}

func startThere(c Call, tests int) (r Result) {
	initThread.do(func() { r = start(&c, tests) })
	return r
}

func start(c *Call, tests int) Result {
	var inPlace, own C.int
	if c.InPlace {
		inPlace = 1
	}
	if c.OwnOp {
		own = 1
	}
	r := C.bridge_start(C.bridge_call{
		what: C.int(c.What), send: (*C.char)(c.Send), recv: (*C.char)(c.Recv), count: C.int(c.Count), recv_count: C.int(c.RecvCount),
		counts: ints(c.Counts), displs: ints(c.Displs), recv_counts: ints(c.RecvCounts), recv_displs: ints(c.RecvDispls),
		kind: C.int(c.Kind), op: C.uint64_t(c.Op), own_op: own, peer: C.int(c.Peer), tag: C.int(c.Tag), comm: C.uint64_t(c.Comm),
		in_place: inPlace, message: C.uint64_t(c.Message),
	}, C.int(tests))
	return result(r)
}

// Point is Start of a Send, Ssend or Recv of count elements of a size at buf, with what would be the fields of its Result: a short
// message takes no longer than a few copies of that.
func Point(what What, buf unsafe.Pointer, count, size, peer, tag int, comm Comm, tests int) (code int, done bool, request Request, source, gotTag, bytes int) {
	if !enter() {
		return pointThere(what, buf, count, size, peer, tag, comm, tests)
	}
	r := C.bridge_point(C.int(what), (*C.char)(buf), C.int(count), C.int(size), C.int(peer), C.int(tag), C.uint64_t(comm), C.int(fair(tests)))
	leave()
	return int(r.code), r.done != 0, Request(r.request), int(r.source), int(r.tag), int(r.bytes)
}

func pointThere(what What, buf unsafe.Pointer, count, size, peer, tag int, comm Comm, tests int) (code int, done bool, request Request, source, gotTag, bytes int) {
	var r C.bridge_result
	initThread.do(func() {
		r = C.bridge_point(C.int(what), (*C.char)(buf), C.int(count), C.int(size), C.int(peer), C.int(tag), C.uint64_t(comm), C.int(tests))
	})
	return int(r.code), r.done != 0, Request(r.request), int(r.source), int(r.tag), int(r.bytes)
}

func result(r C.bridge_result) Result {
	return Result{Code: int(r.code), Done: r.done != 0, Request: Request(r.request),
		Source: int(r.source), Tag: int(r.tag), Bytes: int(r.bytes)}
}

func ints(s []int32) *C.int { return (*C.int)(unsafe.SliceData(s)) }

// Poll asks after an operation up to tests times, and lets other processes have the processor between when yield says so.
func Poll(q Request, tests int, yield bool) Result {
	if enter() {
		r := result(C.bridge_poll(C.uint64_t(q), C.int(fair(tests)), flag(yield)))
		leave()
		return r
	}
	return pollThere(q, tests, yield)
}

func pollThere(q Request, tests int, yield bool) (r Result) {
	initThread.do(func() { r = result(C.bridge_poll(C.uint64_t(q), C.int(tests), flag(yield))) })
	return r
}

func flag(b bool) C.int {
	if b {
		return 1
	}
	return 0
}

// Cancel asks the library to give a receive up. Whether it did, Poll says.
func Cancel(q Request) { do(func() { C.bridge_cancel(C.uint64_t(q)) }) }

// Probe looks up to tests times for a message, and takes it out of sight of all but Mrecv.
func Probe(c Comm, source, tag, tests int, yield bool) Found {
	var f C.bridge_found
	do(func() {
		f = C.bridge_probe(C.uint64_t(c), C.int(source), C.int(tag), C.int(tests), flag(yield))
	})
	return Found{Code: int(f.code), OK: f.ok != 0, Message: Message(f.message), Source: int(f.source), Tag: int(f.tag), Bytes: int(f.bytes)}
}

// Split makes communicators of the ranks that name the same color. 0 is that of ranks that take part in none.
func Split(c Comm, color, key int) (made Comm, code int) {
	var h C.uint64_t
	do(func() { code = int(C.bridge_split(C.uint64_t(c), C.int(color), C.int(key), &h)) })
	return Comm(h), code
}

// Dup makes a communicator of the same ranks.
func Dup(c Comm) (made Comm, code int) {
	var h C.uint64_t
	do(func() { code = int(C.bridge_dup(C.uint64_t(c), &h)) })
	return Comm(h), code
}

// Cart makes a communicator whose ranks are arranged as a grid. 0 is that of ranks that found no place.
func Cart(c Comm, dims, periods []int32, reorder bool) (made Comm, code int) {
	var h C.uint64_t
	do(func() {
		code = int(C.bridge_cart(C.uint64_t(c), C.int(len(dims)), ints(dims), ints(periods), flag(reorder), &h))
	})
	return Comm(h), code
}

// Free gives a communicator back.
func Free(c Comm) (code int) {
	do(func() { code = int(C.bridge_free(C.uint64_t(c))) })
	return code
}

// Size returns this process's rank in a communicator, and how many ranks that has.
func Size(c Comm) (rank, size, code int) {
	var r, s C.int
	do(func() { code = int(C.bridge_size(C.uint64_t(c), &r, &s)) })
	return int(r), int(s), code
}

// Coords writes where in the grid a rank is.
func Coords(c Comm, rank int, coords []int32) (code int) {
	do(func() { code = int(C.bridge_coords(C.uint64_t(c), C.int(rank), C.int(len(coords)), ints(coords))) })
	return code
}

// Shift returns the neighbours at a distance along a dimension of the grid.
func Shift(c Comm, dim, by int) (source, dest, code int) {
	var s, d C.int
	do(func() { code = int(C.bridge_shift(C.uint64_t(c), C.int(dim), C.int(by), &s, &d)) })
	return int(s), int(d), code
}

// Time is MPI's clock, in seconds.
func Time() (seconds float64) {
	do(func() { seconds = float64(C.bridge_time()) })
	return seconds
}

// Explain returns the library's words for an error.
func Explain(code int) string {
	_, text := explain(code)
	return text
}

// Truncated tells that an error is of a message that was longer than the memory for it.
func Truncated(code int) bool {
	class, _ := explain(code)
	return C.bridge_truncated(class) != 0
}

func explain(code int) (class C.int, text string) {
	buf := (*[512]C.char)(C.calloc(1, 512))
	defer C.free(unsafe.Pointer(buf))
	C.bridge_explain(C.int(code), &class, &buf[0])
	return class, C.GoString(&buf[0])
}
