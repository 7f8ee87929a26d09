package profile

import (
	"bytes"
	"math"
	"regexp"
	"runtime"
	"runtime/pprof"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/pprof/profile"
)

var every = []string{"text/plain", "text/html", "image/svg+xml"}

// processorTime is what this process has used so far.
func processorTime(t *testing.T) time.Duration {
	t.Helper()
	var use syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &use); err != nil {
		t.Fatal(err)
	}
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}

// realProfile profiles the functions of cells_test.go over half a second of processor time, however busy the machine is.
func realProfile(t *testing.T) []byte {
	t.Helper()
	var buf bytes.Buffer
	if err := pprof.StartCPUProfile(&buf); err != nil {
		t.Fatal(err)
	}
	for end := processorTime(t) + 500*time.Millisecond; processorTime(t) < end; {
		runtime.KeepAlive(work(3))
	}
	pprof.StopCPUProfile()
	return buf.Bytes()
}

func TestCPUDrawsARealProfile(t *testing.T) {
	o := Options{
		Cell: "cell[9]",
		Hide: func(name string) bool { return strings.HasPrefix(name, "testing.") },
		Source: func(file string, line int) (string, bool) {
			return "	return fib(n-1) + fib(n-2) // <&>", true
		},
	}
	raw := realProfile(t)
	d, err := CPU(bytes.NewReader(raw), o)
	if err != nil {
		t.Fatal(err)
	}
	forms := checkPage(t, "cpu", d, every...)
	for _, mime := range every {
		for _, want := range []string{"profile.fib", "cell[9]"} {
			if !strings.Contains(forms[mime], want) {
				t.Errorf("%s does not show %q", mime, want)
			}
		}
	}
	if row := regexp.MustCompile(`(?m)^.*profile\.dot .*$`).FindString(forms["text/plain"]); !strings.Contains(row, "cell[7]:10") && !strings.Contains(row, "cell[7]:11") {
		t.Errorf("the row of dot does not name its loop, cell[7]:10 or 11: %q", row)
	}
	if strings.Contains(forms["text/html"], "testing.tRunner") {
		t.Error("a hidden function is shown")
	}

	data, err := profile.ParseData(raw)
	if err != nil {
		t.Fatal(err)
	}
	p, err := newCPUProfile(data, o)
	if err != nil {
		t.Fatal(err)
	}
	checkTimes(t, p, data)
	checkBoxes(t, p)
}

// checkTimes fails unless no time is lost or counted twice.
func checkTimes(t *testing.T, p *cpuProfile, data *profile.Profile) {
	t.Helper()
	var all, flat int64
	for _, s := range data.Sample {
		all += s.Value[1]
	}
	for _, f := range p.funcs {
		flat += f.flat
		if f.flat > f.cum || f.cum > p.total {
			t.Errorf("%s: flat %d, cum %d, total %d", f.name, f.flat, f.cum, p.total)
		}
	}
	if p.total+p.kernel != all || flat != p.total {
		t.Errorf("profile of %d ns; shown %d, hidden %d, sum of flat times %d", all, p.total, p.kernel, flat)
	}
	var check func(c *call)
	check = func(c *call) {
		sum := c.self
		for _, child := range c.children {
			sum += child.time
			check(child)
		}
		if sum != c.time {
			t.Errorf("a call of %d ns has parts of %d ns", c.time, sum)
		}
	}
	check(p.root)
}

// checkBoxes fails unless the widths of the boxes are their times and none overlap.
func checkBoxes(t *testing.T, p *cpuProfile) {
	t.Helper()
	scale := flameWidth / float64(p.total)
	ends := map[int]float64{}
	for _, b := range layFlame(p) {
		if math.Abs(b.width-float64(b.time)*scale) > 1e-6 {
			t.Errorf("a box of %d ns is %g wide, want %g", b.time, b.width, float64(b.time)*scale)
		}
		if b.width < narrowest {
			t.Errorf("a box is only %g wide", b.width)
		}
		if b.x < ends[b.row]-1e-6 || b.x+b.width > flameWidth+1e-6 {
			t.Errorf("row %d: a box from %g to %g; the row was taken up to %g", b.row, b.x, b.x+b.width, ends[b.row])
		}
		ends[b.row] = b.x + b.width
	}
}

