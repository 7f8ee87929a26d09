package mpi_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/warren-go/warren/parlib/mpi"
	"github.com/warren-go/warren/parlib/mpi/launch"
)

// Started by another library's mpiexec, each rank would believe to be alone, and do all of the work.
func TestTheMpiexecOfAnotherLibraryIsNamed(t *testing.T) {
	if !mpi.Available() {
		t.Skip("built without MPI: go test -tags mpi")
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	own, err := launch.Find(self)
	if err != nil {
		t.Skip(err)
	}
	resolved, err := filepath.EvalSymlinks(own)
	if err != nil {
		t.Fatal(err)
	}
	other, launcher := "mpiexec.mpich", "MPICH"
	if strings.Contains(resolved, "hydra") { // which is MPICH's
		other, launcher = "mpiexec.openmpi", "Open MPI"
	}
	if _, err := exec.LookPath(other); err != nil {
		t.Skipf("no second MPI library is here: %v", err)
	}
	cmd := exec.CommandContext(t.Context(), other, "-n", "2", self)
	cmd.Env = append(append(os.Environ(), launch.Environment()...), programVariable+"=messages")
	out, err := cmd.CombinedOutput()
	if err == nil {
		t.Error("it ended well")
	}
	for _, want := range []string{
		"mpi: Init: the mpiexec of " + launcher + " started 2 processes, but the program's library, ", ", sees one: start it with the mpiexec of that library",
	} {
		if !strings.Contains(string(out), want) {
			t.Errorf("%s: no %q in\n%s", other, want, out)
		}
	}
}
