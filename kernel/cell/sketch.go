package cell

import (
	"fmt"
	"go/parser"
	"go/scanner"
	"go/token"
	"maps"
	"slices"
	"strings"
)

// Sketch is a cell, finished or not, as part of a Go file: what a language server needs to complete and explain it.
type Sketch struct {
	Text   string
	Offset int // of the cursor, in Text
}

// Sketch writes the session's declarations and the cell as one Go file. It never fails: what cannot be told apart
// goes into a function's body.
func (c *Compiler) Sketch(s *Session, text string, cursor int) Sketch {
	chunks := roughChunks(text)
	declared := map[string]bool{}
	for _, ch := range chunks {
		if ch.kind == funcChunk {
			declared[ch.name] = true
		}
		if ch.kind == typeChunk || ch.kind == constChunk {
			addAll(declared, declaredNames(ch.text))
		}
	}
	var b strings.Builder
	b.WriteString("package main\n\n")
	earlier := s.sourceWithout(declared)
	imports := c.sketchImports(s, earlier+text)
	for _, name := range slices.Sorted(maps.Keys(imports)) {
		fmt.Fprintf(&b, "import %s %q\n", name, imports[name])
	}
	b.WriteString("\n" + earlier + "\n")
	sk := Sketch{Offset: -1}
	put := func(ch rough) {
		if cursor >= ch.start && cursor <= ch.start+len(ch.text) {
			sk.Offset = b.Len() + cursor - ch.start
		}
		b.WriteString(ch.text + "\n")
	}
	for _, ch := range chunks {
		if ch.kind == funcChunk || ch.kind == typeChunk || ch.kind == constChunk || ch.kind == methodChunk {
			put(ch)
		}
	}
	b.WriteString("func _() {\n")
	for _, ch := range chunks {
		if ch.kind == stmtChunk {
			put(ch)
		}
	}
	if sk.Offset < 0 {
		sk.Offset = b.Len()
	}
	b.WriteString("\n}\n")
	sk.Text = b.String()
	return sk
}

// rough is a chunk of a cell that need not be complete.
type rough struct {
	chunk
	start int
}

// roughChunks is split for cells that are being written: whatever is never closed reaches to the end.
func roughChunks(text string) []rough {
	toks := scanLoosely(text)
	var chunks []rough
	start, first, depth := 0, 0, 0
	flush := func(end, last int) {
		if last > first {
			ch := rough{classify(toks[first:last]), start}
			ch.text = text[start:end]
			chunks = append(chunks, ch)
		}
		start, first = end, last+1
	}
	for i, t := range toks {
		switch t.tok {
		case token.LPAREN, token.LBRACK, token.LBRACE:
			depth++
		case token.RPAREN, token.RBRACK, token.RBRACE:
			depth = max(0, depth-1)
		case token.SEMICOLON:
			if depth == 0 && i > first && !inHeader(text, toks[first:i], t) {
				flush(min(t.pos+1, len(text)), i)
			}
		}
	}
	flush(len(text), len(toks))
	if n := len(chunks); n > 0 {
		chunks[n-1].text = text[chunks[n-1].start:]
	}
	return chunks
}

func scanLoosely(text string) []token1 {
	f := token.NewFileSet().AddFile("", -1, len(text))
	var s scanner.Scanner
	s.Init(f, []byte(text), func(token.Position, string) {}, 0)
	var toks []token1
	for {
		pos, tok, lit := s.Scan()
		if tok == token.EOF {
			return toks
		}
		toks = append(toks, token1{int(pos) - f.Base(), tok, lit})
	}
}

// sketchImports returns the packages that the text seems to use: names before a dot that are no names of the session.
func (c *Compiler) sketchImports(s *Session, text string) map[string]string {
	imports := map[string]string{}
	toks := scanLoosely(text)
	for i := range toks {
		if i+1 >= len(toks) || toks[i].tok != token.IDENT || toks[i+1].tok != token.PERIOD || i > 0 && toks[i-1].tok == token.PERIOD {
			continue
		}
		name := toks[i].lit
		if s.entities[name] != nil || imports[name] != "" {
			continue
		}
		if p := s.imports[name]; p != "" {
			imports[name] = p
		} else if all := c.packages.Named(name); len(all) > 0 {
			imports[name] = all[0]
		}
	}
	return imports
}

// sourceWithout is Source without the declarations of some names.
func (s *Session) sourceWithout(names map[string]bool) string {
	next := s.clone()
	for name, e := range s.entities {
		if names[name] || e.item != nil && slices.ContainsFunc(e.item.names, func(n string) bool { return names[n] }) {
			delete(next.entities, name)
		}
	}
	return next.Source()
}

// Complete tells whether a cell can be run as it is ("complete"), goes on ("incomplete", with the indent of the next
// line), or can never become Go ("invalid").
func Complete(text string) (status, indent string) {
	toks := scanLoosely(text)
	var open []token.Token
	for _, t := range toks {
		switch t.tok {
		case token.LPAREN, token.LBRACK, token.LBRACE:
			open = append(open, t.tok)
		case token.RPAREN, token.RBRACK, token.RBRACE:
			if len(open) == 0 || closing[open[len(open)-1]] != t.tok {
				return "invalid", ""
			}
			open = open[:len(open)-1]
		}
	}
	if unfinished(text) {
		return "incomplete", ""
	}
	if len(open) > 0 {
		return "incomplete", strings.Repeat("\t", len(open))
	}
	if len(toks) > 0 && goesOn(toks[len(toks)-1].tok) {
		return "incomplete", "\t"
	}
	chunks, err := split(text, "cell")
	if err != nil {
		return "invalid", ""
	}
	for _, ch := range chunks {
		if !parses(ch) {
			return "invalid", ""
		}
	}
	return "complete", ""
}

var closing = map[token.Token]token.Token{token.LPAREN: token.RPAREN, token.LBRACK: token.RBRACK, token.LBRACE: token.RBRACE}

// goesOn tells whether a token cannot be the last of a cell.
func goesOn(t token.Token) bool {
	return t.IsOperator() && t != token.INC && t != token.DEC && t != token.SEMICOLON && t != token.RPAREN && t != token.RBRACK && t != token.RBRACE
}

// unfinished tells whether a string or comment over several lines is not closed.
func unfinished(text string) bool {
	f := token.NewFileSet().AddFile("", -1, len(text))
	var s scanner.Scanner
	open := false
	s.Init(f, []byte(text), func(_ token.Position, msg string) {
		open = open || strings.Contains(msg, "not terminated") && !strings.Contains(msg, "rune")
	}, scanner.ScanComments)
	for {
		_, tok, lit := s.Scan()
		if tok == token.EOF {
			return false
		}
		if open {
			return !strings.HasPrefix(lit, `"`)
		}
	}
}

func parses(ch chunk) bool {
	text := "package p\n" + ch.text
	switch ch.kind {
	case stmtChunk:
		text = "package p\nfunc _() {\n" + ch.text + "\n}"
	case packageChunk:
		text = ch.text
	}
	_, err := parser.ParseFile(token.NewFileSet(), "", text, parser.SkipObjectResolution)
	return err == nil
}

// Members returns the exported names of the package that cells know by a name.
func (c *Compiler) Members(s *Session, name string) []string {
	path := s.imports[name]
	if all := c.packages.Named(name); path == "" && len(all) > 0 {
		path = all[0]
	}
	if path == "" {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	pkg, err := c.imp.Import(path)
	if err != nil {
		return nil
	}
	var names []string
	for _, n := range pkg.Scope().Names() {
		if token.IsExported(n) {
			names = append(names, n)
		}
	}
	return names
}
