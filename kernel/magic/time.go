package magic

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/warren-go/warren/kernel/display"
	"github.com/warren-go/warren/kernel/engine"
	"github.com/warren-go/warren/kernel/shell"
)

// timeOnce is %time. The times are those of running, without compiling.
func timeOnce(c *call) error {
	var wall, cpu time.Duration
	inner := *c.execution
	inner.measure = func() func() {
		start, used := time.Now(), c.engine.CPU()
		return func() {
			wall += time.Since(start)
			cpu += c.engine.CPU() - used
		}
	}
	err := c.body(&inner)
	if err != nil {
		return err
	}
	text := "wall time " + duration(wall) + ", processor time " + duration(cpu)
	if wall > 10*time.Millisecond && float64(cpu) > 1.1*float64(wall) {
		text += fmt.Sprintf(": %.1f processors busy on average", float64(cpu)/float64(wall))
	}
	c.print("%s\n", text)
	return nil
}

// body runs the magic's argument, be it a statement behind it or the cell below it, as part of another execution.
func (c *call) body(as *execution) error {
	if c.Kind == shell.CellMagic {
		return as.run(c.Body())
	}
	code, err := c.statement()
	if err != nil {
		return err
	}
	return as.goCode(engine.Request{Code: code})
}

// duration writes a time with three digits.
func duration(d time.Duration) string { return seconds(d.Seconds()) }

func seconds(s float64) string {
	if s == 0 {
		return "0 s"
	}
	units := []struct {
		size float64
		name string
	}{{60, "min"}, {1, "s"}, {1e-3, "ms"}, {1e-6, "µs"}, {1e-9, "ns"}}
	for _, u := range units {
		if s >= u.size*0.9995 {
			x := s / u.size
			return strconv.FormatFloat(x, 'f', max(0, 2-int(math.Floor(math.Log10(x)+1e-3))), 64) + " " + u.name
		}
	}
	return strconv.FormatFloat(s*1e9, 'f', 3, 64) + " ns"
}

// timing is what %timeit measures: the time of each run, in nanoseconds, and the number of loops in it.
type timing struct {
	Loops int64   `json:"loops"`
	Runs  []int64 `json:"runs"`
}

// String is IPython's report.
func (t timing) String() string {
	var sum, square float64
	for _, ns := range t.Runs {
		sum += float64(ns) / float64(t.Loops)
	}
	mean := sum / float64(len(t.Runs))
	for _, ns := range t.Runs {
		d := float64(ns)/float64(t.Loops) - mean
		square += d * d
	}
	deviation := math.Sqrt(square / float64(len(t.Runs)))
	return fmt.Sprintf("%s ± %s per loop (mean ± std. dev. of %s, %s each)", seconds(mean/1e9), seconds(deviation/1e9),
		count(int64(len(t.Runs)), "run"), count(t.Loops, "loop"))
}

// count writes a number of things, with a comma between thousands.
func count(n int64, thing string) string {
	if n != 1 {
		thing += "s"
	}
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s + " " + thing
}

// timingType marks the display in which the generated code hands its times over.
const timingType = "application/vnd.warren.timing+json"

// timingOutput keeps the times out of the cell's output.
type timingOutput struct {
	engine.Output
	timing *timing
}

func (o timingOutput) Display(d display.Data) {
	text, ok := d.Data[timingType].(string)
	if !ok {
		o.Output.Display(d)
		return
	}
	json.Unmarshal([]byte(text), o.timing)
}

// timeMany is %timeit.
//
// The statement becomes the body of a loop in a function of its own. Go's compiler leaves out what has no effect, so the
// values of an expression are handed to runtime.KeepAlive, which costs a store and is never left out. How many values a call
// has, only the type checker knows: each number is tried, which takes milliseconds, since nothing is built for a wrong one.
func timeMany(c *call) error {
	t, statement, err := c.timeitOptions()
	if err != nil {
		return err
	}
	inner := *c.execution
	inner.out = timingOutput{c.out, &t}
	for _, body := range loopBodies(strings.TrimSpace(statement)) {
		code := c.timeitCode(t, statement, body)
		if err = inner.timeitRun(code); err == nil {
			c.print("%s\n", t)
			return nil
		}
		if !isCompileError(err) {
			return err
		}
	}
	return err
}

// timeitRun runs generated code. It is no code of the session that %race would have to repeat.
func (c *execution) timeitRun(code string) error {
	r := engine.Request{Code: code, Count: c.count, Source: c.source}
	if c.execute != nil {
		return c.execute(r)
	}
	return c.engine.Run(c.ctx, r, c.out)
}

func isCompileError(err error) bool {
	var e *engine.CellError
	return errors.As(err, &e) && e.Name == "compile error"
}

// loopBody writes a statement such that its values are used.
type loopBody struct{ before, after string }

