package bench

import (
	"fmt"
	"io"
	"math"
	"testing"
)

// What students put together by hand shows itself too, whatever is in it.
func TestWhatIsPutTogetherByHandShowsItself(t *testing.T) {
	nan, inf, huge := math.NaN(), math.Inf(1), math.MaxFloat64
	var shown []interface{ Render() Bundle }
	for _, r := range []Result{
		{},
		{Points: []Point{{}}},
		{Points: []Point{{1, nil}, {2, nil}}},
		{Points: []Point{{0, Times{0, 0}}, {-2, Times{-5}}}, Scaling: 7},
		{Points: []Point{{1, Times{math.MaxInt64, math.MaxInt64}}, {2, Times{math.MaxInt64}}}},
	} {
		shown = append(shown, r, r.Chart())
		_ = r.Table() + r.Verdict().Text
		r.WriteCSV(io.Discard)
	}
	for _, a := range []Alternatives{
		{},
		{Timings: []Timing{{}}},
		{Timings: []Timing{{"a", nil}, {"b", nil}}},
		{Timings: []Timing{{"", Times{0}}, {"", Times{-1}}}},
	} {
		shown = append(shown, a, a.Chart())
		_ = a.Table() + a.Verdict().Text
		a.WriteCSV(io.Discard)
	}
	shown = append(shown,
		Chart{},
		Chart{Series: []Series{{Points: []XY{{nan, 1, 0, 0}, {1, inf, 0, 0}}}}},
		Chart{LogX: true, LogY: true, Series: []Series{{Points: []XY{{0, 0, 0, 0}, {-1, -1, -2, 5}, {1, 1, -1, 2}}}}},
		Chart{Series: []Series{{Points: []XY{{huge, huge, -huge, huge}, {-huge, -huge, 0, 0}}}}, Marks: []Mark{{nan, "x"}, {inf, "y"}}},
		Chart{Series: []Series{{Style: 99, Points: []XY{{5, 5, 5, 5}}}}},
		Bars{},
		Bars{Bars: []Bar{{}, {Name: "a", Values: []float64{nan, inf}}}},
		Bars{Bars: []Bar{{Name: "a", Values: []float64{-1}, Low: 5, High: -3}, {Name: "b", Values: []float64{huge, huge}}}, Parts: []string{"x", "y"}},
		Host{})
	for _, s := range shown {
		if b := s.Render(); b.Data["text/plain"] == nil {
			t.Errorf("%T has no text", s)
		}
	}
	if text := fmt.Sprint(Comparison{}); text == "" || (Times{}).Median() != 0 || (Times{}).Min() != 0 || !(Times{}).Noisy() {
		t.Errorf("a comparison of nothing is %q", text)
	}
}

func TestTheMedianOfLongTimesDoesNotOverflow(t *testing.T) {
	if m := (Times{math.MaxInt64, math.MaxInt64 - 2}).Median(); m != math.MaxInt64-1 {
		t.Errorf("median is %d", m)
	}
}
