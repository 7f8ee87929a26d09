package bench

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"image/png"
	"io"
	"math"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/warren-go/warren/internal/figure"
)

const ms = time.Millisecond

// steady is n times of d each.
func steady(n int, d time.Duration) Times {
	t := make(Times, n)
	for i := range t {
		t[i] = d
	}
	return t
}

func near(got, want float64) bool {
	return math.Abs(got-want) <= 1e-12*math.Max(1, math.Abs(want)) || math.IsNaN(got) && math.IsNaN(want)
}

var four = Host{CPU: "Test", Logical: 8, Physical: 4, ThreadsPerCore: 2, Allowed: 8, GOMAXPROCS: 4}

func TestMedianAndInterval(t *testing.T) {
	for _, c := range []struct {
		name                 string
		times                Times
		min, median, low, up time.Duration
		level                float64
	}{
		{"one", Times{7}, 7, 7, 7, 7, 0},
		{"two", Times{9, 5}, 5, 7, 5, 9, 0.5},
		{"five, too few", Times{5, 1, 4, 2, 3}, 1, 3, 1, 5, 1 - 1.0/16},
		{"six, just enough", Times{6, 5, 1, 4, 2, 3}, 1, 3, 1, 6, 1 - 1.0/32},
		{"eight", Times{8, 7, 6, 5, 4, 3, 2, 1}, 1, 4, 1, 8, 1 - 2.0/256},
		{"nine, one cut", Times{9, 8, 7, 6, 5, 4, 3, 2, 1}, 1, 5, 2, 8, 1 - 20.0/512},
		{"ten, one cut", Times{10, 9, 8, 7, 6, 5, 4, 3, 2, 1}, 1, 5, 2, 9, 1 - 22.0/1024},
	} {
		t.Run(c.name, func(t *testing.T) {
			i := c.times.Interval()
			if c.times.Min() != c.min || c.times.Median() != c.median || i.Low != c.low || i.High != c.up || !near(i.Level, c.level) {
				t.Errorf("min %d, median %d, interval %+v", c.times.Min(), c.times.Median(), i)
			}
		})
	}
}

func TestMetricsAreExactOnGivenTimings(t *testing.T) {
	// A program with a serial part of exactly 1/10: T(p) = 100 ms·(0.1 + 0.9/p).
	r, err := NewResult("given", four,
		Point{4, steady(10, 32500*time.Microsecond)}, // unsorted on purpose
		Point{1, steady(10, 100*ms)},
		Point{2, steady(10, 55*ms)})
	if err != nil {
		t.Fatal(err)
	}
	want := []Row{
		{Workers: 1, Speedup: 1, Efficiency: 1, KarpFlatt: math.NaN()},
		{Workers: 2, Speedup: 100.0 / 55, Efficiency: 50.0 / 55, KarpFlatt: 0.1},
		{Workers: 4, Speedup: 100 / 32.5, Efficiency: 25 / 32.5, KarpFlatt: 0.1},
	}
	for i, row := range r.Rows() {
		w := want[i]
		if row.Workers != w.Workers || !near(row.Speedup, w.Speedup) || !near(row.Efficiency, w.Efficiency) || !near(row.KarpFlatt, w.KarpFlatt) {
			t.Errorf("row is %+v, want %+v", row, w)
		}
		if row.Noisy || !near(row.SpeedupLow, w.Speedup) || !near(row.SpeedupHigh, w.Speedup) {
			t.Errorf("steady times give bounds %g to %g, noisy: %t", row.SpeedupLow, row.SpeedupHigh, row.Noisy)
		}
	}
	law, ok := r.Amdahl()
	if !ok || !near(law.Serial, 0.1) || !near(law.Limit(), 10) || !near(law.Speedup(2), 100.0/55) {
		t.Errorf("Amdahl fit is %+v, %t, want a serial part of 0.1", law, ok)
	}
}