// handmade builds a profile out of stacks (innermost function first) with their milliseconds.
func handmade(stacks map[string]int64) *bytes.Buffer {
	p := &profile.Profile{
		SampleType:    []*profile.ValueType{{Type: "samples", Unit: "count"}, {Type: "cpu", Unit: "nanoseconds"}},
		PeriodType:    &profile.ValueType{Type: "cpu", Unit: "nanoseconds"},
		Period:        10e6,
		DurationNanos: 1e9,
	}
	locations := map[string]*profile.Location{}
	for text, ms := range stacks {
		s := &profile.Sample{Value: []int64{ms / 10, ms * 1e6}}
		for _, name := range strings.Fields(text) {
			if locations[name] == nil {
				f := &profile.Function{ID: uint64(len(locations) + 1), Name: name, Filename: "/src/" + name + ".go"}
				p.Function = append(p.Function, f)
				locations[name] = &profile.Location{ID: f.ID, Line: []profile.Line{{Function: f, Line: 5}}}
				p.Location = append(p.Location, locations[name])
			}
			s.Location = append(s.Location, locations[name])
		}
		p.Sample = append(p.Sample, s)
	}
	var buf bytes.Buffer
	if err := p.Write(&buf); err != nil {
		panic(err)
	}
	return &buf
}

func TestCPUFoldsHiddenFramesAndRecursion(t *testing.T) {
	buf := handmade(map[string]int64{
		"p.f p.f p.f w.call p.g w.run runtime.goexit": 300,
		"p.g w.run runtime.goexit":                    100,
		"w.poll w.run":                                50,
	})
	data, err := profile.Parse(buf)
	if err != nil {
		t.Fatal(err)
	}
	o := Options{
		Hide: func(name string) bool { return strings.HasPrefix(name, "w.") },
		Line: func(file string, line int) string {
			return map[bool]string{true: "cell[1]:5"}[strings.HasPrefix(file, "/src/p.")]
		},
	}
	p, err := newCPUProfile(data, o)
	if err != nil {
		t.Fatal(err)
	}
	if p.total != 400e6 || p.kernel != 50e6 {
		t.Errorf("shown %d, hidden %d", p.total, p.kernel)
	}
	g := p.root.sorted()
	if len(g) != 1 || g[0].fn.name != "p.g" || g[0].self != 100e6 {
		t.Fatalf("below the root: %+v", g)
	}
	f := g[0].sorted()
	if len(f) != 1 || f[0].fn.name != "p.f" || f[0].deepest != 3 || len(f[0].children) != 0 {
		t.Errorf("below g: %+v", f[0])
	}
	if fn := p.funcs["p.f"]; fn.cum != 300e6 || fn.flat != 300e6 {
		t.Errorf("f took %d flat, %d cum", fn.flat, fn.cum)
	}
	checkBoxes(t, p)
}

func TestCPUMergesFramesNarrowerThanAPixel(t *testing.T) {
	stacks := map[string]int64{"p.big p.main": 90000}
	for i := range 2000 {
		stacks["p.small"+strings.Repeat("x", i%100)+string(rune('a'+i/100))+" p.main"] = 10
	}
	data, err := profile.Parse(handmade(stacks))
	if err != nil {
		t.Fatal(err)
	}
	p, err := newCPUProfile(data, Options{})
	if err != nil {
		t.Fatal(err)
	}
	boxes := layFlame(p)
	if len(boxes) != 4 { // root, main, big, and one for all the small ones
		t.Fatalf("%d boxes, want 4", len(boxes))
	}
	if last := boxes[3]; last.merged != 2000 || last.time != 20000e6 {
		t.Errorf("the merged box stands for %d frames and %d ns", last.merged, last.time)
	}
	checkBoxes(t, p)
}

