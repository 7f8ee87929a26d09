package schedule_test

import (
	"fmt"

	"github.com/warren-go/warren/parlib"
	"github.com/warren-go/warren/parlib/schedule"
)

// halves is a schedule of one's own: worker 0 does the first half of a loop, the last worker the other.
type halves struct{}

func (halves) Split(n, workers int, _ schedule.Ranges) schedule.Ranges {
	r := make(handed, workers)
	r[0] = [][2]int{{0, n / 2}}
	r[workers-1] = append(r[workers-1], [2]int{n / 2, n})
	return r
}

// handed is what each worker is still to be given.
type handed [][][2]int

func (h handed) Next(worker int) (lo, hi int, ok bool) {
	for len(h[worker]) > 0 {
		next := h[worker][0]
		h[worker] = h[worker][1:]
		if next[0] < next[1] { // a range must not be empty
			return next[0], next[1], true
		}
	}
	return 0, 0, false
}

func ExampleSchedule() {
	squares := make([]int, 6)
	err := parlib.For(len(squares), func(i int) { squares[i] = i * i }, parlib.Schedule(halves{}), parlib.Workers(3))
	fmt.Println(squares, err)
	// Output: [0 1 4 9 16 25] <nil>
}

func ExampleShare() {
	for worker := range 3 {
		lo, hi := schedule.Share(10, 3, worker)
		fmt.Println("worker", worker, "does", lo, "to", hi-1)
	}
	// Output:
	// worker 0 does 0 to 3
	// worker 1 does 4 to 6
	// worker 2 does 7 to 9
}

// Which ranges a worker that is alone is given, one after the other.
func ExampleGuided() {
	for _, s := range []schedule.Schedule{schedule.Static(), schedule.StaticChunk(4), schedule.Dynamic(5), schedule.Guided(2)} {
		fmt.Print(s, ":")
		ranges := s.Split(12, 1, nil)
		for lo, hi, ok := ranges.Next(0); ok; lo, hi, ok = ranges.Next(0) {
			fmt.Printf(" %d-%d", lo, hi-1)
		}
		fmt.Println()
	}
	// Output:
	// static: 0-11
	// static, chunks of 4: 0-3 4-7 8-11
	// dynamic, chunks of 5: 0-4 5-9 10-11
	// guided, chunks of at least 2: 0-5 6-8 9-10 11-11
}
