package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
)

// echo is an executor whose code is one word, which says what to do, and what to do it with.
type echo struct {
	started chan string // the code that begins to run, unless nil
	cleared atomic.Int32
}

var words = map[string]func(ctx context.Context, rest string, out *Output) (*Result, error){
	"print": func(_ context.Context, rest string, out *Output) (*Result, error) {
		_, err := fmt.Fprint(out.Stdout(), rest)
		return nil, err
	},
	"warn": func(_ context.Context, rest string, out *Output) (*Result, error) {
		_, err := fmt.Fprint(out.Stderr(), rest)
		return nil, err
	},
	"value": func(_ context.Context, rest string, _ *Output) (*Result, error) {
		return &Result{Data: map[string]any{"text/plain": rest}}, nil
	},
	"show": func(_ context.Context, rest string, out *Output) (*Result, error) {
		return nil, out.Display(map[string]any{"text/plain": rest}, nil)
	},
	"fail": func(_ context.Context, rest string, _ *Output) (*Result, error) {
		return nil, &Failure{Name: "Bad", Value: rest, Traceback: []string{"line 1"}}
	},
	"error": func(_ context.Context, rest string, _ *Output) (*Result, error) { return nil, errors.New(rest) },
	"panic": func(_ context.Context, rest string, _ *Output) (*Result, error) { panic(rest) },
	"unmet": func(context.Context, string, *Output) (*Result, error) { return nil, ErrUnmetDependency },
	"wait": func(ctx context.Context, _ string, _ *Output) (*Result, error) {
		<-ctx.Done()
		return nil, context.Cause(ctx)
	},
}

func (e *echo) Execute(ctx context.Context, code string, out *Output) (*Result, error) {
	if e.started != nil {
		e.started <- code
	}
	word, rest, _ := strings.Cut(code, " ")
	f, ok := words[word]
	if !ok {
		return nil, fmt.Errorf("no word %q", word)
	}
	return f(ctx, rest, out)
}

// Apply gives the buffers back, in reverse.
func (e *echo) Apply(ctx context.Context, buffers [][]byte, out *Output) ([][]byte, error) {
	if len(buffers) == 0 {
		return nil, errors.New("nothing to apply")
	}
	back := make([][]byte, 0, len(buffers))
	for i := range buffers {
		back = append(back, buffers[len(buffers)-1-i])
	}
	return back, nil
}

func (e *echo) Evaluate(_ context.Context, expression string) (*Result, error) {
	if expression == "" {
		return nil, errors.New("nothing to evaluate")
	}
	return &Result{Data: map[string]any{"text/plain": expression}}, nil
}

func (e *echo) Clear(context.Context) error {
	e.cleared.Add(1)
	return nil
}
