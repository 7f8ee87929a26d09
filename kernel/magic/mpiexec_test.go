package magic

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/warren-go/warren/kernel/engine"
)

// mpiSession is a session on a machine with MPI, or skips the test.
func mpiSession(t *testing.T) *session {
	t.Helper()
	s := newSession(t)
	ws, err := s.m.engine.Workspace(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !ws.HasMPI() {
		t.Skip("no MPI on this machine")
	}
	return s
}

// sorted sorts lines: ranks print in any order.
func sorted(text string) string {
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

func TestEveryRankRunsTheCell(t *testing.T) {
	s := mpiSession(t)
	s.steps([]step{
		{"const n = 10\ntype pair struct{ rank, value int }\nfunc square(x int) int { return x * x }", ""},
		{"func check(err error) { if err != nil { panic(err) } }\nx := 3", ""},
	})
	for _, c := range []struct{ code, want string }{
		{"%%mpiexec -n 3\nworld := mpi.World()\nfmt.Println(world.Rank(), world.Size())", "[0] 0 3\n[1] 1 3\n[2] 2 3"},
		{"%%mpiexec -n 2\nw := mpi.World()\nmine, all := []int{square(w.Rank() + n)}, make([]int, 1)\ncheck(mpi.Allreduce(w, mine, all, mpi.Sum))\nfmt.Println(pair{w.Rank(), all[0]})", "[0] {0 221}\n[1] {1 221}"},
		{"%%mpiexec -n 1\nfmt.Print(\"no end of line\")", "[0] no end of line"},
		{"%%mpiexec -n 2\nif mpi.World().Rank() == 1 {\n\tfmt.Fprintln(os.Stderr, \"to stderr\")\n}", "[1] to stderr"},
		{"%%mpiexec -n 2\npackage main\nfunc main() {\n\tmpi.Main(func(w *mpi.Comm) error { fmt.Println(square(w.Rank())); return nil })\n}", "[0] 0\n[1] 1"},
		{"%%mpiexec -n 2\nif mpi.World().Rank() == 0 {\n\tdisplay.Display(7)\n}", "<display>7</display>"},
		{"%%mpiexec -n 2 -- -x NAME=value\nfmt.Println(os.Getenv(\"NAME\"))", "[0] value\n[1] value"},
		{"%%mpiexec -n 7\nw := mpi.World()\nif w.Rank() == 6 { fmt.Println(\"more ranks than processors\") }", "[6] more ranks than processors"},
	} {
		if got := sorted(s.run(c.code)); got != c.want {
			t.Errorf("cell\n%s\nshows\n%s\nwant\n%s", c.code, got, c.want)
		}
	}
	s.steps([]step{
		{"%%mpiexec -n 2 -grouped\nw := mpi.World()\nfor i := range 2 { fmt.Println(w.Rank(), i) }", `rank 0:\n0 0\n0 1\nrank 1:\n1 0\n1 1\n`},
		{"x", `<result>3</result>\n`},
	})
}

func TestARanksFailureIsTheCells(t *testing.T) {
	s := mpiSession(t)
	s.steps([]step{
		{"x := 3\nfunc broken(i int) int { return []int{1, 2}[i] }\nfunc usesX() int { return x }", ""},
		{"%%mpiexec -n 2\n\nw := mpi.World()\nif w.Rank() == 1 {\n\tbroken(5)\n}\nw.Barrier()", `ERROR panic: rank 1 of 2: runtime error: index out of range \[5\] with length 2`},
		{"%%mpiexec -n 2\nw := mpi.World()\nif w.Rank() == 0 {\n\treturn errors.New(\"no input\")\n}\nw.Barrier()", `ERROR error: rank 0 of 2: no input`},
		{"%%mpiexec -n 2\nw := mpi.World()\nif w.Rank() == 0 {\n\tgo func() { panic(\"elsewhere\") }()\n}\nw.Barrier()\ntime.Sleep(time.Minute)", `ERROR panic: rank 0 of 2: elsewhere`},
		{"%%mpiexec -n 2\nmpi.World()\nos.Exit(3)", `ERROR MPI error: the program of 2 ranks ended with exit status 3.*`},
		{"%%mpiexec -n 2\n\nfmt.Println(x)", `ERROR compile error: cell\[6\]:3:13: x is a variable of the session, .*`},
		{"%%mpiexec -n 2\nfmt.Println(usesX())", `ERROR compile error: cell\[7\]:2:13: usesX, declared at cell\[1\]:3, uses x: x is a variable of the session, .*`},
		{"%%mpiexec\nfmt.Println(y)", `ERROR compile error: cell\[8\]:2:13: undefined: y`},
		{"%%mpiexec", `ERROR magic error: cell\[9\]:1: %%mpiexec: the cell is empty.*`},
		{"%%mpiexec -n none\n1", `ERROR .*-n takes a number of ranks from 1 to 512, not "none"`},
		{"%%mpiexec -n\n1", `ERROR .*write how many ranks behind -n`},
		{"%%mpiexec -timeout never\n1", `ERROR .*"never" is no time; write it as in 5s or 500ms`},
		{"%%mpiexec -q\n1", `ERROR .*-q is not understood: %%mpiexec takes -n ranks.*`},
		{"%%mpiexec -n 2 -- --no-such-option\nmpi.World()", `ERROR MPI error: the program of 2 ranks ended with exit status .*`},
		{"%%mpiexec -n 2 -timeout 6s -watch 200ms\nw := mpi.World()\nmpi.Recv(w, make([]int, 1), 1 - w.Rank(), 7)",
			`.*\[0\] mpi: rank 0 of 2 waits since 200ms in Recv of up to 1 elements from rank 1, tag 7, called at cell\[15\]:3\n.*ERROR time-out: the 2 ranks did not end within 6s, and were ended; above they say what they waited for`},
	})
}

func TestTheLineOfARankThatPanicsIsShown(t *testing.T) {
	s := mpiSession(t)
	s.steps([]step{{"func broken(i int) int {\n\treturn []int{1, 2}[i]\n}", ""}})
	err := s.m.Execute(t.Context(), "%%mpiexec -n 2\nif mpi.World().Rank() == 1 {\n\tbroken(5)\n}\nmpi.World().Barrier()", 2, &recorder{})
	failed, ok := errors.AsType[*engine.CellError](err)
	if !ok {
		t.Fatal(err)
	}
	text := regexp.MustCompile(`\x1b\[[0-9;]*m`).ReplaceAllString(strings.Join(failed.Traceback, "\n"), "")
	for _, want := range []string{"panic: rank 1 of 2: runtime error: index out of range [5] with length 2", "cell[1]:2 in broken", "----> 2 |     return []int{1, 2}[i]", "----> 3 |     broken(5)"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if strings.Contains(text, "parlib/mpi") || strings.Contains(text, "main.go") {
		t.Errorf("what Warren made is shown:\n%s", text)
	}
}

func TestAnInterruptEndsAllRanks(t *testing.T) {
	s := mpiSession(t)
	pids := filepath.Join(s.dir, "pids")
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	ended := make(chan error, 1)
	go func() {
		ended <- s.m.Execute(ctx, "%%mpiexec -n 2\nw := mpi.World()\nos.WriteFile(\""+pids+"\"+fmt.Sprint(w.Rank()), []byte(fmt.Sprint(os.Getpid())), 0o644)\nfor {}", 1, &recorder{})
	}()
	var running []int
	for rank := 0; rank < 2 && ctx.Err() == nil; {
		text, err := os.ReadFile(pids + strconv.Itoa(rank))
		if pid, bad := strconv.Atoi(string(text)); err == nil && bad == nil {
			running, rank = append(running, pid), rank+1
			continue
		}
		time.Sleep(10 * time.Millisecond)
	}
	s.m.Interrupt()
	if err := <-ended; err == nil || !strings.HasPrefix(err.Error(), "interrupted: ") {
		t.Errorf("ended with %v", err)
	}
	for _, pid := range running {
		for syscall.Kill(pid, 0) == nil && ctx.Err() == nil {
			time.Sleep(10 * time.Millisecond) // the test's own time limit ends this
		}
	}
	if ctx.Err() != nil {
		t.Error("ranks go on, or never began")
	}
	s.count = 1
	s.steps([]step{{"%%mpiexec -n 1\nfmt.Println(1)", `\[0\] 1\n`}})
}
