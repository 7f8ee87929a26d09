package parlib

import (
	"slices"
	"strings"
	"testing"
)

func TestThreadsThatWaitForEachOthersCriticalSectionsAreAnError(t *testing.T) {
	for _, c := range []struct {
		name string
		n    int
		body func(*Thread)
		want []string
	}{
		{"itself", 1, func(th *Thread) {
			th.Critical("a", func() { th.Critical("a", func() { t.Error("a section within itself") }) })
		}, []string{`thread 0 waits for "a", where thread 0 is`}},
		{"in different orders", 3, func(th *Thread) {
			names := []string{"a", "b", "c"}
			th.Critical(names[th.ID()], func() {
				th.Barrier() // all have one
				th.Critical(names[(th.ID()+1)%3], func() {})
			})
		}, []string{`waits for "b", where thread 1 is`}},
		{"a barrier in a section", 2, func(th *Thread) {
			th.Critical("a", th.Barrier)
		}, []string{`waits for Critical("a"), where thread`}},
		{"a barrier in a section of one thread", 2, func(th *Thread) {
			th.Critical("a", func() {
				if th.ID() == 0 {
					th.Barrier()
				}
			})
		}, []string{"which waits for others itself", "wait at a barrier that the others have not come to"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for range 50 {
				within(t, c.name, func() {
					err := Region(c.n, c.body)
					has := func(want string) bool { return err != nil && strings.Contains(err.Error(), want) }
					if !slices.ContainsFunc(c.want, has) {
						t.Errorf("error is %v, want one with one of %q", err, c.want)
					}
				})
			}
		})
	}
}

func TestNestedCriticalSectionsInOneOrderAreNoError(t *testing.T) {
	n := 0
	inRegion(t, 4, func(th *Thread) {
		for range 1000 {
			th.Critical("a", func() { th.Critical("b", func() { n++ }) })
		}
	})
	if n != 4000 {
		t.Errorf("%d of 4000 sections ran", n)
	}
}
