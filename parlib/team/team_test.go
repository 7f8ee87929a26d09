package team_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"runtime/pprof"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/warren-go/warren/parlib/team"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func newTeam(t testing.TB, n int) *team.Team {
	t.Helper()
	tm, err := team.New(n)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		tm.Close()
		within(t, "Join", func() {
			if err := tm.Join(); err != nil {
				t.Error(err)
			}
		})
	})
	return tm
}

// within fails the test where f hangs.
func within(t testing.TB, what string, f func()) {
	t.Helper()
	done := make(chan struct{})
	go func() { defer close(done); f() }()
	select {
	case <-done:
	case <-time.After(20 * time.Second):
		buf := make([]byte, 1<<16)
		t.Fatalf("%s hangs\n%s", what, buf[:runtime.Stack(buf, true)])
	}
}

// calls are the two ways to use a team; what they share is tested on both.
var calls = map[string]func(*team.Team, int, team.Task) error{
	"Run":      (*team.Team).Run,
	"Together": (*team.Team).Together,
}

func TestEachPartIsDoneOnce(t *testing.T) {
	for name, call := range calls {
		for _, size := range []int{1, 2, 3, 8, 70, 130} {
			for _, parts := range []int{1, 2, 3, 7, 100, 200} {
				t.Run(fmt.Sprintf("%s/%d on %d", name, parts, size), func(t *testing.T) {
					tm := newTeam(t, size)
					done := make([]atomic.Int32, parts)
					for round := range int32(3) {
						if err := call(tm, parts, team.Func(func(part int) { done[part].Add(1) })); err != nil {
							t.Fatal(err)
						}
						for part := range done {
							if n := done[part].Load(); n != round+1 {
								t.Fatalf("after round %d part %d was done %d times", round, part, n)
							}
						}
					}
				})
			}
		}
	}
}

// With the workers asleep, awake and half way between.
func TestEachPartIsDoneOnceHoweverLongAgoTheLastCall(t *testing.T) {
	for name, call := range calls {
		t.Run(name, func(t *testing.T) {
			tm := newTeam(t, 3)
			for i := range 300 {
				time.Sleep(time.Duration(i%100) * 2 * time.Microsecond)
				var done atomic.Int32
				if err := call(tm, 3, team.Func(func(int) { done.Add(1) })); err != nil || done.Load() != 3 {
					t.Fatalf("call %d did %d of 3 parts, %v", i, done.Load(), err)
				}
			}
		})
	}
}

func TestTogetherPartsMayWaitForEachOther(t *testing.T) {
	for _, size := range []int{1, 2, 5} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			tm := newTeam(t, size)
			for range 20 {
				var all sync.WaitGroup
				all.Add(5)
				within(t, "Together", func() {
					if err := tm.Together(5, team.Func(func(int) { all.Done(); all.Wait() })); err != nil {
						t.Error(err)
					}
				})
			}
		})
	}
}

func TestCallsInCallsAndFromManyGoroutines(t *testing.T) {
	for name, call := range calls {
		t.Run(name, func(t *testing.T) {
			tm := newTeam(t, 3)
			var done atomic.Int64
			within(t, name, func() {
				var all sync.WaitGroup
				for range 8 {
					all.Go(func() {
						for range 50 {
							err := call(tm, 3, team.Func(func(int) {
								if err := call(tm, 4, team.Func(func(int) { done.Add(1) })); err != nil {
									t.Error(err)
								}
							}))
							if err != nil {
								t.Error(err)
							}
						}
					})
				}
				all.Wait()
			})
			if done.Load() != 8*50*3*4 {
				t.Errorf("%d inner parts done, want %d", done.Load(), 8*50*3*4)
			}
		})
	}
}

func TestABusyTeamLeavesTheWorkToTheCaller(t *testing.T) {
	tm := newTeam(t, 2)
	release := make(chan struct{})
	busy := make(chan struct{})
	var first sync.WaitGroup
	first.Go(func() { // keeps the only worker
		tm.Together(2, team.Func(func(part int) {
			if part == 1 {
				close(busy)
			}
			<-release
		}))
	})
	<-busy
	var done []int
	within(t, "Run beside a busy worker", func() {
		if err := tm.Run(4, team.Func(func(part int) { done = append(done, part) })); err != nil {
			t.Error(err)
		}
	})
	close(release)
	first.Wait()
	if !slices.Equal(done, []int{0, 1, 2, 3}) {
		t.Errorf("the caller did parts %v alone, want 0 to 3", done)
	}
}

