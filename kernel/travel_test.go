package kernel

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/warren-go/warren/internal/ipp/controller"
	ippengine "github.com/warren-go/warren/internal/ipp/engine"
	"github.com/warren-go/warren/kernel/build"
	"github.com/warren-go/warren/kernel/engine"
	"github.com/warren-go/warren/kernel/ipp"
	"github.com/warren-go/warren/kernel/magic"
)

// printed is an Output that keeps what cells print.
type printed struct {
	discard
	mu   sync.Mutex
	text strings.Builder
}

func (p *printed) Stream(name, text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.text.WriteString(text)
}

// notes is a session whose cells are numbered.
type notes struct {
	*testing.T
	*session
	count int
}

func newNotes(t *testing.T) *notes {
	t.Helper()
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	e, err := engine.New(engine.Options{Build: build.Options{Source: root}, Dir: t.TempDir(), Log: t.Logf})
	if err != nil {
		t.Fatal(err)
	}
	s := &session{engine: e, magic: magic.New(e, magic.Options{})}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return &notes{T: t, session: s}
}

// run runs a cell and returns what it prints, or its error.
func (n *notes) run(code string) (string, string) {
	n.Helper()
	n.count++
	var out printed
	err := n.Execute(n.Context(), code, n.count, &out)
	text := strings.TrimSpace(out.text.String())
	if e, ok := errors.AsType[*engine.CellError](err); ok {
		return text, e.Name + ": " + e.Value + "\n" + strings.Join(e.Traceback, "\n")
	}
	if err != nil {
		n.Fatal(err)
	}
	return text, ""
}

func (n *notes) must(code string) string {
	n.Helper()
	text, failed := n.run(code)
	if failed != "" {
		n.Fatalf("%s\nfails: %s", code, failed)
	}
	return text
}

