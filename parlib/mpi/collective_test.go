package mpi_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/warren-go/warren/parlib/mpi"
)

func init() {
	programs["collectives"] = func(world *mpi.Comm) error {
		for _, n := range []int{0, 1, 3, 7, 1000, 70_001} {
			for _, check := range []func(*mpi.Comm, int) error{
				collectives[int], collectives[int8], collectives[uint16], collectives[float32], collectives[float64], collectives[complex128], collectives[celsius],
			} {
				if err := check(world, n); err != nil {
					return err
				}
			}
		}
		return nil
	}
}

type celsius float64

// Every collective is checked against what one process computes from all ranks' numbers, which all know: they are made from the
// same seed.
func TestCollectivesDoWhatTheSerialProgramDoes(t *testing.T) {
	for _, n := range []int{1, 2, 3, 4} {
		passes(t, n, "collectives")
	}
	passes(t, 3, "collectives", "WARREN_MPI_TEST_MULTIPLE=1")
	passes(t, 3, "collectives", "WARREN_MPI_TEST_FUNNELED=1")
}

// Without mpiexec a process is a world of one, with the library or without.
func TestOneRankNeedsNoLibrary(t *testing.T) {
	if mpi.Available() {
		t.Skip("built with MPI; the stand-in is what this is about")
	}
	if err := programs["collectives"](mpi.World()); err != nil {
		t.Error(err)
	}
}

// numbersOf makes n numbers of rank r, small enough that sums are exact in every type.
func numbersOf[T mpi.Element](r, n int) []T {
	random := rand.New(rand.NewPCG(uint64(r), uint64(n)))
	s := make([]T, n)
	for i := range s {
		s[i] = fromInt[T](random.IntN(9))
	}
	return s
}

func fromInt[T mpi.Element](n int) (x T) {
	one := any(x)
	switch one.(type) {
	case complex64:
		return any(complex(float32(n), 0)).(T)
	case complex128:
		return any(complex(float64(n), 1)).(T)
	}
	for range n {
		x++
	}
	return x
}

