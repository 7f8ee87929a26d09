package launch

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestWhatCannotBeStartedIsSaid(t *testing.T) {
	text := filepath.Join(t.TempDir(), "text")
	if err := os.WriteFile(text, []byte("no program"), 0o755); err != nil {
		t.Fatal(err)
	}
	plain, err := exec.LookPath("sleep") // a program without MPI
	if err != nil {
		t.Skip(err)
	}
	for _, c := range []struct {
		ranks         int
		program, want string
	}{
		{0, plain, "0 ranks"},
		{1, text, "is no compiled program"},
		{1, filepath.Join(t.TempDir(), "none"), "no such file"},
		{1, plain, "built without MPI"},
	} {
		if _, err := Command(t.Context(), c.ranks, c.program); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%d ranks of %s: %v, want %q", c.ranks, c.program, err, c.want)
		}
	}
}

func TestTheMpiexecOfTheProgramsLibraryIsFound(t *testing.T) {
	cc, err := exec.LookPath("cc")
	if err != nil {
		t.Skip(err)
	}
	root := t.TempDir()
	t.Chdir(root)
	for _, dir := range []string{"bin", "lib"} {
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range map[string]string{"bin/mpiexec": "", "lib.c": "", "main.c": "int main(void) { return 0; }"} {
		if err := os.WriteFile(name, []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	library := filepath.Join("lib", libraries[0].name)
	compile := func(args ...string) {
		t.Helper()
		if out, err := exec.Command(cc, args...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	compile("-shared", "-Wl,-soname,"+libraries[0].name, "-o", library, "lib.c")
	for _, c := range []struct {
		flag, dir string
		found     bool
	}{
		{"--enable-new-dtags", filepath.Join(root, "lib"), true},
		{"--disable-new-dtags", filepath.Join(root, "lib"), true},
		{"--enable-new-dtags", "lib", false}, // as seen from the folder of today
	} {
		compile("-o", "program", "main.c", "-Wl,--no-as-needed", "-Wl,"+c.flag+",-rpath,"+c.dir, library)
		got, err := Find("program")
		if found := got == filepath.Join(root, "bin/mpiexec"); found != c.found || (c.found && err != nil) || strings.HasPrefix(got, "bin") {
			t.Errorf("%s %s: found %q, %v", c.flag, c.dir, got, err)
		}
	}
}
