package observe

import (
	"path"
	"runtime"
	"slices"
	"strconv"
	"strings"
)

// goroutine is one of a dump of all goroutines.
type goroutine struct {
	id      uint64
	state   string // what it does or waits for: "running", "chan receive", "sync.Mutex.Lock"…
	stack   string // its frames, as the runtime prints them
	creator uint64 // goroutine that started it, 0 where unknown
}

// waits are the states that only another goroutine can end, or a timer.
var waits = []string{
	"chan receive", "chan send", "select", "select (no cases)", "chan receive (nil chan)", "chan send (nil chan)",
	"sync.Mutex.Lock", "sync.RWMutex.Lock", "sync.RWMutex.RLock", "sync.Cond.Wait", "sync.WaitGroup.Wait", "semacquire",
}

func (g goroutine) waits() bool { return slices.Contains(waits, g.state) }

func (g goroutine) runs() bool { return g.state == "running" || g.state == "runnable" }

// others returns all goroutines but the calling one, which the runtime prints first.
func others() []goroutine {
	_, rest, _ := strings.Cut(dump(), "\n\n")
	return parse(rest)
}

// dump is the stacks of all goroutines, or of the first some megabytes of them.
func dump() string {
	for size := 1 << 18; ; size *= 4 {
		buffer := make([]byte, size)
		n := runtime.Stack(buffer, true)
		if n < size || size >= 16<<20 {
			return string(buffer[:n])
		}
	}
}

// parse reads what runtime.Stack prints, and leaves out what it does not understand.
func parse(text string) []goroutine {
	var all []goroutine
	for block := range strings.SplitSeq(strings.TrimSpace(text), "\n\n") {
		header, stack, _ := strings.Cut(block, "\n")
		number, state, ok := strings.Cut(strings.TrimPrefix(header, "goroutine "), " ")
		id, err := strconv.ParseUint(number, 10, 64)
		if !ok || err != nil {
			continue
		}
		all = append(all, goroutine{id: id, state: parseState(state), stack: stack, creator: parseCreator(stack)})
	}
	return all
}

// parseState reads [chan receive, 2 minutes labels:…]: up to the first thing that is not the state.
func parseState(text string) string {
	_, text, _ = strings.Cut(text, "[")
	for _, end := range []string{",", "]", " labels:"} {
		text, _, _ = strings.Cut(text, end)
	}
	return text
}

// parseCreator reads the last lines: created by main.main in goroutine 1.
func parseCreator(stack string) uint64 {
	_, text, _ := strings.Cut(stack, "created by ")
	_, text, _ = strings.Cut(text, " in goroutine ")
	number, _, _ := strings.Cut(text, "\n")
	id, err := strconv.ParseUint(number, 10, 64)
	if err != nil {
		return 0
	}
	return id
}

// machinery begins the names of functions below which a goroutine that waits disappears.
var machinery = []string{"runtime.", "sync.", "internal/", "time."}

// where is the line of the innermost call outside the machinery, as "cell[3]:7".
func (g goroutine) where() string {
	lines := strings.Split(g.stack, "\n")
	for i := 0; i+1 < len(lines); i += 2 { // a line for the function, and one for the place in it
		function := lines[i]
		if slices.ContainsFunc(machinery, func(p string) bool { return strings.HasPrefix(function, p) }) {
			continue
		}
		place, _, _ := strings.Cut(strings.TrimSpace(lines[i+1]), " ")
		return path.Base(place)
	}
	return "an unknown place"
}
