// Package object names functions and types so that another process finds them in the same executable or plugin.
//
// What a Go program is compiled to lies in ELF objects: its executable, and the plugins that it opens. A function that
// captures nothing, and a type that the program was compiled with, have a place in one of them that is the same in every process
// that runs the same file: the identity of the object and an offset from where it is loaded. So there is no register to
// fill, no name to choose, and a function can be sent as it stands in the code.
//
// Nothing that comes from elsewhere is used as an address: an offset counts only if the runtime's own tables have a function or a
// type there, with the name that came along.
package object