func TestWeakScalingIsExactOnGivenTimings(t *testing.T) {
	// A fifth of the time on p workers is serial: p workers do 0.2 + 0.8·p times as much in the same time.
	r, err := NewResult("given", four,
		Point{1, steady(10, 90*ms)},
		Point{2, steady(10, 100*ms)}, // 1.8 times as much
		Point{4, steady(10, 9*ms*400/34)})
	if err != nil {
		t.Fatal(err)
	}
	r.Scaling = Weak
	for i, want := range []Row{
		{Workers: 1, Speedup: 1, Efficiency: 1, Gustafson: math.NaN()},
		{Workers: 2, Speedup: 1.8, Efficiency: 0.9, Gustafson: 0.2},
		{Workers: 4, Speedup: 3.4, Efficiency: 0.85, Gustafson: 0.2},
	} {
		row := r.Rows()[i]
		close := func(got, want float64) bool { return near(got, want) || math.Abs(got-want) < 1e-6 } // times are whole nanoseconds
		if !close(row.Speedup, want.Speedup) || !close(row.SpeedupLow, want.Speedup) || !close(row.SpeedupHigh, want.Speedup) || !close(row.Efficiency, want.Efficiency) || !close(row.Gustafson, want.Gustafson) || !math.IsNaN(row.KarpFlatt) {
			t.Errorf("row is %+v, want %+v", row, want)
		}
	}
	law, ok := r.Gustafson()
	if !ok || math.Abs(law.Serial-0.2) > 1e-6 {
		t.Errorf("Gustafson fit is %+v, %t, want a serial part of 0.2", law, ok)
	}
	if law, ok := r.Amdahl(); ok {
		t.Errorf("Amdahl's law fitted to weak scaling: %+v", law)
	}
	if v := r.Verdict(); v.Text != "faster: 4 workers did 3.4 times as much in the same time as one worker, between 3.4 and 3.4" {
		t.Errorf("verdict is %q", v)
	}
	for _, want := range []string{"scaled speed-up", "serial part", "85%", "3.40", "0.200", "Gustafson's law with a serial part of 0.200: each processor more adds 0.8"} {
		if !strings.Contains(r.Table(), want) {
			t.Errorf("table lacks %q:\n%s", want, r.Table())
		}
	}
	for _, want := range []string{"Gustafson", "scaled speed-up"} {
		if !strings.Contains(r.Chart().SVG(), want) {
			t.Errorf("plot lacks %q", want)
		}
	}
}

func TestGustafsonAtTheEdges(t *testing.T) {
	if s := (Gustafson{Serial: 0.25}).Speedup(4); s != 3.25 {
		t.Errorf("speed-up is %g, want 3.25", s)
	}
	if !math.IsNaN(GustafsonSerial(1, 1)) || GustafsonSerial(1, 8) != 1 || GustafsonSerial(8, 8) != 0 || GustafsonSerial(3, 2) != -1 {
		t.Error("the serial fraction is wrong for one worker, no speed-up, the ideal, or beyond")
	}
	for _, c := range []struct {
		rows []Row
		want Gustafson
		ok   bool
	}{{nil, Gustafson{}, false}, {[]Row{{Workers: 1, Speedup: 1}}, Gustafson{}, false}, {[]Row{{Workers: 2, Speedup: 3}}, Gustafson{0}, true}, {[]Row{{Workers: 2, Speedup: 0.5}}, Gustafson{1}, true}} {
		if law, ok := fitGustafson(c.rows); law != c.want || ok != c.ok {
			t.Errorf("%+v fits as %+v, %t", c.rows, law, ok)
		}
	}
}

func TestWeakSweepIsWeak(t *testing.T) {
	r, err := WeakSweep([]int{1, 2}, func(int) {}, Repeats(1), SampleTime(0))
	if err != nil || r.Scaling != Weak || r.Title != "Scaled speed-up" || len(r.Points) != 2 {
		t.Errorf("result is %+v, %v", r, err)
	}
	if _, err := WeakSweep(nil, func(int) {}); err == nil || !strings.Contains(err.Error(), "bench: WeakSweep: there are no worker counts") {
		t.Errorf("error is %v", err)
	}
}

