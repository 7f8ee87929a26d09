package cell

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"maps"
	"slices"
	"strings"

	"github.com/warren-go/warren/kernel/build"
)

// rtPath is the package that generated code calls.
const rtPath = build.Module + "/kernel/rt"

// generator writes the package of a checked cell, by changing its text in places: what is not changed keeps its lines.
type generator struct {
	*analysis
	edits    editList
	packages map[string]bool           // imported packages, by path
	cells    map[*build.Package]string // imported cells: their name in the source
	order    []*build.Package
	aliases  map[string]bool // embedded predeclared types, which need a name that can be exported
	extra    []string        // statements that run before the user's
	broken   error
	override map[*ast.Ident]string // identifiers that were replaced for another reason than their name
	replaced map[token.Pos]bool
	parents  map[ast.Node]ast.Node
	inits    int
	reads    map[*item]variables // that the cell's declarations use
}

// marked returns the name under which generated code knows a name of the user's.
func marked(name string) string {
	if name == "_" || ast.IsExported(name) {
		return name
	}
	return Mark + name
}

func (g *generator) fail(msg string) {
	if g.broken == nil {
		g.broken = Errors{{File: g.file, Line: 1, Col: 1, Message: msg}}
	}
}

// packageName returns how generated code refers to an imported package.
func (g *generator) packageName(path string) string {
	g.packages[path] = true
	return aliasOf(path)
}

// rt returns a reference to a function of the run-time package.
func (g *generator) rt(name string) string { return g.packageName(rtPath) + "." + name }

// spell returns how generated code refers to a package-level object of a cell.
func (g *generator) spell(obj types.Object) string {
	at := g.place(obj)
	return g.spellAt(at, obj.Name())
}

func (g *generator) spellAt(at place, name string) string {
	name = marked(name)
	if at.home != nil {
		name = g.cellName(at.home) + "." + name
	}
	if at.indirect {
		return "(*" + name + ")"
	}
	return name
}

// place returns where an object is; without a home it is in this package.
func (g *generator) place(obj types.Object) place {
	if e := g.old.entities[obj.Name()]; e != nil && e.Obj == obj {
		return place{e.Home, e.indirect}
	}
	if v := g.topVars[obj.Name()]; v != nil && v.entity != nil && (v.obj == obj || obj.Pkg() == g.pkg2) {
		return place{v.entity.Home, v.entity.indirect}
	}
	if obj.Pkg() == g.pkg || obj.Pkg() == g.pkg2 {
		_, isVar := obj.(*types.Var)
		return place{indirect: isVar && (g.c.race || g.isCarried(obj.Name()))}
	}
	return g.c.homes[obj]
}

func (g *generator) cellName(p *build.Package) string {
	if name := g.cells[p]; name != "" {
		return name
	}
	name := fmt.Sprintf("ꞏ%d", len(g.cells)+1)
	g.cells[p] = name
	g.order = append(g.order, p)
	return name
}

// isTop tells whether an object belongs to the session: declared at package level in some cell, or at top level of
// this one's statements.
func (g *generator) isTop(obj types.Object) bool {
	if obj.Pkg() == nil || obj.Pkg().Path() != mainPath {
		return false
	}
	if v := g.topVars[obj.Name()]; v != nil && v.obj == obj {
		return true
	}
	return obj.Parent() == obj.Pkg().Scope()
}

// generate makes the package.
func (a *analysis) generate() (*Result, error) {
	g := &generator{
		analysis: a, packages: map[string]bool{}, cells: map[*build.Package]string{}, aliases: map[string]bool{},
		override: map[*ast.Ident]string{}, replaced: map[token.Pos]bool{},
	}
	r := &Result{}
	g.findParents()
	g.findAddressed()
	g.findReads()
	g.promoteLoops()
	g.rewriteStatements()
	g.rewriteCode()
	g.rewriteNames()
	body := g.edits.apply(a.text)
	header := g.header(r)
	footer := g.footer()
	if g.broken != nil {
		return nil, g.broken
	}
	imports, cgo := g.importBlock()
	source := "package main\n\n" + imports + "\n" + body[strings.Index(body, "\n")+1:] + "\n" + header + footer
	path := build.Prefix + build.Hash(source, fmt.Sprint(a.c.race))
	if cgo {
		path = strings.Replace(path, "/", "/c", 1)
	}
	source = strings.ReplaceAll(source, pathToken, path)
	r.Package = &build.Package{Path: path, Source: []byte(source), Imports: slices.Sorted(maps.Keys(g.packages)), Cells: g.order, Cgo: cgo}
	for _, v := range r.Variables {
		v.Home = r.Package
	}
	r.reads = map[*item]variables{}
	for it, v := range g.reads {
		r.reads[it] = v.located(r.Package)
	}
	r.ReadsInput = g.readsInput()
	r.Warnings = g.warn()
	return r, nil
}

