// Package vec computes with whole slices of floating-point numbers, on all processors and with their vector instructions:
// what NumPy calls universal functions, and what numexpr does with expressions.
//
//	err := vec.Sin(y, x)                                          // y[i] = sin(x[i])
//	e, err := vec.Expr("2*a + 3*b*sin(c)")                        // compiled once
//	err = e.Eval(y, vec.Vars{"a": a, "b": b, "c": c})             // computed in one pass over memory
//
// # Functions of elements
//
// The destination comes first, operands follow, and all have the same length. The destination may be an operand, but must
// not overlap one in any other way. A long slice is split over the workers of [parlib.ForRange], whose options all functions
// take; a short one is computed by the caller at once. [Apply] and [ApplyBlocks] do the same with a function of one's own,
// and [StridedUnary], [StridedBinary] and [StridedTernary] do it with elements that do not lie side by side, as the columns
// of a matrix.
//
// Results do not depend on the number of workers, nor on the processor: every instruction set gives the same bits.
//
// # Expressions
//
// NumPy computes 2*a + 3*b in three passes, each through memory. An [Expression] takes a block of all operands that fits the
// caches through all steps before it goes on to the next block, so memory is read and written once.
//
// # Accuracy
//
// Of float64, measured against correctly rounded values: + - * / sqrt and fma are exact but for the one rounding, 0.5 ulp;
// exp, log, sin, cos and pow are within 0.9 ulp, tanh within 1.6 ulp, over the whole range of arguments. Of float32,
// exp, log, sin and cos are within 0.9 ulp; tanh and pow are computed as float64 and rounded once, 0.51 ulp.
package vec
