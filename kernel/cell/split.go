package cell

import (
	"fmt"
	"go/parser"
	"go/scanner"
	"go/token"
	"strings"
)

// chunkKind says what a top-level piece of a cell is.
type chunkKind int

const (
	stmtChunk chunkKind = iota // statements, and var declarations, which run like statements
	importChunk
	typeChunk
	constChunk
	funcChunk
	methodChunk
	packageChunk
)

// chunk is a top-level piece of a cell: a declaration or a statement, with the comments before it. What the chunks leave
// out of the cell's text is empty: semicolons, blanks, comments at the end.
type chunk struct {
	kind    chunkKind
	text    string
	line    int            // of its first byte, from 1
	col     int            // of its first byte, from 1
	at      token.Position // of its first token
	file    string         // placeholder of the cell's name in compiled code
	recv    string         // of a method: the name of its receiver's type
	name    string         // of a function or method
	isVar   bool           // a var declaration
	noValue bool           // ended by an explicit semicolon: its value is not shown
}

// token1 is a token with its place.
type token1 struct {
	pos int
	tok token.Token
	lit string
}

// split cuts a cell into chunks.
func split(text, file string) ([]chunk, error) {
	toks, err := scan(text, file)
	if err != nil {
		return nil, err
	}
	var chunks []chunk
	start, first := 0, 0
	depth := 0
	var open []token1
	flush := func(end, last int, explicit bool) {
		if last <= first {
			start, first = end, last+1
			return
		}
		c := classify(toks[first:last])
		c.text, c.file, c.noValue = text[start:end], file, explicit
		c.line, c.col = lineCol(text, start)
		c.at.Line, c.at.Column = lineCol(text, toks[first].pos)
		chunks = append(chunks, c)
		start, first = end, last+1
	}
	for i, t := range toks {
		switch t.tok {
		case token.LPAREN, token.LBRACK, token.LBRACE:
			depth++
			open = append(open, t)
		case token.RPAREN, token.RBRACK, token.RBRACE:
			depth--
			if depth < 0 {
				return nil, errorAt(text, file, t.pos, fmt.Sprintf("unexpected %s: it closes nothing", t.tok))
			}
			open = open[:depth]
		case token.SEMICOLON:
			if depth == 0 && !inHeader(text, toks[first:i], t) {
				end := t.pos
				if t.lit == ";" {
					end++
				}
				flush(end, i, t.lit == ";")
			}
		}
	}
	if depth > 0 {
		t := open[depth-1]
		return nil, errorAt(text, file, t.pos, fmt.Sprintf("this %s is never closed", t.tok))
	}
	flush(len(text), len(toks), false)
	return chunks, nil
}

// inHeader tells whether a semicolon after toks is one of a for, if or switch statement's header, not its end. Such a
// statement ends with a brace; whether the brace before an explicit semicolon is its last, or that of a literal in the
// header, only the parser can say.
func inHeader(text string, toks []token1, semicolon token1) bool {
	if len(toks) > 2 && toks[0].tok == token.IDENT && toks[1].tok == token.COLON {
		toks = toks[2:]
	}
	if len(toks) == 0 {
		return false
	}
	switch toks[0].tok {
	case token.FOR, token.IF, token.SWITCH:
	default:
		return false
	}
	if toks[len(toks)-1].tok != token.RBRACE {
		return true
	}
	if semicolon.lit != ";" {
		return false
	}
	statement := text[toks[0].pos:semicolon.pos]
	_, err := parser.ParseFile(token.NewFileSet(), "", "package p\nfunc _() {\n"+statement+"\n}", parser.SkipObjectResolution)
	return err != nil
}

func scan(text, file string) ([]token1, error) {
	fset := token.NewFileSet()
	f := fset.AddFile(file, -1, len(text))
	var s scanner.Scanner
	var bad error
	s.Init(f, []byte(text), func(pos token.Position, msg string) {
		if bad == nil {
			bad = errorAt(text, file, pos.Offset, syntaxMessage(msg))
		}
	}, scanner.ScanComments)
	var toks []token1
	for {
		pos, tok, lit := s.Scan()
		if tok == token.EOF {
			return toks, bad
		}
		if tok == token.COMMENT {
			if err := checkDirective(lit, text, file, int(pos)-f.Base()); err != nil {
				return nil, err
			}
			continue
		}
		toks = append(toks, token1{int(pos) - f.Base(), tok, lit})
	}
}

// refused are the directives that mean nothing in a cell, and why.
var refused = []struct{ directive, why string }{
	{"//go:build", "build constraints choose between files of a package; a cell is always built"},
	{"// +build", "build constraints choose between files of a package; a cell is always built"},
	{"//go:embed", "a cell has no folder of files to embed; read the file with os.ReadFile instead"},
}

func checkDirective(comment, text, file string, offset int) error {
	for _, r := range refused {
		if strings.HasPrefix(comment, r.directive) {
			return errorAt(text, file, offset, r.directive+" is not possible in a cell: "+r.why)
		}
	}
	return nil
}

// classify tells what a chunk is from its first tokens.
func classify(toks []token1) chunk {
	switch toks[0].tok {
	case token.PACKAGE:
		return chunk{kind: packageChunk}
	case token.IMPORT:
		return chunk{kind: importChunk}
	case token.TYPE:
		return chunk{kind: typeChunk}
	case token.CONST:
		return chunk{kind: constChunk}
	case token.VAR:
		return chunk{isVar: true}
	case token.FUNC:
		return classifyFunc(toks)
	}
	return chunk{}
}

// classifyFunc tells a function declaration from a call of a function literal.
func classifyFunc(toks []token1) chunk {
	if len(toks) > 1 && toks[1].tok == token.IDENT {
		return chunk{kind: funcChunk, name: toks[1].lit}
	}
	depth, recv := 0, ""
	for i, t := range toks[1:] {
		switch t.tok {
		case token.LPAREN:
			depth++
		case token.RPAREN:
			depth--
		case token.LBRACK: // type parameters of the receiver: the name came before
			depth += 100
		case token.RBRACK:
			depth -= 100
		case token.IDENT:
			if depth == 1 {
				recv = t.lit // the last identifier is the type's name
			}
		}
		if depth == 0 {
			if rest := toks[i+2:]; len(rest) > 1 && rest[0].tok == token.IDENT && rest[1].tok == token.LPAREN {
				return chunk{kind: methodChunk, recv: recv, name: rest[0].lit}
			}
			return chunk{}
		}
	}
	return chunk{}
}

func lineCol(text string, offset int) (line, col int) {
	before := text[:offset]
	line = 1 + strings.Count(before, "\n")
	return line, offset - strings.LastIndexByte(before, '\n')
}
