package jupyter

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/warren-go/warren/kernel/display"
	"github.com/warren-go/warren/kernel/engine"
	"github.com/warren-go/warren/kernel/history"
)

// kernelEnv makes the test binary a kernel, for the tests with clients in Python: it is the path of a connection file.
const kernelEnv = "JUPYTER_TEST_CONNECTION"

func TestMain(m *testing.M) {
	if path := os.Getenv(kernelEnv); path != "" {
		log := slog.New(slog.NewTextHandler(os.Stderr, nil))
		if err := Serve(context.Background(), path, newScript(), history.Open(history.DefaultFile(), log), log); err != nil {
			log.Error("serve", "error", err)
			os.Exit(1)
		}
		return
	}
	// The client sockets of zmq4, used only by tests, leave a goroutine behind when closed with messages unread.
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("github.com/go-zeromq/zmq4.(*qreader).listen"))
}

// script is an interpreter of a language with one command a line, one command for each thing an Output can do.
type script struct {
	stop   chan struct{} // an interrupt
	closed chan struct{}
	mu     sync.Mutex
	ahead  [][]Cell
	comms  []engine.CommMessage
	late   sync.WaitGroup
}

func newScript() *script {
	return &script{stop: make(chan struct{}, 1), closed: make(chan struct{})}
}

func text(s string) display.Data {
	return display.Data{Data: display.MIMEMap{"text/plain": s}}
}

// commands are the language.
var commands = map[string]func(s *script, ctx context.Context, arg string, out engine.Output) error{
	"print": func(_ *script, _ context.Context, a string, out engine.Output) error {
		out.Stream("stdout", a+"\n")
		return nil
	},
	"bytes": func(_ *script, _ context.Context, a string, out engine.Output) error {
		raw, err := strconv.Unquote(a)
		out.Stream("stdout", raw)
		return err
	},
	"warn": func(_ *script, _ context.Context, a string, out engine.Output) error {
		out.Stream("stderr", a+"\n")
		return nil
	},
	"result": func(_ *script, _ context.Context, a string, out engine.Output) error { out.Result(text(a)); return nil },
	"show": func(_ *script, _ context.Context, a string, out engine.Output) error {
		out.Display(text(a))
		return nil
	},
	"update": func(_ *script, _ context.Context, a string, out engine.Output) error {
		d := text(a)
		d.Transient = display.MIMEMap{"display_id": "x"}
		out.Update(d)
		return nil
	},
	"clear": func(_ *script, _ context.Context, a string, out engine.Output) error {
		out.Clear(a == "wait")
		return nil
	},
	"page": func(_ *script, _ context.Context, a string, out engine.Output) error { out.Page(text(a)); return nil },
	"next": func(_ *script, _ context.Context, a string, out engine.Output) error {
		out.SetNextInput(a, false)
		return nil
	},
	"fail": func(_ *script, _ context.Context, a string, _ engine.Output) error {
		return &engine.CellError{Name: "panic", Value: a, Traceback: []string{"cell[1]:1", a}}
	},
	"crash": func(_ *script, _ context.Context, a string, _ engine.Output) error { panic(a) },
	"flood": func(_ *script, _ context.Context, a string, out engine.Output) error {
		n, err := strconv.Atoi(a)
		for range n {
			out.Stream("stdout", "0123456789abcdef\n")
		}
		return err
	},
	"wait": func(s *script, ctx context.Context, _ string, _ engine.Output) error {
		select {
		case <-s.stop:
			return &engine.CellError{Name: "interrupted", Value: "stopped"}
		case <-s.closed:
			return &engine.CellError{Name: "closed", Value: "the session ended"}
		case <-ctx.Done():
			return ctx.Err()
		}
	},
	"sleep": func(_ *script, _ context.Context, a string, _ engine.Output) error {
		d, err := time.ParseDuration(a)
		time.Sleep(d)
		return err
	},
	"later": func(s *script, _ context.Context, a string, out engine.Output) error {
		s.late.Go(func() { time.Sleep(50 * time.Millisecond); out.Stream("stdout", a) })
		return nil
	},
	"ask": func(_ *script, ctx context.Context, a string, out engine.Output) error {
		line, err := out.Input(ctx, a, strings.HasPrefix(a, "Password"))
		if err == nil {
			out.Stream("stdout", "got "+line)
		}
		return err
	},
	"comm": func(_ *script, _ context.Context, a string, out engine.Output) error {
		out.Comm(engine.CommMessage{Kind: "open", ID: a, Target: "widget", Data: json.RawMessage(`{"x":1}`), Buffers: [][]byte{{0, 255}}})
		return nil
	},
}

func (s *script) Info() Info {
	return Info{Implementation: "script", ImplementationVersion: "1", Banner: "a script", LanguageVersion: "1.26",
		HelpLinks: []HelpLink{{Text: "Go", URL: "https://go.dev"}}}
}

func (s *script) Execute(ctx context.Context, c Cell, out engine.Output) error {
	for line := range strings.Lines(c.Code) {
		name, arg, _ := strings.Cut(strings.TrimSpace(line), " ")
		if name == "" {
			continue
		}
		command, ok := commands[name]
		if !ok {
			return fmt.Errorf("no command %q", name)
		}
		if err := command(s, ctx, arg, out); err != nil {
			return err
		}
	}
	return nil
}

func (s *script) Evaluate(_ context.Context, e string) (display.Data, error) {
	if e == "bad" {
		return display.Data{}, &engine.CellError{Name: "undefined", Value: e}
	}
	return text("value of " + e), nil
}

func (s *script) Ahead(queued []Cell) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ahead = append(s.ahead, queued)
}

func (s *script) Interrupt() { wakeUp(s.stop) }

// Complete offers the commands that begin with the word before the cursor.
func (s *script) Complete(_ context.Context, code string, cursor int) (Completion, error) {
	start := strings.LastIndexAny(code[:cursor], " \n") + 1
	c := Completion{Start: start, End: cursor}
	for name := range commands {
		if strings.HasPrefix(name, code[start:cursor]) {
			c.Matches = append(c.Matches, name)
			c.Types = append(c.Types, "function")
		}
	}
	return c, nil
}

func (s *script) Inspect(_ context.Context, code string, cursor, detail int) (display.Data, bool, error) {
	word := strings.Fields(code + " -")[0]
	_, found := commands[word]
	return text(fmt.Sprintf("%s at byte %d, detail %d", word, cursor, detail)), found, nil
}

func (s *script) IsComplete(code string) (status, indent string) {
	switch {
	case strings.HasSuffix(code, "{"):
		return "incomplete", "\t"
	case strings.HasPrefix(code, "!"):
		return "invalid", ""
	}
	return "complete", ""
}

// Comm refuses target "none", fails at target "panic", and answers the others with their own data and buffers.
func (s *script) Comm(_ context.Context, m engine.CommMessage, out engine.Output) error {
	s.mu.Lock()
	s.comms = append(s.comms, m)
	s.mu.Unlock()
	switch m.Target {
	case "none":
		return engine.ErrNoComm
	case "panic":
		return &engine.CellError{Name: "panic", Value: "on purpose"}
	}
	out.Stream("stdout", "heard\n")
	out.Comm(engine.CommMessage{Kind: "msg", ID: m.ID, Data: m.Data, Buffers: m.Buffers})
	return nil
}

func (s *script) Close() error {
	close(s.closed)
	s.late.Wait()
	return nil
}
