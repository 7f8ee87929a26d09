package cell

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"go/types"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/warren-go/warren/kernel/build"
)

// check parses and type-checks the planned source. It returns true when the plan has to be made again, because a
// declaration of an earlier cell does not compile with what the cell changes.
func (a *analysis) check() (again bool, err error) {
	a.auto = map[string]string{}
	a.assemble()
	if err := a.parse(); err != nil {
		return false, err
	}
	if a.findImports() {
		a.assemble()
		if err := a.parse(); err != nil {
			return false, err
		}
	}
	bad := a.typeCheck()
	if a.findRenewed() {
		return true, nil
	}
	if len(bad) == 0 {
		return false, nil
	}
	if a.blame(bad) {
		return true, nil
	}
	return false, a.report(bad)
}

func (a *analysis) parse() error {
	f, err := parser.ParseFile(a.c.fset, a.file, a.text, parser.ParseComments|parser.AllErrors)
	if err != nil {
		var list scanner.ErrorList
		if !errors.As(err, &list) {
			return err
		}
		return a.syntaxErrors(list)
	}
	a.tree, a.run = f, nil
	var bodiless Errors
	for _, d := range f.Decls {
		fd, ok := d.(*ast.FuncDecl)
		if ok && fd.Body == nil {
			bodiless = append(bodiless, a.place(a.c.fset.Position(fd.Name.Pos()), "missing function body: its { stands on the same line"))
		}
		if ok && fd.Recv == nil && fd.Name.Name == runName {
			a.run = fd
		}
	}
	if len(bodiless) > 0 { // the type checker takes them for functions in assembly
		return bodiless
	}
	return nil
}

// place turns a position into one of the user's: text that was generated counts as the cell's last line.
func (a *analysis) place(pos token.Position, msg string) *Error {
	if pos.Filename == generated || pos.Filename == a.file && pos.Line == 0 {
		return &Error{File: a.file, Line: strings.Count(strings.TrimRight(a.source, "\n"), "\n") + 1, Col: 1, Message: msg}
	}
	return &Error{File: path.Base(pos.Filename), Line: pos.Line, Col: pos.Column, Message: msg}
}

// dedupe keeps the first error of each line: the others mostly follow from it.
func dedupe(all Errors) Errors {
	seen := map[string]bool{}
	var first Errors
	for _, e := range all {
		if key := e.File + ":" + strconv.Itoa(e.Line); !seen[key] {
			seen[key] = true
			first = append(first, e)
		}
	}
	return first
}

// findImports looks for names that nothing declares and that are used like packages. It returns whether it found any.
func (a *analysis) findImports() bool {
	unresolved := map[*ast.Ident]bool{}
	used := map[string]bool{}
	for _, id := range a.tree.Unresolved {
		unresolved[id], used[id.Name] = true, true
	}
	a.explicit = map[string]string{}
	for _, spec := range a.tree.Imports {
		a.explicit[a.nameOfImport(spec, used)] = importPath(spec)
	}
	local := a.topNames()
	wanted := map[string]map[string]bool{}
	ast.Inspect(a.tree, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		id, ok := sel.X.(*ast.Ident)
		if !ok || !unresolved[id] || local[id.Name] || a.visible(id.Name) != nil {
			return true
		}
		if wanted[id.Name] == nil {
			wanted[id.Name] = map[string]bool{}
		}
		wanted[id.Name][sel.Sel.Name] = true
		return true
	})
	for _, name := range slices.Sorted(maps.Keys(wanted)) {
		if _, ok := a.explicit[name]; ok {
			continue
		}
		if p := a.old.imports[name]; p != "" {
			a.auto[name] = p
		} else if p := a.known[name]; p != "" {
			a.auto[name] = p
		} else if p := a.guessImport(name, wanted[name]); p != "" {
			a.auto[name] = p
		}
	}
	return len(a.auto) > 0
}

// nameOfImport returns the name by which the cell knows an import, given the names it uses. Where that is not the end of
// the path, as with math/rand/v2, only the package itself tells.
func (a *analysis) nameOfImport(spec *ast.ImportSpec, used map[string]bool) string {
	if spec.Name != nil {
		return spec.Name.Name
	}
	p := importPath(spec)
	if base := path.Base(p); used[base] {
		return base
	}
	if pkg, err := a.c.imp.Import(p); err == nil {
		return pkg.Name()
	}
	return path.Base(p) // the type checker says what is wrong with it
}

