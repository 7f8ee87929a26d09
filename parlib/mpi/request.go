package mpi

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"unsafe"

	"github.com/warren-go/warren/parlib/mpi/internal/lib"
)

// Status says what was received. Count is in elements.
type Status struct {
	Source, Tag, Count int
}

// Request is an operation under way. Its slice belongs to MPI until the request is done: leave the elements that are received
// alone, and do not change those that are sent. Every request has to be waited for or tested until it is done.
type Request struct {
	comm *Comm
	call lib.Call
	size int // of an element, in bytes

	mu     sync.Mutex
	handle lib.Request
	pin    runtime.Pinner
	done   bool
	status Status
	err    error
}

// request starts an operation that is not waited for. Its memory is pinned before the library gets it.
func (c *Comm) request(call lib.Call, size int) (*Request, error) {
	if err := c.usable(call.What.String()); err != nil {
		return nil, err
	}
	call.Comm = c.handle
	r := &Request{comm: c, call: call, size: size}
	r.hold()
	r.settle(lib.Start(&r.call, 1))
	return r, nil
}

// run does an operation and waits for it.
func (c *Comm) run(call *lib.Call) (lib.Result, error) {
	if err := c.usable(call.What.String()); err != nil {
		return lib.Result{}, err
	}
	call.Comm = c.handle
	result := lib.Start(call, hotTests)
	if result.Done && result.Code == 0 {
		return result, nil
	}
	return c.finish(*call, result)
}

// finish waits for an operation that was started and not complete at once.
func (c *Comm) finish(call lib.Call, result lib.Result) (lib.Result, error) {
	r := c.adopt(call, result)
	err := r.wait()
	return r.received(), err
}

// adopt makes a request of an operation that was started. Its size of an element is a byte.
func (c *Comm) adopt(call lib.Call, result lib.Result) *Request {
	r := &Request{comm: c, call: call, size: 1}
	r.hold()
	r.settle(result)
	return r
}

// received is what an adopted receive got.
func (r *Request) received() lib.Result {
	return lib.Result{Source: r.status.Source, Tag: r.status.Tag, Bytes: r.status.Count}
}

// hold keeps the operation's memory where it is, and the request from being collected, until the operation is done.
func (r *Request) hold() {
	for _, p := range []unsafe.Pointer{
		r.call.Send, r.call.Recv, at(r.call.Counts), at(r.call.Displs), at(r.call.RecvCounts), at(r.call.RecvDispls),
	} {
		if p != nil {
			r.pin.Pin(p)
		}
	}
	pending.add(r)
}

func (r *Request) release() {
	r.pin.Unpin()
	pending.remove(r)
}

// settle takes down what the library said of the operation.
func (r *Request) settle(result lib.Result) {
	if !result.Done {
		r.handle = result.Request
		return
	}
	r.done = true
	r.release()
	r.err = codeError(result.Code)
	if r.err == nil && isReceive(r.call.What) {
		r.status, r.err = statusOf(result, r.size)
	}
	if r.err != nil {
		r.err = r.comm.failedf(r.call.What.String(), "%s%w", describe(&r.call, ": "), r.err)
	}
}

func isReceive(w lib.What) bool { return w == lib.Recv || w == lib.Mrecv }

// statusOf counts elements of a size in bytes.
func statusOf(result lib.Result, size int) (Status, error) {
	s := Status{Source: result.Source, Tag: result.Tag, Count: result.Bytes / size}
	if result.Bytes%size != 0 {
		return s, fmt.Errorf("the message from rank %d with tag %d has %d bytes, no whole number of elements of %d bytes; receive the type that was sent",
			result.Source, result.Tag, result.Bytes, size)
	}
	return s, nil
}

// Wait waits until the operation is complete. It may be called again.
func (r *Request) Wait() (Status, error) {
	if r == nil {
		return Status{}, fmt.Errorf("mpi: Wait: the request is nil")
	}
	err := r.wait()
	return r.status, err
}

// Test tells whether the operation is complete, and then what Wait returns.
func (r *Request) Test() (done bool, s Status, err error) {
	if r == nil {
		return false, Status{}, fmt.Errorf("mpi: Test: the request is nil")
	}
	if err := r.comm.usable("Test"); err != nil && !r.isDone() {
		return false, Status{}, err
	}
	if !r.poll(1, false) {
		return false, Status{}, nil
	}
	return true, r.status, r.err
}

func (r *Request) isDone() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.done
}

// poll asks the library, and tells whether the operation is complete.
func (r *Request) poll(tests int, yield bool) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.done {
		r.settle(lib.Poll(r.handle, tests, yield))
	}
	return r.done
}

// Waitall waits for all requests. It returns what each received, and the first error, in the order of the requests.
func Waitall(requests ...*Request) ([]Status, error) {
	all := make([]Status, len(requests))
	var first error
	for i, r := range requests {
		s, err := r.Wait()
		all[i] = s
		if first == nil && err != nil {
			first = err
		}
	}
	return all, first
}

// Waitany waits until one of the requests is complete, and returns its index. Requests that are nil are left out, so set those
// that were returned to nil before the next call; where all are nil the index is -1.
func Waitany(requests ...*Request) (index int, s Status, err error) {
	index = slices.IndexFunc(requests, func(r *Request) bool { return r != nil })
	if index < 0 {
		return -1, Status{}, nil
	}
	first := requests[index]
	if err := first.comm.usable("Waitany"); err != nil {
		return -1, Status{}, err
	}
	tests := 1
	err = first.comm.poll("Waitany of "+fmt.Sprint(len(requests))+" requests", func(_ int, yield bool) bool {
		index = slices.IndexFunc(requests, func(r *Request) bool { return r != nil && r.poll(tests, yield) })
		return index >= 0
	})
	if err != nil {
		return -1, Status{}, first.comm.failed("Waitany", err)
	}
	return index, requests[index].status, requests[index].err
}

// pendingRequests are those under way. Being here keeps them and their pinned memory from the garbage collector.
type pendingRequests struct {
	mu  sync.Mutex
	all map[*Request]struct{}
}

var pending = pendingRequests{all: map[*Request]struct{}{}}

func (p *pendingRequests) add(r *Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.all[r] = struct{}{}
}

func (p *pendingRequests) remove(r *Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.all, r)
}

// describe lists what is under way, "" for nothing.
func (p *pendingRequests) describe() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var all []string
	for r := range p.all {
		all = append(all, r.call.What.String()+describe(&r.call, ""))
	}
	slices.Sort(all)
	return strings.Join(all, "; ")
}
