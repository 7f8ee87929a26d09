package observe_test

import (
	"fmt"
	"log"
	"time"

	"github.com/warren-go/warren/parlib"
	"github.com/warren-go/warren/parlib/bench"
	"github.com/warren-go/warren/parlib/observe"
	"github.com/warren-go/warren/parlib/schedule"
)

// A Recorder can watch every loop and every pool.
var _ parlib.Observer = (*observe.Recorder)(nil)

// The second half of the indices is more work than the first, so blocks of equal size are uneven.
func ExampleRecorder() {
	var recorder observe.Recorder
	err := parlib.For(4, func(i int) {
		time.Sleep(time.Duration(1+9*(i/2)) * time.Millisecond)
	}, parlib.Workers(2), parlib.Schedule(schedule.Static()), parlib.Observe(&recorder))
	if err != nil {
		log.Fatal(err)
	}
	timeline := recorder.Timeline() // in a notebook, this as the last line shows the chart
	for _, load := range timeline.Loads() {
		fmt.Printf("worker %d did %d items\n", load.Worker, load.Items)
	}
	_ = timeline.Imbalance() // about 0.8: the slower worker takes 1.8 times as long as the mean
	// Output:
	// worker 0 did 2 items
	// worker 1 did 2 items
}

func ExampleRecorder_Begin() {
	var recorder observe.Recorder
	end := recorder.Begin(0, "compute")
	time.Sleep(2 * time.Millisecond)
	end()
	end = recorder.Begin(0, "wait")
	time.Sleep(time.Millisecond)
	end()
	for _, span := range recorder.Timeline().Lanes[0].Spans {
		fmt.Println(span, span.End > span.Begin)
	}
	// Output:
	// compute true
	// wait true
}

// Two workers count, each in a variable of its own.
func ExampleFalseSharing() {
	probe, err := observe.FalseSharing([]int{1, 2}, bench.Repeats(3), bench.SampleTime(0))
	if err != nil {
		log.Fatal(err)
	}
	for _, curve := range probe.Curves { // in a notebook, probe as the last line shows the chart
		fmt.Printf("counters %s: %d readings in %s\n", curve.Name, len(curve.Readings), probe.Unit)
	}
	// Output:
	// counters next to each other: 2 readings in ns
	// counters 128 bytes apart: 2 readings in ns
}

func ExampleBandwidth() {
	probe, err := observe.Bandwidth([]int{1}, bench.Repeats(1))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(probe.Curves[0].Readings[0].Best > 0, probe.Unit)
	// Output: true GB/s
}

func ExampleLatency() {
	probe, err := observe.Latency([]int{16 << 10, 1 << 20}, bench.Repeats(3))
	if err != nil {
		log.Fatal(err)
	}
	for _, r := range probe.Curves[0].Readings {
		fmt.Println(r.X, "KiB")
	}
	// Output:
	// 16 KiB
	// 1024 KiB
}

func ExampleStride() {
	probe, err := observe.Stride([]int{8, 64}, bench.Repeats(1))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(probe.XLabel, len(probe.Curves[0].Readings))
	// Output: stride (bytes) 2
}
