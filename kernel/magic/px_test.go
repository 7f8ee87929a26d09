package magic

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/warren-go/warren/kernel/display"
	"github.com/warren-go/warren/kernel/engine"
	"github.com/warren-go/warren/kernel/px"
)

func TestOptionsOfPx(t *testing.T) {
	tests := []struct {
		args, rest string
		want       pxOptions
		err        string
	}{
		{args: "f(-1)", rest: "f(-1)"},
		{args: "-t 0,2 -noblock x", rest: "x", want: pxOptions{engines: "0,2", later: true}},
		{args: "--targets=1: --group f()  // -t", rest: "f()  // -t", want: pxOptions{engines: "1:", grouped: true}},
		{args: "-a -block -local", want: pxOptions{local: true}},
		{args: "-t", err: "which engines"},
		{args: "-x 1", err: "-x is not understood"},
	}
	for _, test := range tests {
		var o pxOptions
		rest, err := o.read(test.args)
		if test.err != "" {
			if err == nil || !strings.Contains(err.Error(), test.err) {
				t.Errorf("%q: %v", test.args, err)
			}
			continue
		}
		if err != nil || rest != test.rest || o != test.want {
			t.Errorf("%q: %+v, rest %q, %v", test.args, o, rest, err)
		}
	}
}

// marked notes what is shown, a line each.
type marked struct {
	engine.Output
	lines []string
}

func (m *marked) Stream(name, text string) {
	for line := range strings.Lines(text) {
		m.lines = append(m.lines, name+" "+strings.TrimSuffix(line, "\n"))
	}
}
func (m *marked) Display(d display.Data) {
	m.lines = append(m.lines, "display "+d.Data["text/html"].(string))
}

func TestOutputOfEnginesIsMarked(t *testing.T) {
	shown := []px.Output{
		{Engine: 1, Stream: "stdout", Text: "a\n\nb\n"},
		{Engine: 0, Stream: "stderr", Text: "c"},
		{Engine: 1, Result: true, Text: "3", Data: display.MIMEMap{"text/plain": "3"}},
		{Engine: 0, Data: display.MIMEMap{"text/html": "<b>", "text/plain": "b"}},
	}
	lines := map[bool][]string{
		false: {"stdout [stdout:1] a", "stdout [stdout:1] ", "stdout [stdout:1] b", "stderr [stderr:0] c", "stdout Out[1]: 3", "stdout [output:0]", "display <b>"},
		true:  {"stderr [stderr:0] c", "stdout [output:0]", "display <b>", "stdout [stdout:1] a", "stdout [stdout:1] ", "stdout [stdout:1] b", "stdout Out[1]: 3"},
	}
	for grouped, want := range lines {
		var m marked
		o := newEnginesOutput(&m, grouped)
		for _, one := range shown {
			data, err := json.Marshal(one)
			if err != nil {
				t.Fatal(err)
			}
			o.receive(engine.CommMessage{Kind: "msg", Data: data})
		}
		o.receive(engine.CommMessage{Kind: "msg", Data: []byte("no JSON")})
		o.flush()
		if !slices.Equal(m.lines, want) {
			t.Errorf("grouped %v:\n%q, want\n%q", grouped, m.lines, want)
		}
	}
}

func TestFailuresNameTheirEngines(t *testing.T) {
	e := enginesFailure([]px.Failure{
		{Engines: []int{0, 2}, Name: "panic", Message: "m", Traceback: "t1\nt2\n"},
		{Engines: []int{1}, Message: "lost"},
	})
	want := []string{"\x1b[1m[0,2:px]\x1b[0m", "t1", "t2", "\x1b[1m[1:px]\x1b[0m", "lost", "\x1b[31mpx error\x1b[0m: 3 engines failed: panic: m"}
	if e.Name != "px error" || e.Value != "3 engines failed: panic: m" || !reflect.DeepEqual(e.Traceback, want) {
		t.Errorf("%q", e)
	}
}
