package observe

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"image/png"
	"io"
	"math"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// The workers of parlib's shared team stay; that teams end theirs is tested in package team.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("github.com/warren-go/warren/parlib/team.(*worker).serve"))
}

const ms = time.Millisecond

var start = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)

// at is a moment some milliseconds after the start.
func at(millis int) time.Time { return start.Add(time.Duration(millis) * ms) }

// uneven is a recording of three workers: one works 6 of 10 ms, one 2 of them, and one not at all.
func uneven() *Recorder {
	r := new(Recorder)
	r.Workers(3)
	r.Chunk(0, 0, 4, at(0), at(4))
	r.Chunk(1, 4, 5, at(1), at(3))
	r.Chunk(0, 5, 10, at(8), at(10))
	return r
}

func TestLoadsAreExactOnGivenTimes(t *testing.T) {
	line := uneven().Timeline()
	if line.Total != 10*ms || len(line.Lanes) != 3 || len(line.Lanes[0].Spans) != 2 {
		t.Fatalf("timeline is %+v", line)
	}
	if s := line.Lanes[0].Spans[1]; s != (Span{"", 5, 10, 8 * ms, 10 * ms}) {
		t.Errorf("span is %+v", s)
	}
	for i, want := range []Load{
		{0, 2, 9, 6 * ms, 4 * ms, 0.75}, {1, 1, 1, 2 * ms, 8 * ms, 0.25}, {2, 0, 0, 0, 10 * ms, 0},
	} {
		if got := line.Loads()[i]; got != want {
			t.Errorf("load is %+v, want %+v", got, want)
		}
	}
	if got := line.Imbalance(); math.Abs(got-1.25) > 1e-12 { // 6 against a mean of 8/3
		t.Errorf("imbalance is %g, want 1.25", got)
	}
	if got := line.Loads().Efficiency(); math.Abs(got-8.0/30) > 1e-12 {
		t.Errorf("efficiency is %g, want 8/30", got)
	}
}

func TestPiecesWithinOthersCountOnce(t *testing.T) {
	var r Recorder
	r.Chunk(0, 0, 1, at(2), at(3)) // inner ones end first, and so are reported first
	r.Chunk(0, 1, 2, at(3), at(6))
	r.Chunk(0, 0, 2, at(0), at(5))
	if got := r.Timeline().Loads()[0].Busy; got != 6*ms {
		t.Errorf("busy for %v, want 6ms", got)
	}
}

func TestImbalanceAtTheEdges(t *testing.T) {
	for _, c := range []struct {
		busy []int
		want float64
	}{{nil, 0}, {[]int{0, 0}, 0}, {[]int{5}, 0}, {[]int{5, 5}, 0}, {[]int{10, 0}, 1}, {[]int{10, 0, 0, 0}, 3}} {
		var r Recorder
		r.Workers(len(c.busy))
		for i, n := range c.busy {
			r.Chunk(i, 0, 1, at(0), at(n))
		}
		if got := r.Timeline().Imbalance(); got != c.want {
			t.Errorf("workers busy for %v: imbalance %g, want %g", c.busy, got, c.want)
		}
	}
}

func TestManyWorkersReportAtOnce(t *testing.T) {
	var r Recorder
	var all sync.WaitGroup
	for worker := range 8 {
		all.Go(func() {
			for range 100 {
				end := r.Begin(worker, fmt.Sprint("task ", worker))
				end()
			}
			r.Timeline() // while others report
		})
	}
	all.Wait()
	line := r.Timeline()
	if len(line.Lanes) != 8 {
		t.Fatalf("%d lanes", len(line.Lanes))
	}
	for i, l := range line.Loads() {
		if l.Pieces != 100 || line.Lanes[i].Spans[99].Name != fmt.Sprint("task ", i) {
			t.Errorf("load is %+v", l)
		}
	}
	r.Reset()
	if line := r.Timeline(); len(line.Lanes) != 0 || line.Total != 0 {
		t.Errorf("after Reset the timeline is %v", line)
	}
}