func collectives[T mpi.Element](c *mpi.Comm, n int) error {
	rank, size := c.Rank(), c.Size()
	mine := numbersOf[T](rank, n)
	every := make([][]T, size)
	for r := range every {
		every[r] = numbersOf[T](r, n)
	}
	all := slices.Concat(every...)
	root := n % size
	counts := mpi.Counts(n, size)
	lo, hi := mpi.Part(n, size, rank)
	sum := func(to int) []T { // of ranks before to
		s := make([]T, n)
		for _, of := range every[:to] {
			for i, x := range of {
				s[i] += x
			}
		}
		return s
	}
	onRoot := func(s []T) []T {
		if rank == root {
			return s
		}
		return nil
	}
	var failed error
	same := func(what string, err error, got, want []T) {
		switch {
		case failed != nil:
		case err != nil:
			failed = err
		case !slices.Equal(got, want):
			failed = fmt.Errorf("%s of %d %T on rank %d of %d: got %v, want %v", what, n, *new(T), rank, size, got[:min(9, len(got))], want[:min(9, len(want))])
		}
	}

	got := slices.Clone(mine)
	same("Bcast", mpi.Bcast(c, got, root), got, every[root])

	got = make([]T, n)
	same("Scatter", mpi.Scatter(c, onRoot(all), got, root), got, mine)

	got = make([]T, hi-lo)
	same("Scatterv", mpi.Scatterv(c, onRoot(every[0]), counts, got, root), got, every[0][lo:hi])

	got = onRoot(make([]T, n*size))
	same("Gather", mpi.Gather(c, mine, got, root), got, onRoot(all))

	got = onRoot(make([]T, n))
	same("Gatherv", mpi.Gatherv(c, every[0][lo:hi], got, counts, root), got, onRoot(every[0]))

	got = make([]T, n*size)
	same("Allgather", mpi.Allgather(c, mine, got), got, all)

	got = make([]T, n)
	same("Allgatherv", mpi.Allgatherv(c, every[0][lo:hi], got, counts), got, every[0])

	got, want := make([]T, n*size), []T{}
	for r := range size {
		want = append(want, numbersOf[T](r, n*size)[rank*n:(rank+1)*n]...)
	}
	same("Alltoall", mpi.Alltoall(c, numbersOf[T](rank, n*size), got), got, want)

	// Rank r sends r + to elements to rank to.
	sendCounts, recvCounts, sent, want := make([]int, size), make([]int, size), []T{}, []T{}
	for r := range size {
		sendCounts[r], recvCounts[r] = rank+r, r+rank
		sent = append(sent, numbersOf[T](100*rank+r, rank+r)...)
		want = append(want, numbersOf[T](100*r+rank, r+rank)...)
	}
	got = make([]T, len(want))
	same("Alltoallv", mpi.Alltoallv(c, sent, sendCounts, got, recvCounts), got, want)

	got = onRoot(make([]T, n))
	same("Reduce", mpi.Reduce(c, mine, got, mpi.Sum, root), got, onRoot(sum(size)))

	got = slices.Clone(mine)
	same("Allreduce in place", mpi.Allreduce(c, got, got, mpi.Sum), got, sum(size))

	got = make([]T, hi-lo)
	same("ReduceScatter", mpi.ReduceScatter(c, mine, got, counts, mpi.Sum), got, sum(size)[lo:hi])

	got = make([]T, n)
	same("Scan", mpi.Scan(c, mine, got, mpi.Sum), got, sum(rank+1))

	got, want = slices.Clone(mine), sum(rank)
	if rank == 0 {
		want = mine
	}
	same("Exscan", mpi.Exscan(c, mine, got, mpi.Sum), got, want)

	// Overlapping slices are as good as others.
	got = append(slices.Clone(mine), make([]T, n*size)...)
	same("Allgather of its own memory", mpi.Allgather(c, got[:n], got[:n*size]), got[:n*size], all)

	// The first of two is associative and does not commute.
	first := mpi.OpOf(func(a, b T) T { return a })
	last := mpi.OpOf(func(a, b T) T { return b })
	for _, o := range []struct {
		op   mpi.Op
		want []T
	}{{first, every[0]}, {last, every[size-1]}, {mpi.OpOf(func(a, b T) T { return a + b }).Commutative(), sum(size)}} {
		got = make([]T, n)
		same("Allreduce by a function", mpi.Allreduce(c, mine, got, o.op), got, o.want)
		got = onRoot(make([]T, n))
		same("Reduce by a function", mpi.Reduce(c, mine, got, o.op, root), got, onRoot(o.want))
	}
	got = make([]T, n)
	same("Scan by a function", mpi.Scan(c, mine, got, last), got, mine)
	return failed
}

func init() {
	programs["operations"] = func(c *mpi.Comm) error {
		for _, o := range []struct {
			op      mpi.Op
			combine func(a, b int64) int64
		}{
			{mpi.Sum, func(a, b int64) int64 { return a + b }},
			{mpi.Prod, func(a, b int64) int64 { return a * b }},
			{mpi.Max, func(a, b int64) int64 { return max(a, b) }},
			{mpi.Min, func(a, b int64) int64 { return min(a, b) }},
			{mpi.BitAnd, func(a, b int64) int64 { return a & b }},
			{mpi.BitOr, func(a, b int64) int64 { return a | b }},
			{mpi.BitXor, func(a, b int64) int64 { return a ^ b }},
			{mpi.LogicalAnd, func(a, b int64) int64 { return truth(a != 0 && b != 0) }},
			{mpi.LogicalOr, func(a, b int64) int64 { return truth(a != 0 || b != 0) }},
			{mpi.LogicalXor, func(a, b int64) int64 { return truth((a != 0) != (b != 0)) }},
		} {
			want := numbersOf[int64](0, 50)
			for r := 1; r < c.Size(); r++ {
				for i, x := range numbersOf[int64](r, 50) {
					want[i] = o.combine(want[i], x)
				}
			}
			got := make([]int64, 50)
			if err := mpi.Allreduce(c, numbersOf[int64](c.Rank(), 50), got, o.op); err != nil {
				return err
			}
			if !slices.Equal(got, want) {
				return fmt.Errorf("%v: got %v, want %v", o.op, got, want)
			}
		}
		return nil
	}
}

func truth(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

func TestOperationsCombineAsTheyAreNamed(t *testing.T) { passes(t, 3, "operations") }
