package translate

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"strconv"

	"github.com/warren-go/warren/opencl/internal/interval"
)

// value is what an integer expression can be, or the length of a slice.
func (p *prover) value(s *state, e ast.Expr) interval.Interval {
	if p.isSlice(e) {
		return p.length(s, e)
	}
	return p.expr(s, e)
}

// expr is what an expression can be, if it is an integer. What is checked in it is looked at in any case.
func (p *prover) expr(s *state, e ast.Expr) interval.Interval {
	all, _ := rangeOf(p.typeOf(e))
	if !p.spend() {
		return all
	}
	if x, ok := p.constant(e); ok {
		return x
	}
	switch e := e.(type) {
	case *ast.ParenExpr:
		return p.expr(s, e.X)
	case *ast.Ident:
		return s.of(p.info.ObjectOf(e))
	case *ast.BinaryExpr:
		return p.binary(s, e)
	case *ast.UnaryExpr:
		return p.unary(s, e)
	case *ast.CallExpr:
		return p.callValue(s, e)
	case *ast.IndexExpr:
		p.index(s, e)
	case *ast.SelectorExpr:
		if p.info.Selections[e] != nil {
			p.expr(s, e.X)
		}
	case *ast.StarExpr:
		p.expr(s, e.X)
	case *ast.SliceExpr:
		p.length(s, e)
	case *ast.CompositeLit:
		for _, x := range e.Elts {
			if kv, ok := x.(*ast.KeyValueExpr); ok {
				x = kv.Value
			}
			p.expr(s, x)
		}
	}
	return all
}

// constant is the value of a constant expression.
func (p *prover) constant(e ast.Expr) (x interval.Interval, ok bool) {
	tv, ok := p.info.Types[e]
	if !ok || tv.Value == nil {
		return x, false
	}
	if n, exact := constant.Int64Val(constant.ToInt(tv.Value)); exact {
		return interval.Point(n), true
	}
	all, _ := rangeOf(tv.Type)
	return all, true
}

// index looks at an index.
func (p *prover) index(s *state, e *ast.IndexExpr) {
	length := interval.Interval{}
	switch t := p.typeOf(e.X).Underlying().(type) {
	case *types.Slice:
		length = p.length(s, e.X)
	case *types.Array:
		p.expr(s, e.X)
		length = interval.Point(t.Len())
	case *types.Pointer:
		p.expr(s, e.X)
		if a, ok := t.Elem().Underlying().(*types.Array); ok {
			length = interval.Point(a.Len())
		}
	}
	i := p.expr(s, e.Index)
	p.check(s, e.Index, i.Low >= 0 && i.High < length.Low)
}

// length is that of a slice.
func (p *prover) length(s *state, e ast.Expr) interval.Interval {
	if !p.spend() {
		return lengths
	}
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		return s.of(p.info.ObjectOf(e))
	case *ast.SliceExpr:
		if p.isSlice(e.X) {
			return p.part(s, e)
		}
		p.expr(s, e.X)
	case *ast.CallExpr:
		if len(e.Args) == 1 && p.info.Types[e.Fun].IsType() {
			return p.length(s, e.Args[0])
		}
		p.expr(s, e)
	}
	return lengths
}

// part is the length of a slice of a slice. A bound that is out of range becomes 0 on the device.
func (p *prover) part(s *state, e *ast.SliceExpr) interval.Interval {
	whole := p.length(s, e.X)
	high := whole
	if e.High != nil {
		high = p.bound(s, e.High, whole, false)
	}
	if e.Low == nil {
		return high
	}
	size, known := p.distance(s, e.Low, e.High)
	known = known && size.Low >= 0 && p.within(s, e.High, whole) && p.expr(s, e.Low).Low >= 0
	low := p.bound(s, e.Low, high, known)
	length := interval.Int.Sub(high, low).Meet(interval.Interval{Low: 0, High: whole.High})
	if known {
		length = length.Meet(size)
	}
	return length
}

// bound is what a slice's bound can be, which must be between 0 and a limit.
func (p *prover) bound(s *state, e ast.Expr, limit interval.Interval, known bool) interval.Interval {
	x := p.expr(s, e)
	within := known || x.Low >= 0 && x.High <= limit.Low
	p.check(s, e, within)
	if within {
		return x
	}
	return x.Meet(interval.Interval{Low: 0, High: limit.High}).Join(interval.Point(0))
}

// within tells whether a bound is between 0 and a limit.
func (p *prover) within(s *state, e ast.Expr, limit interval.Interval) bool {
	x := p.expr(s, e)
	return x.Low >= 0 && x.High <= limit.Low
}

// unary is an operation on one value.
func (p *prover) unary(s *state, e *ast.UnaryExpr) interval.Interval {
	x := p.expr(s, e.X)
	t, ok := integerType(p.typeOf(e))
	switch {
	case !ok:
	case e.Op == token.ADD:
		return x
	case e.Op == token.SUB:
		return t.Sub(interval.Point(0), x)
	case e.Op == token.XOR && !t.Unsigned:
		return t.Sub(interval.Point(-1), x)
	}
	return t.All()
}

// binary is an operation on two values.
func (p *prover) binary(s *state, e *ast.BinaryExpr) interval.Interval {
	switch e.Op {
	case token.LAND, token.LOR, token.EQL, token.NEQ, token.LSS, token.LEQ, token.GTR, token.GEQ:
		p.condition(s, e)
		return interval.Int.All()
	}
	return p.arithmetic(s, p.typeOf(e), e.Op, p.expr(s, e.X), e.Y)
}

