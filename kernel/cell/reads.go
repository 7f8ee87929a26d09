package cell

import (
	"fmt"
	"go/ast"
	"go/types"
	"maps"
	"slices"
	"strings"

	"github.com/warren-go/warren/kernel/build"
)

// A function of the session that runs in another process finds there the session's variables without values. So each package says
// which variables its functions use, themselves or by the functions and types of the session that they use.

// variable names a variable of the session by the package that declares it; without a home that is the package being made.
type variable struct {
	home *build.Package
	name string
}

// variables is a set of them.
type variables map[variable]bool

// located returns the set as it is once the package is made.
func (v variables) located(home *build.Package) variables {
	all := variables{}
	for x := range v {
		if x.home == nil {
			x.home = home
		}
		all[x] = true
	}
	return all
}

// findReads finds out what the declarations of the cell use, each by its own text and by what it depends on.
func (g *generator) findReads() {
	g.reads = map[*item]variables{}
	depends := map[*item]map[*item]bool{}
	for _, it := range g.items {
		g.reads[it], depends[it] = variables{}, map[*item]bool{}
	}
	for _, info := range g.infos() {
		for id, obj := range info.Uses {
			s := g.spanOf(id)
			if s == nil || g.reads[s.item] == nil {
				continue
			}
			if other := g.ownItem(obj); other != nil {
				depends[s.item][other] = true
				continue
			}
			g.addUse(g.reads[s.item], obj)
		}
	}
	for again := true; again; {
		again = false
		for it, others := range depends {
			before := len(g.reads[it])
			for other := range others {
				maps.Copy(g.reads[it], g.reads[other])
			}
			again = again || len(g.reads[it]) > before
		}
	}
}

func (g *generator) infos() []*types.Info {
	if g.bodies == nil {
		return []*types.Info{g.info}
	}
	return []*types.Info{g.info, g.bodies}
}

// ownItem is the declaration of the cell that an object belongs to, or nil.
func (g *generator) ownItem(obj types.Object) *item {
	name := sessionName(obj)
	if name == "" {
		return nil
	}
	for _, it := range g.items {
		if slices.Contains(it.names, name) {
			return it
		}
	}
	return nil
}

// addUse adds what the use of an object of the session means: a variable, or what a declaration of an earlier cell uses.
func (g *generator) addUse(to variables, obj types.Object) {
	if v, ok := obj.(*types.Var); ok {
		if !v.IsField() && g.isTop(v) {
			to[variable{g.place(v).home, v.Name()}] = true
		}
		return
	}
	if name := sessionName(obj); name != "" {
		if e := g.old.entities[name]; e != nil {
			maps.Copy(to, e.reads)
		}
	}
}

// readsIn is what the code of a function uses.
func (g *generator) readsIn(function ast.Node) variables {
	all := variables{}
	ast.Inspect(function, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if !ok {
			return true
		}
		for _, info := range g.infos() {
			obj := info.Uses[id]
			if obj == nil {
				continue
			}
			if it := g.ownItem(obj); it != nil {
				maps.Copy(all, g.reads[it])
				continue
			}
			g.addUse(all, obj)
		}
		return true
	})
	return all
}

// readsList is what the package says about its functions and literals that use variables.
func (g *generator) readsList() string {
	var b strings.Builder
	within := ""
	ast.Inspect(g.tree, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			within = strings.TrimPrefix(n.Name.Name, "ꞏ")
			if n != g.run {
				g.addReads(&b, n, within)
			}
		case *ast.FuncLit:
			g.addReads(&b, n, within)
		}
		return true
	})
	return b.String()
}

func (g *generator) addReads(b *strings.Builder, function ast.Node, within string) {
	if all := g.readsIn(function); len(all) > 0 {
		fmt.Fprintf(b, "{Line: %d, Within: %q, Vars: %s}, ", g.c.fset.Position(function.Pos()).Line, within, all.source())
	}
}

// methodsRead is what the package says about its types whose methods use variables.
func (g *generator) methodsRead() string {
	var b strings.Builder
	for _, it := range g.items {
		if all := g.reads[it]; len(it.methods) > 0 && len(all) > 0 {
			for _, name := range it.names {
				fmt.Fprintf(&b, "%q: %s, ", name, all.source())
			}
		}
	}
	return b.String()
}

// source is the set as generated code has it.
func (v variables) source() string {
	var list []string
	for x := range v {
		path := pathToken
		if x.home != nil {
			path = x.home.Path
		}
		list = append(list, fmt.Sprintf("%q", path+"\x00"+x.name))
	}
	slices.Sort(list)
	return "[]string{" + strings.Join(list, ", ") + "}"
}
