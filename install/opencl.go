package install

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// probeOpenCL looks for the loader (libOpenCL.so.1), for a driver, and for what package opencl is built with, and names platforms
// and devices where clinfo is there to ask. Files are looked at rather than the library loaded: a broken driver must not take the
// doctor down.
func probeOpenCL(ctx context.Context, m Machine) (string, error) {
	loader := m.openCLFile("lib/libOpenCL.so.1", m.library("libOpenCL.so.1"))
	if loader == "" {
		return "", errors.New("no loader (libOpenCL.so.1)")
	}
	driver, err := m.openCLDriver()
	if err != nil {
		return "", fmt.Errorf("%s is there, but %w", loader, err)
	}
	for _, needed := range []struct{ name, path string }{
		{"CL/opencl.h", m.openCLFile("include/CL/opencl.h", m.openCLHeader())},
		{"libOpenCL.so", m.openCLFile("lib/libOpenCL.so", m.library("libOpenCL.so"))},
	} {
		if needed.path == "" {
			return "", fmt.Errorf("%s with %s can run kernels, but package opencl cannot be built: there is no %s", loader, driver, needed.name)
		}
	}
	if devices := m.openCLDevices(ctx); devices != "" {
		return devices, nil
	}
	return fmt.Sprintf("%s with %s", loader, driver), nil
}

// openCLFile is the system's file, or else that in the folder opencl of the Python environment, which "make install" makes for users
// who cannot install packages; "" is none.
func (m Machine) openCLFile(name, system string) string {
	python := m.find("python3")
	if system != "" || python == "" {
		return system
	}
	path := filepath.Join(filepath.Dir(python), "..", "opencl", name)
	if _, err := os.Stat(path); err != nil {
		return ""
	}
	return path
}

// openCLHeader is the system's header.
func (m Machine) openCLHeader() string {
	dirs := filepath.SplitList(m.Getenv("CPATH"))
	for _, dir := range []string{"/usr/local/include", "/usr/include", "/usr/local/cuda/include"} {
		dirs = append(dirs, filepath.Join(m.Root, dir))
	}
	for _, dir := range dirs {
		path := filepath.Join(dir, "CL/opencl.h")
		if _, err := os.Stat(path); err == nil {
			return path
		}
	}
	return ""
}

// openCLDriver returns a driver's library: one that is registered with the loader, or NVIDIA's, which containers have without an ICD
// file, and which package opencl registers itself.
func (m Machine) openCLDriver() (string, error) {
	registered, err := m.registeredPlatforms()
	if err != nil {
		return "", err
	}
	var broken []string
	for _, icd := range registered {
		driver, err := m.driverOf(icd)
		if err == nil {
			return driver, nil
		}
		broken = append(broken, err.Error())
	}
	if nvidia := m.library("libnvidia-opencl.so.1"); nvidia != "" {
		return nvidia, nil
	}
	if broken == nil {
		return "", errors.New("no platform is registered")
	}
	return "", errors.New(strings.Join(broken, "; "))
}

// registeredPlatforms lists the ICD files (cl_khr_icd, "ICD Loader Vendor Enumeration on Linux"); where the system has none, those of
// the Python environment.
func (m Machine) registeredPlatforms() ([]string, error) {
	dir := filepath.Join(m.Root, "/etc/OpenCL/vendors")
	if v := m.Getenv("OCL_ICD_VENDORS"); v != "" {
		dir = v
	}
	if strings.HasSuffix(dir, ".icd") {
		return []string{dir}, nil
	}
	found, err := filepath.Glob(filepath.Join(dir, "*.icd"))
	if own := m.openCLFile("vendors", ""); len(found) == 0 && err == nil && own != "" {
		return filepath.Glob(filepath.Join(own, "*.icd"))
	}
	return found, err
}

// driverOf returns the driver library that an ICD file names in its first line.
func (m Machine) driverOf(icd string) (string, error) {
	text, err := os.ReadFile(icd)
	if err != nil {
		return "", err
	}
	line, _, _ := strings.Cut(string(text), "\n")
	name := strings.TrimSpace(line)
	if driver := m.library(name); driver != "" {
		return driver, nil
	}
	if filepath.IsAbs(name) && strings.HasPrefix(icd, filepath.Dir(m.openCLFile("vendors", ""))+"/") {
		if _, err := os.Stat(name); err == nil {
			return name, nil
		}
	}
	return "", fmt.Errorf("%s names %q, which is not there", icd, name)
}

// clinfoLine is a line of "clinfo --list": "Platform #0: Portable Computing Language", " `-- Device #0: pthread-…".
var clinfoLine = regexp.MustCompile(`(Platform|Device) #\d+: (.*\S)`)

// openCLDevices asks clinfo, in a process of its own, for the platforms with their devices; "" where it does not say.
func (m Machine) openCLDevices(ctx context.Context) string {
	clinfo := m.find("clinfo")
	if clinfo == "" {
		return ""
	}
	out, err := m.run(ctx, "", clinfo, "--list")
	if err != nil {
		return ""
	}
	var platforms []string
	for _, found := range clinfoLine.FindAllStringSubmatch(out, -1) {
		last := len(platforms) - 1
		switch {
		case found[1] == "Platform":
			platforms = append(platforms, found[2]+": no device")
		case last >= 0 && strings.HasSuffix(platforms[last], ": no device"):
			platforms[last] = strings.TrimSuffix(platforms[last], "no device") + found[2]
		case last >= 0:
			platforms[last] += ", " + found[2]
		}
	}
	return strings.Join(platforms, "; ")
}
