package profile

import (
	"bytes"
	"math"
	"math/rand/v2"
	"regexp"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"testing"
	"time"

	exptrace "golang.org/x/exp/trace"
	rtrace "runtime/trace"
)

// realTrace traces what f does.
func realTrace(t *testing.T, f func()) []byte {
	t.Helper()
	var buf bytes.Buffer
	if err := rtrace.Start(&buf); err != nil {
		t.Fatal(err)
	}
	f()
	rtrace.Stop()
	return buf.Bytes()
}

// cellOptions hide the test's own frames as the kernel's are.
var cellOptions = Options{
	Cell: "cell[9]",
	Hide: func(name string) bool {
		return strings.HasPrefix(name, "testing.") || strings.Contains(name, "profile.Test") || strings.Contains(name, "profile.realTrace")
	},
	Name: func(full string) string { return strings.TrimPrefix(shortName(full), "profile.") },
}

func TestTraceDrawsARealTrace(t *testing.T) {
	raw := realTrace(t, func() {
		pool(3, 12)
		handOver()
		runtime.GC()
		time.Sleep(40 * time.Millisecond)
	})
	d, err := Trace(bytes.NewReader(raw), cellOptions)
	if err != nil {
		t.Fatal(err)
	}
	forms := checkPage(t, "trace", d, every...)
	for _, want := range []string{"cell[9]:5", "pool.func1", "chan send", "sleep", "garbage collection", " processor"} {
		if !strings.Contains(forms["text/plain"], want) || !strings.Contains(forms["text/html"], want) {
			t.Errorf("no %q in\n%s", want, forms["text/plain"])
		}
	}
	if strings.Contains(forms["text/plain"], "main.main") {
		t.Error("the table shows a goroutine that did not run")
	}
	if row := regexp.MustCompile(`(?m)^pool\.func1 .*$`).FindString(forms["text/plain"]); !strings.Contains(row, " 3 ") {
		t.Errorf("the row of the three workers is %q", row)
	}
	if !strings.Contains(forms["image/svg+xml"], "goroutine ") || !strings.Contains(forms["image/svg+xml"], " µs (") {
		t.Error("the picture has no tooltips with goroutine and time")
	}
	tl, err := readTimeline(bytes.NewReader(raw), cellOptions)
	if err != nil {
		t.Fatal(err)
	}
	checkTimeline(t, tl)
}

func TestTraceCountsTheKernelsGoroutinesTogether(t *testing.T) {
	options := cellOptions
	hide := options.Hide
	options.Hide = func(name string) bool { return hide(name) || strings.Contains(name, "profile.plumbing") }
	raw := realTrace(t, func() {
		for range 3 {
			plumbing(func() { time.Sleep(time.Millisecond) })
		}
	})
	tl, err := readTimeline(bytes.NewReader(raw), options)
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range tl.groups {
		if g.family == userGroup && g.shown() {
			t.Errorf("a goroutine of the kernel is shown as %q", g.name)
		}
	}
}

// plumbing stands for a function of the kernel that calls others in a goroutine.
func plumbing(f func()) {
	var wg sync.WaitGroup
	wg.Add(1)
	go func() {
		defer wg.Done()
		f()
	}()
	wg.Wait()
}

// checkTimeline fails unless every goroutine's time is accounted for, and no processor ran two goroutines at once.
func checkTimeline(t *testing.T, tl *timeline) {
	t.Helper()
	var lanes, groups time.Duration
	for _, l := range tl.lanes {
		var sum time.Duration
		at := tl.start
		for _, s := range l.spans {
			if s.from < at || s.to < s.from || s.to > tl.end {
				t.Errorf("P%d: a run from %d to %d; the processor was taken until %d", l.id, s.from-tl.start, s.to-tl.start, at-tl.start)
			}
			at = s.to
			sum += s.length()
		}
		if sum != l.busy || l.busy > tl.elapsed() {
			t.Errorf("P%d was busy for %v, its runs sum to %v of %v", l.id, l.busy, sum, tl.elapsed())
		}
		lanes += l.busy
		var merged time.Duration
		for _, b := range mergeSpans(l.spans, tl.elapsed()/100) {
			merged += b.busy
		}
		if merged != l.busy {
			t.Errorf("P%d: merged blocks hold %v of %v", l.id, merged, l.busy)
		}
		var used float64
		for _, share := range l.use(tl.start, tl.end, 64) {
			if share > 1+1e-9 {
				t.Errorf("P%d: a part of the time is %g busy", l.id, share)
			}
			used += share / 64
		}
		if math.Abs(used-float64(l.busy)/float64(tl.elapsed())) > 1e-6 {
			t.Errorf("P%d: the parts are %g busy, the whole %v of %v", l.id, used, l.busy, tl.elapsed())
		}
	}
	var runnable time.Duration
	for _, g := range tl.groups {
		groups += g.spent.running
		runnable += g.spent.runnable
	}
	var queued float64
	for _, n := range average(tl.ready, tl.start, tl.end, queueParts) {
		queued += n / queueParts
	}
	if want := float64(runnable) / float64(tl.elapsed()); math.Abs(queued-want) > 1e-6*(1+want) {
		t.Errorf("on average %g goroutines in the queue, want %g", queued, want)
	}
	if lanes != groups {
		t.Errorf("processors were busy for %v, goroutines ran for %v", lanes, groups)
	}
	for _, g := range tl.goroutines {
		s := g.spent
		if sum := s.running + s.runnable + s.waiting + s.syscall; sum < 0 || sum > tl.elapsed() {
			t.Errorf("goroutine %d spent %v of %v", g.id, sum, tl.elapsed())
		}
		var blocked time.Duration
		for _, d := range s.blocked {
			blocked += d
		}
		if blocked != s.waiting {
			t.Errorf("goroutine %d was blocked for %v, by reason %v", g.id, s.waiting, blocked)
		}
	}
}

