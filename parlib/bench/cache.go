package bench

import (
	"fmt"
	"io/fs"
	"strconv"
	"strings"
)

// Cache is one of the caches between a processor and the memory.
type Cache struct {
	Level  int    `json:"level"`  // 1 is nearest to the processor
	Kind   string `json:"kind"`   // "Data", "Instruction" or "Unified", as Linux calls them
	Bytes  int    `json:"bytes"`  // size
	Line   int    `json:"line"`   // bytes that are fetched together: what two workers must not share
	Shared int    `json:"shared"` // logical processors that share it
}

func (c Cache) String() string {
	text := fmt.Sprintf("L%d %s", c.Level, Bytes(c.Bytes))
	if c.Kind != "Unified" {
		text += " " + strings.ToLower(c.Kind)
	}
	if c.Shared > 1 {
		text += fmt.Sprintf(" shared by %d", c.Shared)
	}
	return text
}

// Bytes writes a size in KiB, MiB or GiB.
func Bytes(n int) string {
	for _, u := range []struct {
		size int
		name string
	}{{1 << 30, "GiB"}, {1 << 20, "MiB"}, {1 << 10, "KiB"}} {
		if n >= u.size {
			return fmt.Sprintf("%.4g %s", float64(n)/float64(u.size), u.name)
		}
	}
	return fmt.Sprintf("%d bytes", n)
}

// readCaches describes the caches of the first processor, in the system's order.
func readCaches(root fs.FS) []Cache {
	const dir = "sys/devices/system/cpu/cpu0/cache"
	entries, err := fs.ReadDir(root, dir)
	if err != nil {
		return nil
	}
	var caches []Cache
	for _, e := range entries {
		if c, ok := readCache(root, dir+"/"+e.Name()); ok {
			caches = append(caches, c)
		}
	}
	return caches
}

// readCache reads one cache; ok is false where level or size are not told.
func readCache(root fs.FS, dir string) (c Cache, ok bool) {
	number := func(name string) int {
		text, _ := readLine(root, dir+"/"+name) // what cannot be read is no number
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 {
			return 0
		}
		return n
	}
	size, _ := readLine(root, dir+"/size")
	c.Level, c.Line, c.Bytes = number("level"), number("coherency_line_size"), readSize(size)
	c.Kind, _ = readLine(root, dir+"/type")
	c.Shared = len(readCPUList(root, dir+"/shared_cpu_list"))
	return c, c.Level > 0 && c.Bytes > 0
}

// readSize reads a size as "48K" or "2M", and gives 0 for what is none.
func readSize(text string) int {
	const most = 1 << 40 // a terabyte of cache is an error in the text
	factor := 1
	for suffix, f := range map[string]int{"K": 1 << 10, "M": 1 << 20, "G": 1 << 30} {
		if rest, ok := strings.CutSuffix(text, suffix); ok {
			text, factor = rest, f
			break
		}
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > most/factor {
		return 0
	}
	return n * factor
}
