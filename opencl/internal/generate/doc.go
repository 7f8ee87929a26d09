// Package generate writes OpenCL C: whole kernels from the expressions that users give to the generators of package opencl,
// and types from those of Go. It knows no driver.
//
// Names that end in __ or have __ in them belong to what is generated; users' expressions must not use them.
package generate
