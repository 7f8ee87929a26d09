// Package lib is the C library of MPI as package mpi needs it: operations that are started and asked after, requests,
// communicators. It checks nothing; that is package mpi's part. Built with the tag mpi it calls the library, without it is a
// stand-in that knows a world of one rank.
package lib

import (
	"reflect"
	"unsafe"
)

// What says what a Call does. The order is that of the table starters in bridge.c.
type What int

const (
	Send What = iota
	Ssend
	Recv
	Mrecv
	Barrier
	Bcast
	Scatter
	Scatterv
	Gather
	Gatherv
	Allgather
	Allgatherv
	Alltoall
	Alltoallv
	Reduce
	Allreduce
	ReduceScatter
	Scan
	Exscan
	NeighborAlltoall
)

var names = [...]string{
	"Send", "Ssend", "Recv", "Mrecv", "Barrier", "Bcast", "Scatter", "Scatterv", "Gather", "Gatherv", "Allgather", "Allgatherv",
	"Alltoall", "Alltoallv", "Reduce", "Allreduce", "ReduceScatter", "Scan", "Exscan", "NeighborAlltoall",
}

func (w What) String() string { return names[w] }

// Kinds are the types of numbers that MPI moves and combines, in the order of the table types in bridge.c. An element's Kind is
// its index. int and uint have 64 bits wherever Warren runs.
var Kinds = [...]reflect.Kind{
	reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64,
	reflect.Float32, reflect.Float64, reflect.Complex64, reflect.Complex128,
}

// Op names a reduction: one of MPI's own, in the order of the table ops in bridge.c, or one of MakeOp.
type Op uint64

const (
	Sum Op = iota
	Prod
	Max
	Min
	LogicalAnd
	LogicalOr
	LogicalXor
	BitAnd
	BitOr
	BitXor
	ownOps // greater values are handles of MakeOp, see Call.OwnOp
)

// Handles of the library. Their values mean nothing here.
type (
	Comm    uint64
	Request uint64
	Message uint64
)

// Wildcards and what else MPI has negative numbers for; the library's own numbers differ.
const (
	AnySource = -1
	AnyTag    = -1
	ProcNull  = -2
	Undefined = -3
)

// Call is an operation: what it does, with which memory, with whom. Counts and displacements are in elements.
type Call struct {
	What       What
	Send, Recv unsafe.Pointer
	// Count is the number of elements that are sent (received, by Recv, Mrecv and Bcast), RecvCount that received from each
	// rank.
	Count, RecvCount                       int
	Counts, Displs, RecvCounts, RecvDispls []int32
	Kind                                   int
	Op                                     Op
	OwnOp                                  bool // Op comes from MakeOp
	Peer, Tag                              int  // of a collective, Peer is the root
	Comm                                   Comm
	InPlace                                bool // Send is ignored: Recv holds what is sent
	Message                                Message
}

// Result says how a Call is getting on. Source, Tag and Bytes are of a message received, once it is Done.
type Result struct {
	Code               int // of an error, 0 for none
	Done               bool
	Request            Request // while it is not Done
	Source, Tag, Bytes int
}

// Found is a message that was found and taken out of the library's sight by Probe.
type Found struct {
	Code               int
	OK                 bool
	Message            Message
	Source, Tag, Bytes int
}

// Facts are what the library says of itself and of this process.
type Facts struct {
	Rank, Size int
	Level      int // of threads: 0 single, 1 funneled, 2 serialized, 3 multiple
	MaxTag     int
	Version    string // of the library, one line
	Processor  string
}

// HowToBuild says how a program gets MPI.
const HowToBuild = "Install it (apt-get install libopenmpi-dev openmpi-bin pkg-config), build with go build -tags mpi, and start the program by mpiexec -n 4"

// DieWithParent is a variable of the environment. Set, a rank ends when the process that started it does, however that ended.
const DieWithParent = "WARREN_MPI_DIE_WITH_PARENT"
