package parlib

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
)

// criticalLock is the lock of critical sections of a name.
type criticalLock struct {
	name   string
	mu     sync.Mutex
	holder atomic.Int64 // ID of the thread that has it, or nobody
}

const nobody = -1

// lock returns the lock of a name.
func (r *region) lock(name string) *criticalLock {
	r.mu.Lock()
	defer r.mu.Unlock()
	l := r.locks[name]
	if l == nil {
		l = &criticalLock{name: name}
		l.holder.Store(nobody)
		r.locks[name] = l
	}
	return l
}

// acquire returns when a thread has the lock. It panics where that would never be.
func (l *criticalLock) acquire(t *Thread) {
	if !l.mu.TryLock() {
		l.wait(t.region, t.id)
	}
	l.holder.Store(int64(t.id))
}

func (l *criticalLock) release() {
	l.holder.Store(nobody)
	l.mu.Unlock()
}

// looks is how often a thread looks whether a lock is free before it makes known that it waits, under a microsecond: a
// section is mostly short.
const looks = 200

// wait is acquire for a lock that another has.
func (l *criticalLock) wait(r *region, id int) {
	for range looks {
		if l.holder.Load() == nobody && l.mu.TryLock() {
			return
		}
	}
	r.block(id, l)
	l.mu.Lock()
	if !r.unblock(id) {
		l.mu.Unlock()
		panic(errBroken)
	}
}

// block notes that a thread is going to wait for a lock. It panics where threads would then wait for each other's locks: as
// a thread notes this before it waits, the last of them finds the others.
func (r *region) block(id int, l *criticalLock) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.blocked[id] = l
	if cycle := r.lockCycle(id); cycle != "" {
		delete(r.blocked, id)
		panic("parlib: Thread.Critical: threads wait for each other's critical sections: " + cycle)
	}
	r.checkLocked()
}

// unblock notes that a thread has what it waited for, and reports whether the region is still whole.
func (r *region) unblock(id int) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.blocked, id)
	return !r.broken.Load()
}

// lockCycle says in words how a thread that waits for a lock waits for itself, or is empty where it does not. mu is locked.
func (r *region) lockCycle(id int) string {
	var links []string
	for at := id; len(links) < r.n; {
		l := r.blocked[at]
		if l == nil {
			return ""
		}
		holder := int(l.holder.Load())
		links = append(links, fmt.Sprintf("thread %d waits for %q, where thread %d is", at, l.name, holder))
		if holder == id {
			return strings.Join(links, "; ")
		}
		at = holder // of nobody there is nothing in blocked
	}
	return "" // a cycle of others, which they find
}
