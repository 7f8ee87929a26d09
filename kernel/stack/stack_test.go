package stack

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

const dump = `some output of the program
panic: runtime error: index out of range [5] with length 3

goroutine 8 [running]:
warren.cell/ab12.Ꟶpick(...)
	/tmp/w/cell[7]:3
warren.cell/cd34.run()
	cell[8]:1 +0x1d
created by main.(*worker).start.func2 in goroutine 1
	/src/worker.go:44 +0x85

goroutine 1 gp=0xc000002380 m=0 mp=0x5b2b40 [chan receive (nil chan), 5 minutes, locked to thread]:
runtime.gopark(0xc00?, {0x1, 0x2}, 0x0)
	/usr/local/go/src/runtime/proc.go:435 +0xce fp=0xc00 sp=0xc01 pc=0x49
main.G[...]({0x1, 0x2}, 0x3)
	/a dir/x:y.go:12 +0x1d
...23 frames elided...
main.main()
	/a dir/x:y.go:20 +0x1d

goroutine 20 [select (no cases), synctest bubble 1]:
	goroutine running on other thread; stack unavailable
created by warren.cell/cd34.run
	cell[8]:4 +0x1d
exit status 2
`

func TestParseReadsEveryPartOfADump(t *testing.T) {
	d := Parse(dump)
	if got, want := d.Cause.String(), "panic: runtime error: index out of range [5] with length 3"; got != want {
		t.Errorf("cause %q, want %q", got, want)
	}
	if len(d.Goroutines) != 3 {
		t.Fatalf("%d goroutines, want 3: %+v", len(d.Goroutines), d.Goroutines)
	}
	g := d.Goroutines[0]
	want := []Frame{
		{Func: "warren.cell/ab12.Ꟶpick", Args: "...", File: "/tmp/w/cell[7]", Line: 3},
		{Func: "warren.cell/cd34.run", File: "cell[8]", Line: 1},
	}
	if len(g.Frames) != 2 || g.Frames[0] != want[0] || g.Frames[1] != want[1] {
		t.Errorf("frames %+v, want %+v", g.Frames, want)
	}
	if g.Creator != 1 || g.Created != (Frame{Func: "main.(*worker).start.func2", File: "/src/worker.go", Line: 44}) {
		t.Errorf("created by %+v in %d", g.Created, g.Creator)
	}
	g = d.Goroutines[1]
	if g.ID != 1 || g.State != "chan receive (nil chan)" || g.Wait != 5*time.Minute || !g.Locked || !g.Elided {
		t.Errorf("goroutine 1 read as %+v", g)
	}
	if len(g.Frames) != 3 || g.Frames[1] != (Frame{Func: "main.G[...]", Args: "{0x1, 0x2}, 0x3", File: "/a dir/x:y.go", Line: 12}) {
		t.Errorf("frames of goroutine 1: %+v", g.Frames)
	}
	g = d.Goroutines[2]
	if g.State != "select (no cases), synctest bubble 1" || len(g.Frames) != 0 || g.Where() != "started at cell[8]:4" {
		t.Errorf("goroutine 20 read as %+v", g)
	}
}

func TestParseFindsTheCause(t *testing.T) {
	tests := []struct{ name, text, kind, message, signal string }{
		{"no crash", "goroutine 1 [running]:\n", "", "", ""},
		{"nil dereference", "panic: runtime error: invalid memory address or nil pointer dereference\n[signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x49]\n\n",
			"panic", "runtime error: invalid memory address or nil pointer dereference", "signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x49"},
		{"chain", "panic: a [recovered]\n\tpanic: b\n\ngoroutine 1 [running]:\n", "panic", "a [recovered]\npanic: b", ""},
		{"fatal", "fatal error: concurrent map writes\n\ngoroutine 1 [running]:\n", "fatal error", "concurrent map writes", ""},
		{"the first counts", "fatal error: x\npanic during panic\npanic: y\n", "fatal error", "x", ""},
		{"signal in C", "SIGSEGV: segmentation violation\nPC=0x7f m=0 sigcode=1\n", "SIGSEGV", "segmentation violation", ""},
		{"overflow", "runtime: goroutine stack exceeds 1000000000-byte limit\nfatal error: stack overflow\n\nruntime stack:\nruntime.throw()\n\t/x.go:1\n", "fatal error", "stack overflow", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := Parse(tt.text).Cause
			if c != (Cause{tt.kind, tt.message, tt.signal}) {
				t.Errorf("got %+v", c)
			}
		})
	}
}

