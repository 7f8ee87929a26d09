package cluster

import (
	"context"
	"errors"
	"fmt"

	"github.com/warren-go/warren/internal/ipp/client"
)

// pin makes the items of a job those of engines: item i is for engine i alone, now.
func (j *job) pin(engines []client.Engine) {
	j.engines, j.fixed, j.next = engines, true, j.n
	j.own = map[int]span{}
	for i, e := range engines {
		j.own[e.ID] = span{lo: i, hi: i + 1}
	}
}

// onEach has each engine of a view do a work, whose items are the engines, and gives what results returns in the end. prepare
// is told which engines they are. Engines that fail are an error, and leave the results of the others as they are.
func onEach[T any](ctx context.Context, op string, v *DirectView, w work, prepare func([]client.Engine), results func() T) *AsyncResult[T] {
	refuse := func(err error) *AsyncResult[T] { return failed[T](fmt.Errorf("cluster: %s: %w", op, err)) }
	switch {
	case ctx == nil:
		return refuse(errNilContext)
	case v == nil:
		return refuse(errNilView)
	}
	j, engines, err := newJob(op, v, 0, w, nil)
	if err != nil {
		return refuse(err)
	}
	_, code := w.(*execution)
	j.calls = !code
	prepare(engines)
	j.n = len(engines)
	j.pin(engines)
	if j.spread = v.broadcast; j.spread {
		j.own = nil
	}
	return start(ctx, j, func(err error) (T, error) {
		if err != nil && !isItemErrors(err) {
			var none T
			return none, err
		}
		return results(), byEngine(op, err)
	})
}

// byEngine speaks of engines instead of items.
func byEngine(op string, err error) error {
	all, ok := err.(*ItemErrors)
	if !ok {
		return err
	}
	errs := make([]error, len(all.Errs))
	for i, e := range all.Errs {
		errs[i] = &EngineError{Op: op, Engine: e.Engine, Err: e.Err}
	}
	if len(errs) == 1 {
		return errs[0]
	}
	return errors.Join(errs...)
}
