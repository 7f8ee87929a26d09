package magic

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/warren-go/warren/kernel/display"
	"github.com/warren-go/warren/kernel/engine"
	"github.com/warren-go/warren/kernel/px"
	"github.com/warren-go/warren/kernel/shell"
)

// pxState is what %pxconfig and %autopx have set. Only the cell under way uses it.
type pxState struct {
	options pxOptions
	auto    bool // all cells run on engines
}

// pxOptions are those of %px.
type pxOptions struct {
	engines string // "" for all
	later   bool
	grouped bool
	local   bool
}

// read takes options off the beginning of args, and returns what is left of it.
func (o *pxOptions) read(args string) (rest string, err error) {
	for {
		args = strings.TrimLeft(args, " \t")
		if !strings.HasPrefix(args, "-") {
			return args, nil
		}
		word, more, _ := strings.Cut(args, " ")
		word, value, given := strings.Cut(word, "=")
		switch strings.TrimLeft(word, "-") {
		case "t", "targets":
			if !given {
				value, more, _ = strings.Cut(strings.TrimLeft(more, " "), " ")
			}
			if value == "" {
				return "", fmt.Errorf("write which engines behind %s, as in -t 0,2", word)
			}
			o.engines = value
		case "noblock", "a":
			o.later = true
		case "block":
			o.later = false
		case "g", "group":
			o.grouped = true
		case "local", "l":
			o.local = true
		default:
			return "", fmt.Errorf("%s is not understood: there are -t engines, -noblock, -block, -g and -local", word)
		}
		args = more
	}
}

// runOnEngines is %px.
func runOnEngines(c *call) error {
	o := c.px.options
	rest, err := o.read(c.Args)
	if err != nil {
		return err
	}
	code := rest
	if c.Kind == shell.CellMagic {
		if rest != "" {
			return fmt.Errorf("%q is no option; the code stands below the first line", rest)
		}
		code = c.Body()
	}
	if strings.TrimSpace(code) == "" {
		return errors.New("write the code behind it, as in %px fmt.Println(1)")
	}
	return c.onEngines(o, code)
}

func (c *execution) onEngines(o pxOptions, code string) error {
	if o.local {
		if err := c.run(code); err != nil {
			return err
		}
	}
	return c.ask(px.Request{Do: px.Run, Code: code, Engines: o.engines, Later: o.later}, o.grouped)
}

func pxResult(c *call) error { return c.ask(px.Request{Do: px.Collect}, c.px.options.grouped) }

func pxConfig(c *call) error {
	o := c.px.options
	rest, err := o.read(c.Args)
	if err == nil && rest != "" {
		err = fmt.Errorf("%q is no option", rest)
	}
	if err == nil {
		c.px.options = o
	}
	return err
}

func autoPx(c *call) error {
	c.px.auto = !c.px.auto
	if c.px.auto {
		c.print("cells run on the engines; %%autopx ends that\n")
	} else {
		c.print("cells run here again\n")
	}
	return nil
}

// anywhere runs a cell here or, after %autopx, on engines. The cell that ends that runs here.
func (c *execution) anywhere(code string) error {
	if !c.px.auto || strings.TrimSpace(code) == "" || strings.HasPrefix(strings.TrimSpace(code), "%autopx") {
		return c.run(code)
	}
	return c.onEngines(c.px.options, code)
}

// clusterEngines are started if the cell does not say how many.
const clusterEngines = 4

// clusterMagic starts, shows and ends clusters.
func clusterMagic(c *call) error {
	words, err := shell.Split(c.Args)
	if err != nil {
		return err
	}
	what := px.Status
	if len(words) > 0 {
		what, words = words[0], words[1:]
	}
	r := px.Request{Do: what}
	switch {
	case what == px.Start:
		r.MPI = slices.Contains(words, "-mpi") || slices.Contains(words, "--mpi")
		if r.N, err = engineCount(words); err != nil {
			return err
		}
	case what == px.Connect && len(words) < 2:
		r.Place = strings.Join(words, "")
	case (what == px.Status || what == px.Stop) && len(words) == 0:
	default:
		return fmt.Errorf("%q is not understood: write start -n 4, connect, status or stop", c.Args)
	}
	return c.ask(r, false)
}

