package mpi_test

import (
	"fmt"

	"github.com/warren-go/warren/parlib/mpi"
)

// Every rank computes its part of a sum; rank 0 gets the total. Examples run on one rank; a program would call mpi.Main in its
// main.
func Example() {
	program := func(world *mpi.Comm) error {
		lo, hi := mpi.Part(1000, world.Size(), world.Rank())
		mine := []int{0}
		for i := lo; i < hi; i++ {
			mine[0] += i
		}
		total := make([]int, 1)
		if err := mpi.Reduce(world, mine, total, mpi.Sum, 0); err != nil {
			return err
		}
		if world.Rank() == 0 {
			fmt.Println("the sum is", total[0])
		}
		return nil
	}
	if err := program(mpi.World()); err != nil {
		fmt.Println(err)
	}
	// Output: the sum is 499500
}

// A reduction with an operation of one's own: the number that is farthest from zero.
func ExampleOpOf() {
	farthest := mpi.OpOf(func(a, b float64) float64 {
		if a*a >= b*b {
			return a
		}
		return b
	}).Commutative()
	result := make([]float64, 1)
	if err := mpi.Allreduce(mpi.World(), []float64{-3}, result, farthest); err != nil {
		fmt.Println(err)
	}
	fmt.Println(result)
	// Output: [-3]
}

// Pieces of uneven length: rank r gets counts[r] of seven numbers.
func ExampleScatterv() {
	world := mpi.World()
	counts := mpi.Counts(7, world.Size())
	mine := make([]int, counts[world.Rank()])
	if err := mpi.Scatterv(world, []int{1, 2, 3, 4, 5, 6, 7}, counts, mine, 0); err != nil {
		fmt.Println(err)
	}
	fmt.Println(mine)
	// Output: [1 2 3 4 5 6 7]
}

func ExampleDims() {
	fmt.Println(mpi.Dims(12, 2))
	// Output: [4 3] <nil>
}

func ExampleCounts() {
	fmt.Println(mpi.Counts(10, 4))
	// Output: [3 3 2 2]
}
