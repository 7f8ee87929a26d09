package goobj

import "strings"

// sweep empties what nothing needs any more once functions are stubs: their tables, constants and DWARF. Symbols stay
// at their index, but without name and contents they cost the linker next to nothing.
//
// Other packages refer to functions (also closures, where they list what they inlined), variables and types only, so
// these are the roots, with everything that the linker or the runtime looks up by name.
func (o *object) sweep() {
	live := make([]bool, len(o.syms))
	var queue []int
	mark := func(i int) {
		if !live[i] {
			live[i] = true
			queue = append(queue, i)
		}
	}
	for i := range o.syms {
		if isRoot(&o.syms[i]) {
			mark(i)
		}
	}
	for len(queue) > 0 {
		s := &o.syms[queue[len(queue)-1]]
		queue = queue[:len(queue)-1]
		for r := s.relocs; len(r) >= relocSize; r = r[relocSize:] {
			if i, ok := o.resolve(relocSym(r)); ok {
				mark(i)
			}
		}
		for a := s.aux; len(a) >= auxSize; a = a[auxSize:] {
			if i, ok := o.resolve(auxSym(a)); ok {
				mark(i)
			}
		}
	}
	for i := range o.syms {
		if !live[i] || isDWARF(&o.syms[i]) {
			o.blank(i)
		}
	}
}

// blankHash is the hash of all blank content-addressed symbols. It must not be 0: a short symbol's hash is its contents, so that
// is the hash of symbols of no bytes, such as the pointer map of a type without pointers, for which the linker would take a
// blank one. Of symbols with one hash the linker keeps the longest, so one that has these eight bytes wins.
var blankHash = [8]byte{'B', 'L', 'A', 'N', 'K', 0xfe, 0xff, 0xfe}

// blank empties symbol i. A content-addressed one gets the hash of all blank ones, so that the linker takes them for
// one symbol.
func (o *object) blank(i int) {
	s := &o.syms[i]
	clear(s.def[:8]) // the name
	s.setSize(0)
	s.setFlag(0)
	s.def[12] = 0
	s.name, s.relocs, s.aux, s.data = "", nil, nil, nil
	short := i - o.counts[0]
	long := short - o.counts[1]
	switch {
	case short >= 0 && short < o.counts[1]:
		copy(o.raw[blkHash64][short*8:], blankHash[:])
	case long >= 0 && long < o.counts[2]:
		clear(o.raw[blkHash][long*16:][:16])
	}
}

// isRoot reports whether other objects, the linker or the runtime may refer to s.
func isRoot(s *symbol) bool {
	if s.name == "" || isDWARF(s) {
		return false
	}
	if s.isText() {
		return true
	}
	return !strings.Contains(s.name, "..stmp_") &&
		!strings.HasPrefix(s.name, "go:string.") && !strings.HasPrefix(s.name, "gclocals·") &&
		!strings.HasPrefix(s.name, "type:.namedata.") && !strings.HasPrefix(s.name, "runtime.gcbits.")
}

func isDWARF(s *symbol) bool { return s.kind() >= kindDwarfFirst && s.kind() <= kindDwarfLast }
