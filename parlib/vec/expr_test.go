package vec

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/warren-go/warren/parlib"
	"github.com/warren-go/warren/parlib/internal/simd"
)

// walk computes a tree for one element, the plain way.
func walk(n *node, vars map[string]float64) float64 {
	switch n.kind {
	case numberNode:
		return n.number
	case variableNode:
		return vars[n.name]
	}
	var args [3][]float64
	for i, a := range n.args {
		args[i] = []float64{walk(a, vars)}
	}
	if n.op == simd.Pow && n.args[1].kind == numberNode && n.args[1].number == 2 && n.args[0].kind != numberNode {
		return args[0][0] * args[0][0]
	}
	out := make([]float64, 1)
	simd.Apply(n.op, out, args[0], args[1], args[2])
	return out[0]
}

var samples = map[string][]float64{
	"a": {1, -2, 0.5, 3, 0, math.NaN(), math.Inf(1), 7},
	"b": {2, 2, -0.25, 3, 1, 1, 1, -7},
	"c": {0, 1, 2, 3, 4, 5, 6, 1e10},
}

func TestExpressions(t *testing.T) {
	tests := []struct {
		source string
		want   func(a, b, c float64) float64
	}{
		{"1 + 2*3", func(a, b, c float64) float64 { return 7 }},
		{"a", func(a, b, c float64) float64 { return a }},
		{"-a", func(a, b, c float64) float64 { return -a }},
		{"+a - -b", func(a, b, c float64) float64 { return a + b }},
		{"a - b - c", func(a, b, c float64) float64 { return a - b - c }},
		{"a / b / c", func(a, b, c float64) float64 { return a / b / c }},
		{"-a**2", func(a, b, c float64) float64 { return -(a * a) }},
		{"2**3**2", func(a, b, c float64) float64 { return 512 }},
		{"2**-b", func(a, b, c float64) float64 { return math.Pow(2, -b) }},
		{"(a+b)*(a+b)", func(a, b, c float64) float64 { return (a + b) * (a + b) }},
		{"2*a + 3*b", func(a, b, c float64) float64 { return math.FMA(2, a, 3*b) }},
		{"a*b - c", func(a, b, c float64) float64 { return math.FMA(a, b, -c) }},
		{"c - a*b", func(a, b, c float64) float64 { return math.FMA(-a, b, c) }},
		{"a*b + a*b", func(a, b, c float64) float64 { return a*b + a*b }},
		{"a < b", func(a, b, c float64) float64 { return truth(a < b) }},
		{"a > b", func(a, b, c float64) float64 { return truth(a > b) }},
		{"a >= b == 1", nil},
		{"a <= b && b != c || !c", func(a, b, c float64) float64 { return truth(a <= b && b != c || c == 0) }},
		{"where(a >= b, a, b)", func(a, b, c float64) float64 {
			if a >= b {
				return a
			}
			return b
		}},
		{"min(a, b) + max(a, b)", func(a, b, c float64) float64 { return min(a, b) + max(a, b) }},
		{"fma(a, b, c)", math.FMA},
		{"sqrt(abs(a)) * 1.5e-3", func(a, b, c float64) float64 { return math.Sqrt(math.Abs(a)) * 1.5e-3 }},
		{"\tpow(a ,b)\n", func(a, b, c float64) float64 { return math.Pow(a, b) }},
		{".5 + 5.", func(a, b, c float64) float64 { return 5.5 }},
	}
	for _, tt := range tests {
		e, err := Expr(tt.source)
		if tt.want == nil {
			if err == nil {
				t.Errorf("%s: no error", tt.source)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", tt.source, err)
			continue
		}
		a, b, c := samples["a"], samples["b"], samples["c"]
		got := make([]float64, len(a))
		if err := e.Eval(got, Vars{"a": a, "b": b, "c": c}); err != nil {
			t.Errorf("%s: %v", tt.source, err)
		}
		for i := range got {
			if want := tt.want(a[i], b[i], c[i]); !close(got[i], want) {
				t.Errorf("%s with %v, %v, %v is %v, want %v", tt.source, a[i], b[i], c[i], got[i], want)
			}
		}
	}
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

func close(x, y float64) bool {
	return x == y || x != x && y != y || math.Abs(x-y) <= 1e-14*math.Abs(y)
}

func TestBadExpressionsShowThePlace(t *testing.T) {
	tests := []struct {
		source string
		column int
		want   string
	}{
		{"", 1, "want an operand, found the end"},
		{"2*a + 3*)", 9, `want an operand, found ")"`},
		{"a b", 3, `want an operator or the end, found "b"`},
		{"(a + b", 7, `want ")", found the end`},
		{"sin(a", 6, `want ")", found the end`},
		{"min(a b)", 7, `want ")", found "b"`},
		{"min(a,)", 7, `want an operand, found ")"`},
		{"min(a)", 1, "min takes 2 operands, not 1"},
		{"sin()", 1, "sin takes 1 operands, not 0"},
		{"2 + sine(a)", 5, `unknown function "sine"`},
		{"a ^ 2", 3, "a power is written a**b"},
		{"a = b", 3, `did you mean "=="`},
		{"a & b", 3, `did you mean "&&"`},
		{"a < b < c", 7, "cannot be chained"},
		{"1e999", 1, "not a number that a float64 can hold"},
		{"1.2.3", 1, "not a number"},
		{"ä + $", 5, "unexpected character '$'"},
		{strings.Repeat("(", 10_000), deepest + 1, "nested more than 500 deep"},
		{strings.Repeat("-", 10_000) + "a", deepest + 1, "nested more than 500 deep"},
	}
	for _, tt := range tests {
		_, err := Expr(tt.source)
		var failure *SyntaxError
		if !errors.As(err, &failure) {
			t.Errorf("%.20q: error is %v, want a *SyntaxError", tt.source, err)
			continue
		}
		lines := strings.Split(failure.Error(), "\n")
		if !strings.Contains(lines[0], tt.want) {
			t.Errorf("%.20q: error is %q, want one with %q", tt.source, lines[0], tt.want)
		}
		if column := len([]rune(lines[2])) - 1; column != tt.column {
			t.Errorf("%.20q: column %d is marked, want %d", tt.source, column, tt.column)
		}
	}
}

func TestStepsAreFewAndFused(t *testing.T) {
	tests := []struct{ source, want string }{
		{"2*a + 3*b", "r0 = Mul(3, b)\ndst = FMA(2, a, r0)\n"},
		{"2*a + 3*b*sin(c)", "r0 = Mul(3, b)\nr1 = Sin(c)\nr1 = Mul(r0, r1)\ndst = FMA(2, a, r1)\n"},
		{"sin(a)*sin(a)", "r0 = Sin(a)\ndst = Mul(r0, r0)\n"},
		{"a*b - c", "dst = FMS(a, b, c)\n"},
		{"c - a*b", "dst = FNMA(a, b, c)\n"},
		{"a*b + sqrt(a*b)", "r0 = Mul(a, b)\nr1 = Sqrt(r0)\ndst = Add(r0, r1)\n"},
		{"a*(2+3)", "dst = Mul(a, 5)\n"},
		{"a**2", "dst = Mul(a, a)\n"},
		{"a", "dst = a\n"},
		{"sin(1) * 0", "dst = 0\n"},
	}
	for _, tt := range tests {
		if got := MustExpr(tt.source).Steps(); got != tt.want {
			t.Errorf("%s is done by\n%swant\n%s", tt.source, got, tt.want)
		}
	}
}

func TestEvalOverWorkersAndBlocks(t *testing.T) {
	e := MustExpr("where(a > 0, 2*a + 3*b*sin(c), exp(-a*a) / (1 + b**2))")
	tree, err := parse(e.String())
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{0, 1, 511, 512, 513, 40_000} {
		r := rand.New(rand.NewPCG(1, 2))
		a, b, c := make([]float64, n), make([]float64, n), make([]float64, n)
		for i := range a {
			a[i], b[i], c[i] = r.NormFloat64(), r.NormFloat64(), 100*r.NormFloat64()
		}
		got := make([]float64, n)
		if err := e.Eval(got, Vars{"a": a, "b": b, "c": c}, parlib.Workers(3)); err != nil {
			t.Fatal(err)
		}
		for i := range got {
			want := walk(tree, map[string]float64{"a": a[i], "b": b[i], "c": c[i]})
			if math.Abs(got[i]-want) > 1e-13 {
				t.Fatalf("element %d of %d is %v, want %v", i, n, got[i], want)
			}
		}
		inPlace := slices.Clone(a)
		if err := e.Eval(inPlace, Vars{"a": inPlace, "b": b, "c": c}); err != nil || !slices.Equal(inPlace, got) {
			t.Fatalf("in place differs, or error %v", err)
		}
	}
}

func TestLongResultsGoPastTheCaches(t *testing.T) {
	n := pastCaches/8 + 13
	a, got := make([]float64, n), make([]float64, n+1)
	for i := range a {
		a[i] = float64(i)
	}
	if err := MustExpr("2*a + x").Eval(got[1:], Vars{"a": a, "x": 0.5}); err != nil {
		t.Fatal(err)
	}
	for i, v := range got[1:] {
		if v != 2*float64(i)+0.5 {
			t.Fatalf("element %d is %v", i, v)
		}
	}
}

func TestOnlyLongAndCheapResultsGoPastTheCaches(t *testing.T) {
	long, short := make([]float64, pastCaches/8), make([]float64, pastCaches/8-1)
	other := make([]float64, len(long))
	for _, c := range []struct {
		name     string
		cost     cost
		dst      []float64
		operands [][]float64
		want     bool
	}{
		{"long and cheap", cheap, long, [][]float64{other, {1}, nil}, true},
		{"short", cheap, short, nil, false},
		{"dear", costOf(simd.Sin), long, [][]float64{other}, false},
		{"over an operand", cheap, long, [][]float64{other, long}, false},
		{"empty", cheap, nil, [][]float64{nil}, false},
	} {
		if got := streams(c.cost, c.dst, c.operands...); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestLongResultsOfFunctionsAreRight(t *testing.T) {
	n := pastCaches/4 + 13
	x, dst := make([]float32, n), make([]float32, n+1)
	for i := range x {
		x[i] = float32(i % 1000)
	}
	for _, options := range [][]parlib.Option{nil, {parlib.Workers(3)}} {
		clear(dst)
		if err := Scale(dst[1:], 2, x, options...); err != nil {
			t.Fatal(err)
		}
		for i, v := range x {
			if dst[i+1] != 2*v {
				t.Fatalf("element %d is %v, want %v", i, dst[i+1], 2*v)
			}
		}
		if dst[0] != 0 {
			t.Fatal("the element before was written to")
		}
	}
}

func TestEvalFloat32(t *testing.T) {
	got := make([]float32, 3)
	if err := MustExpr("k*x + sqrt(y)").EvalFloat32(got, Vars{"k": 2, "x": []float32{1, 2, 3}, "y": 4.0}); err != nil || !slices.Equal(got, []float32{4, 6, 8}) {
		t.Errorf("result is %v, %v", got, err)
	}
}

func TestBadVariables(t *testing.T) {
	x := make([]float64, 10)
	tests := []struct {
		vars Vars
		want string
	}{
		{Vars{}, "variable a has no value"},
		{nil, "variable a has no value"},
		{Vars{"a": x[:4]}, "variable a has 4 elements and the destination 5"},
		{Vars{"a": x[1:6]}, "variable a begins 1 elements behind the destination"},
		{Vars{"a": make([]float32, 5)}, "variable a is a []float32; want a []float64 or a number, as float64, float32 or int"},
		{Vars{"a": "no"}, "variable a is a string"},
	}
	for _, tt := range tests {
		err := MustExpr("a + 1").Eval(x[:5], tt.vars)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%v: error is %v, want one with %q", tt.vars, err, tt.want)
		}
	}
}

func TestOneExpressionInManyGoroutines(t *testing.T) {
	e := MustExpr("sin(a)*sin(a) + cos(a)*cos(a)")
	done := make(chan error)
	for g := range 4 {
		go func() {
			a, dst := make([]float64, 20_000), make([]float64, 20_000)
			for i := range a {
				a[i] = float64(i * (g + 1))
			}
			err := e.Eval(dst, Vars{"a": a})
			for _, v := range dst {
				if math.Abs(v-1) > 1e-15 {
					err = errors.New("a sum of squares is not 1")
				}
			}
			done <- err
		}()
	}
	for range 4 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

// Without fusing, an expression gives to the last bit what walking its tree does.
func FuzzExpr(f *testing.F) {
	for _, source := range []string{
		"2*a + 3*b*sin(c)", "where(a < b && !c, a**2, -b/c)", "a*b + a*b - fma(a, b, c)", "min(max(a, b), tanh(c)) >= 1e-3", "((a))",
		"-2**-a**b", "1 - 2 - 3*4/5", "abs(a) || exp(b) == log(c)", "a <", "sin(", "a b", "1e", "**", "sqrt(2)*a",
	} {
		f.Add(source)
	}
	f.Fuzz(func(t *testing.T, source string) {
		tree, err := parse(source)
		if err != nil {
			var failure *SyntaxError
			if !errors.As(err, &failure) || failure.Offset > len(source) {
				t.Fatalf("%q: error is %#v", source, err)
			}
			_ = err.Error()
			return
		}
		const n = 8
		vars, elements := Vars{}, make([]map[string]float64, n)
		for i := range elements {
			elements[i] = map[string]float64{}
		}
		for j, name := range newCode(tree, true).lower().variables {
			x := slices.Clone(samples[string(rune('a'+j%3))])
			for i := range x {
				elements[i][name] = x[i]
			}
			vars[name] = x
		}
		for _, fuse := range []bool{false, true} {
			e := &Expression{source: source, code: newCode(tree, fuse).lower()}
			got := make([]float64, n)
			if err := e.Eval(got, vars); err != nil {
				t.Fatalf("%q: %v", source, err)
			}
			if fuse {
				continue
			}
			for i, v := range got {
				if want := walk(tree, elements[i]); v != want && (v == v || want == want) {
					t.Fatalf("%q of %v is %v, want %v\n%s", source, elements[i], v, want, e.Steps())
				}
			}
		}
	})
}

func TestNumbersOfAnyTypeCountAtEveryIndex(t *testing.T) {
	for _, a := range []any{float32(2), 2.0, 2} {
		wide, narrow := []float64{0, 0}, []float32{0, 0}
		e := MustExpr("a*x")
		if err := e.Eval(wide, Vars{"a": a, "x": []float64{1, 3}}); err != nil || wide[0] != 2 || wide[1] != 6 {
			t.Errorf("%T: %v, %v", a, wide, err)
		}
		if err := e.EvalFloat32(narrow, Vars{"a": a, "x": []float32{1, 3}}); err != nil || narrow[0] != 2 || narrow[1] != 6 {
			t.Errorf("%T in EvalFloat32: %v, %v", a, narrow, err)
		}
	}
}
