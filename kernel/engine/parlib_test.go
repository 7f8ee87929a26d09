package engine

import (
	"strings"
	"testing"
	"time"
)

// The workers of a pool are goroutines of the cell that made it, but work for others: they must end what the cell at hand
// began, and live on.
func TestInterruptEndsCallsOnAPoolOfAnEarlierCell(t *testing.T) {
	n := newNotebook(t)
	defer n.Close()
	if err := n.run(newCollected(), "pool, _ := parlib.NewPool(3)\nsquare := func(x int) int { return x * x }", 0); err != nil {
		t.Fatal(err)
	}
	for _, code := range []string{
		"parlib.Map(pool, make([]int, 30), func(int) int { for {} })",
		"parlib.Map(pool, make([]int, 30), func(int) int { time.Sleep(time.Hour); return 0 })",
		"parlib.Map(pool, make([]int, 30), func(int) int { for {} }, parlib.FinishAll())",
		"parlib.Map(pool, make([]int, 1<<22), func(int) error { return exec.Command(\"sleep\", \"0.001\").Run() })",
		"parlib.Map(pool, make([]int, 1<<22), func(int) error { return exec.Command(\"sleep\", \"0.001\").Run() }, parlib.FinishAll(), parlib.Chunk(1<<20))",
		"for range parlib.Imap(pool, slices.Values(make([]int, 1<<22)), func(int) error { return exec.Command(\"sleep\", \"0.001\").Run() }, parlib.Chunk(1<<20)) {\n}",
		"parlib.ApplyAsync(pool, func() int { for {} }).Get()",
		"parlib.MapAsync(pool, make([]int, 30), func(int) int { for {} }).Get()",
		"for range parlib.Imap(pool, slices.Values(make([]int, 30)), func(int) int { for {} }) {\n}",
		"coord.Go(context.Background(), func(context.Context) (int, error) { for {} }).Get()",
		"for {\n\tparlib.Map(pool, []int{1, 2, 3}, square)\n}",
	} {
		begin := time.Now()
		if err := n.run(newCollected(), code, 300*time.Millisecond); err == nil || err.Name != "interrupted" || strings.Contains(err.Value, "left") {
			t.Errorf("%s\nended with %v", code, err)
		}
		t.Logf("%v: %s", time.Since(begin).Round(time.Millisecond), code)
		out := newCollected()
		if err := n.run(out, "fmt.Println(parlib.Map(pool, []int{1, 2, 3}, square))", 0); err != nil || out.text("stdout") != "[1 4 9] <nil>\n" {
			t.Errorf("after %s\nthe pool is broken: %v, printed %q", code, err, out.text("stdout"))
		}
	}
}

// The shared team's workers belong to no cell, but carry the labels of the one that they work for.
func TestInterruptEndsLoopsAndLeavesTheTeamWhole(t *testing.T) {
	n := newNotebook(t)
	defer n.Close()
	for _, code := range []string{
		"parlib.For(30, func(int) { for {} })",
		"parlib.For(1<<60, func(int) {})",
		"parlib.For(1<<60, func(int) {}, parlib.Workers(5), parlib.Schedule(schedule.Dynamic(1)))",
		"parlib.ForRange(30, func(lo, hi int) { for {} })",
		"parlib.Region(3, func(t *parlib.Thread) { for { t.Barrier() } })",
		"parlib.Tasks(func(t *parlib.Task) { for { t.Spawn(func(*parlib.Task) {}); t.Sync() } })",
		"for {\n\tparlib.Sum([]int{1, 2, 3})\n}",
		"func() {\n\tif err := parlib.For(30, func(int) { for {} }); err != nil {\n\t\tpanic(err)\n\t}\n}()",
	} {
		begin := time.Now()
		if err := n.run(newCollected(), code, 300*time.Millisecond); err == nil || err.Name != "interrupted" || strings.Contains(err.Value, "left") {
			t.Errorf("%s\nended with %v", code, err)
		}
		t.Logf("%v: %s", time.Since(begin).Round(time.Millisecond), code)
		out := newCollected()
		count := "var all sync.WaitGroup\nall.Add(2)\nerr := parlib.Region(2, func(*parlib.Thread) { all.Done(); all.Wait() })\nfmt.Println(err)"
		if err := n.run(out, count, 0); err != nil || out.text("stdout") != "<nil>\n" {
			t.Errorf("after %s\nthe team is broken: %v, printed %q", code, err, out.text("stdout"))
		}
	}
}
