package build

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/warren-go/warren/kernel/proto"
)

// openWithCells opens the workspace with an own folder of cells.
func openWithCells(t *testing.T, cells string) *Workspace {
	t.Helper()
	w := openTestWorkspace(t)
	w.cells = cells
	return w
}

// generated is a package as the cell compiler makes them. Its imports are those of the source, but for cells.
func generated(source string, cells ...*Package) *Package {
	parts := []string{source}
	for _, c := range cells {
		parts = append(parts, c.Path)
	}
	p := &Package{Path: Prefix + Hash(parts...), Source: []byte(source), Cells: cells, Cgo: strings.Contains(source, `import "C"`)}
	for _, path := range []string{"encoding/json", "fmt", "gonum.org/v1/gonum/mat", "reflect", "sort", "strings", "sync"} {
		if strings.Contains(source, `"`+path+`"`) {
			p.Imports = append(p.Imports, path)
		}
	}
	return p
}

// plugin compiles and links packages.
func plugin(t *testing.T, w *Workspace, packages ...*Package) *Plugin {
	t.Helper()
	for _, p := range packages {
		if err := w.Compile(t.Context(), p); err != nil {
			t.Fatal(err)
		}
	}
	made, err := w.Link(t.Context(), packages)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// load opens plugins in a worker, and returns what their init functions print.
func load(t *testing.T, w *Workspace, plugins ...*Plugin) string {
	t.Helper()
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	ours, theirs := os.NewFile(uintptr(pair[0]), "worker"), os.NewFile(uintptr(pair[1]), "front")
	defer ours.Close()
	cmd := exec.CommandContext(t.Context(), w.Worker)
	cmd.ExtraFiles = []*os.File{theirs}
	stdout, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	theirs.Close()
	conn := proto.NewConn(ours)
	for i, p := range plugins {
		load := &proto.Plugin{File: p.File, ID: p.File, Kept: p.File, Contains: p.Contains, Requires: p.Requires}
		if err := conn.Send(proto.Message{Kind: proto.Load, Seq: int64(i + 1), Plugin: load}); err != nil {
			t.Fatal(err)
		}
		for reply := (proto.Message{}); reply.Kind != proto.Loaded; {
			if reply, err = conn.Receive(); err != nil {
				t.Fatalf("the worker says %v", err)
			}
			if reply.Error != "" {
				t.Errorf("loading fails: %s", reply.Error)
			}
		}
	}
	ours.Close() // the worker ends
	printed, err := io.ReadAll(stdout)
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("the worker ends with %v", err)
	}
	return string(printed)
}

// programs do all their work in init functions, so that running and loading them is the same.
var programs = []struct{ name, source string }{
	{"arithmetic", "package main\n\nimport \"fmt\"\n\nfunc fib(n int) int {\n\tif n < 2 {\n\t\treturn n\n\t}\n\treturn fib(n-1) + fib(n-2)\n}\n\nfunc init() { fmt.Println(fib(20), 7/2, 7.0/2, 1<<62) }\n\nfunc main() {}\n"},
	{"names of types", "package main\n\nimport \"fmt\"\n\ntype point struct{ x, Y int }\n\ntype list[T any] []T\n\nfunc init() { fmt.Printf(\"%T %+v %v %T\\n\", point{}, &point{1, 2}, list[point]{{3, 4}}, list[int]{}) }\n\nfunc main() {}\n"},
	{"generics and closures", "package main\n\nimport (\n\t\"fmt\"\n\t\"sort\"\n\t\"strings\"\n)\n\nfunc apply[A, B any](s []A, f func(A) B) (r []B) {\n\tfor _, a := range s {\n\t\tr = append(r, f(a))\n\t}\n\treturn r\n}\n\nfunc init() {\n\tn := 0\n\twords := apply([]string{\"c\", \"a\", \"b\"}, func(s string) string { n++; return strings.Repeat(s, n) })\n\tsort.Strings(words)\n\tfmt.Println(words, n)\n}\n\nfunc main() {}\n"},
	{"interfaces and panics", "package main\n\nimport \"fmt\"\n\ntype shape interface{ area() float64 }\n\ntype square float64\n\nfunc (s square) area() float64 { return float64(s * s) }\n\nfunc init() {\n\tdefer func() { fmt.Println(recover()) }()\n\tvar s shape = square(3)\n\tfmt.Println(s.area())\n\tvar any any = s\n\t_ = any.(fmt.Stringer)\n}\n\nfunc main() {}\n"},
	{"reflection and JSON", "package main\n\nimport (\n\t\"encoding/json\"\n\t\"fmt\"\n\t\"reflect\"\n)\n\ntype rec struct {\n\tID   int `json:\"id\"`\n\tname string\n}\n\nfunc (rec) Show() {}\nfunc (rec) hide() {}\n\nfunc init() {\n\tb, err := json.Marshal(rec{1, \"n\"})\n\tt := reflect.TypeFor[rec]()\n\tfmt.Println(string(b), err, t, t.NumMethod(), t.Field(1).IsExported())\n}\n\nfunc main() {}\n"},
	{"goroutines", "package main\n\nimport (\n\t\"fmt\"\n\t\"sync\"\n)\n\nfunc init() {\n\tvar wg sync.WaitGroup\n\tsums := make([]int, 4)\n\tfor g := range sums {\n\t\twg.Go(func() {\n\t\t\tfor i := range 1000 {\n\t\t\t\tsums[g] += i * g\n\t\t\t}\n\t\t})\n\t}\n\twg.Wait()\n\tfmt.Println(sums)\n}\n\nfunc main() {}\n"},
	{"a module", "package main\n\nimport (\n\t\"fmt\"\n\n\t\"gonum.org/v1/gonum/mat\"\n)\n\nfunc init() {\n\tvar c mat.Dense\n\tc.Mul(mat.NewDense(2, 2, []float64{1, 2, 3, 4}), mat.NewDense(2, 2, []float64{0, 1, 1, 0}))\n\tfmt.Println(mat.Formatted(&c))\n}\n\nfunc main() {}\n"},
	{"C", "package main\n\n/*\n#cgo LDFLAGS: -lm\n#include <math.h>\nstatic int add(int a, int b) { return a + b; }\n*/\nimport \"C\"\n\nimport \"fmt\"\n\nfunc init() { fmt.Println(C.add(1, 2), C.sqrt(16)) }\n\nfunc main() {}\n"},
}