func TestPanicsBecomeErrors(t *testing.T) {
	broken := errors.New("broken")
	for name, call := range calls {
		for _, bad := range [][]int{{0}, {1}, {2, 1}, {0, 1, 2, 3}} {
			t.Run(fmt.Sprintf("%s/%v", name, bad), func(t *testing.T) {
				tm := newTeam(t, 4)
				err := call(tm, 4, team.Func(func(part int) {
					if slices.Contains(bad, part) {
						panic(broken)
					}
				}))
				var part *team.PartError
				var p *team.PanicError
				if !errors.As(err, &part) || part.Part != slices.Min(bad) {
					t.Fatalf("got %v, want the failure of part %d", err, slices.Min(bad))
				}
				if !errors.As(err, &p) || !errors.Is(err, broken) || !strings.Contains(p.Where, "team_test.go:") {
					t.Errorf("got %v, want the panic's value and place", err)
				}
				if err := call(tm, 4, team.Func(func(int) {})); err != nil {
					t.Errorf("the next call: %v", err)
				}
			})
		}
	}
}

func TestGoexitInAWorkerIsAnErrorAndItsPlaceIsFilled(t *testing.T) {
	tm := newTeam(t, 2)
	for range 10 {
		err := tm.Together(2, team.Func(func(part int) {
			if part == 1 {
				runtime.Goexit()
			}
		}))
		if !errors.Is(err, team.ErrGoexit) {
			t.Fatalf("got %v, want ErrGoexit", err)
		}
	}
	var all sync.WaitGroup
	all.Add(2)
	within(t, "Together", func() { tm.Together(2, team.Func(func(int) { all.Done(); all.Wait() })) })
}

func TestGoexitInTheCallerLeavesTheTeamUsable(t *testing.T) {
	for name, call := range calls {
		t.Run(name, func(t *testing.T) {
			tm := newTeam(t, 2)
			gone := make(chan struct{})
			go func() {
				defer close(gone)
				call(tm, 2, team.Func(func(part int) {
					if part == 0 {
						runtime.Goexit()
					}
				}))
			}()
			<-gone
			var all sync.WaitGroup
			all.Add(2)
			within(t, "Together", func() { tm.Together(2, team.Func(func(int) { all.Done(); all.Wait() })) })
		})
	}
}

func TestWorkersCarryTheCallersLabels(t *testing.T) {
	tm := newTeam(t, 3)
	labelled := func() (n int) {
		var all, counted sync.WaitGroup
		all.Add(3)
		counted.Add(1)
		tm.Together(3, team.Func(func(part int) {
			all.Done()
			all.Wait()
			if part == 0 {
				var b strings.Builder
				pprof.Lookup("goroutine").WriteTo(&b, 1)
				for _, group := range strings.Split(b.String(), "\n\n") {
					var goroutines int
					if strings.Contains(group, `"cell":"7"`) {
						fmt.Sscan(group[strings.LastIndex(group[:strings.Index(group, " @")], "\n")+1:], &goroutines)
						n += goroutines
					}
				}
				counted.Done()
			}
			counted.Wait()
		}))
		return n
	}
	pprof.Do(context.Background(), pprof.Labels("cell", "7"), func(context.Context) {
		if n := labelled(); n != 3 {
			t.Errorf("%d goroutines carry the caller's label at work, want 3", n)
		}
	})
	if n := labelled(); n != 0 {
		t.Errorf("%d goroutines carry the label in the next call, want 0", n)
	}
}

func TestBadInput(t *testing.T) {
	nothing := team.Func(func(int) {})
	tm := newTeam(t, 2)
	closed := newTeam(t, 2)
	closed.Close()
	for _, c := range []struct {
		name string
		call func() error
		want string
	}{
		{"size", func() error { _, err := team.New(0); return err }, "size is 0; it must be between 1 and 65536"},
		{"size beyond memory", func() error { _, err := team.New(math.MaxInt); return err }, "size is 9223372036854775807"},
		{"parts together beyond memory", func() error { return tm.Together(math.MaxInt, nothing) }, "Together: number of parts is 9223372036854775807"},
		{"parts beyond counting", func() error { return tm.Run(math.MaxInt, nothing) }, "Run: number of parts is 9223372036854775807"},
		{"parts", func() error { return tm.Run(-3, nothing) }, "number of parts is -3"},
		{"parts together", func() error { return tm.Together(0, nothing) }, "Together: number of parts is 0"},
		{"task", func() error { return tm.Run(2, nil) }, "the task is nil"},
		{"team", func() error { return (*team.Team)(nil).Run(2, nothing) }, "the team is nil"},
		{"closed", func() error { return closed.Run(2, nothing) }, "the team is closed"},
		{"join", func() error { return tm.Join() }, "still open"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := c.call(); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want …%s…", err, c.want)
			}
		})
	}
}