// pathToken stands for the package's path until the rest of the source, and so the path, is known.
// It cannot be part of a name.
const pathToken = "ꞏ(path)ꞏ"

// importBlock lists what the generated package imports.
func (g *generator) importBlock() (text string, cgo bool) {
	var b strings.Builder
	cgo = g.importC(&b)
	g.packages[rtPath] = true
	b.WriteString("import (\n")
	for _, p := range slices.Sorted(maps.Keys(g.packages)) {
		fmt.Fprintf(&b, "\t%s %q\n", aliasOf(p), p)
	}
	for _, spec := range g.tree.Imports {
		if spec.Name != nil && spec.Name.Name == "_" {
			fmt.Fprintf(&b, "\t_ %s\n", spec.Path.Value)
			g.packages[importPath(spec)] = true
		}
	}
	for _, c := range g.order {
		fmt.Fprintf(&b, "\t%s %q\n", g.cells[c], c.Path)
	}
	b.WriteString(")\n")
	return b.String(), cgo
}

// header declares the session variables of this package.
func (g *generator) header(r *Result) string {
	var b strings.Builder
	fmt.Fprintf(&b, "//line %s:1\n", generated)
	for _, name := range slices.Sorted(maps.Keys(g.topVars)) {
		v := g.topVars[name]
		if v.entity != nil || v.carried {
			continue
		}
		g.declareVar(&b, name, v.obj.Type())
		r.Variables = append(r.Variables, &Entity{Name: name, Kind: Var, Obj: g.finalObj(v), Cell: g.file, Line: v.line, indirect: g.c.race})
	}
	for _, e := range g.carried {
		obj := g.pkg.Scope().Lookup(e.Name)
		if g.pkg2 != nil {
			obj = g.pkg2.Scope().Lookup(e.Name)
		}
		r.Variables = append(r.Variables, &Entity{Name: e.Name, Kind: Var, Obj: obj, Cell: e.Cell, Line: e.Line, indirect: true})
		pointer := "&" + g.spellAt(place{e.Home, e.indirect}, e.Name)
		fmt.Fprintf(&b, "var %s = (*%s)(%s.Pointer(%s))\n", marked(e.Name), g.typeText(obj.Type()), g.packageName("unsafe"), pointer)
	}
	if g.program {
		g.programVars(&b, r)
	}
	for _, name := range slices.Sorted(maps.Keys(g.aliases)) {
		fmt.Fprintf(&b, "type %s = %s\n", marked(name), name)
	}
	fmt.Fprintf(&b, "func init() {\n\t%s(%q, %s{Run: %s, Vars: map[string]any{", g.rt("Register"), pathToken, g.rt("Unit"), runName)
	for _, v := range r.Variables {
		addr := "&"
		if v.indirect {
			addr = ""
		}
		fmt.Fprintf(&b, "%q: %s%s, ", v.Name, addr, marked(v.Name))
	}
	b.WriteString("}")
	if reads := g.readsList(); reads != "" {
		fmt.Fprintf(&b, ", Reads: []%s{%s}", g.rt("Reads"), reads)
	}
	if methods := g.methodsRead(); methods != "" {
		fmt.Fprintf(&b, ", Types: map[string][]string{%s}", methods)
	}
	b.WriteString("})\n}\n")
	return b.String()
}

