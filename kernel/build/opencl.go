package build

import (
	"bytes"
	"context"
	"errors"
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
	// moved tells that the header is so new that CL/cl.h lacks constants that the binding wants.
	moved bool
}

// movedFlags define those constants. Of headers that have them, these are the same definitions.
var movedFlags = []string{"-DCL_DEPTH_STENCIL=0x10BE", "-DCL_UNORM_INT24=0x10DF"}

// hasMoved looks into the header in a folder.
func hasMoved(include string) bool {
	text, err := os.ReadFile(filepath.Join(include, "CL/cl.h"))
	return err == nil && !bytes.Contains(text, []byte("CL_DEPTH_STENCIL"))
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
	header, ok := folderWith(root, systemHeaders, getenv("CPATH"), openCLHeader)
	if _, found := folderWith(root, systemLibraries, getenv("LIBRARY_PATH"), openCLLibrary); ok && found {
		return openCL{found: true, moved: hasMoved(header)}
	}
	for _, o := range []openCL{cudaOpenCL(root), environmentOpenCL(getenv("PATH"))} {
		if isFile(filepath.Join(o.include, openCLHeader)) && isFile(filepath.Join(o.lib, openCLLibrary)) {
			o.found, o.moved = true, hasMoved(o.include)
			return o
		}
	}
	return openCL{}
}

const (
	openCLHeader  = "CL/opencl.h"
	openCLLibrary = "libOpenCL.so"
)

// folderWith returns the first folder that has a file: of those that a variable lists, then of the system's.
func folderWith(root string, dirs []string, list, name string) (string, bool) {
	all := filepath.SplitList(list)
	for _, dir := range dirs {
		all = append(all, filepath.Join(root, dir))
	}
	at := slices.IndexFunc(all, func(dir string) bool { return isFile(filepath.Join(dir, name)) })
	if at < 0 {
		return "", false
	}
	return all[at], true
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

// cgoFlags are what the C compiler and its linker have to be told.
func (o openCL) cgoFlags() cFlags {
	f := toldFolders(o.include, o.lib)
	if o.moved {
		f.compile = append(slices.Clone(movedFlags), f.compile...)
	}
	return f
}

// openCLNote marks a workspace that was built without OpenCL though that is installed, and says why.
const openCLNote = "no-opencl"

// mostReason bounds what a note quotes, in bytes.
const mostReason = 400

// buildWithoutOpenCL builds the worker after that failed with OpenCL: a header may be too old, or a library damaged, and cells
// are to work all the same. If this fails, too, OpenCL is not to blame.
func (w *Workspace) buildWithoutOpenCL(ctx context.Context, why error) (packages string, err error) {
	with := w.openCL
	w.openCL = openCL{}
	packages, err = w.buildWorker(ctx)
	if err != nil {
		w.openCL = with
		return "", why
	}
	reason := strings.TrimSpace(why.Error())
	if said, ok := errors.AsType[*CommandError](why); ok {
		reason = strings.Join(strings.Fields(said.Output), " ")
	}
	if len(reason) > mostReason {
		reason = strings.ToValidUTF8(reason[:mostReason], "") + "…"
	}
	note := "OpenCL is installed, but package opencl cannot be built with it, and fails in cells: " + reason +
		". When that is mended, run warren clean and restart the kernel"
	w.opts.Log("%s", note)
	return packages, diskError(os.WriteFile(filepath.Join(w.Dir, openCLNote), []byte(note), 0o644))
}

// readOpenCLNote makes the workspace one without OpenCL if it was built so.
func (w *Workspace) readOpenCLNote() {
	if note, err := os.ReadFile(filepath.Join(w.Dir, openCLNote)); err == nil {
		w.openCL, w.openCLNotice = openCL{}, string(note)
	}
}
