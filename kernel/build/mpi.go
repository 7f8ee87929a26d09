package build

import "path/filepath"

// Package parlib/mpi needs an MPI library and pkg-config, which knows where that is. Where a machine has both, what cells
// import and programs of cells are built with the tag mpi; elsewhere the package is a world of one rank whose errors say what
// to install. The worker itself does not hold the package. install/go.sh decides the same for the go command of the Makefile.

// packageFolders are where pkg-config looks by itself, on the systems that Warren runs on.
var packageFolders = []string{
	"/usr/local/lib/x86_64-linux-gnu/pkgconfig", "/usr/local/lib/aarch64-linux-gnu/pkgconfig", "/usr/local/lib/pkgconfig", "/usr/local/share/pkgconfig",
	"/usr/lib/x86_64-linux-gnu/pkgconfig", "/usr/lib/aarch64-linux-gnu/pkgconfig", "/usr/lib64/pkgconfig", "/usr/lib/pkgconfig", "/usr/share/pkgconfig",
}

// hasMPI tells whether pkg-config and its file on MPI are there. It looks at files only, so it takes no time that one would
// notice.
func hasMPI(root string, getenv func(string) string) bool {
	program := false
	for _, dir := range filepath.SplitList(getenv("PATH")) {
		program = program || isFile(filepath.Join(dir, "pkg-config"))
	}
	_, known := folderWith(root, packageFolders, getenv("PKG_CONFIG_PATH"), "mpi.pc")
	return program && known
}

// HasMPI tells whether programs and what cells import are built with MPI.
func (w *Workspace) HasMPI() bool { return w.mpi }
