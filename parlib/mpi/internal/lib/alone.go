//go:build !mpi

package lib

import (
	"os"
	"time"
	"unsafe"
)

// Built tells that the library is there.
const Built = false

// Vendor is whose library the program was built for.
const Vendor = ""

// Slots is how many reductions with functions of Go may be under way at a time.
const Slots = 1 << 30

// Codes of errors of the stand-in.
const (
	needsLibrary = 1 + iota
	truncated
)

// world is the only rank's communicator. Its duplicates are the same: with one rank there is nothing to keep apart.
const world Comm = 1

// Init succeeds: package mpi has seen to it that this process is alone.
func Init(level int) (Facts, Comm, error) {
	host, _ := os.Hostname()
	return Facts{Size: 1, Level: level, MaxTag: 1<<31 - 1, Version: "stand-in of one rank, built without the tag mpi", Processor: host}, world, nil
}

func Finalize() (code int)    { return 0 }
func Abort(c Comm, code int)  { os.Exit(code) }
func Cancel(q Request)        {}
func Free(c Comm) (code int)  { return 0 }
func FreeOp(op Op, slot int)  {}
func Truncated(code int) bool { return code == truncated }

// Start does the operations that are the same for one rank whatever they combine: what was sent is what is received.
func Start(c *Call, tests int) Result {
	size := sizes[c.Kind]
	switch c.What {
	case Send, Ssend, Recv, Mrecv, NeighborAlltoall:
		if c.Peer != ProcNull || c.What == NeighborAlltoall {
			return Result{Code: needsLibrary, Done: true}
		}
		return Result{Done: true, Source: ProcNull, Tag: AnyTag}
	case Barrier, Bcast, Exscan: // the first rank's part of Exscan stays as it is
		return Result{Done: true}
	}
	if c.InPlace {
		return Result{Done: true}
	}
	count, from, to := c.Count, 0, 0
	if c.Counts != nil {
		count, from = int(c.Counts[0]), int(c.Displs[0])
	}
	space := count
	if c.RecvCounts != nil {
		space = int(c.RecvCounts[0])
		if c.RecvDispls != nil {
			to = int(c.RecvDispls[0])
		}
	} else if c.RecvCount > 0 {
		space = c.RecvCount
	}
	if count > space {
		return Result{Code: truncated, Done: true}
	}
	copy(bytesAt(c.Recv, to*size, count*size), bytesAt(c.Send, from*size, count*size))
	return Result{Done: true}
}

// Point is Start of a Send, Ssend or Recv.
func Point(what What, buf unsafe.Pointer, count, size, peer, tag int, comm Comm, tests int) (code int, done bool, request Request, source, gotTag, bytes int) {
	r := Start(&Call{What: what, Peer: peer}, tests)
	return r.Code, r.Done, 0, r.Source, r.Tag, 0
}

// sizes are those of Kinds, in bytes.
var sizes = [len(Kinds)]int{1, 2, 4, 8, 1, 2, 4, 8, 4, 8, 8, 16}

func bytesAt(p unsafe.Pointer, offset, n int) []byte {
	if n == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(unsafe.Add(p, offset)), n)
}

// Poll is never needed: what Start did is done.
func Poll(q Request, tests int, yield bool) Result { return Result{Code: needsLibrary, Done: true} }

// Probe needs the library.
func Probe(c Comm, source, tag, tests int, yield bool) Found { return Found{Code: needsLibrary} }

// Split and Dup give the one rank its own communicator again.
func Split(c Comm, color, key int) (made Comm, code int) {
	if color == Undefined {
		return 0, 0
	}
	return c, 0
}

func Dup(c Comm) (made Comm, code int)            { return c, 0 }
func Size(c Comm) (rank, size, code int)          { return 0, 1, 0 }
func Coords(c Comm, rank int, coords []int32) int { return needsLibrary }
func Shift(c Comm, dim, by int) (source, dest, code int) {
	return 0, 0, needsLibrary
}
func Cart(c Comm, dims, periods []int32, reorder bool) (made Comm, code int) { return 0, needsLibrary }

// MakeOp is never asked for the function: with one rank nothing is combined.
func MakeOp(f func(in, inout unsafe.Pointer, n int), commutes bool) (op Op, slot, code int, ok bool) {
	return 0, 0, 0, true
}

var start = time.Now()

// Time is a clock, in seconds.
func Time() (seconds float64) { return time.Since(start).Seconds() }

// Explain returns words for an error.
func Explain(code int) string {
	if code == truncated {
		return "the message is longer than the memory for it"
	}
	return "this program was built without MPI. " + HowToBuild
}