func (g *generator) declareVar(b *strings.Builder, name string, t types.Type) {
	pointer := ""
	if hidden := hiddenType(t); hidden != nil {
		value, decl, ok := g.inferred(name)
		if !ok {
			g.fail(fmt.Sprintf("the variable %s would have the type %s.%s, which its package keeps to itself: use the value within one statement, or give the variable an interface type", name, hidden.Pkg().Name(), hidden.Name()))
			return
		}
		b.WriteString(decl)
		pointer = value
	} else if text := g.typeText(t); g.c.race {
		pointer = "new(" + text + ")"
	} else {
		fmt.Fprintf(b, "var %s %s\n", marked(name), text)
		return
	}
	if !g.c.race {
		pointer = "*" + pointer
	}
	fmt.Fprintf(b, "var %s = %s\n", marked(name), pointer)
}

// finalObj returns the object that later cells see: the second pass's, where there was one.
func (g *generator) finalObj(v *topVar) types.Object {
	if g.pkg2 != nil {
		if obj := g.pkg2.Scope().Lookup(v.name); obj != nil {
			return obj
		}
	}
	// In the scope of a package, as later cells expect; in that of this one the name may stand for what it shadows.
	pkg := types.NewPackage(mainPath, "main")
	obj := types.NewVar(v.obj.Pos(), pkg, v.name, v.obj.Type())
	pkg.Scope().Insert(obj)
	return obj
}

// footer writes the statements that do not stand in the cell: carrying variables over, calls of init and main.
func (g *generator) footer() string {
	var b strings.Builder
	if g.run == nil {
		fmt.Fprintf(&b, "func %s() {\n\t%s()\n", runName, prologueName)
		if g.program {
			g.programRun(&b)
		}
		g.callInits(&b)
		g.callMain(&b)
		b.WriteString("}\n")
	}
	fmt.Fprintf(&b, "func %s() {\n", prologueName)
	for _, s := range g.extra {
		b.WriteString("\t" + s + "\n")
	}
	if g.run != nil && g.hasStatements() {
		g.callInits(&b)
	}
	b.WriteString("}\n")
	return b.String()
}

// prologueName is the function that runs before a cell's statements.
const prologueName = "ꞏprologue"

func (g *generator) callInits(b *strings.Builder) {
	inits := 0
	for _, ch := range g.special {
		if ch.name == "init" {
			inits++
			fmt.Fprintf(b, "\tꞏinit%d()\n", inits)
		}
	}
}

// callMain runs func main, unless the cell calls it itself.
func (g *generator) callMain(b *strings.Builder) {
	for _, ch := range g.special {
		if ch.name == "main" && (g.program || !g.mentionsMain()) {
			b.WriteString("\tꞏmain()\n")
		}
	}
}

func (g *generator) mentionsMain() bool {
	for _, info := range []*types.Info{g.info, g.bodies} {
		if info == nil {
			continue
		}
		for _, obj := range info.Uses {
			if isMain(obj) {
				return true
			}
		}
	}
	return false
}

// isMain tells whether an object is the cell's func main.
func isMain(obj types.Object) bool {
	_, isFunc := obj.(*types.Func)
	return isFunc && obj.Name() == "main" && obj.Pkg() != nil && obj.Pkg().Path() == mainPath && obj.Parent() == obj.Pkg().Scope()
}

// hasStatements tells whether the cell does anything but declare. Else its init runs behind its variables, as in a program.
func (g *generator) hasStatements() bool {
	return slices.ContainsFunc(g.stmts, func(s chunk) bool { return !s.isVar })
}

// programVars declares the package-level variables of a whole program.
func (g *generator) programVars(b *strings.Builder, r *Result) {
	for _, name := range g.pkg.Scope().Names() {
		v, ok := g.pkg.Scope().Lookup(name).(*types.Var)
		if !ok || v.Pkg() != g.pkg || g.isCarried(name) {
			continue
		}
		g.declareVar(b, name, v.Type())
		r.Variables = append(r.Variables, &Entity{Name: name, Kind: Var, Obj: v, Cell: g.file, Line: g.c.fset.Position(v.Pos()).Line, indirect: g.c.race})
	}
}

func (g *generator) isCarried(name string) bool {
	return slices.ContainsFunc(g.carried, func(e *Entity) bool { return e.Name == name })
}

