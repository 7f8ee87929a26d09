//go:build !race

// The race detector makes sync.Pool forget at random.

package parlib

import (
	"testing"

	"github.com/warren-go/warren/parlib/schedule"
	"github.com/warren-go/warren/parlib/team"
)

func TestLoopsDoNotAllocate(t *testing.T) {
	body, spans := func(int) {}, func(int, int) {}
	tm, err := team.New(2)
	if err != nil {
		t.Fatal(err)
	}
	defer tm.Close()
	dynamic := schedule.Dynamic(5)
	for name, loop := range map[string]func(){
		"For":      func() { For(10, body, On(tm)) },
		"ForRange": func() { ForRange(10, spans, On(tm), Schedule(dynamic)) },
		"tried":    func() { For(10, body) },
		"ranges":   func() { ForRange(10, spans) },
	} {
		if n := testing.AllocsPerRun(1000, loop); n >= 1 {
			t.Errorf("%s allocates %v times", name, n)
		}
	}
}