func TestAmdahlFitLeavesOutWorkersBeyondTheProcessors(t *testing.T) {
	r, err := NewResult("", Host{Allowed: 2, GOMAXPROCS: 2},
		Point{1, steady(6, 100*ms)}, Point{2, steady(6, 60*ms)}, Point{4, steady(6, 60*ms)}, Point{8, steady(6, 90*ms)})
	if err != nil {
		t.Fatal(err)
	}
	if law, ok := r.Amdahl(); !ok || !near(law.Serial, 0.2) {
		t.Errorf("fit is %+v, %t, want the 0.2 of two workers", law, ok)
	}
	alone, err := NewResult("", Host{Allowed: 1, GOMAXPROCS: 1}, r.Points...)
	if err != nil {
		t.Fatal(err)
	}
	if law, ok := alone.Amdahl(); ok {
		t.Errorf("a fit on one processor: %+v", law)
	}
}

func TestKarpFlattAndAmdahlAtTheEdges(t *testing.T) {
	for _, c := range []struct {
		speedup float64
		p       int
		want    float64
	}{{1, 1, math.NaN()}, {1, 8, 1}, {8, 8, 0}, {4, 8, 1.0 / 7}, {4, 2, -0.5}} {
		if got := KarpFlatt(c.speedup, c.p); !near(got, c.want) {
			t.Errorf("KarpFlatt(%g, %d) = %g, want %g", c.speedup, c.p, got, c.want)
		}
	}
	if l := (Amdahl{}).Limit(); !math.IsInf(l, 1) {
		t.Errorf("without a serial part the limit is %g", l)
	}
	faster := []Row{{Workers: 1, Speedup: 1}, {Workers: 2, Speedup: 3}}
	if law, ok := fitAmdahl(faster); !ok || law.Serial != 0 {
		t.Errorf("a speed-up above p fits as %+v, %t, want serial part 0", law, ok)
	}
}

func TestVerdict(t *testing.T) {
	wild := Times{10 * ms, 11 * ms, 12 * ms, 13 * ms, 14 * ms, 15 * ms}
	for _, c := range []struct {
		name              string
		points            []Point
		conclusive, noisy bool
		want              string
	}{
		{"faster", []Point{{1, steady(6, 20*ms)}, {2, steady(6, 10*ms)}}, true, false, "faster: 2 workers came out 2 times as fast as one worker, between 2 and 2"},
		{"slower", []Point{{1, steady(6, 10*ms)}, {2, steady(6, 20*ms)}}, true, false, "slower: 2 workers came out 0.5 times"},
		{"the same", []Point{{1, steady(6, 10*ms)}, {2, steady(6, 10*ms)}}, true, false, "no difference"},
		{"best within the processors", []Point{{1, steady(6, 40*ms)}, {2, steady(6, 20*ms)}, {4, steady(6, 10*ms)}, {8, steady(6, 5*ms)}}, true, false, "4 workers came out 4 times"},
		{"noisy, but surely faster", []Point{{1, steady(6, 20*ms)}, {2, wild}}, true, true, "faster, but by how much is not sure, since the machine was noisy: 2 workers came out 1.6 times as fast as one worker, between 1.33 and 2"},
		{"noisy", []Point{{1, steady(6, 14*ms)}, {2, wild}}, false, true, "inconclusive, since the machine was noisy"},
		{"few", []Point{{1, steady(5, 20*ms)}, {2, steady(5, 10*ms)}}, false, true, "inconclusive, since 5 repeats are too few"},
		{"alone", []Point{{1, steady(6, 20*ms)}}, false, false, "inconclusive: there are no two"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := NewResult("", four, c.points...)
			if err != nil {
				t.Fatal(err)
			}
			if v := r.Verdict(); v.Conclusive != c.conclusive || v.Noisy != c.noisy || !strings.Contains(v.Text, c.want) {
				t.Errorf("verdict is %+v, want %q", v, c.want)
			}
		})
	}
}

