package translate

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"path"
	"strconv"
	"strings"
)

// File is a part of a package's source: a file with its package clause, or, from Line on of something else, declarations without
// one. Those know the packages math, math/bits and opencl without an import; Imports (name to path) says what else they know.
type File struct {
	Name    string
	Line    int // of the first line of Text, from 1; 0 means that Text is a whole file
	Text    string
	Imports map[string]string
}

// program is a checked function with what it needs.
type program struct {
	fset  *token.FileSet
	pkg   *types.Package
	info  *types.Info
	root  *types.Func
	decls map[types.Object]*ast.FuncDecl
	errs  []types.Error
}

// load parses the files, and checks the named function and the declarations that it may need.
func load(files []File, name string) (*program, error) {
	p := &program{fset: token.NewFileSet(), decls: map[types.Object]*ast.FuncDecl{}}
	var trees []*ast.File
	for _, f := range files {
		tree, err := p.parse(f)
		if err != nil {
			return nil, err
		}
		trees = append(trees, tree)
	}
	prune(trees, name)
	p.check(trees)
	fn, ok := p.pkg.Scope().Lookup(name).(*types.Func)
	if !ok {
		return nil, fmt.Errorf("translate: Function: no function %s is declared in the %d files of its package", name, len(files))
	}
	p.root = fn
	for _, tree := range trees {
		for _, d := range tree.Decls {
			if fd, ok := d.(*ast.FuncDecl); ok {
				p.decls[p.info.Defs[fd.Name]] = fd
			}
		}
	}
	return p, nil
}

// parse parses a file, or declarations as a file of their own.
func (p *program) parse(f File) (*ast.File, error) {
	text := f.Text
	if f.Line > 0 {
		// The directive gives positions; the name in it must not end the comment.
		text = fmt.Sprintf("package main; /*line %s:%d:1*/%s", strings.ReplaceAll(f.Name, "*/", ""), f.Line, f.Text)
	}
	tree, err := parser.ParseFile(p.fset, f.Name, text, parser.SkipObjectResolution)
	if err != nil {
		return nil, fmt.Errorf("translate: Function: %w", err)
	}
	if f.Line > 0 {
		addImports(tree, f.Imports)
	}
	return tree, nil
}

// addImports imports what declarations know without an import line.
func addImports(tree *ast.File, imports map[string]string) {
	known := map[string]string{"math": "math", "bits": "math/bits", "opencl": Package}
	for name, path := range imports {
		known[name] = path
	}
	decl := &ast.GenDecl{Tok: token.IMPORT, TokPos: tree.Name.End()}
	for name, path := range known {
		spec := &ast.ImportSpec{Name: ast.NewIdent(name), Path: &ast.BasicLit{Kind: token.STRING, Value: strconv.Quote(path)}}
		decl.Specs = append(decl.Specs, spec)
		tree.Imports = append(tree.Imports, spec)
	}
	tree.Decls = append([]ast.Decl{decl}, tree.Decls...)
}

// prune leaves in the files only the imports and what a declaration may need, judged by names: the rest of a package may be
// large, and use packages that are not known here.
func prune(trees []*ast.File, name string) {
	declared := map[string][]ast.Decl{}
	for _, tree := range trees {
		for _, d := range tree.Decls {
			for _, n := range declaredNames(d) {
				declared[n] = append(declared[n], d)
			}
		}
	}
	needed := map[ast.Decl]bool{}
	var need func(name string)
	need = func(name string) {
		for _, d := range declared[name] {
			if needed[d] {
				continue
			}
			needed[d] = true
			ast.Inspect(d, func(n ast.Node) bool {
				if id, ok := n.(*ast.Ident); ok {
					need(id.Name)
				}
				return true
			})
		}
	}
	need(name)
	for _, tree := range trees {
		var kept []ast.Decl
		for _, d := range tree.Decls {
			if g, ok := d.(*ast.GenDecl); needed[d] || ok && g.Tok == token.IMPORT {
				kept = append(kept, d)
			}
		}
		tree.Decls = kept
	}
}

