package cluster

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/warren-go/warren/internal/function"
	"github.com/warren-go/warren/internal/ipp/protocol"
)

// failAt77777 fails once in a map of 100,000.
func failAt77777(x int) int {
	if x == 77_777 {
		panic("just once")
	}
	return x
}

func TestOnePanicAmongManyItemsIsThatItemsAlone(t *testing.T) {
	c := startN(t, 2)
	want := numbers(100_000)
	got, err := Map(c.Balanced(), slices.Clone(want), failAt77777)
	var all *ItemErrors
	if !errors.As(err, &all) || all.Failed != 1 || all.Items != len(want) || all.Errs[0].Index != 77_777 || !strings.Contains(err.Error(), "just once") {
		t.Errorf("%v", err)
	}
	if want[77_777] = 0; !slices.Equal(got, want) {
		t.Error("results of others are lost")
	}
	if n := len(c.IDs()); n != 2 {
		t.Errorf("%d engines are left, of 2", n)
	}
}

// secret gives what no result can hold, which its type does not show.
func secret(x int) any {
	if x == 5 {
		return make(chan int)
	}
	return x
}

func TestAResultThatCannotTravelIsAFailure(t *testing.T) {
	c := startN(t, 2)
	got, err := Map(c.Balanced(), numbers(10), secret, Chunk(1))
	var all *ItemErrors
	if !errors.As(err, &all) || all.Failed != 1 || all.Errs[0].Index != 5 || !strings.Contains(err.Error(), "chan int") {
		t.Errorf("%v", err)
	}
	for i, r := range got {
		if i != 5 && r != i {
			t.Errorf("result %d is %v", i, r)
		}
	}
	_, err = Call[any](within(t), c.Balanced(), secret, 5)
	if err == nil || !strings.Contains(err.Error(), "chan int") {
		t.Errorf("a call: %v", err)
	}
}

// rebuilt is a copy of this program that was built of other sources, as far as its build ID tells.
func rebuilt(t *testing.T) string {
	t.Helper()
	self, err := function.Self()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	old := []byte(self.Build)
	other := slices.Clone(old)
	slices.Reverse(other)
	path := filepath.Join(t.TempDir(), "rebuilt")
	if err := os.WriteFile(path, bytes.ReplaceAll(text, old, other), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

// inheritance is what a program gets from an engine that starts it.
func inheritance() (got []string) {
	for _, name := range []string{envID, protocol.EnvConnection} {
		if _, ok := os.LookupEnv(name); ok {
			got = append(got, name)
		}
	}
	return got
}

func startHere() string {
	c, err := Start(1)
	if err == nil {
		c.Close()
		return ""
	}
	return err.Error()
}

// What a function starts must not become an engine too, nor get the key. The engine still knows what it is.
func TestEnginesLeaveNothingInTheEnvironment(t *testing.T) {
	c := startN(t, 1)
	if got, err := Call[[]string](within(t), c.Direct(0), inheritance); err != nil || len(got) > 0 {
		t.Errorf("%q is left, %v", got, err)
	}
	if got, err := Call[string](within(t), c.Direct(0), startHere); err != nil || !strings.Contains(got, "itself an engine") {
		t.Errorf("%q, %v", got, err)
	}
}

func TestEnginesOfAnotherBuildAreRefused(t *testing.T) {
	path := rebuilt(t)
	c := startN(t, 1, LaunchBy(func(l Launch) (*exec.Cmd, error) {
		cmd := exec.Command(path)
		cmd.Env = append(os.Environ(), envID+"="+strconv.Itoa(l.ID))
		return cmd, nil
	}))
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	_, call := Call[int](within(t), c.Direct(0), pid)
	_, balanced := Map(c.Balanced(), numbers(10), square)
	for _, err := range []error{call, balanced} {
		for _, want := range []string{"engine 0", "different programs", "here " + self + " (build ", "there " + path + " (build "} {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("no %q in: %v", want, err)
			}
		}
	}
}

// listening are the addresses at which this process accepts connections, as the kernel has them.
func listening(t *testing.T) (addresses []string) {
	t.Helper()
	own := map[string]bool{}
	files, err := filepath.Glob("/proc/self/fd/*")
	if err != nil {
		t.Fatal(err)
	}
	socket := regexp.MustCompile(`^socket:\[(\d+)\]$`)
	for _, f := range files {
		target, _ := os.Readlink(f) // Glob's own is gone
		if m := socket.FindStringSubmatch(target); m != nil {
			own[m[1]] = true
		}
	}
	for _, table := range []string{"/proc/self/net/tcp", "/proc/self/net/tcp6"} {
		text, err := os.ReadFile(table)
		if err != nil {
			continue // a machine without IPv6
		}
		for line := range strings.Lines(string(text)) {
			const address, state, inode, listen = 1, 3, 9, "0A"
			if f := strings.Fields(line); len(f) > inode && f[state] == listen && own[f[inode]] {
				addresses = append(addresses, f[address])
			}
		}
	}
	return addresses
}

func TestNothingListensBeyondThisMachineUnlessAsked(t *testing.T) {
	const loopback = "0100007F:" // 127.0.0.1
	startN(t, 1)
	all := listening(t)
	if len(all) == 0 {
		t.Fatal("nothing listens")
	}
	for _, address := range all {
		if !strings.HasPrefix(address, loopback) {
			t.Errorf("%s is listened at", address)
		}
	}
	startN(t, 1, Listen("0.0.0.0"))
	if all := fmt.Sprint(listening(t)); !strings.Contains(all, "00000000:") {
		t.Errorf("when asked, only at %s", all)
	}
}

func TestConnectionFilesAreForTheUserAlone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "security")
	c := startN(t, 1, ConnectionFiles(dir))
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 2 {
		t.Fatalf("%v, %v", files, err)
	}
	for _, f := range files {
		if info, err := f.Info(); err != nil || info.Mode() != 0o600 {
			t.Errorf("%s: %v, %v", f.Name(), info.Mode(), err)
		}
	}
	c.Close()
	if files, err := os.ReadDir(dir); err != nil || len(files) != 0 {
		t.Errorf("left behind: %v, %v", files, err)
	}
}
