package observe

import (
	"sync"
	"time"

	"github.com/warren-go/warren/parlib/team"
)

// Recorder notes which worker did what when. Workers are numbered from 0; they may report at the same time. The zero
// Recorder is ready to use, and must not be copied.
type Recorder struct {
	mu    sync.RWMutex
	lanes []*lane
}

// lane is what one worker has reported. A worker reports one thing after another, so its lock is nearly always free.
type lane struct {
	mu    sync.Mutex
	spans []recorded
	more  Load // what was not kept in spans
}

type recorded struct {
	name       string
	lo, hi     int
	begin, end time.Time
}

// mostSpans is how many pieces of work are kept for each worker. What comes after is only counted.
const mostSpans = 1 << 16

// mostWorkers is how many workers are told apart, as many as a call can have. What the others do is noted for the last.
const mostWorkers = team.MaxSize

// Workers is parlib.Observer's: it says that there are workers 0 to n-1, so that those who never work are seen, too.
func (r *Recorder) Workers(n int) {
	n = min(n, mostWorkers)
	r.mu.Lock()
	defer r.mu.Unlock()
	for len(r.lanes) < n {
		r.lanes = append(r.lanes, new(lane))
	}
}

func (r *Recorder) lane(worker int) *lane {
	r.mu.RLock()
	if worker < len(r.lanes) {
		defer r.mu.RUnlock()
		return r.lanes[worker]
	}
	r.mu.RUnlock()
	r.Workers(worker + 1)
	return r.lane(worker)
}

// Begin notes that a worker begins something; the function it returns notes the end. A negative worker is reported as 0.
func (r *Recorder) Begin(worker int, name string) (end func()) {
	begin := time.Now()
	return func() { r.add(worker, recorded{name: name, begin: begin, end: time.Now()}) }
}

// Chunk is parlib.Observer's: it notes that a worker did the indices from lo up to but without hi.
func (r *Recorder) Chunk(worker, lo, hi int, begin, end time.Time) {
	r.add(worker, recorded{lo: lo, hi: hi, begin: begin, end: end})
}

func (r *Recorder) add(worker int, s recorded) {
	l := r.lane(min(max(0, worker), mostWorkers-1))
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.spans) < mostSpans {
		l.spans = append(l.spans, s)
		return
	}
	l.more.Pieces++
	l.more.Items += s.hi - s.lo
	l.more.Busy += s.end.Sub(s.begin)
}

// Reset forgets what was reported, and the workers.
func (r *Recorder) Reset() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lanes = nil
}
