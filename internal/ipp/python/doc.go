// Package python does what Python clients of IPython Parallel ask engines for in apply requests, as far as that means something in Go:
// push and pull (and so scatter and gather) of variables, calls of Go functions by name, and maps of them:
//
//	view.push({"x": [1.5, 2]})                      # a variable x []float64, unless x is there and the value fits it
//	view["x"]                                       # [1.5, 2]
//	view.apply(ipp.Reference("F"), 1, 2)            # F(1, 2)
//	lview.map(ipp.Reference("strings.ToUpper"), ["a", "b"])
//
// A Reference is any Go expression. Functions of Python cannot run here: they are errors that say so. Nothing that a request holds is
// ever run, see package pickle.
//
// Values of Python become what Go variables and parameters are, if that can hold them exactly. Without a type to go by, an int is an int, a
// float a float64, a str a string, a list or tuple of one kind a slice, a dict a map, and a NumPy array a slice, or one of slices.
// Back go numbers, strings, slices as lists, maps and structs as dicts, several results as a tuple. Slices of numbers become NumPy
// arrays where NumPy arrays came: as an argument of the call, or into the variable.
package python
