package engine

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/warren-go/warren/kernel/build"
	"github.com/warren-go/warren/kernel/display"
)

// The files of testdata/semantics say what cells mean. A line "=== name" begins a case: a fresh session, in which its
// cells run one after the other, numbered from 1. What follows a cell is what it shows, all of it:
//
//	-- cell --          source
//	-- want stdout --   exactly what it prints
//	-- want stderr --   each line must occur in what it writes to stderr, warnings among it
//	-- want result --   exactly the plain text of its result
//	-- want error --    each line must occur in its error: "kind: message", or the report below that
//
// A cell without one of these must have none of it.

// semanticCase is a sequence of cells.
type semanticCase struct {
	name  string
	cells []semanticCell
}

type semanticCell struct {
	source string
	want   map[string]string // by section: "stdout", "stderr", "result", "error"
}

func TestMeaningOfCells(t *testing.T) {
	files, err := filepath.Glob("testdata/semantics/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no cases found", err)
	}
	for _, file := range files {
		cases := readCases(t, file)
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			t.Parallel()
			e := semanticEngine(t, build.Options{})
			for _, c := range cases {
				t.Run(c.name, func(t *testing.T) {
					if err := e.Restart(context.Background()); err != nil {
						t.Fatal(err)
					}
					c.run(t, e)
				})
			}
		})
	}
}

// semanticEngine starts an engine that shares its workspace with all others of the test.
func semanticEngine(t testing.TB, opts build.Options) *Engine {
	t.Helper()
	var err error
	if opts.Source, err = filepath.Abs("../.."); err != nil {
		t.Fatal(err)
	}
	e, err := New(Options{Build: opts, Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := e.wait(t.Context()); err != nil { // a first build takes longer than any case may
		t.Fatal(err)
	}
	return e
}

func readCases(t *testing.T, file string) []semanticCase {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var cases []semanticCase
	for i, part := range strings.Split("\n"+string(text), "\n=== ") {
		if i == 0 {
			continue // what the file says before its first case
		}
		name, body, _ := strings.Cut(part, "\n")
		c := semanticCase{name: name}
		for _, f := range txtar.Parse([]byte(body + "\n")).Files {
			if f.Name == "cell" {
				c.cells = append(c.cells, semanticCell{source: strings.TrimRight(string(f.Data), "\n"), want: map[string]string{}})
				continue
			}
			section, ok := strings.CutPrefix(f.Name, "want ")
			if _, known := mismatch[section]; !ok || !known || len(c.cells) == 0 {
				t.Fatalf("%s: case %q has a section %q", file, name, f.Name)
			}
			c.cells[len(c.cells)-1].want[section] = strings.TrimRight(string(f.Data), "\n")
		}
		cases = append(cases, c)
	}
	return cases
}

func (c semanticCase) run(t *testing.T, e *Engine) {
	for i, one := range c.cells {
		ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
		unstick := context.AfterFunc(ctx, e.Interrupt)
		got := runSemantic(ctx, e, one.source, i+1)
		unstick()
		cancel()
		for section, wrong := range mismatch {
			if want := one.want[section]; wrong(got[section], want) {
				t.Errorf("cell[%d]:\n%s\n-- %s --\n%s\n-- want %s --\n%s", i+1, one.source, section, got[section], section, want)
			}
		}
	}
}

// mismatch says, by section, whether what a cell showed is not what is wanted.
var mismatch = map[string]func(got, want string) bool{
	"stdout": func(got, want string) bool { return got != want },
	"result": func(got, want string) bool { return got != want },
	"stderr": lacks,
	"error":  lacks,
}

// lacks tells whether a line of want does not occur in got, or want is empty and got is not.
func lacks(got, want string) bool {
	if want == "" {
		return got != ""
	}
	for line := range strings.SplitSeq(want, "\n") {
		if !strings.Contains(got, line) {
			return true
		}
	}
	return false
}

var ansi = regexp.MustCompile("\x1b\\[[0-9;]*m")

func runSemantic(ctx context.Context, e *Engine, source string, count int) map[string]string {
	var rec recorder
	err := e.Execute(ctx, source, count, &rec)
	rec.mu.Lock()
	defer rec.mu.Unlock()
	got := map[string]string{}
	for name, b := range map[string]*strings.Builder{"stdout": &rec.stdout, "stderr": &rec.stderr, "result": &rec.result} {
		got[name] = strings.TrimRight(b.String(), "\n")
	}
	if failed, ok := err.(*CellError); ok {
		got["error"] = ansi.ReplaceAllString(failed.Error()+"\n"+strings.Join(failed.Traceback, "\n"), "")
	} else if err != nil {
		got["error"] = "not a CellError: " + err.Error()
	}
	return got
}

// recorder is an Output that keeps what it is given.
type recorder struct {
	mu                     sync.Mutex
	stdout, stderr, result strings.Builder
}

func (r *recorder) Stream(name, text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if name == "stdout" {
		r.stdout.WriteString(text)
		return
	}
	r.stderr.WriteString(text)
}

func (r *recorder) Result(d display.Data) {
	r.mu.Lock()
	defer r.mu.Unlock()
	fmt.Fprintln(&r.result, d.Data["text/plain"])
}

func (r *recorder) Display(display.Data)      {}
func (r *recorder) Update(display.Data)       {}
func (r *recorder) Clear(bool)                {}
func (r *recorder) Page(display.Data)         {}
func (r *recorder) SetNextInput(string, bool) {}
func (r *recorder) Comm(CommMessage)          {}

func (r *recorder) Input(context.Context, string, bool) (string, error) {
	return "", fmt.Errorf("this test gives no input")
}