// guessImport returns the package called name that has all the members used, or else the first that is called so.
func (a *analysis) guessImport(name string, members map[string]bool) string {
	candidates := a.c.packages.Named(name)
	for _, p := range candidates {
		pkg, err := a.c.imp.Import(p)
		if err != nil {
			continue
		}
		all := true
		for m := range members {
			all = all && pkg.Scope().Lookup(m) != nil
		}
		if all {
			return p
		}
	}
	if len(candidates) > 0 {
		return candidates[0]
	}
	return ""
}

// visible returns the session's entity of that name, unless the cell's package declares it anew.
func (a *analysis) visible(name string) *Entity {
	for _, it := range a.items {
		if slices.Contains(it.names, name) {
			return nil
		}
	}
	for _, e := range slices.Concat(a.carried, a.dropped) {
		if e.Name == name {
			return nil
		}
	}
	for it := range a.broken {
		if slices.Contains(it.names, name) {
			return nil
		}
	}
	if a.globals[name] {
		return nil
	}
	return a.old.entities[name]
}

// topNames returns the names that the cell's statements declare at top level.
func (a *analysis) topNames() map[string]bool {
	names := map[string]bool{}
	if a.run == nil {
		return names
	}
	for _, s := range a.run.Body.List {
		for _, id := range declaredBy(s) {
			names[id.Name] = true
		}
	}
	return names
}

// declaredBy returns the identifiers that a statement declares in its own scope.
func declaredBy(s ast.Stmt) []*ast.Ident {
	var ids []*ast.Ident
	switch s := s.(type) {
	case *ast.LabeledStmt:
		return declaredBy(s.Stmt)
	case *ast.AssignStmt:
		if s.Tok == token.DEFINE {
			for _, e := range s.Lhs {
				if id, ok := e.(*ast.Ident); ok && id.Name != "_" {
					ids = append(ids, id)
				}
			}
		}
	case *ast.DeclStmt:
		for _, spec := range s.Decl.(*ast.GenDecl).Specs {
			if v, ok := spec.(*ast.ValueSpec); ok && s.Decl.(*ast.GenDecl).Tok == token.VAR {
				for _, id := range v.Names {
					if id.Name != "_" {
						ids = append(ids, id)
					}
				}
			}
		}
	}
	return ids
}

func newInfo() *types.Info {
	return &types.Info{
		Types: map[ast.Expr]types.TypeAndValue{}, Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{},
		Selections: map[*ast.SelectorExpr]*types.Selection{}, Implicits: map[ast.Node]types.Object{},
		Scopes: map[ast.Node]*types.Scope{},
	}
}

// typeCheck checks the tree, in two passes where functions use variables that the statements of the same cell
// declare: the first finds the variables' types, with the functions' bodies left out, the second checks the bodies.
func (a *analysis) typeCheck() []types.Error {
	a.unused, a.result, a.bodies, a.pkg2 = map[*ast.Ident]bool{}, nil, nil, nil
	two := a.bodiesUseTopVars()
	var cut map[*ast.FuncDecl]*ast.BlockStmt
	if two {
		cut = a.cutBodies()
	}
	var bad []types.Error
	a.bodiless = two
	a.pkg, a.info, bad = a.pass(a.tree, nil)
	a.bodiless = false
	for fd, body := range cut {
		fd.Body = body
	}
	a.collectTopVars()
	if !two || len(bad) > 0 {
		return bad
	}
	tree := *a.tree
	tree.Decls = slices.DeleteFunc(slices.Clone(a.tree.Decls), func(d ast.Decl) bool { return d == a.run })
	a.pkg2, a.bodies, bad = a.pass(&tree, a.declareVars())
	return bad
}

// bodiesUseTopVars tells whether a function of the cell mentions a name that its statements declare.
func (a *analysis) bodiesUseTopVars() bool {
	if a.run == nil {
		return false
	}
	names := a.topNames()
	for _, id := range a.tree.Unresolved {
		if names[id.Name] && (id.Pos() < a.run.Pos() || id.Pos() > a.run.End()) {
			return true
		}
	}
	return false
}

