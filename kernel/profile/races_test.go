package profile

import (
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/warren-go/warren/kernel/stack"
)

const racyProgram = "testdata/racy.go.txt"

// racySource returns lines of the racy program, as its //line directives count them.
func racySource(t testing.TB) func(file string, line int) (string, bool) {
	t.Helper()
	text, err := os.ReadFile(racyProgram)
	if err != nil {
		t.Fatal(err)
	}
	return func(file string, line int) (string, bool) {
		_, cell, ok := strings.Cut(string(text), "//line "+filepath.Base(file)+":1\n")
		lines := strings.Split(cell, "\n")
		if !ok || line < 1 || line > len(lines) {
			return "", false
		}
		return lines[line-1], true
	}
}

// checkRacyReport fails unless the races are those that the racy program has: one pair of lines or more from bump and
// run, and the map.
func checkRacyReport(t *testing.T, name, text string) {
	t.Helper()
	o := Options{Cell: "cell[8]", Source: racySource(t)}
	races, d := Races(text, o)
	forms := checkPage(t, name, d, "text/plain", "text/html")
	if len(races) < 2 {
		t.Fatalf("%d races read from\n%s", len(races), text)
	}
	places := map[string]bool{}
	for _, r := range races {
		if r.Accesses[0].Kind != "write" && r.Accesses[1].Kind != "write" {
			t.Errorf("a race of two reads: %+v", r)
		}
		for _, a := range r.Accesses {
			if a.Address == 0 || len(a.Stack) == 0 || a.Goroutine != 0 && len(a.Created) == 0 {
				t.Errorf("incomplete: %+v", a)
			}
			places[o.accessPlace(a)] = true
		}
	}
	for _, want := range []string{"cell[7]:3", "cell[8]:14"} {
		if !places[want] {
			t.Errorf("no race at %s; found %v", want, places)
		}
	}
	for _, want := range []string{"t.n++", "m[i] = i", "assigns to a map", "in main.bump, called at cell[8]:7", "started at cell[8]:5  go func() {", "Mutex"} {
		for mime, content := range forms {
			if !strings.Contains(content, want) {
				t.Errorf("%s has no %q:\n%s", mime, want, content)
			}
		}
	}
}

func TestRacesReadsACapturedReport(t *testing.T) {
	text, err := os.ReadFile("testdata/races.txt")
	if err != nil {
		t.Fatal(err)
	}
	checkRacyReport(t, "races", string(text))
	races, rest := ParseRaces(string(text))
	if len(races) != 3 || rest != "2005\nbetween\n" {
		t.Errorf("%d races, and the rest is %q", len(races), rest)
	}
	want := Access{
		Kind: "write", Address: 0x00c000018108, Goroutine: 0,
		Stack: []stack.Frame{{Func: "main.run", File: "cell[8]", Line: 10}, {Func: "main.main", File: "main.go", Line: 100}},
	}
	if got := races[0].Accesses[1]; !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
	if !races[2].Accesses[1].Finished || races[2].Accesses[0].Finished {
		t.Errorf("of the two goroutines only the second had finished: %+v", races[2])
	}
}

func TestRacesReadsTheReportOfARacyProgram(t *testing.T) {
	if out, err := exec.Command("go", "env", "CGO_ENABLED").Output(); err != nil || strings.TrimSpace(string(out)) != "1" {
		t.Fatalf("go build -race needs cgo, and go env CGO_ENABLED says %q (%v); install a C compiler", out, err)
	}
	dir := t.TempDir()
	program, err := os.ReadFile(racyProgram)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "main.go"), program, 0o644); err != nil {
		t.Fatal(err)
	}
	build := exec.Command("go", "build", "-race", "-o", "racy", "main.go")
	build.Dir = dir
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build -race: %v\n%s", err, out)
	}
	var text strings.Builder
	run := exec.Command(filepath.Join(dir, "racy"))
	run.Stderr = &text
	if err := run.Run(); err == nil {
		t.Fatal("the racy program ended well")
	}
	checkRacyReport(t, "races-live", text.String())
}

// report writes a race report as the detector does.
func report(first, second string) string {
	return raceRule + "\n" + raceHead + "\nRead at 0x00c01 by goroutine 7:\n  m.f()\n      " + first + " +0x1\n\n" +
		"Previous write at 0x00c01 by goroutine 8:\n  m.g()\n      " + second + " +0x2\n\n" +
		"Goroutine 7 (running) created at:\n  kernel.run()\n      /k/run.go:9 +0x3\n\n" +
		"Goroutine 8 (finished) created at:\n  m.h()\n      cell[4]:2 +0x4\n" + raceRule + "\n"
}