func TestCellRecognisesOnlyCells(t *testing.T) {
	tests := map[string]string{
		"cell[7]": "cell[7]", "/tmp/x/cell[12]": "cell[12]", "cell[]": "", "cell.go": "", "/cell[1]/x.go": "", "": "",
	}
	for file, want := range tests {
		if got, _ := (Frame{File: file}).Cell(); got != want {
			t.Errorf("file %q: cell %q, want %q", file, got, want)
		}
	}
}

// block makes goroutines that wait in known ways and returns the dump of all, then lets them go.
func block(t *testing.T) Dump {
	t.Helper()
	var wg sync.WaitGroup
	free, mu := make(chan int), &sync.Mutex{}
	mu.Lock()
	wg.Add(4)
	for range 3 {
		go func() { defer wg.Done(); receiveInTest(free) }()
	}
	go func() { defer wg.Done(); mu.Lock(); mu.Unlock() }()
	defer wg.Wait()
	defer mu.Unlock()
	defer close(free)
	for range 1000 {
		d := Parse(all())
		blocked := 0
		for _, g := range d.Goroutines {
			if strings.Contains(g.Created.Func, "stack.block") && g.State != "running" && g.State != "runnable" {
				blocked++
			}
		}
		if blocked == 4 {
			return d
		}
		time.Sleep(time.Millisecond)
	}
	t.Fatal("the goroutines never blocked")
	return Dump{}
}

//go:noinline
func receiveInTest(c chan int) int { return <-c }

func all() string {
	buf := make([]byte, 1<<20)
	return string(buf[:runtime.Stack(buf, true)])
}

func TestParseReadsTheRunningProgram(t *testing.T) {
	d := block(t)
	states := map[string]int{}
	for _, g := range d.Goroutines {
		if !strings.Contains(g.Created.Func, "stack.block") {
			continue
		}
		states[g.State]++
		if filepath.Base(g.Created.File) != "stack_test.go" || g.Creator == 0 {
			t.Errorf("goroutine %d: created at %q by %d", g.ID, g.Created.Location(), g.Creator)
		}
		if g.State == "chan receive" && !strings.HasSuffix(g.Frames[0].Func, ".receiveInTest") {
			t.Errorf("goroutine %d is in %q, want receiveInTest", g.ID, g.Frames[0].Func)
		}
	}
	if states["chan receive"] != 3 || states["sync.Mutex.Lock"] != 1 {
		t.Errorf("states %v, want 3 chan receive and 1 sync.Mutex.Lock", states)
	}
	if n := runtime.NumGoroutine(); len(d.Goroutines) < 5 {
		t.Errorf("%d goroutines read, %d exist", len(d.Goroutines), n)
	}
}

// crash is a program whose lines are those of cells and that dies in the way its argument says.
const crash = `package main

import ("os"; "runtime/debug"; "sync")

//line cell[3]:1
func pick(a []int, i int) int {
	return a[i]
}

//line cell[4]:1
func deep(n int) int { return deep(n+1) + 1 }

//line cell[5]:1
func run(how string) {
	switch how {
	case "index":
		pick([]int{1, 2}, 5)
	case "overflow":
		deep(0)
	case "deadlock":
		select {}
	case "nil":
		var p *struct{ x int }
		p.x = 1
	case "goroutine":
		var wg sync.WaitGroup
		wg.Add(1)
		go func() { defer wg.Done(); panic("in a goroutine\nwith two lines") }()
		wg.Wait()
	case "wrapped":
		defer func() { panic("second: " + recover().(string)) }()
		panic("first")
	}
}

//line main.go:100
func main() { debug.SetMaxStack(1 << 20); run(os.Args[1]) }
`

