package object

import (
	"bufio"
	"fmt"
	"os"
	"strings"
)

// mapping is a part of a file in the memory of this process.
type mapping struct {
	start, end, offset uintptr
	inode              uint64
	path               string
}

// readMaps lists the files that are mapped, in the order of their addresses.
func readMaps() ([]mapping, error) {
	f, err := os.Open("/proc/self/maps")
	if err != nil {
		return nil, fmt.Errorf("functions and types are found by Linux's list of mapped files: %w", err)
	}
	defer f.Close()
	var all []mapping
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		if m, ok := parseMapping(lines.Text()); ok {
			all = append(all, m)
		}
	}
	return all, lines.Err()
}

// parseMapping reads a line such as "00400000-004ab000 r-xp 00000000 08:01 393227   /usr/bin/prog", if it is of a file.
func parseMapping(line string) (m mapping, ok bool) {
	var perms, device string
	if n, _ := fmt.Sscanf(line, "%x-%x %s %x %s %d", &m.start, &m.end, &perms, &m.offset, &device, &m.inode); n < 6 || m.inode == 0 {
		return m, false
	}
	_, m.path, ok = strings.Cut(line, "/")
	m.path = "/" + m.path
	return m, ok
}
