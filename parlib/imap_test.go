package parlib

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
)

// naturals is a sequence without end; pulled counts what was taken from it.
func naturals(pulled *int) iter.Seq[int] {
	return func(yield func(int) bool) {
		for i := 0; ; i++ {
			*pulled++
			if !yield(i) {
				return
			}
		}
	}
}

type imap func(*Pool, iter.Seq[int], func(int) int, ...PoolOption) iter.Seq2[int, error]

var imaps = map[string]imap{"Imap": Imap[int, int], "ImapUnordered": ImapUnordered[int, int]}

func TestStreamsYieldEachResultOnce(t *testing.T) {
	for name, imap := range imaps {
		for _, workers := range []int{1, 2, 5} {
			for _, n := range []int{0, 1, 7, 1000} {
				for _, options := range [][]PoolOption{nil, {Chunk(3)}, {Chunk(2000)}, {Window(1)}} {
					p := newPool(t, workers)
					var got []int
					within(t, name, func() {
						for r, err := range imap(p, slices.Values(count(n)), square, options...) {
							if err != nil {
								t.Error(err)
							}
							got = append(got, r)
						}
					})
					if name == "ImapUnordered" {
						slices.Sort(got)
					}
					if len(got) != n {
						t.Fatalf("%s, %d workers, %d items: %d results", name, workers, n, len(got))
					}
					for i, r := range got {
						if r != i*i {
							t.Fatalf("%s, %d workers, %d items: result %d is %d", name, workers, n, i, r)
						}
					}
				}
			}
		}
	}
}

func TestUnorderedStreamDoesNotWaitForTheSlow(t *testing.T) {
	p := newPool(t, 2)
	release := make(chan struct{})
	var got []int
	within(t, "a stream with a slow item", func() {
		for r := range ImapUnordered(p, slices.Values(count(20)), func(x int) int {
			if x == 0 {
				<-release
			}
			return x
		}, Window(2)) {
			got = append(got, r)
			if len(got) == 19 {
				close(release)
			}
		}
	})
	if len(got) != 20 || got[19] != 0 {
		t.Errorf("results came as %v", got)
	}
}

func TestStreamTakesNoMoreThanItsWindow(t *testing.T) {
	for name, imap := range imaps {
		p := newPool(t, 3)
		pulled, consumed := 0, 0
		for range imap(p, naturals(&pulled), square, Window(5), Chunk(2)) {
			consumed++
			if ahead := pulled - consumed; ahead > 5*2 {
				t.Errorf("%s: %d items are taken and not consumed", name, ahead)
			}
			if consumed == 100 {
				break
			}
		}
		if consumed != 100 {
			t.Errorf("%s: %d results", name, consumed)
		}
	}
}

func TestStreamThatIsLeftHasNoWorkInHand(t *testing.T) {
	for name, imap := range imaps {
		p := newPool(t, 4)
		var now atomic.Int64
		pulled := 0
		within(t, name, func() {
			for range imap(p, naturals(&pulled), func(x int) int {
				now.Add(1)
				defer now.Add(-1)
				runtime.Gosched()
				return x
			}) {
				if pulled > 50 {
					break
				}
			}
		})
		if now.Load() != 0 {
			t.Errorf("%s: %d items are still worked on", name, now.Load())
		}
		func() {
			defer func() {
				if recover() != "the consumer's own" {
					t.Error("the consumer's panic is lost")
				}
			}()
			for range imap(p, naturals(&pulled), square) {
				panic("the consumer's own")
			}
		}()
		meet(t, p, 4)
	}
}

func TestStreamEndsAtTheFirstFailureOrGoesOn(t *testing.T) {
	f := func(x int) int {
		if x == 5 || x == 8 {
			panic("no")
		}
		return x
	}
	for _, options := range [][]PoolOption{{Chunk(1)}, {Chunk(4)}} {
		p := newPool(t, 2, options...)
		var got []string
		for r, err := range Imap(p, slices.Values(count(10)), f) {
			got = append(got, outcome(r, err))
		}
		if want := "0 1 2 3 4 item5"; strings.Join(got, " ") != want {
			t.Errorf("got %v, want %s", got, want)
		}
		got = nil
		for r, err := range Imap(p, slices.Values(count(10)), f, FinishAll()) {
			got = append(got, outcome(r, err))
		}
		if want := "0 1 2 3 4 item5 6 7 item8 9"; strings.Join(got, " ") != want {
			t.Errorf("got %v, want %s", got, want)
		}
	}
}

