package pickle

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/big"
	"slices"
	"unicode/utf8"
)

// Load reads a pickle.
func Load(data []byte) (any, error) {
	l := loader{data: data}
	v, err := l.run()
	if err != nil {
		return nil, fmt.Errorf("pickle: Load: byte %d of %d: %w", l.at, len(data), err)
	}
	return v, nil
}

// loader is the machine that pickles are programs for.
type loader struct {
	data  []byte
	at    int // of the instruction under way
	next  int
	stack []any
	marks []int // lengths of the stack
	memo  []any
}

var (
	errEnd   = errors.New("it ends too early")
	errStack = errors.New("an instruction takes more than is there")
	errStop  = errors.New("stop")
)

func (l *loader) run() (any, error) {
	for {
		l.at = l.next
		op, err := l.take(1)
		if err != nil {
			return nil, err
		}
		do := instructions[op[0]]
		if do == nil {
			return nil, fmt.Errorf("instruction %#02x is not known", op[0])
		}
		if err := do(l); err == errStop {
			return l.pop()
		} else if err != nil {
			return nil, err
		}
	}
}

// instruction is what an opcode does.
type instruction func(l *loader) error

// instructions are those of protocols 2 to 5, as Python's pickletools has them, but for what refers to things outside.
var instructions = [256]instruction{
	0x80: func(l *loader) error { return l.protocol() },
	0x95: func(l *loader) error { _, err := l.take(8); return err }, // FRAME: how much comes
	'.':  func(*loader) error { return errStop },
	'(':  func(l *loader) error { l.marks = append(l.marks, len(l.stack)); return nil },
	'0':  (*loader).drop,
	'1':  func(l *loader) error { _, err := l.sinceMark(); return err },
	'2':  func(l *loader) error { return l.with(func(v any) error { l.push(v); l.push(v); return nil }) },

	'N':  func(l *loader) error { l.push(nil); return nil },
	0x88: func(l *loader) error { l.push(true); return nil },
	0x89: func(l *loader) error { l.push(false); return nil },
	'J':  func(l *loader) error { return l.number(4, func(u uint64) any { return int64(int32(u)) }) },
	'K':  func(l *loader) error { return l.number(1, func(u uint64) any { return int64(u) }) },
	'M':  func(l *loader) error { return l.number(2, func(u uint64) any { return int64(u) }) },
	0x8a: func(l *loader) error { return l.long(1) },
	0x8b: func(l *loader) error { return l.long(4) },
	'G': func(l *loader) error {
		return l.bytes(8, func(b []byte) any { return math.Float64frombits(binary.BigEndian.Uint64(b)) })
	},

	'X':  func(l *loader) error { return l.text(4) },
	0x8c: func(l *loader) error { return l.text(1) },
	0x8d: func(l *loader) error { return l.text(8) },
	'B':  func(l *loader) error { return l.sized(4, asBytes) },
	'C':  func(l *loader) error { return l.sized(1, asBytes) },
	0x8e: func(l *loader) error { return l.sized(8, asBytes) },
	0x96: func(l *loader) error { return l.sized(8, asBytes) },
	'T':  func(l *loader) error { return l.sized(4, asBytes) }, // strings of Python 2
	'U':  func(l *loader) error { return l.sized(1, asBytes) },

	']': func(l *loader) error { l.push(&List{}); return nil },
	'a': func(l *loader) error { return l.with(func(v any) error { return l.extend(v) }) },
	'e': func(l *loader) error { return l.withMarked(func(items []any) error { return l.extend(items...) }) },
	'l': func(l *loader) error {
		return l.withMarked(func(items []any) error { l.push(&List{items}); return nil })
	},
	')': func(l *loader) error { l.push(Tuple{}); return nil },
	't': func(l *loader) error {
		return l.withMarked(func(items []any) error { l.push(Tuple(items)); return nil })
	},
	0x85: func(l *loader) error { return l.tuple(1) },
	0x86: func(l *loader) error { return l.tuple(2) },
	0x87: func(l *loader) error { return l.tuple(3) },
	'}':  func(l *loader) error { l.push(&Dict{}); return nil },
	's': func(l *loader) error {
		pair, err := l.popN(2)
		if err != nil {
			return err
		}
		return l.setItems(pair)
	},
	'u': func(l *loader) error { return l.withMarked(l.setItems) },
	'd': func(l *loader) error {
		return l.withMarked(func(items []any) error { l.push(&Dict{}); return l.setItems(items) })
	},
	0x8f: func(l *loader) error { l.push(&Set{}); return nil },
	0x90: func(l *loader) error { return l.withMarked(func(items []any) error { return l.extend(items...) }) },
	0x91: func(l *loader) error {
		return l.withMarked(func(items []any) error { l.push(&Set{items}); return nil })
	},

	'c':  (*loader).global,
	0x93: (*loader).stackGlobal,
	'R':  func(l *loader) error { return l.call(2) },
	0x81: func(l *loader) error { return l.call(2) },
	0x92: func(l *loader) error { return l.call(3) },
	'b':  (*loader).build,

	'h':  func(l *loader) error { return l.recall(1) },
	'j':  func(l *loader) error { return l.recall(4) },
	'q':  func(l *loader) error { return l.remember(1) },
	'r':  func(l *loader) error { return l.remember(4) },
	0x94: func(l *loader) error { return l.keep(len(l.memo)) },

	'P':  outside,
	'Q':  outside,
	0x82: outside,
	0x83: outside,
	0x84: outside,
	0x97: outside,
	0x98: outside,
}