// loopBodies returns the ways to use the values of a statement, of which the first that compiles is the one.
func loopBodies(statement string) []loopBody {
	plain := loopBody{}
	one := loopBody{"ꞏruntime.KeepAlive(", ")"}
	x, err := parser.ParseExpr(statement)
	if err != nil {
		return []loopBody{plain}
	}
	if _, call := ast.Unparen(x).(*ast.CallExpr); !call {
		return []loopBody{one}
	}
	bodies := []loopBody{one}
	names, keep := "ꞏ1", "; ꞏruntime.KeepAlive(ꞏ1)"
	for n := 2; n <= 4; n++ {
		names += fmt.Sprintf(", ꞏ%d", n)
		keep += fmt.Sprintf("; ꞏruntime.KeepAlive(ꞏ%d)", n)
		bodies = append(bodies, loopBody{names + " := ", keep})
	}
	return append(bodies, plain)
}

// timeitOption is what looks like an option before a statement: no Go expression goes on like that.
var timeitOption = regexp.MustCompile(`^(--?\pL+) +[\d\pL]`)

// timeitOptions reads -n and -r. What follows is the statement, or for a cell its set-up.
func (c *call) timeitOptions() (t timing, statement string, err error) {
	rest, runs := c.Args, int64(7)
	for _, o := range []struct {
		flag  string
		value *int64
	}{{"-n", &t.Loops}, {"-r", &runs}, {"-n", &t.Loops}} {
		after, ok := strings.CutPrefix(rest, o.flag)
		if !ok {
			continue
		}
		after = strings.TrimLeft(after, " \t")
		number, behind, _ := strings.Cut(after, " ")
		if *o.value, err = strconv.ParseInt(number, 10, 64); err != nil || *o.value < 1 {
			return t, "", fmt.Errorf("%s takes a number from 1 on, not %q", o.flag, number)
		}
		rest = strings.TrimLeft(behind, " \t")
	}
	if option := timeitOption.FindStringSubmatch(rest); option != nil {
		return t, "", fmt.Errorf("there is no option %s, only -n (loops) and -r (runs)", option[1])
	}
	t.Runs = make([]int64, runs)
	if c.Kind == shell.CellMagic {
		if strings.TrimSpace(c.Text) == "" {
			return t, "", errors.New("the cell below is empty: write there what is to be timed")
		}
		return t, c.Text, nil
	}
	if rest == "" {
		return t, "", errors.New("write the statement behind it: %timeit f()")
	}
	return t, rest, nil
}

// timeitCode generates the loop. The statement keeps its place in the cell by a line directive.
func (c *call) timeitCode(t timing, statement string, body loopBody) string {
	setup, line, column := "", c.Line, 1
	if c.Kind == shell.CellMagic {
		line++
		setup = strings.TrimSpace(c.setup())
	} else if at := strings.LastIndex(c.Text, statement); at >= 0 {
		column = 1 + at - (strings.LastIndexByte(c.Text[:at], '\n') + 1)
		line += strings.Count(c.Text[:at], "\n")
	}
	return fmt.Sprintf(`import (ꞏtime "time"; ꞏruntime "runtime"; ꞏfmt "fmt"; ꞏdisplay "github.com/warren-go/warren/kernel/display")
{
	%s
	ꞏloop := func(ꞏn int) ꞏtime.Duration {
		ꞏstart := ꞏtime.Now()
		for range ꞏn {
			%s/*line :%d:%d*/%s%s
		}
		return ꞏtime.Since(ꞏstart)
	}
	ꞏloop(1)
	ꞏn := %d
	for ꞏi := 1; ꞏn == 0; ꞏi *= 10 {
		for _, ꞏk := range [...]int{1, 2, 5} {
			if ꞏn == 0 && (ꞏloop(ꞏi*ꞏk) >= %d || ꞏi >= 1e9) {
				ꞏn = ꞏi * ꞏk
			}
		}
	}
	ꞏtimes := ""
	for ꞏi := range %d {
		if ꞏi > 0 {
			ꞏtimes += ","
		}
		ꞏruntime.GC()
		ꞏtimes += ꞏfmt.Sprint(ꞏloop(ꞏn).Nanoseconds())
	}
	ꞏdisplay.Display(ꞏdisplay.MIME(ꞏdisplay.MIMEMap{%q: ꞏfmt.Sprintf("{\"loops\":%%d,\"runs\":[%%s]}", ꞏn, ꞏtimes)}, nil))
}
`, setup, body.before, line, column, statement, body.after, t.Loops, leastRun.Nanoseconds(), len(t.Runs), timingType)
}

// leastRun is how long a run takes at least when the number of loops is not given.
const leastRun = 200 * time.Millisecond

// setup is the statement on the line of %%timeit, which is not timed.
func (c *call) setup() string {
	words := c.Args
	for strings.HasPrefix(words, "-n") || strings.HasPrefix(words, "-r") {
		words = strings.TrimLeft(words[2:], " \t")
		_, words, _ = strings.Cut(words, " ")
		words = strings.TrimLeft(words, " \t")
	}
	return words
}
