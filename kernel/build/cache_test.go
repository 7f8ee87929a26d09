package build

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

const day = 24 * time.Hour

// clock is a time that tests set.
type clock struct{ time.Time }

func (c *clock) now() time.Time { return c.Time }

// testCache returns an empty cache and its clock.
func testCache(t *testing.T) (Cache, *clock) {
	now := &clock{time.Date(2030, 1, 1, 12, 0, 0, 0, time.UTC)}
	return Cache{Dir: filepath.Join(t.TempDir(), "warren"), Now: now.now}, now
}

// put writes files of a cache; their time is the clock's, less their age.
func put(t *testing.T, c Cache, files map[string]time.Duration) {
	t.Helper()
	for name, age := range files {
		if err := writeFiles(c.Dir, map[string]string{name: "x"}); err != nil {
			t.Fatal(err)
		}
		at := c.now().Add(-age)
		for path := filepath.Join(c.Dir, name); path != c.Dir; path = filepath.Dir(path) {
			if err := os.Chtimes(path, at, at); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func names(t *testing.T, dir string) []string {
	t.Helper()
	found, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, e := range found {
		list = append(list, e.Name())
	}
	return list
}

const (
	one   = "go1.26.8-0123456789abcdef"
	two   = "go1.27-0123456789abcdef"
	three = "source-0123456789abcdef"
)

func TestTrimRemovesEntriesThatNobodyUsedForLong(t *testing.T) {
	for _, c := range []struct {
		name  string
		files map[string]time.Duration
		held  string
		keep  string
		left  []string
	}{
		{"used lately", map[string]time.Duration{one + "/use": 29 * day, three + "/use": day}, "", "", []string{one, three}},
		{"unused for long", map[string]time.Duration{one + "/use": 31 * day, two + "/use": 0, three + "/use": 31 * day}, "", "", []string{two}},
		{"unused for long, but held", map[string]time.Duration{one + "/use": 31 * day}, one, "", []string{one}},
		{"unused for long, but wanted now", map[string]time.Duration{one + "/use": 31 * day}, "", one, []string{one}},
		{"of a Warren that noted no use", map[string]time.Duration{one + "/worker": 31 * day, two + "/worker": 29 * day}, "", "", []string{two}},
		{"left by killed processes", map[string]time.Duration{".old-" + one + "-7/worker": 0, ".source-12/go.mod": 2 * day, ".source-13/go.mod": 0}, "", "", []string{".source-13"}},
		{"nothing of Warren's", map[string]time.Duration{"notes/use": 99 * day, "file": 99 * day, "go1.26.8-0123/use": 99 * day}, "", "", []string{"file", "go1.26.8-0123", "notes"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			cache, _ := testCache(t)
			if c.held != "" {
				release, err := cache.make(filepath.Join(cache.Dir, c.held))
				if err != nil {
					t.Fatal(err)
				}
				defer release()
			}
			put(t, cache, c.files)
			if err := cache.Trim(filepath.Join(cache.Dir, c.keep)); err != nil {
				t.Error(err)
			}
			if left := names(t, cache.Dir); !slices.Equal(left, c.left) {
				t.Errorf("left are %q, not %q", left, c.left)
			}
		})
	}
}

func TestTrimRemovesCellsThatNobodyUsedForLong(t *testing.T) {
	const cells = one + "/cells-01234567/"
	files := map[string]time.Duration{
		one + "/use": 0, one + "/worker": 90 * day,
		cells + "aa.a": 20 * day, cells + "aa.so": 20 * day, cells + "aa.alone.json": 20 * day,
		cells + "bb.a": 20 * day, cells + "bb.so": day, // a cell is used as a whole
		cells + ".build-1/cell.go": 2 * day, cells + ".new-1": 2 * day, cells + ".new-2": 0,
		one + "/cells-89abcdef/cc.a": 20 * day,
	}
	cache, _ := testCache(t)
	put(t, cache, files)
	release, err := cache.Hold(filepath.Join(cache.Dir, one))
	if err != nil {
		t.Fatal(err)
	}
	if err := cache.Trim(); err != nil {
		t.Error(err)
	}
	if left := names(t, filepath.Join(cache.Dir, cells)); len(left) != 8 {
		t.Errorf("of a workspace in use are left %q", left)
	}
	release()
	if err := cache.Trim(); err != nil {
		t.Error(err)
	}
	if left, want := names(t, filepath.Join(cache.Dir, cells)), []string{".new-2", "bb.a", "bb.so"}; !slices.Equal(left, want) {
		t.Errorf("left are %q, not %q", left, want)
	}
	if left, want := names(t, filepath.Join(cache.Dir, one)), []string{"cells-01234567", "use", "worker"}; !slices.Equal(left, want) {
		t.Errorf("of the workspace are left %q, not %q", left, want)
	}
}

func TestTrimIsDoneOnceADay(t *testing.T) {
	cache, now := testCache(t)
	for _, c := range []struct {
		after time.Duration
		trims bool
	}{{0, true}, {23 * time.Hour, false}, {2 * time.Hour, true}, {time.Hour, false}} {
		now.Time = now.Add(c.after)
		put(t, cache, map[string]time.Duration{one + "/use": 31 * day})
		if err := cache.trimDaily(); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(filepath.Join(cache.Dir, one)); errors.Is(err, fs.ErrNotExist) != c.trims {
			t.Errorf("after %v more: trimmed is %v, not %v", c.after, !c.trims, c.trims)
		}
	}
}

func TestCleanRemovesAllThatNobodyUses(t *testing.T) {
	cache, _ := testCache(t)
	put(t, cache, map[string]time.Duration{one + "/use": 0, two + "/use": 0, three + "/go.mod": 0})
	release, err := cache.Hold(filepath.Join(cache.Dir, two))
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	removed, err := cache.Clean()
	if err != nil || !slices.Equal(removed, []string{one, three}) {
		t.Errorf("removed %q, %v", removed, err)
	}
	if left := names(t, cache.Dir); !slices.Equal(left, []string{two}) {
		t.Errorf("left are %q", left)
	}
}

// holdInChild is the part of TestAnEntryThatAnotherProcessUsesStays that runs in another process.
const holdInChild = "WARREN_TEST_HOLD"

func TestAnEntryThatAnotherProcessUsesStays(t *testing.T) {
	if dir := os.Getenv(holdInChild); dir != "" {
		cache := Cache{Dir: filepath.Dir(dir)}
		release, err := cache.Hold(dir)
		if err != nil {
			t.Fatal(err)
		}
		defer release()
		os.Stdout.WriteString("held\n")
		bufio.NewReader(os.Stdin).ReadByte() // until the parent closes it
		return
	}
	cache, _ := testCache(t)
	put(t, cache, map[string]time.Duration{one + "/use": 0})
	child := exec.Command(os.Args[0], "-test.run=^TestAnEntryThatAnotherProcessUsesStays$")
	child.Env = append(os.Environ(), holdInChild+"="+filepath.Join(cache.Dir, one))
	stdin, err := child.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(stdout).ReadString('\n'); line != "held\n" {
		t.Fatalf("the other process says %q, %v", line, err)
	}
	if removed, err := cache.Clean(); err != nil || len(removed) != 0 {
		t.Errorf("while another process uses it: removed %q, %v", removed, err)
	}
	stdin.Close()
	child.Wait()
	if removed, err := cache.Clean(); err != nil || len(removed) != 1 {
		t.Errorf("when that process is gone: removed %q, %v", removed, err)
	}
}

// A process that opens an entry just when another one removes it uses what is there then, not what was removed.
func TestAnEntryRemovedWhileOneWaitsForIt(t *testing.T) {
	for _, again := range []bool{false, true} {
		t.Run(fmt.Sprintf("made again by a third process: %v", again), func(t *testing.T) {
			cache, _ := testCache(t)
			dir := filepath.Join(cache.Dir, one)
			put(t, cache, map[string]time.Duration{one + "/use": 0, one + "/worker": 0})
			remover, err := lockFile(filepath.Join(dir, useFile), unix.LOCK_EX)
			if err != nil {
				t.Fatal(err)
			}
			done := make(chan error)
			var release func() // the lock ends when nothing refers to it
			go func() {
				var err error
				release, err = cache.make(dir)
				done <- err
			}()
			for opened(t, filepath.Join(dir, useFile)) < 2 { // ours and the goroutine's
				time.Sleep(time.Millisecond)
			}
			if err := os.Rename(dir, filepath.Join(cache.Dir, retired+one)); err != nil {
				t.Fatal(err)
			}
			if again {
				put(t, cache, map[string]time.Duration{one + "/use": 0})
			}
			remover.Close()
			if err := <-done; err != nil {
				t.Fatal(err)
			}
			defer release()
			if left := names(t, dir); !slices.Equal(left, []string{useFile}) {
				t.Errorf("the entry has %q", left)
			}
			if removed, err := cache.Clean(); err != nil || len(removed) != 0 {
				t.Errorf("held, it is removed: %q, %v", removed, err)
			}
		})
	}
}

// opened counts this process' open files at a path.
func opened(t *testing.T, path string) (n int) {
	t.Helper()
	for _, fd := range names(t, "/proc/self/fd") {
		if target, err := os.Readlink("/proc/self/fd/" + fd); err == nil && target == path {
			n++
		}
	}
	return n
}

func TestHoldNotesTheUse(t *testing.T) {
	cache, now := testCache(t)
	put(t, cache, map[string]time.Duration{one + "/use": 40 * day})
	release, err := cache.Hold(filepath.Join(cache.Dir, one))
	if err != nil {
		t.Fatal(err)
	}
	release()
	now.Time = now.Add(29 * day)
	if err := cache.Trim(); err != nil {
		t.Fatal(err)
	}
	if left := names(t, cache.Dir); !slices.Equal(left, []string{one}) {
		t.Errorf("left are %q", left)
	}
	if _, err := cache.Hold(filepath.Join(cache.Dir, two)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("holding what is not there: %v", err)
	}
}
