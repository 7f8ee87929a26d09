package magic

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/warren-go/warren/kernel/build"
	"github.com/warren-go/warren/kernel/display"
	"github.com/warren-go/warren/kernel/engine"
)

// recorder is an Output that keeps all as text, a line for each thing that is not a stream.
type recorder struct {
	mu   sync.Mutex
	text strings.Builder
	html []string
}

func (r *recorder) add(text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.text.WriteString(text)
}

func (r *recorder) show(kind string, d display.Data) {
	text, _ := d.Data["text/plain"].(string)
	if h, ok := d.Data["text/html"].(string); ok {
		r.html = append(r.html, h)
	}
	r.add("<" + kind + ">" + text + "</" + kind + ">\n")
}

func (r *recorder) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.String()
}

func (r *recorder) Stream(name, text string)         { r.add(text) }
func (r *recorder) Display(d display.Data)           { r.show("display", d) }
func (r *recorder) Update(d display.Data)            { r.show("update", d) }
func (r *recorder) Result(d display.Data)            { r.show("result", d) }
func (r *recorder) Page(d display.Data)              { r.show("page", d) }
func (r *recorder) Clear(bool)                       {}
func (r *recorder) Comm(engine.CommMessage)          {}
func (r *recorder) SetNextInput(text string, _ bool) { r.add("<next>" + text + "</next>\n") }
func (r *recorder) Input(context.Context, string, bool) (string, error) {
	return "", errors.New("no input in tests")
}

// session runs cells of one notebook.
type session struct {
	t     *testing.T
	m     *Interpreter
	dir   string
	count int
}

func engineOptions(t *testing.T, dir string) engine.Options {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	return engine.Options{Build: build.Options{Source: root, CacheDir: os.Getenv("WARREN_TEST_CACHE")}, Dir: dir}
}

func newSession(t *testing.T) *session {
	t.Helper()
	dir := t.TempDir()
	options := engineOptions(t, dir)
	e, err := engine.New(options)
	if err != nil {
		t.Fatal(err)
	}
	m := New(e, Options{
		Version: "1.2.3",
		History: pastCells(t),
		RaceEngine: func() (*engine.Engine, error) {
			options := options
			options.Build.Race = true
			return engine.New(options)
		},
	})
	t.Cleanup(func() {
		if err := errors.Join(m.Close(), e.Close()); err != nil {
			t.Error(err)
		}
	})
	return &session{t: t, m: m, dir: dir}
}

// run runs a cell and returns what it showed, with its error at the end.
func (s *session) run(code string) string {
	s.t.Helper()
	s.count++
	var out recorder
	if err := s.m.Execute(s.t.Context(), code, s.count, &out); err != nil {
		var known *engine.CellError
		if !errors.As(err, &known) {
			s.t.Fatalf("%q failed with %T, which is no CellError: %v", code, err, err)
		}
		out.add("ERROR " + known.Error())
	}
	return out.String()
}

// step is a cell and what it must show: a regular expression, in which . stands for newlines, too.
type step struct{ code, want string }

func (s *session) steps(steps []step) {
	s.t.Helper()
	for _, p := range steps {
		start := time.Now()
		got := s.run(p.code)
		if !regexp.MustCompile(`(?s)^` + p.want + `$`).MatchString(got) {
			s.t.Errorf("cell\n%s\nshows\n%s\nwant\n%s", p.code, got, p.want)
		}
		if d := time.Since(start); testing.Verbose() {
			s.t.Logf("%v %q", d.Round(time.Millisecond), p.code)
		}
	}
}

const number = `[0-9.,]+ (?:min|s|ms|µs|ns)`