// programRun assigns a program's variables in the order in which Go would initialize them.
func (g *generator) programRun(b *strings.Builder) {
	initialized := map[types.Object]bool{}
	for _, in := range g.initial {
		for _, v := range in.Lhs {
			initialized[v] = true
		}
	}
	for _, name := range g.pkg.Scope().Names() { // run again, a program starts with zero values again
		if v, ok := g.pkg.Scope().Lookup(name).(*types.Var); ok && v.Pkg() == g.pkg && !g.isCarried(name) && !initialized[v] {
			fmt.Fprintf(b, "\t%s = *new(%s)\n", g.spell(v), g.typeText(v.Type()))
		}
	}
	for _, in := range g.initial {
		var lhs []string
		for _, v := range in.Lhs {
			if v.Name() == "_" {
				lhs = append(lhs, "_")
				continue
			}
			lhs = append(lhs, g.spell(v))
		}
		pos := g.c.fset.Position(in.Rhs.Pos())
		start, end := g.offset(in.Rhs.Pos()), g.offset(in.Rhs.End())
		fmt.Fprintf(b, "//line %s:%d\n\t%s = %s\n", pos.Filename, pos.Line, strings.Join(lhs, ", "), g.edits.render(g.text, start, end))
	}
	fmt.Fprintf(b, "//line %s:1\n", generated)
}

func (g *generator) offset(p token.Pos) int { return g.c.fset.PositionFor(p, false).Offset }

// readsInput tells whether the cell or what it calls may read standard input.
func (g *generator) readsInput() bool {
	for p := range g.packages {
		first, _, _ := strings.Cut(p, "/")
		if strings.Contains(first, ".") && !strings.HasPrefix(p, build.Module) && !strings.HasPrefix(p, "gonum.org/") && !strings.HasPrefix(p, "golang.org/x/") {
			return true // a library that might
		}
	}
	for _, c := range g.order {
		if c.ReadsInput {
			return true
		}
	}
	reads := false
	ast.Inspect(g.tree, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok {
			if id, ok := sel.X.(*ast.Ident); ok {
				reads = reads || id.Name == "os" && sel.Sel.Name == "Stdin" || id.Name == "fmt" && strings.HasPrefix(sel.Sel.Name, "Scan") || id.Name == "C"
			}
		}
		return !reads
	})
	return reads
}

// warn puts into words what the cell costs the session.
func (g *generator) warn() []string {
	var out []string
	for it := range g.analysis.broken {
		out = append(out, fmt.Sprintf("%s (%s) does not compile with what this cell declares, and is undefined until one of them changes: %s", strings.Join(it.names, ", "), it.decl.file, g.why[it]))
	}
	var gone []string
	for _, e := range g.dropped {
		gone = append(gone, e.Name)
	}
	if len(gone) > 0 {
		out = append(out, fmt.Sprintf("the type behind %s changed: its old value is dropped (run the cell that makes it again)", strings.Join(gone, ", ")))
	}
	out = append(out, g.heldInInterfaces()...)
	slices.Sort(out)
	return out
}

// heldInInterfaces names the variables whose interfaces may hold values of a type that is compiled again. Such a value is
// carried over nowhere: it keeps its old type, with the methods of then.
func (g *generator) heldInInterfaces() []string {
	var out []string
	for _, e := range g.old.Entities() {
		if e.Kind != Var || g.topVars[e.Name] != nil || slices.Contains(g.dropped, e) {
			continue
		}
		for _, it := range g.items {
			for _, name := range it.names {
				if t := g.old.entities[name]; t != nil && t.Kind == Type && mayHold(e.Obj.Type(), t.Obj.Type()) {
					out = append(out, fmt.Sprintf("%s may hold values of the old %s, which keep its old methods (run the cell that makes it again)", e.Name, name))
				}
			}
		}
	}
	return out
}

// mayHold tells whether a type is made with an interface that has methods, and that t, or a pointer to it, implements.
func mayHold(made, t types.Type) bool {
	if n, ok := t.(*types.Named); !ok || n.TypeParams().Len() > 0 || types.IsInterface(t) {
		return false
	}
	found := false
	walkType(made, func(part types.Type) bool {
		i, ok := part.Underlying().(*types.Interface)
		found = found || ok && i.NumMethods() > 0 && (types.Implements(t, i) || types.Implements(types.NewPointer(t), i))
		return !found
	})
	return found
}
