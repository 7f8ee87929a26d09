package engine

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/warren-go/warren/internal/function"
	"github.com/warren-go/warren/kernel/build"
)

// apply does what a client asks for, and returns the values that it gets.
func (n *notebook) apply(message [][]byte) ([]any, *CellError) {
	n.Helper()
	n.count++
	result, err := n.Apply(n.Context(), Call{Buffers: message, Count: n.count}, newCollected())
	if known, ok := errors.AsType[*CellError](err); ok {
		return nil, known
	}
	if err != nil {
		n.Fatal(err)
	}
	values, err := function.Decode[any](result)
	if err != nil {
		n.Fatal(err)
	}
	list, _ := values.([]any) // nil for those set
	return list, nil
}

func (n *notebook) set(values map[string]any) *CellError {
	n.Helper()
	message, err := function.EncodeSet(values)
	if err != nil {
		n.Fatal(err)
	}
	_, failed := n.apply(message)
	return failed
}

// What clients set, cells see, and the other way round.
func TestClientsShareTheVariablesOfCells(t *testing.T) {
	n := newNotebook(t)
	defer n.Close()
	if err := n.set(map[string]any{"a": 3, "b": []float64{1, 2}, "m": map[string]int{"x": 1}}); err != nil {
		t.Fatal(err)
	}
	out := newCollected()
	if err := n.run(out, "b = append(b, float64(a))\nc := \"text\"\nfunc Twice(x int) int { return 2 * x }\nm[\"x\"]", 0); err != nil {
		t.Fatal(err)
	}
	if got := out.results[0].Data["text/plain"]; got != "1" {
		t.Errorf("m: %v", got)
	}
	tests := []struct {
		set  map[string]any
		get  string
		want any
	}{
		{nil, "b", []float64{1, 2, 3}},
		{nil, "c", "text"},
		{nil, "Twice(a) + 1", 7},
		{nil, "len(b)", 3},
		{map[string]any{"a": 4}, "a", 4},
		{map[string]any{"a": "four"}, "a", "four"}, // of another type now
		{map[string]any{"Twice": 2.5}, "Twice", 2.5},
	}
	for _, test := range tests {
		if test.set != nil {
			if err := n.set(test.set); err != nil {
				t.Errorf("%v: %v", test.set, err)
			}
		}
		got, err := n.apply(function.EncodeGet([]string{test.get}))
		if err != nil || len(got) != 1 || !reflect.DeepEqual(got[0], test.want) {
			t.Errorf("%s: got %v, %v, want %v", test.get, got, err, test.want)
		}
	}
}

func TestCallsThatCannotBeDone(t *testing.T) {
	n := newNotebook(t)
	defer n.Close()
	tests := map[string]struct {
		message [][]byte
		name    string
		text    string
	}{
		"unknown name":  {function.EncodeGet([]string{"nobody"}), "compile error", "undefined: nobody"},
		"no value":      {function.EncodeGet([]string{"func() {}()"}), "error", "has no value"},
		"panic":         {function.EncodeGet([]string{`func() int { panic("oh") }()`}), "panic", "oh"},
		"no message":    {[][]byte{[]byte("x")}, "error", "no request of ipyparallel"},
		"nothing":       {nil, "error", "no request of ipyparallel"},
		"not a message": {[][]byte{[]byte(function.Magic + "\xff")}, "error", "function: "},
	}
	for name, test := range tests {
		if _, err := n.apply(test.message); err == nil || err.Name != test.name || !strings.Contains(err.Value, test.text) {
			t.Errorf("%s: got %+v", name, err)
		}
	}
	if err := n.set(map[string]any{"not a name": 1}); err == nil || !strings.Contains(err.Value, "name of a Go variable") {
		t.Errorf("got %v", err)
	}
	if got, err := n.apply(function.EncodeGet([]string{"1+1"})); err != nil || got[0] != 2 {
		t.Errorf("afterwards: %v, %v", got, err)
	}
}

// A call ends as cells do, by an interrupt or with its worker; the session goes on.
func TestCallsEndAsCellsDo(t *testing.T) {
	n := newNotebook(t)
	defer n.Close()
	if err := n.set(map[string]any{"lost": 1}); err != nil {
		t.Fatal(err)
	}
	stop := time.AfterFunc(300*time.Millisecond, n.Interrupt)
	defer stop.Stop()
	if _, err := n.apply(function.EncodeGet([]string{"func() int { for { } }()"})); err == nil || err.Name != "interrupted" {
		t.Errorf("got %v", err)
	}
	_, err := n.apply(function.EncodeGet([]string{"func() int { syscall.Kill(os.Getpid(), syscall.SIGKILL); for { time.Sleep(1) } }()"}))
	if err == nil || err.Name != "worker died" || !strings.Contains(strings.Join(err.Traceback, "\n"), "lost") {
		t.Errorf("got %v", err)
	}
	if _, err := n.apply(function.EncodeGet([]string{"lost"})); err == nil || !strings.Contains(err.Value, "lost") {
		t.Errorf("got %v", err)
	}
	if got, err := n.apply(function.EncodeGet([]string{"1+1"})); err != nil || got[0] != 2 {
		t.Errorf("afterwards: %v, %v", got, err)
	}
}

// A call that never comes back takes nothing from what follows, even if it does come back.
func TestAbandonedCallsTakeNoResults(t *testing.T) {
	n := newNotebook(t)
	defer n.Close()
	n.must("ch := make(chan int)")
	if _, err := n.apply(function.EncodeGet([]string{"<-ch"})); err == nil || err.Name != "deadlock" {
		t.Errorf("got %v", err)
	}
	for _, code := range []string{"1+1", "ch <- 3", "1+1"} {
		out := newCollected()
		if err := n.run(out, code, 0); err != nil {
			t.Fatalf("%s: %v", code, err)
		}
		if code != "1+1" {
			continue
		}
		if len(out.results) != 1 || out.results[0].Data["text/plain"] != "2" {
			t.Errorf("%s: %v", code, out.results)
		}
	}
	if got, err := n.apply(function.EncodeGet([]string{"1+1"})); err != nil || len(got) != 1 || got[0] != 2 {
		t.Errorf("afterwards: %v, %v", got, err)
	}
}

// An interrupt may come before the engine knows that there is something to interrupt.
func TestCallsThatWereInterruptedBeforeDoNotRun(t *testing.T) {
	n := newNotebook(t)
	defer n.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range 20 { // the engine may also notice while it waits to be ready
		if _, err := n.Apply(ctx, Call{Buffers: function.EncodeIdentity(), Count: 1}, newCollected()); err == nil || !strings.Contains(err.Error(), "interrupted") {
			t.Fatalf("got %v", err)
		}
	}
}

func BenchmarkApply(b *testing.B) {
	e := semanticEngine(b, build.Options{})
	message := function.EncodeIdentity()
	out := newCollected()
	for b.Loop() {
		if _, err := e.Apply(b.Context(), Call{Buffers: message, Count: 1}, out); err != nil {
			b.Fatal(err)
		}
	}
}
