package main

import "embed"

// source is the part of this module that is compiled on the user's machine, with the user's own Go: the worker, and the
// packages that cells import. Carrying it makes the program independent of where it was built.
//
//go:embed go.mod go.sum kernel/rt kernel/proto kernel/worker kernel/display kernel/rank kernel/px kernel/build kernel/goobj internal opencl parlib
var source embed.FS
