package goobj

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Veil describes how cells are compiled so that later cells can use their unexported names: as packages named main
// under an import path of their own, with Mark before each name that was not exported. Mark is an upper case letter, so
// that the compiler takes the name for an exported one, and sorts after ASCII, so that it comes after truly exported
// ones.
type Veil struct {
	Mark   string // one rune, such as "Ꟶ"
	Prefix string // of import paths, with the final slash, such as "warren.cell/"
}

// NewVeil returns a Veil, or an error if mark would not do.
func NewVeil(mark, prefix string) (*Veil, error) {
	r := []rune(mark)
	if len(r) != 1 || r[0] < 0x80 || strings.ToUpper(mark) != mark || strings.ToLower(mark) == mark {
		return nil, fmt.Errorf("goobj: mark %q is not one upper case letter outside ASCII", mark)
	}
	if !strings.HasSuffix(prefix, "/") {
		return nil, fmt.Errorf("goobj: path prefix %q does not end in a slash", prefix)
	}
	return &Veil{Mark: mark, Prefix: prefix}, nil
}

// Plain makes text about cells, such as a stack trace, say what the user wrote: it removes marks, and replaces the
// import paths of cells by "main".
func (v *Veil) Plain(text string) string {
	if strings.Contains(text, v.Prefix) {
		paths := regexp.MustCompile(regexp.QuoteMeta(v.Prefix) + `[0-9A-Za-z_]+\.`)
		text = paths.ReplaceAllString(text, "main.")
	}
	return strings.ReplaceAll(text, v.Mark, "")
}

// Unveil rewrites the archive of a cell so that the running program sees ordinary Go: reflection, %T, %+v, JSON and
// the runtime's own messages show names without mark and packages as main, and treat marked fields and methods as
// unexported. Names of symbols stay, and so do the names that later cells are compiled against; traces are made plain
// by Plain. All cells must be unveiled alike. Apply it before Thin.
//
// Unknown formats give ErrFormat.
func (v *Veil) Unveil(archive []byte) ([]byte, error) {
	return eachObject(archive, func(o *object) {
		o.bind()
		(&unveiler{object: o, veil: v}).unveil()
	})
}

// unveiler unveils one object.
type unveiler struct {
	*object
	veil *Veil
	path symRef // a symbol with the name "main"
}

// Names and paths lie in symbols of their own, which types refer to (cmd/compile/internal/reflectdata, dname and
// dimportpath).
const (
	nameSymbols = "type:.namedata."
	pathSymbols = "type:.importpath."

	nameExported = 1 << 0 // flags in the first byte of an abi.Name
)

// unveil first changes what depends on which names are marked, then the names.
func (u *unveiler) unveil() {
	if !u.hasMarks() {
		return
	}
	u.addPath()
	for i := range u.syms {
		switch {
		case u.syms[i].flag()&flagGoType != 0:
			u.hideMethods(&u.syms[i])
			u.qualify(&u.syms[i])
		case u.syms[i].name == pluginTable:
			u.hideEntries(&u.syms[i])
		}
	}
	for i := range u.syms {
		s := &u.syms[i]
		switch {
		case strings.HasPrefix(s.name, nameSymbols):
			u.rename(i, u.plainName(s.data))
		case strings.HasPrefix(s.name, pathSymbols+u.veil.Prefix):
			u.rename(i, encodeName(0, "main", nil))
		}
	}
}

func (u *unveiler) hasMarks() bool {
	return slices.ContainsFunc(u.syms, func(s symbol) bool {
		return strings.HasPrefix(s.name, nameSymbols) && bytes.Contains(s.data, []byte(u.veil.Mark)) ||
			strings.HasPrefix(s.name, pathSymbols+u.veil.Prefix)
	})
}

// marked reports whether the name that the relocation of s at off refers to starts with the mark.
func (u *unveiler) marked(s *symbol, off uint32) bool {
	for r := s.relocs; len(r) >= relocSize; r = r[relocSize:] {
		if relocOff(r) != off {
			continue
		}
		i, ok := u.resolve(relocSym(r))
		if !ok || !strings.HasPrefix(u.syms[i].name, nameSymbols) {
			return false
		}
		_, name, _, ok := decodeName(u.syms[i].data)
		return ok && strings.HasPrefix(name, u.veil.Mark)
	}
	return false
}

// hideMethods lowers the number of exported methods, which come first, by the marked ones, which are the last of them.
func (u *unveiler) hideMethods(s *symbol) {
	at, ok := uncommon(s.data)
	if !ok {
		return
	}
	exported := int(le.Uint16(s.data[at+uncommonXcount:]))
	methods := at + int(le.Uint32(s.data[at+uncommonMoff:]))
	n := exported
	for n > 0 && u.marked(s, uint32(methods+(n-1)*methodSize)) {
		n--
	}
	if n < exported {
		s.data = bytes.Clone(s.data)
		le.PutUint16(s.data[at+uncommonXcount:], uint16(n))
	}
}

