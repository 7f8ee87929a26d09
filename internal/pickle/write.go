package pickle

import (
	"encoding/binary"
	"math"
	"math/big"
	"slices"
)

// Writer writes a pickle of protocol 4, which every Python 3.4 and newer loads, value by value: a Begin, the items, and its End
// are one value. The zero value is ready for use.
type Writer struct{ buf []byte }

// Data ends the pickle, which must hold one value, and returns it.
func (w *Writer) Data() []byte { return append(w.buf, '.') }

func (w *Writer) add(b ...byte) {
	if len(w.buf) == 0 {
		w.buf = append(w.buf, 0x80, 4)
	}
	w.buf = append(w.buf, b...)
}

// None writes None.
func (w *Writer) None() { w.add('N') }

// Bool writes a bool.
func (w *Writer) Bool(b bool) {
	if b {
		w.add(0x88)
		return
	}
	w.add(0x89)
}

// Int writes an int.
func (w *Writer) Int(i int64) {
	switch {
	case 0 <= i && i <= math.MaxUint8:
		w.add('K', byte(i))
	case math.MinInt32 <= i && i <= math.MaxInt32:
		w.add('J')
		w.buf = binary.LittleEndian.AppendUint32(w.buf, uint32(i))
	default:
		w.add(0x8a, 8)
		w.buf = binary.LittleEndian.AppendUint64(w.buf, uint64(i))
	}
}

// Big writes an int of any size.
func (w *Writer) Big(n *big.Int) {
	if n.IsInt64() {
		w.Int(n.Int64())
		return
	}
	size := n.BitLen()/8 + 1 // with the sign
	if n.Sign() < 0 {
		n = new(big.Int).Add(n, new(big.Int).Lsh(big.NewInt(1), uint(8*size)))
	}
	b := n.FillBytes(make([]byte, size))
	slices.Reverse(b)
	w.add(0x8b)
	w.buf = binary.LittleEndian.AppendUint32(w.buf, uint32(size))
	w.buf = append(w.buf, b...)
}

// Float writes a float.
func (w *Writer) Float(f float64) {
	w.add('G')
	w.buf = binary.BigEndian.AppendUint64(w.buf, math.Float64bits(f))
}

// Complex writes a complex.
func (w *Writer) Complex(c complex128) {
	w.Global("builtins", "complex")
	w.Float(real(c))
	w.Float(imag(c))
	w.add(0x86, 'R')
}

// Text writes a str. It must be valid UTF-8.
func (w *Writer) Text(s string) {
	if len(s) <= math.MaxUint8 {
		w.add(0x8c, byte(len(s)))
	} else {
		w.add(0x8d)
		w.buf = binary.LittleEndian.AppendUint64(w.buf, uint64(len(s)))
	}
	w.buf = append(w.buf, s...)
}

// Bytes writes a bytes.
func (w *Writer) Bytes(b []byte) {
	if len(b) <= math.MaxUint8 {
		w.add('C', byte(len(b)))
	} else {
		w.add(0x8e)
		w.buf = binary.LittleEndian.AppendUint64(w.buf, uint64(len(b)))
	}
	w.buf = append(w.buf, b...)
}

// BeginList begins a list.
func (w *Writer) BeginList() { w.add(']', '(') }

// EndList ends a list.
func (w *Writer) EndList() { w.add('e') }

// BeginTuple begins a tuple.
func (w *Writer) BeginTuple() { w.add('(') }

// EndTuple ends a tuple.
func (w *Writer) EndTuple() { w.add('t') }

// BeginDict begins a dict, of keys and values in turn.
func (w *Writer) BeginDict() { w.add('}', '(') }

// EndDict ends a dict.
func (w *Writer) EndDict() { w.add('u') }

// Global writes a class or a function by its name.
func (w *Writer) Global(module, name string) {
	w.Text(module)
	w.Text(name)
	w.add(0x93)
}

// Call makes the call of a function, or the construction of an object, of the last two values: what to call, and a tuple of arguments.
func (w *Writer) Call() { w.add('R') }
