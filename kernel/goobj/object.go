package goobj

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"runtime"
	"strings"
)

// ErrFormat reports an object or archive in a format this package does not know: another toolchain, another
// architecture, or damage. Callers then link the original archives.
var ErrFormat = errors.New("goobj: unknown object format")

// The object format, as cmd/internal/goobj/objfile.go documents it. Everything is little-endian.
const (
	objectMagic     = "\x00go120ld"
	fingerprintSize = 8
	objectHeader    = len(objectMagic) + fingerprintSize + 4 + 4*blocks

	symSize     = 21 // name length, name offset (uint32), ABI (uint16), type, flag, flag2 (uint8), size, align (uint32)
	relocSize   = 23 // off (int32), size (uint8), type (uint16), add (int64), package and symbol index (uint32)
	auxSize     = 9  // type (uint8), package and symbol index (uint32)
	refNameSize = 16 // package and symbol index, name length, name offset (uint32)
)

// toolchains are the Go releases whose relocation numbers, symbol kinds and aux types (below) were checked against
// their sources. The magic alone does not vouch for them.
var toolchains = []string{"go1.26"}

// The blocks of an object, in file order.
const (
	blkAutolib = iota
	blkPkgIdx
	blkFile
	blkSymdef
	blkHashed64def
	blkHasheddef
	blkNonpkgdef
	blkNonpkgref
	blkRefFlags
	blkHash64
	blkHash
	blkRelocIdx
	blkAuxIdx
	blkDataIdx
	blkReloc
	blkAux
	blkData
	blkRefName
	blkEnd
	blocks
)

// Package indices with a meaning of their own (goobj.PkgIdx…).
const (
	pkgNone     = 1<<31 - 1
	pkgHashed64 = pkgNone - 1
	pkgHashed   = pkgNone - 2
	pkgBuiltin  = pkgNone - 3
	pkgSelf     = pkgNone - 4
)

// Symbol kinds (cmd/internal/objabi/symkind.go).
const (
	kindText       = 1
	kindTextFIPS   = 2
	kindRodata     = 3
	kindNoptrData  = 5
	kindData       = 7
	kindBSS        = 9
	kindNoptrBSS   = 10
	kindDwarfFirst = 12
	kindDwarfLast  = 21
)

// Symbol flags (goobj.SymFlag…) and ABIs (obj.ABI).
const (
	flagDupok     = 1 << 0
	flagLocal     = 1 << 1
	flagTypelink  = 1 << 2
	flagNoSplit   = 1 << 4
	flagGoType    = 1 << 6
	flag2Itab     = 1 << 1
	flag2Linkname = 1 << 4

	abi0        = 0
	abiInternal = 1
	abiStatic   = 1<<16 - 1
)

// Relocation types (cmd/internal/objabi/reloctype.go) and aux types (goobj.Aux…).
const (
	relocAddr      = 1
	relocMethodOff = 26
	relocGotPCRel  = 29
	relocWeak      = 1 << 15 // a flag: the target is not kept for this reference

	auxFuncInfo = 1
	auxPcsp     = 7
	auxPcfile   = 8
	auxPcline   = 9
)

var le = binary.LittleEndian

// object is one Go object file, taken apart so that symbols can be changed and then put together again. Symbols are
// never added, removed or moved: other packages refer to them by index.
type object struct {
	header      string // the text before the binary part, up to and with "\n!\n"
	fingerprint []byte
	flags       uint32
	strings     []byte // the string table; offsets into it count from the start of the binary part
	raw         [blkEnd][]byte
	syms        []symbol // defined symbols: package, short hashed, hashed, then non-package ones
	counts      [4]int   // how many of each of these
}

// symbol is a defined symbol with its contents. The slices belong to the input until they are replaced.
type symbol struct {
	def    []byte // symSize bytes, the symbol's own copy
	name   string
	relocs []byte
	aux    []byte
	data   []byte
}

