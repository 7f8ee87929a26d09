//go:build unix

package trace

import (
	"os"
	"syscall"
)

// share maps a file into memory, so that what is written there outlives the process however it ends.
func share(f *os.File) ([]byte, error) {
	return syscall.Mmap(int(f.Fd()), 0, fileSize, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_SHARED)
}
