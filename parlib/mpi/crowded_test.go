package mpi_test

import (
	"context"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/warren-go/warren/parlib/mpi"
	"github.com/warren-go/warren/parlib/mpi/launch"
)

// processor is one that this process may run on.
func processor(t *testing.T) string {
	t.Helper()
	var may unix.CPUSet
	if err := unix.SchedGetaffinity(0, &may); err != nil {
		t.Fatal(err)
	}
	cpu := 0
	for !may.IsSet(cpu) {
		cpu++
	}
	return strconv.Itoa(cpu)
}

// Ranks that wait must let others run, where there are more of them than processors.
func TestRanksShareAProcessor(t *testing.T) {
	if !mpi.Available() {
		t.Skip("built without MPI: go test -tags mpi")
	}
	taskset, err := exec.LookPath("taskset")
	if err != nil {
		t.Skip(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, program := range []string{"messages", "collectives"} {
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		defer cancel()
		cmd, err := launch.Command(ctx, 4, self)
		if err != nil {
			t.Skip(err)
		}
		cmd.Args = slices.Concat([]string{taskset, "-c", processor(t), cmd.Path}, cmd.Args[1:])
		cmd.Path = taskset
		cmd.Env = append(cmd.Env, programVariable+"="+program)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", program, err, out)
		}
	}
}
