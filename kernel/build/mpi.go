package build

import "path/filepath"

// Package parlib/mpi needs an MPI library. Where a machine has one, what cells import and programs of cells are built with the tag
// mpi; elsewhere the package is a world of one rank whose errors say what to install. The worker itself does not hold the package.
// install/go.sh decides the same for the go command of the Makefile.

// mpi says how programs that use MPI are built on this machine.
type mpi struct {
	found bool
	// include and lib are folders that the C compiler and its linker have to be told; "" where pkg-config knows them.
	include, lib string
}

// packageFolders are where pkg-config looks by itself, on the systems that Warren runs on.
var packageFolders = []string{
	"/usr/local/lib/x86_64-linux-gnu/pkgconfig", "/usr/local/lib/aarch64-linux-gnu/pkgconfig", "/usr/local/lib/pkgconfig", "/usr/local/share/pkgconfig",
	"/usr/lib/x86_64-linux-gnu/pkgconfig", "/usr/lib/aarch64-linux-gnu/pkgconfig", "/usr/lib64/pkgconfig", "/usr/lib/pkgconfig", "/usr/share/pkgconfig",
}

// findMPI looks for pkg-config and its file on MPI, and then for a compiler mpicc with the header and the library beside it, as the
// packages on PyPI bring them, for users who cannot install others. It looks at files only, so it takes no time that one would notice.
func findMPI(root string, getenv func(string) string) mpi {
	path := filepath.SplitList(getenv("PATH"))
	program := false
	for _, dir := range path {
		program = program || isFile(filepath.Join(dir, "pkg-config"))
	}
	if _, known := folderWith(root, packageFolders, getenv("PKG_CONFIG_PATH"), "mpi.pc"); program && known {
		return mpi{found: true}
	}
	for _, dir := range path {
		m := mpi{found: true, include: filepath.Join(dir, "../include"), lib: filepath.Join(dir, "../lib")}
		if isFile(filepath.Join(dir, "mpicc")) && isFile(filepath.Join(m.include, "mpi.h")) && isFile(filepath.Join(m.lib, "libmpi.so")) {
			return m
		}
	}
	return mpi{}
}

// tags are those of package parlib/mpi.
func (m mpi) tags() []string {
	switch {
	case !m.found:
		return nil
	case m.include == "":
		return []string{"mpi"}
	}
	return []string{"mpi", "mpicc"}
}

// HasMPI tells whether programs and what cells import are built with MPI.
func (w *Workspace) HasMPI() bool { return w.mpi.found }