func TestBadInputIsAnErrorThatNamesTheValue(t *testing.T) {
	run := func(int) {}
	sweep := func(workers []int, run func(int), o ...Option) error { _, err := Sweep(workers, run, o...); return err }
	result := func(p ...Point) error { _, err := NewResult("", four, p...); return err }
	compareAll := func(a ...Alternative) error { _, err := CompareAll(a, Repeats(1), SampleTime(0)); return err }
	for _, c := range []struct {
		name string
		err  error
		want string
	}{
		{"no counts", sweep(nil, run), "no worker counts"},
		{"count 0", sweep([]int{1, 0}, run), "worker count is 0"},
		{"no 1", sweep([]int{4, 2}, run), "[2 4] do not hold 1"},
		{"nil function", sweep([]int{1}, nil), "function to time is nil"},
		{"nil option", sweep([]int{1}, run, nil), "option 0 is nil"},
		{"no repeats", sweep([]int{1}, run, Repeats(0)), "number of repeats is 0"},
		{"negative warm-ups", sweep([]int{1}, run, WarmUps(-1)), "number of warm-ups is -1"},
		{"negative sample", sweep([]int{1}, run, SampleTime(-ms)), "sample time is -1ms"},
		{"negative budget", sweep([]int{1}, run, Budget(-ms)), "budget is -1ms"},
		{"comparing nothing", func() error { _, err := Compare(nil, func() {}); return err }(), "function to time is nil"},
		{"no times", result(Point{1, nil}), "times on 1 workers are []"},
		{"time 0", result(Point{1, Times{0}}), "times on 1 workers are [0s]"},
		{"no alternatives", compareAll(), "there are no alternatives"},
		{"nameless alternative", compareAll(Alternative{"", func() {}}), "alternative 0 has no name"},
		{"alternatives of one name", compareAll(Alternative{"a", func() {}}, Alternative{"a", func() {}}), `two alternatives are called "a"`},
		{"nil alternative", compareAll(Alternative{"a", nil}), `the function of alternative 0, "a", is nil`},
		{"alternative without times", func() error { _, err := NewAlternatives("", four, Timing{"a", nil}); return err }(), `times of "a" are []`},
		{"twice", result(Point{1, Times{1}}, Point{1, Times{1}}), "worker count 1 is there twice"},
	} {
		if c.err == nil || !strings.Contains(c.err.Error(), c.want) {
			t.Errorf("%s: error is %v, want one with %q", c.name, c.err, c.want)
		}
	}
}

func TestSweepTimesEveryCountRepeatsTimes(t *testing.T) {
	var runs [4]atomic.Int64
	r, err := Sweep([]int{3, 1, 3}, func(p int) { runs[p].Add(1); time.Sleep(ms) },
		Repeats(6), WarmUps(2), SampleTime(0), Title("sleep"))
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Points) != 2 || r.Points[0].Workers != 1 || r.Points[1].Workers != 3 || r.Title != "sleep" {
		t.Fatalf("result is %+v", r)
	}
	for _, p := range r.Points {
		if len(p.Times) != 6 || p.Times.Min() < ms {
			t.Errorf("%d workers: times %v", p.Workers, p.Times)
		}
		if n := runs[p.Workers].Load(); n != 2+1+6 { // warm-ups, one to see how long it takes, repeats
			t.Errorf("%d workers: %d runs", p.Workers, n)
		}
	}
}

func TestSpentBudgetEndsTheRounds(t *testing.T) {
	r, err := Sweep([]int{1}, func(int) { time.Sleep(ms) }, Repeats(1000), Budget(0))
	if err != nil {
		t.Fatal(err)
	}
	if n := len(r.Points[0].Times); n != leastRepeats {
		t.Errorf("%d rounds, want %d", n, leastRepeats)
	}
}

func TestShortOperationIsRunManyTimesForOneSample(t *testing.T) {
	n := 0
	c, err := Compare(func() { n++ }, func() { n++ }, Repeats(6), SampleTime(ms))
	if err != nil {
		t.Fatal(err)
	}
	if n < 1000 || c.Before.Min() > 10*time.Microsecond {
		t.Errorf("%d runs, %v a run", n, c.Before.Min())
	}
}

func TestComparisonRatioAndBounds(t *testing.T) {
	c := Comparison{Before: Times{20, 20, 22, 22, 24, 24}, After: Times{10, 10, 11, 11, 12, 12}}
	low, high := c.Bounds()
	if !near(c.Ratio(), 2) || !near(low, 20.0/12) || !near(high, 2.4) {
		t.Errorf("ratio %g between %g and %g", c.Ratio(), low, high)
	}
}