func (a *analysis) cutBodies() map[*ast.FuncDecl]*ast.BlockStmt {
	cut := map[*ast.FuncDecl]*ast.BlockStmt{}
	for _, d := range a.tree.Decls {
		if fd, ok := d.(*ast.FuncDecl); ok && fd != a.run {
			cut[fd], fd.Body = fd.Body, nil
		}
	}
	return cut
}

// pass runs the type checker over one tree, again if literals of structs of other cells need keys.
func (a *analysis) pass(tree *ast.File, more *declared) (*types.Package, *types.Info, []types.Error) {
	for {
		pkg, info, bad := a.checkOnce(tree, more)
		if !giveKeys(tree, info, bad) {
			return pkg, info, bad
		}
		clear(a.unused)
	}
}

// checkOnce runs the type checker. The session's names are put into the package's scope.
func (a *analysis) checkOnce(tree *ast.File, more *declared) (*types.Package, *types.Info, []types.Error) {
	var bad []types.Error
	pkg := types.NewPackage(mainPath, "main")
	a.insertPredeclared(pkg)
	a.insertDotted(pkg)
	for name := range a.old.entities {
		v := a.topVars[name]
		declaredAnew := more != nil && v != nil && v.entity == nil
		if e := a.visible(name); e != nil && !declaredAnew && a.explicit[name] == "" {
			pkg.Scope().Insert(e.Obj)
		}
	}
	info := newInfo()
	conf := types.Config{
		Importer: a.c.imp, FakeImportC: true,
		Error: func(err error) {
			if e, ok := err.(types.Error); ok && !a.tolerate(e) {
				bad = append(bad, e)
			}
		},
	}
	files := []*ast.File{tree}
	if more != nil {
		files = append(files, more.file)
		for _, v := range more.vars {
			pkg.Scope().Insert(types.NewVar(v.obj.Pos(), pkg, v.name, v.obj.Type()))
		}
	}
	a.initial = nil
	types.NewChecker(&conf, a.c.fset, pkg, info).Files(files)
	a.initial = info.InitOrder
	return pkg, info, bad
}

// tolerate lets pass what is an error in a Go file but not in a cell.
func (a *analysis) tolerate(e types.Error) bool {
	switch {
	case strings.Contains(e.Msg, "missing function body"), strings.Contains(e.Msg, "func init must have a body"):
		return a.bodiless
	case strings.Contains(e.Msg, "imported") && strings.HasSuffix(e.Msg, "and not used"):
		return true
	case strings.HasPrefix(e.Msg, "label "):
		return false
	case strings.HasPrefix(e.Msg, "declared and not used"), strings.HasSuffix(e.Msg, "declared and not used"):
		if id := a.identAt(e.Pos); id != nil {
			a.unused[id] = true
			return true
		}
	case strings.HasSuffix(e.Msg, "is not used"):
		if x := a.lastExpression(); x != nil && e.Pos >= x.Pos() && e.Pos < x.End() {
			return true
		}
	}
	return false
}

func (a *analysis) identAt(pos token.Pos) *ast.Ident {
	var found *ast.Ident
	ast.Inspect(a.tree, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && id.Pos() == pos {
			found = id
		}
		return found == nil
	})
	return found
}

// lastExpression returns the cell's last statement if it is an expression.
func (a *analysis) lastExpression() ast.Expr {
	if a.run == nil || len(a.run.Body.List) == 0 {
		return nil
	}
	s, ok := a.run.Body.List[len(a.run.Body.List)-1].(*ast.ExprStmt)
	if !ok {
		return nil
	}
	return s.X
}

// collectTopVars finds the variables that the statements declare at top level.
func (a *analysis) collectTopVars() {
	a.topVars = map[string]*topVar{}
	if a.run == nil {
		return
	}
	for _, s := range a.run.Body.List {
		for _, id := range declaredBy(s) {
			obj := a.info.Defs[id]
			if obj == nil { // assigned again by a later :=
				continue
			}
			v := &topVar{name: id.Name, obj: obj, line: a.c.fset.Position(id.Pos()).Line}
			v.carried = a.carriedAs(id.Name, obj.Type())
			if e := a.visible(id.Name); e != nil && e.Kind == Var && types.Identical(e.Obj.Type(), obj.Type()) {
				v.entity = e
			}
			a.topVars[id.Name] = v
		}
	}
}