func outcome(r int, err error) string {
	var item *ItemError
	if errors.As(err, &item) && strings.Contains(err.Error(), fmt.Sprintf("Imap: item %d (%d): panic at ", item.Index, item.Index)) {
		return fmt.Sprint("item", item.Index)
	}
	return fmt.Sprint(r)
}

func TestStreamSurvivesGoexit(t *testing.T) {
	p := newPool(t, 3)
	within(t, "a stream whose function ends its goroutine", func() {
		done := make(chan struct{})
		go func() { // which the function may end, too
			defer close(done)
			for _, err := range Imap(p, slices.Values(count(100)), func(x int) int { runtime.Goexit(); return x }) {
				if err == nil || !strings.Contains(err.Error(), "Goexit") {
					t.Errorf("error is %v", err)
				}
			}
		}()
		<-done
	})
	meet(t, p, 3)
}

func TestStreamEndsWithItsContext(t *testing.T) {
	cause := errors.New("the student pressed stop")
	for name, imap := range map[string]func(context.Context, *Pool, iter.Seq[int], func(context.Context, int) (int, error), ...PoolOption) iter.Seq2[int, error]{
		"ImapContext": ImapContext[int, int], "ImapUnorderedContext": ImapUnorderedContext[int, int],
	} {
		for _, workers := range []int{1, 3} {
			p := newPool(t, workers)
			ctx, cancel := context.WithCancelCause(t.Context())
			pulled, good := 0, 0
			var last error
			within(t, name, func() {
				for _, err := range imap(ctx, p, naturals(&pulled), func(_ context.Context, x int) (int, error) { return x, nil }) {
					last = err
					if good++; good == 20 {
						cancel(cause)
					}
				}
			})
			if !errors.Is(last, cause) || !strings.Contains(last.Error(), "parlib: "+name+": stopped after 20 items") {
				t.Errorf("the last error is %v", last)
			}
		}
	}
}

func TestBadStreamsYieldOneError(t *testing.T) {
	p, closed := newPool(t, 2), newPool(t, 2)
	closed.Close()
	items := slices.Values(count(3))
	for _, c := range []struct {
		name    string
		results iter.Seq2[int, error]
		want    string
	}{
		{"nil pool", Imap(nil, items, square), "Imap: the pool is nil"},
		{"closed pool", ImapUnordered(closed, items, square), "ImapUnordered: the pool is closed"},
		{"nil function", Imap[int, int](p, items, nil), "the function is nil"},
		{"nil sequence", Imap(p, nil, square), "the sequence of items is nil"},
		{"nil context", ImapContext(nilContext(), p, items, func(context.Context, int) (int, error) { return 0, nil }), "the context is nil"},
		{"bad option", Imap(p, items, square, Window(0)), "window is 0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := 0
			for _, err := range c.results {
				n++
				if err == nil || !strings.Contains(err.Error(), c.want) {
					t.Errorf("error is %v, want one with %q", err, c.want)
				}
			}
			if n != 1 {
				t.Errorf("%d results", n)
			}
		})
	}
}

func TestNestedStreamsDoNotHang(t *testing.T) {
	p := newPool(t, 2)
	within(t, "a stream in a stream", func() {
		total := 0
		for sum, err := range Imap(p, slices.Values(count(10)), func(x int) int {
			s := 0
			for r := range ImapUnordered(p, slices.Values(count(x)), square) {
				s += r
			}
			return s
		}) {
			if err != nil {
				t.Error(err)
			}
			total += sum
		}
		if total != 540 {
			t.Errorf("total is %d, want 540", total)
		}
	})
}
