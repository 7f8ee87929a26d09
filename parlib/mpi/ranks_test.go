package mpi_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/warren-go/warren/parlib/mpi"
	"github.com/warren-go/warren/parlib/mpi/launch"
)

// Tests of several ranks start this test's own program again, under mpiexec. A variable says which of programs it is then.
const programVariable = "WARREN_MPI_TEST_PROGRAM"

var programs = map[string]func(world *mpi.Comm) error{}

func TestMain(m *testing.M) {
	name := os.Getenv(programVariable)
	if name == "" {
		goleak.VerifyTestMain(finalizing{m})
		return
	}
	program, ok := programs[name]
	if !ok {
		fmt.Fprintln(os.Stderr, "no program", name)
		os.Exit(3)
	}
	var opts []mpi.Option
	if os.Getenv("WARREN_MPI_TEST_MULTIPLE") != "" {
		opts = append(opts, mpi.Threads(mpi.Multiple))
	}
	if os.Getenv("WARREN_MPI_TEST_FUNNELED") != "" {
		opts = append(opts, mpi.Threads(mpi.Funneled))
	}
	mpi.Main(program, opts...)
}

// finalizing ends what examples have begun.
type finalizing struct{ *testing.M }

func (f finalizing) Run() int {
	code := f.M.Run()
	if err := mpi.Finalize(); err != nil && !errors.Is(err, mpi.ErrNotRunning) {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

// ranks runs one of programs on n ranks and returns what they printed.
func ranks(t *testing.T, n int, program string, env ...string) (output string, err error) {
	t.Helper()
	if !mpi.Available() {
		t.Skip("built without MPI: go test -tags mpi")
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd, err := launch.Command(ctx, n, self)
	if err != nil {
		t.Skip(err)
	}
	cmd.Env = append(append(cmd.Env, programVariable+"="+program), env...)
	out, err := cmd.CombinedOutput()
	if ctx.Err() != nil {
		t.Fatalf("%s on %d ranks did not end:\n%s", program, n, out)
	}
	return string(out), err
}

// passes runs a program that returns errors for what it finds wrong.
func passes(t *testing.T, n int, program string, env ...string) {
	t.Helper()
	if out, err := ranks(t, n, program, env...); err != nil {
		t.Errorf("%d ranks: %v\n%s", n, err, out)
	}
}

// fails runs a program that has to end with a status other than 0, and to print what is wanted.
func fails(t *testing.T, n int, program string, want ...string) {
	t.Helper()
	out, err := ranks(t, n, program)
	if _, ended := err.(*exec.ExitError); !ended {
		t.Errorf("%d ranks: ended with %v, not with a status", n, err)
	}
	for _, w := range want {
		if !strings.Contains(out, w) {
			t.Errorf("%d ranks: no %q in\n%s", n, w, out)
		}
	}
}

// runWith runs a program alone, with variables of the environment.
func runWith(program string, env ...string) (string, error) {
	cmd := exec.Command(program)
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}
