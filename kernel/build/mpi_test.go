package build

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestMPIIsFoundWhereItCanBeBuiltWith(t *testing.T) {
	const program, file = "bin/pkg-config", "usr/lib/x86_64-linux-gnu/pkgconfig/mpi.pc"
	environment := []string{"venv/bin/mpicc", "venv/include/mpi.h", "venv/lib/libmpi.so"}
	for _, c := range []struct {
		name  string
		files []string
		env   map[string]string // values are below the folder
		want  string            // tags
	}{
		{"nothing", nil, nil, ""},
		{"no pkg-config", []string{file}, nil, ""},
		{"no library", []string{program}, nil, ""},
		{"both", []string{program, file}, nil, "mpi"},
		{"named by the environment", []string{program, "mine/mpi.pc"}, map[string]string{"PKG_CONFIG_PATH": "mine"}, "mpi"},
		{"in a Python environment", environment, nil, "mpi mpicc"},
		{"in both", append([]string{program, file}, environment...), nil, "mpi"},
		{"without the header", []string{environment[0], environment[2]}, nil, ""},
		{"to run only", environment[2:], nil, ""},
	} {
		root := lay(t, c.files...)
		got := findMPI(root, func(name string) string {
			if name == "PATH" {
				return filepath.Join(root, "venv/bin") + ":" + filepath.Join(root, "bin")
			}
			if c.env[name] == "" {
				return ""
			}
			return filepath.Join(root, c.env[name])
		})
		if tags := strings.Join(got.tags(), " "); tags != c.want {
			t.Errorf("%s: tags %q", c.name, tags)
		}
		if got.include != "" && got.lib != filepath.Join(root, "venv/lib") {
			t.Errorf("%s: the library is looked for in %s", c.name, got.lib)
		}
	}
}