func TestDirectBuildsDoWhatGoBuildDoes(t *testing.T) {
	w := openWithCells(t, t.TempDir())
	for _, c := range programs {
		t.Run(c.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "main.go")
			if err := os.WriteFile(file, []byte(c.source), 0o644); err != nil {
				t.Fatal(err)
			}
			want, err := command(t.Context(), w.Dir, nil, w.Go, "run", file)
			if err != nil {
				t.Fatal(err)
			}
			if got := load(t, w, plugin(t, w, generated(c.source))); got != want {
				t.Errorf("prints %q; built by go it prints %q", got, want)
			}
		})
	}
}

func TestCellsShareOneCopyOfWhatTheyImport(t *testing.T) {
	w := openWithCells(t, t.TempDir())
	first := generated("package main\n\nvar Count int\n\nfunc Add() int { Count++; return Count }\n\nfunc main() {}\n")
	import1 := "import a \"" + first.Path + "\"\n\n"
	second := generated("package main\n\nimport \"fmt\"\n\n"+import1+"func init() { fmt.Println(\"second\", a.Add(), a.Count) }\n\nfunc main() {}\n", first)
	third := generated("package main\n\nimport \"fmt\"\n\n"+import1+"func init() { fmt.Println(\"third\", a.Add(), a.Count) }\n\nfunc main() {}\n", first)
	plugins := []*Plugin{plugin(t, w, first), plugin(t, w, second), plugin(t, w, third)}
	if got, want := load(t, w, plugins...), "second 1 1\nthird 2 2\n"; got != want {
		t.Errorf("prints %q, not %q", got, want)
	}
	if got := plugins[2].Requires; !slices.Equal(got, []string{first.Path}) {
		t.Errorf("the third requires %q", got)
	}
}