func TestMagicsOfOneSession(t *testing.T) {
	s := newSession(t)
	s.steps([]step{
		{"x := 20\ny := \"text\"", ""},
		{"// fib is slow.\nfunc fib(n int) int {\n\tif n < 2 {\n\t\treturn n\n\t}\n\treturn fib(n-1) + fib(n-2)\n}\nfunc two() (int, error) { return x, nil }\nfunc none() {}", ""},
		{"type point struct{ a, b int }\nfunc (p point) sum() int { return p.a + p.b }", ""},

		{"%time fib(30)", `<result>832040</result>\nwall time ` + number + `, processor time ` + number + `.*\n`},
		{"%time z := fib(5)", `wall time .*`},
		{"z", `<result>5</result>\n`},
		{"%%time\nw := z + 1\nw", `<result>6</result>\nwall time .*`},
		{"%time\nw", `<result>6</result>\nwall time .*`},
		{"%time", `ERROR magic error: cell\[9\]:1: %time: .*`},
		{"\n%time nope(1)", `ERROR compile error: cell\[10\]:2:7: undefined: nope`},

		{"%timeit -n 10 -r 3 fib(10)", number + ` ± ` + number + ` per loop \(mean ± std. dev. of 3 runs, 10 loops each\)\n`},
		{"%timeit -r2 -n5 two()", number + `.* of 2 runs, 5 loops each\)\n`},
		{"%timeit -n1 -r1 none()", number + `.* of 1 run, 1 loop each\)\n`},
		{"%timeit -n1 -r1 z += 2", number + `.*`},
		{"z", `<result>9</result>\n`},
		{"%timeit -n1 -r1 x * x + 1", number + `.*`},
		{"%%timeit -n2 -r2 q := 7\nr := q\nr++", number + `.* of 2 runs, 2 loops each\)\n`},
		{"\n%timeit   fib(nope)", `ERROR compile error: cell\[18\]:2:15: undefined: nope`},
		{"%timeit -n x fib(1)", `ERROR magic error: cell\[19\]:1: %timeit: -n takes a number from 1 on, not "x"`},

		{"%who", `variables: w  x  y  z\nfunctions: fib  none  two\ntypes:     point\n`},
		{"%whos", `<display>variable  type    value\nw         int     6\nx         int     20\ny         string  text\nz         int     9</display>\n`},
		{"fib?", `<page>func fib\(n int\) int\n\ndeclared at cell\[2\]:\d+\n\nfib is slow\.\n</page>\n`},
		{"?x", `<page>var x int\n.*value now: 20\n</page>\n`},
		{"fib??", `<page>.*return fib\(n-1\) \+ fib\(n-2\).*</page>\n`},
		{"point?", `<page>type point struct\{a int; b int\}.*sum\(\) int\n</page>\n`},
		{"?strings.ToUpper", `<page>.*func ToUpper\(s string\) string.*</page>\n`},
		{"?strings", `<page>package strings.*</page>\n`},
		{"??strings.ToUpper", `<page>.*unicode\.ToUpper.*</page>\n`},
		{"?mat.Dense", `<page>.*type Dense struct.*</page>\n`},
		{"?len", `<page>.*func len\(v Type\) int.*</page>\n`},
		{"?%time", `<page>%time statement\n%%time\n.*</page>\n`},
		{"?nothing", `ERROR magic error: cell\[32\]:1: \?: nothing is known of nothing.*`},

		{"%lsmagic", `<display>magic .*%time statement.*!command.*</display>\n`},
		{"%help time", `%time statement\n%%time\n\nRuns .*`},
		{"%help", `A cell holds Go.*<display>.*`},
		{"%version", `warren 1\.2\.3, go1\..*`},
		{"%history", `a := 1\nb := 2\nc := a \+ b\nc\n`},
		{"%tiem fib(1)", `ERROR magic error: cell\[38\]:1: no magic %tiem: did you mean %time\?`},
		{"%%whos\n1", `ERROR magic error: cell\[39\]:1: %%whos takes no cell: write %whos`},
		{"%bash", `ERROR magic error: cell\[40\]:1: %bash takes a whole cell: write %%bash on its first line`},

		{"a1 := 1\n!echo between\nb1 := a1 + 1\nb1", `between\n<result>2</result>\n`},
		{"early()\n!echo magic\nfunc early() { fmt.Println(\"declared below\") }\nfmt.Println(\"end\")", `declared below\nmagic\nend\n`},
		{"first := 1\n!echo magic\nlast := first + 1\nfunc useLast() int { return last }\nuseLast()", `magic\n<result>2</result>\n`},
		{"!echo before\nlater()\nfunc later() { fmt.Println(\"called\") }", `before\ncalled\n`},
		{"a1 := 2\n!true\n\nnope", `ERROR compile error: cell\[45\]:4:1: undefined: nope`},

		{"%prun fib(41)", `<result>165580141</result>\n<display>CPU profile of cell\[46\].*fib.*</display>\n`},
		{"%trace none()", `<display>.*</display>\n`},

		{"%reset", `All variables, functions, types and imports of the session are gone\.\n`},
		{"%who", `The session declares nothing yet\.\n`},
		{"%whos", `The session has no variables\.\n`},
		{"x", `ERROR compile error: .*undefined: x`},

		{"%timeit -z 3 fib(1)", `ERROR magic error: cell\[\d+\]:1: %timeit: there is no option -z, only -n \(loops\) and -r \(runs\)`},
		{"%timeit -n1 -r1 -3 + 1", number + `.*`},
		{"len := 3", ``},
		{"len(\"abc\")", `ERROR compile error: .*%forget len brings that back`},
		{"%forget len", ``},
		{"len(\"abc\")", `<result>3</result>\n`},
		{"q := 1; func r() int { return q }", ``},
		{"%remove q, nope", `ERROR magic error: cell\[\d+\]:1: %remove: the session declares no nope`},
		{"%list", `variables: q\nfunctions: r\n`},
		{"%remove q", ``},
		{"q", `ERROR compile error: .*undefined: q`},
		{"r()", `<result>1</result>\n`},
		{"%forget", `ERROR magic error: cell\[\d+\]:1: %forget: name what to forget: %forget x`},
		{"%race", `ERROR magic error: cell\[\d+\]:1: %race: write the statement behind it: %race f\(\)`},
	})
}