func TestCPUSaysWhyAProfileIsEmpty(t *testing.T) {
	d, err := CPU(handmade(nil), Options{Cell: "cell[3]"})
	if err != nil {
		t.Fatal(err)
	}
	text := checkPage(t, "cpu-empty", d, "text/plain")["text/plain"]
	for _, want := range []string{"cell[3]", "10 ms", "larger input"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in %q", want, text)
		}
	}
}

func TestCPURefusesWhatIsNoCPUProfile(t *testing.T) {
	var heap bytes.Buffer
	if err := pprof.Lookup("heap").WriteTo(&heap, 0); err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct{ data, want string }{
		"garbage":      {"no profile", "read CPU profile"},
		"nothing":      {"", "read CPU profile"},
		"heap profile": {heap.String(), "no sample type cpu/nanoseconds"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if _, err := CPU(strings.NewReader(tt.data), Options{}); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want one with %q", err, tt.want)
			}
		})
	}
}

func TestShortNameKeepsTypeArguments(t *testing.T) {
	tests := map[string]string{
		"main.f":                                "main.f",
		"gonum.org/v1/gonum/mat.(*Dense).Mul":   "mat.(*Dense).Mul",
		"example.com/p.Map[go.shape.int,a/b.T]": "p.Map[int,a/b.T]",
		"p.Map[go.shape.struct { a/b.x int }]":  "p.Map[struct { a/b.x int }]",
	}
	for full, want := range tests {
		if got := shortName(full); got != want {
			t.Errorf("%q: got %q, want %q", full, got, want)
		}
	}
}

func TestPercentagesOfTheTopTableAddUp(t *testing.T) {
	data, err := profile.Parse(handmade(map[string]int64{"a m": 250, "b m": 500, "m": 250}))
	if err != nil {
		t.Fatal(err)
	}
	p, err := newCPUProfile(data, Options{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	bars := 0.0
	for _, row := range p.top().Rows {
		got = append(got, row[4].Text+" "+row[1].Text+" "+row[3].Text)
		bars += row[1].Bar
	}
	want := "b 50.0% 50.0%,m 25.0% 100.0%,a 25.0% 25.0%"
	if strings.Join(got, ",") != want || math.Abs(bars-1) > 1e-9 {
		t.Errorf("got %v with bars of %g, want %s", got, bars, want)
	}
}

func TestCPUFoldsWhatPlumbingCallsIntoItsCaller(t *testing.T) {
	locations := map[string]*profile.Location{}
	stackOf := func(names string) (all []*profile.Location) {
		for _, name := range strings.Fields(names) {
			if locations[name] == nil {
				id := uint64(len(locations) + 1)
				file := map[bool]string{true: "cell[1]"}[strings.HasPrefix(name, "cell.")]
				f := &profile.Function{ID: id, Name: name, Filename: file}
				locations[name] = &profile.Location{ID: id, Line: []profile.Line{{Function: f, Line: 3}}}
			}
			all = append(all, locations[name])
		}
		return all
	}
	data := &profile.Profile{
		SampleType: []*profile.ValueType{{Type: "cpu", Unit: "nanoseconds"}},
		Sample: []*profile.Sample{
			{Location: stackOf("sync/atomic.Load kernel.poll cell.f kernel.run runtime.goexit"), Value: []int64{1}},
			{Location: stackOf("cell.g runtime.call kernel.poll cell.f kernel.run runtime.goexit"), Value: []int64{10}},
			{Location: stackOf("runtime.malloc library.f kernel.guarded sync.start runtime.goexit"), Value: []int64{100}},
			{Location: stackOf("runtime.malloc metrics.read kernel.watch runtime.goexit"), Value: []int64{1000}},
		},
	}
	p, err := newCPUProfile(data, Options{Hide: func(name string) bool { return strings.HasPrefix(name, "kernel.") }})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]int64{"cell.f": 11, "cell.g": 10, "library.f": 100, "runtime.malloc": 100} {
		if f := p.funcs[name]; f == nil || f.cum != want {
			t.Errorf("%s has %+v, want %d ns", name, f, want)
		}
	}
	if len(p.funcs) != 5 || p.kernel != 1000 {
		t.Errorf("%d functions, want 5 with the starter of library.f; the kernel has %d ns, want 1000", len(p.funcs), p.kernel)
	}
}
