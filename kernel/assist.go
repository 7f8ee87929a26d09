package kernel

import (
	"context"
	"fmt"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/warren-go/warren/kernel/cell"
	"github.com/warren-go/warren/kernel/display"
	"github.com/warren-go/warren/kernel/gopls"
	"github.com/warren-go/warren/kernel/jupyter"
)

// answerTime bounds a completion: JupyterLab gives up after a second.
const answerTime = 900 * time.Millisecond

// startAssistant starts gopls in the workspace, and has it load what cells use most, so that the first Tab is quick.
func (n *notebook) startAssistant() {
	ws, err := n.engine.Workspace(n.ctx)
	if err != nil {
		return
	}
	s, err := gopls.Start(n.ctx, gopls.Options{Dir: ws.Dir, Log: n.log})
	if err != nil {
		n.log.Warn("no completion from gopls", "error", err, "install", gopls.Install)
		return
	}
	n.mu.Lock()
	n.assistant = s
	n.mu.Unlock()
	file, offset := n.sketch("fmt.", 4)
	ctx, cancel := context.WithTimeout(n.ctx, time.Minute)
	defer cancel()
	s.Complete(ctx, file, offset)
}

func (n *notebook) server() *gopls.Server {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.assistant
}

// sketch is the cell, with what the session declares, as a file for gopls.
func (n *notebook) sketch(code string, cursor int) (gopls.File, int) {
	s := n.engine.Sketch(code, cursor)
	return gopls.File{Name: "cell.go", Text: s.Text}, s.Offset
}

func (n *notebook) Complete(ctx context.Context, code string, cursor int) (jupyter.Completion, error) {
	if c, ok := n.completeMagic(code, cursor); ok {
		return c, nil
	}
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	start, end := wordAt(code, cursor)
	c := jupyter.Completion{Start: start, End: end}
	prefix := code[start:cursor]
	if s := n.server(); s != nil {
		file, offset := n.sketch(code, cursor)
		items, _, _, err := s.Complete(ctx, file, offset)
		if err == nil {
			addItems(&c, items, prefix)
		}
	}
	if len(c.Matches) == 0 {
		n.addNames(&c, prefix, code[:start])
	}
	return c, nil
}

func addItems(c *jupyter.Completion, items []gopls.Item, prefix string) {
	for _, it := range items {
		text := it.InsertText
		if !strings.HasPrefix(strings.ToLower(text), strings.ToLower(prefix)) || slices.Contains(c.Matches, text) || text == "main" || text == "_" {
			continue
		}
		c.Matches = append(c.Matches, text)
		c.Types = append(c.Types, jupyterKind(it.Kind))
		c.Signatures = append(c.Signatures, it.Detail)
	}
}

// kinds translates gopls' kinds of completions to those JupyterLab has icons for.
var kinds = map[string]string{
	"function": "function", "method": "function", "variable": "instance", "field": "property", "constant": "constant",
	"module": "module", "package": "module", "struct": "class", "class": "class", "interface": "interface", "keyword": "keyword",
}

func jupyterKind(kind string) string {
	if k := kinds[kind]; k != "" {
		return k
	}
	return kind
}

// addNames completes without gopls: names of the session, keywords, and members of packages.
func (n *notebook) addNames(c *jupyter.Completion, prefix, before string) {
	if name, ok := strings.CutSuffix(before, "."); ok {
		from, _ := wordAt(name, len(name))
		for _, m := range n.engine.Members(name[from:]) {
			n.addName(c, m, prefix, "")
		}
		return
	}
	for _, e := range n.engine.Session().Entities() {
		n.addName(c, e.Name, prefix, map[cell.Kind]string{cell.Func: "function", cell.Type: "class", cell.Const: "constant", cell.Var: "instance"}[e.Kind])
	}
	for t := token.BREAK; t <= token.VAR; t++ {
		n.addName(c, t.String(), prefix, "keyword")
	}
}

func (n *notebook) addName(c *jupyter.Completion, name, prefix, kind string) {
	if strings.HasPrefix(name, prefix) {
		c.Matches, c.Types, c.Signatures = append(c.Matches, name), append(c.Types, kind), append(c.Signatures, "")
	}
}

// completeMagic completes the name of a magic at the start of a line, and file names after some of them.
func (n *notebook) completeMagic(code string, cursor int) (jupyter.Completion, bool) {
	line := code[strings.LastIndexByte(code[:cursor], '\n')+1 : cursor]
	start := cursor - len(line)
	if !strings.HasPrefix(line, "%") && !strings.HasPrefix(line, "!") {
		return jupyter.Completion{}, false
	}
	name, args, spaced := strings.Cut(line, " ")
	c := jupyter.Completion{Start: start, End: cursor}
	if spaced || strings.HasPrefix(line, "!") {
		if !takesFiles[name] && !strings.HasPrefix(line, "!") {
			return c, false // %time and the like are followed by Go
		}
		if strings.HasPrefix(line, "!") {
			args = strings.TrimLeft(line, "!*")
		}
		word := args[strings.LastIndexByte(args, ' ')+1:]
		c.Start = cursor - len(word)
		c.Matches = n.files(word)
		return c, true
	}
	for _, m := range n.magic.Names() {
		if strings.HasPrefix(m.Name, line) || strings.HasPrefix(m.Name, "%"+line) {
			c.Matches, c.Types, c.Signatures = append(c.Matches, m.Name), append(c.Types, "magic"), append(c.Signatures, m.About)
		}
	}
	return c, true
}

