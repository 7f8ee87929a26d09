package team

import "sync"

// guests are goroutines that do one part each and then end.
type guests struct {
	alive *sync.WaitGroup
	errs  []*PartError
}

// start has goroutines do the parts first to end-1.
func (g *guests) start(first, end int, task Task) {
	g.alive, g.errs = new(sync.WaitGroup), make([]*PartError, end-first)
	errs := g.errs
	for i := range errs {
		g.alive.Go(func() {
			part := int32(first + i)
			errs[i] = &PartError{Part: int(part), Err: ErrGoexit} // holds if do does not return
			errs[i] = share{part, 1, part + 1}.do(task, &part)
		})
	}
}

// join waits for the guests, if there are any.
func (g *guests) join() (err *PartError) {
	if g.alive == nil {
		return nil
	}
	g.alive.Wait()
	for _, e := range g.errs {
		err = lower(err, e)
	}
	return err
}
