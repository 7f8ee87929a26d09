package main

import (
	"bufio"
	"context"
	"fmt"
	"math"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

type tree struct {
	left, right *tree
	name        string
	tags        map[string]*tree
}

var (
	root    *tree
	nodes   []*tree
	byName  = map[string]*tree{}
	counter atomic.Int64
	once    sync.Once
	fib     = func(n int) int { return n }
)

func grow(depth int) *tree {
	if depth == 0 {
		return nil
	}
	t := &tree{left: grow(depth - 1), right: grow(depth - 1), name: fmt.Sprint("n", depth)}
	t.tags = map[string]*tree{t.name: t.left}
	return t
}

func (t *tree) count() int {
	if t == nil {
		return 0
	}
	return 1 + t.left.count() + t.right.count()
}

//go:noinline
func fail(depth int) int {
	if depth == 0 {
		var t *tree
		return len(t.name)
	}
	return fail(depth-1) + 1
}

func recovered() (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("recovered: %v", r)
			stack := string(debug.Stack())
			fmt.Println(strings.Count(stack, ".fail("), strings.Contains(stack, "running.go:"), strings.Contains(stack, ".recovered"))
		}
	}()
	fail(3)
	return nil
}

func stress() {
	for i := range 20 {
		root = grow(10)
		nodes = append(nodes, root.left)
		byName[fmt.Sprint(i)] = root.right
		runtime.GC()
	}
	total := root.count()
	for _, n := range nodes {
		total += n.count()
	}
	for _, n := range byName {
		total += n.count()
	}
	fmt.Println("nodes", total, len(root.tags))
}

func deep(n int) int { // grows the stack
	var pad [100]int
	pad[n%100] = n
	if n == 0 {
		return pad[0]
	}
	return deep(n-1) + pad[n%100] - n
}

func pipeline() {
	in, out, done := make(chan int), make(chan int), make(chan struct{})
	var wg sync.WaitGroup
	for range 4 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for v := range in {
				counter.Add(1)
				out <- v * v
			}
		}()
	}
	go func() { wg.Wait(); close(done) }()
	go func() {
		for i := range 100 {
			in <- i
		}
		close(in)
	}()
	sum := 0
	for {
		select {
		case v := <-out:
			sum += v
			continue
		case <-done:
		}
		break
	}
	fmt.Println(sum, counter.Load())
}

func init() {
	fib = func(n int) int {
		if n < 2 {
			return n
		}
		return fib(n-1) + fib(n-2)
	}
}

func Run() {
	fmt.Println("== running")
	pipeline()
	fmt.Println(recovered(), deep(10000), fib(20))
	once.Do(stress)
	fired := make(chan string)
	time.AfterFunc(time.Millisecond, func() { fired <- "timer" })
	select {
	case s := <-fired:
		fmt.Println(s)
	case <-time.After(5 * time.Second):
		fmt.Println("no timer")
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	<-ctx.Done()
	fmt.Println(ctx.Err(), math.Sqrt(2) > 1.41, math.Floor(2.5))
	scan := bufio.NewScanner(strings.NewReader("a\nb"))
	for scan.Scan() {
		fmt.Fprintln(os.Stdout, scan.Text())
	}
	func() {
		defer func() { fmt.Println(recover()) }()
		var a any = "text"
		fmt.Println(a.(int))
	}()
	func() {
		defer func() { fmt.Println(recover()) }()
		var a any = root
		fmt.Println(a.(fmt.Stringer))
	}()
	func() {
		defer func() { fmt.Println(recover()) }()
		xs, i := []int{1}, 5
		fmt.Println(xs[i])
	}()
	_, file, line, ok := runtime.Caller(0)
	fmt.Println(file[strings.LastIndex(file, "/")+1:], line, ok)
	spin := make(chan int)
	var stop atomic.Bool
	go func() { // stopped by asynchronous preemption only
		n := 0
		for !stop.Load() {
			n++
		}
		spin <- n
	}()
	for range 5 {
		runtime.GC()
	}
	stop.Store(true)
	fmt.Println(<-spin > 0)
}
