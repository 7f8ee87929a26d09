package install

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// machine is a fake one: programs maps a name to a shell script's body, files a path below the root to its content.
func machine(t *testing.T, programs, files map[string]string) Machine {
	t.Helper()
	bin, root := t.TempDir(), t.TempDir()
	for name, body := range programs {
		write(t, filepath.Join(bin, name), "#!/bin/sh\n"+body+"\n", 0o755)
	}
	for name, content := range files {
		write(t, filepath.Join(root, name), content, 0o644)
	}
	return Machine{Path: []string{bin}, Root: root, Getenv: env(nil)}
}

func write(t *testing.T, path, content string, mode os.FileMode) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), mode); err != nil {
		t.Fatal(err)
	}
}

const (
	loaderFile = "usr/lib/x86_64-linux-gnu/libOpenCL.so.1"
	icdFile    = "etc/OpenCL/vendors/pocl.icd"
	headerFile = "usr/include/CL/opencl.h"
	linkFile   = "usr/lib/x86_64-linux-gnu/libOpenCL.so"
	poclFile   = "usr/lib/x86_64-linux-gnu/libpocl.so.2"
)

func TestChecks(t *testing.T) {
	for _, c := range []struct {
		name, check     string
		programs, files map[string]string
		found, err      string // a part of each; err "" means all is well
	}{
		{name: "Go is there", check: "Go", programs: map[string]string{"go": "echo go version go1.26.8 linux/amd64"}, found: "go1.26.8"},
		{name: "a later Go", check: "Go", programs: map[string]string{"go": "echo go version go1.30rc1 linux/amd64"}, found: "go1.30rc1"},
		{name: "Go is too old", check: "Go", programs: map[string]string{"go": "echo go version go1.19.8 linux/amd64"}, err: "older than go1.26"},
		{name: "Go is broken", check: "Go", programs: map[string]string{"go": "echo cannot find GOROOT >&2; exit 2"}, err: "cannot find GOROOT"},
		{name: "Go says nonsense", check: "Go", programs: map[string]string{"go": "echo hello"}, err: "does not say its version"},
		{name: "no Go", check: "Go", err: "no go command"},
		{name: "gcc compiles", check: "C compiler", programs: map[string]string{"gcc": "echo gcc 12.2"}, found: "gcc 12.2"},
		{name: "clang will do", check: "C compiler", programs: map[string]string{"clang": "echo clang 19"}, found: "clang 19"},
		{name: "gcc without the C library", check: "C compiler",
			programs: map[string]string{"gcc": `test "$1" = --version || { echo stdlib.h: No such file; exit 1; }`}, err: "stdlib.h"},
		{name: "no compiler", check: "C compiler", err: "neither gcc"},
		{name: "mold", check: "Linker", programs: map[string]string{"mold": "echo mold 1.10.1"}, found: "mold 1.10.1"},
		{name: "gold", check: "Linker", programs: map[string]string{"ld.gold": "echo GNU gold 1.16"}, found: "GNU gold"},
		{name: "only the slow linker", check: "Linker", programs: map[string]string{"ld": "echo GNU ld"}, err: "neither mold nor gold"},
		{name: "JupyterLab", check: "Jupyter", programs: map[string]string{"jupyter-lab": "echo 4.6.6"}, found: "4.6.6"},
		{name: "no JupyterLab", check: "Jupyter", err: "no jupyter-lab"},
		{name: "gopls", check: "gopls", programs: map[string]string{"gopls": "echo golang.org/x/tools/gopls v0.23.0"}, found: "v0.23.0"},
		{name: "OpenBLAS of the system", check: "OpenBLAS",
			files: map[string]string{"usr/lib/aarch64-linux-gnu/libopenblas.so.0": ""}, found: "aarch64-linux-gnu/libopenblas.so.0"},
		{name: "Python without NumPy", check: "OpenBLAS", programs: map[string]string{"python3": ""}, err: "neither the system nor Python"},
		{name: "no OpenBLAS", check: "OpenBLAS", err: "neither the system nor Python"},
		{name: "OpenCL with a platform", check: "OpenCL",
			files: map[string]string{loaderFile: "", icdFile: "libpocl.so.2\n", poclFile: "", headerFile: "", linkFile: ""}, found: "libpocl.so.2"},
		{name: "OpenCL with clinfo", check: "OpenCL",
			programs: map[string]string{"clinfo": "printf 'Platform #0: PoCL\n `-- Device #0: a CPU\nPlatform #1: NVIDIA CUDA\n +-- Device #0: H\n `-- Device #1: G\nPlatform #2: Empty\n'"},
			files:    map[string]string{loaderFile: "", icdFile: "libpocl.so.2\n", poclFile: "", headerFile: "", linkFile: ""}, found: "PoCL: a CPU; NVIDIA CUDA: H, G; Empty: no device"},
		{name: "OpenCL whose clinfo crashes", check: "OpenCL", programs: map[string]string{"clinfo": "kill -SEGV $$"},
			files: map[string]string{loaderFile: "", icdFile: "libpocl.so.2\n", poclFile: "", headerFile: "", linkFile: ""}, found: "libpocl.so.2"},
		{name: "OpenCL without header", check: "OpenCL", files: map[string]string{loaderFile: "", icdFile: "libpocl.so.2\n", poclFile: "", linkFile: ""}, err: "there is no CL/opencl.h"},
		{name: "OpenCL without library to link", check: "OpenCL", files: map[string]string{loaderFile: "", icdFile: "libpocl.so.2\n", poclFile: "", headerFile: ""}, err: "there is no libOpenCL.so"},
		{name: "NVIDIA's OpenCL without an ICD file", check: "OpenCL",
			files: map[string]string{loaderFile: "", "usr/lib/x86_64-linux-gnu/libnvidia-opencl.so.1": "", headerFile: "", linkFile: ""}, found: "libnvidia-opencl.so.1"},
		{name: "OpenCL platform by absolute path", check: "OpenCL",
			files: map[string]string{loaderFile: "", icdFile: "/opt/intel/cpu.so", "opt/intel/cpu.so": "", headerFile: "", linkFile: ""}, found: "/opt/intel/cpu.so"},
		{name: "OpenCL without loader", check: "OpenCL", files: map[string]string{icdFile: "libpocl.so.2"}, err: "no loader"},
		{name: "OpenCL without platform", check: "OpenCL", files: map[string]string{loaderFile: ""}, err: "no platform"},
		{name: "OpenCL whose driver is gone", check: "OpenCL", files: map[string]string{loaderFile: "", icdFile: "libgone.so\n"}, err: `"libgone.so", which is not there`},
		{name: "MPI", check: "MPI", programs: map[string]string{"pkg-config": "", "mpiexec": "echo mpiexec 4.1.4"}, found: "mpiexec 4.1.4"},
		{name: "MPI without pkg-config", check: "MPI", programs: map[string]string{"mpiexec": "echo mpiexec"}, err: "no pkg-config"},
		{name: "MPICH", check: "MPI", programs: map[string]string{"pkg-config": "", "mpiexec": "echo HYDRA build details:"}, found: "MPICH, "},
		{name: "MPI without mpiexec", check: "MPI", programs: map[string]string{"pkg-config": ""}, err: "no mpiexec on PATH"},
		{name: "MPI without headers", check: "MPI", programs: map[string]string{"mpiexec": "echo mpiexec", "pkg-config": "echo No package mpi found; exit 1"}, err: "No package mpi found"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := machine(t, c.programs, c.files)
			found, err := named(t, c.check).Probe(context.Background(), m)
			switch {
			case c.err == "" && err != nil:
				t.Fatalf("missing: %v", err)
			case c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)):
				t.Fatalf("error %v, want one with %q", err, c.err)
			case !strings.Contains(found, c.found):
				t.Errorf("found %q, want %q in it", found, c.found)
			}
		})
	}
}