// qualify gives a struct type with marked fields and an interface type with marked methods the package path that the
// compiler writes for unexported names only: by it reflection and the runtime tell packages' names apart.
func (u *unveiler) qualify(s *symbol) {
	const pkgPath, list = typeSize, typeSize + 8
	if len(s.data) < list+16 {
		return
	}
	first, step := uint32(0), uint32(0)
	switch s.data[typeKind] & kindMask {
	case reflectStruct:
		step = structFieldSize
	case reflectInterface:
		step = imethodSize
	default:
		return
	}
	for r := s.relocs; len(r) >= relocSize; r = r[relocSize:] {
		switch relocOff(r) {
		case pkgPath:
			return
		case list:
			first = uint32(le.Uint64(r[7:])) // where in this symbol the fields or methods are
		}
	}
	n := min(le.Uint64(s.data[list+8:]), uint64(len(s.relocs)/relocSize)) // each has a relocation for its name
	for k := range uint32(n) {
		if first > 0 && u.marked(s, first+k*step) {
			reloc := make([]byte, relocSize)
			le.PutUint32(reloc, pkgPath)
			reloc[4] = 8
			le.PutUint16(reloc[5:], relocAddr)
			le.PutUint32(reloc[15:], u.path.pkg)
			le.PutUint32(reloc[19:], u.path.sym)
			s.relocs = append(s.relocs[:len(s.relocs):len(s.relocs)], reloc...)
			return
		}
	}
}

// hideEntries drops marked names from the table that plugin.Open looks up by name.
func (u *unveiler) hideEntries(s *symbol) {
	const entry = 8 // runtime.ptabEntry
	var relocs []byte
	kept := uint32(0)
	for off := uint32(0); int(off) < len(s.data); off += entry {
		if u.marked(s, off) {
			continue
		}
		for r := s.relocs; len(r) >= relocSize; r = r[relocSize:] {
			if o := relocOff(r); o >= off && o < off+entry {
				moved := bytes.Clone(r[:relocSize])
				le.PutUint32(moved, o-off+kept)
				relocs = append(relocs, moved...)
			}
		}
		kept += entry
	}
	s.relocs, s.data = relocs, s.data[:min(int(kept), len(s.data))]
	s.setSize(kept)
}

// plainName returns a name without marks. One that started with a mark is no longer exported.
func (u *unveiler) plainName(data []byte) []byte {
	flags, name, rest, ok := decodeName(data)
	if !ok {
		return data
	}
	if strings.HasPrefix(name, u.veil.Mark) {
		flags &^= nameExported
	}
	return encodeName(flags, u.veil.Plain(name), rest)
}

// rename changes the contents of a name, and its content hash so that equal hashes go on meaning equal contents: a
// short symbol's is its contents, a long one's is derived from the one it had.
func (u *unveiler) rename(i int, data []byte) {
	s := &u.syms[i]
	if bytes.Equal(data, s.data) {
		return
	}
	s.data = data
	s.setSize(uint32(len(data)))
	short := i - u.counts[0]
	long := short - u.counts[1]
	switch {
	case short >= 0 && short < u.counts[1]:
		hash := u.raw[blkHash64][short*8:][:8]
		clear(hash)
		copy(hash, data)
	case long >= 0 && long < u.counts[2]:
		hash := u.raw[blkHash][long*16:][:16]
		sum := sha256.Sum256(append(bytes.Clone(hash), data...))
		copy(hash, sum[:])
	}
}

// addPath adds a symbol with the name "main". The space of hashed symbols has its own indices, so that one more at its
// end changes none.
func (u *unveiler) addPath() {
	const name = pathSymbols + "main."
	data := encodeName(0, "main", nil)
	s := symbol{def: make([]byte, symSize), name: name, data: data}
	le.PutUint32(s.def, uint32(len(name)))
	le.PutUint32(s.def[4:], uint32(objectHeader+len(u.strings)))
	u.strings = append(u.strings, name...)
	s.setKind(kindRodata)
	s.setFlag(flagDupok)
	s.setSize(uint32(len(data)))
	s.setAlign(1)

	u.syms = slices.Insert(u.syms, u.counts[0]+u.counts[1]+u.counts[2], s)
	sum := sha256.Sum256([]byte(name))
	u.raw[blkHash] = append(u.raw[blkHash], sum[:16]...)
	u.path = symRef{pkgHashed, uint32(u.counts[2])}
	u.counts[2]++
}

// decodeName takes an abi.Name apart; rest is the tag, with its length.
func decodeName(data []byte) (flags byte, name string, rest []byte, ok bool) {
	if len(data) < 2 {
		return 0, "", nil, false
	}
	n, size := binary.Uvarint(data[1:])
	if size <= 0 || n > uint64(len(data)-1-size) {
		return 0, "", nil, false
	}
	end := 1 + size + int(n)
	return data[0], string(data[1+size : end]), data[end:], true
}

func encodeName(flags byte, name string, rest []byte) []byte {
	b := binary.AppendUvarint([]byte{flags}, uint64(len(name)))
	return append(append(b, name...), rest...)
}
