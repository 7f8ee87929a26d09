package stack

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
)

var program = []string{"func pick(i int) int {", "\ta := []int{1, 2, 3}", "\treturn a[i]", "}"}

func source(file string, line int) (string, bool) {
	if file != "cell[7]" || line < 1 || line > len(program) {
		return "", false
	}
	return program[line-1], true
}

var failed = Goroutine{
	ID: 8, State: "running",
	Frames: []Frame{
		{Func: "runtime/debug.Stack", File: "/go/stack.go", Line: 26},
		{Func: "worker.recover", File: "/w/run.go", Line: 5},
		{Func: "panic", File: "/go/panic.go", Line: 700},
		{Func: "runtime.goPanicIndex", File: "/go/panic.go", Line: 115},
		{Func: "warren.cell/ab.Ꟶpick", File: "cell[7]", Line: 3},
		{Func: "slices.SortFunc[...]", File: "/go/sort.go", Line: 30},
		{Func: "warren.cell/cd.run", File: "cell[12]", Line: 1},
		{Func: "worker.call", File: "/w/run.go", Line: 9},
	},
	Created: Frame{Func: "worker.start", File: "/w/run.go", Line: 2}, Creator: 1,
}

var style = Style{
	Name:    func(s string) string { return strings.TrimPrefix(s[strings.LastIndexByte(s, '.')+1:], "Ꟶ") },
	Hide:    func(f Frame) bool { return strings.HasPrefix(f.Func, "worker.") },
	Source:  source,
	Context: 2,
}

func TestFormatShowsTheCellLinesWithTheirSource(t *testing.T) {
	want := `panic: index out of range

cell[7]:3 in pick
      1 | func pick(i int) int {
      2 |     a := []int{1, 2, 3}
----> 3 |     return a[i]
      4 | }

/go/sort.go:30 in ]

cell[12]:1 in run

goroutine 8 [running], started by goroutine 1 at /w/run.go:2`
	got := strings.Join(Format(Cause{Kind: "panic", Message: "index out of range"}, failed, style), "\n")
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestFormatInColourIsTheSameText(t *testing.T) {
	cause := Cause{Kind: "panic", Message: "two\nlines", Signal: "signal SIGSEGV"}
	plain := Format(cause, failed, style)
	coloured := style
	coloured.Color = true
	ansi := regexp.MustCompile("\x1b\\[[0-9;]*m")
	painted := Format(cause, failed, coloured)
	if len(painted) != len(plain) {
		t.Fatalf("%d lines in colour, %d without", len(painted), len(plain))
	}
	colours := 0
	for i, line := range painted {
		if ansi.ReplaceAllString(line, "") != plain[i] {
			t.Errorf("line %d: %q in colour, %q without", i, line, plain[i])
		}
		if marks := ansi.FindAllString(line, -1); len(marks)%2 != 0 || len(marks) > 0 && !strings.HasSuffix(marks[len(marks)-1], "[0m") {
			t.Errorf("line %d leaves a colour open: %q", i, line)
		} else {
			colours += len(marks)
		}
	}
	if colours == 0 {
		t.Error("no colours")
	}
}

func TestFormatLeavesOutTheMiddleOfADeepStack(t *testing.T) {
	g := Goroutine{ID: 1, State: "running"}
	for i := range 100 {
		g.Frames = append(g.Frames, Frame{Func: fmt.Sprintf("f%d", i), File: "x.go", Line: i + 1})
	}
	text := strings.Join(Format(Cause{}, g, Style{Frames: 10}), "\n")
	for _, want := range []string{"in f0\n", "in f4\n", "… 90 more frames …", "in f95\n", "in f99\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if strings.Contains(text, "in f5\n") || strings.Contains(text, "in f94\n") {
		t.Errorf("the middle is still there:\n%s", text)
	}
}

func TestFormatBeginsAtTheLineThatFailed(t *testing.T) {
	cell := func(name string, line int) Frame { return Frame{Func: name, File: "cell[1]", Line: line} }
	raise := Frame{Func: "panic", File: "/go/panic.go", Line: 700}
	hide := func(f Frame) bool { return f.Func == "worker.rescue" }
	tests := []struct {
		name   string
		frames []Frame
		first  string
	}{
		{"a dying program", []Frame{cell("f", 1)}, "cell[1]:1"},
		{"one that panicked in a deferred call", []Frame{cell("deferred", 2), raise, cell("f", 1)}, "cell[1]:2"},
		{"debug.Stack in a deferred call", []Frame{{Func: "runtime/debug.Stack"}, {Func: "worker.rescue"}, raise, cell("f", 1)}, "cell[1]:1"},
		{"runtime.Stack in a deferred call", []Frame{{Func: "worker.rescue"}, raise, cell("f", 1)}, "cell[1]:1"},
		{"the same after a second panic", []Frame{{Func: "worker.rescue"}, raise, cell("deferred", 2), raise, cell("f", 1)}, "cell[1]:2"},
		{"a blocked goroutine", []Frame{{Func: "runtime.gopark"}, {Func: "sync.(*Mutex).Lock"}, cell("f", 1)}, "cell[1]:1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			lines := Format(Cause{}, Goroutine{Frames: tt.frames}, Style{Hide: hide})
			if !strings.HasPrefix(lines[0], tt.first+" in ") {
				t.Errorf("begins %q, want %s", lines[0], tt.first)
			}
		})
	}
}

func TestFormatOfAStackInsideTheRuntimeShowsIt(t *testing.T) {
	g := Goroutine{ID: 1, State: "GC worker (idle)", Frames: []Frame{{Func: "runtime.gopark", File: "/go/proc.go", Line: 1}}}
	if text := strings.Join(Format(Cause{}, g, Style{}), "\n"); !strings.Contains(text, "runtime.gopark") {
		t.Errorf("got %q", text)
	}
}