func TestMagicsOfTheSystem(t *testing.T) {
	s := newSession(t)
	dir := regexp.QuoteMeta(s.dir)
	s.steps([]step{
		{"!echo out; echo err >&2", `(?:out\nerr|err\nout)\n`},
		{"!exit 3", `exit status 3\n`},
		{"$echo gophernotes", `gophernotes\n`},
		{"!!printf 'a\\nb\\n'", "<result>a\nb</result>\n"},
		{"!echo one \\\n  two", `one two\n`},
		{"!*head -1 go.mod", `module .*\n`},
		{"%%bash\nfor i in 1 2; do echo $i; done", `1\n2\n`},
		{"%%bash -s q\necho $1\nexit 4", `q\nERROR magic error: cell\[8\]:1: %%bash: bash: exit status 4`},
		{"%%sh\necho sh", `sh\n`},
		{"%%script cat -n\nx", ` +1\tx`},
		{"%%script\nx", `ERROR .*name the program.*`},
		{"%%script no-such-program\nx", `ERROR .*cannot start no-such-program.*`},

		{"%pwd", dir + `\n`},
		{"%%writefile note.txt\none", `Writing note.txt\n`},
		{"%%writefile -a note.txt\ntwo", `Appending to note.txt\n`},
		{"!cat note.txt", `one\ntwo\n`},
		{"%%writefile note.txt\nthree", `Overwriting note.txt\n`},
		{"%%writefile\nthree", `ERROR .*name the file.*`},
		{"%ls", `note.txt\n`},
		{"!mkdir sub", ``},
		{"%cd sub", dir + `/sub\n`},
		{"os.Getwd()", `<result>.*` + dir + `/sub.*</result>\n`},
		{"%cd ..", dir + `\n`},
		{"%cd nowhere", `ERROR .*%cd: .*no such file.*`},

		{"%env WARREN_A=1 2", `WARREN_A=1 2\n`},
		{"%env WARREN_B two", `WARREN_B=two\n`},
		{"%env WARREN_B", `two\n`},
		{"!echo $WARREN_A", `1 2\n`},
		{"os.Getenv(\"WARREN_A\")", `<result>1 2</result>\n`},
		{"%env", `.*WARREN_A=1 2\n.*`},
		{"%env WARREN_NONE", `ERROR .*there is no variable WARREN_NONE.*`},
	})
}

func TestMagicsOfFilesAndOtherKernels(t *testing.T) {
	s := newSession(t)
	s.steps([]step{
		{"%%writefile hello.go\nfmt.Println(\"from the file\")\nvar fromFile = 3", `Writing hello.go\n`},
		{"%run hello.go", `from the file\n`},
		{"fromFile", `<result>3</result>\n`},
		{"%load hello.go", `<next>// %load hello.go\nfmt.Println\("from the file"\).*</next>\n`},
		{"%load", `ERROR .*name the file.*`},
		{"%load none.go", `ERROR .*no such file.*`},
		{`%%writefile book.ipynb
{"cells": [{"cell_type": "code", "source": ["n := 1\n", "n"]}, {"cell_type": "markdown", "source": "# no"},
 {"cell_type": "code", "source": "!echo $((1+1))"}, {"cell_type": "code", "source": "nope"}]}`, `Writing.*`},
		{"%run book.ipynb", `<result>1</result>\n2\nbook.ipynb: code cell 3 of 3 failed\nERROR compile error: cell\[8\]:1:1: undefined: nope`},
		{"%run hello.go x", `ERROR .*takes one path.*`},

		{"%capture out.txt\nfmt.Println(\"kept\")\n1", `kept\n<result>1</result>\n`},
		{"!cat out.txt", `kept\n`},
		{"%rm out.txt", ``},
		{"%rm out.txt", `ERROR .*file does not exist`},
		{"%ls *.txt", `.*exit status 2\n`},

		{"%args -n 5 rest", ``},
		{"n := flag.Int(\"n\", 1, \"\")\nflag.Parse()\nfmt.Println(*n, flag.Args())", `5 \[rest\]\n`},
		{"%% a \"b c\"\nfmt.Println(os.Args[1:])", `\[a b c\]\n`},
		{"%main\nfmt.Println(len(os.Args))", `3\n`},
		{"func show() { fmt.Println(os.Args[1]) }\n%exec show it", `it\n`},
		{"%with_inputs\n%autoget\n%go111module on", `%with_inputs: not needed.*%autoget: .*%go111module: modules are always on\n`},
	})
}

