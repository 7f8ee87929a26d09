package cluster

import (
	"errors"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// oneRebuilt is a cluster of two engines, of which one is of another build.
func oneRebuilt(t *testing.T, other int) *Cluster {
	t.Helper()
	path := rebuilt(t)
	return startN(t, 2, LaunchBy(func(l Launch) (*exec.Cmd, error) {
		program := "/proc/self/exe"
		if l.ID == other {
			program = path
		}
		cmd := exec.Command(program)
		cmd.Env = append(os.Environ(), envID+"="+strconv.Itoa(l.ID))
		return cmd, nil
	}))
}

func TestSharesOfAnEngineOfAnotherBuildGoToOthersOrFail(t *testing.T) {
	c := oneRebuilt(t, 0)
	for range 2 { // the second time it is known what the engine is
		got, err := Map(c.Direct(), numbers(1000), square)
		if err != nil || got[1] != 1 || got[999] != 999*999 {
			t.Errorf("a map: %v", err)
		}
		pids, err := Apply[int](within(t), c.Direct(), pid)
		var e *EngineError
		if !errors.As(err, &e) || e.Engine != 0 || !strings.Contains(err.Error(), "different programs") || len(pids) != 2 || pids[1] == 0 {
			t.Errorf("a call of all: %v, %v", pids, err)
		}
		if _, err = Call[int](within(t), c.Direct(), pid); err == nil || !strings.Contains(err.Error(), "different programs") {
			t.Errorf("a call of the first: %v", err)
		}
	}
}

func TestSharesOfEnginesThatFollowRulesOutGoToOthersOrFail(t *testing.T) {
	c := startN(t, 2)
	for id := range 2 {
		at := CallAsync[int](within(t), c.Direct(id), pid)
		got, err := Map(c.Direct(), numbers(1000), square, Follow(at))
		if err != nil || !slices.Equal(got[:4], []int{0, 1, 4, 9}) || got[999] != 999*999 {
			t.Errorf("a map that follows engine %d: %v", id, err)
		}
		pids, err := Apply[int](within(t), c.Direct().With(Follow(at)), pid)
		if p, _ := at.Get(); !errors.Is(err, ErrNoEngines) || len(pids) != 2 || pids[id] != p || pids[1-id] != 0 {
			t.Errorf("a call of all that follows engine %d: %v, %v", id, pids, err)
		}
	}
}
