package profile

import (
	"slices"
	"sync"
	"time"
)

// The functions below stand for those of a cell: the compiler records their lines as a cell's.

//line cell[7]:1
func fib(n int) int {
	if n < 2 {
		return n
	}
	return fib(n-1) + fib(n-2)
}

//go:noinline
func dot(a, b []float64) (s float64) {
	for i := range a {
		s += a[i] * b[i]
	}
	return s
}

//line cell[8]:1
func work(rounds int) (sum float64) {
	a := make([]float64, 1<<14)
	for i := range a {
		a[i] = float64(i * 7919 % 16384)
	}
	for range rounds {
		sum += float64(fib(25))
		for range 60 {
			sum += dot(a, a)
		}
		slices.Sort(slices.Clone(a))
	}
	return sum
}

//line cell[9]:1
func pool(workers, jobs int) {
	tasks, done := make(chan int), make(chan float64, 1)
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for range tasks {
				done <- work(1)
				<-done
			}
		})
	}
	for i := range jobs {
		tasks <- i
	}
	close(tasks)
	wg.Wait()
}

// handOver waits in a send: the receiver comes late.
func handOver() {
	c := make(chan int)
	go func() {
		time.Sleep(60 * time.Millisecond)
		<-c
	}()
	c <- 1
}
