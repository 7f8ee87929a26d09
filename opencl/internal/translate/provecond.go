package translate

import (
	"go/ast"
	"go/constant"
	"go/token"

	"github.com/warren-go/warren/opencl/internal/interval"
)

// condition is what is known where an expression is true, and where it is false.
func (p *prover) condition(s *state, e ast.Expr) (yes, no *state) {
	if tv := p.info.Types[e]; tv.Value != nil && tv.Value.Kind() == constant.Bool {
		yes, no = s.clone(), s.clone()
		yes.dead = yes.dead || !constant.BoolVal(tv.Value)
		no.dead = no.dead || constant.BoolVal(tv.Value)
		return yes, no
	}
	switch e := ast.Unparen(e).(type) {
	case *ast.UnaryExpr:
		if e.Op == token.NOT {
			no, yes = p.condition(s, e.X)
			return yes, no
		}
	case *ast.BinaryExpr:
		switch e.Op {
		case token.LAND:
			left, not := p.condition(s, e.X)
			yes, no = p.condition(left, e.Y)
			return yes, no.join(not)
		case token.LOR:
			right, not := p.condition(s, e.X)
			yes, no = p.condition(not, e.Y)
			return yes.join(right), no
		case token.EQL, token.NEQ, token.LSS, token.LEQ, token.GTR, token.GEQ:
			return p.comparison(s, e)
		}
	}
	p.expr(s, e)
	return s.clone(), s.clone()
}

// opposite are the comparisons that hold where one does not.
var opposite = map[token.Token]token.Token{
	token.EQL: token.NEQ, token.NEQ: token.EQL, token.LSS: token.GEQ, token.GEQ: token.LSS, token.GTR: token.LEQ, token.LEQ: token.GTR,
}

func (p *prover) comparison(s *state, e *ast.BinaryExpr) (yes, no *state) {
	x, y := p.expr(s, e.X), p.expr(s, e.Y)
	yes, no = s.clone(), s.clone()
	_, left := integerType(p.typeOf(e.X))
	_, right := integerType(p.typeOf(e.Y))
	if left && right {
		p.compare(yes, e.X, e.Y, e.Op, x, y)
		p.compare(no, e.X, e.Y, opposite[e.Op], x, y)
	}
	return yes, no
}

// compare notes that x op y holds.
func (p *prover) compare(s *state, left, right ast.Expr, op token.Token, x, y interval.Interval) {
	switch op {
	case token.EQL:
		p.narrow(s, left, y)
		p.narrow(s, right, x)
	case token.NEQ:
		p.narrow(s, left, except(x, y))
		p.narrow(s, right, except(y, x))
	case token.LSS:
		p.narrow(s, left, below(y, 1))
		p.narrow(s, right, above(x, 1))
	case token.LEQ:
		p.narrow(s, left, below(y, 0))
		p.narrow(s, right, above(x, 0))
	case token.GTR:
		p.compare(s, right, left, token.LSS, y, x)
	case token.GEQ:
		p.compare(s, right, left, token.LEQ, y, x)
	}
}

// below is what is smaller than something of x by some number.
func below(x interval.Interval, by int64) interval.Interval {
	all := interval.Int.All()
	if x.High != interval.Unbounded && x.High > all.Low {
		all.High = x.High - by
	}
	return all
}

// above is what is larger than something of x by some number.
func above(x interval.Interval, by int64) interval.Interval {
	all := interval.Int.All()
	if x.Low < all.High {
		all.Low = x.Low + by
	}
	return all
}

// except is x without the only number of y, where that is at one of its ends.
func except(x, y interval.Interval) interval.Interval {
	switch {
	case y.Low != y.High || y.High == interval.Unbounded:
	case x.Low == y.Low:
		x.Low++
	case x.High == y.High:
		x.High--
	}
	return x
}

// narrow notes that an expression lies in an interval, as far as that says something about a variable.
func (p *prover) narrow(s *state, e ast.Expr, x interval.Interval) {
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		v := p.info.ObjectOf(e)
		now := s.of(v).Meet(x)
		s.know(v, now)
		s.dead = s.dead || now.Empty()
	case *ast.CallExpr:
		switch {
		case p.builtin(e) == "len" && p.isSlice(e.Args[0]):
			if id, ok := ast.Unparen(e.Args[0]).(*ast.Ident); ok {
				p.narrow(s, id, x)
			}
		case len(e.Args) == 1 && p.info.Types[e.Fun].IsType():
			p.narrowConverted(s, e, x)
		}
	case *ast.BinaryExpr:
		p.narrowSum(s, e, x)
	}
}

// narrowConverted is narrow for a conversion that keeps the value.
func (p *prover) narrowConverted(s *state, e *ast.CallExpr, x interval.Interval) {
	to, ok := integerType(p.typeOf(e))
	_, fromInteger := integerType(p.typeOf(e.Args[0]))
	id, isName := ast.Unparen(e.Args[0]).(*ast.Ident)
	if !ok || !fromInteger || !isName {
		return
	}
	if now := s.of(p.info.ObjectOf(id)); now.High != interval.Unbounded && now.Within(to.All()) {
		p.narrow(s, id, x)
	}
}

// narrowSum is narrow for a variable with a constant added or taken away, where that does not wrap around.
func (p *prover) narrowSum(s *state, e *ast.BinaryExpr, x interval.Interval) {
	id, isName := ast.Unparen(e.X).(*ast.Ident)
	c, isConstant := p.constant(e.Y)
	t, ok := integerType(p.typeOf(e))
	if !isName || !isConstant || !ok || e.Op != token.ADD && e.Op != token.SUB {
		return
	}
	now := s.of(p.info.ObjectOf(id))
	const far = 1 << 61 // sums of two such numbers cannot wrap around
	if now.Low < -far || now.High > far || c.Low < -far || c.High > far || x.Low > x.High {
		return
	}
	if e.Op == token.SUB {
		c = interval.Interval{Low: -c.High, High: -c.Low}
	}
	sum := interval.Interval{Low: now.Low + c.Low, High: now.High + c.High}
	if !sum.Within(t.All()) {
		return
	}
	x = x.Meet(interval.Interval{Low: -2 * far, High: 2 * far})
	p.narrow(s, id, interval.Interval{Low: x.Low - c.High, High: x.High - c.Low})
}
