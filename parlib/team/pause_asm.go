//go:build amd64 || arm64

package team

// pause tells the processor n times that this is a loop that waits: it leaves the core to its other hardware thread, and
// leaves the loop without mispredicting when the value waited for comes. n is at least 1.
func pause(n uint32)
