// Package shm passes large slices between the processes of one machine without sending them.
//
// The sender writes a slice once into a file in memory (/dev/shm). Receivers, any number of them, map the file: each has memory
// of its own, in which it may write, and which costs nothing until it is touched. The sender of a request keeps its files until all
// answers have come ([Batch]); a result has one receiver, which removes the file when it has it.
//
// A process has a folder of its own. What processes leave behind that were killed is removed by the next one of the same user.
package shm
