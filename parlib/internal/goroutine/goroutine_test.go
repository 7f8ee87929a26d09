package goroutine

import (
	"context"
	"fmt"
	"runtime"
	"runtime/pprof"
	"strings"
	"testing"
)

func TestLabelsCanBePassedOn(t *testing.T) {
	if GetLabels() != nil {
		t.Error("a goroutine without labels has some")
	}
	pprof.SetGoroutineLabels(pprof.WithLabels(context.Background(), pprof.Labels("run", "7")))
	defer SetLabels(nil)
	mine := GetLabels()
	passed := make(chan Labels)
	go func() {
		SetLabels(nil)
		SetLabels(mine)
		passed <- GetLabels()
	}()
	if got := <-passed; got != mine || got == nil {
		t.Errorf("labels arrive as %v, want %v", got, mine)
	}
}

func TestIDIsTheNumberInTraces(t *testing.T) {
	ids := map[uint64]bool{}
	for range 10 {
		done := make(chan struct{})
		go func() {
			defer close(done)
			buf := make([]byte, 1000)
			trace := string(buf[:runtime.Stack(buf, false)])
			if !strings.HasPrefix(trace, fmt.Sprintf("goroutine %d [", ID())) {
				t.Errorf("ID is %d in %.40q", ID(), trace)
			}
			ids[ID()] = true
		}()
		<-done
	}
	if len(ids) != 10 {
		t.Errorf("10 goroutines have %d numbers", len(ids))
	}
}
