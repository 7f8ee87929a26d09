package display

import (
	"bytes"
	"fmt"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// recorder keeps the text of everything shown.
type recorder struct {
	Publisher
	mu    sync.Mutex
	lines []string
	ids   map[any]bool
}

func (r *recorder) Display(d Data) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lines = append(r.lines, fmt.Sprint(d.Data[MIMETypeText]))
	if r.ids == nil {
		r.ids = map[any]bool{}
	}
	r.ids[fmt.Sprint(d.Transient["display_id"])] = true
	return nil
}

func (r *recorder) Update(d Data) error { return r.Display(d) }

// record connects a recorder until the end of the test.
func record(t *testing.T) *recorder {
	r, before := &recorder{}, publisher()
	Connect(r)
	t.Cleanup(func() { Connect(before) })
	return r
}

func (r *recorder) last() string { return r.lines[len(r.lines)-1] }

func TestProgressEndsAsDoneOrStopped(t *testing.T) {
	naturals := func(yield func(int) bool) {
		for i := 0; i < 5 && yield(i); i++ {
		}
	}
	for name, c := range map[string]struct {
		run  func()
		want string
	}{
		"all": {func() {
			for range Progress(3) {
			}
		}, "3/3 done"},
		"none": {func() {
			for range Progress(0) {
			}
		}, "0/0 done"},
		"negative": {func() {
			for range Progress(-1) {
			}
		}, "0/0 done"},
		"break": {func() {
			for i := range Progress(10) {
				if i == 4 {
					break
				}
			}
		}, "4/10 stopped"},
		"slice": {func() {
			for range ProgressOver([]string{"a", "b"}) {
			}
		}, "2/2 done"},
		"sequence": {func() {
			for range ProgressSeq(naturals) {
			}
		}, "5 done"},
		"break there": {func() {
			for range ProgressSeq(naturals) {
				break
			}
		}, "0 stopped"},
		"panic": {func() {
			defer func() { _ = recover() }()
			for range Progress(2) {
				panic("x")
			}
		}, "0/2 stopped"},
		"Goexit": {func() {
			done := make(chan bool)
			go func() {
				defer close(done)
				for range Progress(2) {
					runtime.Goexit()
				}
			}()
			<-done
		}, "0/2 stopped"},
	} {
		t.Run(name, func(t *testing.T) {
			r := record(t)
			c.run()
			if !strings.HasPrefix(r.last(), c.want) || len(r.ids) != 1 {
				t.Errorf("%q with %d ids, want %s", r.last(), len(r.ids), c.want)
			}
		})
	}
}

func TestProgressOverGivesItemsInOrder(t *testing.T) {
	record(t)
	var got []string
	for i, s := range ProgressOver([]string{"a", "b"}) {
		got = append(got, fmt.Sprintf("%d:%s", i, s))
	}
	if !slices.Equal(got, []string{"0:a", "1:b"}) {
		t.Error(got)
	}
}

func TestProgressMovesWhileAStepIsLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := record(t)
		b := NewProgress(2, "long")
		time.Sleep(10*time.Second + time.Millisecond)
		b.Done()
		if n := len(r.lines); n < 10 || n > 14 {
			t.Errorf("drawn %d times in 10 s: %q", n, r.lines)
		}
	})
}

func TestProgressIsDrawnFourTimesPerSecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := record(t)
		for range Progress(1000) {
			time.Sleep(time.Millisecond)
		}
		if n := len(r.lines); n < 4 || n > 7 {
			t.Errorf("drawn %d times in 1 s: %q", n, r.lines)
		}
	})
}

func TestProgressFromManyGoroutines(t *testing.T) {
	r := record(t)
	b := NewProgress(8000, "")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 1000 {
				b.Add(1)
			}
		})
	}
	wg.Wait()
	b.Done()
	if !strings.HasPrefix(r.last(), "8000/8000 done") {
		t.Error(r.last())
	}
}

func TestHandleIsUpdatedFromManyGoroutines(t *testing.T) {
	r := record(t)
	h := Display("start")
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			if err := h.Update(i); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if len(r.lines) != 9 || len(r.ids) != 1 {
		t.Error(r.lines, r.ids)
	}
}

func TestProgressOutsideANotebook(t *testing.T) {
	before := publisher()
	defer Connect(before)
	for terminal, want := range map[bool]string{
		false: `^0/3 running[^\n]*\n3/3 done[^\n]*\n$`,
		true:  `^\r\x1b\[K0/3 running[^\n]*\r\x1b\[K3/3 done[^\n]*\n$`,
	} {
		var b bytes.Buffer
		Connect(&textPublisher{w: &b, terminal: terminal})
		for range Progress(3) {
		}
		if got := b.String(); !regexp.MustCompile(want).MatchString(got) {
			t.Errorf("terminal %v: %q", terminal, got)
		}
	}
}

func TestALostBarIsStopped(t *testing.T) {
	r := record(t)
	func() { NewProgress(2, "") }()
	for range 100 {
		runtime.GC()
		r.mu.Lock()
		last := r.last()
		r.mu.Unlock()
		if strings.HasPrefix(last, "0/2 stopped") {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Error("a bar that nobody holds is still drawn")
}
