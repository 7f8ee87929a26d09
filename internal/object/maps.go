package object

import (
	"bufio"
	"fmt"
	"os"
	"strconv"
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
	at := strings.IndexByte(line, '/')
	if at < 0 {
		return m, false
	}
	fields := strings.Fields(line[:at])
	if len(fields) != 5 { // addresses, permissions, offset, device, inode
		return m, false
	}
	start, end, _ := strings.Cut(fields[0], "-")
	var numbers [4]uint64
	for i, n := range []struct {
		text string
		base int
	}{{start, 16}, {end, 16}, {fields[2], 16}, {fields[4], 10}} {
		var err error
		if numbers[i], err = strconv.ParseUint(n.text, n.base, 64); err != nil {
			return m, false
		}
	}
	return mapping{uintptr(numbers[0]), uintptr(numbers[1]), uintptr(numbers[2]), numbers[3], line[at:]}, true
}
