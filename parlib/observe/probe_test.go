package observe

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/warren-go/warren/parlib/bench"
	"github.com/warren-go/warren/parlib/team"
)

// short makes probes take milliseconds: tests do not care for the values.
var short = []bench.Option{bench.Repeats(1), bench.WarmUps(0), bench.SampleTime(0)}

func TestProbesMeasureEveryPlace(t *testing.T) {
	for name, c := range map[string]struct {
		probe  func() (Probe, error)
		curves int
		places []float64
	}{
		"false sharing": {func() (Probe, error) { return FalseSharing([]int{1, 3}, short...) }, 2, []float64{1, 3}},
		"bandwidth":     {func() (Probe, error) { return bandwidth(1<<20, []int{2, 1, 3}, short) }, 1, []float64{1, 2, 3}},
		"latency":       {func() (Probe, error) { return Latency([]int{64, 4096, 1 << 20}, short...) }, 1, []float64{1.0 / 16, 4, 1024}},
		"stride":        {func() (Probe, error) { return stride(1<<20, []int{512, 4096}, short) }, 1, []float64{512, 4096}},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := c.probe()
			if err != nil {
				t.Fatal(err)
			}
			if len(p.Curves) != c.curves {
				t.Fatalf("%d curves", len(p.Curves))
			}
			for _, curve := range p.Curves {
				if len(curve.Readings) != len(c.places) {
					t.Fatalf("%q has %d readings", curve.Name, len(curve.Readings))
				}
				for i, r := range curve.Readings {
					if r.X != c.places[i] || !(r.Value > 0) || math.IsInf(r.Value, 0) || r.Low > r.Value || r.High < r.Value {
						t.Errorf("%q: reading %+v, want one at %g", curve.Name, r, c.places[i])
					}
				}
			}
			data := p.Render().Data
			checkXML(t, data["image/svg+xml"].(string))
			if text := data["text/plain"].(string); !strings.Contains(text, p.Unit) || !strings.Contains(text, p.Note) {
				t.Errorf("text is\n%s", text)
			}
		})
	}
}

func TestBadProbesAreErrorsThatNameTheValue(t *testing.T) {
	for want, probe := range map[string]func() (Probe, error){
		"observe: FalseSharing: a number of workers is 0; it must be at least 1":                      func() (Probe, error) { return FalseSharing([]int{1, 0}) },
		"observe: FalseSharing: there is no number of workers to measure":                             func() (Probe, error) { return FalseSharing([]int{}) },
		"observe: Bandwidth: a number of workers is -1; it must be at least 1":                        func() (Probe, error) { return Bandwidth([]int{-1}) },
		"observe: Latency: a size is 63; it must be at least 64":                                      func() (Probe, error) { return Latency([]int{63}) },
		"Latency: a size is 9223372036854775807, with which the sizes are more than 4294967296 bytes": func() (Probe, error) { return Latency([]int{64, math.MaxInt}) },
		"FalseSharing: team: New: size is 9223372036854775807":                                        func() (Probe, error) { return FalseSharing([]int{math.MaxInt}) },
		"Bandwidth: team: New: size is 9223372036854775807":                                           func() (Probe, error) { return Bandwidth([]int{1, math.MaxInt}) },
		"observe: Stride: a stride is 12; it must be a multiple of 8":                                 func() (Probe, error) { return Stride([]int{8, 12}) },
		"observe: Stride: a stride is 1073741824":                                                     func() (Probe, error) { return Stride([]int{1 << 30}) },
		"number of repeats is 0": func() (Probe, error) { return Latency([]int{64}, bench.Repeats(0)) },
		"[2] do not hold 1":      func() (Probe, error) { return bandwidth(1<<20, []int{2}, short) },
	} {
		if _, err := probe(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error is %v, want one with %q", err, want)
		}
	}
}

func TestChainIsOneRingThroughAllLines(t *testing.T) {
	c := newChain(100 * lineBytes)
	seen := map[uint32]bool{}
	for range 100 {
		seen[c.at] = true
		c.walk(1)
	}
	if len(seen) != 100 || c.at != 0 {
		t.Errorf("after 100 steps %d lines were seen, and the chain is at %d", len(seen), c.at)
	}
}

func TestStridesReadEveryElementOnce(t *testing.T) {
	for _, n := range []int{1, 7, 8, 64, 100} {
		for _, step := range []int{1, 2, 3, 16, 200} {
			x := make([]float64, n)
			want := 0.0
			for i := range x {
				x[i] = float64(i + 1)
				if i%step == 0 {
					want += x[i]
				}
			}
			if got := sumEvery(x, step); got != want {
				t.Errorf("every %d of %d: %g, want %g", step, n, got, want)
			}
		}
	}
}

func TestBandwidthReadsEverything(t *testing.T) {
	tm, err := team.New(3)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { tm.Close(); tm.Join() }()
	x := make([]float64, 1000)
	for i := range x {
		x[i] = 1
	}
	for p := 1; p <= 3; p++ {
		if err := readAll(tm, p, x); err != nil {
			t.Error(err)
		}
	}
	x[999] = 2 // in the last worker's part
	if err := readAll(tm, 3, x); err == nil {
		t.Error("the sum was not checked")
	}
}

func TestReadingsTurnTimesIntoValues(t *testing.T) {
	times := bench.Times{10, 10, 20, 20, 40, 40}
	rate := func(d time.Duration) float64 { return 400 / float64(d) }
	if r := reading(2, times, rate); r != (Reading{2, 20, 10, 40, 40, true}) {
		t.Errorf("reading is %+v", r)
	}
}

func TestMarksBeyondTheReadingsAreNotDrawn(t *testing.T) {
	p := Probe{Curves: []Curve{{"a", []Reading{{X: 1, Value: 1}, {X: 10, Value: 2}}}}, Marks: []bench.Mark{{X: 0.5, Label: "below"}, {X: 5, Label: "within"}, {X: 11, Label: "above"}}}
	if m := p.Chart().Marks; len(m) != 1 || m[0].Label != "within" {
		t.Errorf("marks are %v", m)
	}
	if c, ok := p.Curve("a"); !ok || len(c.Readings) != 2 {
		t.Errorf("curve is %+v, %t", c, ok)
	}
	if _, ok := p.Curve("b"); ok {
		t.Error("a curve that is not there")
	}
}

func TestNoiseIsSaid(t *testing.T) {
	p := Probe{Note: "So it is.", Curves: []Curve{{"a", []Reading{{X: 1, Noisy: true}, {X: 2}}}}}
	if got := p.summary(); got != "So it is. Not to be relied on, since the machine was noisy: 1 of 2 readings." {
		t.Errorf("summary is %q", got)
	}
	p.Curves[0].Readings[0].Noisy = false
	if got := p.summary(); got != "So it is." {
		t.Errorf("summary is %q", got)
	}
}

func TestSharingIsJudgedOnSeveralWorkers(t *testing.T) {
	near := Curve{Readings: []Reading{{X: 1, Value: 90}, {X: 2, Value: 40}, {X: 4, Value: 60}}}
	far := Curve{Readings: []Reading{{X: 1, Value: 10}, {X: 2, Value: 10}, {X: 4, Value: 20}}}
	if got := sharingNote(near, far); !strings.Contains(got, "up to 4.0 times as long as counters apart (on 2 workers)") {
		t.Errorf("note is %q", got)
	}
	near.Readings, far.Readings = near.Readings[:1], far.Readings[:1]
	if got := sharingNote(near, far); !strings.Contains(got, "alone") {
		t.Errorf("note is %q", got)
	}
}
