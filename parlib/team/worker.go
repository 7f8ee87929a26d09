package team

import (
	"runtime"
	"sync/atomic"
	"unsafe"

	"github.com/warren-go/warren/parlib/internal/goroutine"
)

// lineSize is what two processors pass each other at once: a cache line of 64 bytes, and its neighbour, which the
// hardware fetches along.
const lineSize = 128

// worker is one background goroutine, and what it shares with its callers. Who writes what is kept on lines of its own:
// passing a line from one processor to another is nearly all that a fork costs.
//
// A caller that has taken the worker fills in post and sets post.call to the next call. The worker sets ack to ended when
// it is through. Where the caller may take the call back, the worker first claims it by setting ack to begun; a caller
// that is tired of waiting for that sets ack to ended itself.
type worker struct {
	post post
	_    [lineSize - unsafe.Sizeof(post{})%lineSize]byte
	ack  ack
	_    [lineSize - unsafe.Sizeof(ack{})%lineSize]byte
	held held
	_    [lineSize - unsafe.Sizeof(held{})%lineSize]byte

	place place
	wake  chan struct{} // to the worker asleep
	done  chan struct{} // to the caller asleep
	crew  *crew
}

// post is written by the caller that has taken the worker, and read by the worker.
type post struct {
	call      atomic.Uint64 // the latest: a callID
	task      Task
	labels    goroutine.Labels
	share     share
	dismissed bool        // the worker is to end
	asleep    atomic.Bool // the caller sleeps until the worker is through
}

// ack is written by the worker, but for a call that is taken back, and read by the caller.
type ack struct {
	state  atomic.Uint64 // begun or ended, of a call
	asleep atomic.Bool   // the worker sleeps until it is woken
	err    *PartError    // of the call; the caller that finds one sets it back to nil
}

// held is the business of the caller that has taken the worker.
type held struct {
	next   *worker // taken by the same caller
	joined bool    // the worker is through, or the call was taken back
	woken  bool    // the worker was asleep
}

// callID is the number of a call, shifted by one bit that says whether the caller may take it back.
type callID uint64

func (c callID) next(retractable bool) callID {
	n := (c>>1 + 1) << 1
	if retractable {
		n |= 1
	}
	return n
}

func (c callID) retractable() bool { return c&1 != 0 }

// What ack.state is before a call, in it and after it.
func (c callID) free() uint64  { return uint64(c>>1)*2 - 2 }
func (c callID) begun() uint64 { return uint64(c>>1)*2 - 1 }
func (c callID) ended() uint64 { return uint64(c>>1) * 2 }

func newWorker(p place, c *crew) *worker {
	w := &worker{place: p, wake: make(chan struct{}, 1), done: make(chan struct{}, 1), crew: c}
	w.start(0)
	return w
}

func (w *worker) latest() callID { return callID(w.post.call.Load()) }

// start makes the worker's goroutine, which has seen the calls up to seen.
func (w *worker) start(seen callID) {
	w.crew.alive.Go(func() {
		goroutine.SetLabels(nil) // it works for others than the one who happened to start it
		w.serve(seen)
	})
}

func (w *worker) serve(seen callID) {
	for {
		call := w.await(seen)
		if w.claim(call) {
			if w.post.dismissed {
				return
			}
			w.do(call)
		}
		seen = call
	}
}

// claim reports whether the call is still there to be done. If so, post does not change before the worker is through.
func (w *worker) claim(call callID) bool {
	return !call.retractable() || w.ack.state.CompareAndSwap(call.free(), call.begun())
}

// await returns the latest call once that is not the one seen.
func (w *worker) await(seen callID) callID {
	for {
		for s := (Spinner{}); ; {
			if call := w.latest(); call != seen {
				return call
			}
			if !s.Again() {
				break
			}
		}
		w.sleep(seen)
	}
}

// sleep returns when there was a call since the one seen, or a little earlier.
func (w *worker) sleep(seen callID) {
	w.ack.asleep.Store(true)
	w.crew.forget(w)
	// A caller that posts from here on sees that the worker is asleep.
	if w.latest() == seen || !w.ack.asleep.CompareAndSwap(true, false) {
		<-w.wake
	}
}

// do works on the share of a call it has claimed. A part that ends the goroutine (runtime.Goexit) takes the worker with
// it, so its place is filled.
func (w *worker) do(call callID) {
	var part int32
	exited := true
	defer func() {
		if exited {
			w.finish(call, &PartError{Part: int(part), Err: ErrGoexit})
			w.start(call)
		}
	}()
	goroutine.SetLabels(w.post.labels)
	err := w.post.share.do(w.post.task, &part)
	goroutine.SetLabels(nil)
	exited = false
	w.finish(call, err)
}

func (w *worker) finish(call callID, err *PartError) {
	if err != nil {
		w.ack.err = err
	}
	w.ack.state.Store(call.ended())
	if w.post.asleep.Load() && w.post.asleep.CompareAndSwap(true, false) {
		w.done <- struct{}{}
	}
}

// fork hands over the call that the caller has filled in.
func (w *worker) fork(retractable bool) {
	w.post.call.Store(uint64(w.latest().next(retractable)))
	if w.ack.asleep.Load() && w.ack.asleep.CompareAndSwap(true, false) {
		w.held.woken = true
		w.wake <- struct{}{}
	}
}

// dismiss ends the worker if it is idle.
func (w *worker) dismiss() {
	if w.place.take() {
		w.post.dismissed = true
		w.fork(false)
	}
}

// takeBack reports whether the worker had not begun what was forked to it, and now will not.
func (w *worker) takeBack() bool {
	call := w.latest()
	return call.retractable() && w.ack.state.Load() == call.free() && w.ack.state.CompareAndSwap(call.free(), call.ended())
}

// join waits until the worker is through, and returns how its share failed.
func (w *worker) join() (err *PartError) {
	end := w.latest().ended()
	if w.held.woken && w.ack.state.Load() != end {
		// It waits for this processor, as Go has it, or for another that is only just waking up. Here it can begin at once, and
		// the other one then goes on with the caller.
		runtime.Gosched()
	}
	for s := (Spinner{}); w.ack.state.Load() != end; {
		if !s.Again() {
			w.joinAsleep(end)
			break
		}
	}
	if w.ack.err != nil {
		err, w.ack.err = w.ack.err, nil
	}
	return err
}

// joinAsleep lets the caller sleep until the worker is through.
func (w *worker) joinAsleep(end uint64) {
	w.post.asleep.Store(true)
	// A worker that is through from here on sees that the caller is asleep.
	if w.ack.state.Load() != end || !w.post.asleep.CompareAndSwap(true, false) {
		<-w.done
	}
}
