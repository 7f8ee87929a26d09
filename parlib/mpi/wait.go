package mpi

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/warren-go/warren/parlib/mpi/internal/lib"
	"github.com/warren-go/warren/parlib/team"
)

const (
	// hotTests is how often an operation is tested in one call of the library, without a pause: some tens of microseconds,
	// longer than most messages take.
	hotTests = 400
	// politeTests is how often it is tested after that, with the processor yielded between, before Go looks after its own.
	politeTests = 20
	// politeTime is how long this lasts. Then the goroutine sleeps between tests, up to longestSleep.
	politeTime    = 2 * time.Millisecond
	shortestSleep = 20 * time.Microsecond
	longestSleep  = 500 * time.Microsecond
)

// wait waits until the operation is complete.
func (r *Request) wait() error {
	if r.isDone() {
		return r.err
	}
	if err := r.comm.usable("Wait"); err != nil {
		return err
	}
	err := r.comm.poll(r.call.What.String()+describe(&r.call, ""), r.poll)
	if err != nil {
		return r.giveUp(err)
	}
	return r.err
}

// giveUp takes back an operation that is waited for no longer, if it is a receive. Others cannot be taken back.
func (r *Request) giveUp(why error) error {
	what := r.call.What.String()
	if isReceive(r.call.What) {
		lib.Cancel(r.handle)
		for range 100 {
			if r.poll(politeTests, true) {
				return r.comm.failedf(what, "%snothing came: %w", describe(&r.call, ": "), why)
			}
		}
	}
	return r.comm.failedf(what, "%sit is not complete, and cannot be taken back: %w", describe(&r.call, ": "), why)
}

// poll calls ask until it returns true, less and less often. It returns the error of the communicator's context when that ends
// first. what says in a message what is waited for.
func (c *Comm) poll(what string, ask func(tests int, yield bool) bool) error {
	if ask(1, false) {
		return nil
	}
	began, told := time.Now(), false
	for sleep := time.Duration(0); !ask(politeTests, true); {
		team.Check()
		if c.ctx != nil && c.ctx.Err() != nil {
			return context.Cause(c.ctx)
		}
		waited := time.Since(began)
		if watch > 0 && waited > watch && !told {
			told = true
			fmt.Fprintf(os.Stderr, "mpi: rank %d of %d waits since %v in %s%s\n", c.rank, c.size, watch, what, caller())
		}
		if waited < politeTime {
			runtime.Gosched()
			continue
		}
		sleep = min(max(2*sleep, shortestSleep), longestSleep)
		time.Sleep(sleep)
	}
	return nil
}

// caller says where the program called package mpi.
func caller() string {
	pcs := make([]uintptr, 32)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs)])
	for {
		f, more := frames.Next()
		if f.Function != "" && !strings.Contains(f.Function, "/parlib/mpi.") || strings.HasSuffix(f.File, "_test.go") {
			return fmt.Sprintf(", called at %s:%d", f.File, f.Line)
		}
		if !more {
			return ""
		}
	}
}

// describe says with whom an operation is, followed by end; "" where there is nothing to say.
func describe(call *lib.Call, end string) string {
	tag := ", tag " + fmt.Sprint(call.Tag)
	if call.Tag == AnyTag {
		tag = ", any tag"
	}
	switch call.What {
	case lib.Send, lib.Ssend:
		return fmt.Sprintf(" of %d elements to rank %d%s%s", call.Count, call.Peer, tag, end)
	case lib.Recv, lib.Mrecv:
		from := fmt.Sprintf("rank %d", call.Peer)
		if call.Peer == AnySource {
			from = "any rank"
		}
		return fmt.Sprintf(" of up to %d elements from %s%s%s", call.Count, from, tag, end)
	case lib.Bcast, lib.Scatter, lib.Scatterv, lib.Gather, lib.Gatherv, lib.Reduce:
		return fmt.Sprintf(" with root %d%s", call.Peer, end)
	}
	return ""
}
