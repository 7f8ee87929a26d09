package pickle

import (
	"math"
	"math/big"
	"reflect"
	"strings"
	"testing"
)

// written are values with the pickles that Writer makes of them.
func written(write func(w *Writer)) []byte {
	var w Writer
	write(&w)
	return w.Data()
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	huge, _ := new(big.Int).SetString("-123456789012345678901234567890", 10)
	tests := map[string]struct {
		write func(w *Writer)
		want  any
	}{
		"None":  {func(w *Writer) { w.None() }, nil},
		"bools": {func(w *Writer) { w.BeginTuple(); w.Bool(true); w.Bool(false); w.EndTuple() }, Tuple{true, false}},
		"ints": {func(w *Writer) {
			w.BeginList()
			for _, i := range []int64{0, 255, 256, -1, math.MinInt32, math.MaxInt64, math.MinInt64} {
				w.Int(i)
			}
			w.EndList()
		}, &List{[]any{int64(0), int64(255), int64(256), int64(-1), int64(math.MinInt32), int64(math.MaxInt64), int64(math.MinInt64)}}},
		"huge":       {func(w *Writer) { w.Big(huge) }, huge},
		"minus 2^64": {func(w *Writer) { w.Big(new(big.Int).Lsh(big.NewInt(-1), 64)) }, new(big.Int).Lsh(big.NewInt(-1), 64)},
		"2^63":       {func(w *Writer) { w.Big(new(big.Int).Lsh(big.NewInt(1), 63)) }, new(big.Int).Lsh(big.NewInt(1), 63)},
		"small big":  {func(w *Writer) { w.Big(big.NewInt(7)) }, int64(7)},
		"float":      {func(w *Writer) { w.Float(math.Inf(-1)) }, math.Inf(-1)},
		"text":       {func(w *Writer) { w.Text("héllo") }, "héllo"},
		"long text":  {func(w *Writer) { w.Text(strings.Repeat("x", 1000)) }, strings.Repeat("x", 1000)},
		"bytes":      {func(w *Writer) { w.Bytes([]byte{0, 255}) }, []byte{0, 255}},
		"long bytes": {func(w *Writer) { w.Bytes(make([]byte, 1000)) }, make([]byte, 1000)},
		"dict": {func(w *Writer) { w.BeginDict(); w.Text("k"); w.Int(1); w.EndDict() },
			&Dict{[]Item{{"k", int64(1)}}}},
		"complex": {func(w *Writer) { w.Complex(1 + 2i) }, &Object{Class: Global{"builtins", "complex"}, Args: Tuple{1.0, 2.0}}},
	}
	for name, test := range tests {
		got, err := Load(written(test.write))
		if err != nil || !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s: got %#v, %v", name, got, err)
		}
	}
}

// The pickles are Python's own, of protocols 2 to 5.
func TestPicklesOfPython(t *testing.T) {
	tests := map[string]struct {
		data string
		want any
	}{
		"list of shared strings, protocol 2":    {"\x80\x02]q\x00(X\x01\x00\x00\x00aq\x01h\x01e.", &List{[]any{"a", "a"}}},
		"list of shared strings, protocol 4":    {"\x80\x04\x95\x09\x00\x00\x00\x00\x00\x00\x00]\x94(\x8c\x01a\x94h\x01e.", &List{[]any{"a", "a"}}},
		"10**20, protocol 2":                    {"\x80\x02\x8a\t\x00\x00\x10c-^\xc7k\x05.", new(big.Int).Exp(big.NewInt(10), big.NewInt(20), nil)},
		"-1 and 1000, protocol 2":               {"\x80\x02J\xff\xff\xff\xffM\xe8\x03\x86q\x00.", Tuple{int64(-1), int64(1000)}},
		"range(3), protocol 2":                  {"\x80\x02c__builtin__\nxrange\nq\x00K\x00K\x03K\x01\x87q\x01Rq\x02.", &Object{Class: Global{"__builtin__", "xrange"}, Args: Tuple{int64(0), int64(3), int64(1)}}},
		"{1, 2}, protocol 4":                    {"\x80\x04\x95\x09\x00\x00\x00\x00\x00\x00\x00\x8f\x94(K\x01K\x02\x90.", &Set{[]any{int64(1), int64(2)}}},
		"frozenset({1}), protocol 4":            {"\x80\x04\x95\x06\x00\x00\x00\x00\x00\x00\x00(K\x01\x91\x94.", &Set{[]any{int64(1)}}},
		"bytearray(b'a'), protocol 5":           {"\x80\x05\x95\x0b\x00\x00\x00\x00\x00\x00\x00\x96\x01\x00\x00\x00\x00\x00\x00\x00a\x94.", []byte("a")},
		"object with attributes, protocol 4":    {"\x80\x04\x8c\x01m\x8c\x01C\x93)\x81}\x8c\x01x\x94K\x01sb.", &Object{Class: Global{"m", "C"}, Args: Tuple{}, State: &Dict{[]Item{{"x", int64(1)}}}}},
		"subclass of list and dict, protocol 4": {"\x80\x04\x8c\x01m\x8c\x01C\x93)\x81(K\x01e(K\x02K\x03u.", &Object{Class: Global{"m", "C"}, Args: Tuple{}, Items: []any{int64(1)}, Pairs: []Item{{int64(2), int64(3)}}}},
	}
	for name, test := range tests {
		got, err := Load([]byte(test.data))
		if err != nil || !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s: got %#v, %v", name, got, err)
		}
	}
}

func TestWhatIsNoPickle(t *testing.T) {
	for name, data := range map[string]string{
		"nothing": "", "no stop": "\x80\x04N", "no value": ".", "only a mark": "(.", "protocol 9": "\x80\x09N.", "unknown": "\xff.",
		"too long": "X\xff\xff\xff\xffa.", "huge length": "\x8d\xff\xff\xff\xff\xff\xff\xff\xffa.", "bad text": "\x8c\x01\xff.",
		"append to nothing": "K\x01a.", "append to int": "K\x01K\x02a.", "key without value": "}(K\x01u.", "unmarked": "e.",
		"call without a tuple": "c\na\nK\x01R.", "name of no string": "K\x01K\x02\x93.", "never remembered": "h\x07.",
		"remembered far away": "Nr\xff\xff\xff\xff.", "state of an int": "K\x01}b.", "persistent": "Q.", "buffer": "\x97.", "below a mark": "K\x01(0a.",
	} {
		if v, err := Load([]byte(data)); err == nil {
			t.Errorf("%s: got %v", name, v)
		} else if !strings.HasPrefix(err.Error(), "pickle: Load: byte ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzLoad(f *testing.F) {
	f.Add([]byte("\x80\x04\x95\x09\x00\x00\x00\x00\x00\x00\x00]\x94(\x8c\x01a\x94h\x01e."))
	f.Add([]byte("\x80\x04\x8c\x01m\x8c\x01C\x93)\x81(K\x01e(K\x02K\x03u."))
	f.Add([]byte("\x80\x02c__builtin__\nxrange\nq\x00K\x00K\x03K\x01\x87q\x01Rq\x02."))
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := Load(data)
		if (err != nil) && v != nil {
			t.Errorf("both a value and an error: %v, %v", v, err)
		}
	})
}
