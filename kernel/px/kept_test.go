package px

import (
	"strings"
	"testing"

	"github.com/warren-go/warren/kernel/display"
)

// An engine that prints in a loop fills no memory, and takes nothing from what the others say.
func TestWhatIsKeptIsBounded(t *testing.T) {
	much := strings.Repeat("x", 1<<20)
	tests := map[string]Output{
		"lines": {Engine: 1, Stream: "stdout", Text: "\n"},
		"text":  {Engine: 1, Stream: "stderr", Text: much},
		"HTML":  {Engine: 1, Data: display.MIMEMap{"text/html": much}},
		"bytes": {Engine: 1, Data: display.MIMEMap{"image/png": []byte(much)}},
		"JSON":  {Engine: 1, Data: display.MIMEMap{"application/json": map[string]any{"x": much}}},
	}
	for name, o := range tests {
		var k Kept
		most := mostKept / o.size()
		for range most + 10 {
			k.Add(o)
		}
		k.Add(Output{Engine: 0, Stream: "stdout", Text: "heard"})
		got := k.Take()
		if len(got) != most+2 || got[most-1].Stream != o.Stream || got[most].Text != "…\n" || got[most].Engine != 1 || got[most+1].Text != "heard" {
			t.Errorf("%s: %d are kept, want %d", name, len(got), most+2)
		}
		k.Add(o)
		if again := k.Take(); len(again) != 1 || again[0].Text != o.Text {
			t.Errorf("%s: %d are kept when the first were taken", name, len(again))
		}
	}
}
