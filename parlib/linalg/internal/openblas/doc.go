// Package openblas calls OpenBLAS where a machine has it. The library is opened while the program runs (dlopen), so that
// one program runs with and without it, and takes no time or memory before it is used.
//
// Every routine here runs in the calling thread alone. OpenBLAS's own threads would be one pool more beside Go's, spinning
// between calls and knowing nothing of each other; who wants several workers makes several calls at once, on parts.
// No thread of its own also means nothing that a fork or a signal could hurt.
//
// Matrices are row-major, as everywhere in Go. Arguments are not checked here: a wrong length writes to foreign memory.
package openblas
