package engine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/warren-go/warren/kernel/build"
)

// eventually waits for a condition that comes about by itself.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !holds(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not after 30 seconds", what)
		}
	}
}

func TestPanicAfterItsCellIsShownBelowIt(t *testing.T) {
	n := newNotebook(t)
	defer n.Close()
	out := newCollected()
	if err := n.run(out, "kept := 1\ngo func() {\n\ttime.Sleep(200 * time.Millisecond)\n\tpanic(\"late\")\n}()", 0); err != nil {
		t.Fatal(err)
	}
	eventually(t, "report of the panic", func() bool { return strings.Contains(out.text("stderr"), "late") })
	text := out.text("stderr")
	t.Log(text)
	if !strings.Contains(text, "cell[1]:4") || !strings.Contains(text, "in a goroutine") {
		t.Errorf("the report does not name the line:\n%s", text)
	}
	if got := n.must("fmt.Println(kept)"); got != "1\n" {
		t.Errorf("kept is %q", got)
	}
}

func TestWorkerKilledBetweenCellsIsReplacedAtOnce(t *testing.T) {
	n := newNotebook(t)
	defer n.Close()
	out := newCollected()
	n.run(out, "kept := 1\nfunc one() int { return 1 }", 0)
	syscall.Kill(n.process().cmd.Process.Pid, syscall.SIGKILL)
	eventually(t, "report of the death", func() bool { return strings.Contains(out.text("stderr"), "worker died") })
	t.Log(out.text("stderr"))
	if !strings.Contains(out.text("stderr"), "lost is the value of kept") {
		t.Errorf("the loss is not said: %s", out.text("stderr"))
	}
	if got := n.must("fmt.Println(one())"); got != "1\n" {
		t.Errorf("the next cell printed %q", got)
	}
}

func TestWorkerKilledWhileACellRuns(t *testing.T) {
	n := newNotebook(t)
	defer n.Close()
	n.must("kept := 1")
	go func() {
		eventually(t, "start of the cell", func() bool { n.mu.Lock(); defer n.mu.Unlock(); return n.running > 1 })
		syscall.Kill(n.process().cmd.Process.Pid, syscall.SIGKILL)
	}()
	err := n.run(newCollected(), "time.Sleep(time.Minute)", 0)
	if err == nil || !strings.Contains(err.Value, "signal 9") {
		t.Fatalf("the cell ended with %v", err)
	}
	n.must("fmt.Println(2)")
}

func TestSecondInterruptEndsWhatCannotBeStopped(t *testing.T) {
	n := newNotebook(t)
	defer n.Close()
	n.must("kept := 1")
	out := newCollected()
	err := n.run(out, "func fib(n int) int {\n\tif n < 2 {\n\t\treturn n\n\t}\n\treturn fib(n-1) + fib(n-2)\n}\nfib(60)", 100*time.Millisecond)
	if err == nil || err.Name != "interrupted" {
		t.Fatalf("ended with %v", err)
	}
	if got := n.must("fmt.Println(kept)"); got != "1\n" {
		t.Errorf("beside the abandoned cell: %q", got)
	}
	old := n.process()
	n.Interrupt()
	<-old.dead
	n.must("fmt.Println(3)")
	if n.process() == old {
		t.Error("the worker was not replaced")
	}
}

var deadlocks = []struct{ name, code, state string }{
	{"mutual locks", "var a, b sync.Mutex\na.Lock()\nb.Lock()\ngo func() { b.Lock(); a.Unlock() }()\na.Lock()", "sync.Mutex.Lock"},
	{"wait group never done", "var wg sync.WaitGroup\nwg.Add(1)\nwg.Wait()", "sync.WaitGroup.Wait"},
	{"unbuffered send", "c := make(chan int)\nc <- 1", "chan send"},
	{"receive in a goroutine", "d := make(chan int)\nvar wg2 sync.WaitGroup\nwg2.Go(func() { <-d })\nwg2.Wait()", "chan receive"},
	{"nil channel", "var none chan int\n<-none", "nil chan"},
	{"select without a ready case", "e1, e2 := make(chan int), make(chan int)\nselect {\ncase <-e1:\ncase <-e2:\n}", "select"},
	{"condition never signalled", "var mu sync.Mutex\ncond := sync.NewCond(&mu)\nmu.Lock()\ncond.Wait()", "sync.Cond.Wait"},
}

func TestDeadlockIsFoundAndExplained(t *testing.T) {
	n := newNotebook(t)
	defer n.Close()
	for _, c := range deadlocks {
		t.Run(c.name, func(t *testing.T) {
			n.T = t
			start := time.Now()
			err := n.run(newCollected(), c.code, 0)
			if err == nil || err.Name != "deadlock" {
				t.Fatalf("ended with %v", err)
			}
			text := strings.Join(err.Traceback, "\n")
			t.Logf("after %v:\n%s", time.Since(start), text)
			if !strings.Contains(text, c.state) || !strings.Contains(text, fmt.Sprintf("cell[%d]:", n.count)) {
				t.Errorf("the report lacks %q, or the cell's line", c.state)
			}
		})
	}
}

