// Package goobj makes plugins small and hides how cells are compiled. It rewrites the archives of compiled Go packages,
// between `go tool compile` and `go tool link`, and reads and writes the object format for that.
//
// A cell is a plugin in a process that has most of what the cell imports. The Go linker knows nothing of that and
// copies it all: 3.3 MB for fmt.Println. [Thin] makes an archive whose functions and variables are the process's.
//
//	                      whole, gcc    thin, gcc    thin, Linker
//	link                      415 ms       130 ms           75 ms
//	size                     3295 kB        63 kB           62 kB
//	open the 1st cell         2.7 ms                       0.4 ms
//	open the 100th           22.7 ms                       0.4 ms
//	open the 300th           49.4 ms                       0.6 ms
//	memory after 300    104 MB + 716 MB shared     7 MB + 14 MB shared
//
// (go test -bench . on two shared cores, Go 1.26.8.) The steps for a cell are:
//
//	compile  -dynlink -p <Prefix><id>          source with marked names, package main
//	         Veil.Unveil                       ordinary names at run time
//	link     -buildmode=plugin -s -w -extld=…  with Thin archives of what the process has, the script Linker as extld
//	         RenameFiles                       the file names that traces show
//	         Thin, or Dependency               the archive that later cells are compiled and linked with
//
// Cells are compiled against whole archives or thin ones, which hold the same export data.
//
// Thin archives go together with bound ones only: types in them have lost their methods, on which unbound itabs count.
// So when a function here returns [ErrFormat], the caller links whole archives throughout.
package goobj
