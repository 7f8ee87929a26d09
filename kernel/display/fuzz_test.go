package display

import (
	"encoding/json"
	"errors"
	"math"
	"math/big"
	"testing"
	"time"
	"unicode/utf8"
)

// generator makes values out of bytes: each byte chooses one kind of value, and what is in it comes from those after it.
type generator struct {
	bytes  []byte
	makers []maker
	made   []any // from which values are taken again, so that parts are shared
}

func (g *generator) next() byte {
	if len(g.bytes) == 0 {
		return 0
	}
	b := g.bytes[0]
	g.bytes = g.bytes[1:]
	return b
}

type node struct {
	Value any
	next  *node
	all   map[any]any
}

type failing struct{ s string }

func (f failing) String() string               { panic(f.s) }
func (f failing) Error() string                { panic(f.s) }
func (f failing) MarshalJSON() ([]byte, error) { return nil, f }
func (f failing) At(int, int) float64          { panic(f.s) }
func (f failing) Dims() (int, int)             { return 3, len(f.s) }

func (g *generator) string() string {
	n := min(int(g.next())%8, len(g.bytes))
	s := string(g.bytes[:n])
	g.bytes = g.bytes[n:]
	return s
}

// maker makes one kind of value; depth bounds how far it nests.
type maker = func(g *generator, depth int) any

var makers = []maker{
	func(*generator, int) any { return nil },
	func(g *generator, _ int) any { return int(g.next()) - 128 },
	func(g *generator, _ int) any { return g.string() },
	func(g *generator, _ int) any { return []byte(g.string()) },
	func(g *generator, _ int) any {
		return []float64{math.NaN(), math.Inf(-1), 1e300, math.Copysign(0, -1)}[g.next()%4]
	},
	func(g *generator, _ int) any { return complex(math.NaN(), float64(g.next())) },
	func(g *generator, _ int) any { return failing{g.string()} },
	func(g *generator, _ int) any { return &failing{g.string()} },
	func(g *generator, _ int) any { return errors.Join(errors.New(g.string()), failing{"x"}) },
	func(g *generator, _ int) any { return make(chan int) },
	func(g *generator, _ int) any { return func() {} },
	func(g *generator, _ int) any { return (*big.Int)(nil) },
	func(g *generator, _ int) any { return time.Duration(g.next()) << 55 },
	func(g *generator, _ int) any { return json.RawMessage(g.string()) },
	func(g *generator, d int) any { return []any{g.value(d), g.value(d)} },
	func(g *generator, d int) any { return [2]any{g.value(d)} },
	func(g *generator, d int) any { return map[string]any{g.string(): g.value(d), "x": g.value(d)} },
	func(g *generator, d int) any { return []map[string]any{{g.string(): g.value(d)}, nil} },
	func(g *generator, d int) any { return [][]any{{g.value(d)}, nil, {1, g.value(d)}} },
	func(g *generator, d int) any {
		return node{Value: g.value(d), all: map[any]any{math.NaN(): g.value(d)}}
	},
	func(g *generator, d int) any { v := g.value(d); return &v },
	func(g *generator, d int) any {
		n := &node{Value: g.value(d)}
		n.next = n
		n.all = map[any]any{n: n}
		return n
	},
	func(g *generator, d int) any { s := []any{g.value(d), nil}; s[1] = s; return s },
	func(g *generator, d int) any { return []*node{{Value: g.value(d)}, nil} },
	func(g *generator, d int) any { return MIMEMap{MIMETypeHTML: g.value(d), g.string(): g.value(d)} },
	func(g *generator, d int) any {
		return Data{Data: MIMEMap{g.string(): g.value(d)}, Metadata: MIMEMap{"m": g.value(d)}}
	},
	func(g *generator, d int) any { return VegaLite(map[string]any{"v": g.value(d)}) },
	func(g *generator, d int) any { return Line(g.value(d), g.value(d)).Bar(g.string(), nil, g.value(d)) },
	func(g *generator, d int) any { return Table([]string{g.string()}, []any{g.value(d), g.value(d)}) },
	func(g *generator, _ int) any { return g.made[int(g.next())%len(g.made)] },
}

func (g *generator) value(depth int) any {
	if depth <= 0 {
		return g.string()
	}
	v := g.makers[int(g.next())%len(g.makers)](g, depth-1)
	g.made = append(g.made, v)
	return v
}

// FuzzRender checks that every value is shown, as data that encodes and with valid text of bounded length.
func FuzzRender(f *testing.F) {
	for i := range makers {
		f.Add([]byte{byte(i), 3, 200, 255, 'a', byte(i), 4, 5})
		f.Add([]byte{14, byte(i), 16, 2, 'x', '<', byte(i), 1, 21, byte(i)})
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		g := &generator{bytes: b, makers: makers, made: []any{0}}
		v := g.value(6)
		for _, d := range []Data{Render(v), RenderAll([]any{v, 1, v})} {
			if _, err := json.Marshal(d); err != nil {
				t.Fatalf("%v", err)
			}
			text, ok := d.Data[MIMETypeText].(string)
			if ok && (!utf8.ValidString(text) || len(text) > 4*maxText) {
				t.Fatalf("text of %d bytes: %.200q", len(text), text)
			}
		}
	})
}
