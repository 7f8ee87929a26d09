//go:build checklinkname

package worker

import (
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"time"
)

// Each case has a process of its own: what keeps the floor lives as long as the process.

// TestHeapFloor allocates many times the floor, and counts collections.
func TestHeapFloor(t *testing.T) {
	if !alone(t, "") {
		return
	}
	const floor, garbage, piece = 32 << 20, 512 << 20, 64 << 10
	before := collections()
	allocate(garbage, piece)
	without := collections() - before

	keepHeapFloor(floor)
	before = collections()
	allocate(garbage, piece)
	with := collections() - before
	if with == 0 || with > garbage/floor*3/2 || with*2 > without {
		t.Errorf("%d collections without the floor, %d with", without, with)
	}
}

func TestHeapFloorGivesWay(t *testing.T) {
	for name, test := range map[string]struct {
		env  string
		code func()
		want int // percentage
	}{
		"to nobody":                              {code: func() { allocate(64<<20, 1<<10) }, want: 800},
		"to much that is alive":                  {code: func() { alive = make([]byte, 64<<20) }, want: 100},
		"to user code's percentage":              {code: func() { debug.SetGCPercent(50) }, want: 50},
		"to user code's, and much that is alive": {code: func() { debug.SetGCPercent(50); alive = make([]byte, 64<<20) }, want: 50},
		"to user code that wants no collection":  {code: func() { debug.SetGCPercent(-1) }, want: -1},
		"not to user code that puts it back":     {code: func() { debug.SetGCPercent(debug.SetGCPercent(50)) }, want: 800},
		"to GOGC":                                {env: "GOGC=100", want: 100},
		"to GOMEMLIMIT":                          {env: "GOMEMLIMIT=1GiB", want: 100},
	} {
		t.Run(name, func(t *testing.T) {
			if !alone(t, test.env) {
				return
			}
			keepHeapFloor(32 << 20)
			if test.code != nil {
				test.code()
			}
			for range 3 { // a finalizer runs in a goroutine of its own, some time after the collection
				runtime.GC()
				time.Sleep(20 * time.Millisecond)
			}
			if got := debug.SetGCPercent(100); got != test.want {
				t.Errorf("percentage %d, want %d", got, test.want)
			}
		})
	}
}

// alone runs the test in a new process with one more environment variable, and tells whether this is that process.
func alone(t *testing.T, env string) bool {
	const marker = "WARREN_TEST_ALONE"
	if os.Getenv(marker) != "" {
		return true
	}
	cmd := exec.Command(os.Args[0], "-test.run=^"+strings.ReplaceAll(regexp.QuoteMeta(t.Name()), "/", "$/^")+"$")
	cmd.Env = append(os.Environ(), marker+"=1", "GOGC=", "GOMEMLIMIT=", env)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	return false
}

var alive []byte

func allocate(total, piece int) {
	for ; total > 0; total -= piece {
		sink = make([]byte, piece)
	}
}

var sink []byte

func collections() int {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.NumGC)
}
