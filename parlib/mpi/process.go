package mpi

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/warren-go/warren/internal/mpienv"
	"github.com/warren-go/warren/internal/relay"
	"github.com/warren-go/warren/parlib/mpi/internal/lib"
)

// ThreadLevel says which threads of a process may call the library.
type ThreadLevel int

// The levels of MPI, in order.
const (
	Single     ThreadLevel = iota // there is only one thread
	Funneled                      // the thread that initialized the library
	Serialized                    // every thread, one at a time
	Multiple                      // every thread at any time
)

var levels = [...]string{"Single", "Funneled", "Serialized", "Multiple"}

func (l ThreadLevel) String() string {
	if l < Single || l > Multiple {
		return fmt.Sprintf("ThreadLevel(%d)", int(l))
	}
	return levels[l]
}

// MPI is one for a process, and so are these. facts and world are written before running is set.
var (
	initializing sync.Mutex
	running      atomic.Bool
	finalized    bool
	facts        lib.Facts
	world        *Comm
	watch        time.Duration
)

// Option configures Init.
type Option func(*options)

type options struct {
	level ThreadLevel
	watch time.Duration
}

// Threads asks for a level of threads; without, it is Serialized. Goroutines may call at every level: where the library does
// not let them, they take turns. With Multiple the library keeps them apart by locks of its own, which makes short messages
// half as slow again.
func Threads(level ThreadLevel) Option { return func(o *options) { o.level = level } }

// Watch has a rank that waits for longer than d in one call say on stderr in which, for whom, and where in the program: so all
// ranks of a deadlock name each other. 0 is never. Without, the variable WARREN_MPI_WATCH says it, as in 5s.
func Watch(d time.Duration) Option { return func(o *options) { o.watch = d } }

// Init initializes the library. Main and World do so by themselves. Between Init and Finalize a process may communicate;
// neither can be repeated.
func Init(opts ...Option) error {
	initializing.Lock()
	defer initializing.Unlock()
	o := options{level: Serialized}
	if d, err := time.ParseDuration(os.Getenv("WARREN_MPI_WATCH")); err == nil {
		o.watch = d
	}
	for _, set := range opts {
		set(&o)
	}
	switch {
	case running.Load():
		return errors.New("mpi: Init: MPI is running already")
	case finalized:
		return errors.New("mpi: Init: MPI was finalized, and cannot be initialized again in the same process")
	case o.level < Single || o.level > Multiple:
		return fmt.Errorf("mpi: Init: no level of threads %d; they are Single, Funneled, Serialized and Multiple", int(o.level))
	case o.watch < 0:
		return fmt.Errorf("mpi: Init: Watch(%v): a time to wait cannot be negative", o.watch)
	}
	started, rank, launcher := mpienv.Started()
	if err := relay.Attach(rank); err != nil {
		return fmt.Errorf("mpi: Init: the output of this rank cannot be passed on: %w", err)
	}
	if !lib.Built && started > 1 {
		return fmt.Errorf("mpi: Init: this is one of %d processes that mpiexec started, but the program was built without MPI. %s", started, lib.HowToBuild)
	}
	f, handle, err := lib.Init(int(o.level))
	if err != nil {
		return fmt.Errorf("mpi: Init: %w", err)
	}
	if f.Size == 1 && started > 1 {
		return fmt.Errorf("mpi: Init: the mpiexec of %s started %d processes, but the program's library, %s, sees one: start it with the mpiexec of that library, as parlib/mpi/launch does", launcher, started, f.Version)
	}
	facts, watch = f, o.watch
	world = &Comm{handle: handle, rank: f.Rank, size: f.Size, freed: new(atomic.Bool)}
	running.Store(true)
	return nil
}

// Finalize ends this process's part in MPI. It waits for the other ranks, and tells of requests that nobody waited for.
func Finalize() error {
	initializing.Lock()
	defer initializing.Unlock()
	if !running.Load() {
		return fmt.Errorf("mpi: Finalize: %w", ErrNotRunning)
	}
	left := pending.describe()
	running.Store(false)
	finalized = true
	if err := codeError(lib.Finalize()); err != nil {
		return world.failed("Finalize", err)
	}
	if left != "" {
		return world.failedf("Finalize", "nobody waited for %s; call Wait for every request", left)
	}
	return nil
}

// World returns the communicator of all ranks. It initializes MPI if nobody has, and panics if that cannot be done or if MPI
// was finalized.
func World() *Comm {
	if !running.Load() {
		if err := Init(); err != nil && !running.Load() {
			panic(err)
		}
	}
	return world
}

// Level returns which threads the library lets call.
func Level() ThreadLevel { return ThreadLevel(facts.Level) }

// Version names the library, as in "Open MPI v4.1.4". It is "" before Init.
func Version() string { return facts.Version }

// ProcessorName names the machine that the process runs on.
func ProcessorName() string { return facts.Processor }

// Available tells whether the program was built with MPI.
func Available() bool { return lib.Built }

// Wtime is a clock, in seconds since some time in the past. Clocks of different ranks need not agree.
func Wtime() float64 {
	if !running.Load() {
		return 0
	}
	return lib.Time()
}
