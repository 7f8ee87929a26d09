package engine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/warren-go/warren/kernel/build"
	"github.com/warren-go/warren/kernel/display"
)

// collected is an Output that keeps what a cell shows: of streams the first megabyte, and how much it was.
type collected struct {
	mu      sync.Mutex
	stream  map[string]*strings.Builder
	size    map[string]int
	largest int
	results []display.Data
	answer  func(prompt string, password bool) (string, error) // nil: input is not allowed
}

func newCollected() *collected {
	return &collected{stream: map[string]*strings.Builder{"stdout": {}, "stderr": {}}, size: map[string]int{}}
}

func (c *collected) Stream(name, text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.size[name] += len(text)
	c.largest = max(c.largest, len(text))
	if c.stream[name].Len() < 1<<20 {
		c.stream[name].WriteString(text)
	}
}

func (c *collected) Result(d display.Data) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.results = append(c.results, d)
}

func (c *collected) text(name string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.stream[name].String()
}

func (c *collected) Display(display.Data)      {}
func (c *collected) Update(display.Data)       {}
func (c *collected) Clear(bool)                {}
func (c *collected) Page(display.Data)         {}
func (c *collected) SetNextInput(string, bool) {}
func (c *collected) Comm(CommMessage)          {}

func (c *collected) Input(ctx context.Context, prompt string, password bool) (string, error) {
	if c.answer == nil {
		return "", errors.New("this front end allows no input")
	}
	line, err := c.answer(prompt, password)
	if err != nil { // a user who never answers
		<-ctx.Done()
		return "", ctx.Err()
	}
	return line, nil
}

// notebook is a session under test that counts its cells.
type notebook struct {
	*testing.T
	*Engine
	count int
}

func newNotebook(t *testing.T) *notebook {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	e, err := New(Options{Build: build.Options{Source: root}, Dir: t.TempDir(), Log: t.Logf})
	if err != nil {
		t.Fatal(err)
	}
	if err := e.wait(t.Context()); err != nil { // a first build takes longer than any cell may
		t.Fatal(err)
	}
	return &notebook{T: t, Engine: e}
}

// run executes a cell; interrupt, if not 0, is when it is interrupted.
func (n *notebook) run(out *collected, code string, interrupt time.Duration) *CellError {
	n.Helper()
	n.count++
	done := make(chan struct{})
	var watch sync.WaitGroup
	watch.Go(func() {
		limit := time.After(2 * time.Minute)
		var stop <-chan time.Time
		for interrupted := false; ; {
			n.mu.Lock()
			if n.running != 0 && stop == nil && interrupt != 0 && !interrupted {
				stop = time.After(interrupt)
			}
			n.mu.Unlock()
			select {
			case <-done:
				return
			case <-stop:
				n.Interrupt()
				stop, interrupted = nil, true
			case <-limit:
				n.Errorf("the cell does not end:\n%.300s", code)
				n.process().end(fateStuck)
			case <-time.After(5 * time.Millisecond):
			}
		}
	})
	err := n.Execute(context.Background(), code, n.count, out)
	close(done)
	watch.Wait()
	if err == nil {
		return nil
	}
	var failed *CellError
	if !errors.As(err, &failed) {
		n.Fatalf("the error of a cell is a %T: %v", err, err)
	}
	return failed
}

// must runs a cell that is to succeed, and returns what it printed.
func (n *notebook) must(code string) string {
	n.Helper()
	out := newCollected()
	if err := n.run(out, code, 0); err != nil {
		n.Fatalf("%s\nfails: %s", code, strings.Join(err.Traceback, "\n"))
	}
	return out.text("stdout")
}

func manyLines(n int) string {
	var b strings.Builder
	b.WriteString("sum := 0\n")
	for i := range n - 2 {
		fmt.Fprintf(&b, "sum += %d\n", i)
	}
	b.WriteString("fmt.Println(sum)\n")
	return b.String()
}