func engineCount(words []string) (int, error) {
	words = slices.DeleteFunc(words, func(w string) bool { return slices.Contains([]string{"-n", "--n", "-mpi", "--mpi"}, w) })
	if len(words) == 0 {
		return clusterEngines, nil
	}
	n, err := strconv.Atoi(words[0])
	if err != nil || n < 1 || len(words) > 1 {
		return 0, fmt.Errorf("start takes a number of engines, as in start -n 4, not %q", strings.Join(words, " "))
	}
	return n, nil
}

// ask has the worker do something with its cluster, and shows what comes of it.
func (c *execution) ask(r px.Request, grouped bool) error {
	show := newEnginesOutput(c.out, grouped)
	var a px.Answer
	err := c.engine.Ask(c.until, px.Target, r, show.receive, &a, c.out)
	show.flush()
	switch {
	case err != nil:
		return err
	case a.Error != "":
		return errors.New(a.Error)
	case len(a.Failures) > 0:
		return enginesFailure(a.Failures)
	}
	if a.Text != "" {
		c.print("%s", a.Text)
	}
	if a.Data != nil {
		c.out.Display(*a.Data)
	}
	return nil
}

// enginesFailure is the error of a cell that failed on engines.
func enginesFailure(failures []px.Failure) *engine.CellError {
	n := 0
	var lines []string
	for _, f := range failures {
		n += len(f.Engines)
		ids := strings.Trim(strings.ReplaceAll(fmt.Sprint(f.Engines), " ", ","), "[]")
		lines = append(lines, fmt.Sprintf("\x1b[1m[%s:px]\x1b[0m", ids))
		text := f.Traceback
		if text == "" {
			text = strings.TrimPrefix(f.Name+": "+f.Message, ": ")
		}
		lines = append(lines, strings.Split(strings.TrimRight(text, "\n"), "\n")...)
	}
	f := failures[0]
	value := fmt.Sprintf("%s failed: %s", enginesText(n), strings.TrimPrefix(f.Name+": "+f.Message, ": "))
	return &engine.CellError{Name: "px error", Value: value, Traceback: append(lines, "\x1b[31mpx error\x1b[0m: "+value)}
}

func enginesText(n int) string {
	if n == 1 {
		return "1 engine"
	}
	return fmt.Sprintf("%d engines", n)
}

// enginesOutput shows what engines print, each line with its engine before it, as it comes or grouped by engines at the end.
type enginesOutput struct {
	out     engine.Output
	grouped bool

	mu   sync.Mutex
	kept px.Kept
}

func newEnginesOutput(out engine.Output, grouped bool) *enginesOutput {
	return &enginesOutput{out: out, grouped: grouped}
}

func (o *enginesOutput) receive(m engine.CommMessage) {
	var one px.Output
	if json.Unmarshal(m.Data, &one) != nil {
		return
	}
	if !o.grouped {
		o.show(one)
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.kept.Add(one)
}

// flush shows what was kept for the end, in the order of engines.
func (o *enginesOutput) flush() {
	o.mu.Lock()
	defer o.mu.Unlock()
	kept := o.kept.Take()
	slices.SortStableFunc(kept, func(a, b px.Output) int { return a.Engine - b.Engine })
	for _, one := range kept {
		o.show(one)
	}
}

func (o *enginesOutput) show(one px.Output) {
	switch {
	case one.Stream != "":
		o.print(one.Stream, fmt.Sprintf("[%s:%d] ", one.Stream, one.Engine), one.Text)
	case one.Result && isText(one.Data):
		o.print("stdout", fmt.Sprintf("Out[%d]: ", one.Engine), one.Text)
	default:
		o.out.Stream("stdout", fmt.Sprintf("[output:%d]\n", one.Engine))
		o.out.Display(display.Data{Data: one.Data})
	}
}

// print shows text, each line with a mark before it.
func (o *enginesOutput) print(stream, mark, text string) {
	var b strings.Builder
	for line := range strings.SplitSeq(strings.TrimSuffix(text, "\n"), "\n") {
		b.WriteString(mark + line + "\n")
	}
	o.out.Stream(stream, b.String())
}

// isText tells data that are nothing but plain text.
func isText(data display.MIMEMap) bool {
	_, ok := data[display.MIMETypeText]
	return ok && len(data) == 1
}