// waits are cells that take longer than the watchdog waits, and end well.
var waits = []struct{ name, code string }{
	{"timer", "<-time.After(4 * time.Second)"},
	{"context", "ctx, cancel := context.WithTimeout(context.Background(), 4*time.Second)\ndefer cancel()\n<-ctx.Done()"},
	{"sleeping goroutine", "c1 := make(chan int)\ngo func() { time.Sleep(4 * time.Second); c1 <- 1 }()\n<-c1"},
	{"network", "l, err := net.Listen(\"tcp\", \"127.0.0.1:0\")\nif err != nil { panic(err) }\nc2 := make(chan int)\ngo func() { conn, _ := l.Accept(); conn.Close(); c2 <- 1 }()\ngo func() { time.Sleep(4 * time.Second); net.Dial(\"tcp\", l.Addr().String()) }()\n<-c2"},
	{"signal", "sig := make(chan os.Signal, 1)\nsignal.Notify(sig, syscall.SIGUSR1)\nexec.Command(\"sh\", \"-c\", fmt.Sprintf(\"(sleep 4; kill -USR1 %d) &\", os.Getpid())).Run()\n<-sig"},
	{"process", "exec.Command(\"sleep\", \"4\").Run()"},
	{"condition", "var mu1 sync.Mutex\ncond1 := sync.NewCond(&mu1)\ngo func() { time.Sleep(4 * time.Second); cond1.Broadcast() }()\nmu1.Lock()\ncond1.Wait()\nmu1.Unlock()"},
	{"computing goroutine", "c3 := make(chan int)\ngo func() {\n\tx := 0\n\tfor t0 := time.Now(); time.Since(t0) < 4*time.Second; { x++ }\n\tc3 <- x\n}()\n<-c3"},
	{"collection", "c4 := make(chan int)\ngo func() {\n\tfor t0 := time.Now(); time.Since(t0) < 3*time.Second; { runtime.GC() }\n\tc4 <- 1\n}()\n<-c4"},
	{"slow answer", "answer, err := display.Input(\"wait: \")\nfmt.Println(answer, err)"},
	{"slow input", "var word string\nfmt.Scan(&word)"},
}

func TestWaitingIsNoDeadlock(t *testing.T) {
	n := newNotebook(t)
	defer n.Close()
	for _, c := range waits {
		t.Run(c.name, func(t *testing.T) {
			n.T = t
			out := newCollected()
			out.answer = func(string, bool) (string, error) { time.Sleep(4 * time.Second); return "here", nil }
			if err := n.run(out, c.code, 0); err != nil {
				t.Errorf("ended with %s", strings.Join(err.Traceback, "\n"))
			}
		})
	}
}

func TestInput(t *testing.T) {
	n := newNotebook(t)
	defer n.Close()
	asked := 0
	out := newCollected()
	out.answer = func(prompt string, password bool) (string, error) {
		asked++
		return fmt.Sprintf("%d %v é", asked, password), nil
	}
	for _, c := range []struct{ name, code, want string }{
		{"Scan takes words", "var a, b string\nfmt.Scan(&a, &b)\nfmt.Println(a + b)", "1false\n"},
		{"the rest of a line does not reach a later cell", "var c string\nfmt.Scan(&c)\nfmt.Println(c)", "2\n"},
		{"Scanner takes lines", "sc := bufio.NewScanner(os.Stdin)\nfor range 2 {\n\tsc.Scan()\n\tfmt.Println(sc.Text())\n}", "3 false é\n4 false é\n"},
		{"display.Password", "fmt.Println(display.Password(\"? \"))", "5 true é <nil>\n"},
		{"questions come one at a time", "var wg sync.WaitGroup\nfor range 2 {\n\twg.Go(func() { s, _ := display.Input(\"\"); fmt.Println(len(s)) })\n}\nwg.Wait()", "10\n10\n"},
	} {
		out.mu.Lock()
		out.stream["stdout"].Reset()
		out.mu.Unlock()
		if err := n.run(out, c.code, 0); err != nil || out.text("stdout") != c.want {
			t.Errorf("%s: printed %q, not %q; %v", c.name, out.text("stdout"), c.want, err)
		}
	}
}

func TestInterruptTakesBackTheQuestion(t *testing.T) {
	n := newNotebook(t)
	defer n.Close()
	for _, code := range []string{
		"var a string\nfor {\n\tfmt.Scan(&a)\n}",
		"s1 := bufio.NewScanner(os.Stdin)\nfor s1.Scan() {\n}",
		"display.Input(\"name: \")",
	} {
		never := newCollected()
		never.answer = func(string, bool) (string, error) { return "", errors.New("nobody there") }
		if err := n.run(never, code, 300*time.Millisecond); err == nil || err.Name != "interrupted" {
			t.Errorf("%s\nended with %v", code, err)
		}
		out := newCollected()
		out.answer = func(string, bool) (string, error) { return "next", nil }
		if err := n.run(out, "var line string\nfmt.Scanln(&line)\nfmt.Println(line)", 0); err != nil || out.text("stdout") != "next\n" {
			t.Errorf("the next cell's input went astray: %v, printed %q", err, out.text("stdout"))
		}
	}
}

