package opencl

import (
	"slices"
	"testing"
)

func TestBuildLogsAreRead(t *testing.T) {
	const source = "first\nsecond\n"
	for _, test := range []struct {
		name, log string
		want      []BuildLine
	}{
		{"PoCL", "error: /tmp/kcache/tempfile_x.cl:2:9: use of 'y'\nDevice p failed to build the program", []BuildLine{{2, 9, "error", "use of 'y'", "second"}}},
		{"NVIDIA", "<kernel>:1:3: error: no y\n x = y;\n     ^\n<kernel>:2:1: warning: odd\n", []BuildLine{{1, 3, "error", "no y", "first"}, {2, 1, "warning", "odd", "second"}}},
		{"Intel", "1:2:6: error: no y\n", []BuildLine{{2, 6, "error", "no y", "second"}}},
		{"bare", "1:5: note: here", []BuildLine{{1, 5, "note", "here", "first"}}},
		{"outside the source", "<kernel>:99:1: error: no\n<kernel>:0:1: error: no\n<kernel>:99999999999999999999:1: error: no", nil},
		{"nothing", "", nil},
	} {
		if got := buildLines(test.log, source); !slices.Equal(got, test.want) {
			t.Errorf("%s: %+v", test.name, got)
		}
	}
}

func FuzzBuildLines(f *testing.F) {
	f.Add("error: x.cl:2:9: y", "a\nb")
	f.Add("<kernel>:1:1: error: y", "")
	f.Fuzz(func(t *testing.T, log, source string) {
		for _, l := range buildLines(log, source) {
			if l.Line < 1 || l.Kind == "" {
				t.Errorf("%+v", l)
			}
		}
	})
}
