package bench

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/warren-go/warren/parlib/team"
)

func TestAPanicOfATimedFunctionIsAnErrorThatNamesTheRun(t *testing.T) {
	broken := errors.New("broken")
	failing := func(at int) func() { // the at-th run, from 1 on, panics
		runs := 0
		return func() {
			if runs++; runs == at {
				panic(broken)
			}
		}
	}
	nothing := func() {}
	quick := []Option{WarmUps(1), SampleTime(0), Repeats(5), Budget(time.Hour)} // 1 warm-up, 1 run to find out how long, 1 a repetition
	for _, c := range []struct {
		name string
		call func() error
		want string
	}{
		{"sweep", func() error {
			fail := failing(4)
			_, err := Sweep([]int{1, 3}, func(p int) {
				if p == 3 {
					fail()
				}
			}, quick...)
			return err
		}, "bench: Sweep: 3 workers, repetition 2: panic at "},
		{"weak sweep, at once", func() error {
			_, err := WeakSweep([]int{1}, func(int) { panic(broken) }, quick...)
			return err
		}, "bench: WeakSweep: 1 worker, before the first repetition: panic at "},
		{"compare", func() error { _, err := Compare(nothing, failing(2), quick...); return err }, "bench: Compare: after, before the first repetition: panic at "},
		{"compare all", func() error {
			_, err := CompareAll([]Alternative{{"good", nothing}, {"bad", failing(7)}}, quick...)
			return err
		}, "bench: CompareAll: bad, repetition 5: panic at "},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := c.call()
			var run *RunError
			var p *team.PanicError
			if !errors.As(err, &run) || !errors.As(err, &p) || !errors.Is(err, broken) {
				t.Fatalf("error is %v", err)
			}
			if !strings.HasPrefix(err.Error(), c.want) || !strings.Contains(p.Where, "run_test.go:") {
				t.Errorf("error is %q, want %q and the place", err, c.want)
			}
			if stack := fmt.Sprintf("%+v", run); !strings.Contains(stack, "goroutine ") {
				t.Errorf("no stack in %q", stack)
			}
		})
	}
}

func TestHowMuchIsNoiseIsCounted(t *testing.T) {
	calm, wild := steady(10, ms), append(steady(5, ms), steady(5, 9*ms)...)
	a, err := NewAlternatives("given", four, Timing{"a", calm}, Timing{"b", wild}, Timing{"c", calm})
	if err != nil {
		t.Fatal(err)
	}
	r, err := NewResult("given", four, Point{1, calm}, Point{2, wild}, Point{4, wild})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		noisy, want int
		text, says  string
	}{
		{a.Noisy(), 1, a.Table(), "Noisy: 1 of 3."},
		{r.Noisy(), 2, r.Table(), "Noisy: 2 of 3."},
		{Alternatives{}.Noisy(), 0, unreliable(0, 3), ""},
	} {
		if c.noisy != c.want || !strings.Contains(c.text, c.says) {
			t.Errorf("%d are noisy, want %d; the text is %s", c.noisy, c.want, c.text)
		}
	}
}

// On two processors the law is the line between the two points measured, so it must be drawn above it, with gaps.
func TestTheLawIsSeenOnTwoProcessors(t *testing.T) {
	two := Host{Logical: 2, Allowed: 2, GOMAXPROCS: 2}
	r, err := NewResult("given", two, Point{1, steady(10, 100*ms)}, Point{2, steady(10, 55*ms)})
	if err != nil {
		t.Fatal(err)
	}
	for scaling, law := range map[Scaling]string{Strong: "Amdahl", Weak: "Gustafson"} {
		r.Scaling = scaling
		series := r.Chart().Series
		if last := series[len(series)-1]; last.Name != law || last.Style != Dotted {
			t.Errorf("the last series is %q in style %d, want %q dotted", last.Name, last.Style, law)
		}
		if svg := r.Chart().SVG(); !strings.Contains(svg, `stroke-dasharray="2 4"`) {
			t.Errorf("no dotted line in %s", svg)
		}
	}
}
