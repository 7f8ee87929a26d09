// Package value carries Go values between processes.
//
// Unlike encoding/gob it carries unexported fields, tells nil from empty, keeps pointers that are equal equal (so lists, trees and
// graphs arrive as they were), and moves memory without pointers, such as a []float64 or a slice of structs of numbers, as it is.
// Functions that capture nothing and values in interfaces travel too, between processes that run the same build of the same program:
// see package object. Numbers, strings, and slices, maps and pointers of those may be sent to any.
//
// What cannot travel is an error that names the field, before anything is sent: channels, functions that capture variables, locks,
// files and connections, and what points to the memory of C.
//
// The format is that of the machine: both sides must have the same size and order of bytes, and the same layout of structs, which
// holds for one build. Bytes that are no values are an error.
package value