// Python's libraries are newer than the system's as a rule, and that of a wheel with nothing else than NumPy's.
func TestOpenBLASOfPythonIsFound(t *testing.T) {
	m := machine(t, nil, map[string]string{"usr/lib/x86_64-linux-gnu/libopenblas.so.0": ""})
	env := t.TempDir()
	write(t, filepath.Join(env, "bin/python3"), "#!/bin/sh\n", 0o755)
	m.Path = []string{filepath.Join(env, "bin")}
	for _, name := range []string{"numpy.libs/libscipy_openblas64_-1a2b.so", "scipy_openblas32/lib/libscipy_openblas.so"} {
		library := filepath.Join(env, "lib/python3.11/site-packages", name)
		write(t, library, "", 0o644)
		if found, err := named(t, "OpenBLAS").Probe(context.Background(), m); err != nil || found != library {
			t.Errorf("found %q, error %v; want %s", found, err, library)
		}
	}
}

func TestOpenCLOfPythonIsFound(t *testing.T) {
	m := machine(t, nil, nil)
	env := t.TempDir()
	write(t, filepath.Join(env, "bin/python3"), "#!/bin/sh\n", 0o755)
	m.Path = []string{filepath.Join(env, "bin")}
	driver := filepath.Join(env, "lib/libpocl.so")
	for name, text := range map[string]string{
		"lib/libpocl.so": "", "opencl/lib/libOpenCL.so.1": "", "opencl/lib/libOpenCL.so": "", "opencl/include/CL/opencl.h": "", "opencl/vendors/pocl.icd": driver + "\n",
	} {
		write(t, filepath.Join(env, name), text, 0o644)
	}
	if found, err := named(t, "OpenCL").Probe(context.Background(), m); err != nil || !strings.Contains(found, driver) {
		t.Errorf("found %q, error %v", found, err)
	}
}

