package build

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// lay makes empty files below a new folder.
func lay(t *testing.T, names ...string) string {
	t.Helper()
	root := t.TempDir()
	for _, name := range names {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func TestOpenCLIsFoundWhereHeaderAndLibraryAre(t *testing.T) {
	system, none := [2]string{"/", "/"}, [2]string{}
	const header, library = "usr/include/CL/opencl.h", "usr/lib/x86_64-linux-gnu/libOpenCL.so"
	for _, c := range []struct {
		name  string
		files []string
		env   map[string]string // values are below the folder
		want  [2]string         // folders of header and library that the C compiler has to be told
	}{
		{"nothing", nil, nil, none},
		{"header and library", []string{header, library}, nil, system},
		{"no library", []string{header}, nil, none},
		{"no header", []string{library}, nil, none},
		{"only the loader", []string{header, library + ".1"}, nil, none},
		{"named by the environment", []string{"my/CL/opencl.h", "libs/libOpenCL.so"}, map[string]string{"CPATH": "my", "LIBRARY_PATH": "libs"}, system},
		{"in the Python environment", []string{"venv/bin/python3", "venv/opencl/include/CL/opencl.h", "venv/opencl/lib/libOpenCL.so"},
			map[string]string{"PATH": "venv/bin"}, [2]string{"venv/opencl/include", "venv/opencl/lib"}},
		{"in another Python environment", []string{"bin/python3", "venv/bin/python3", "venv/opencl/include/CL/opencl.h", "venv/opencl/lib/libOpenCL.so"},
			map[string]string{"PATH": "bin"}, none},
		{"in CUDA's folder", []string{"usr/local/cuda/include/CL/opencl.h", "usr/local/cuda/lib64/libOpenCL.so"}, nil, [2]string{"usr/local/cuda/include", "usr/local/cuda/lib64"}},
	} {
		root := lay(t, c.files...)
		getenv := func(name string) string {
			if c.env[name] == "" {
				return ""
			}
			return filepath.Join(root, c.env[name])
		}
		got := findOpenCL(root, getenv)
		want := openCL{found: c.want != none}
		if want.found && c.want != system {
			want.include, want.lib = filepath.Join(root, c.want[0]), filepath.Join(root, c.want[1])
		}
		if got != want {
			t.Errorf("%s: %+v, want %+v", c.name, got, want)
		}
	}
}

func TestNewHeadersOfOpenCLAreKnownByWhatTheyLack(t *testing.T) {
	for text, want := range map[string]bool{"#define CL_DEPTH_STENCIL 0x10BE\n": false, "#define CL_RGBA 0x10B5\n": true} {
		root := lay(t, "usr/include/CL/opencl.h", "usr/lib/libOpenCL.so")
		if err := os.WriteFile(filepath.Join(root, "usr/include/CL/cl.h"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if got := findOpenCL(root, func(string) string { return "" }); !got.found || got.moved != want {
			t.Errorf("%q is found as %+v", text, got)
		}
	}
}

func TestAWorkerIsBuiltAlsoWhereOpenCLsHeaderIsBroken(t *testing.T) {
	dir := lay(t, "libOpenCL.so", "CL/opencl.h", "CL/cl.h")
	for _, name := range []string{"CL/opencl.h", "CL/cl.h"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("#error this header is broken\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("CPATH", dir)
	t.Setenv("LIBRARY_PATH", dir)
	cache := t.TempDir()
	for _, what := range []string{"built", "found again"} {
		w := openIn(t, cache, t.Logf)
		if notice := w.Notice(); !strings.Contains(notice, "this header is broken") || !strings.Contains(notice, "warren clean") {
			t.Errorf("%s: the notice is %q", what, notice)
		}
		if got := w.goFlags(); slices.Contains(got, "-tags=opencl") {
			t.Errorf("%s: further packages are built with %q", what, got)
		}
		if got := load(t, w, plugin(t, w, generated(small))); got != "small\n" {
			t.Errorf("%s: a cell prints %q", what, got)
		}
	}
}

func TestTagsAreAddedToTheUsers(t *testing.T) {
	for _, c := range []struct {
		ours  []string
		flags string
		want  []string
	}{
		{nil, "-tags=mine", nil},
		{[]string{openCLTag}, "", []string{"-tags=opencl"}},
		{[]string{openCLTag, "mpi"}, "", []string{"-tags=opencl,mpi"}},
		{[]string{openCLTag}, "-v --tags=mine,yours -x", []string{"-tags=opencl,mine,yours"}},
	} {
		if got := tags(c.flags, c.ours...); !slices.Equal(got, c.want) {
			t.Errorf("GOFLAGS %q: %q, want %q", c.flags, got, c.want)
		}
	}
}

func TestOpenCLOfAnEnvironmentIsGivenToTheCCompiler(t *testing.T) {
	t.Setenv("CGO_CFLAGS", "-O1")
	t.Setenv("CGO_LDFLAGS", "")
	got := env(openCL{found: true, include: "/a b/opencl/include", lib: "/a b/opencl/lib"}.cgoFlags())
	want := []string{`CGO_CFLAGS=-O1 "-I/a b/opencl/include"`, `CGO_LDFLAGS=-O2 -g "-L/a b/opencl/lib" "-Wl,-rpath,/a b/opencl/lib"`}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	moved := env(openCL{found: true, moved: true}.cgoFlags())
	if want := []string{`CGO_CFLAGS=-O1 "-DCL_DEPTH_STENCIL=0x10BE" "-DCL_UNORM_INT24=0x10DF"`}; !slices.Equal(moved, want) {
		t.Errorf("a new header needs %q, want %q", moved, want)
	}
	if got := env(openCL{found: true}.cgoFlags(), cFlags{}); got != nil {
		t.Errorf("the system's needs nothing, not %q", got)
	}
}