// declaredNames returns the names under which a declaration is needed: of a method, that of its receiver's type.
func declaredNames(d ast.Decl) (names []string) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Recv == nil {
			return []string{d.Name.Name}
		}
		ast.Inspect(d.Recv, func(n ast.Node) bool {
			if f, ok := n.(*ast.Field); ok {
				ast.Inspect(f.Type, func(n ast.Node) bool {
					if id, ok := n.(*ast.Ident); ok {
						names = append(names, id.Name)
					}
					return true
				})
				return false
			}
			return true
		})
	case *ast.GenDecl:
		for _, s := range d.Specs {
			switch s := s.(type) {
			case *ast.TypeSpec:
				names = append(names, s.Name.Name)
			case *ast.ValueSpec:
				for _, id := range s.Names {
					names = append(names, id.Name)
				}
			}
		}
	}
	return names
}

// check type-checks the files. Errors are kept for the functions that turn out to be needed.
func (p *program) check(trees []*ast.File) {
	p.info = &types.Info{
		Types: map[ast.Expr]types.TypeAndValue{}, Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{},
		Selections: map[*ast.SelectorExpr]*types.Selection{}, Implicits: map[ast.Node]types.Object{}, Instances: map[*ast.Ident]types.Instance{},
	}
	conf := types.Config{
		Importer: importer{},
		Sizes:    types.SizesFor("gc", "amd64"),
		Error: func(err error) {
			if e, ok := err.(types.Error); ok {
				p.errs = append(p.errs, e)
			}
		},
	}
	name := "main"
	if len(trees) > 0 {
		name = trees[0].Name.Name
	}
	p.pkg, _ = conf.Check(name, p.fset, trees, p.info)
}

// importer knows the packages that kernels may use; of others it knows the name, which serves to refuse them.
type importer map[string]*types.Package

func (known importer) Import(importPath string) (*types.Package, error) {
	if p := known[importPath]; p != nil {
		return p, nil
	}
	p, err := known.make(importPath)
	if err == nil {
		known[importPath] = p
	}
	return p, err
}

func (known importer) make(importPath string) (*types.Package, error) {
	if text, ok := library[importPath]; ok {
		fset := token.NewFileSet()
		tree, err := parser.ParseFile(fset, importPath, text, 0)
		if err != nil {
			return nil, err
		}
		conf := types.Config{Importer: known, IgnoreFuncBodies: true}
		return conf.Check(importPath, fset, []*ast.File{tree}, nil)
	}
	if importPath == "unsafe" {
		return types.Unsafe, nil
	}
	name := path.Base(importPath)
	if len(name) > 1 && name[0] == 'v' && strings.Trim(name[1:], "0123456789") == "" {
		name = path.Base(path.Dir(importPath))
	}
	pkg := types.NewPackage(importPath, name)
	pkg.MarkComplete()
	return pkg, nil
}

// callee returns the function that a call names, or nil.
func (p *program) callee(call *ast.CallExpr) *types.Func {
	fun := ast.Unparen(call.Fun)
	if x, ok := fun.(*ast.IndexExpr); ok {
		fun = x.X
	}
	switch fun := fun.(type) {
	case *ast.Ident:
		fn, _ := p.info.Uses[fun].(*types.Func)
		return fn
	case *ast.SelectorExpr:
		fn, _ := p.info.Uses[fun.Sel].(*types.Func)
		return fn
	}
	return nil
}

// calleeName returns the full name of the function that a call names, as "math.Sin".
func (p *program) calleeName(call *ast.CallExpr) string {
	if fn := p.callee(call); fn != nil {
		return fn.FullName()
	}
	return ""
}

// builtin returns the name of the predeclared function that a call names, or "".
func (p *program) builtin(call *ast.CallExpr) string {
	id, ok := ast.Unparen(call.Fun).(*ast.Ident)
	if !ok {
		return ""
	}
	if b, ok := p.info.Uses[id].(*types.Builtin); ok {
		return b.Name()
	}
	return ""
}

func (p *program) typeOf(e ast.Expr) types.Type {
	if t := p.info.TypeOf(e); t != nil {
		return t
	}
	return types.Typ[types.Invalid]
}

func (p *program) isSlice(e ast.Expr) bool {
	_, ok := p.typeOf(e).Underlying().(*types.Slice)
	return ok
}
