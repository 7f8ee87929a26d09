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
