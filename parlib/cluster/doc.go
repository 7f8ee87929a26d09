// Package cluster runs Go functions in other processes, on this machine or on others: the work of parlib.Pool, where threads are
// not enough. Processes have memory and a garbage collector of their own, one that crashes takes only its own work with it, and one
// that hangs can be ended.
//
//	func square(x int) int { return x * x }
//
//	func main() {
//		cluster.Init()
//		c, err := cluster.Start(4)
//		if err != nil {
//			log.Fatal(err)
//		}
//		defer c.Close()
//		squares, err := cluster.Map(c.Balanced(), []int{1, 2, 3}, square)
//		fmt.Println(squares, err) // [1 4 9] <nil>
//	}
//
// The package does for Go what IPython Parallel does for Python, and speaks its protocol: a controller passes messages between
// clients and engines, which are processes that do the work. Start starts all of that. Connect uses what ipcluster has started, on
// as many machines as that reaches, with engines of notebooks ("warren engine"); Python's clients can use the same engines beside
// Go's.
//
// # Views
//
// A view is a choice of engines. A [BalancedView] gives work to those that have time. A [DirectView] has each engine do the same,
// or an equal share. Map, MapReduce, ForEach and Imap work on many items, Call and Apply call a function once on one engine or on
// each, Execute runs code, and Push, Pull, Scatter and Gather move variables. Those whose names end in Async return an
// [AsyncResult] at once.
//
// # How code and data travel
//
// Functions travel by their place in the program's file, so engines must run the same build of the same program: those of Start
// do. Top-level functions, method expressions (T.Method), instances of generic functions, and literals that use no variable of a
// function around them can be sent; what a function needs beside that has to be an argument. Each engine has its own copy of
// global variables.
//
// Arguments, items and results are copied: everything but channels, functions with captured variables, locks, and what belongs to
// the process, such as files. Unexported fields travel too, nil and empty stay different, and pointers in one value that are equal
// stay equal, so lists, trees and graphs arrive as they were. What cannot travel is an error that names the field. Large slices of
// numbers go through shared memory between processes of one machine.
//
// In a notebook, functions of cells also take along the variables of the session that they use, themselves or by what they call, with
// the values of the moment in which the call begins. A variable that cannot travel is an error that names it. Engines have the variables
// for themselves: what a function assigns to one stays on its engine, until a call brings other values. What was compiled for a
// cell is read from the cache where engine and notebook share one, and sent once where they do not.
//
// # Failures
//
// A function that fails or panics fails its item alone: the error is an [ItemErrors], which names each item, its engine and the
// stack, and the results of all other items are there. An engine that dies has its work done by others; what was lost with two
// of them is given up, as it may be the reason. Each result counts once, but an item whose engine died, or that was taken back
// from one that had others to do first, may have been done before, or begun: what it did to the world outside, it does again. An engine that is cut off counts as dead when it has not answered
// for ten seconds, by the controller of Start. Contexts end work on engines, as far as functions heed theirs. [Timeout] finds
// those that hang. Nothing waits for an engine or a controller that is gone.
//
// # Security
//
// Who has the key in a connection file can run code as the user of the engines. Messages are signed with it, but not encrypted.
// Start listens on this machine only, unless Listen has it listen elsewhere, with a new key that no other user can read.
package cluster
