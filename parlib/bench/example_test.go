package bench_test

import (
	"fmt"
	"log"
	"time"

	"github.com/warren-go/warren/parlib/bench"
)

// Times taken elsewhere: by a program in another language, or on another machine.
func ExampleNewResult() {
	host := bench.Host{Logical: 4, Physical: 4, ThreadsPerCore: 1, Allowed: 4, GOMAXPROCS: 4}
	s := time.Second
	result, err := bench.NewResult("Matrix product", host,
		bench.Point{Workers: 1, Times: bench.Times{8 * s, 8 * s, 8 * s, 8 * s, 8 * s, 8 * s}},
		bench.Point{Workers: 2, Times: bench.Times{5 * s, 5 * s, 5 * s, 5 * s, 5 * s, 5 * s}})
	if err != nil {
		log.Fatal(err)
	}
	law, _ := result.Amdahl()
	fmt.Println(result.Verdict())
	fmt.Printf("serial part %.2f, at most %.0f times as fast\n", law.Serial, law.Limit())
	// Output:
	// faster: 2 workers came out 1.6 times as fast as one worker, between 1.6 and 1.6
	// serial part 0.25, at most 4 times as fast
}

func ExampleKarpFlatt() {
	fmt.Printf("%.2f\n", bench.KarpFlatt(1.6, 2))
	// Output: 0.25
}
