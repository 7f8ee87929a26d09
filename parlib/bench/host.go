package bench

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path"
	"runtime"
	"strconv"
	"strings"
)

// Host describes the processors of a machine. What "number of processors" means depends on who asks, so there are several.
type Host struct {
	CPU            string  `json:"cpu"`              // model name, "" where unknown
	Logical        int     `json:"logical"`          // processors that the system runs; two per core where cores have two hardware threads
	Physical       int     `json:"physical"`         // cores, 0 where unknown
	ThreadsPerCore int     `json:"threads_per_core"` // hardware threads of a core (SMT, "hyper-threading"), 0 where unknown
	Allowed        int     `json:"allowed"`          // processors that this process may run on (runtime.NumCPU)
	Quota          float64 `json:"quota"`            // processors' worth of time that the control group grants, 0 for no limit
	GOMAXPROCS     int     `json:"gomaxprocs"`       // goroutines that run at the same time at most
	Caches         []Cache `json:"caches,omitempty"` // of one processor, the nearest first; empty where unknown
}

// Machine reads the description of this machine from the Go runtime and, on Linux, from /proc and /sys. What cannot be
// read stays unknown.
func Machine() Host {
	h := readHost(os.DirFS("/"))
	h.Allowed, h.GOMAXPROCS = runtime.NumCPU(), runtime.GOMAXPROCS(0)
	h.Logical = max(h.Logical, h.Allowed)
	return h
}

// Usable is how many workers can compute at the same time: the least of the processors allowed, GOMAXPROCS, and the quota
// rounded up.
func (h Host) Usable() int {
	n := min(h.Allowed, h.GOMAXPROCS)
	if h.Quota > 0 {
		n = min(n, int(math.Ceil(h.Quota)))
	}
	return max(1, n)
}

// readHost fills what the files of a Linux system tell.
func readHost(root fs.FS) Host {
	online := readCPUList(root, "sys/devices/system/cpu/online")
	cores := map[string]bool{}
	for _, cpu := range online {
		dir := fmt.Sprintf("sys/devices/system/cpu/cpu%d/topology/", cpu)
		pkg, err1 := readLine(root, dir+"physical_package_id")
		core, err2 := readLine(root, dir+"core_id")
		if err1 != nil || err2 != nil {
			clear(cores) // half a count would be a wrong one
			break
		}
		cores[pkg+"/"+core] = true
	}
	h := Host{CPU: readModel(root), Logical: len(online), Physical: len(cores), Quota: readQuota(root), Caches: readCaches(root)}
	if h.Physical > 0 {
		h.ThreadsPerCore = (h.Logical + h.Physical - 1) / h.Physical
	}
	return h
}

func readLine(root fs.FS, name string) (string, error) {
	text, err := fs.ReadFile(root, name)
	return strings.TrimSpace(string(text)), err
}

// mostCPUs is far above what Linux supports (8192): a longer list is not one of processors.
const mostCPUs = 1 << 16

// readCPUList reads a list as "0-3,8,10-11".
func readCPUList(root fs.FS, name string) []int {
	text, err := readLine(root, name)
	if err != nil {
		return nil
	}
	var cpus []int
	for part := range strings.SplitSeq(text, ",") {
		first, last, isRange := strings.Cut(part, "-")
		if !isRange {
			last = first
		}
		lo, err1 := strconv.Atoi(first)
		hi, err2 := strconv.Atoi(last)
		if errors.Join(err1, err2) != nil || lo < 0 || hi-lo > mostCPUs || len(cpus) > mostCPUs {
			return nil
		}
		for cpu := lo; cpu <= hi; cpu++ {
			cpus = append(cpus, cpu)
		}
	}
	return cpus
}

func readModel(root fs.FS) string {
	text, err := fs.ReadFile(root, "proc/cpuinfo")
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(text)) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// readQuota gives the tightest quota of the process's control group and the groups around it, in processors.
func readQuota(root fs.FS) float64 {
	text, err := fs.ReadFile(root, "proc/self/cgroup")
	if err != nil {
		return 0
	}
	tightest := math.Inf(1)
	for line := range strings.Lines(string(text)) {
		fields := strings.SplitN(strings.TrimSpace(line), ":", 3) // hierarchy:controllers:path
		if len(fields) < 3 {
			continue
		}
		for _, mount := range cpuMounts(fields[1]) {
			for dir := path.Clean("/" + fields[2]); ; dir = path.Dir(dir) {
				tightest = min(tightest, groupQuota(root, path.Join(mount, dir)))
				if dir == "/" {
					break
				}
			}
		}
	}
	if math.IsInf(tightest, 1) {
		return 0
	}
	return tightest
}

// cpuMounts is where the groups of a hierarchy are found: version 2 has no controllers, version 1 names them.
func cpuMounts(controllers string) []string {
	switch {
	case controllers == "":
		return []string{"sys/fs/cgroup"}
	case strings.Contains(","+controllers+",", ",cpu,"):
		return []string{"sys/fs/cgroup/" + controllers, "sys/fs/cgroup/cpu"}
	}
	return nil
}

// groupQuota is the quota of one group, +Inf where it has none.
func groupQuota(root fs.FS, dir string) float64 {
	quota, period := "", ""
	if both, err := readLine(root, dir+"/cpu.max"); err == nil {
		quota, period, _ = strings.Cut(both, " ")
	} else {
		quota, _ = readLine(root, dir+"/cpu.cfs_quota_us")
		period, _ = readLine(root, dir+"/cpu.cfs_period_us")
	}
	q, err1 := strconv.ParseFloat(quota, 64) // "max" and -1 stand for no limit
	p, err2 := strconv.ParseFloat(period, 64)
	if errors.Join(err1, err2) != nil || q <= 0 || p <= 0 {
		return math.Inf(1)
	}
	return q / p
}