func TestParseReadsRealCrashes(t *testing.T) {
	dir := t.TempDir()
	bin := filepath.Join(dir, "crash")
	if err := os.WriteFile(filepath.Join(dir, "main.go"), []byte(crash), 0o644); err != nil {
		t.Fatal(err)
	}
	build := exec.Command("go", "build", "-o", bin, "main.go")
	build.Dir = dir
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	tests := []struct {
		how, kind, message, first string
		created                   string
	}{
		{"index", "panic", "runtime error: index out of range [5] with length 2", "cell[3]:2", ""},
		{"overflow", "fatal error", "stack overflow", "cell[4]:1", ""},
		{"deadlock", "fatal error", "all goroutines are asleep - deadlock!", "cell[5]:8", ""},
		{"nil", "panic", "runtime error: invalid memory address or nil pointer dereference", "cell[5]:11", ""},
		{"goroutine", "panic", "in a goroutine\nwith two lines", "cell[5]:15", "cell[5]:15"},
		{"wrapped", "panic", "first [recovered]\npanic: second: first", "cell[5]:18", ""},
	}
	for _, tt := range tests {
		for _, level := range []string{"all", "system"} {
			t.Run(tt.how+"/"+level, func(t *testing.T) {
				cmd := exec.Command("sh", "-c", `ulimit -c 0; exec "$0" "$1"`, bin, tt.how)
				cmd.Env = append(os.Environ(), "GOTRACEBACK="+level)
				out, err := cmd.CombinedOutput()
				if err == nil {
					t.Fatal("the program did not crash")
				}
				d := Parse(string(out))
				if d.Cause.Kind != tt.kind || d.Cause.Message != tt.message {
					t.Errorf("cause %+v\n%s", d.Cause, out)
				}
				if len(d.Goroutines) == 0 {
					t.Fatalf("no goroutine read from\n%s", out)
				}
				g := d.Goroutines[0]
				if f, _ := g.FirstCell(); f.Location() != tt.first {
					t.Errorf("first cell frame %q, want %q\n%s", f.Location(), tt.first, out)
				}
				if InCell(g.Created) != (tt.created != "") || tt.created != "" && g.Created.Location() != tt.created {
					t.Errorf("created at %q, want %q", g.Created.Location(), tt.created)
				}
				if text := strings.Join(Format(d.Cause, g, Style{}), "\n"); strings.Contains(text, "runtime.gopanic") || !strings.Contains(text, tt.first+" in main.") {
					t.Errorf("formatted:\n%s", text)
				}
				if tt.how == "overflow" && !g.Elided {
					t.Error("the elided frames were not noticed")
				}
			})
		}
	}
}

func TestSummaryGroupsGoroutinesThatWaitAtOnePlace(t *testing.T) {
	var gs []Goroutine
	for id := int64(20); id < 120; id++ {
		gs = append(gs, Goroutine{ID: id, State: "sync.Mutex.Lock", Frames: []Frame{{Func: "f", File: "cell[7]", Line: 9}}})
	}
	gs = append(gs,
		Goroutine{ID: 3, State: "IO wait", Frames: []Frame{{Func: "net.read", File: "/go/net.go", Line: 1}}},
		Goroutine{ID: 12, State: "chan receive", Wait: 2 * time.Minute, Frames: []Frame{{Func: "runtime.gopark", File: "/r.go", Line: 5}, {Func: "g", File: "cell[7]", Line: 3}}},
		Goroutine{ID: 4, State: "sleep", Created: Frame{Func: "g", File: "cell[7]", Line: 4}},
	)
	want := []string{
		"goroutines 20, 21, 22 and 97 more [sync.Mutex.Lock]: cell[7]:9",
		"goroutine 3 [IO wait]: /go/net.go:1",
		"goroutine 12 [chan receive, 2 minutes]: cell[7]:3",
		"goroutine 4 [sleep]: started at cell[7]:4",
	}
	if got := Summary(gs); strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if got := gs[101].String(); got != want[2] {
		t.Errorf("String %q, want %q", got, want[2])
	}
}

func FuzzParse(f *testing.F) {
	f.Add(dump)
	f.Add("panic: x\n\n[signal SIGX]\n")
	f.Add("goroutine 1 [a, 9 minutes]:\n\n\tx:1\ncreated by\n\t:1\n")
	f.Add("goroutine 99999999999999999999 []:\nf()\n\tx:99999999999999999999\n")
	f.Fuzz(func(t *testing.T, text string) {
		d := Parse(text)
		if heads := strings.Count(text, "goroutine "); len(d.Goroutines) > heads {
			t.Errorf("%d goroutines out of %d heads", len(d.Goroutines), heads)
		}
		for _, g := range d.Goroutines {
			for _, f := range g.Frames {
				if f.Func == "" || f.File == "" {
					t.Errorf("a frame without function or file: %+v", f)
				}
			}
			for _, line := range Format(d.Cause, g, Style{Color: true, Frames: 3}) {
				if strings.ContainsRune(line, '\n') {
					t.Errorf("a line with a line break: %q", line)
				}
			}
		}
		Summary(d.Goroutines)
	})
}