func TestRacesBetweenTheSameLinesAreOne(t *testing.T) {
	text := report("cell[4]:5", "cell[4]:6") + "output\n" + report("cell[4]:6", "/tmp/x/cell[4]:5") + report("cell[4]:5", "cell[4]:9")
	o := Options{Cell: "cell[4]", Hide: func(name string) bool { return strings.HasPrefix(name, "kernel.") }}
	races, d := Races(text, o)
	if len(races) != 2 || races[0].Count != 2 || races[1].Count != 1 {
		t.Fatalf("got %+v", races)
	}
	plain := checkPage(t, "races-double", d, "text/plain", "text/html")["text/plain"]
	for _, want := range []string{
		"2 data races in cell[4]", "1. cell[4]:5 and cell[4]:6, seen 2 times", "by the goroutine of cell[4] itself",
		"by goroutine 8, which has ended, started at cell[4]:2",
	} {
		if !strings.Contains(plain, want) {
			t.Errorf("no %q in\n%s", want, plain)
		}
	}
}

func TestRacesSaysWhenNoneWasSeen(t *testing.T) {
	races, d := Races("just output\n", Options{Cell: "cell[2]"})
	text := checkPage(t, "races-none", d, "text/plain")["text/plain"]
	if len(races) != 0 || !strings.Contains(text, "No data race was seen while cell[2] ran") {
		t.Errorf("%d races, %q", len(races), text)
	}
}

func TestRacesKeepsAnAccessWithoutItsStack(t *testing.T) {
	text := raceHead + "\nWrite at 0x1 by goroutine 7:\n  m.f()\n      cell[1]:2 +0x1\n\nPrevious read at 0x1 by goroutine 6:\n  [failed to restore the stack]\n\n" +
		"Heap block of size 8 at 0x1 allocated by goroutine 3:\n  m.alloc()\n      cell[1]:9 +0x1\n"
	races, d := Races(text, Options{})
	if len(races) != 1 || races[0].Accesses[1].Kind != "read" || races[0].Accesses[1].Stack != nil || len(races[0].Accesses[0].Stack) != 1 {
		t.Fatalf("got %+v", races)
	}
	if plain := checkPage(t, "races-half", d, "text/plain", "text/html")["text/plain"]; !strings.Contains(plain, "cell[1]:2 and an unknown line") {
		t.Errorf("got\n%s", plain)
	}
}

func FuzzParseRaces(f *testing.F) {
	captured, err := os.ReadFile("testdata/races.txt")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(captured))
	f.Add(report("a:1", "b:2"))
	f.Add(raceHead + "\nRead at 0xffffffffffffffffffffffff by goroutine 99999999999999999999:\n  \x00<x>()\n      y:1\n")
	f.Add(raceHead + "\nGoroutine 1 (running) created at:\n  f()\n" + raceHead + "\n")
	f.Fuzz(func(t *testing.T, text string) {
		races, rest := ParseRaces(text)
		if heads := strings.Count(text, raceHead); len(races) > heads {
			t.Errorf("%d races out of %d reports", len(races), heads)
		}
		if len(rest) > len(text) || !strings.Contains(text, "=") && !strings.Contains(text, "Found ") && !strings.Contains(text, raceHead) && rest != text {
			t.Errorf("of %d bytes %d are left", len(text), len(rest))
		}
		for _, r := range races {
			for _, a := range r.Accesses {
				for _, f := range append(a.Stack, a.Created...) {
					if f.Func == "" || f.File == "" {
						t.Errorf("a frame without function or file: %+v", f)
					}
				}
			}
		}
		_, d := Races(text, Options{})
		if html, ok := d.Data["text/html"].(string); ok {
			if err := wellFormed(html); err != nil {
				t.Errorf("not well-formed: %v", err)
			}
		}
	})
}

func TestRacesSayWhoStartedAGoroutine(t *testing.T) {
	o := Options{Cell: "cell[4]", Hide: func(name string) bool { return strings.HasPrefix(name, "kernel.") }}
	frame := func(name, file string) stack.Frame { return stack.Frame{Func: name, File: file, Line: 3} }
	kernel, library := frame("kernel.run", "/k/run.go"), frame("sync.(*WaitGroup).Go", "sync/waitgroup.go")
	for _, c := range []struct {
		created []stack.Frame
		want    string
	}{
		{nil, "goroutine 7"},
		{[]stack.Frame{kernel}, "the goroutine of cell[4] itself"},
		{[]stack.Frame{frame("m.f", "cell[4]"), kernel}, "goroutine 7, started at cell[4]:3"},
		{[]stack.Frame{library, kernel}, "goroutine 7, started by sync.(*WaitGroup).Go"},
		{[]stack.Frame{library, frame("m.f", "cell[4]"), kernel}, "goroutine 7, started by sync.(*WaitGroup).Go in a function called at cell[4]:3"},
	} {
		if got := o.who(Access{Goroutine: 7, Created: c.created}); got != c.want {
			t.Errorf("started by %v: %q, want %q", c.created, got, c.want)
		}
	}
}