func TestAlternativesStandAgainstTheFirst(t *testing.T) {
	a, err := NewAlternatives("ways", four, Timing{"loop", steady(6, 30*ms)}, Timing{"pool", steady(6, 10*ms)}, Timing{"channels", steady(6, 60*ms)})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []float64{1, 3, 0.5} {
		if s := a.Standings()[i]; !near(s.Ratio, want) || !near(s.Low, want) || !near(s.High, want) || s.Name != a.Timings[i].Name || s.Median != a.Timings[i].Times[0] || s.Noisy {
			t.Errorf("standing is %+v, want ratio %g", s, want)
		}
	}
	if v := a.Verdict(); v.Text != "faster: pool came out 3 times as fast as loop, between 3 and 3" || !v.Conclusive {
		t.Errorf("verdict is %+v", v)
	}
	for _, want := range []string{"30.0 ms", "60.0 ms", "0.5 … 0.5", "channels", "faster: pool", "8 logical"} {
		if !strings.Contains(strings.ToLower(a.Table()), want) {
			t.Errorf("table lacks %q:\n%s", want, a.Table())
		}
	}
	if chart := a.Chart(); chart.XLabel != "median time (ms)" || chart.Bars[2].Values[0] != 60 || !strings.Contains(chart.SVG(), "channels: 60") {
		t.Errorf("chart is %+v", chart)
	}
	slower, err := NewAlternatives("", four, Timing{"a", steady(6, 10*ms)}, Timing{"b", steady(6, 20*ms)}, Timing{"c", steady(6, 40*ms)})
	if err != nil {
		t.Fatal(err)
	}
	if v := slower.Verdict(); !strings.HasPrefix(v.Text, "slower: b came out 0.5 times as fast as a") {
		t.Errorf("verdict is %q", v)
	}
	if v := (Alternatives{Timings: a.Timings[:1]}).Verdict(); v.Conclusive || !strings.Contains(v.Text, "no two alternatives") {
		t.Errorf("verdict on one is %+v", v)
	}
}

func TestCompareAllTimesEachInTurn(t *testing.T) {
	var order strings.Builder
	way := func(name string) Alternative { return Alternative{name, func() { order.WriteString(name) }} }
	a, err := CompareAll([]Alternative{way("a"), way("b"), way("c")}, Repeats(2), WarmUps(0), SampleTime(0), Title("three"))
	if err != nil || a.Title != "three" || len(a.Timings) != 3 || len(a.Timings[2].Times) != 2 || a.Timings[2].Name != "c" {
		t.Fatalf("result is %+v, %v", a, err)
	}
	if got := order.String(); got != "abc"+"abcabc" { // one of each to see how long it takes
		t.Errorf("runs were %q", got)
	}
}

// file is an entry of a file system made for a test.
func file(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }

