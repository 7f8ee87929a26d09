package translate

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"github.com/warren-go/warren/opencl/internal/interval"
)

// polynomial is a sum of products of integer variables, by the product: row*k + k is {"row k": 1, "k": 1}. Computed with numbers that
// wrap around, expressions with the same polynomial have the same value.
type polynomial struct {
	terms map[string]int64
	atoms map[string]ast.Expr // what the names in the products stand for
}

// distance is what high - low can be, where both are made of the same variables: of (i+1)*k and i*k it is k.
func (p *prover) distance(s *state, low, high ast.Expr) (x interval.Interval, ok bool) {
	if high == nil {
		return x, false
	}
	d := polynomial{map[string]int64{}, map[string]ast.Expr{}}
	if !p.addTerms(d, high, 1) || !p.addTerms(d, low, -1) {
		return x, false
	}
	x = interval.Point(0)
	for product, c := range d.terms {
		if c == 0 {
			continue
		}
		term := interval.Point(c)
		for _, name := range strings.Fields(product) {
			term = interval.Int.Mul(term, p.expr(s, d.atoms[name]))
		}
		x = interval.Int.Add(x, term)
	}
	return x, x != interval.Int.All()
}

// addTerms adds an expression of type int, so many times.
func (p *prover) addTerms(d polynomial, e ast.Expr, times int64) bool {
	products, ok := p.products(d, e)
	for product, c := range products {
		d.terms[product] += c * times
	}
	return ok
}

// products is an expression as a polynomial.
func (p *prover) products(d polynomial, e ast.Expr) (map[string]int64, bool) {
	e = ast.Unparen(e)
	if c, ok := p.constant(e); ok {
		return map[string]int64{"": c.Low}, c.Low == c.High
	}
	if t, ok := integerType(p.typeOf(e)); !ok || t != interval.Int {
		return nil, false
	}
	switch e := e.(type) {
	case *ast.Ident:
		return d.atom(p.info.ObjectOf(e), e)
	case *ast.CallExpr:
		if p.builtin(e) == "len" {
			if id, ok := ast.Unparen(e.Args[0]).(*ast.Ident); ok {
				return d.atom(p.info.ObjectOf(id), e)
			}
		}
	case *ast.BinaryExpr:
		x, ok := p.products(d, e.X)
		y, ok2 := p.products(d, e.Y)
		if ok && ok2 && len(x)*len(y) <= 64 {
			return combine(x, y, e.Op)
		}
	}
	return nil, false
}

// atom is a polynomial of one variable.
func (d polynomial) atom(v types.Object, e ast.Expr) (map[string]int64, bool) {
	if v == nil {
		return nil, false
	}
	name := fmt.Sprint(v.Name(), "@", v.Pos()) // names may be declared again in a block
	d.atoms[name] = e
	return map[string]int64{name: 1}, true
}

func combine(x, y map[string]int64, op token.Token) (map[string]int64, bool) {
	sum := map[string]int64{}
	switch op {
	case token.ADD, token.SUB:
		for product, c := range x {
			sum[product] += c
		}
		for product, c := range y {
			if op == token.SUB {
				c = -c
			}
			sum[product] += c
		}
	case token.MUL:
		for a, c := range x {
			for b, d := range y {
				names := append(strings.Fields(a), strings.Fields(b)...)
				slices.Sort(names)
				sum[strings.Join(names, " ")] += c * d
			}
		}
	default:
		return nil, false
	}
	return sum, true
}
