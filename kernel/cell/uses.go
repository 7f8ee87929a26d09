package cell

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path"
	"strconv"
)

// Uses says by which names a cell hangs together with others, as far as its text alone tells.
type Uses struct {
	Declares map[string]bool // variables, functions, types, constants and imported packages
	// Changes are names that the cell gives another meaning or value, but does not declare: variables that its statements
	// assign to, or hand to a function that may change what they refer to, and types that it gives methods.
	Changes  map[string]bool
	Mentions map[string]bool // all identifiers
	// Mutable are those of Declares that can change: variables, and types, which get methods.
	Mutable   map[string]bool
	Functions map[string]map[string]bool // functions of Declares, with all identifiers in them
}

// UsesOf reads a cell. An error of the cell's source is an Errors.
func UsesOf(text string) (Uses, error) {
	u := Uses{Declares: map[string]bool{}, Changes: map[string]bool{}, Mentions: map[string]bool{},
		Mutable: map[string]bool{}, Functions: map[string]map[string]bool{}}
	chunks, err := split(text, Placeholder(text))
	if err != nil {
		return u, err
	}
	for _, ch := range chunks {
		mentions := identifiers(ch)
		maps.Copy(u.Mentions, mentions)
		switch ch.kind {
		case importChunk:
			u.addImports(ch.text)
		case typeChunk:
			addAll(u.Declares, declaredNames(ch.text))
			addAll(u.Mutable, declaredNames(ch.text))
		case constChunk:
			addAll(u.Declares, declaredNames(ch.text))
		case funcChunk:
			u.Declares[ch.name] = true
			u.Functions[ch.name] = mentions
		case methodChunk:
			u.Changes[ch.recv] = true
		case stmtChunk:
			u.addStatements(ch.text)
		}
	}
	return u, nil
}

func identifiers(ch chunk) map[string]bool {
	names := map[string]bool{}
	toks, _ := scan(ch.text, ch.file)
	for _, t := range toks {
		if t.tok == token.IDENT {
			names[t.lit] = true
		}
	}
	return names
}

func (u Uses) addImports(text string) {
	f, _ := parser.ParseFile(token.NewFileSet(), "", "package p\n"+text, parser.ImportsOnly)
	if f == nil {
		return
	}
	for _, spec := range f.Imports {
		p, _ := strconv.Unquote(spec.Path.Value)
		u.Declares[path.Base(p)] = true
		u.Declares[path.Base(path.Dir(p))] = true // of example.com/yaml/v3
		if spec.Name != nil {
			u.Declares[spec.Name.Name] = true
		}
	}
}

func (u Uses) addStatements(text string) {
	f, _ := parser.ParseFile(token.NewFileSet(), "", "package p\nfunc _() {\n"+text+"\n}", parser.SkipObjectResolution)
	if f == nil || len(f.Decls) == 0 {
		return
	}
	body := f.Decls[0].(*ast.FuncDecl).Body
	for _, s := range body.List {
		for _, id := range declaredBy(s) {
			u.Declares[id.Name] = true
			u.Mutable[id.Name] = true
		}
	}
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			if n.Tok != token.DEFINE {
				u.changeAll(n.Lhs)
			}
		case *ast.RangeStmt:
			u.change(n.Key)
			u.change(n.Value)
		case *ast.IncDecStmt:
			u.change(n.X)
		case *ast.SendStmt:
			u.change(n.Chan)
		case *ast.UnaryExpr:
			if n.Op == token.AND || n.Op == token.ARROW {
				u.change(n.X)
			}
		case *ast.CallExpr:
			u.change(n.Fun)
			if !printing(n.Fun) {
				u.changeAll(n.Args)
			}
		}
		return true
	})
}

func (u Uses) changeAll(list []ast.Expr) {
	for _, x := range list {
		u.change(x)
	}
}

// change notes the variable that an expression is a part of.
func (u Uses) change(x ast.Expr) {
	switch x := x.(type) {
	case *ast.Ident:
		u.Changes[x.Name] = true
	case *ast.SelectorExpr:
		u.change(x.X)
	case *ast.IndexExpr:
		u.change(x.X)
	case *ast.SliceExpr:
		u.change(x.X)
	case *ast.StarExpr:
		u.change(x.X)
	case *ast.ParenExpr:
		u.change(x.X)
	case *ast.UnaryExpr:
		u.change(x.X)
	}
}

// printing tells whether a call only shows its arguments.
func printing(fun ast.Expr) bool {
	s, ok := fun.(*ast.SelectorExpr)
	return ok && (isName(s.X, "fmt") || isName(s.X, "log") || isName(s.X, "display"))
}