func TestHostIsReadFromProcAndSys(t *testing.T) {
	cpus := fstest.MapFS{
		"proc/cpuinfo":                  file("processor\t: 0\nmodel name\t: Testium 4\nmodel name\t: other\n"),
		"sys/devices/system/cpu/online": file("0-2,6\n"),
	}
	for name, text := range map[string]string{
		"index0/level": "1", "index0/type": "Data", "index0/size": "48K", "index0/coherency_line_size": "64", "index0/shared_cpu_list": "0,2",
		"index3/level": "3", "index3/type": "Unified", "index3/size": "36M", "index3/coherency_line_size": "64", "index3/shared_cpu_list": "0-2,6",
		"index4/level": "4", "index4/size": "many", "uevent": "",
	} {
		cpus["sys/devices/system/cpu/cpu0/cache/"+name] = file(text + "\n")
	}
	for cpu, core := range map[string][2]string{"cpu0": {"0", "0"}, "cpu1": {"0", "1"}, "cpu2": {"0", "0"}, "cpu6": {"0", "1"}} {
		cpus["sys/devices/system/cpu/"+cpu+"/topology/physical_package_id"] = file(core[0] + "\n")
		cpus["sys/devices/system/cpu/"+cpu+"/topology/core_id"] = file(core[1] + "\n")
	}
	for _, c := range []struct {
		name  string
		extra fstest.MapFS
		want  Host
	}{
		{"no control group", nil, Host{}},
		{"version 2, no limit", fstest.MapFS{"proc/self/cgroup": file("0::/a\n"), "sys/fs/cgroup/a/cpu.max": file("max 100000\n")}, Host{}},
		{"version 2, a tighter parent", fstest.MapFS{"proc/self/cgroup": file("0::/a/b\n"),
			"sys/fs/cgroup/a/b/cpu.max": file("400000 100000\n"), "sys/fs/cgroup/a/cpu.max": file("150000 100000\n")}, Host{Quota: 1.5}},
		{"version 1", fstest.MapFS{"proc/self/cgroup": file("4:memory:/x\n3:cpu,cpuacct:/job\n"),
			"sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_quota_us":  file("50000\n"),
			"sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_period_us": file("100000\n")}, Host{Quota: 0.5}},
		{"version 1, no limit", fstest.MapFS{"proc/self/cgroup": file("1:cpu:/\n"),
			"sys/fs/cgroup/cpu/cpu.cfs_quota_us": file("-1\n"), "sys/fs/cgroup/cpu/cpu.cfs_period_us": file("100000\n")}, Host{}},
		{"outside the name space", fstest.MapFS{"proc/self/cgroup": file("0::/../../y\nrubbish\n")}, Host{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			root := fstest.MapFS{}
			for _, part := range []fstest.MapFS{cpus, c.extra} {
				for name, f := range part {
					root[name] = f
				}
			}
			want := c.want
			want.CPU, want.Logical, want.Physical, want.ThreadsPerCore = "Testium 4", 4, 2, 2
			want.Caches = []Cache{{1, "Data", 48 << 10, 64, 2}, {3, "Unified", 36 << 20, 64, 4}}
			if got := readHost(root); !reflect.DeepEqual(got, want) {
				t.Errorf("host is %+v, want %+v", got, want)
			}
		})
	}
	if got := readHost(fstest.MapFS{}); !reflect.DeepEqual(got, Host{}) {
		t.Errorf("a system that tells nothing gives %+v", got)
	}
}

func FuzzHostFiles(f *testing.F) {
	f.Add("0-3,8\n", "0::/a\n", "150000 100000\n", "model name\t: x\n", "48K\n")
	f.Add("3-0,", "1:cpu:/../x\n:::\n", "-1 0\n", ":\n", "-1K")
	f.Add("0-99999999999999999999", "0::", "max", "", "9223372036854775807G")
	f.Fuzz(func(t *testing.T, online, group, quota, info, cache string) {
		h := readHost(fstest.MapFS{
			"sys/devices/system/cpu/online": file(online), "proc/self/cgroup": file(group),
			"sys/fs/cgroup/cpu.max": file(quota), "sys/fs/cgroup/a/cpu.max": file(quota), "proc/cpuinfo": file(info),
			"sys/devices/system/cpu/cpu0/cache/index0/level": file("1"), "sys/devices/system/cpu/cpu0/cache/index0/size": file(cache),
		})
		if h.Logical < 0 || h.Physical > h.Logical || !(h.Quota >= 0) || math.IsInf(h.Quota, 0) || h.Usable() < 1 {
			t.Errorf("host is %+v", h)
		}
		for _, c := range h.Caches {
			if c.Bytes <= 0 {
				t.Errorf("cache is %+v", c)
			}
		}
	})
}

func TestSizesAreWrittenInBinaryUnits(t *testing.T) {
	for n, want := range map[int]string{64: "64 bytes", 48 << 10: "48 KiB", 1536 << 10: "1.5 MiB", 266240 << 10: "260 MiB", 3 << 30: "3 GiB"} {
		if got := Bytes(n); got != want {
			t.Errorf("%d bytes are %q, want %q", n, got, want)
		}
	}
}

