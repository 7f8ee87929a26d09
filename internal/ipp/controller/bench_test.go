package controller

import (
	"fmt"
	"syscall"
	"testing"
	"time"
)

// Client, controller and engines share the processors of one process, as they do on a student's machine.

// BenchmarkTasks sends empty tasks one by one, as many as there are, and takes the replies as they come.
func BenchmarkTasks(b *testing.B) {
	for _, engines := range []int{1, 2, 4} {
		b.Run(fmt.Sprintf("engines=%d", engines), func(b *testing.B) {
			c := start(b)
			for range engines {
				c.engine()
			}
			k := c.client()
			k.quiet()
			m := message{kind: "apply_request", content: fields{}, buffers: [][]byte{[]byte("f")}}
			b.ReportAllocs()
			before := processor(b)
			b.ResetTimer()
			go func() {
				for range b.N {
					k.send("task", m)
				}
			}()
			for range b.N {
				<-k.links["task"].Messages()
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "tasks/s")
			reportProcessor(b, before)
		})
	}
}

// BenchmarkDirect waits for each reply before it sends the next request.
func BenchmarkDirect(b *testing.B) {
	for _, size := range []int{1, 1 << 10, 1 << 20} {
		b.Run(fmt.Sprintf("bytes=%d", size), func(b *testing.B) {
			c := start(b)
			e := c.engine()
			k := c.client()
			k.quiet()
			m := message{kind: "apply_request", content: fields{}, buffers: [][]byte{make([]byte, size)}}.on(c.uuid(e.id))
			b.SetBytes(int64(2 * size))
			b.ReportAllocs()
			before := processor(b)
			for b.Loop() {
				k.send("mux", m)
				<-k.links["mux"].Messages()
			}
			reportProcessor(b, before)
		})
	}
}

// processor is the processor time that this process has used. Other than the time on the clock, it means something on a machine that
// has other things to do.
func processor(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func reportProcessor(b *testing.B, before time.Duration) {
	b.ReportMetric(float64((processor(b)-before).Nanoseconds())/float64(b.N), "cpu-ns/op")
}
