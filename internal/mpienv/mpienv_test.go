package mpienv

import (
	"strings"
	"testing"
)

func TestWhatLaunchersTellIsRead(t *testing.T) {
	for _, c := range []struct {
		env        string
		size, rank int
		launcher   string
	}{
		{"", 0, 0, ""},
		{"OMPI_COMM_WORLD_SIZE=4 OMPI_COMM_WORLD_RANK=3", 4, 3, "Open MPI"},
		{"PMI_SIZE=2 PMI_RANK=0", 2, 0, "MPICH"},
		{"MPI_LOCALNRANKS=2 MPI_LOCALRANKID=1", 2, 1, "MPICH"},
		{"OMPI_COMM_WORLD_SIZE=4", 0, 0, ""},
		{"PMI_SIZE=2 PMI_RANK=2", 0, 0, ""},
		{"PMI_SIZE=x PMI_RANK=y", 0, 0, ""},
	} {
		for _, l := range launchers {
			t.Setenv(l.size, "")
			t.Setenv(l.rank, "")
		}
		for _, kv := range strings.Fields(c.env) {
			name, value, _ := strings.Cut(kv, "=")
			t.Setenv(name, value)
		}
		if size, rank, launcher := Started(); size != c.size || rank != c.rank || launcher != c.launcher {
			t.Errorf("%q: %d, %d, %q", c.env, size, rank, launcher)
		}
	}
}