// operations are those whose result needs no check.
var operations = map[token.Token]func(t interval.Type, x, y interval.Interval) interval.Interval{
	token.ADD: interval.Type.Add, token.SUB: interval.Type.Sub, token.MUL: interval.Type.Mul,
	token.AND: interval.Type.And, token.OR: interval.Type.Or, token.XOR: interval.Type.Xor, token.AND_NOT: interval.Type.AndNot,
}

// arithmetic is x op y for values of a type. A divisor of 0 gives 0 on the device.
func (p *prover) arithmetic(s *state, typ types.Type, op token.Token, x interval.Interval, e ast.Expr) interval.Interval {
	y := p.expr(s, e)
	t, ok := integerType(typ)
	if !ok {
		return t.All()
	}
	switch op {
	case token.QUO, token.REM:
		p.check(s, e, y.Low > 0 || y.High < 0)
		if op == token.QUO {
			return t.Quo(x, y)
		}
		return t.Rem(x, y)
	case token.SHL, token.SHR:
		p.check(s, e, y.Low >= 0)
		if op == token.SHL {
			return t.Shl(x, y)
		}
		return t.Shr(x, y)
	}
	return operations[op](t, x, y)
}

// callValue is what a call returns.
func (p *prover) callValue(s *state, e *ast.CallExpr) interval.Interval {
	all, _ := rangeOf(p.typeOf(e))
	if tv := p.info.Types[e.Fun]; tv.IsType() && len(e.Args) == 1 {
		return p.conversion(s, e.Args[0], tv.Type)
	}
	if name := p.builtin(e); name != "" {
		return p.builtinValue(s, e, name)
	}
	fn := p.callee(e)
	switch {
	case fn == nil:
	case fn.Signature().Recv() != nil:
		return p.method(s, e, fn)
	case fn.Pkg() == p.pkg:
		if results := p.call(s, e, fn); len(results) == 1 && !results[0].Empty() {
			return results[0].Meet(all)
		}
		return all
	}
	for _, x := range e.Args {
		p.value(s, x)
	}
	if fn != nil && fn.Pkg() != nil && fn.Pkg().Path() == "math/bits" && counts[fn.Name()] > 0 {
		return interval.Interval{Low: 0, High: counts[fn.Name()]}
	}
	return all
}

// counts are the functions of math/bits that count bits, with what they give at most.
var counts = func() map[string]int64 {
	most := map[string]int64{}
	for _, name := range []string{"LeadingZeros", "Len", "OnesCount", "TrailingZeros"} {
		most[name] = 64
		for _, n := range []int64{8, 16, 32, 64} {
			most[name+strconv.FormatInt(n, 10)] = n
		}
	}
	return most
}()

func (p *prover) conversion(s *state, e ast.Expr, to types.Type) interval.Interval {
	x := p.value(s, e)
	t, ok := integerType(to)
	from, fromInteger := integerType(p.typeOf(e))
	if ok && fromInteger {
		return t.Convert(from, x)
	}
	return t.All()
}

func (p *prover) builtinValue(s *state, e *ast.CallExpr, name string) interval.Interval {
	all, _ := rangeOf(p.typeOf(e))
	if len(e.Args) == 0 {
		return all
	}
	x := p.value(s, e.Args[0])
	for _, arg := range e.Args[1:] {
		y := p.value(s, arg)
		switch name {
		case "min":
			x = interval.Min(x, y)
		case "max":
			x = interval.Max(x, y)
		}
	}
	if _, ok := integerType(p.typeOf(e)); ok && (name == "min" || name == "max") || name == "len" && p.isSlice(e.Args[0]) {
		return x
	}
	return all
}

// method is what a method of the item returns.
func (p *prover) method(s *state, e *ast.CallExpr, fn *types.Func) interval.Interval {
	if len(e.Args) != 1 || itemMethods[fn.Name()] == "" {
		return interval.Int.All()
	}
	dims := p.expr(s, e.Args[0])
	if dims.Low == dims.High && dims.Low >= 0 && dims.Low < 3 {
		return p.launch.item(fn.Name(), int(dims.Low))
	}
	x := interval.Interval{Low: 0, High: 1} // beyond the dimensions there are, ids are 0 and sizes 1
	for d := range 3 {
		x = x.Join(p.launch.item(fn.Name(), d))
	}
	return x
}

// item is what a method of the item can return in one dimension.
func (l Launch) item(method string, d int) interval.Interval {
	global, local := l.Global[d], interval.Interval{Low: 1, High: l.Global[d]}
	groups := local
	if l.Local[d] > 0 {
		local, groups = interval.Point(l.Local[d]), interval.Point(global/l.Local[d])
	}
	switch method {
	case "GlobalID":
		return interval.Int.Add(interval.Point(l.Offset[d]), interval.Interval{Low: 0, High: global - 1})
	case "LocalID":
		return interval.Interval{Low: 0, High: local.High - 1}
	case "GroupID":
		return interval.Interval{Low: 0, High: groups.High - 1}
	case "GlobalSize":
		return interval.Point(global)
	case "LocalSize":
		return local
	case "NumGroups":
		return groups
	case "GlobalOffset":
		return interval.Point(l.Offset[d])
	}
	return interval.Int.All()
}
