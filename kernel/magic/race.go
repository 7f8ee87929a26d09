package magic

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/warren-go/warren/kernel/display"
	"github.com/warren-go/warren/kernel/engine"
	"github.com/warren-go/warren/kernel/profile"
	"github.com/warren-go/warren/kernel/shell"
)

// The race detector needs code that was compiled for it, worker included. So a cell under %race runs in an engine of its
// own. There the earlier cells that it depends on run first, from the text of those that ran well in the session.

// ran is Go code that ran well.
type ran struct {
	code, source string
	count        int
}

// racer holds the engine for the race detector.
type racer struct {
	mu     sync.Mutex
	engine *engine.Engine
}

// get returns the engine with an empty session. It is made on first use.
func (r *racer) get(ctx context.Context, start func() (*engine.Engine, error)) (*engine.Engine, error) {
	r.mu.Lock()
	e := r.engine
	r.mu.Unlock()
	if e != nil {
		// A new process: the detector reports a race once, however often it is run.
		return e, e.Restart(ctx)
	}
	e, err := start()
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	r.engine = e
	r.mu.Unlock()
	_, err = e.Workspace(ctx)
	return e, err
}

func (r *racer) interrupt() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.engine != nil {
		r.engine.Interrupt()
	}
}

func (r *racer) close() error {
	r.mu.Lock()
	e := r.engine
	r.engine = nil
	r.mu.Unlock()
	if e == nil {
		return nil
	}
	return e.Close()
}

// race runs a statement or a cell under the race detector and shows the races it saw.
func race(c *call) error {
	text := c.Body()
	if c.Kind == shell.LineMagic {
		var err error
		if text, err = c.statement(); err != nil {
			return err
		}
	}
	e, err := c.raceEngine()
	if err != nil {
		return err
	}
	if err := c.replay(e, text); err != nil {
		return err
	}
	out := &raceOutput{Output: c.out}
	inner := *c.execution
	inner.out = out
	inner.execute = func(r engine.Request) error { return e.Run(c.ctx, r, out) }
	if err = inner.run(text); isCompileError(err) {
		return err
	}
	c.showRaces(e, out.text())
	return err
}

// showRaces shows the reports in what the cell wrote to stderr, and passes on the rest.
func (c *call) showRaces(e *engine.Engine, text string) {
	if _, rest := profile.ParseRaces(text); rest != "" {
		c.out.Stream("stderr", rest)
	}
	o := c.profileOptions()
	o.Source = e.Line
	_, d := profile.Races(text, o)
	c.out.Display(d)
}

// raceEngine returns the engine for the race detector, with the session's folder, environment and modules.
func (c *call) raceEngine() (*engine.Engine, error) {
	if c.opts.RaceEngine == nil {
		return nil, errors.New("this front end has no race detector")
	}
	slow := time.AfterFunc(3*time.Second, func() {
		c.out.Stream("stderr", "building Go's packages for the race detector: this takes minutes, once\n")
	})
	defer slow.Stop()
	e, err := c.races.get(c.until, c.opts.RaceEngine)
	if err != nil {
		return nil, fmt.Errorf("the race detector cannot be started: %w", err)
	}
	ws, err := c.engine.Workspace(c.until)
	if err != nil {
		return nil, err
	}
	raced, err := e.Workspace(c.until)
	if err != nil {
		return nil, err
	}
	if err := raced.UseModules(ws); err != nil {
		return nil, err
	}
	for _, kv := range c.engine.Env() {
		name, value, _ := strings.Cut(kv, "=")
		if err := e.Setenv(c.until, name, value); err != nil {
			return nil, err
		}
	}
	return e, e.Chdir(c.until, c.engine.Dir())
}

// replay runs the earlier cells that text depends on, and shows nothing of it.
func (c *call) replay(e *engine.Engine, text string) error {
	c.mu.Lock()
	past := c.ran[:len(c.ran):len(c.ran)]
	c.mu.Unlock()
	needed, err := dependencies(past, text)
	if err != nil {
		return c.engineError(e, text, err)
	}
	for _, r := range needed {
		if c.until.Err() != nil {
			return c.until.Err()
		}
		err := e.Run(c.ctx, engine.Request{Code: r.code, Count: r.count, Source: r.source}, silent{})
		if err != nil {
			c.out.Stream("stderr", fmt.Sprintf("cell[%d] runs before this one, which depends on it; under the race detector it failed\n", r.count))
			return err
		}
	}
	return nil
}

// engineError has the engine explain an error of the cell's source.
func (c *call) engineError(e *engine.Engine, text string, err error) error {
	if explained := e.Run(c.ctx, engine.Request{Code: text, Count: c.count, Source: c.source}, c.out); explained != nil {
		return explained
	}
	return err
}

// raceOutput keeps stderr back, where the detector writes its reports.
type raceOutput struct {
	engine.Output
	mu     sync.Mutex
	stderr strings.Builder
}

func (o *raceOutput) Stream(name, text string) {
	if name != "stderr" {
		o.Output.Stream(name, text)
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.stderr.WriteString(text)
}

func (o *raceOutput) text() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.stderr.String()
}

// silent is an Output that shows nothing.
type silent struct{}

func (silent) Stream(name, text string)               {}
func (silent) Display(d display.Data)                 {}
func (silent) Update(d display.Data)                  {}
func (silent) Clear(wait bool)                        {}
func (silent) Result(d display.Data)                  {}
func (silent) Page(d display.Data)                    {}
func (silent) SetNextInput(text string, replace bool) {}
func (silent) Comm(m engine.CommMessage)              {}
func (silent) Input(context.Context, string, bool) (string, error) {
	return "", errors.New("a cell that is repeated for the race detector cannot ask for input")
}