func TestVegaLiteHasTheTicksOfTheDrawing(t *testing.T) {
	for _, c := range []struct {
		chart Chart
		want  []float64
	}{
		{Chart{Series: []Series{{Points: []XY{{X: 1, Y: 1}, {X: 3, Y: 2}}}}}, []float64{0, 1, 2, 3}},
		{Chart{LogX: true, Series: []Series{{Points: []XY{{X: 100, Y: 1}, {X: 20000, Y: 2}}}}}, []float64{100, 1000, 10000}},
		{Chart{LogX: true, Series: []Series{{Points: []XY{{X: 10, Y: 1}, {X: 90, Y: 2}}}}}, []float64{10, 20, 50}},
		{Chart{LogX: true, Series: []Series{{Points: []XY{{X: 1, Y: 1}, {X: 1e21, Y: 2}}}}}, []float64{1, 1e3, 1e6, 1e9, 1e12, 1e15, 1e18, 1e21}},
	} {
		scale := c.chart.xScale(c.chart.drawable())
		axis := encoding(&scale, "x", "")["axis"].(map[string]any)
		if got := axis["values"].([]float64); !slices.Equal(got, c.want) {
			t.Errorf("ticks are %v, want %v", got, c.want)
		}
	}
}

func TestUsableIsTheTightestLimit(t *testing.T) {
	for _, c := range []struct {
		host Host
		want int
	}{
		{Host{Allowed: 8, GOMAXPROCS: 4}, 4},
		{Host{Allowed: 2, GOMAXPROCS: 4}, 2},
		{Host{Allowed: 8, GOMAXPROCS: 8, Quota: 1.5}, 2},
		{Host{}, 1},
	} {
		if got := c.host.Usable(); got != c.want {
			t.Errorf("%+v: %d usable, want %d", c.host, got, c.want)
		}
	}
}

func TestMachineAgreesWithTheRuntime(t *testing.T) {
	h := Machine()
	if h.Allowed != runtime.NumCPU() || h.GOMAXPROCS != runtime.GOMAXPROCS(0) || h.Logical < h.Allowed || h.Physical > h.Logical {
		t.Errorf("machine is %+v", h)
	}
}

// shown are values that a notebook shows, among them what a careless program may measure.
func shown(t *testing.T) map[string]interface{ Render() Bundle } {
	r, err := NewResult("<dot & product>", four, Point{1, steady(10, 20*ms)}, Point{2, Times{9 * ms, 10 * ms, 14 * ms}}, Point{8, steady(10, 6*ms)})
	if err != nil {
		t.Fatal(err)
	}
	one, err := NewResult("one", Host{}, Point{1, Times{1}})
	if err != nil {
		t.Fatal(err)
	}
	ways, err := NewAlternatives("<several>", four, Timing{"loop", steady(10, 20*ms)}, Timing{"pool & all", Times{9 * ms, 10 * ms, 14 * ms}})
	if err != nil {
		t.Fatal(err)
	}
	weak := r
	weak.Scaling = Weak
	odd := Series{Name: "odd", Points: []XY{{X: math.NaN(), Y: 1}, {X: 0, Y: math.Inf(1)}, {X: 0, Y: 3}, {X: 10, Y: 2, Low: 1, High: math.NaN()}, {X: 1e6, Y: 0.5, Low: 0.4, High: 0.7}}}
	return map[string]interface{ Render() Bundle }{
		"alternatives": ways, "their chart": ways.Chart(), "no alternatives": Alternatives{}, "their chart, too": Alternatives{}.Chart(),
		"odd bars": Bars{Title: "odd", Parts: []string{"a", "b"}, Bars: []Bar{{"", nil, 0, 0}, {"x", []float64{math.NaN(), 1, 2}, 0, math.Inf(1)}, {"y", []float64{-1, math.Inf(1)}, 1, 2}}},
		"weak":     weak, "weak chart": weak.Chart(), "zero weak": Result{Scaling: Weak},
		"result": r, "its chart": r.Chart(), "one point": one, "its chart alone": one.Chart(), "zero result": Result{}, "machine": four, "unknown machine": Host{}, "zero chart": Chart{},
		"odd": Chart{Series: []Series{odd}}, "odd on a logarithmic axis": Chart{LogX: true, Series: []Series{odd}, Marks: []Mark{{0, "nowhere"}, {1000, "here"}}},
		"odd on two logarithmic axes": Chart{LogX: true, LogY: true, Series: []Series{odd, {Name: "low", Points: []XY{{X: 1, Y: 0}, {X: 1, Y: 1, Low: 0, High: 2}}}}},
	}
}