// badInput are the things that users do to kernels. "@" in what is wanted stands for the label of the cell itself.
var badInput = []struct {
	name      string
	code      string
	interrupt time.Duration
	err       string   // name of the error, "" for none
	value     string   // part of its value
	trace     []string // parts of its traceback
	stdout    string   // part of what is printed
	stderr    string
	died      bool // the worker dies, and with it the variables
}{
	{name: "panic", code: "a := []int{1}\ni := 5\na[i] = 0", err: "panic", value: "index out of range [5] with length 1", trace: []string{"@:3", "> 3\x1b[0m | a[i] = 0"}},
	{name: "panic with a value of the user's", code: "type bad struct{ n int }\npanic(bad{3})", err: "panic", value: "{3}", trace: []string{"@:2"}},
	{name: "panic in a library's callback", code: "s := []int{3, 1, 2}\nsort.Slice(s, func(i, j int) bool { panic(\"compare\") })", err: "panic", value: "compare", trace: []string{"@:2"}},
	{name: "panic in WaitGroup.Go", code: "var wg1 sync.WaitGroup\nwg1.Go(func() { panic(\"in the group\") })\nwg1.Wait()\ntime.Sleep(time.Second)", err: "panic", value: "in the group", trace: []string{"@:2", "in a goroutine"}},
	{name: "panic in AfterFunc", code: "time.AfterFunc(time.Millisecond, func() { panic(\"timer\") })\ntime.Sleep(time.Minute)", err: "panic", value: "timer", trace: []string{"@:1"}},
	{name: "panic in AfterFunc of a context", code: "ctx, cancel := context.WithCancel(context.Background())\ncontext.AfterFunc(ctx, func() { panic(\"cancelled\") })\ncancel()\ntime.Sleep(time.Minute)", err: "panic", value: "cancelled", trace: []string{"@:2"}},
	{name: "panic in an errgroup", code: "var eg errgroup.Group\neg.Go(func() error { panic(\"in the errgroup\") })\neg.Wait()\ntime.Sleep(time.Second)", err: "panic", value: "in the errgroup", trace: []string{"@:2"}},
	{name: "nil dereference in a goroutine", code: "type node struct{ next *node }\ngo func() {\n\tvar p *node\n\tp.next = nil\n}()\ntime.Sleep(time.Minute)", err: "panic", value: "nil pointer dereference", trace: []string{"@:4", "in a goroutine", "@:2"}},
	{name: "panic in a goroutine while the cell waits for it", code: "waits := make(chan int)\ngo func() { panic(\"before it sends\") }()\n<-waits", err: "panic", value: "before it sends", trace: []string{"@:2"}},
	{name: "os.Exit", code: "fmt.Println(\"bye\")\nos.Exit(3)", err: "exit", value: "os.Exit(3)", trace: []string{"@:2"}, stdout: "bye\n"},
	{name: "log.Fatal", code: "log.Fatal(\"no way on\")", err: "exit", value: "no way on", trace: []string{"@:1"}},
	{name: "os.Exit that nobody recovers", code: "defer fmt.Println(\"deferred\")\nfunc() { defer func() { fmt.Println(recover()) }(); os.Exit(5) }()\nfmt.Println(\"not reached\")", err: "exit", value: "os.Exit(5)", stdout: "<nil>\ndeferred\n", trace: []string{"@:2"}},
	{name: "os.Exit in a parallel loop", code: "parlib.For(100, func(i int) { if i == 50 { os.Exit(6) } })", err: "exit", value: "os.Exit(6)"},
	{name: "os.Exit in AfterFunc", code: "time.AfterFunc(time.Millisecond, func() { os.Exit(7) })\nselect {}", err: "exit", value: "os.Exit(7)"},
	{name: "panic in what is deferred by os.Exit", code: "defer func() { panic(\"later\") }()\nos.Exit(8)", err: "panic", value: "later"},
	{name: "os.Exit in a goroutine", code: "go os.Exit(4)\ntime.Sleep(time.Minute)", err: "exit", value: "os.Exit(4)"},
	{name: "os.Exit in a library", code: "fs := flag.NewFlagSet(\"x\", flag.ExitOnError)\nfs.Parse([]string{\"-nosuch\"})", err: "worker died", value: "status 2", died: true, trace: []string{"A library called os.Exit"}},
	{name: "unbounded recursion", code: "func rec(n int) int {\n\treturn rec(n+1) + 1\n}\nrec(0)", err: "worker died", value: "stack overflow", died: true, trace: []string{"@:2", "more times", "calls itself"}},
	{name: "concurrent map writes", code: "m := map[int]int{}\nfor g := range 8 {\n\tgo func() {\n\t\tfor i := range 1 << 20 {\n\t\t\tm[i] = g\n\t\t}\n\t}()\n}\ntime.Sleep(time.Minute)", err: "worker died", value: "concurrent map writes", died: true, trace: []string{"@:5", "sync.Mutex"}},
	{name: "unlock of an unlocked mutex", code: "var um sync.Mutex\num.Unlock()", err: "worker died", value: "unlock of unlocked mutex", died: true, trace: []string{"@:2"}},
	{name: "fault by unsafe", code: "import \"unsafe\"\nup := (*int)(unsafe.Pointer(uintptr(0x123456789000)))\n*up = 1", err: "worker died", value: "fault", died: true, trace: []string{"@:3", "unsafe"}},
	{name: "fault in C", code: "/*\nstatic void fault(int *p) { *p = 1; }\n*/\nimport \"C\"\nC.fault(nil)", err: "worker died", value: "SIGSEGV", died: true, trace: []string{"@:5", "C code"}},
	{name: "killed from outside", code: "syscall.Kill(os.Getpid(), syscall.SIGKILL)\nselect {}", err: "worker died", value: "killed (signal 9)", died: true},
	{name: "empty for", code: "for {\n}", interrupt: 200 * time.Millisecond, err: "interrupted", value: "keep their values", trace: []string{"@:1"}},
	{name: "for that prints", code: "for {\n\tfmt.Println(\"x\")\n}", interrupt: 200 * time.Millisecond, err: "interrupted", trace: []string{"@:"}, stdout: "x\nx\n"},
	{name: "for that recovers", code: "for {\n\tfunc() {\n\t\tdefer func() { recover() }()\n\t\tfor {\n\t\t}\n\t}()\n}", interrupt: 200 * time.Millisecond, err: "interrupted"},
	{name: "goroutines without end", code: "for range 4 {\n\tgo func() {\n\t\tfor {\n\t\t}\n\t}()\n}\nfor {\n}", interrupt: 200 * time.Millisecond, err: "interrupted"},
	{name: "empty select", code: "select {}", interrupt: 200 * time.Millisecond, err: "interrupted", trace: []string{"@:1"}},
	{name: "receive from a channel nobody feeds", code: "nobody := make(chan int)\n<-nobody", interrupt: 200 * time.Millisecond, err: "interrupted", value: "left where it waits", trace: []string{"@:2"}},
	{name: "long sleep", code: "time.Sleep(time.Hour)", interrupt: 200 * time.Millisecond, err: "interrupted", trace: []string{"@:1"}},
	{name: "endless range", code: "for i := range 1 << 62 {\n\t_ = i\n}", interrupt: 200 * time.Millisecond, err: "interrupted", trace: []string{"@:1"}},
	{name: "endless counted loop", code: "func count(n int) (s int) {\n\tfor i := 0; i < n; i++ {\n\t\ts += i\n\t}\n\treturn s\n}\ncount(1 << 62)", interrupt: 200 * time.Millisecond, err: "interrupted", trace: []string{"@:2"}},
	{name: "parallel loop without end", code: "parlib.For(1<<60, func(i int) {})\nfor {\n}", interrupt: 200 * time.Millisecond, err: "interrupted"},
	{name: "bodies without end in a parallel loop", code: "parlib.For(4, func(i int) {\n\tfor {\n\t}\n}, parlib.Workers(4))\nfor {\n}", interrupt: 200 * time.Millisecond, err: "interrupted"},
	{name: "functions without end on a pool", code: "pool, _ := parlib.NewPool(2)\nparlib.Map(pool, []int{1, 2}, func(int) int {\n\tfor {\n\t}\n})\nfor {\n}", interrupt: 200 * time.Millisecond, err: "interrupted"},
	{name: "computation without a check", code: "func fib(n int) int {\n\tif n < 2 {\n\t\treturn n\n\t}\n\treturn fib(n-1) + fib(n-2)\n}\nfib(60)", interrupt: 200 * time.Millisecond, err: "interrupted", trace: []string{"@:"}},
	{name: "terabyte slice", code: "tb := make([]byte, 1<<40)\nfor i := range tb {\n\ttb[i] = 1\n\tif i > 1<<30 { panic(\"this machine has it\") }\n}", err: "worker died", value: "out of memory", died: true, trace: []string{"@:1", "more memory than"}},
	{name: "slice beyond any memory", code: "hn := 1 << 60\nhuge := make([]int, hn)", err: "panic", value: "len out of range", trace: []string{"@:2"}},
	{name: "much output", code: "mega := strings.Repeat(strings.Repeat(\"x\", 99)+\"\\n\", 10000)\nfor range 100 {\n\tfmt.Print(mega)\n}"},
	{name: "long line", code: "fmt.Println(strings.Repeat(\"y\", 10<<20))"},
	{name: "invalid UTF-8 printed", code: "fmt.Println(\"a\\xff\\xfeb\")", stdout: "a\uFFFDb"},
	{name: "invalid UTF-8 in the source", code: "fmt.Println(\"a\xff\")", err: "compile error", value: "UTF-8"},
	{name: "empty cell", code: ""},
	{name: "blank cell", code: " \n\t\n// nothing\n"},
	{name: "long cell", code: manyLines(5000), stdout: fmt.Sprint(4997 * 4998 / 2)},
	{name: "module that does not exist", code: "import \"example.invalid/no/such\"\nsuch.F()", err: "compile error", value: "package example.invalid/no/such is in no module that can be found", trace: []string{"@:1"}},
	{name: "package that does not exist", code: "import \"nosuchpkg\"\nnosuchpkg.F()", err: "compile error", value: "nosuchpkg", trace: []string{"@:1"}},
	{name: "closed standard streams", code: "os.Stdout.Close()\nos.Stderr.Close()\nos.Stdin.Close()"},
	{name: "closed file descriptor", code: "syscall.Close(3)"},
	{name: "all file descriptors closed", code: "for fd := 0; fd < 2000; fd++ {\n\tsyscall.Close(fd)\n}\ntime.Sleep(time.Minute)", err: "worker died", value: "", died: true, trace: []string{"file descriptors"}},
	{name: "signals", code: "sig := make(chan os.Signal, 1)\nsignal.Notify(sig, os.Interrupt)\nsyscall.Kill(os.Getpid(), syscall.SIGINT)\nfmt.Println(<-sig)\nsignal.Stop(sig)", stdout: "interrupt\n"},
	{name: "input where none is allowed", code: "var in string\nfmt.Scan(&in)\nfmt.Println(in)", err: "input error", value: "allows no input"},
	{name: "end of the cell's goroutine", code: "runtime.Goexit()"},
	{name: "crash report that is none", code: "fmt.Fprintln(os.Stderr, \"panic: only joking\")", stderr: "panic: only joking\n"},
	{name: "result that JSON does not know", code: "map[string]any{\"f\": func() {}, \"c\": make(chan int), \"nan\": math.NaN()}"},
}