func TestMuchOutputIsPassedOnInPieces(t *testing.T) {
	n := newNotebook(t)
	defer n.Close()
	out := newCollected()
	if err := n.run(out, "line := strings.Repeat(\"z\", 10<<20)\nfor range 10 {\n\tfmt.Println(line)\n}", 0); err != nil {
		t.Fatal(err)
	}
	if out.size["stdout"] != 10*(10<<20+1) {
		t.Errorf("%d bytes came", out.size["stdout"])
	}
	if out.largest > 1<<20 {
		t.Errorf("a piece of %d bytes", out.largest)
	}
}

func TestOutputOfACellComesBeforeItsEnd(t *testing.T) {
	n := newNotebook(t)
	defer n.Close()
	n.must("go func() {\n\tfor {\n\t\tfmt.Fprintln(os.Stderr, \"noise\")\n\t}\n}()")
	for i := range 20 {
		if got := n.must(fmt.Sprintf("fmt.Print(%d)", i)); got != fmt.Sprint(i) {
			t.Errorf("cell %d printed %q", i, got)
		}
	}
}

func TestCloseEndsWhatCellsStarted(t *testing.T) {
	n := newNotebook(t)
	pid := strings.TrimSpace(n.must("cmd := exec.Command(\"sleep\", \"1000\")\ncmd.Stdout = os.Stdout\ncmd.Start()\nfmt.Println(cmd.Process.Pid)"))
	n.must("go func() { for {} }()")
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "end of the process", func() bool {
		stat, err := os.ReadFile("/proc/" + pid + "/stat")
		return err != nil || strings.Contains(string(stat), ") Z ")
	})
}

// A program that left the process group must not keep the session from ending.
func TestADaemonDoesNotHoldTheSession(t *testing.T) {
	n := newNotebook(t)
	pid := strings.TrimSpace(n.must("daemon := exec.Command(\"setsid\", \"sleep\", \"1000\")\ndaemon.Stdout = os.Stdout\ndaemon.Start()\nfmt.Println(daemon.Process.Pid)\ntime.Sleep(200 * time.Millisecond)"))
	closed := make(chan error)
	go func() { closed <- n.Close() }()
	select {
	case err := <-closed:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(20 * time.Second):
		t.Error("Close waits for a daemon")
	}
	var id int
	fmt.Sscan(pid, &id)
	if id > 0 {
		syscall.Kill(id, syscall.SIGKILL)
	}
}

func TestMissingToolchainIsSaid(t *testing.T) {
	t.Setenv("WARREN_GO", "go-that-is-missing") // nor any that lies in a usual place
	t.Setenv("PATH", "")
	e, err := New(Options{Build: build.Options{CacheDir: t.TempDir(), Source: "../.."}})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	n := &notebook{T: t, Engine: e}
	for range 2 {
		failed := n.run(newCollected(), "fmt.Println(1)", 0)
		if failed == nil || failed.Name != "no Go toolchain" || !strings.Contains(failed.Value, "Install Go") {
			t.Errorf("without Go: %v", failed)
		}
	}
}

// Go is there, but not the C compiler that it links the worker with.
func TestWorkerThatCannotBeBuiltIsSaid(t *testing.T) {
	tools, err := build.FindToolchain(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("WARREN_GO", tools.Go)
	t.Setenv("PATH", "")
	t.Setenv("CC", "cc-that-is-missing")
	source, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	e, err := New(Options{Build: build.Options{CacheDir: t.TempDir(), Source: source}})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	failed := (&notebook{T: t, Engine: e}).run(newCollected(), "fmt.Println(1)", 0)
	if failed == nil || failed.Name != "workspace error" {
		t.Fatalf("without a C compiler: %v", failed)
	}
	report := strings.Join(failed.Traceback, "\n")
	for _, want := range []string{"cc-that-is-missing", "warren doctor", "restart the kernel"} {
		if !strings.Contains(report, want) {
			t.Errorf("%q is not in\n%s", want, report)
		}
	}
}

func TestCacheThatCannotBeWrittenIsSaid(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	e, err := New(Options{Build: build.Options{CacheDir: filepath.Join(file, "cache"), Source: "../.."}})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	failed := (&notebook{T: t, Engine: e}).run(newCollected(), "fmt.Println(1)", 0)
	if failed == nil || failed.Name != "workspace error" || !strings.Contains(failed.Value, "compile cache") || !strings.Contains(failed.Value, file) {
		t.Errorf("with a cache that is no folder: %v", failed)
	}
}

func TestExecuteAfterClose(t *testing.T) {
	n := newNotebook(t)
	n.must("1")
	n.Close()
	if err := n.Execute(context.Background(), "2", 2, newCollected()); err == nil {
		t.Error("a closed session runs a cell")
	}
}
