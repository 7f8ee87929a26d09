package translate

import (
	"go/ast"
	"go/token"
	"go/types"

	"github.com/warren-go/warren/opencl/internal/interval"
)

// jump is a statement that break and continue may lead out of.
type jump struct {
	label             types.Object
	loop              bool
	broken, continued *state // where they lead to
}

func (p *prover) block(s *state, list []ast.Stmt) {
	for _, n := range list {
		p.stmt(s, n, nil)
	}
}

// stmt runs a statement, with its label: s becomes what is known behind it.
func (p *prover) stmt(s *state, n ast.Stmt, label types.Object) {
	if n == nil || !p.spend() {
		return
	}
	switch n := n.(type) {
	case *ast.AssignStmt:
		p.assignment(s, n)
	case *ast.IncDecStmt:
		p.count(s, n)
	case *ast.DeclStmt:
		p.declaration(s, n)
	case *ast.ExprStmt:
		p.expr(s, n.X)
	case *ast.BlockStmt:
		p.block(s, n.List)
	case *ast.IfStmt:
		p.stmt(s, n.Init, nil)
		yes, no := p.condition(s, n.Cond)
		p.stmt(yes, n.Body, nil)
		p.stmt(no, n.Else, nil)
		*s = *yes.join(no)
	case *ast.ForStmt:
		p.forLoop(s, n, label)
	case *ast.RangeStmt:
		p.rangeLoop(s, n, label)
	case *ast.SwitchStmt:
		p.choice(s, n, label)
	case *ast.LabeledStmt:
		p.stmt(s, n.Stmt, p.info.Defs[n.Label])
	case *ast.BranchStmt:
		p.branch(s, n)
	case *ast.ReturnStmt:
		p.leave(s, n)
	}
}

// assignment runs =, := and operations such as +=.
func (p *prover) assignment(s *state, n *ast.AssignStmt) {
	if op, ok := assignments[n.Tok]; ok {
		x := p.expr(s, n.Lhs[0])
		p.assign(s, n.Lhs[0], p.arithmetic(s, p.typeOf(n.Lhs[0]), op, x, n.Rhs[0]))
		return
	}
	p.assignAll(s, n.Lhs, n.Rhs)
}

// assignAll looks at all values before it assigns the first.
func (p *prover) assignAll(s *state, lhs, rhs []ast.Expr) {
	var values []interval.Interval
	if call, ok := ast.Unparen(rhs[0]).(*ast.CallExpr); ok && len(lhs) > 1 && len(rhs) == 1 {
		if fn := p.callee(call); fn != nil && fn.Pkg() == p.pkg && fn.Signature().Recv() == nil {
			values = p.call(s, call, fn)
		}
	} else {
		for _, e := range rhs {
			values = append(values, p.value(s, e))
		}
	}
	for _, e := range lhs {
		if _, ok := ast.Unparen(e).(*ast.Ident); !ok {
			p.expr(s, e)
		}
	}
	for i, e := range lhs {
		x, _ := rangeOf(p.typeOf(e))
		if i < len(values) && !values[i].Empty() {
			x = values[i]
		}
		p.assign(s, e, x)
	}
}

// assign gives a variable its value. What is not kept track of, elements and fields, can be anything at any time.
func (p *prover) assign(s *state, e ast.Expr, x interval.Interval) {
	if id, ok := ast.Unparen(e).(*ast.Ident); ok && id.Name != "_" {
		s.know(p.info.ObjectOf(id), x)
	}
}

func (p *prover) count(s *state, n *ast.IncDecStmt) {
	x := p.expr(s, n.X)
	t, ok := integerType(p.typeOf(n.X))
	switch {
	case !ok:
	case n.Tok == token.INC:
		p.assign(s, n.X, t.Add(x, interval.Point(1)))
	default:
		p.assign(s, n.X, t.Sub(x, interval.Point(1)))
	}
}

func (p *prover) declaration(s *state, n *ast.DeclStmt) {
	d, ok := n.Decl.(*ast.GenDecl)
	if !ok || d.Tok != token.VAR {
		return
	}
	for _, spec := range d.Specs {
		spec := spec.(*ast.ValueSpec)
		lhs := make([]ast.Expr, len(spec.Names))
		for i, id := range spec.Names {
			lhs[i] = id
			p.assign(s, id, interval.Point(0))
		}
		if len(spec.Values) > 0 {
			p.assignAll(s, lhs, spec.Values)
		}
	}
}

// leave runs a return statement.
func (p *prover) leave(s *state, n *ast.ReturnStmt) {
	var values []interval.Interval
	for _, e := range n.Results {
		values = append(values, p.value(s, e))
	}
	if !s.dead {
		for i := range p.results {
			x := interval.Int.All() // of named results, and those of a call
			if len(values) == len(p.results) {
				x = values[i]
			}
			p.results[i] = p.results[i].Join(x)
		}
	}
	s.dead = true
}