// Cells that wait are linked together. One that does not compile is left out, and says where it is wrong.
func TestABrokenCellLeavesTheOthersOfItsBatch(t *testing.T) {
	w := openWithCells(t, t.TempDir())
	first := generated("package main\n\nimport \"fmt\"\n\nfunc Hello() string { return \"hello\" }\n\nfunc init() { fmt.Println(1) }\n\nfunc main() {}\n")
	broken := generated("package main\n\n//line cell[0123456789]:3\nvar n int = \"text\"\n\nfunc main() {}\n")
	second := generated("package main\n\nimport \"fmt\"\n\nimport a \""+first.Path+"\"\n\nfunc Greet(to string) string { return a.Hello() + to }\n\nfunc init() { fmt.Println(Greet(\"!\")) }\n\nfunc main() {}\n", first)
	for _, c := range []struct {
		p    *Package
		want string
	}{{first, ""}, {broken, "cell[0123456789]:3: cannot use \"text\""}, {second, ""}} {
		err := w.Compile(t.Context(), c.p)
		var failed *CommandError
		if (err != nil) != (c.want != "") || err != nil && (!errors.As(err, &failed) || !strings.Contains(failed.Output, c.want)) {
			t.Errorf("compiling fails with %v, not %q", err, c.want)
		}
		if w.Compiled(c.p) != (c.want == "") {
			t.Error("what is in the cache is not what was compiled")
		}
	}
	both, err := w.Link(t.Context(), []*Package{first, second})
	if err != nil {
		t.Fatal(err)
	}
	if got := load(t, w, both); got != "1\nhello!\n" {
		t.Errorf("together they print %q", got)
	}
	if want := []string{first.Path, second.Path}; !slices.Equal(both.Contains, want) || len(both.Requires) != 0 {
		t.Errorf("the plugin contains %q, not %q, and requires %q", both.Contains, want, both.Requires)
	}
	if w.Linked(broken, func(*Plugin) bool { return true }) != nil {
		t.Error("there is a plugin of the broken cell")
	}
}

func TestAMissingCCompilerIsSaid(t *testing.T) {
	w := openWithCells(t, t.TempDir())
	t.Setenv("PATH", t.TempDir())
	t.Setenv("CC", "")
	if err := w.Compile(t.Context(), generated(programs[len(programs)-1].source)); !errors.Is(err, errNoC) {
		t.Errorf("without one: %v", err)
	}
}

const small = "package main\n\nimport \"fmt\"\n\nfunc init() { fmt.Println(\"small\") }\n\nfunc main() {}\n"

func always(*Plugin) bool { return true }

func TestWhatWasBuiltIsFoundAfterARestart(t *testing.T) {
	cells := t.TempDir()
	p := generated(small)
	built := plugin(t, openWithCells(t, cells), p)
	w := openWithCells(t, cells)
	w.Toolchain = &Toolchain{Tools: "/nonexistent"} // so that nothing can be built
	p = generated(small)
	if err := w.Compile(t.Context(), p); err != nil {
		t.Errorf("it is compiled again: %v", err)
	}
	again := w.Linked(p, always)
	if again == nil || again.File != built.File {
		t.Fatalf("found is %+v, not %+v", again, built)
	}
	if w.Linked(p, func(*Plugin) bool { return false }) != nil {
		t.Error("found is a plugin that cannot be used here")
	}
	if got := load(t, openTestWorkspace(t), again); got != "small\n" {
		t.Errorf("it prints %q", got)
	}
}

func TestADamagedCellIsBuiltAgain(t *testing.T) {
	damages := []struct {
		name string
		do   func(text []byte) []byte // nil removes the file
	}{
		{"empty", func([]byte) []byte { return []byte{} }},
		{"cut short", func(text []byte) []byte { return text[:len(text)/2] }},
		{"changed", func(text []byte) []byte { text[len(text)/2] ^= 1; return text }},
		{"gone", func([]byte) []byte { return nil }},
	}
	for _, ext := range []string{".a", ".a.sum", ".so", ".so.sum", aloneNote} {
		for _, damage := range damages {
			if ext == aloneNote && damage.name == "changed" {
				continue // half of all bits in a file name lead to another that is not there; JSON has no sum
			}
			t.Run(ext[1:]+" "+damage.name, func(t *testing.T) {
				cells := t.TempDir()
				w := openWithCells(t, cells)
				p := generated(small)
				plugin(t, w, p)
				archive, err := os.ReadFile(w.cellFile(p, ".a"))
				if err != nil {
					t.Fatal(err)
				}
				spoil(t, w.cellFile(p, ext), damage.do)

				w = openWithCells(t, cells)
				p = generated(small)
				if w.Compiled(p) && w.Linked(p, always) != nil {
					t.Error("what is damaged is trusted")
				}
				again := plugin(t, w, p)
				if got := load(t, w, again); got != "small\n" {
					t.Errorf("built again it prints %q", got)
				}
				if same, err := os.ReadFile(w.cellFile(p, ".a")); err != nil || !slices.Equal(same, archive) {
					t.Errorf("the archive is another one than before: %v", err)
				}
				if !w.Compiled(p) || w.Linked(p, always) == nil {
					t.Error("what was built again is not found")
				}
			})
		}
	}
}

// spoil changes a file.
func spoil(t *testing.T, path string, do func([]byte) []byte) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if text = do(text); text == nil {
		err = os.Remove(path)
	} else {
		err = os.WriteFile(path, text, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}
