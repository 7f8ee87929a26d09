package parlib

import (
	"errors"
	"fmt"
)

// PoolOption changes how a call on a pool works; or, given to NewPool, how all of them do.
type PoolOption func(*config) error

type config struct {
	chunk     int // indices a chunk, 0 for automatic
	finishAll bool
	progress  func(done, total int)
	window    int    // chunks under way in a stream, 0 for automatic
	watch     *watch // nil: nobody watches
}

// Chunk fixes how many neighbouring items a worker takes at a time. Without it a call makes about eight chunks for each
// worker: enough to even out items that take unequal time, few enough to keep the hand-out cheap. Imap and ImapUnordered,
// which cannot know how many items will come, take single items without it.
func Chunk(size int) PoolOption {
	return func(c *config) error {
		if size < 1 {
			return fmt.Errorf("chunk size is %d; it must be at least 1", size)
		}
		c.chunk = size
		return nil
	}
}

// FinishAll has a call do all items even if some fail. Its error is then an *ItemErrors, which names each failure, and the
// results of the other items are returned along with it. Without this option no new item is begun after a failure.
func FinishAll() PoolOption {
	return func(c *config) error {
		c.finishAll = true
		return nil
	}
}

// Progress has report called after each chunk with the number of items that are through, failed ones included, and the
// number of all; which is -1 in Imap and ImapUnordered. Calls of report do not overlap and done never falls. The workers
// make them, so report should be quick; if it panics, the call ends with that as its error.
func Progress(report func(done, total int)) PoolOption {
	return func(c *config) error {
		if report == nil {
			return errors.New("progress function is nil")
		}
		c.progress = report
		return nil
	}
}

// Window fixes how many chunks Imap and ImapUnordered have under way at most: begun, or done and not yet consumed. Without
// it there are four for each worker.
func Window(chunks int) PoolOption {
	return func(c *config) error {
		if chunks < 1 {
			return fmt.Errorf("window is %d chunks; it must be at least 1", chunks)
		}
		c.window = chunks
		return nil
	}
}

// with returns c changed by options.
func (c config) with(options []PoolOption) (config, error) {
	for i, o := range options {
		if o == nil {
			return c, fmt.Errorf("option %d is nil", i)
		}
		if err := o(&c); err != nil {
			return c, err
		}
	}
	return c, nil
}
