// Package function carries calls between Go processes: which function, its arguments, and back its result.
//
// A call is a [Task], a value that travels and runs. [Encode] makes a message of it, [Run] runs it elsewhere, and [Decode] reads the
// result. [Call] is any function with its arguments; [Map] and [MapContext] are a function and a part of the items to apply it to.
// Functions and types are named by their places in the program's file (see package object), so both sides run the same
// build of the same program; values travel as package value says.
//
// Messages are lists of buffers, as those of an apply request of IPython Parallel; the first begins with [Magic]. The package knows nothing
// of how they are sent.
package function