// outside is an instruction that refers to what is not in the pickle.
func outside(l *loader) error {
	return fmt.Errorf("instruction %#02x refers to something outside of the pickle", l.data[l.at])
}

func asBytes(b []byte) any { return b }

// take returns the next n bytes.
func (l *loader) take(n int) ([]byte, error) {
	if n < 0 || n > len(l.data)-l.next {
		return nil, errEnd
	}
	b := l.data[l.next : l.next+n : l.next+n]
	l.next += n
	return b, nil
}

// length reads a length of some bytes.
func (l *loader) length(size int) (int, error) {
	b, err := l.take(size)
	if err != nil {
		return 0, err
	}
	n := unsigned(b)
	if n > uint64(len(l.data)) {
		return 0, errEnd
	}
	return int(n), nil
}

// unsigned reads a number whose lowest byte comes first.
func unsigned(b []byte) uint64 {
	var all [8]byte
	copy(all[:], b)
	return binary.LittleEndian.Uint64(all[:])
}

func (l *loader) push(v any) { l.stack = append(l.stack, v) }

// bottom is the length of the stack below which nothing may be taken.
func (l *loader) bottom() int {
	if len(l.marks) == 0 {
		return 0
	}
	return l.marks[len(l.marks)-1]
}

func (l *loader) pop() (any, error) {
	if len(l.stack) <= l.bottom() {
		return nil, errStack
	}
	v := l.stack[len(l.stack)-1]
	l.stack = l.stack[:len(l.stack)-1]
	return v, nil
}

// popN takes n values, which are the caller's.
func (l *loader) popN(n int) ([]any, error) {
	if len(l.stack)-n < l.bottom() {
		return nil, errStack
	}
	values := slices.Clone(l.stack[len(l.stack)-n:])
	l.stack = l.stack[:len(l.stack)-n]
	return values, nil
}

// top is the value that an instruction changes.
func (l *loader) top() (any, error) {
	if len(l.stack) <= l.bottom() {
		return nil, errStack
	}
	return l.stack[len(l.stack)-1], nil
}

// drop takes a value away, or a mark.
func (l *loader) drop() error {
	if n := len(l.marks); n > 0 && l.marks[n-1] == len(l.stack) {
		l.marks = l.marks[:n-1]
		return nil
	}
	_, err := l.pop()
	return err
}

// sinceMark takes the values above the last mark, and the mark.
func (l *loader) sinceMark() ([]any, error) {
	if len(l.marks) == 0 {
		return nil, errStack
	}
	values, err := l.popN(len(l.stack) - l.bottom())
	l.marks = l.marks[:len(l.marks)-1]
	return values, err
}

func (l *loader) with(do func(v any) error) error {
	v, err := l.pop()
	if err != nil {
		return err
	}
	return do(v)
}

func (l *loader) withMarked(do func(values []any) error) error {
	values, err := l.sinceMark()
	if err != nil {
		return err
	}
	return do(values)
}

func (l *loader) protocol() error {
	b, err := l.take(1)
	if err != nil {
		return err
	}
	if b[0] > 5 {
		return fmt.Errorf("protocol %d is not known: want at most 5", b[0])
	}
	return nil
}

func (l *loader) bytes(n int, make func(b []byte) any) error {
	b, err := l.take(n)
	if err != nil {
		return err
	}
	l.push(make(b))
	return nil
}

func (l *loader) number(size int, make func(u uint64) any) error {
	return l.bytes(size, func(b []byte) any { return make(unsigned(b)) })
}

// sized reads bytes behind their length.
func (l *loader) sized(size int, make func(b []byte) any) error {
	n, err := l.length(size)
	if err != nil {
		return err
	}
	return l.bytes(n, make)
}

