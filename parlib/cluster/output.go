package cluster

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"

	"github.com/warren-go/warren/internal/ipp/client"
)

// Output is something that an engine printed or showed during a call.
type Output struct {
	Engine int            // its id
	Stream string         // "stdout", "stderr", or "" for what is shown
	Text   string         // what was printed; of what is shown, its plain text
	Data   map[string]any // what is shown, by media types; nil for what is printed
	Result bool           // Data is the value of the last expression of code
}

// outputOf makes an output of what the client hears. ok is false for what nobody wants to see.
func outputOf(o client.Output) (out Output, ok bool) {
	switch o.Kind {
	case "stream":
		return Output{Engine: o.Engine, Stream: o.Name, Text: o.Text}, true
	case "display_data", "execute_result":
		out = Output{Engine: o.Engine, Data: dataOf(o.Data), Result: o.Kind == "execute_result"}
		out.Text, _ = out.Data["text/plain"].(string)
		return out, true
	}
	return Output{}, false
}

func dataOf(raw map[string]json.RawMessage) map[string]any {
	data := make(map[string]any, len(raw))
	for kind, text := range raw {
		var v any
		if json.Unmarshal(text, &v) == nil {
			data[kind] = v
		}
	}
	return data
}

// Print writes output of engines to this process's standard output and standard error, each line with where it comes from:
// [stdout:0], [stderr:0], [output:0] for what is shown as plain text, or Out[0] for the value of code.
func Print(o Output) { printer.print(o) }

var printer = linePrinter{out: standard}

// standard is where a stream goes. It is looked up each time, since programs replace it.
func standard(stream string) io.Writer {
	if stream == "stderr" {
		return os.Stderr
	}
	return os.Stdout
}

// linePrinter marks lines.
type linePrinter struct {
	out func(stream string) io.Writer

	mu sync.Mutex
}

func (p *linePrinter) print(o Output) {
	if o.Text == "" {
		return
	}
	mark := fmt.Sprintf("[%s:%d] ", o.Stream, o.Engine)
	switch {
	case o.Result:
		mark = fmt.Sprintf("Out[%d]: ", o.Engine)
	case o.Stream == "":
		mark = fmt.Sprintf("[output:%d] ", o.Engine)
	}
	var b strings.Builder
	for line := range strings.SplitSeq(strings.TrimSuffix(o.Text, "\n"), "\n") {
		b.WriteString(mark + line + "\n")
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	io.WriteString(p.out(o.Stream), b.String())
}