func (s *symbol) abi() uint16       { return le.Uint16(s.def[8:]) }
func (s *symbol) kind() byte        { return s.def[10] }
func (s *symbol) flag() byte        { return s.def[11] }
func (s *symbol) flag2() byte       { return s.def[12] }
func (s *symbol) size() uint32      { return le.Uint32(s.def[13:]) }
func (s *symbol) setKind(k byte)    { s.def[10] = k }
func (s *symbol) setFlag(f byte)    { s.def[11] = f }
func (s *symbol) setSize(n uint32)  { le.PutUint32(s.def[13:], n) }
func (s *symbol) isText() bool      { return s.kind() == kindText || s.kind() == kindTextFIPS }
func (s *symbol) setAlign(n uint32) { le.PutUint32(s.def[17:], n) }

// symRef names a symbol by package and index.
type symRef struct{ pkg, sym uint32 }

func relocType(r []byte) uint16 { return le.Uint16(r[5:]) }
func relocOff(r []byte) uint32  { return le.Uint32(r) }
func relocSym(r []byte) symRef  { return symRef{le.Uint32(r[15:]), le.Uint32(r[19:])} }

// auxSym is the symbol that an aux record names.
func auxSym(a []byte) symRef { return symRef{le.Uint32(a[1:]), le.Uint32(a[5:])} }

// filterRecords returns the records of n bytes in b that keep accepts, in new memory.
func filterRecords(b []byte, n int, keep func(r []byte) bool) []byte {
	var kept []byte
	for ; len(b) >= n; b = b[n:] {
		if keep(b[:n]) {
			kept = append(kept, b[:n]...)
		}
	}
	return kept
}

// splitHeader cuts a Go object into its text header and binary part. The header ends at a line "!" outside any pair of
// "$$" lines (cmd/link/internal/ld/lib.go, ldobj).
func splitHeader(b []byte) (header string, binary []byte, err error) {
	inside := false
	for off := 0; off < len(b); {
		end := bytes.IndexByte(b[off:], '\n')
		if end < 0 {
			break
		}
		line := b[off : off+end]
		off += end + 1
		if bytes.HasPrefix(line, []byte("$$")) {
			inside = !inside
		} else if !inside && len(line) == 1 && line[0] == '!' {
			return string(b[:off]), b[off:], nil
		}
	}
	return "", nil, fmt.Errorf("%w: no end of object header", ErrFormat)
}

// checkToolchain accepts only objects whose first line names this machine's architecture and a known release.
func checkToolchain(header string) error {
	line, _, _ := strings.Cut(header, "\n")
	f := strings.Fields(line) // go object linux amd64 go1.26.8 …
	if len(f) < 5 || f[2] != "linux" || f[3] != "amd64" || runtime.GOARCH != "amd64" {
		return fmt.Errorf("%w: %q is not linux/amd64", ErrFormat, line)
	}
	for _, v := range toolchains {
		if f[4] == v || strings.HasPrefix(f[4], v+".") {
			return nil
		}
	}
	return fmt.Errorf("%w: toolchain %s, known are %v", ErrFormat, f[4], toolchains)
}

// eachObject applies change to every Go object of an archive.
func eachObject(archive []byte, change func(*object)) ([]byte, error) {
	members, err := readArchive(archive)
	if err != nil {
		return nil, err
	}
	for i, m := range members {
		if m.kind() != goObject {
			continue
		}
		o, err := readObject(m.data)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", m.name, err)
		}
		change(o)
		members[i].data = o.bytes()
	}
	return writeArchive(members), nil
}

