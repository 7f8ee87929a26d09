// Package vendors tells OpenCL's loader about drivers that are on the machine but not registered with it.
//
// The loader, libOpenCL.so, finds drivers by the .icd files in /etc/OpenCL/vendors, each of which names a library. In containers
// NVIDIA's library is often there without its file, and users who cannot install packages have a driver in their Python
// environment. The environment variable OCL_ICD_VENDORS gives the loader another folder of such files.
package vendors

import (
	"errors"
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"
	"strings"
)

// Variables by which users tell the loader about drivers themselves.
var variables = []string{"OCL_ICD_VENDORS", "OCL_ICD_FILENAMES", "OPENCL_VENDOR_PATH"}

// Variable is the environment variable that Machine.Folder is a value for.
const Variable = "OCL_ICD_VENDORS"

const nvidia = "libnvidia-opencl.so.1"

// libraries is where the dynamic linker finds NVIDIA's library.
var libraries = []string{"/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/local/nvidia/lib64", "/usr/lib", "/usr/lib/wsl/lib"}

// Machine is where drivers are looked for.
type Machine struct {
	Root   string // put before the system's folders; "/" is the machine itself
	Getenv func(string) string
	Cache  string // a folder in which a folder can be made
}

// Folder returns a folder that registers all drivers, if the system's does not: it ends in a slash, as some loaders want it. Where the
// system's does, or the user has told the loader already, it is "".
func (m Machine) Folder() (string, error) {
	for _, v := range variables {
		if m.Getenv(v) != "" {
			return "", nil
		}
	}
	registered, err := filepath.Glob(filepath.Join(m.Root, "/etc/OpenCL/vendors/*.icd"))
	if err != nil {
		return "", err
	}
	files := map[string]string{}
	known := false
	for _, path := range registered {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // the loader cannot read it either
		}
		files[filepath.Base(path)] = string(text)
		known = known || strings.Contains(string(text), "libnvidia-opencl")
	}
	if !known && m.hasNVIDIA() {
		files["nvidia.icd"] = nvidia + "\n"
		return m.write(files)
	}
	if len(files) > 0 {
		return "", nil
	}
	return m.environment(), nil
}

func (m Machine) hasNVIDIA() bool {
	for _, dir := range filepath.SplitList(m.Getenv("LD_LIBRARY_PATH")) {
		if exists(filepath.Join(dir, nvidia)) {
			return true
		}
	}
	for _, dir := range libraries {
		if exists(filepath.Join(m.Root, dir, nvidia)) {
			return true
		}
	}
	return false
}

// environment is the folder in the Python environment that is first on PATH, where install/prepare.sh puts it; "" is none.
func (m Machine) environment() string {
	for _, bin := range filepath.SplitList(m.Getenv("PATH")) {
		if !exists(filepath.Join(bin, "python3")) {
			continue
		}
		dir := filepath.Join(filepath.Dir(bin), "opencl", "vendors")
		if found, err := filepath.Glob(filepath.Join(dir, "*.icd")); err == nil && len(found) > 0 {
			return dir + "/"
		}
		return ""
	}
	return ""
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// write writes files to a folder whose name depends on what they say, so that programs that start at once do not disturb each other.
func (m Machine) write(files map[string]string) (string, error) {
	h := fnv.New64a()
	fmt.Fprint(h, files) // maps are printed in the order of their keys
	dir := filepath.Join(m.Cache, fmt.Sprintf("vendors-%016x", h.Sum64()))
	if exists(dir) {
		return dir + "/", nil
	}
	if err := os.MkdirAll(m.Cache, 0o755); err != nil {
		return "", err
	}
	temp, err := os.MkdirTemp(m.Cache, ".vendors-*")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(temp)
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(temp, name), []byte(text), 0o644); err != nil {
			return "", err
		}
	}
	if err := errors.Join(os.Chmod(temp, 0o755), os.Rename(temp, dir)); err != nil && !exists(dir) {
		return "", err
	}
	return dir + "/", nil
}

// Register sets the environment variable for this process, before the loader is first used. Where that fails, the loader finds what
// is registered.
func Register() {
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir()
	}
	m := Machine{Root: "/", Getenv: os.Getenv, Cache: filepath.Join(cache, "warren", "opencl")}
	if dir, err := m.Folder(); err == nil && dir != "" {
		os.Setenv(Variable, dir)
	}
}