func (p *prover) branch(s *state, n *ast.BranchStmt) {
	if n.Tok == token.FALLTHROUGH {
		return
	}
	for i := len(p.jumps) - 1; i >= 0; i-- {
		j := p.jumps[i]
		if n.Label != nil && j.label != p.info.Uses[n.Label] || n.Label == nil && n.Tok == token.CONTINUE && !j.loop {
			continue
		}
		if n.Tok == token.BREAK {
			j.broken = j.broken.join(s.clone())
		} else {
			j.continued = j.continued.join(s.clone())
		}
		break
	}
	s.dead = true
}

// enter begins a statement that break and continue may lead out of.
func (p *prover) enter(label types.Object, loop bool) *jump {
	j := &jump{label, loop, &state{dead: true}, &state{dead: true}}
	p.jumps = append(p.jumps, j)
	return j
}

func (p *prover) exit() { p.jumps = p.jumps[:len(p.jumps)-1] }

// loop runs a loop again and again until its beginning has nothing new, and then once more, for good. Round runs it once, from its
// beginning to the next. Behind a loop, its condition may hold still: after a fault a loop ends in any case.
func (p *prover) loop(s *state, label types.Object, round func(s *state)) {
	head := s.clone()
	once := func() (next, broken *state) {
		j := p.enter(label, true)
		defer p.exit()
		body := head.clone()
		round(body)
		return body, j.broken
	}
	p.trials++
	for p.patience > 0 {
		next, _ := once()
		wider := head.widen(head.join(next))
		if wider.equal(head) {
			break
		}
		head = wider
	}
	p.trials--
	_, broken := once()
	*s = *head.join(broken)
}

// again is where a round of the innermost loop ends: where its body ends, or by continue.
func (p *prover) again(s *state) {
	j := p.jumps[len(p.jumps)-1]
	*s = *s.join(j.continued)
}

func (p *prover) forLoop(s *state, n *ast.ForStmt, label types.Object) {
	p.stmt(s, n.Init, nil)
	p.loop(s, label, func(s *state) {
		if n.Cond != nil {
			yes, _ := p.condition(s, n.Cond)
			*s = *yes
		}
		p.stmt(s, n.Body, nil)
		p.again(s)
		p.stmt(s, n.Post, nil)
	})
}

func (p *prover) rangeLoop(s *state, n *ast.RangeStmt, label types.Object) {
	count := p.value(s, n.X)
	if a, ok := arrayOf(p.typeOf(n.X)); ok {
		count = interval.Point(a.Len())
	}
	p.loop(s, label, func(s *state) {
		s.dead = s.dead || count.High <= 0
		key := interval.Interval{Low: 0, High: count.High - 1}
		if count.High == interval.Unbounded {
			key.High = interval.Unbounded
		}
		for i, e := range []ast.Expr{n.Key, n.Value} {
			if e == nil {
				continue
			}
			if _, ok := ast.Unparen(e).(*ast.Ident); !ok {
				p.expr(s, e)
			}
			if i == 1 {
				key, _ = rangeOf(p.typeOf(e))
			}
			p.assign(s, e, key)
		}
		p.stmt(s, n.Body, nil)
		p.again(s)
	})
}

// arrayOf is the array that a range loop over a value of type t goes over.
func arrayOf(t types.Type) (*types.Array, bool) {
	u := t.Underlying()
	if ptr, ok := u.(*types.Pointer); ok {
		u = ptr.Elem().Underlying()
	}
	a, ok := u.(*types.Array)
	return a, ok
}

// choice runs a switch statement.
func (p *prover) choice(s *state, n *ast.SwitchStmt, label types.Object) {
	p.stmt(s, n.Init, nil)
	if n.Tag != nil {
		p.expr(s, n.Tag)
	}
	j := p.enter(label, false)
	defer p.exit()
	entries, none := p.cases(s, n)
	end := &state{dead: true}
	through := &state{dead: true}
	exhaustive := false
	for i, c := range n.Body.List {
		c := c.(*ast.CaseClause)
		at := entries[i]
		if c.List == nil {
			at, exhaustive = none, true
		}
		at = at.clone().join(through)
		p.block(at, c.Body)
		through = &state{dead: true}
		if fallsThrough(c.Body) {
			through = at
		} else {
			end = end.join(at)
		}
	}
	if !exhaustive {
		end = end.join(none)
	}
	*s = *end.join(j.broken)
}

// cases is what is known where each case begins, and where none applies.
func (p *prover) cases(s *state, n *ast.SwitchStmt) (entries []*state, none *state) {
	none = s.clone()
	for _, c := range n.Body.List {
		entry := &state{dead: true}
		for _, e := range c.(*ast.CaseClause).List {
			var yes *state
			if n.Tag == nil {
				yes, none = p.condition(none, e)
			} else {
				yes = none.clone()
				if x := p.expr(none, e); isInteger(p.typeOf(n.Tag)) {
					p.narrow(yes, n.Tag, x)
				}
			}
			entry = entry.join(yes)
		}
		entries = append(entries, entry)
	}
	return entries, none
}
