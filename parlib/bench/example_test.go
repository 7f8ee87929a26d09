package bench_test

import (
	"errors"
	"fmt"
	"io"
	"log"
	"math"
	"strings"
	"time"

	"github.com/warren-go/warren/parlib"
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

// Twice the workers do twice the work: how much longer do they take?
func ExampleWeakSweep() {
	result, err := bench.WeakSweep([]int{1, 2}, func(p int) {
		time.Sleep(time.Millisecond) // stands for p workers that each do the same amount
	}, bench.Title("Growing work"), bench.Repeats(6))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%d rows, weak scaling: %t\n", len(result.Rows()), result.Scaling == bench.Weak)
	// Output: 2 rows, weak scaling: true
}

func ExampleNewAlternatives() {
	ms := time.Millisecond
	host := bench.Host{CPU: "Any", Logical: 2, Allowed: 2, GOMAXPROCS: 2}
	ways, err := bench.NewAlternatives("Sum of a million numbers", host,
		bench.Timing{Name: "one lock", Times: bench.Times{40 * ms, 41 * ms, 42 * ms, 40 * ms, 41 * ms, 42 * ms}},
		bench.Timing{Name: "atomic", Times: bench.Times{20 * ms, 20 * ms, 20 * ms, 20 * ms, 20 * ms, 20 * ms}},
		bench.Timing{Name: "blocks", Times: bench.Times{1 * ms, 1 * ms, 1 * ms, 1 * ms, 1 * ms, 1 * ms}})
	if err != nil {
		log.Fatal(err)
	}
	for _, s := range ways.Standings() {
		fmt.Printf("%s: %v, %.1f times as fast\n", s.Name, s.Median, s.Ratio)
	}
	fmt.Println(ways.Verdict())
	// Output:
	// one lock: 41ms, 1.0 times as fast
	// atomic: 20ms, 2.0 times as fast
	// blocks: 1ms, 41.0 times as fast
	// faster: blocks came out 41 times as fast as one lock, between 40 and 42
}

func ExampleCompareAll() {
	text := strings.Repeat("go ", 1000)
	ways, err := bench.CompareAll([]bench.Alternative{
		{Name: "Fields", Run: func() { _ = len(strings.Fields(text)) }},
		{Name: "Count", Run: func() { _ = strings.Count(text, " ") }},
	}, bench.Repeats(6))
	if err != nil {
		log.Fatal(err)
	}
	if err := ways.WriteCSV(io.Discard); err != nil { // or ways.Save("ways.csv"), ways.Save("ways.png")
		log.Fatal(err)
	}
	fmt.Println(len(ways.Timings), "ways timed")
	// Output: 2 ways timed
}

func ExampleGustafson() {
	law := bench.Gustafson{Serial: 0.1}
	fmt.Printf("%.1f on 8 processors\n", law.Speedup(8))
	// Output: 7.3 on 8 processors
}

// How much faster do more workers make it?
func ExampleSweep() {
	x := make([]float64, 1<<16)
	result, err := bench.Sweep([]int{1, 2}, func(p int) {
		if _, err := parlib.Sum(x, parlib.Workers(p)); err != nil {
			panic(err) // becomes the error of Sweep, with p and the repetition
		}
	}, bench.Title("Sum of 65536 numbers"), bench.Repeats(6))
	if err != nil {
		log.Fatal(err)
	}
	for _, row := range result.Rows() { // in a notebook result shows itself
		fmt.Println(row.Workers, row.Speedup > 0, row.Efficiency > 0)
	}
	// Output:
	// 1 true true
	// 2 true true
}

func ExampleCompare() {
	x := make([]float64, 1<<12)
	c, err := bench.Compare(
		func() {
			for i := range x {
				x[i] = math.Sin(float64(i))
			}
		},
		func() {
			for i := range x {
				x[i] = float64(i)
			}
		}, bench.Repeats(6))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("times of each:", len(c.Before), len(c.After))
	_ = c.Verdict() // faster: the second way came out 20 times as fast as the first, between 19 and 21
	// Output: times of each: 6 6
}

// A panic says on how many workers, and in which repetition.
func ExampleRunError() {
	_, err := bench.Sweep([]int{1, 2}, func(p int) {
		if p == 2 {
			panic("no second worker")
		}
	})
	var run *bench.RunError
	if errors.As(err, &run) {
		fmt.Println(run.Name, run.Repetition)
	}
	// Output: 2 workers 0
}

func ExampleAmdahl() {
	law := bench.Amdahl{Serial: 0.1}
	fmt.Printf("%.2f on 8 processors, never more than %.0f\n", law.Speedup(8), law.Limit())
	// Output: 4.71 on 8 processors, never more than 10
}

func ExampleChart() {
	chart := bench.Chart{Title: "Squares", XLabel: "x", YLabel: "x²", Series: []bench.Series{
		{Name: "squares", Points: []bench.XY{{X: 1, Y: 1}, {X: 2, Y: 4}, {X: 3, Y: 9}}},
	}}
	fmt.Print(chart) // in a notebook it draws itself
	// Output:
	// Squares
	// x  squares
	// 1  1
	// 2  4
	// 3  9
}
