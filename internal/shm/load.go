package shm

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

// mapMin is from how many bytes on a file is mapped, which costs some ten microseconds at any size, instead of copied.
const mapMin = 1 << 20

// load returns the content of a file that nobody changes any more, in memory of the caller's own.
func load(f *os.File) ([]byte, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is no file of memory", f.Name())
	}
	size := int(info.Size())
	if size >= mapMin {
		if data := uncleared(size); place(f, data) {
			return data, nil
		}
	}
	data := make([]byte, size)
	_, err = io.ReadFull(f, data)
	return data, err
}

// uncleared returns memory of the Go heap that was not touched, as clearing it would: package strings is the only one that
// gives such memory out.
func uncleared(size int) []byte {
	var b strings.Builder
	b.Grow(size)
	b.WriteByte(0) // so that there is a string, which nobody but this function has
	return unsafe.Slice(unsafe.StringData(b.String()), size)
}

// place maps a file over memory of the Go heap, so that the collector gives the memory back like any other when nobody
// points to it any more. The mapping is private: what is written to it stays in this process. It holds no pointers, and the runtime
// clears memory that was used before it uses it again, so it never looks at what is there. Only whole pages can be mapped; the rest
// is copied. If place returns false, data has no content.
//
// Before the memory is used for something else, a finalizer puts ordinary memory in the place of the mapping: else the file would
// take its memory as long as the process lives.
func place(f *os.File, data []byte) bool {
	page := os.Getpagesize()
	first := unsafe.SliceData(data)
	if uintptr(unsafe.Pointer(first))%uintptr(page) != 0 {
		return false
	}
	size := uintptr(len(data) / page * page)
	if err := mapOver(first, size, unix.MAP_PRIVATE, int(f.Fd())); err != nil {
		replace(first, size) // there may be nothing at all by now
		return false
	}
	if _, err := f.ReadAt(data[size:], int64(size)); err != nil {
		replace(first, size)
		return false
	}
	runtime.SetFinalizer(first, func(first *byte) { replace(first, size) })
	return true
}

// mapOver is mmap at a fixed address.
func mapOver(first *byte, size uintptr, flags, fd int) error {
	const access = unix.PROT_READ | unix.PROT_WRITE
	_, _, errno := unix.Syscall6(unix.SYS_MMAP, uintptr(unsafe.Pointer(first)), size, access, uintptr(flags|unix.MAP_FIXED), uintptr(fd), 0)
	if errno != 0 {
		return errno
	}
	return nil
}

// replace puts ordinary memory in the place of a mapping.
func replace(first *byte, size uintptr) {
	if err := mapOver(first, size, unix.MAP_PRIVATE|unix.MAP_ANON, -1); err != nil {
		panic(fmt.Sprintf("shm: %d bytes of memory cannot be given back to the Go heap: %v", size, err)) // which cannot go on
	}
}