func TestWhatIsShownIsWellFormed(t *testing.T) {
	for name, v := range shown(t) {
		t.Run(name, func(t *testing.T) {
			data := v.Render().Data
			if s, ok := data["text/plain"].(string); !ok || strings.Contains(s, "NaN") {
				t.Errorf("text is %q", data["text/plain"])
			}
			for _, mime := range []string{"image/svg+xml", "text/html"} {
				if text, ok := data[mime].(string); ok {
					checkXML(t, text)
				}
			}
			if image, ok := data["image/png"].([]byte); ok {
				if _, err := png.Decode(bytes.NewReader(image)); err != nil {
					t.Errorf("the image: %v", err)
				}
			}
			if _, err := json.Marshal(data); err != nil {
				t.Errorf("the bundle is no JSON: %v", err)
			}
		})
	}
}

func checkXML(t *testing.T, text string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(text))
	d.Entity, d.AutoClose = xml.HTMLEntity, xml.HTMLAutoClose
	for {
		if _, err := d.Token(); err == io.EOF {
			break
		} else if err != nil {
			t.Fatalf("%v in %s", err, text)
		}
	}
	for _, bad := range []string{"NaN", "Inf"} {
		if strings.Contains(text, bad) {
			t.Errorf("%s in %s", bad, text)
		}
	}
}

func TestTableAndPlotShowTheNumbers(t *testing.T) {
	r, err := NewResult("dot", four, Point{1, steady(10, 20*ms)}, Point{2, steady(10, 10*ms)}, Point{8, Times{5 * ms, 8 * ms}})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Test: 4 processors to use, 8 logical, 4 physical cores", "20.0 ms", "2.00", "100%", "noisy", "Amdahl"} {
		if !strings.Contains(r.Table(), want) {
			t.Errorf("table lacks %q:\n%s", want, r.Table())
		}
		if !strings.Contains(r.HTML(), want) {
			t.Errorf("HTML lacks %q", want)
		}
	}
	for _, want := range []string{"measured", "ideal", "Amdahl", "4 processors", "speed-up", "workers"} {
		if !strings.Contains(r.Chart().SVG(), want) {
			t.Errorf("plot lacks %q", want)
		}
	}
}

func TestMarksKeepTheirLabelsInThePlot(t *testing.T) {
	line := Series{Points: []XY{{X: 1, Y: 1}, {X: 100, Y: 2}}}
	for _, c := range []struct {
		at            float64
		log           bool
		align, anchor string
	}{{2, false, "left", "start"}, {90, false, "right", "end"}, {5, true, "left", "start"}, {20, true, "right", "end"}} {
		chart := Chart{LogX: c.log, Series: []Series{line}, Marks: []Mark{{c.at, "here"}}}
		if want := `text-anchor="` + c.anchor + `" fill="` + figure.MarkColour + `">here`; !strings.Contains(chart.SVG(), want) {
			t.Errorf("at %g: no %s in\n%s", c.at, want, chart.SVG())
		}
		layers := chart.VegaLite()["layer"].([]any)
		mark := layers[len(layers)-1].(map[string]any)["mark"].(map[string]any)
		if mark["align"] != c.align {
			t.Errorf("at %g: the label is set %v, want %s", c.at, mark["align"], c.align)
		}
	}
}

func TestLongBarsAreCutSoThatTheRestIsSeen(t *testing.T) {
	c := Chart{Series: []Series{{Points: []XY{{X: 1, Y: 1, Low: 0.5, High: 100}, {X: 2, Y: 2, Low: 1, High: 3}}}}}
	points := c.drawable()[0].Points
	if points[0].High != 4 || points[1].High != 3 || c.Series[0].Points[0].High != 100 {
		t.Errorf("points are %v, of %v", points, c.Series[0].Points)
	}
	b := Bars{Bars: []Bar{{"a", []float64{1}, 0.5, 100}, {"b", []float64{2}, 1, 3}}}
	if bars := b.drawable(); bars[0].High != 4 || bars[1].High != 3 {
		t.Errorf("bars are %v", bars)
	}
}

func TestNumbersHaveNoSignWithoutAValue(t *testing.T) {
	for x, want := range map[float64]string{-0.0004: "0.000", -0.001: "-0.001", 0.25: "0.250", math.NaN(): "–"} {
		if got := number(x); got != want {
			t.Errorf("%g is written %s, want %s", x, got, want)
		}
	}
}