func TestSessionSurvivesBadInput(t *testing.T) {
	before := goleak.IgnoreCurrent()
	n := newNotebook(t)
	for _, c := range badInput {
		t.Run(c.name, func(t *testing.T) {
			n.T = t
			n.must("kept := 41\nfunc twice(x int) int { return 2 * x }\nkept++")
			out := newCollected()
			start := time.Now()
			err := n.run(out, c.code, c.interrupt)
			t.Logf("after %v", time.Since(start).Round(10*time.Millisecond))
			checkBad(t, n, err, c.err, c.value, c.trace)
			if !strings.Contains(out.text("stdout"), c.stdout) {
				t.Errorf("printed %.200q, not %q", out.text("stdout"), c.stdout)
			}
			if !strings.Contains(out.text("stderr"), c.stderr) {
				t.Errorf("printed %.200q to stderr, not %q", out.text("stderr"), c.stderr)
			}
			if text := n.must("fmt.Println(twice(4))"); text != "8\n" {
				t.Errorf("the session answers %q to twice(4)", text)
			}
			out = newCollected()
			err2 := n.run(out, "fmt.Println(kept)", 0)
			switch {
			case c.died && (err2 == nil || !strings.Contains(err2.Value, "lost")):
				t.Errorf("the variable of a dead worker is used: %v, printed %q", err2, out.text("stdout"))
			case !c.died && out.text("stdout") != "42\n":
				t.Errorf("the variable has not kept its value: %v, printed %q", err2, out.text("stdout"))
			}
			if c.died && !strings.Contains(strings.Join(err.Traceback, "\n"), "; lost ") {
				t.Error("what is lost is not said")
			}
		})
	}
	n.T = t
	temp, pid := n.temp, n.process().cmd.Process.Pid
	if err := n.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(temp); !os.IsNotExist(err) {
		t.Errorf("%s is still there after Close", temp)
	}
	if err := syscall.Kill(-pid, 0); err != syscall.ESRCH {
		t.Errorf("processes of the worker's group are left: %v", err)
	}
	goleak.VerifyNone(t, before)
}

func checkBad(t *testing.T, n *notebook, err *CellError, name, value string, trace []string) {
	t.Helper()
	if err == nil {
		if name != "" {
			t.Errorf("no error, but %s was to be expected", name)
		}
		return
	}
	text := strings.Join(err.Traceback, "\n")
	t.Logf("%s | %s\n%s", err.Name, err.Value, text)
	if err.Name != name || !strings.Contains(err.Value, value) {
		t.Errorf("error %q %q, not %q %q", err.Name, err.Value, name, value)
	}
	for _, part := range trace {
		part = strings.ReplaceAll(part, "@", fmt.Sprintf("cell[%d]", n.count))
		if !strings.Contains(text, part) {
			t.Errorf("the traceback lacks %q", part)
		}
	}
	for _, plumbing := range []string{"runtime.goexit", "kernel/worker", "kernel/rt", "warren.cell", "ꞏ", build.Mark} {
		if strings.Contains(text, plumbing) {
			t.Errorf("the traceback shows %q", plumbing)
		}
	}
	for i, line := range err.Traceback {
		if strings.Contains(line, "\n") {
			t.Errorf("line %d of the traceback is several", i)
		}
	}
}