func readObject(b []byte) (*object, error) {
	header, bin, err := splitHeader(b)
	if err != nil {
		return nil, err
	}
	if err := checkToolchain(header); err != nil {
		return nil, err
	}
	if len(bin) < objectHeader || string(bin[:len(objectMagic)]) != objectMagic {
		return nil, fmt.Errorf("%w: object magic", ErrFormat)
	}
	o := &object{
		header:      header,
		fingerprint: bin[len(objectMagic) : len(objectMagic)+fingerprintSize],
		flags:       le.Uint32(bin[len(objectMagic)+fingerprintSize:]),
	}
	var offs [blocks]uint32
	prev := uint32(objectHeader)
	for i := range offs {
		offs[i] = le.Uint32(bin[objectHeader-4*blocks+4*i:])
		if offs[i] < prev || int(offs[i]) > len(bin) {
			return nil, fmt.Errorf("%w: block %d at %d", ErrFormat, i, offs[i])
		}
		prev = offs[i]
	}
	o.strings = bytes.Clone(bin[objectHeader:offs[0]])
	for i := range o.raw {
		o.raw[i] = bin[offs[i]:offs[i+1]:offs[i+1]]
	}
	for _, i := range []int{blkHash64, blkHash} { // changed in place by sweep
		o.raw[i] = bytes.Clone(o.raw[i])
	}
	if len(o.raw[blkHash64]) != 8*len(o.raw[blkHashed64def])/symSize || len(o.raw[blkHash]) != 16*len(o.raw[blkHasheddef])/symSize {
		return nil, fmt.Errorf("%w: hashes do not match symbols", ErrFormat)
	}
	return o, o.readSymbols()
}

// readSymbols fills syms from the definition blocks and the three index blocks.
func (o *object) readSymbols() error {
	n := 0
	for i, blk := range []int{blkSymdef, blkHashed64def, blkHasheddef, blkNonpkgdef} {
		o.counts[i] = len(o.raw[blk]) / symSize
		n += o.counts[i]
	}
	relocs, err := o.split(blkRelocIdx, blkReloc, relocSize, n)
	if err != nil {
		return err
	}
	aux, err := o.split(blkAuxIdx, blkAux, auxSize, n)
	if err != nil {
		return err
	}
	data, err := o.split(blkDataIdx, blkData, 1, n)
	if err != nil {
		return err
	}
	defs := make([]byte, 0, n*symSize)
	for _, blk := range []int{blkSymdef, blkHashed64def, blkHasheddef, blkNonpkgdef} {
		defs = append(defs, o.raw[blk]...)
	}
	if len(defs) != n*symSize {
		return fmt.Errorf("%w: symbol block of odd length", ErrFormat)
	}
	o.syms = make([]symbol, n)
	for i := range o.syms {
		def := defs[i*symSize : (i+1)*symSize : (i+1)*symSize]
		name, err := o.stringAt(le.Uint32(def), le.Uint32(def[4:]))
		if err != nil {
			return err
		}
		o.syms[i] = symbol{def: def, name: name, relocs: relocs[i], aux: aux[i], data: data[i]}
	}
	return nil
}

// split cuts block blk into the parts of n symbols, whose bounds (in units of size bytes) are in block idx.
func (o *object) split(idx, blk, size, n int) ([][]byte, error) {
	bounds, b := o.raw[idx], o.raw[blk]
	if len(bounds) != 4*(n+1) {
		return nil, fmt.Errorf("%w: index block %d has %d bytes for %d symbols", ErrFormat, idx, len(bounds), n)
	}
	parts := make([][]byte, n)
	for i := range parts {
		from, to := int64(le.Uint32(bounds[4*i:]))*int64(size), int64(le.Uint32(bounds[4*i+4:]))*int64(size)
		if from > to || to > int64(len(b)) {
			return nil, fmt.Errorf("%w: block %d of symbol %d out of bounds", ErrFormat, blk, i)
		}
		parts[i] = b[from:to:to]
	}
	return parts, nil
}

func (o *object) stringAt(length, off uint32) (string, error) {
	start, end := int64(off)-int64(objectHeader), int64(off)+int64(length)-int64(objectHeader)
	if length == 0 {
		return "", nil
	}
	if start < 0 || end > int64(len(o.strings)) {
		return "", fmt.Errorf("%w: string at %d out of bounds", ErrFormat, off)
	}
	return string(o.strings[start:end]), nil
}

