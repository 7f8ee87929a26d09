package server

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"sync"

	"github.com/warren-go/warren/kernel/px"
	"github.com/warren-go/warren/parlib/cluster"
)

// pending is code that runs while other cells do.
type pending struct {
	result *cluster.AsyncResult[[]cluster.Execution]
	shown  outputs
}

// outputs passes on what engines show, or keeps it until somebody wants it.
type outputs struct {
	mu   sync.Mutex
	show func(px.Output) // nil while nobody looks
	kept px.Kept
}

// take is called by the cluster for each output.
func (o *outputs) take(out cluster.Output) {
	m := px.Output{Engine: out.Engine, Stream: out.Stream, Text: out.Text, Data: out.Data, Result: out.Result}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.show == nil {
		o.kept.Add(m)
		return
	}
	o.show(m)
}

// watch has all output shown, what was kept first.
func (o *outputs) watch(show func(px.Output)) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, m := range o.kept.Take() {
		show(m)
	}
	o.show = show
}

// leave has output kept again.
func (o *outputs) leave() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.show = nil
}

func (s *server) run(ctx context.Context, r px.Request, show func(px.Output)) (px.Answer, error) {
	c, err := s.current()
	if err != nil {
		return px.Answer{}, err
	}
	ids, err := px.Choose(r.Engines, c.IDs())
	if err != nil {
		return px.Answer{}, err
	}
	if len(ids) == 0 {
		return px.Answer{}, errors.New("the cluster has no engine left")
	}
	p := &pending{}
	view := c.Direct(ids...).With(cluster.WithOutput(p.shown.take))
	p.result = view.ExecuteAsync(context.Background(), r.Code)
	s.mu.Lock()
	s.pending = p
	s.mu.Unlock()
	if r.Later {
		return px.Answer{Text: fmt.Sprintf("running on %s; %%pxresult waits for it\n", engines(len(ids)))}, nil
	}
	return p.wait(ctx, show)
}

// collect waits for the code that ran last, and shows what it has printed since somebody looked.
func (s *server) collect(ctx context.Context, _ px.Request, show func(px.Output)) (px.Answer, error) {
	s.mu.Lock()
	p := s.pending
	s.mu.Unlock()
	if p == nil {
		return px.Answer{}, errors.New("no code has run on engines yet: %px fmt.Println(1) would")
	}
	return p.wait(ctx, show)
}

// wait shows output until the code has run everywhere. When ctx ends before, the engines are interrupted.
func (p *pending) wait(ctx context.Context, show func(px.Output)) (px.Answer, error) {
	p.shown.watch(show)
	defer p.shown.leave()
	stop := context.AfterFunc(ctx, p.result.Abort)
	defer stop()
	_, err := p.result.Get()
	if ctx.Err() != nil {
		return px.Answer{}, errors.New("the engines were interrupted")
	}
	failures := failuresOf(err)
	if err != nil && len(failures) == 0 {
		return px.Answer{}, err
	}
	return px.Answer{Failures: failures}, nil
}

// label names a cell, which has another number on each engine.
var label = regexp.MustCompile(`cell\[\d+\]`)

// failuresOf takes an error apart by engines, and puts those together that say the same.
func failuresOf(err error) []px.Failure {
	var all []px.Failure
	for _, e := range engineErrors(err) {
		f := px.Failure{Engines: []int{e.Engine}, Message: e.Err.Error()}
		if r, ok := errors.AsType[*cluster.RemoteError](e.Err); ok {
			f.Name, f.Message, f.Traceback = r.Name, r.Message, r.Stack
		}
		same := slices.IndexFunc(all, func(o px.Failure) bool { return alike(o) == alike(f) })
		if same < 0 {
			all = append(all, f)
			continue
		}
		all[same].Engines = append(all[same].Engines, e.Engine)
	}
	return all
}

// alike is the same for failures that differ in the numbers of cells alone.
func alike(f px.Failure) [3]string {
	var a [3]string
	for i, text := range []string{f.Name, f.Message, f.Traceback} {
		a[i] = label.ReplaceAllString(text, "cell")
	}
	return a
}

// engineErrors lists the errors of engines in a tree of errors.
func engineErrors(err error) []*cluster.EngineError {
	if err == nil {
		return nil
	}
	if e, ok := err.(*cluster.EngineError); ok {
		return []*cluster.EngineError{e}
	}
	switch e := err.(type) {
	case interface{ Unwrap() []error }:
		var all []*cluster.EngineError
		for _, one := range e.Unwrap() {
			all = append(all, engineErrors(one)...)
		}
		return all
	case interface{ Unwrap() error }:
		return engineErrors(e.Unwrap())
	}
	return nil
}
