// Package install puts the Warren kernel where Jupyter finds it, and tells what a machine lacks to run it.
//
// [Spec] writes the kernelspec of "warren install"; [Diagnose] and [Report] are "warren doctor".
package install

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// logos are the pictures of the launcher. The SVG is the original; the PNGs are the same drawing at 32 and 64 pixels.
//
//go:embed logo-svg.svg logo-32x32.png logo-64x64.png
var logos embed.FS

// Spec says what Jupyter is told about the kernel.
type Spec struct {
	Name   string // directory name and the name given to "jupyter --kernel"
	Binary string // absolute path of the warren binary
	GoDir  string // folder of the go command that was found when installing; "" leaves PATH as it is
	Python string // Python environment whose packages cells may use, as the OpenBLAS of scipy-openblas32; "" for none
}

// kernelJSON is kernel.json (jupyter-client, "Making kernels for Jupyter", Kernel specs).
type kernelJSON struct {
	Argv          []string          `json:"argv"`
	DisplayName   string            `json:"display_name"`
	Language      string            `json:"language"`
	InterruptMode string            `json:"interrupt_mode"`
	Env           map[string]string `json:"env,omitempty"`
	Metadata      map[string]any    `json:"metadata"`
}

// Jupyter accepts no other characters in a kernel's name.
var kernelName = regexp.MustCompile(`^[A-Za-z0-9._-]+$`)

// systemDirs are on every PATH already. Putting them first would hide the tools of an active environment.
var systemDirs = []string{"/usr/local/bin", "/usr/bin", "/bin"}

// Write makes dataDir/kernels/<name> and returns its path. What an earlier install left there is replaced.
func (s Spec) Write(dataDir string) (string, error) {
	if !kernelName.MatchString(s.Name) {
		return "", fmt.Errorf("kernel name %q: use letters, digits, '.', '_' and '-' only", s.Name)
	}
	if !filepath.IsAbs(s.Binary) {
		return "", fmt.Errorf("path of the warren binary %q is not absolute", s.Binary)
	}
	dir := filepath.Join(dataDir, "kernels", s.Name)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("make the kernel's folder: %w", err)
	}
	text, err := json.MarshalIndent(s.json(), "", "  ")
	if err != nil {
		return "", err
	}
	if err := replaceFile(filepath.Join(dir, "kernel.json"), append(text, '\n')); err != nil {
		return "", err
	}
	return dir, s.writeLogos(dir)
}

// PythonEnvironment is the virtual environment to which a Jupyter data directory belongs, "" if it is none's.
func PythonEnvironment(dataDir string) string {
	env, err := filepath.Abs(filepath.Join(dataDir, "../..")) // dataDir is ENV/share/jupyter
	if err != nil {
		return ""
	}
	if _, err := os.Stat(filepath.Join(env, "pyvenv.cfg")); err != nil {
		return ""
	}
	return env
}

func (s Spec) json() kernelJSON {
	k := kernelJSON{
		Argv:          []string{s.Binary, "kernel", "{connection_file}"},
		DisplayName:   "Go (Warren)",
		Language:      "go",
		InterruptMode: "message",
		Metadata:      map[string]any{"debugger": false},
	}
	// JupyterHub and desktop launchers start kernels without the login shell's PATH; ${PATH} is filled in by Jupyter.
	env := map[string]string{}
	if s.GoDir != "" && !slices.Contains(systemDirs, s.GoDir) {
		env["PATH"] = s.GoDir + ":${PATH}"
	}
	if s.Python != "" {
		env["VIRTUAL_ENV"] = s.Python
	}
	if len(env) > 0 {
		k.Env = env
	}
	return k
}

func (s Spec) writeLogos(dir string) error {
	files, err := logos.ReadDir(".")
	if err != nil {
		return err
	}
	for _, f := range files {
		picture, err := fs.ReadFile(logos, f.Name())
		if err != nil {
			return err
		}
		if err := replaceFile(filepath.Join(dir, f.Name()), picture); err != nil {
			return err
		}
	}
	return nil
}

// replaceFile writes beside path and renames, so that a running Jupyter never reads half a file.
func replaceFile(path string, content []byte) error {
	tmp := path + ".new"
	if err := os.WriteFile(tmp, content, 0o644); err != nil {
		return fmt.Errorf("install the kernel: %w", err)
	}
	return os.Rename(tmp, path)
}

// Binary returns the path under which the running program can be started later. A program of "go run" is refused: its
// file is removed when it ends.
func Binary() (string, error) {
	exe, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("find the warren binary: %w", err)
	}
	return lasting(exe)
}

func lasting(exe string) (string, error) {
	if exe, err := filepath.Abs(exe); err != nil || !strings.Contains(exe, "/go-build") {
		return exe, err
	}
	return "", errors.New("this warren was started by \"go run\" and is removed when it ends; " +
		"build it first (make install, or go build -o bin/warren . && bin/warren install)")
}

// PrefixDataDir is the Jupyter data directory of an environment: a virtual environment, conda's, or /usr/local.
func PrefixDataDir(prefix string) (string, error) {
	abs, err := filepath.Abs(prefix)
	return filepath.Join(abs, "share", "jupyter"), err
}

// UserDataDir is the user's own Jupyter data directory on the given operating system (a GOOS value), as
// jupyter_core.paths.jupyter_data_dir finds it.
func UserDataDir(goos string, getenv func(string) string) (string, error) {
	if dir := getenv("JUPYTER_DATA_DIR"); dir != "" {
		return dir, nil
	}
	if dir := getenv("XDG_DATA_HOME"); dir != "" && goos != "darwin" {
		return filepath.Join(dir, "jupyter"), nil
	}
	home := getenv("HOME")
	if home == "" {
		return "", errors.New("no home directory: set HOME, or say where with --prefix DIR")
	}
	if goos == "darwin" {
		return filepath.Join(home, "Library", "Jupyter"), nil
	}
	return filepath.Join(home, ".local", "share", "jupyter"), nil
}

// SysPrefix is the active Python environment: what $VIRTUAL_ENV or $CONDA_PREFIX names.
func SysPrefix(getenv func(string) string) (string, error) {
	for _, name := range []string{"VIRTUAL_ENV", "CONDA_PREFIX"} {
		if dir := getenv(name); dir != "" {
			return dir, nil
		}
	}
	return "", errors.New("--sys-prefix: no Python environment is active (neither VIRTUAL_ENV nor CONDA_PREFIX is set); " +
		"activate one, or name it with --prefix DIR")
}