func TestModulesOfASession(t *testing.T) {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "golang.org/x/sync").Output()
	if err != nil {
		t.Fatal(err)
	}
	held := strings.TrimSpace(string(out))
	s := newSession(t)
	s.steps([]step{
		{"%go version", `go version go1.*`},
		{"%go", `ERROR .*%go get module.*`},
		{"%go get", `ERROR .*name a module.*`},
		{"%go get github.com/google/uuid@v1.6.0", `(?:added|changed|nothing to add).*`},
		{"len(uuid.Nil.String())", `<result>36</result>\n`},
		{"%go mod tidy", `Nothing to tidy.*`},
		{"%go mod edit -json", `.*"Path": "warren.workspace".*`},
		{"!mkdir mine; echo 'module example.com/mine' >mine/go.mod", ``},
		{"%%writefile mine/mine.go\npackage mine\nfunc Answer() int { return 42 }", `.*`},
		{"%go mod edit -replace=example.com/mine=./mine -require=example.com/mine@v0.0.0", ``},
		{"import \"example.com/mine\"\nmine.Answer()", `<result>42</result>\n`},
		{"%go mod edit -replace=golang.org/x/sync=" + held, `ERROR .*would change golang\.org/x/sync v.* to v.* => .*Nothing was changed.*`},
		{"mat.NewDense(1, 1, nil).RawMatrix().Rows", `<result>1</result>\n`},
		{"%reset go.mod", `All variables.*`},
	})
}

func TestTimeitMeasuresWhatHasNoEffect(t *testing.T) {
	s := newSession(t)
	s.run("func square(n int) int { s := 0; for i := range n { s += i * i % 7 }; return s }\nn := 100_000")
	fields := strings.Fields(s.run("%timeit -n 100 -r 3 square(n)"))
	if len(fields) < 2 || fields[1] != "µs" && fields[1] != "ms" {
		t.Errorf("100,000 divisions took %v: the call was left out", fields)
	}
}

func TestInterruptEndsACommandWithAllItStarted(t *testing.T) {
	s := newSession(t)
	s.run("1")
	time.AfterFunc(300*time.Millisecond, s.m.Interrupt)
	start := time.Now()
	got := s.run("!sleep 60 & echo $!; wait; echo late")
	pid, rest, _ := strings.Cut(got, "\n")
	if want := "ERROR interrupted: the cell was interrupted; variables keep their values"; rest != want {
		t.Errorf("got %q, want %q", rest, want)
	}
	for status := "R"; status != ""; status = runs(pid) { // a killed process takes a moment to go
		if time.Since(start) > 3*time.Second {
			t.Fatalf("what the command started still runs: %s", status)
		}
		time.Sleep(10 * time.Millisecond)
	}
	if d := time.Since(start); d > 3*time.Second {
		t.Errorf("the interrupt took %v", d)
	}
	if got := s.run("!echo again"); got != "again\n" {
		t.Errorf("the next cell shows %q", got)
	}
}

// runs returns the status of a process, or "" if it is gone.
func runs(pid string) string {
	status, err := os.ReadFile("/proc/" + pid + "/stat")
	if err != nil || strings.Contains(string(status), ") Z") {
		return ""
	}
	return string(status)
}

func TestRacesOfTheSession(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the worker for the race detector")
	}
	s := newSession(t)
	s.steps([]step{
		{"counter := 0\nvar wg sync.WaitGroup\nvar mu sync.Mutex", ``},
		{"panic(\"no part of it\")", `ERROR panic.*`},
		{"func add(n int) {\n\tdefer wg.Done()\n\tfor range n {\n\t\tcounter++\n\t}\n}", ``},
		{"counter = 40", ``},
		{"fmt.Println(\"not repeated\")", `not repeated\n`},
		{"%%race\nfor range 4 {\n\twg.Add(1)\n\tgo add(1000)\n}\nwg.Wait()\nfmt.Println(counter >= 40)",
			`(?:building [^\n]*\n)?true\n<display>.*data race.*cell\[3\]:4.*</display>\n`},
		{"counter", `<result>40</result>\n`},
		{"%race local := 1; go func() { local++ }(); local++; time.Sleep(100*time.Millisecond)", `<display>.*data race.*</display>\n`},
		{"%%race\nwg.Add(1)\nadd(1)\nfmt.Fprintln(os.Stderr, counter)", `41\n<display>No data race was seen.*</display>\n`},
		{"%race nope()", `ERROR compile error: cell\[10\]:1:7: undefined: nope`},
		{"%%race\nx := (", `ERROR compile error: cell\[11\]:2:.*never closed.*`},
	})
}