// findRenewed looks for variables that the cell declares new under a name that declarations of earlier cells use: these
// are to be compiled again, with the new variable. It returns whether there are any that the plan does not have yet.
func (a *analysis) findRenewed() bool {
	used := map[string]bool{}
	for _, e := range a.old.entities {
		if e.item != nil {
			maps.Copy(used, e.item.uses)
		}
	}
	for _, it := range a.old.stale {
		maps.Copy(used, it.uses)
	}
	found := false
	for name, v := range a.topVars {
		if v.entity == nil && !v.carried && used[name] && !a.renewed[name] {
			a.renewed[name], found = true, true
		}
	}
	return found
}

// carriedAs tells whether a variable that the cell declares is one that is carried over to a type compiled again. Where
// it gets another type, nothing needs to be carried.
func (a *analysis) carriedAs(name string, t types.Type) bool {
	i := slices.IndexFunc(a.carried, func(e *Entity) bool { return e.Name == name })
	if i < 0 {
		return false
	}
	if types.Identical(a.pkg.Scope().Lookup(name).Type(), t) {
		return true
	}
	a.carried = slices.Delete(slices.Clone(a.carried), i, i+1)
	return false
}

// declared are the variables of a cell's statements as the second pass sees them: a file that declares them, and those
// whose type only their library can name.
type declared struct {
	file *ast.File
	vars []*topVar
}

// declareVars gives the second pass the variables that the statements declare.
func (a *analysis) declareVars() *declared {
	d := &declared{}
	var vars, imports strings.Builder
	paths := map[string]bool{}
	for _, v := range a.topVars {
		if v.entity != nil || v.carried {
			continue // the session's is in the scope
		}
		if hiddenType(v.obj.Type()) != nil {
			d.vars = append(d.vars, v)
			continue
		}
		text := types.TypeString(v.obj.Type(), func(p *types.Package) string {
			if p.Path() == mainPath {
				return ""
			}
			paths[p.Path()] = true
			return aliasOf(p.Path())
		})
		fmt.Fprintf(&vars, "var %s %s\n", v.name, text)
	}
	for p := range paths {
		fmt.Fprintf(&imports, "import %s %q\n", aliasOf(p), p)
	}
	var err error
	d.file, err = parser.ParseFile(a.c.fset, generated, "package main\n"+imports.String()+vars.String(), 0)
	if err != nil {
		d.file = &ast.File{Name: ast.NewIdent("main")} // a type that cannot be written: generate complains
	}
	return d
}

// predeclared are names that cells know without a package before them, unless the user declares them: the results of
// earlier cells, and gophernotes' function to show a value.
var predeclared = map[string]string{"Out": rtPath, "Display": build.Module + "/kernel/display"}

// insertPredeclared puts the predeclared names into the scope of the cell's package.
func (a *analysis) insertPredeclared(pkg *types.Package) {
	if a.program || a.alone {
		return
	}
	for name, path := range predeclared {
		declared := slices.ContainsFunc(a.items, func(it *item) bool { return slices.Contains(it.names, name) })
		if declared || a.visible(name) != nil {
			continue
		}
		if from, err := a.c.imp.Import(path); err == nil && from.Scope().Lookup(name) != nil {
			pkg.Scope().Insert(from.Scope().Lookup(name))
		}
	}
}

// insertDotted puts the names of dot imports of earlier cells into the scope of the cell's package. Declarations go first.
func (a *analysis) insertDotted(pkg *types.Package) {
	declared := map[string]bool{}
	for _, it := range a.items {
		addAll(declared, it.names)
	}
	for _, path := range a.old.dots {
		from, err := a.c.imp.Import(path)
		if err != nil || a.importsDotted(path) {
			continue
		}
		for _, name := range from.Scope().Names() {
			if ast.IsExported(name) && !declared[name] && a.visible(name) == nil {
				pkg.Scope().Insert(from.Scope().Lookup(name))
			}
		}
	}
}