// connected is a session that is the client of a cluster with some engines, which are sessions too.
func connected(t *testing.T, engines int, wrap func(*session) ipp.Session) *notes {
	t.Helper()
	dir := t.TempDir()
	c, err := controller.Start(controller.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	t.Cleanup(running.Wait)
	t.Cleanup(cancel)
	for range engines {
		x := ipp.New()
		x.Open(wrap(newNotes(t).session), nil)
		running.Go(func() {
			ippengine.Run(ctx, ippengine.Config{File: c.EngineInfo(), Executor: x, Log: slog.New(slog.DiscardHandler)})
		})
	}
	n := newNotes(t)
	n.must(fmt.Sprintf("c, err := cluster.Connect(%q)\nif err != nil { panic(err) }\nif err := c.Wait(context.Background(), %d); err != nil { panic(err) }\nv := c.Balanced()",
		filepath.Join(dir, "ipcontroller-client.json"), engines))
	t.Cleanup(func() {
		if err := n.Execute(context.Background(), "c.Close()", n.count+1, discard{}); err != nil {
			t.Error(err)
		}
	})
	return n
}

// here is a session on the machine of its client.
func here(s *session) ipp.Session { return s }

// elsewhere is a session on a machine that has not the files of the client's: no path leads to one.
type elsewhere struct {
	*session
	asked int
}

func (e *elsewhere) Apply(ctx context.Context, buffers [][]byte, count int, out engine.Output) ([][]byte, error) {
	e.asked++
	for i, b := range buffers {
		buffers[i] = bytes.ReplaceAll(b, []byte("/cells-"), []byte("/other-"))
	}
	return e.session.Apply(ctx, buffers, count, out)
}

// call is a cell that prints what a function returns elsewhere.
func call(arguments string) string {
	return "func() {\n\tgot, err := cluster.Call[any](context.Background(), v, " + arguments + ")\n\tif err != nil {\n\t\tpanic(err)\n\t}\n\tfmt.Printf(\"%+v\", got)\n}()"
}

func TestFunctionsOfASessionRunOnItsEngines(t *testing.T) {
	n := connected(t, 1, here)
	const mapped = `func() {
	got, err := cluster.Map(v, items, scaled)
	fmt.Print(got, err)
}()`
	const mappedLiteral = `func() {
	got, err := cluster.Map(v, []int{6, 7}, func(i int) float64 { return xs[i] })
	fmt.Print(got, err)
}()`
	for _, step := range []struct{ cell, send, want string }{
		{"func double(x int) int { return 2 * x }", call("double, 21"), "42"},
		{"factor := 3", call("func(x int) int { return factor * x }, 7"), "21"},
		{"factor = 4", call("func(x int) int { return factor * x }, 7"), "28"},
		{"func scaled(x int) int { return double(x) * factor }", call("scaled, 1"), "8"},
		{"func double(x int) int { return 20 * x }", call("scaled, 1"), "80"}, // which is compiled again
		{"type point struct { x, y int; name string }\nfunc (p point) sum() int { return (p.x + p.y) * factor }", call(`func(p point) point { p.x = p.sum(); return p }, point{1, 2, "p"}`), "{x:12 y:2 name:p}"},
		{"table := map[string][]point{\"a\": {{1, 2, \"q\"}}}\nbig := make([]float64, 100000)\nbig[77] = 7", call(`func(k string) float64 { return float64(table[k][0].sum()) + big[77] }, "a"`), "19"},
		{"op := func(x int) int { return x + factor }", call("func(x int) int { return op(x) }, 1"), "5"}, // a function in a variable
		{"counter := 10\nfunc count() int { counter++; return counter }", call("count"), "11"},
		{"counter", call("count"), "12"}, // the variable is the engine's own
		{"counter = 50", call("count"), "51"},
		{"var shape interface{ sum() int } = point{1, 1, \"\"}", call("func() int { return shape.sum() }"), "8"},
		{"func measure(s interface{ sum() int }) int { return s.sum() }", call(`measure, point{1, 2, ""}`), "12"},
		{"func apply[T any](f func(T) T, v T) T { return f(v) }", call(`apply[point], func(p point) point { p.name += "!"; return p }, point{name: "a"}`), "{x:0 y:0 name:a!}"},
		{"items := []int{1, 2, 3}", mapped, "[80 160 240] <nil>"},
		{"xs := make([]float64, 1_000_000); xs[5] = 5", call("func(xs []float64) float64 { return xs[5] + float64(len(xs)) }, xs"), "1.000005e+06"},
		{"xs[7] = 7", call("func(i int) float64 { return xs[i] }, 7"), "7"},
		{"xs[7] = 8", mappedLiteral, "[0 8] <nil>"},
	} {
		n.must(step.cell)
		if got, failed := n.run(step.send); failed != "" || got != step.want {
			t.Errorf("%s: %s, want %s\n%s", step.send, got, step.want, failed)
		}
	}
}

func TestVariablesThatCannotTravelAreNamed(t *testing.T) {
	n := connected(t, 1, here)
	for _, step := range []struct{ cell, send, want string }{
		{"ch := make(chan int)\nfunc wait() int { return <-ch }", call("wait"), "wait uses the session's variable ch, which cannot travel with it: value: a chan int cannot travel"},
		{"var mu sync.Mutex\nfunc locked() { mu.Lock() }", call("func() { locked() }"), "uses the session's variable mu, which cannot travel with it"},
		{"func maker(k int) func() int { return func() int { return k } }\nkept := maker(3)\nfunc callKept() int { return kept() }", call("callKept"), "callKept uses the session's variable kept"},
		{"", "func() { k := len(os.Args); cluster.Call[int](context.Background(), v, func() int { return k }) }()\nfunc() { k := len(os.Args); if _, err := cluster.Call[int](context.Background(), v, func() int { return k }); err != nil { panic(err) } }()", "pass what it uses as an argument"},
		{"func broken(x int) int {\n\treturn []int{1}[x]\n}", call("broken, 3"), "index out of range [3]"},
	} {
		n.must(step.cell)
		if got, failed := n.run(step.send); !strings.Contains(failed, step.want) {
			t.Errorf("%s: %s, %s; want %q", step.send, got, failed, step.want)
		}
	}
}

func TestCellsAreSentOnceToMachinesWithoutTheirFiles(t *testing.T) {
	var other *elsewhere
	n := connected(t, 1, func(s *session) ipp.Session {
		other = &elsewhere{session: s}
		return other
	})
	n.must("base := 40\nfunc plus(x int) int { return base + x }")
	before := 1 // the question what the engine is
	for _, step := range []struct {
		send, want string
		asked      int
	}{
		{call("plus, 2"), "42", 2},
		{call("plus, 3"), "43", 1},
	} {
		if got, failed := n.run(step.send); failed != "" || got != step.want {
			t.Errorf("%s: %s, want %s\n%s", step.send, got, step.want, failed)
		}
		if got := other.asked - before; got != step.asked {
			t.Errorf("%d requests, want %d", got, step.asked)
		}
		before = other.asked
	}
}
