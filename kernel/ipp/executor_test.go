package ipp

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"go.uber.org/goleak"

	ipp "github.com/warren-go/warren/internal/ipp/engine"
	"github.com/warren-go/warren/kernel/display"
	"github.com/warren-go/warren/kernel/engine"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fake is a session whose cells are the names of functions.
type fake struct {
	cells      map[string]func(ctx context.Context, out engine.Output) error
	interrupts chan struct{}
	restarted  bool
}

func newFake() *fake { return &fake{interrupts: make(chan struct{}, 10)} }

func (f *fake) Execute(ctx context.Context, code string, count int, out engine.Output) error {
	out.Stream("stdout", fmt.Sprintf("cell %d: ", count))
	return f.cells[code](ctx, out)
}

func (f *fake) Apply(ctx context.Context, buffers [][]byte, count int, out engine.Output) ([][]byte, error) {
	return buffers, f.Execute(ctx, string(buffers[0]), count, out)
}

func (f *fake) Evaluate(_ context.Context, expression string) (display.Data, error) {
	if expression == "" {
		return display.Data{}, &engine.CellError{Name: "compile error", Value: "empty"}
	}
	return text(expression), nil
}

func (f *fake) Interrupt() { f.interrupts <- struct{}{} }

func (f *fake) Restart(context.Context) error {
	f.restarted = true
	return nil
}

func text(s string) display.Data {
	return display.Data{Data: display.MIMEMap{display.MIMETypeText: s}}
}

// messages collects what a request shows, a line each.
type messages struct {
	mu    sync.Mutex
	lines []string
}

func (m *messages) output() *ipp.Output {
	return ipp.NewOutput(3, func(_, kind string, content any) error {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.lines = append(m.lines, fmt.Sprint(kind, " ", content))
		return nil
	})
}

func opened(s Session) *Executor {
	x := New()
	x.Open(s, nil)
	return x
}

func TestCellsShowInOrder(t *testing.T) {
	f := newFake()
	f.cells = map[string]func(context.Context, engine.Output) error{"draw": func(_ context.Context, out engine.Output) error {
		out.Stream("stdout", "before")
		out.Display(display.Data{Data: display.MIMEMap{"text/html": []byte("<b>")}})
		out.Stream("stderr", "after")
		out.Clear(true)
		out.Result(text("first"))
		out.Result(text("last"))
		return nil
	}}
	var m messages
	r, err := opened(f).Execute(t.Context(), "draw", m.output())
	if err != nil || r.Data["text/plain"] != "last" {
		t.Fatalf("got %v, %v", r, err)
	}
	want := []string{
		"stream map[name:stdout text:cell 3: before]",
		"display_data map[data:map[text/html:<b>] metadata:map[] transient:map[]]",
		"stream map[name:stderr text:after]",
		"clear_output map[wait:true]",
		"display_data map[data:map[text/plain:first] metadata:map[] transient:map[]]",
	}
	if !slices.Equal(m.lines, want) {
		t.Errorf("got\n%q, want\n%q", m.lines, want)
	}
}

func TestErrorsKeepTheirParts(t *testing.T) {
	f := newFake()
	f.cells = map[string]func(context.Context, engine.Output) error{
		"cell": func(context.Context, engine.Output) error {
			return &engine.CellError{Name: "panic", Value: "v", Traceback: []string{"l"}}
		},
		"other": func(context.Context, engine.Output) error { return errors.New("disk full") },
		"ask": func(ctx context.Context, out engine.Output) error {
			_, err := out.Input(ctx, "?", false)
			return err
		},
	}
	x := opened(f)
	var m messages
	_, err := x.Execute(t.Context(), "cell", m.output())
	if got, ok := errors.AsType[*ipp.Failure](err); !ok || got.Name != "panic" || got.Value != "v" || !slices.Equal(got.Traceback, []string{"l"}) {
		t.Errorf("got %#v", err)
	}
	for _, code := range []string{"other", "ask"} {
		if r, err := x.Execute(t.Context(), code, m.output()); err == nil || r != nil {
			t.Errorf("%s: %v, %v", code, r, err)
		}
	}
	if _, err := x.Evaluate(t.Context(), ""); err == nil || err.Error() != "compile error: empty" {
		t.Errorf("got %v", err)
	}
	if r, err := x.Evaluate(t.Context(), "1+1"); err != nil || r.Data["text/plain"] != "1+1" {
		t.Errorf("got %v, %v", r, err)
	}
	if err := x.Clear(t.Context()); err != nil || !f.restarted {
		t.Errorf("not restarted: %v", err)
	}
}

// A request that is interrupted interrupts the session before it ends; one that ends by itself never does.
func TestInterruptsMeetTheirRequest(t *testing.T) {
	f := newFake()
	ctx, cancel := context.WithCancel(t.Context())
	f.cells = map[string]func(context.Context, engine.Output) error{
		"end": func(context.Context, engine.Output) error { return nil },
		"run": func(context.Context, engine.Output) error {
			cancel()
			<-f.interrupts
			return errors.New("interrupted")
		},
	}
	x := opened(f)
	var m messages
	if _, err := x.Execute(ctx, "end", m.output()); err != nil || len(f.interrupts) != 0 {
		t.Errorf("%v, %d interrupts", err, len(f.interrupts))
	}
	if _, err := x.Execute(ctx, "run", m.output()); err == nil {
		t.Error("no error")
	}
	if len(f.interrupts) != 0 {
		t.Error("a second interrupt")
	}
}

// Requests that come before the session wait for it, and can be interrupted.
func TestRequestsWaitForTheSession(t *testing.T) {
	var m messages
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(ipp.ErrInterrupted)
	x := New()
	if _, err := x.Execute(ctx, "x", m.output()); !errors.Is(err, ipp.ErrInterrupted) {
		t.Errorf("got %v", err)
	}
	x.Open(nil, errors.New("no Go"))
	for name, call := range map[string]func() error{
		"Execute":  func() error { _, err := x.Execute(t.Context(), "x", m.output()); return err },
		"Evaluate": func() error { _, err := x.Evaluate(t.Context(), "x"); return err },
		"Clear":    func() error { return x.Clear(t.Context()) },
	} {
		if err := call(); err == nil || err.Error() != "the engine has no session: no Go" {
			t.Errorf("%s: %v", name, err)
		}
	}
}
