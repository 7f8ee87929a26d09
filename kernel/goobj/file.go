package goobj

import (
	"bytes"
	"fmt"
)

// ReplaceFile changes a source file name in the file table of a linked plugin, in place: from is the name that the
// cell was compiled under, to the one that runtime.Caller and stack traces show from now on. The runtime reads names up
// to a zero byte, so to may be shorter, but not longer. A directory before from stays. It is an error if the plugin
// names no such file.
func ReplaceFile(so []byte, from, to string) error {
	if len(to) > len(from) || from == "" {
		return fmt.Errorf("goobj: file name %q does not fit in the place of %q", to, from)
	}
	old := append([]byte(from), 0)
	padded := make([]byte, len(old))
	copy(padded, to)
	found := false
	for at := 0; ; {
		i := bytes.Index(so[at:], old)
		if i < 0 {
			break
		}
		at += i + copy(so[at+i:], padded)
		found = true
	}
	if !found {
		return fmt.Errorf("goobj: the plugin has no source file %q", from)
	}
	return nil
}
