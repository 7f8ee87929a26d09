package engine

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// What the machine around a session may lack: a network, modules, room on the disk.

func TestMissingModulesAreSaid(t *testing.T) {
	for _, c := range []struct {
		name  string
		proxy string
		empty bool // no module is on this machine, not even those that the worker holds
	}{
		{"proxy off", "off", false},
		{"proxy off, empty module cache", "off", true},
		{"proxy on a closed port", "http://127.0.0.1:1", false},
		{"proxy on a closed port, empty module cache", "http://127.0.0.1:1", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := newNotebook(t)
			defer n.Close()
			n.must("kept := 6")
			t.Setenv("GOPROXY", c.proxy)
			if c.empty {
				t.Setenv("GOMODCACHE", t.TempDir())
				t.Setenv("GOFLAGS", "-modcacherw") // so that the folder can be removed
			}
			err := n.run(newCollected(), "fmt.Println(kept)\nimport \"example.com/no/such\"\nsuch.F()", 0)
			if err == nil {
				t.Fatal("a cell imports a module that cannot be had")
			}
			if lines := len(err.Traceback); lines > 3 {
				t.Errorf("the error takes %d lines", lines)
			}
			checkBad(t, n, err, "compile error", "example.com/no/such", []string{"@:2", "network cannot be reached"})
			ws, e := n.Workspace(t.Context())
			if e != nil {
				t.Fatal(e)
			}
			if _, e = ws.AddModules(t.Context(), "example.com/no/such@latest"); e == nil || !strings.Contains(e.Error(), "network cannot be reached") {
				t.Errorf("go get says %v", e)
			}
			if got := n.must("fmt.Println(kept, strings.ToUpper(\"on\"))"); got != "6 ON\n" {
				t.Errorf("afterwards %q", got)
			}
		})
	}
}

// small is a file system of two megabytes.
type small struct {
	*testing.T
	dir string
}

// mountSmall mounts a small file system over a folder. Only this process sees it, see inNamespace.
func mountSmall(t *testing.T, dir string) small {
	t.Helper()
	if err := unix.Mount("warren-test", dir, "tmpfs", 0, "size=2m,mode=0777"); err != nil {
		t.Fatal(err)
	}
	return small{t, dir}
}

// fill leaves only so many bytes of room.
func (s small) fill(room int64) {
	s.Helper()
	f, err := os.Create(filepath.Join(s.dir, "filler"))
	if err != nil {
		s.Fatal(err)
	}
	defer f.Close()
	n, err := io.Copy(f, endless{})
	if !errors.Is(err, syscall.ENOSPC) {
		s.Fatalf("the disk is to be full, but: %v", err)
	}
	if err := f.Truncate(n - room); err != nil {
		s.Fatal(err)
	}
}

func (s small) free() {
	s.Helper()
	if err := os.Remove(filepath.Join(s.dir, "filler")); err != nil {
		s.Fatal(err)
	}
}

type endless struct{}

func (endless) Read(b []byte) (int, error) { return len(b), nil }

// inNamespace tells whether this process may mount file systems unseen by others. If not, it runs the test again in one
// that may, and skips it where the system allows none.
func inNamespace(t *testing.T) bool {
	t.Helper()
	const inside = "WARREN_TEST_NAMESPACE"
	if os.Getenv(inside) != "" {
		return true
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+regexp.QuoteMeta(t.Name())+"$", "-test.v")
	cmd.Env = append(os.Environ(), inside+"=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS}
	if os.Getuid() != 0 {
		cmd.SysProcAttr.Cloneflags = syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	}
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	switch err := cmd.Run(); {
	case errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.ENOSPC):
		t.Skipf("this system lets nobody mount a file system of his own: %v", err)
	case err != nil:
		t.Errorf("%v\n%s", err, &out)
	default:
		t.Logf("%s", &out)
	}
	return false
}

func TestFullDiskFailsTheCellOnly(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	disks := map[string]func(*notebook) string{
		"compile cache":    pluginFolder,
		"temporary folder": func(n *notebook) string { return n.temp },
	}
	for name, dir := range disks {
		t.Run(name, func(t *testing.T) {
			n := newNotebook(t)
			defer n.Close()
			n.must("1;") // finds out where the plugins are
			disk := mountSmall(t, dir(n))
			defer unix.Unmount(disk.dir, unix.MNT_DETACH)
			n.must("kept := 5")
			for i, room := range []int64{0, 8 << 10, 40 << 10} { // for nothing, the source, the compiled package
				disk.fill(room)
				source := fmt.Sprintf("fmt.Println(kept, %d, %q)", i, name)
				err := n.run(newCollected(), source, 0)
				if err == nil {
					t.Fatalf("a cell is compiled on a disk with %d bytes of room", room)
				}
				t.Log(strings.Join(err.Traceback, "\n"))
				if !strings.Contains(err.Value, name) || !strings.Contains(err.Value, "no space left") {
					t.Errorf("the error does not tell of the full disk: %s: %s", err.Name, err.Value)
				}
				disk.free()
				if got := n.must(source); !strings.HasPrefix(got, "5 ") {
					t.Errorf("with room again it prints %q", got)
				}
			}
		})
	}
}

// pluginFolder is where the plugin of the session's cell is kept.
func pluginFolder(n *notebook) string {
	n.builder.mu.Lock()
	defer n.builder.mu.Unlock()
	for _, f := range n.builder.links {
		return filepath.Dir(f.plugin.File)
	}
	n.Fatal("nothing was linked yet")
	return ""
}
