package generate

import (
	"reflect"
	"strings"
	"testing"
)

func TestStridedMultipliesEachIndex(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"z[i] = x[i]", "z[(i)*z__stride] = x[(i)*x__stride]"},
		{"x [ table[i+1] ]", "x[( table[i+1] )*x__stride]"},
		{"x[x[i]]", "x[(x[(i)*x__stride])*x__stride]"},
		{"s.x[i] + p->x[i] + xx[i]", "s.x[i] + p->x[i] + xx[i]"},
		{"a > x[i]", "a > x[(i)*x__stride]"},
		{"/* x */ x/**/[i] // x", "/* x */ x[(i)*x__stride] // x"},
		{"x[i][0]", "x[(i)*x__stride][0]"},
	} {
		got, err := Strided(test.text, []string{"x", "z"})
		if got != test.want || err != nil {
			t.Errorf("%q becomes %q, %v; want %q", test.text, got, err, test.want)
		}
	}
	for _, text := range []string{"*x = 1", "f(x)", "x", "&x[i] - x"} {
		if got, err := Strided(text, []string{"x"}); err == nil {
			t.Errorf("%q becomes %q; want an error", text, got)
		}
	}
}

func FuzzStridedChangesNothingElse(f *testing.F) {
	for _, s := range []string{"z[i] = a*x[i]", "x[x[i]]", "y[(i)]", "'[' \"x[\" /* x[ */", "x[", "]", "x.x[i]"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if Balanced(text) != nil {
			return
		}
		if got, err := Strided(text, []string{"no_such"}); err != nil || got != text {
			t.Fatalf("%q becomes %q, %v", text, got, err)
		}
		got, err := Strided(text, []string{"x"})
		if err == nil && Balanced(got) != nil {
			t.Fatalf("%q becomes %q: %v", text, got, Balanced(got))
		}
	})
}

func TestBalanced(t *testing.T) {
	for _, text := range []string{"", "(a[i])", "{x; (y)}", "'(' + \"[\\\"\"", "/* ( */ a // )"} {
		if err := Balanced(text); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
	for _, text := range []string{"(", ")", "([)]", "}{", "'", "/* ", "\"\\\"", "(]"} {
		if Balanced(text) == nil {
			t.Errorf("%q passes", text)
		}
	}
}

type inner struct{ A, B int16 }

func TestTypesAreWrittenAsInC(t *testing.T) {
	type Outer struct {
		X int8
		_ int32
		I [2]inner
		D float64
	}
	for _, test := range []struct {
		value any
		want  CType
	}{
		{int8(0), CType{Name: "char"}}, {0, CType{Name: "long"}}, {uint16(0), CType{Name: "ushort"}}, {1.0, CType{Name: "double", Float64: true}},
		{[4]float32{}, CType{Name: "float4"}}, {[16]uint8{}, CType{Name: "uchar16"}},
		{inner{}, CType{Name: "inner", Declare: "typedef struct {\n  short A;\n  short B;\n} inner;\n"}},
		{Outer{}, CType{Name: "Outer", Float64: true, Declare: "typedef struct {\n  short A;\n  short B;\n} inner;\n" +
			"typedef struct {\n  char X;\n  int pad1__;\n  inner I[2];\n  double D;\n} Outer;\n"}},
	} {
		if got, err := TypeOf(reflect.TypeOf(test.value)); got != test.want || err != nil {
			t.Errorf("%T is %+v, %v; want %+v", test.value, got, err, test.want)
		}
	}
}

func TestTypesWithoutCounterpartAreErrors(t *testing.T) {
	for _, test := range []struct {
		value any
		want  string
	}{
		{"", "string"}, {true, "bool"}, {[3]float32{}, "2, 4, 8 or 16"}, {[2][2]int8{}, "vectors"}, {struct{}{}, "no fields"},
		{struct{ P *int }{}, "field P"}, {struct{ Größe int }{}, "letters"}, {struct{ float int8 }{}, "FLOAT"[:1]},
		{struct {
			A int64
			B struct{}
		}{}, "no size"},
		{complex64(0), "complex64"},
	} {
		if got, err := TypeOf(reflect.TypeOf(test.value)); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%T is %+v, %v; want an error with %q", test.value, got, err, test.want)
		}
	}
}

func TestArguments(t *testing.T) {
	got, err := Arguments("float a, __global const float *x, unsigned int y[], pair *p, const pair q, float4 *restrict v", []string{"pair"})
	want := []Argument{{"a", "float", false, false}, {"x", "float", true, true}, {"y", "uint", true, false}, {"p", "pair", true, false},
		{"q", "pair", false, false}, {"v", "float4", true, false}}
	if !reflect.DeepEqual(got, want) || err != nil {
		t.Errorf("%+v, %v; want %+v", got, err, want)
	}
	if got, err := Arguments(" ", nil); len(got) != 0 || err != nil {
		t.Errorf("%+v, %v; want none", got, err)
	}
}

func TestIndexedByI(t *testing.T) {
	args := []Argument{{Name: "x", Array: true}, {Name: "y", Array: true}, {Name: "z", Array: true}, {Name: "a"}}
	got := IndexedByI("z [ i ] = x[i+1] + y[x[i]] + s.y[i] + a[i]", args)
	if want := []bool{true, false, true, false}; !reflect.DeepEqual(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func FuzzArguments(f *testing.F) {
	for _, s := range []string{"float a, float *x", "__global const pair *p", "int x[]", "a,,b", "float *x /* , */", "\\\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, list string) {
		args, err := Arguments(list, []string{"pair"})
		if err != nil {
			return
		}
		again, err := Arguments(List(args), []string{"pair"})
		if err != nil || !reflect.DeepEqual(again, args) {
			t.Fatalf("%q is %+v; written as %q it is %+v, %v", list, args, List(args), again, err)
		}
	})
}