func TestWhatIsNotKeptIsCounted(t *testing.T) {
	var r Recorder
	for i := range mostSpans + 10 {
		r.Chunk(0, i, i+1, at(i), at(i+1))
	}
	line := r.Timeline()
	l := line.Loads()[0]
	if len(line.Lanes[0].Spans) != mostSpans || l.Pieces != mostSpans+10 || l.Items != mostSpans+10 || l.Busy != (mostSpans+10)*ms {
		t.Errorf("%d spans, load %+v", len(line.Lanes[0].Spans), l)
	}
	if svg := line.SVG(); !strings.Contains(svg, "Not drawn: 10 pieces.") {
		t.Error("the chart does not say that pieces are not drawn")
	}
}

func TestChartStaysSmallForManyPieces(t *testing.T) {
	var r Recorder
	for i := range 50_000 {
		r.Chunk(i%2, i, i+1, start.Add(time.Duration(i)*time.Microsecond), start.Add(time.Duration(i+1)*time.Microsecond))
	}
	if boxes := strings.Count(r.Timeline().SVG(), "<rect"); boxes < 100 || boxes > 1200 {
		t.Errorf("%d boxes for 50000 pieces", boxes)
	}
}

func TestTimelineShowsItself(t *testing.T) {
	named := new(Recorder)
	named.add(0, recorded{name: "compute & <more>", begin: at(0), end: at(5)})
	named.add(1, recorded{name: "wait", begin: at(2), end: at(3)})
	for name, c := range map[string]struct {
		line Timeline
		want []string
	}{
		"chunks":  {uneven().Timeline(), []string{"worker 2", "indices 0 to 3: 4.00 ms", "index 4: 2.00 ms", "imbalance 1.25", "time (ms)", "busy 27% of the time"}},
		"named":   {named.Timeline(), []string{"compute &amp; &lt;more&gt;: 5.00 ms", ">wait<"}},
		"nothing": {new(Recorder).Timeline(), []string{"Nothing was recorded."}},
		"zero":    {Timeline{}, []string{"Nothing was recorded."}},
	} {
		t.Run(name, func(t *testing.T) {
			data := c.line.Render().Data
			svg := data["image/svg+xml"].(string)
			checkXML(t, svg)
			for _, want := range c.want {
				if !strings.Contains(svg, want) {
					t.Errorf("no %q in %s", want, svg)
				}
			}
			if _, err := png.Decode(bytes.NewReader(data["image/png"].([]byte))); err != nil {
				t.Error(err)
			}
			if _, err := json.Marshal(data); err != nil {
				t.Error(err)
			}
			checkXML(t, c.line.Loads().HTML())
			checkXML(t, c.line.Loads().Chart().SVG())
		})
	}
}

func checkXML(t *testing.T, text string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(text))
	for {
		if _, err := d.Token(); err == io.EOF {
			break
		} else if err != nil {
			t.Fatalf("%v in %s", err, text)
		}
	}
	if strings.Contains(text, "NaN") || strings.Contains(text, "Inf") {
		t.Errorf("a number that cannot be drawn in %s", text)
	}
}

func TestLoadTableShowsTheNumbers(t *testing.T) {
	text := uneven().Timeline().String()
	for _, want := range []string{"6.00 ms", "4.00 ms", "75%", "imbalance 1.25", "3 workers in 10.0 ms"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}

func TestRecorderTakesAnyNumberOfAWorker(t *testing.T) {
	var r Recorder
	r.Workers(-1)
	for _, worker := range []int{math.MinInt, -1, math.MaxInt} {
		r.Begin(worker, "work")()
		r.Chunk(worker, 0, 1, time.Now(), time.Now())
	}
	if n := len(r.lanes); n != mostWorkers {
		t.Errorf("there are %d workers, want %d", n, mostWorkers)
	}
}
