package engine

import (
	"context"
	"errors"
	"fmt"
	"go/token"

	"github.com/warren-go/warren/internal/function"
	"github.com/warren-go/warren/internal/ipp/python"
	"github.com/warren-go/warren/kernel/build"
	"github.com/warren-go/warren/kernel/cell"
	"github.com/warren-go/warren/kernel/proto"
)

// Clients of a cluster call functions of the session, and read and set its variables. What they ask for, in an encoding of theirs,
// is the worker's affair. Where the worker meets a name that it cannot know, since names are known here, it says what it needs;
// that is compiled and loaded, and the worker asked again. What was found out is told with all later calls, as long as the
// session stays the same.

// Call is what a client asks for.
type Call struct {
	Buffers [][]byte
	Count   int // numbers it in messages
}

// mostAsked bounds how often a worker may need more for one call: names first, and then variables of other types.
const mostAsked = 4

// meanings are what names and expressions mean to the worker, in a session. They are used by whoever executes.
type meanings struct {
	session *cell.Session
	known   map[string]string
}

// Apply has the worker do what a client asks for, and returns the result in the client's encoding. The error, if any, is a *CellError.
func (e *Engine) Apply(ctx context.Context, c Call, out Output) (result [][]byte, err error) {
	err = e.alone(ctx, Request{Count: c.Count}, out, func(ctx context.Context, out Output) error {
		result, err = e.apply(ctx, c, out)
		return blame(err, c.Buffers)
	})
	return result, err
}

// blame names the call that a worker died in, if it is one of Python's. Go clients know what they called.
func blame(err error, buffers [][]byte) error {
	died, ok := errors.AsType[*CellError](err)
	if !ok || died.Name != workerDied || function.IsMessage(buffers) {
		return err
	}
	if what := python.Describe(buffers); what != "" {
		died.Value += ", in " + what
		died.Traceback[0] += ", in " + what
	}
	return died
}

func (e *Engine) apply(ctx context.Context, c Call, out Output) ([][]byte, error) {
	for range mostAsked {
		reply, err := e.perform(ctx, proto.Message{Kind: proto.Apply, Buffers: c.Buffers, Refs: e.known()}, false, out)
		if err != nil || len(reply.Needs) == 0 {
			return reply.Buffers, err
		}
		if err := e.provide(ctx, reply.Needs, c.Count, out); err != nil {
			return nil, e.explain(err)
		}
	}
	return nil, e.explain(fmt.Errorf("the call needs ever more of the session: after %d attempts it cannot be done", mostAsked))
}

// known is what names mean in the session as it is.
func (e *Engine) known() map[string]string {
	if s := e.Session(); s != e.meanings.session {
		e.meanings = meanings{session: s, known: map[string]string{}}
	}
	return e.meanings.known
}

// provide finds out what the worker needs to know. New variables come first, since they change the session.
func (e *Engine) provide(ctx context.Context, needs []proto.Need, count int, out Output) error {
	for _, n := range needs {
		if n.Type != "" && (n.New || e.variable(n.Name) == "") {
			if err := e.declare(ctx, n, count, out); err != nil {
				return err
			}
		}
	}
	for _, n := range needs {
		meaning := e.variable(n.Name)
		if meaning == "" {
			unit, err := e.expression(ctx, n.Name, count)
			if err != nil {
				return err
			}
			meaning = unit.Path
		}
		e.known()[n.Name] = meaning
	}
	return nil
}

// variable is how the worker knows a variable of the session, or "".
func (e *Engine) variable(name string) string {
	v := e.Session().Lookup(name)
	if v == nil || v.Kind != cell.Var {
		return ""
	}
	return variableKey(v)
}

func variableKey(v *cell.Entity) string { return v.Home.Path + "\x00" + v.Name }

// declare makes a variable of the session, as a cell would that declares it.
func (e *Engine) declare(ctx context.Context, n proto.Need, count int, out Output) error {
	if !token.IsIdentifier(n.Name) || n.Name == "_" {
		return fmt.Errorf("%q cannot be the name of a Go variable", n.Name)
	}
	text := fmt.Sprintf("var %s %s", n.Name, n.Type)
	e.mu.Lock()
	e.name(text, count)
	e.mu.Unlock()
	pkg, err := e.prepare(ctx, text, out)
	if err != nil {
		return err
	}
	return e.run(ctx, pkg, count, out)
}

// expression compiles and loads a unit whose result is the value of an expression. It declares nothing.
func (e *Engine) expression(ctx context.Context, text string, count int) (*build.Package, error) {
	e.mu.Lock()
	e.name(text, count)
	s, p := e.session, e.proc
	e.mu.Unlock()
	r, err := e.analyze(s, text)
	if err != nil {
		return nil, err
	}
	if err := e.load(ctx, p, r.Package); errors.Is(err, errDead) {
		return nil, e.buried(p)
	} else if err != nil {
		return nil, err
	}
	return r.Package, nil
}
