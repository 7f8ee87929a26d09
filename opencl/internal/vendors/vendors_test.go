package vendors

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestDriversThatAreNotRegisteredAreAdded(t *testing.T) {
	const (
		system  = "etc/OpenCL/vendors/pocl.icd"
		library = "usr/lib/x86_64-linux-gnu/libnvidia-opencl.so.1"
		python  = "venv/bin/python3"
		own     = "venv/opencl/vendors/pocl.icd"
	)
	for _, c := range []struct {
		name  string
		files map[string]string
		env   map[string]string
		want  string // the files of the folder and what they say; "" is no folder
	}{
		{"nothing", nil, nil, ""},
		{"registered", map[string]string{system: "libpocl.so.2"}, nil, ""},
		{"NVIDIA's registered", map[string]string{"etc/OpenCL/vendors/nvidia.icd": "libnvidia-opencl.so.1", library: ""}, nil, ""},
		{"NVIDIA's registered by its path", map[string]string{"etc/OpenCL/vendors/10_nvidia.icd": "/opt/libnvidia-opencl.so.570.1\n", library: ""}, nil, ""},
		{"NVIDIA's not registered", map[string]string{library: ""}, nil, "nvidia.icd: libnvidia-opencl.so.1\n"},
		{"NVIDIA's not registered, but another", map[string]string{library: "", system: "libpocl.so.2\n"}, nil, "nvidia.icd: libnvidia-opencl.so.1\npocl.icd: libpocl.so.2\n"},
		{"in LD_LIBRARY_PATH", map[string]string{"mine/libnvidia-opencl.so.1": ""}, map[string]string{"LD_LIBRARY_PATH": "mine"}, "nvidia.icd: libnvidia-opencl.so.1\n"},
		{"told by the user", map[string]string{library: ""}, map[string]string{"OCL_ICD_VENDORS": "x"}, ""},
		{"in the Python environment", map[string]string{python: "", own: "/x/libpocl.so\n"}, map[string]string{"PATH": "venv/bin"}, "pocl.icd: /x/libpocl.so\n"},
		{"in the Python environment, but one is registered", map[string]string{python: "", own: "/x/libpocl.so\n", system: "libpocl.so.2"}, map[string]string{"PATH": "venv/bin"}, ""},
		{"in an environment behind another", map[string]string{"bin/python3": "", python: "", own: "/x/libpocl.so\n"}, map[string]string{"PATH": "bin:venv/bin"}, ""},
	} {
		root := t.TempDir()
		for name, text := range c.files {
			path := filepath.Join(root, name)
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		getenv := func(name string) string {
			var below []string
			for _, dir := range filepath.SplitList(c.env[name]) {
				below = append(below, filepath.Join(root, dir))
			}
			return strings.Join(below, ":")
		}
		m := Machine{Root: root, Getenv: getenv, Cache: filepath.Join(root, "cache/opencl")}
		for range 2 { // the second time it is there already
			dir, err := m.Folder()
			if err != nil {
				t.Fatal(err)
			}
			if got := contents(t, dir); got != c.want {
				t.Errorf("%s: folder %q holds %q, want %q", c.name, dir, got, c.want)
			}
		}
	}
}

// contents are the files of a folder and what they say.
func contents(t *testing.T, dir string) string {
	t.Helper()
	if dir == "" {
		return ""
	}
	if !strings.HasSuffix(dir, "/") {
		t.Errorf("%s does not end in a slash", dir)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	text := ""
	for _, e := range entries {
		b, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		text += e.Name() + ": " + string(b)
	}
	return text
}

func TestAFolderThatCannotBeMadeIsAnError(t *testing.T) {
	root := t.TempDir()
	lib := filepath.Join(root, "usr/lib")
	if err := os.MkdirAll(lib, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{filepath.Join(lib, nvidia), filepath.Join(root, "file")} {
		if err := os.WriteFile(name, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	m := Machine{Root: root, Getenv: func(string) string { return "" }, Cache: filepath.Join(root, "file/cache")}
	if dir, err := m.Folder(); err == nil {
		t.Errorf("made %s", dir)
	}
}
