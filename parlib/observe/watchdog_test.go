package observe

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/warren-go/warren/parlib"
	"github.com/warren-go/warren/parlib/team"
)

const patience = 50 * ms

// tangle makes two goroutines take two locks in opposite order. free ends that from outside.
func tangle() (run func(), free func()) {
	var a, b sync.Mutex
	release := make(chan struct{})
	lock := func(first, second *sync.Mutex, hold *sync.WaitGroup) {
		first.Lock()
		hold.Done()
		hold.Wait()
		if !tryUntil(second, release) {
			first.Unlock()
			return
		}
		second.Unlock()
		first.Unlock()
	}
	var ended sync.WaitGroup
	return func() {
			var hold sync.WaitGroup
			hold.Add(2)
			ended.Go(func() { lock(&a, &b, &hold) })
			ended.Go(func() { lock(&b, &a, &hold) })
			ended.Wait()
		}, func() {
			close(release)
			ended.Wait()
		}
}

// tryUntil locks m, or gives up when release is closed: the test must not leave goroutines behind.
func tryUntil(m *sync.Mutex, release <-chan struct{}) bool {
	if m.TryLock() {
		return true
	}
	<-release
	return false
}

func TestGuardReportsADeadlock(t *testing.T) {
	run, free := tangle()
	defer free()
	err := Guard(patience, run)
	var stuck *StuckError
	if !errors.As(err, &stuck) {
		t.Fatalf("error is %v, want a *StuckError", err)
	}
	if len(stuck.Goroutines) != 3 {
		t.Errorf("%d goroutines wait, want the two and who waits for them: %v", len(stuck.Goroutines), err)
	}
	for _, g := range stuck.Goroutines {
		if g.Since <= patience || !strings.Contains(g.Where, "watchdog_test.go:") || !strings.Contains(g.Stack, "tangle") {
			t.Errorf("waiting is %v\n%s", g, g.Stack)
		}
	}
	for _, want := range []string{"nothing has moved for 50ms", "[sync.WaitGroup.Wait] at watchdog_test.go:", "[chan receive] at watchdog_test.go:"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in %v", want, err)
		}
	}
}

func TestGuardFindsMutexesThatAreNeverUnlocked(t *testing.T) {
	var m sync.Mutex
	m.Lock()
	err := Guard(patience, func() { m.Lock() })
	if err == nil || !strings.Contains(err.Error(), "[sync.Mutex.Lock] at watchdog_test.go:") {
		t.Errorf("error is %v", err)
	}
	m.Unlock()
}

func TestGuardLetsFinishWhatMoves(t *testing.T) {
	for name, f := range map[string]func(){
		"returns at once": func() {},
		"sleeps":          func() { time.Sleep(4 * patience) },
		"computes": func() {
			for begin := time.Now(); time.Since(begin) < 4*patience; {
			}
		},
		"waits for one that sleeps": func() {
			c := make(chan int)
			go func() { time.Sleep(4 * patience); c <- 1 }()
			<-c
		},
		"waits for workers of a team": func() {
			if err := parlib.For(4, func(int) {
				for begin := time.Now(); time.Since(begin) < 2*patience; {
				}
			}, parlib.Workers(2)); err != nil {
				t.Error(err)
			}
		},
		"goes from wait to wait": func() {
			c := make(chan int)
			go func() {
				for range 8 {
					time.Sleep(patience / 2)
					c <- 1
				}
			}()
			for range 8 {
				<-c
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			if err := Guard(patience, f); err != nil {
				t.Errorf("error is %v", err)
			}
		})
	}
}

func TestGuardMakesErrorsOfPanics(t *testing.T) {
	cause := errors.New("the cause")
	err := Guard(patience, func() { panic(cause) })
	var p *team.PanicError
	if !errors.As(err, &p) || !errors.Is(err, cause) || !strings.Contains(p.Where, "watchdog_test.go:") {
		t.Errorf("error is %v", err)
	}
	if err := Guard(patience, func() { runtime.Goexit() }); !errors.Is(err, team.ErrGoexit) {
		t.Errorf("error is %v", err)
	}
}

