package build

import (
	"path/filepath"
	"testing"
)

func TestMPIIsFoundWherePkgConfigKnowsIt(t *testing.T) {
	const program, file = "bin/pkg-config", "usr/lib/x86_64-linux-gnu/pkgconfig/mpi.pc"
	for _, c := range []struct {
		name  string
		files []string
		env   map[string]string // values are below the folder
		want  bool
	}{
		{"nothing", nil, nil, false},
		{"no pkg-config", []string{file}, nil, false},
		{"no library", []string{program}, nil, false},
		{"both", []string{program, file}, nil, true},
		{"named by the environment", []string{program, "mine/mpi.pc"}, map[string]string{"PKG_CONFIG_PATH": "mine"}, true},
	} {
		root := lay(t, c.files...)
		got := hasMPI(root, func(name string) string {
			if name == "PATH" {
				return filepath.Join(root, "bin")
			}
			if c.env[name] == "" {
				return ""
			}
			return filepath.Join(root, c.env[name])
		})
		if got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}
