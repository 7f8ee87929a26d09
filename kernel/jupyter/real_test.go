package jupyter

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestRealClients runs testdata/conformance_test.py, which needs jupyter_client and jupyter_kernel_test. The interpreter is
// the one in PYTHON, or that of the repository's .venv, or python3.
func TestRealClients(t *testing.T) {
	python := "python3"
	if venv, err := filepath.Abs("../../.venv/bin/python"); err == nil && exec.Command(venv, "--version").Run() == nil {
		python = venv
	}
	if p := os.Getenv("PYTHON"); p != "" {
		python = p
	}
	if exec.Command(python, "-c", "import jupyter_client, jupyter_kernel_test").Run() != nil {
		t.Skip(python, "has no jupyter_client and jupyter_kernel_test: install them, or name another in PYTHON")
	}
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	home, err := os.MkdirTemp("", "jk") // short: it holds sockets
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(home)
	cmd := exec.Command(python, "-m", "unittest", "conformance_test")
	cmd.Dir = "testdata"
	cmd.Env = append(os.Environ(), "JUPYTER_TEST_KERNEL="+binary, "JUPYTER_DATA_DIR="+home, "JUPYTER_RUNTIME_DIR="+home,
		"XDG_DATA_HOME="+home, "PYTHONDONTWRITEBYTECODE=1")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
