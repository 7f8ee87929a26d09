// Package launch starts programs under mpiexec: under that of the library which they were built for, since each library's ranks
// find each other through its own.
package launch

import (
	"context"
	"debug/elf"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// libraries are MPI's, by their names in programs, with the names of the commands that start those. libmpi.so.12 is what MPICH
// calls itself outside of Debian, and Intel MPI.
var libraries = []struct {
	name, vendor, debian string // the package that brings the commands
	commands             []string
}{
	{"libmpi.so.40", "Open MPI", "openmpi-bin", []string{"mpiexec.openmpi", "mpiexec"}},
	{"libmpich.so.12", "MPICH", "mpich", []string{"mpiexec.mpich", "mpiexec.hydra", "mpiexec"}},
	{"libmpi.so.12", "MPICH", "mpich", []string{"mpiexec.mpich", "mpiexec.hydra", "mpiexec"}},
}

// settings are variables of the environment of ranks. Beside those that let root start programs, as in a container, and more
// ranks than there are processors, they have ranks end with mpiexec.
var settings = []string{
	"OMPI_ALLOW_RUN_AS_ROOT=1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1", "OMPI_MCA_rmaps_base_oversubscribe=1", "OMPI_MCA_hwloc_base_binding_policy=none",
	"PRTE_ALLOW_RUN_AS_ROOT=1", "PRTE_ALLOW_RUN_AS_ROOT_CONFIRM=1", "PRTE_MCA_rmaps_default_mapping_policy=:oversubscribe",
	"PRTE_MCA_hwloc_default_binding_policy=none", "WARREN_MPI_DIE_WITH_PARENT=1",
}

// Environment is what ranks need on a single machine beside the environment of this process.
func Environment() []string { return slices.Clone(settings) }

// Job is a program to start.
type Job struct {
	Program string
	Args    []string
	Ranks   int
	Options []string // further options of mpiexec
}

// Command returns a command that starts the ranks on this machine. When ctx ends, mpiexec is told to end them all. The environment
// is that of this process with what single machines need.
func (j Job) Command(ctx context.Context) (*exec.Cmd, error) {
	if j.Ranks < 1 {
		return nil, fmt.Errorf("launch: Command: %d ranks; a program needs one or more", j.Ranks)
	}
	mpiexec, err := Find(j.Program)
	if err != nil {
		return nil, err
	}
	program, err := filepath.Abs(j.Program)
	if err != nil {
		return nil, fmt.Errorf("launch: Command: %w", err)
	}
	args := slices.Concat([]string{"-n", strconv.Itoa(j.Ranks)}, j.Options, []string{program}, j.Args)
	cmd := exec.CommandContext(ctx, mpiexec, args...)
	cmd.Env = append(os.Environ(), settings...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 5 * time.Second // then it is killed
	return cmd, nil
}

// Command is Job.Command of a program without further options.
func Command(ctx context.Context, ranks int, program string, args ...string) (*exec.Cmd, error) {
	return Job{Program: program, Args: args, Ranks: ranks}.Command(ctx)
}

// Find returns the mpiexec for a program: the one beside the library where the program says where that is, as with a library of a
// Python environment, else the first on PATH that belongs to the library.
func Find(program string) (string, error) {
	f, err := elf.Open(program)
	if errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("launch: Find: %w", err)
	}
	if err != nil {
		return "", fmt.Errorf("launch: Find: %s is no compiled program: %w", program, err)
	}
	defer f.Close()
	needed, err := f.ImportedLibraries()
	if err != nil {
		return "", fmt.Errorf("launch: Find: %s: %w", program, err)
	}
	for _, l := range libraries {
		if !slices.Contains(needed, l.name) {
			continue
		}
		if path := beside(f, l.name); path != "" {
			return path, nil
		}
		for _, command := range l.commands {
			if path, err := exec.LookPath(command); err == nil {
				return path, nil
			}
		}
		return "", fmt.Errorf("launch: Find: %s was built for %s, but there is none of %s on PATH: apt-get install %s", program, l.vendor, strings.Join(l.commands, ", "), l.debian)
	}
	return "", errors.New("launch: Find: " + program + " was built without MPI: build it with -tags mpi")
}

// beside returns the mpiexec that was installed together with a library that the program itself knows the folder of, or "".
func beside(f *elf.File, library string) string {
	paths, _ := f.DynString(elf.DT_RUNPATH) // a program without one has none
	older, _ := f.DynString(elf.DT_RPATH)
	for _, path := range slices.Concat(paths, older) {
		for _, dir := range filepath.SplitList(path) {
			if !filepath.IsAbs(dir) { // as $ORIGIN, or the folder that a program happens to run in
				continue
			}
			if _, err := os.Stat(filepath.Join(dir, library)); err != nil {
				continue
			}
			if path, err := exec.LookPath(filepath.Join(dir, "../bin/mpiexec")); err == nil {
				return path
			}
		}
	}
	return ""
}
