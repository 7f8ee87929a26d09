package source

import (
	"slices"
	"strings"
)

// predefined are macros that OpenCL C compilers define, with the values that matter to signatures. What depends on the device
// is taken for present: a device that lacks it says so when it compiles.
var predefined = map[string]string{
	"__OPENCL_VERSION__": "120", "__OPENCL_C_VERSION__": "120", "CL_VERSION_1_0": "100", "CL_VERSION_1_1": "110", "CL_VERSION_1_2": "120",
	"__ENDIAN_LITTLE__": "1", "cl_khr_fp64": "1", "cl_khr_global_int32_base_atomics": "1", "cl_khr_local_int32_base_atomics": "1",
}

// macro is what a name stands for.
type macro struct {
	function bool // it has parameters, and is not replaced
	body     []token
}

// hidden is a list of macros being replaced.
type hidden struct {
	name string
	next *hidden
}

func (h *hidden) has(name string) bool {
	for ; h != nil; h = h.next {
		if h.name == name {
			return true
		}
	}
	return false
}

// preprocessor carries out directives and replaces macros.
type preprocessor struct {
	macros map[string]macro
	// conditions are the #if that are open, the innermost last.
	conditions []condition
	out        []token
	expanded   int
}

type condition struct {
	at      token
	active  bool // this branch counts
	taken   bool // a branch counted already
	outside bool // the text around counts
	last    bool // #else has come
}

// mostTokens bounds what macros grow to: each that doubles the one before would be 2ⁿ tokens after n lines.
const mostTokens = 1 << 20

// preprocess returns the tokens that a compiler with these options would see, without line ends. Files are not included: what
// they declare is not seen.
func preprocess(text string, options []string) ([]token, error) {
	p := &preprocessor{macros: map[string]macro{}}
	for name, value := range predefined {
		p.macros[name] = macro{body: []token{{kind: number, text: value}}}
	}
	if err := p.define(options); err != nil {
		return nil, err
	}
	all, err := tokens(text)
	if err != nil {
		return nil, err
	}
	for len(all) > 0 {
		end := slices.IndexFunc(all, func(t token) bool { return t.kind == newline })
		if end < 0 {
			end = len(all)
		}
		if err := p.line(all[:end]); err != nil {
			return nil, err
		}
		all = all[min(len(all), end+1):]
	}
	if n := len(p.conditions); n > 0 {
		return nil, p.conditions[n-1].at.errorf("this #%s has no #endif", p.conditions[n-1].at.text)
	}
	return p.out, nil
}

// define takes the macros from options: -D NAME, -DNAME=value, -U NAME.
func (p *preprocessor) define(options []string) error {
	words := strings.Fields(strings.Join(options, " "))
	for i := 0; i < len(words); i++ {
		flag, rest := words[i][:min(2, len(words[i]))], words[i][min(2, len(words[i])):]
		if flag != "-D" && flag != "-U" {
			continue
		}
		if rest == "" && i+1 < len(words) {
			i++
			rest = words[i]
		}
		name, value, given := strings.Cut(rest, "=")
		if !given {
			value = "1"
		}
		if flag == "-U" {
			delete(p.macros, name)
			continue
		}
		body, err := tokens(value)
		if err != nil {
			return &Error{Line: 1, Column: 1, Message: "the option -D" + rest + " is no macro: " + err.Error()}
		}
		body = slices.DeleteFunc(body, func(t token) bool { return t.kind == newline })
		name, _, function := strings.Cut(name, "(")
		p.macros[name] = macro{function: function, body: body}
	}
	return nil
}

func (p *preprocessor) active() bool {
	n := len(p.conditions)
	return n == 0 || p.conditions[n-1].active
}

// line takes the tokens of one line.
func (p *preprocessor) line(ts []token) error {
	if len(ts) > 0 && ts[0].is("#") && ts[0].first {
		return p.directive(ts[1:])
	}
	if !p.active() {
		return nil
	}
	var err error
	p.out, err = p.expand(p.out, ts)
	return err
}