// pingPong switches goroutines as often as it can.
func pingPong(rounds int) {
	a, b := make(chan int), make(chan int)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for v := range a {
				b <- v
			}
		})
	}
	for i := range rounds {
		a <- i
		<-b
	}
	close(a)
	wg.Wait()
}

func TestTraceOfManySwitchesStaysSmall(t *testing.T) {
	old := runtime.GOMAXPROCS(8)
	defer runtime.GOMAXPROCS(old)
	defer debug.SetGCPercent(debug.SetGCPercent(5))
	raw := realTrace(t, func() {
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() { pingPong(5000) })
		}
		wg.Wait()
	})
	d, err := Trace(bytes.NewReader(raw), cellOptions)
	if err != nil {
		t.Fatal(err)
	}
	if svg := checkPage(t, "trace-switches", d, every...)["image/svg+xml"]; !strings.Contains(svg, "wait for a processor: up to") {
		t.Error("64 goroutines on 8 processors, and no queue is drawn")
	}
	tl, err := readTimeline(bytes.NewReader(raw), cellOptions)
	if err != nil {
		t.Fatal(err)
	}
	checkTimeline(t, tl)
}

func TestMergeLanesBoundsTheShapesOfAnyTrace(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	groups := []*group{{}, {}, {}}
	var lanes []*lane
	const elapsed = 1_000_000_000
	for id := range 64 {
		l := &lane{id: exptrace.ProcID(id)}
		for at := exptrace.Time(0); at < elapsed; {
			from := at + exptrace.Time(r.IntN(200_000))
			to := min(from+exptrace.Time(r.ExpFloat64()*300_000), elapsed)
			if to > from {
				l.spans = append(l.spans, span{from, to, &goroutine{group: groups[r.IntN(3)]}})
				l.busy += l.spans[len(l.spans)-1].length()
			}
			at = max(to, from+1)
		}
		lanes = append(lanes, l)
	}
	shapes := 0
	for i, blocks := range mergeLanes(lanes, elapsed) {
		shapes += len(blocks)
		var busy time.Duration
		end := exptrace.Time(0)
		for _, b := range blocks {
			if b.from < end {
				t.Fatalf("lane %d: blocks overlap at %d", i, b.from)
			}
			end = b.to
			busy += b.busy
		}
		if busy != lanes[i].busy {
			t.Errorf("lane %d: %v of %v left", i, busy, lanes[i].busy)
		}
	}
	if shapes > mostShapes || shapes < 64 {
		t.Errorf("%d shapes, want at most %d", shapes, mostShapes)
	}
}

func TestTraceShowsWhatIsLeftOfABrokenOne(t *testing.T) {
	raw := realTrace(t, func() { pool(2, 4) })
	if _, err := Trace(strings.NewReader("not a trace"), Options{}); err == nil {
		t.Error("no error for garbage")
	}
	if _, err := Trace(bytes.NewReader(nil), Options{}); err == nil {
		t.Error("no error for an empty trace")
	}
	for cut := 0; cut < len(raw); cut += 1 + len(raw)/50 {
		d, err := Trace(bytes.NewReader(raw[:cut]), cellOptions)
		if err == nil {
			checkPage(t, "trace-cut", d, every...)
		} else if !strings.Contains(err.Error(), "read execution trace") {
			t.Errorf("cut at %d of %d bytes: %v", cut, len(raw), err)
		}
	}
	// The reader needs a whole generation before it yields events; damage behind it must not lose them.
	tail := append(bytes.Clone(raw), "damage behind the last generation"...)
	d, err := Trace(bytes.NewReader(tail), cellOptions)
	if err != nil {
		t.Fatal(err)
	}
	if text := checkPage(t, "trace-broken", d, every...)["text/plain"]; !strings.Contains(text, "breaks off") || !strings.Contains(text, "pool.func1") {
		t.Errorf("got\n%s", text)
	}
}

func TestTicksAreRoundAndFew(t *testing.T) {
	for elapsed := time.Duration(1); elapsed < 100*time.Hour; elapsed = elapsed*7/5 + 1 {
		list := ticks(elapsed)
		if len(list) < 2 || len(list) > 11 || list[len(list)-1] > elapsed {
			t.Errorf("%v: %v", elapsed, list)
		}
		step := list[1]
		for step%10 == 0 {
			step /= 10
		}
		if step != 1 && step != 2 && step != 5 {
			t.Errorf("%v: a step of %v", elapsed, list[1])
		}
	}
}