// importsDotted tells whether the cell itself has a dot import of a package.
func (a *analysis) importsDotted(path string) bool {
	return slices.ContainsFunc(a.tree.Imports, func(spec *ast.ImportSpec) bool {
		return spec.Name != nil && spec.Name.Name == "." && importPath(spec) == path
	})
}

func importPath(spec *ast.ImportSpec) string {
	path, _ := strconv.Unquote(spec.Path.Value)
	return path
}

// isOfPackage tells whether an object is declared at package level outside cells.
func isOfPackage(obj types.Object) bool {
	return obj.Pkg() != nil && obj.Pkg().Path() != mainPath && obj.Parent() == obj.Pkg().Scope()
}

// aliasOf returns a name for an imported package that no user's name collides with.
func aliasOf(path string) string {
	if path == rtPath {
		return "ꞏrt"
	}
	return "ꞏ" + strings.Map(func(r rune) rune {
		if r == '/' || r == '.' || r == '-' {
			return 'ꞏ'
		}
		return r
	}, path)
}

// blame finds the declarations of earlier cells that errors lie in, and takes them out of the plan.
func (a *analysis) blame(bad []types.Error) bool {
	found := false
	for _, e := range bad {
		offset := a.c.fset.PositionFor(e.Pos, false).Offset
		for _, s := range a.spans {
			if offset < s.start || offset >= s.end || s.item == nil || s.chunk.file == a.file || a.broken[s.item] || a.isOwn(s.item) {
				continue
			}
			if a.why == nil {
				a.why = map[*item]string{}
			}
			a.broken[s.item], found = true, true
			a.why[s.item] = e.Msg
		}
	}
	return found
}

func (a *analysis) isOwn(it *item) bool {
	return slices.ContainsFunc(a.own, func(o *item) bool { return slices.Equal(o.names, it.names) })
}

// report turns the type checker's errors into the user's.
func (a *analysis) report(bad []types.Error) error {
	var all Errors
	for _, e := range bad {
		msg := e.Msg
		if strings.HasPrefix(msg, "\t") && len(all) > 0 { // continues the one before
			continue
		}
		if name, ok := strings.CutPrefix(msg, "undefined: "); ok {
			msg += a.hint(name)
		} else if id := a.identAt(e.Pos); id != nil {
			msg += a.hides(id)
		}
		all = append(all, a.place(a.c.fset.Position(e.Pos), strings.ReplaceAll(msg, "main.", "")))
	}
	slices.SortStableFunc(all, func(x, y *Error) int { return x.Line - y.Line })
	return dedupe(all)
}

// hint says more about a name that is not there.
func (a *analysis) hint(name string) string {
	if why := a.old.lost[name]; why != "" {
		return ": " + why
	}
	if it := a.old.stale[name]; it != nil {
		return ": its declaration does not compile with a later one it depends on"
	}
	for _, e := range a.dropped {
		if e.Name == name {
			return ": its type is declared anew in this cell, so its old value is gone"
		}
	}
	if name == "main" || name == "init" {
		return ": a func " + name + " runs with the cell that declares it, and no other cell can call it; give it another name"
	}
	if name == "C" {
		return ": each cell that uses C says import \"C\" itself, below a comment that holds the C code; Go functions around it can be called from any cell"
	}
	return ""
}

// hides says that a name of the session stands before one of Go's own or a package, in an error about its use.
func (a *analysis) hides(id *ast.Ident) string {
	hidden := "Go's own "
	if qualifier := a.qualifierOf(id); qualifier != nil && len(a.c.packages.Named(qualifier.Name)) > 0 {
		id, hidden = qualifier, "package "
	} else if types.Universe.Lookup(id.Name) == nil {
		return ""
	}
	e := a.visible(id.Name)
	if e == nil {
		return ""
	}
	return fmt.Sprintf(": %s, declared at %s:%d, hides %s%[1]s; %%forget %[1]s brings that back", id.Name, e.Cell, e.Line, hidden)
}

// qualifierOf returns the name before the dot and an exported name, where that of a package may stand.
func (a *analysis) qualifierOf(id *ast.Ident) *ast.Ident {
	var found *ast.Ident
	ast.Inspect(a.tree, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok && sel.Sel == id && id.IsExported() {
			found, _ = sel.X.(*ast.Ident)
		}
		return found == nil
	})
	return found
}