// expand appends tokens with macros replaced. What a macro stands for keeps the place where its name is used.
func (p *preprocessor) expand(to, ts []token) ([]token, error) {
	for _, t := range ts {
		m, ok := p.macros[t.text]
		if t.kind != word || !ok || m.function || t.hidden.has(t.text) {
			to = append(to, t)
			continue
		}
		if p.expanded += len(m.body); p.expanded > mostTokens {
			return nil, t.errorf("macros grow to more than %d tokens here", mostTokens)
		}
		body := slices.Clone(m.body)
		for i := range body {
			body[i].line, body[i].column, body[i].hidden = t.line, t.column, &hidden{t.text, t.hidden}
		}
		var err error
		if to, err = p.expand(to, body); err != nil {
			return nil, err
		}
	}
	return to, nil
}

// directive carries out what stands behind a #. Those that change no signature are left alone: #pragma, #error, #line.
func (p *preprocessor) directive(ts []token) error {
	if len(ts) == 0 {
		return nil
	}
	name, rest := ts[0], ts[1:]
	switch name.text {
	case "if", "ifdef", "ifndef":
		c := condition{at: name, outside: p.active()}
		if c.outside {
			var err error
			if c.active, err = p.holds(name, rest); err != nil {
				return err
			}
		}
		c.taken = c.active
		p.conditions = append(p.conditions, c)
	case "elif", "else", "endif":
		return p.branch(name, rest)
	case "define":
		if p.active() {
			return p.defineMacro(name, rest)
		}
	case "undef":
		if p.active() && len(rest) > 0 {
			delete(p.macros, rest[0].text)
		}
	}
	return nil
}

func (p *preprocessor) branch(name token, rest []token) error {
	n := len(p.conditions)
	if n == 0 {
		return name.errorf("#%s without #if", name.text)
	}
	c := &p.conditions[n-1]
	switch {
	case name.text == "endif":
		p.conditions = p.conditions[:n-1]
		return nil
	case c.last:
		return name.errorf("#%s behind #else", name.text)
	case name.text == "else":
		c.active, c.last = c.outside && !c.taken, true
	case !c.outside || c.taken:
		c.active = false
	default:
		var err error
		if c.active, err = p.holds(name, rest); err != nil {
			return err
		}
	}
	c.taken = c.taken || c.active
	return nil
}

func (p *preprocessor) defineMacro(name token, rest []token) error {
	if len(rest) == 0 || rest[0].kind != word {
		return name.errorf("#define needs the name of a macro")
	}
	m := macro{body: rest[1:]}
	if len(m.body) > 0 && m.body[0].is("(") && m.body[0].line == rest[0].line && m.body[0].column == rest[0].column+len(rest[0].text) {
		m.function = true
		for _, t := range m.body {
			if isKernelWord(t) {
				return t.errorf("the kernels that macro %s makes are not read, because it has parameters: write their signatures out", rest[0].text)
			}
		}
	}
	p.macros[rest[0].text] = m
	return nil
}

// holds tells whether a condition holds.
func (p *preprocessor) holds(name token, rest []token) (bool, error) {
	if name.text == "ifdef" || name.text == "ifndef" {
		if len(rest) == 0 {
			return false, name.errorf("#%s needs the name of a macro", name.text)
		}
		_, defined := p.macros[rest[0].text]
		return defined == (name.text == "ifdef"), nil
	}
	e := &expression{p: p, at: name}
	var err error
	if e.ts, err = p.expand(nil, p.replaceDefined(rest)); err != nil {
		return false, err
	}
	v := e.binary(0)
	if e.err == nil && len(e.ts) > 0 {
		e.fail("%q is not understood in this condition", e.ts[0].text)
	}
	return v != 0, e.err
}

// replaceDefined puts 1 or 0 in place of defined(NAME) and defined NAME.
func (p *preprocessor) replaceDefined(ts []token) []token {
	var to []token
	for i := 0; i < len(ts); i++ {
		if !ts[i].is("defined") {
			to = append(to, ts[i])
			continue
		}
		n := 1
		if i+3 < len(ts) && ts[i+1].is("(") && ts[i+3].is(")") {
			n = 3
		}
		value := ts[i]
		value.kind, value.text = number, "0"
		if at := i + (n+1)/2; at < len(ts) {
			if _, ok := p.macros[ts[at].text]; ok {
				value.text = "1"
			}
		}
		to = append(to, value)
		i += n
	}
	return to
}
