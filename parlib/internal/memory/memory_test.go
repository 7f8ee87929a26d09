package memory

import (
	"math"
	"strings"
	"testing"
	"testing/fstest"
)

func TestCheckRefusesWhatThereCannotBe(t *testing.T) {
	for _, c := range []struct {
		factors []int
		want    string // in the error; "" for none
	}{
		{nil, ""},
		{[]int{1000, 1000, 8}, ""},
		{[]int{math.MaxInt, math.MaxInt, 0}, ""},
		{[]int{0, math.MaxInt, math.MaxInt}, ""},
		{[]int{1 << 20, 1 << 20, 1 << 10}, "1 PiB of memory are needed, and "},
		{[]int{3 << 50}, "3 PiB of memory are needed, and "},
		{[]int{math.MaxInt, 8}, "more than 16 EiB of memory are needed"},
		{[]int{math.MaxInt, math.MaxInt, math.MaxInt}, "more than 16 EiB of memory are needed"},
	} {
		err := Check(c.factors...)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: error is %v, want %q", c.factors, err, c.want)
		}
	}
}

func TestLeftIsTheLeastOfWhatIsKnown(t *testing.T) {
	meminfo := "MemTotal:       24000000 kB\nMemFree:         1000 kB\nMemAvailable:   2000000 kB\n"
	for _, c := range []struct {
		name  string
		files map[string]string
		want  uint64
	}{
		{"nothing known", nil, addressable},
		{"the system", map[string]string{"proc/meminfo": meminfo}, 2000000 << 10},
		{"a group", map[string]string{"proc/meminfo": meminfo, "sys/fs/cgroup/memory.max": "1048576\n"}, 1 << 20},
		{"a group of version 1", map[string]string{"sys/fs/cgroup/memory/memory.limit_in_bytes": "4096\n"}, 4096},
		{"a group without limit", map[string]string{"proc/meminfo": meminfo, "sys/fs/cgroup/memory.max": "max\n"}, 2000000 << 10},
		{"an older system", map[string]string{"proc/meminfo": "MemTotal: 24000000 kB\n"}, addressable},
		{"nonsense", map[string]string{"proc/meminfo": "MemAvailable: much kB\n", "sys/fs/cgroup/memory.max": "-1"}, addressable},
		{"too much", map[string]string{"proc/meminfo": "MemAvailable: 99999999999999999999 kB\n"}, addressable},
	} {
		root := fstest.MapFS{}
		for name, text := range c.files {
			root[name] = &fstest.MapFile{Data: []byte(text)}
		}
		if got := left(root); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}