func TestCloseDuringCalls(t *testing.T) {
	for range 50 {
		tm := newTeam(t, 4)
		var all sync.WaitGroup
		for range 3 {
			all.Go(func() {
				for {
					var done atomic.Int32
					err := tm.Run(4, team.Func(func(int) { done.Add(1) }))
					if errors.Is(err, team.ErrClosed) {
						return
					}
					if err != nil || done.Load() != 4 {
						t.Errorf("%d of 4 parts done, %v", done.Load(), err)
						return
					}
				}
			})
		}
		time.Sleep(50 * time.Microsecond)
		tm.Close()
		within(t, "Run", all.Wait)
	}
}

func TestForgottenTeamIsClosed(t *testing.T) {
	before := runtime.NumGoroutine()
	for range 5 {
		tm, err := team.New(4)
		if err != nil {
			t.Fatal(err)
		}
		if err := tm.Run(4, team.Func(func(int) {})); err != nil {
			t.Fatal(err)
		}
	}
	for deadline := time.Now().Add(20 * time.Second); runtime.NumGoroutine() > before; {
		if time.Now().After(deadline) {
			t.Fatalf("%d goroutines, %d before", runtime.NumGoroutine(), before)
		}
		runtime.GC()
		time.Sleep(time.Millisecond)
	}
}

// What the last call worked on is let go of once the workers sleep.
func TestNothingIsKeptAlive(t *testing.T) {
	for name, callersPart := range map[string]time.Duration{
		"call in which the workers stay awake":  0,
		"call in which the workers fall asleep": 20 * time.Millisecond,
	} {
		tm := newTeam(t, 2)
		freed := make(chan struct{})
		func() {
			big := make([]byte, 1<<20)
			runtime.AddCleanup(&big[0], func(struct{}) { close(freed) }, struct{}{})
			tm.Together(2, team.Func(func(part int) {
				big[part]++
				if part == 0 {
					time.Sleep(callersPart)
				}
			}))
		}()
		within(t, name, func() {
			for {
				runtime.GC()
				select {
				case <-freed:
					return
				case <-time.After(time.Millisecond):
				}
			}
		})
	}
}

// Idle workers use no processor: not a matter of how fast they go to sleep, but that they do.
func TestIdleWorkersSleep(t *testing.T) {
	tm := newTeam(t, 4)
	tm.Run(4, team.Func(func(int) {}))
	if !fallsQuiet(t) {
		t.Error("the process of an idle team never used less than 1 ms in 100 ms")
	}
}

// Nor do those that have ended their parts while the caller is still at its own.
func TestWorkersThatAreThroughSleepWhileTheCallerWorks(t *testing.T) {
	for name, call := range calls {
		tm := newTeam(t, 4)
		var quiet bool
		call(tm, 4, team.Func(func(part int) {
			if part == 0 {
				quiet = fallsQuiet(t)
			}
		}))
		if !quiet {
			t.Errorf("%s: the process never used less than 1 ms in 100 ms while the caller slept in its part", name)
		}
	}
}

// fallsQuiet reports whether the process uses less than 1 ms of processor time in 100 ms, sooner or later.
func fallsQuiet(t *testing.T) bool {
	for range 100 {
		time.Sleep(100 * time.Millisecond)
		before := processorTime(t)
		time.Sleep(100 * time.Millisecond)
		if used := processorTime(t) - before; used < time.Millisecond {
			return true
		}
	}
	return false
}

func processorTime(t *testing.T) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func TestCallsDoNotAllocate(t *testing.T) {
	tm := newTeam(t, 2)
	nothing := team.Func(func(int) {})
	for name, call := range calls {
		if n := testing.AllocsPerRun(1000, func() { call(tm, 2, nothing) }); n != 0 {
			t.Errorf("%s allocates %v times", name, n)
		}
	}
}