func (l *loader) text(size int) error {
	valid := true
	err := l.sized(size, func(b []byte) any {
		valid = utf8.Valid(b)
		return string(b)
	})
	if err == nil && !valid {
		return errors.New("a string is no valid UTF-8")
	}
	return err
}

// long reads an integer of any size: two's complement, the lowest byte first.
func (l *loader) long(size int) error { return l.sized(size, func(b []byte) any { return integer(b) }) }

func integer(b []byte) any {
	negative := len(b) > 0 && b[len(b)-1]&0x80 != 0
	if len(b) <= 8 {
		u := unsigned(b)
		if negative && len(b) < 8 {
			u |= math.MaxUint64 << (8 * len(b))
		}
		return int64(u)
	}
	high := slices.Clone(b)
	slices.Reverse(high)
	n := new(big.Int).SetBytes(high)
	if negative {
		n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(8*len(b))))
	}
	if n.IsInt64() {
		return n.Int64()
	}
	return n
}

func (l *loader) tuple(n int) error {
	values, err := l.popN(n)
	if err == nil {
		l.push(Tuple(values))
	}
	return err
}

// extend appends to the list, the set or the object on top.
func (l *loader) extend(items ...any) error {
	top, err := l.top()
	if err != nil {
		return err
	}
	switch to := top.(type) {
	case *List:
		to.Items = append(to.Items, items...)
	case *Set:
		to.Items = append(to.Items, items...)
	case *Object:
		to.Items = append(to.Items, items...)
	default:
		return fmt.Errorf("nothing can be appended to a %T", top)
	}
	return nil
}

// setItems puts keys and values, in turn, into the dict or the object on top.
func (l *loader) setItems(values []any) error {
	if len(values)%2 != 0 {
		return errors.New("a key without a value")
	}
	top, err := l.top()
	if err != nil {
		return err
	}
	var to *[]Item
	switch top := top.(type) {
	case *Dict:
		to = &top.Items
	case *Object:
		to = &top.Pairs
	default:
		return fmt.Errorf("a %T has no keys", top)
	}
	for i := 0; i < len(values); i += 2 {
		*to = append(*to, Item{values[i], values[i+1]})
	}
	return nil
}

// global reads two lines: module and name.
func (l *loader) global() error {
	var lines [2]string
	for i := range lines {
		end := slices.Index(l.data[l.next:], '\n')
		if end < 0 {
			return errEnd
		}
		lines[i] = string(l.data[l.next : l.next+end])
		l.next += end + 1
	}
	l.push(Global{lines[0], lines[1]})
	return nil
}

func (l *loader) stackGlobal() error {
	pair, err := l.popN(2)
	if err != nil {
		return err
	}
	module, ok := pair[0].(string)
	name, ok2 := pair[1].(string)
	if !ok || !ok2 {
		return errors.New("the name of a class or function is no string")
	}
	l.push(Global{module, name})
	return nil
}

// call makes an Object of a class or function, its arguments and, of three values, named arguments.
func (l *loader) call(n int) error {
	values, err := l.popN(n)
	if err != nil {
		return err
	}
	args, ok := values[1].(Tuple)
	if !ok {
		return fmt.Errorf("the arguments of a call are a %T, not a tuple", values[1])
	}
	if n == 3 {
		args = append(slices.Clone(args), values[2])
	}
	l.push(&Object{Class: values[0], Args: args})
	return nil
}

func (l *loader) build() error {
	state, err := l.pop()
	if err != nil {
		return err
	}
	top, err := l.top()
	if err != nil {
		return err
	}
	o, ok := top.(*Object)
	if !ok {
		return fmt.Errorf("a %T has no state", top)
	}
	o.State = state
	return nil
}

func (l *loader) recall(size int) error {
	b, err := l.take(size)
	if err != nil {
		return err
	}
	i := unsigned(b)
	if i >= uint64(len(l.memo)) {
		return fmt.Errorf("nothing was remembered as %d", i)
	}
	l.push(l.memo[i])
	return nil
}

func (l *loader) remember(size int) error {
	b, err := l.take(size)
	if err != nil {
		return err
	}
	i := unsigned(b)
	if i > uint64(len(l.data)) { // each takes an instruction
		return fmt.Errorf("%d is no number to remember something by", i)
	}
	return l.keep(int(i))
}

// keep remembers the value on top.
func (l *loader) keep(i int) error {
	v, err := l.top()
	if err != nil {
		return err
	}
	for len(l.memo) <= i {
		l.memo = append(l.memo, nil)
	}
	l.memo[i] = v
	return nil
}
