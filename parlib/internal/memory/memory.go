// Package memory says whether the machine has room for what a function is about to make. Go ends the process, without a chance
// to recover, where the system refuses memory; and Linux ends it later, where it promised what it does not have.
package memory

import (
	"fmt"
	"io/fs"
	"math"
	"math/bits"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
)

// small is how many bytes are asked for without a look at what is left.
const small = 256 << 20

// Check returns an error where the product of factors, in bytes, is more than the memory that is left. No factor is negative.
func Check(factors ...int) error {
	bytes := product(factors)
	if bytes <= small {
		return nil
	}
	root := os.DirFS("/")
	if bytes <= left(root) {
		return nil
	}
	debug.FreeOSMemory() // collects what is garbage, as the result of the round before
	if rest := left(root); bytes > rest {
		return fmt.Errorf("%s of memory are needed, and %s are left", inWords(bytes), inWords(rest))
	}
	return nil
}

// product is the greatest number where factors make more.
func product(factors []int) uint64 {
	p := uint64(1)
	for _, f := range factors {
		high, low := bits.Mul64(p, uint64(f))
		if p = low; high != 0 {
			p = math.MaxUint64
		}
		if f == 0 {
			return 0
		}
	}
	return p
}

func inWords(bytes uint64) string {
	if bytes == math.MaxUint64 {
		return "more than 16 EiB"
	}
	size, unit := float64(bytes)/(1<<20), 0
	units := []string{"MiB", "GiB", "TiB", "PiB", "EiB"}
	for ; size >= 1024 && unit < len(units)-1; unit++ {
		size /= 1024
	}
	return fmt.Sprintf("%.3g %s", size, units[unit])
}

// addressable is what a process can have where nothing else is known.
const addressable = 1 << 46

// groupFiles hold the limit of the control group of a container, in its versions 2 and 1.
var groupFiles = []string{"sys/fs/cgroup/memory.max", "sys/fs/cgroup/memory/memory.limit_in_bytes"}

// left is how many bytes the system, and the control group, have for a process that asks for more.
func left(root fs.FS) uint64 {
	least := uint64(addressable)
	if text, err := fs.ReadFile(root, "proc/meminfo"); err == nil {
		if kib, ok := available(string(text)); ok {
			least = min(least, kib*1024)
		}
	}
	for _, name := range groupFiles {
		text, err := fs.ReadFile(root, name)
		if err != nil {
			continue
		}
		if limit, err := strconv.ParseUint(strings.TrimSpace(string(text)), 10, 64); err == nil { // "max" is none
			least = min(least, limit)
		}
	}
	return least
}

// available is what meminfo says that new programs can have, in KiB.
func available(meminfo string) (kib uint64, ok bool) {
	for line := range strings.Lines(meminfo) {
		if number, is := strings.CutPrefix(line, "MemAvailable:"); is {
			kib, err := strconv.ParseUint(strings.TrimSuffix(strings.TrimSpace(number), " kB"), 10, 44)
			return kib, err == nil
		}
	}
	return 0, false
}
