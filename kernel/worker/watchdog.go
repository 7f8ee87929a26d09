package worker

import (
	"bytes"
	"fmt"
	"os"
	"regexp"
	"runtime"
	"runtime/metrics"
	"runtime/pprof"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/warren-go/warren/internal/background"
	"github.com/warren-go/warren/kernel/display/comm"
)

// watchdog notices a cell that can never go on: every goroutine of the process that is not the worker's own waits for
// another one, and no message of the front end can come between. The Go runtime's own check ("all goroutines are asleep")
// cannot fire here, since the worker has goroutines that wait for the front.
type watchdog struct{ end chan struct{} }

func newWatchdog(run int64, found chan<- string) *watchdog {
	w := &watchdog{end: make(chan struct{})}
	go w.watch(run, found)
	return w
}

func (w *watchdog) close() { close(w.end) }

// Looking at stacks stops the world, so it is done rarely, ever more rarely, and not at all while something runs.
const firstLook, lastLook = 1 * time.Second, 8 * time.Second

func (w *watchdog) watch(run int64, found chan<- string) {
	seen := ""
	for pause := firstLook; ; pause = min(2*pause, lastLook) {
		select {
		case <-w.end:
			return
		case <-time.After(pause):
		}
		stuck, stacks := "", ""
		if !busy() && !timersPending() && !foreignThreads() && !comm.Listening() {
			stacks = allStacks()
			stuck = stuckGoroutines(stacks)
		}
		if stuck != "" && stuck == seen { // nothing moved between two looks
			found <- stacksOf(run, stacks)
			return
		}
		if seen = stuck; stuck != "" {
			pause = firstLook / 4
		}
	}
}

// busy tells whether a goroutine beside the calling one runs or is ready to.
func busy() bool {
	s := []metrics.Sample{{Name: "/sched/goroutines/running:goroutines"}, {Name: "/sched/goroutines/runnable:goroutines"}}
	metrics.Read(s)
	return s[0].Value.Uint64()+s[1].Value.Uint64() > 1
}

// foreignThreads tells whether C code has started threads: one of them may call back, and wake a goroutine.
func foreignThreads() bool {
	tasks, err := os.ReadDir("/proc/self/task")
	return err == nil && len(tasks) > pprof.Lookup("threadcreate").Count()
}

// waiting are the goroutine states that only another goroutine can end.
var waiting = []string{
	"chan receive", "chan send", "select", "select (no cases)", "chan receive (nil chan)", "chan send (nil chan)",
	"sync.Mutex.Lock", "sync.RWMutex.Lock", "sync.RWMutex.RLock", "sync.Cond.Wait", "sync.WaitGroup.Wait", "semacquire",
}

// idle are the states of goroutines that wait for something else, and use no processor meanwhile.
var idle = []string{"IO wait", "sleep"}

func isWaiting(state string) bool { return slices.Contains(waiting, state) }

func isIdle(state string) bool { return slices.Contains(idle, state) }

// stateOf reads the state out of the first line of a goroutine's stack: goroutine 5 [chan receive, 2 minutes labels:…]:
func stateOf(g string) string {
	header, _, _ := strings.Cut(g, "\n")
	_, state, _ := strings.Cut(header, "[")
	if i := strings.IndexAny(state, ",]"); i >= 0 {
		state = state[:i]
	}
	state, _, _ = strings.Cut(state, " labels:")
	return state
}

// ours begin the names of functions whose goroutines serve the front: they wake nobody by themselves.
var ours = []string{"kernel/worker.(*watchdog)", "kernel/worker.(*Worker).runLoop", "kernel/worker.(*Worker).serve", "kernel/worker.(*Worker).toComm", "kernel/worker.newWatchdog", "runtime/pprof.", "runtime/trace."}

// asking are parts of the stacks of goroutines that wait for the front, for the broker of tasks, or for engines of a cluster: through their
// connections all of these may wake them, and what the broker gives to a worker of tasks may wake any other.
var asking = []string{"kernel/worker.publisher.", "warren/parlib/taskq.", "warren/parlib/cluster."}

func asks(g string) bool {
	return slices.ContainsFunc(asking, func(f string) bool { return strings.Contains(g, f) })
}

// stuckGoroutines returns the numbers of all goroutines that are not the worker's if each of them waits for another
// one and one is in a cell, else "". A library's goroutine that is not waiting, such as a server's, might wake others, unless it
// is marked as one that wakes nobody by itself.
func stuckGoroutines(stacks string) string {
	var stuck strings.Builder
	inCell := false
	for g := range strings.SplitSeq(stacks, "\n\n") {
		cell := ofCell(g)
		if !cell && slices.ContainsFunc(ours, func(f string) bool { return strings.Contains(g, f) }) {
			continue
		}
		if header, _, _ := strings.Cut(g, "\n"); background.Marked(header) {
			continue
		}
		if !isWaiting(stateOf(g)) || asks(g) {
			return ""
		}
		inCell = inCell || cell
		number, _, _ := strings.Cut(g, "[")
		fmt.Fprint(&stuck, number, stateOf(g), ";")
	}
	if !inCell {
		return ""
	}
	return stuck.String()
}

// runLabel is the profiler label of a run's goroutines. The runtime shows labels in stacks (showLabels).
const runLabel = "cell"

var labelInStack = regexp.MustCompile(`labels:\{[^\n]*"` + runLabel + `": "(\d+)"`)

// showLabels makes the runtime print labels in stacks.
func showLabels() error {
	settings := "tracebacklabels=1"
	if old := os.Getenv("GODEBUG"); old != "" {
		settings = old + "," + settings
	}
	return os.Setenv("GODEBUG", settings)
}

// ofCell tells whether a goroutine was started by a cell, or runs code of one.
func ofCell(g string) bool {
	header, _, _ := strings.Cut(g, "\n")
	return labelInStack.MatchString(header) || strings.Contains(g, "cell[")
}

// runStacks returns where the goroutines of a run are.
func runStacks(id int64) string { return stacksOf(id, allStacks()) }

// stacksOf leaves the goroutines of a run.
func stacksOf(id int64, stacks string) string {
	want := strconv.FormatInt(id, 10)
	var kept []string
	for g := range strings.SplitSeq(stacks, "\n\n") {
		header, _, _ := strings.Cut(g, "\n")
		if m := labelInStack.FindStringSubmatch(header); m != nil && m[1] == want {
			kept = append(kept, g)
		}
	}
	return strings.Join(kept, "\n\n")
}

// allStacks returns the stacks of all goroutines, up to some megabytes.
func allStacks() string {
	for size := 1 << 18; ; size *= 4 {
		buf := make([]byte, size)
		n := runtime.Stack(buf, true)
		if n < size || size >= 16<<20 {
			return string(buf[:n])
		}
	}
}

var labelInProfile = regexp.MustCompile(`# labels: \{.*"` + runLabel + `":"(\d+)"`)

// runsAlive returns the ids of the runs that have goroutines.
func runsAlive() map[int64]bool {
	var buf bytes.Buffer
	pprof.Lookup("goroutine").WriteTo(&buf, 1) // to memory: it cannot fail
	alive := map[int64]bool{}
	for _, m := range labelInProfile.FindAllStringSubmatch(buf.String(), -1) {
		if id, err := strconv.ParseInt(m[1], 10, 64); err == nil {
			alive[id] = true
		}
	}
	return alive
}