func TestMPIOfPythonIsFound(t *testing.T) {
	m := machine(t, nil, nil)
	env := t.TempDir()
	m.Path = []string{filepath.Join(env, "bin")}
	write(t, filepath.Join(env, "bin/mpicc"), "#!/bin/sh\n", 0o755)
	write(t, filepath.Join(env, "bin/mpiexec"), "#!/bin/sh\necho mpiexec 5\n", 0o755)
	write(t, filepath.Join(env, "include/mpi.h"), "", 0o644)
	if found, err := named(t, "MPI").Probe(context.Background(), m); err == nil {
		t.Errorf("found %q where there is no library", found)
	}
	write(t, filepath.Join(env, "lib/libmpi.so"), "", 0o644)
	if found, err := named(t, "MPI").Probe(context.Background(), m); err != nil || !strings.Contains(found, "mpiexec 5, "+env) {
		t.Errorf("found %q, error %v", found, err)
	}
}

func named(t *testing.T, name string) Check {
	t.Helper()
	for _, c := range Checks() {
		if c.Name == name {
			return c
		}
	}
	t.Fatalf("no check %q", name)
	return Check{}
}

func TestEveryCheckNamesItsFix(t *testing.T) {
	for _, m := range []Machine{{}, {Debian: true}, {Debian: true, Admin: true}} {
		for _, c := range Checks() {
			if c.Fix(m) == "" || !c.Required && c.For == "" {
				t.Errorf("%s on %+v: fix %q, for %q", c.Name, m, c.Fix(m), c.For)
			}
		}
	}
}

func TestFixUsesWhatTheMachineHas(t *testing.T) {
	c := Check{Apt: "gcc", Else: "ask"}
	for want, m := range map[string]Machine{
		"ask":                         {},
		"sudo apt-get install -y gcc": {Debian: true},
		"apt-get install -y gcc":      {Debian: true, Admin: true},
	} {
		if got := c.Fix(m); got != want {
			t.Errorf("%+v: %q, want %q", m, got, want)
		}
	}
}

func TestReportAlignsAndTellsRequiredFromOptional(t *testing.T) {
	all := map[string]string{"go": "echo go version go1.26.8 linux/amd64", "gcc": "echo gcc 12.2", "jupyter-lab": "echo 4.6.6"}
	for _, c := range []struct {
		name    string
		without string
		ready   bool
	}{{"all that is required", "", true}, {"no compiler", "gcc", false}} {
		t.Run(c.name, func(t *testing.T) {
			m := machine(t, all, nil)
			if c.without != "" {
				os.Remove(filepath.Join(m.Path[0], c.without))
			}
			var out strings.Builder
			findings := Diagnose(context.Background(), m)
			ready, err := Report(&out, m, findings)
			if err != nil || ready != c.ready {
				t.Errorf("ready %v, %v", ready, err)
			}
			lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
			if len(lines) != len(findings) {
				t.Fatalf("%d lines for %d checks:\n%s", len(lines), len(findings), out.String())
			}
			column := strings.Index(lines[0], "ok")
			for i, line := range lines {
				if word := line[column:]; !strings.HasPrefix(word, "ok ") && !strings.HasPrefix(word, "missing ") {
					t.Errorf("line %d is not aligned: %q", i, line)
				}
			}
			if !strings.Contains(out.String(), "optional, GPU labs") {
				t.Errorf("OpenCL is not told as optional:\n%s", out.String())
			}
		})
	}
}