// addRef appends a reference to a named symbol and returns how to refer to it. References come last in their index
// space, so that no index changes.
func (o *object) addRef(name string, abi uint16) symRef {
	def := make([]byte, symSize)
	le.PutUint32(def, uint32(len(name)))
	le.PutUint32(def[4:], uint32(objectHeader+len(o.strings)))
	le.PutUint16(def[8:], abi)
	o.strings = append(o.strings, name...)
	refs := o.raw[blkNonpkgref]
	o.raw[blkNonpkgref] = append(refs, def...)
	return symRef{pkgNone, uint32(o.counts[3] + len(refs)/symSize)}
}

// resolve returns the index in syms of a symbol that this object defines.
func (o *object) resolve(r symRef) (int, bool) {
	base, space := 0, -1
	for i, pkg := range []uint32{pkgSelf, pkgHashed64, pkgHashed, pkgNone} {
		if r.pkg == pkg {
			space = i
			break
		}
		base += o.counts[i]
	}
	if space < 0 || int64(r.sym) >= int64(o.counts[space]) {
		return 0, false
	}
	return base + int(r.sym), true
}

// hashed reports whether symbol i is content-addressable: its contents are named by a hash and must not change.
func (o *object) hashed(i int) bool {
	return i >= o.counts[0] && i < o.counts[0]+o.counts[1]+o.counts[2]
}

// nameOf is the name of the symbol that r refers to, if it is in this object's index spaces and has one.
func (o *object) nameOf(r symRef) string {
	if i, ok := o.resolve(r); ok {
		return o.syms[i].name
	}
	if r.pkg != pkgNone {
		return ""
	}
	refs, at := o.raw[blkNonpkgref], (int64(r.sym)-int64(o.counts[3]))*symSize
	if at < 0 || at+symSize > int64(len(refs)) {
		return ""
	}
	name, _ := o.stringAt(le.Uint32(refs[at:]), le.Uint32(refs[at+4:]))
	return name
}

// bytes puts the object together again.
func (o *object) bytes() []byte {
	o.writeSymbols()
	size := len(o.header) + objectHeader + len(o.strings)
	for _, r := range o.raw {
		size += len(r)
	}
	b := append(make([]byte, 0, size), o.header...)
	b = append(b, objectMagic...)
	b = append(b, o.fingerprint...)
	b = le.AppendUint32(b, o.flags)
	off := uint32(objectHeader + len(o.strings))
	for _, r := range o.raw {
		b = le.AppendUint32(b, off)
		off += uint32(len(r))
	}
	b = le.AppendUint32(b, off)
	b = append(b, o.strings...)
	for _, r := range o.raw {
		b = append(b, r...)
	}
	return b
}

// writeSymbols rebuilds the blocks that syms stands for.
func (o *object) writeSymbols() {
	next := 0
	for i, blk := range []int{blkSymdef, blkHashed64def, blkHasheddef, blkNonpkgdef} {
		var defs []byte
		for _, s := range o.syms[next : next+o.counts[i]] {
			defs = append(defs, s.def...)
		}
		o.raw[blk] = defs
		next += o.counts[i]
	}
	join := func(idx, blk, size int, part func(s *symbol) []byte) {
		var b, bounds []byte
		for i := range o.syms {
			bounds = le.AppendUint32(bounds, uint32(len(b)/size))
			b = append(b, part(&o.syms[i])...)
		}
		o.raw[blk], o.raw[idx] = b, le.AppendUint32(bounds, uint32(len(b)/size))
	}
	join(blkRelocIdx, blkReloc, relocSize, func(s *symbol) []byte { return s.relocs })
	join(blkAuxIdx, blkAux, auxSize, func(s *symbol) []byte { return s.aux })
	join(blkDataIdx, blkData, 1, func(s *symbol) []byte { return s.data })
}