func TestWatchReportsEachThatWaitsOnce(t *testing.T) {
	reports := make(chan Waiting, 10)
	stop, err := Watch(patience, func(w Waiting) { reports <- w })
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	release := make(chan struct{})
	var ended sync.WaitGroup
	ended.Go(func() { <-release })
	defer ended.Wait()
	defer close(release)
	time.Sleep(8 * patience) // this goroutine sleeps and is not reported
	stop()
	stop()
	close(reports)
	var all []Waiting
	for w := range reports {
		all = append(all, w)
	}
	if len(all) != 1 || all[0].State != "chan receive" || !strings.Contains(all[0].Stack, "TestWatchReportsEachThatWaitsOnce") {
		t.Errorf("reports are %v", all)
	}
}

func TestWatchIgnoresStrangers(t *testing.T) {
	release := make(chan struct{})
	var ended sync.WaitGroup
	ended.Go(func() { // is there before
		var inner sync.WaitGroup
		time.Sleep(2 * patience)
		inner.Go(func() { <-release }) // is new, but not ours
		inner.Wait()
	})
	stop, err := Watch(patience, func(w Waiting) { t.Errorf("reports %v", w) })
	if err != nil {
		t.Fatal(err)
	}
	other, err := Watch(patience, func(w Waiting) { t.Errorf("the other reports %v", w) })
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(6 * patience)
	other()
	stop()
	close(release)
	ended.Wait()
}

func TestBadWatchesAreErrorsThatNameTheValue(t *testing.T) {
	watch := func(d time.Duration, report func(Waiting)) error { _, err := Watch(d, report); return err }
	for want, err := range map[string]error{
		"observe: Guard: the function is nil":              Guard(patience, nil),
		"observe: Guard: patience is -1s; it must be more": Guard(-time.Second, func() {}),
		"observe: Watch: the function to report to is nil": watch(patience, nil),
		"observe: Watch: patience is 0s":                   watch(0, func(Waiting) {}),
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error is %v, want one with %q", err, want)
		}
	}
}

func TestDumpIsRead(t *testing.T) {
	const text = `goroutine 7 [chan receive, 3 minutes labels:{"cell": "4"}]:
sync.runtime_SemacquireMutex(0x1)
	/go/src/runtime/sema.go:95 +0x25
main.(*T).wait(0xc0001, {0x1, 0x2})
	/home/x/cell[3]:7 +0x1d
created by main.main in goroutine 1
	/home/x/cell[3]:12 +0x2b

goroutine 8 [select (no cases), locked to thread]:
main.main.func1()
	/home/x/main.go:9

rubbish

goroutine x [running]:
`
	want := []goroutine{{id: 7, state: "chan receive", creator: 1}, {id: 8, state: "select (no cases)"}}
	places := []string{"cell[3]:7", "main.go:9"}
	got := parse(text)
	if len(got) != len(want) {
		t.Fatalf("read %+v", got)
	}
	for i, g := range got {
		if place := g.where(); place != places[i] {
			t.Errorf("place is %q, want %q", place, places[i])
		}
		g.stack = ""
		if g != want[i] {
			t.Errorf("read %+v, want %+v", g, want[i])
		}
	}
}

func FuzzDump(f *testing.F) {
	f.Add("goroutine 7 [chan receive]:\nmain.f(0x1)\n\t/x.go:3 +0x1\ncreated by main.main in goroutine 1\n\t/x.go:1\n\ngoroutine 8 [select]:\n")
	f.Add("goroutine  [\n(\n\n\n\ncreated by  in goroutine 99999999999999999999")
	f.Add(dump())
	f.Fuzz(func(t *testing.T, text string) {
		for _, g := range parse(text) {
			if g.where() == "" {
				t.Errorf("no place in %+v", g)
			}
		}
	})
}

func ExampleGuard() {
	var m sync.Mutex
	m.Lock()
	err := Guard(100*time.Millisecond, func() {
		m.Lock() // for ever
	})
	var stuck *StuckError
	if errors.As(err, &stuck) {
		for _, g := range stuck.Goroutines {
			fmt.Println("waits:", g.State)
		}
	}
	m.Unlock()
	// Output: waits: sync.Mutex.Lock
}

func ExampleWatch() {
	reported := make(chan Waiting, 1)
	stop, err := Watch(20*time.Millisecond, func(w Waiting) {
		if w.State == "chan send" { // and not the goroutine below, which waits for this report
			reported <- w
		}
	})
	if err != nil {
		panic(err)
	}
	defer stop()
	never := make(chan int)
	go func() { never <- 1 }()
	fmt.Println("waits:", (<-reported).State)
	<-never
	// Output: waits: chan send
}
