package install

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func env(vars map[string]string) func(string) string {
	return func(name string) string { return vars[name] }
}

func TestWriteMakesWhatJupyterReads(t *testing.T) {
	data := t.TempDir()
	spec := Spec{Name: "warren", Binary: "/opt/warren/bin/warren", GoDir: "/opt/go/bin", Python: "/opt/env"}
	dir, err := spec.Write(data)
	if err != nil {
		t.Fatal(err)
	}
	if want := filepath.Join(data, "kernels", "warren"); dir != want {
		t.Errorf("folder %s, want %s", dir, want)
	}
	want := map[string]any{
		"argv":           []any{"/opt/warren/bin/warren", "kernel", "{connection_file}"},
		"display_name":   "Go (Warren)",
		"language":       "go",
		"interrupt_mode": "message",
		"env":            map[string]any{"PATH": "/opt/go/bin:${PATH}", "VIRTUAL_ENV": "/opt/env"},
		"metadata":       map[string]any{"debugger": false},
	}
	if got := readJSON(t, filepath.Join(dir, "kernel.json")); !reflect.DeepEqual(got, want) {
		t.Errorf("kernel.json\n got %v\nwant %v", got, want)
	}
	starts := map[string]string{"logo-svg.svg": "<svg", "logo-32x32.png": "\x89PNG", "logo-64x64.png": "\x89PNG"}
	for name, start := range starts {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || !strings.HasPrefix(string(text), start) {
			t.Errorf("%s: not a picture (%v)", name, err)
		}
	}
}

func TestWriteReplacesAnEarlierInstall(t *testing.T) {
	data := t.TempDir()
	for _, binary := range []string{"/old/warren", "/new/warren"} {
		if _, err := (Spec{Name: "warren", Binary: binary}).Write(data); err != nil {
			t.Fatal(err)
		}
	}
	got := readJSON(t, filepath.Join(data, "kernels", "warren", "kernel.json"))
	if argv := got["argv"].([]any); argv[0] != "/new/warren" {
		t.Errorf("argv[0] = %v", argv[0])
	}
}

func TestWriteKeepsPathWhereGoIsAlreadyOnIt(t *testing.T) {
	for _, dir := range []string{"", "/usr/bin", "/usr/local/bin"} {
		if got := (Spec{GoDir: dir}).json().Env; got != nil {
			t.Errorf("GoDir %q: env %v, want none", dir, got)
		}
	}
}

func TestWriteRefuses(t *testing.T) {
	for _, s := range []Spec{
		{Name: "", Binary: "/bin/warren"},
		{Name: "../evil", Binary: "/bin/warren"},
		{Name: "my kernel", Binary: "/bin/warren"},
		{Name: "warren", Binary: "bin/warren"},
	} {
		if _, err := s.Write(t.TempDir()); err == nil {
			t.Errorf("%+v was accepted", s)
		}
	}
}

func TestLastingRefusesAProgramOfGoRun(t *testing.T) {
	if _, err := lasting("/tmp/go-build123/b001/exe/warren"); err == nil || !strings.Contains(err.Error(), "go build") {
		t.Errorf("error %v, want one that says to build first", err)
	}
	if got, err := lasting("/opt/bin/warren"); err != nil || got != "/opt/bin/warren" {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestUserDataDir(t *testing.T) {
	for _, c := range []struct {
		name, goos, want string
		env              map[string]string
	}{
		{"home", "linux", "/h/.local/share/jupyter", map[string]string{"HOME": "/h"}},
		{"XDG", "linux", "/x/jupyter", map[string]string{"HOME": "/h", "XDG_DATA_HOME": "/x"}},
		{"Jupyter's own variable wins", "linux", "/j", map[string]string{"JUPYTER_DATA_DIR": "/j", "XDG_DATA_HOME": "/x"}},
		{"macOS", "darwin", "/h/Library/Jupyter", map[string]string{"HOME": "/h"}},
		{"no home", "linux", "", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := UserDataDir(c.goos, env(c.env))
			if got != c.want || (err != nil) != (c.want == "") {
				t.Errorf("got %q, %v; want %q", got, err, c.want)
			}
		})
	}
}

func TestSysPrefix(t *testing.T) {
	if got, err := SysPrefix(env(map[string]string{"CONDA_PREFIX": "/c", "VIRTUAL_ENV": "/v"})); got != "/v" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
	if _, err := SysPrefix(env(nil)); err == nil || !strings.Contains(err.Error(), "--prefix") {
		t.Errorf("error %v, want one that names --prefix", err)
	}
}

func readJSON(t *testing.T, path string) map[string]any {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var v map[string]any
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestPythonEnvironmentIsTheOneInstalledInto(t *testing.T) {
	env := t.TempDir()
	data := filepath.Join(env, "share", "jupyter")
	if got := PythonEnvironment(data); got != "" {
		t.Errorf("a folder that is no environment is taken for one: %q", got)
	}
	write(t, filepath.Join(env, "pyvenv.cfg"), "", 0o644)
	if got := PythonEnvironment(data); got != env {
		t.Errorf("environment %q; want %q", got, env)
	}
}
