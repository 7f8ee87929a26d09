package coord

import (
	"errors"
	"fmt"
	"sync"
)

// Owner is who holds a Reentrant lock. Make one for each activity that locks: new(coord.Owner).
type Owner struct{ _ byte } // not empty, so that each has an address of its own

// Reentrant is a lock that its owner may take again while it has it, and must then give back as often. The zero value is
// free.
//
// In Go it is for teaching. A goroutine has no name by which a lock could know it again, which is why the owner must say
// who it is; and functions that need a lock they may hold already are better split in two: one that locks and calls the
// other, which expects the lock to be held.
type Reentrant struct {
	mu    sync.Mutex
	free  sync.Cond
	owner *Owner
	depth int
}

// Lock takes the lock, and waits for it if another owner has it. A nil owner is an error.
func (r *Reentrant) Lock(o *Owner) error {
	if o == nil {
		return errors.New("coord: Lock: the owner is nil; make one with new(coord.Owner)")
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.free.L = &r.mu
	for r.owner != nil && r.owner != o {
		r.free.Wait()
	}
	r.owner = o
	r.depth++
	return nil
}

// TryLock takes the lock if no other owner has it, and reports whether it did.
func (r *Reentrant) TryLock(o *Owner) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if o == nil || r.owner != nil && r.owner != o {
		return false
	}
	r.owner = o
	r.depth++
	return true
}

// Unlock gives the lock back once. It is an error, and changes nothing, if o does not have it.
func (r *Reentrant) Unlock(o *Owner) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if o == nil || r.owner != o {
		return fmt.Errorf("coord: Unlock: the lock is not held by this owner, but %s", r.holder())
	}
	r.depth--
	if r.depth == 0 {
		r.owner = nil
		r.free.Signal()
	}
	return nil
}

// Depth is how often the owner has taken the lock.
func (r *Reentrant) Depth() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.depth
}

func (r *Reentrant) holder() string {
	if r.owner == nil {
		return "free"
	}
	return fmt.Sprintf("by another, %d deep", r.depth)
}
