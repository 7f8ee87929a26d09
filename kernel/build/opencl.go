package build

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Package opencl needs OpenCL's header and library when it is built. Where a machine has them, the worker is built with the
// tag opencl; elsewhere it holds a stand-in of the same package, whose errors say what to install. install/go.sh decides the
// same for the go command of the Makefile.

// openCL says how programs that use OpenCL are built on this machine.
type openCL struct {
	found bool
	// include and lib are folders that the C compiler and its linker have to be told; "" where they look by themselves.
	include, lib string
}

// Where the C compiler and its linker look by themselves.
var (
	systemHeaders   = []string{"/usr/local/include", "/usr/include"}
	systemLibraries = []string{
		"/usr/local/lib", "/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/lib",
		"/lib/x86_64-linux-gnu", "/lib/aarch64-linux-gnu", "/lib64", "/lib",
	}
)

// findOpenCL looks for the header and the library: where the C compiler looks below root, in CUDA's folder, and in the folder opencl
// of the Python environment that is first on PATH, where install/prepare.sh puts them for users who cannot install packages. It
// looks at files only, so it takes no time that one would notice.
func findOpenCL(root string, getenv func(string) string) openCL {
	if anyHas(root, systemHeaders, getenv("CPATH"), openCLHeader) && anyHas(root, systemLibraries, getenv("LIBRARY_PATH"), openCLLibrary) {
		return openCL{found: true}
	}
	for _, o := range []openCL{cudaOpenCL(root), environmentOpenCL(getenv("PATH"))} {
		if isFile(filepath.Join(o.include, openCLHeader)) && isFile(filepath.Join(o.lib, openCLLibrary)) {
			o.found = true
			return o
		}
	}
	return openCL{}
}

const (
	openCLHeader  = "CL/opencl.h"
	openCLLibrary = "libOpenCL.so"
)

// anyHas tells whether a file is in one of the folders, or of those that a variable lists.
func anyHas(root string, dirs []string, list, name string) bool {
	return slices.ContainsFunc(dirs, func(dir string) bool { return isFile(filepath.Join(root, dir, name)) }) ||
		slices.ContainsFunc(filepath.SplitList(list), func(dir string) bool { return isFile(filepath.Join(dir, name)) })
}

func cudaOpenCL(root string) openCL {
	return openCL{include: filepath.Join(root, "/usr/local/cuda/include"), lib: filepath.Join(root, "/usr/local/cuda/lib64")}
}

func environmentOpenCL(path string) openCL {
	for _, bin := range filepath.SplitList(path) {
		if isFile(filepath.Join(bin, "python3")) {
			dir := filepath.Join(filepath.Dir(bin), "opencl")
			return openCL{include: filepath.Join(dir, "include"), lib: filepath.Join(dir, "lib")}
		}
	}
	return openCL{}
}

// openCLTag is the build tag that says that OpenCL is there.
const openCLTag = "opencl"

// flags are those of the go command. What -tags the user set in GOFLAGS is kept, which a flag would override.
func (o openCL) flags(goflags string) []string {
	if !o.found {
		return nil
	}
	tags := []string{openCLTag} // which may be in the list twice
	for _, f := range strings.Fields(goflags) {
		if list, ok := strings.CutPrefix(strings.TrimLeft(f, "-"), "tags="); ok {
			tags = append(tags, list)
		}
	}
	return []string{"-tags=" + strings.Join(tags, ",")}
}

// env is what the environment of the go command needs beyond os.Environ.
func (o openCL) env() []string {
	if o.include == "" {
		return nil
	}
	with := func(name, usual string, more ...string) string {
		value := os.Getenv(name)
		if value == "" {
			value = usual
		}
		return name + "=" + value + " " + strings.Join(more, " ")
	}
	return []string{
		with("CGO_CFLAGS", "-O2 -g", quoteFlags([]string{"-I" + o.include})),
		with("CGO_LDFLAGS", "-O2 -g", quoteFlags([]string{"-L" + o.lib, "-Wl,-rpath," + o.lib})),
	}
}