var takesFiles = map[string]bool{"%cd": true, "%run": true, "%load": true, "%%writefile": true, "%ls": true}

// files returns how a path that begins with word may go on; those of folders end with a slash.
func (n *notebook) files(word string) []string {
	folder, prefix := word[:strings.LastIndexByte(word, '/')+1], word[strings.LastIndexByte(word, '/')+1:]
	at := folder
	if !filepath.IsAbs(folder) {
		at = filepath.Join(n.engine.Dir(), folder)
	}
	entries, _ := os.ReadDir(at)
	var names []string
	for _, e := range entries {
		if name := e.Name(); strings.HasPrefix(name, prefix) && (prefix != "" || name[0] != '.') {
			if e.IsDir() {
				name += "/"
			}
			names = append(names, folder+name)
		}
	}
	return names
}

// wordAt returns the identifier around a cursor.
func wordAt(code string, cursor int) (start, end int) {
	isWord := func(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) }
	start, end = cursor, cursor
	for start > 0 {
		r, size := utf8.DecodeLastRuneInString(code[:start])
		if !isWord(r) {
			break
		}
		start -= size
	}
	for end < len(code) {
		r, size := utf8.DecodeRuneInString(code[end:])
		if !isWord(r) {
			break
		}
		end += size
	}
	return start, end
}

func (n *notebook) Inspect(ctx context.Context, code string, cursor, detail int) (display.Data, bool, error) {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	if text, ok := n.inspectMagic(code, cursor); ok {
		return markdown(text), true, nil
	}
	text := n.valueAt(ctx, code, cursor)
	if s := n.server(); s != nil {
		text += n.documentation(ctx, s, code, cursor)
	}
	if text == "" {
		return display.Data{}, false, nil
	}
	return markdown(text), true, nil
}

// documentation asks gopls about the word at the cursor, or before it, or about the call around it.
func (n *notebook) documentation(ctx context.Context, s *gopls.Server, code string, cursor int) string {
	places := []int{callee(code, cursor)}
	if start, end := wordAt(code, cursor); start < end { // else gopls would explain the type of the call around it
		places = []int{start, places[0]}
	}
	for _, at := range places {
		if at < 0 {
			continue
		}
		file, offset := n.sketch(code, at)
		if text, err := s.Hover(ctx, file, offset); err == nil && text != "" {
			return localLink.ReplaceAllString(text, "")
		}
	}
	file, offset := n.sketch(code, cursor)
	if sig, ok, err := s.Signature(ctx, file, offset); err == nil && ok {
		return fmt.Sprintf("```go\nfunc %s\n```\n\n%s", sig.Label, sig.Doc)
	}
	return ""
}

// localLink is gopls' link to the documentation of what no server in the world knows: the session, and this module.
var localLink = regexp.MustCompile(`\n*(?:---\n+)?\[[^]]*\]\(https://pkg\.go\.dev/(?:warren\.workspace|/)[^)]*\)`)

// callee returns the offset of the function name before the innermost open parenthesis, or -1.
func callee(code string, cursor int) int {
	depth := 0
	for i := min(cursor, len(code)) - 1; i >= 0; i-- {
		switch code[i] {
		case ')':
			depth++
		case '(':
			if depth == 0 {
				start, _ := wordAt(code, i)
				if start == i {
					return -1
				}
				return start
			}
			depth--
		case '\n':
			if depth == 0 && i < cursor-1 && strings.TrimSpace(code[i:cursor]) != "" {
				continue
			}
		}
	}
	return -1
}

// valueAt describes the session variable at the cursor.
func (n *notebook) valueAt(ctx context.Context, code string, cursor int) string {
	start, end := wordAt(code, cursor)
	name := code[start:end]
	if start > 0 && code[start-1] == '.' {
		return ""
	}
	values, err := n.engine.Values(ctx, name)
	if err != nil {
		return ""
	}
	v, ok := values[name]
	if !ok {
		return ""
	}
	const most = 2000
	text := v.Text
	if len(text) > most {
		text = text[:most] + "…"
	}
	return fmt.Sprintf("```\n%s %s = %s\n```\n\n", name, v.Type, text)
}

func (n *notebook) inspectMagic(code string, cursor int) (string, bool) {
	line := code[strings.LastIndexByte(code[:cursor], '\n')+1:]
	if !strings.HasPrefix(line, "%") {
		return "", false
	}
	name, _, _ := strings.Cut(strings.TrimSpace(strings.SplitN(line, "\n", 2)[0]), " ")
	return n.magic.Help(name)
}

// markdown is a help text as Markdown, and as plain text for terminals.
func markdown(text string) display.Data {
	plain := strings.NewReplacer("```go\n", "", "```\n", "", "```", "", "\\_", "_", "\\*", "*").Replace(text)
	return display.Data{Data: display.MIMEMap{"text/plain": strings.TrimSpace(plain), "text/markdown": text}}
}
