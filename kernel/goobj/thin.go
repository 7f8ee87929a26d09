package goobj

import (
	"bytes"
	"crypto/sha256"
	"debug/elf"
	"encoding/base64"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// HostSymbols returns the names that the ELF file at path defines for others to use: its global dynamic symbols. For an
// executable that imports package plugin, these are all its Go functions, variables and types that were linked in: what
// cells shall find there, the executable must refer to from reachable code. A loaded plugin provides symbols, too.
func HostSymbols(path string) (map[string]struct{}, error) {
	f, err := elf.Open(path)
	if err != nil {
		return nil, fmt.Errorf("goobj: symbols of the host: %w", err)
	}
	defer f.Close()
	syms, err := f.DynamicSymbols()
	if err != nil {
		return nil, fmt.Errorf("goobj: symbols of the host %s: %w", path, err)
	}
	set := make(map[string]struct{}, len(syms))
	for _, s := range syms {
		if s.Section != elf.SHN_UNDEF && elf.ST_BIND(s.Info) == elf.STB_GLOBAL {
			set[s.Name] = struct{}{}
		}
	}
	return set, nil
}

// Thin rewrites the archive of a package so that a plugin linked with it takes from the running process what the
// process has, instead of carrying a copy. provided says whether the process defines a dynamic symbol; the archive
// and the process must come from the same sources, toolchain and build tags.
//
// A function that is provided becomes one jump through the global offset table to the process's own. A variable keeps
// its size and loses its contents: the dynamic linker binds references to it to the process's. A type keeps its
// identity and loses its methods, which are looked up in the process's copy. An inittask keeps its place in the order
// and has nothing left to run. Export data stays byte for byte, so plugin.Open's check of package versions still
// holds. Whatever is not certain to be provided stays whole: closures, whose numbering could differ, functions called
// with an offset, file-local and content-addressed symbols, constants.
//
// ELF members (C code) are dropped when nothing that stays whole needs them, and always those of runtime/cgo.
//
// Link the result with -s or -w: stubs have no DWARF. Unknown formats give ErrFormat.
func Thin(archive []byte, provided func(elfName string) bool) ([]byte, error) {
	members, err := readArchive(archive)
	if err != nil {
		return nil, err
	}
	objects := make([]*thinner, len(members))
	needHost := false
	for i, m := range members {
		if m.kind() != goObject {
			continue
		}
		o, err := readObject(m.data)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", m.name, err)
		}
		t := &thinner{object: o, provided: provided}
		if t.cgo, err = o.directives(); err != nil {
			return nil, fmt.Errorf("%s: %w", m.name, err)
		}
		t.dropPluginTable()
		t.thin()
		t.sweep()
		needHost = needHost || t.needsHostObjects()
		objects[i] = t
	}
	kept := members[:0]
	for i, m := range members {
		if t := objects[i]; t != nil {
			if m.data, err = t.finish(needHost); err != nil {
				return nil, fmt.Errorf("%s: %w", m.name, err)
			}
		}
		if m.kind() != hostObject || needHost {
			kept = append(kept, m)
		}
	}
	return writeArchive(kept), nil
}

// thinner thins one object.
type thinner struct {
	*object
	provided func(string) bool
	cgo      directives      // as found in the object
	jumps    directives      // one for each stub: its target in the process
	tables   map[byte][]byte // aux records that all stubs share, by type
}

// thin decides about each symbol by what it is.
func (t *thinner) thin() {
	for i := range t.syms {
		s := &t.syms[i]
		if s.flag2()&flag2Itab != 0 {
			t.thinItab(s)
			continue
		}
		if s.name == "" || s.abi() == abiStatic || t.hashed(i) {
			continue
		}
		switch {
		case s.isText():
			if t.provided(functionName(s)) {
				t.stub(s)
			}
		case s.flag()&flagGoType != 0:
			if t.provided(mangle(s.name)) {
				dropMethods(s)
			}
		case strings.HasSuffix(s.name, "..inittask"):
			if t.provided(s.name) {
				dropInits(s)
			}
		case isVariable(s):
			if t.provided(mangle(s.name)) {
				dropContents(s)
			}
		}
	}
}

// numbered matches names that the compiler makes up by counting: closures, wrappers of go and defer statements,
// bodies of range-over-func loops. Inlining and build modes may shift the counts.
var numbered = regexp.MustCompile(`\.(func|gowrap|deferwrap)\d|-range\d`)

// entered lists functions that callers enter in the middle, so that one jump at the start cannot stand for them.
var entered = map[string]bool{"runtime.duffzero": true, "runtime.duffcopy": true}

// functionName returns the ELF name of a function, or "" if it is not certain (cmd/link/internal/ld/symtab.go,
// mangleABIName). The plain name belongs to the ABIInternal version; an ABI0 version has a suffix where both exist,
// and where only it exists the plain name, which says nothing about its ABI and is therefore not used.
func functionName(s *symbol) string {
	if s.size() == 0 || entered[s.name] || numbered.MatchString(s.name) || strings.ContainsAny(s.name, "#") {
		return ""
	}
	switch s.abi() {
	case abiInternal:
		return mangle(s.name)
	case abi0:
		return s.name + ".abi0"
	}
	return ""
}

// mangle returns the name that the linker gives a symbol in ELF: type names are shortened by a hash
// (cmd/link/internal/ld/lib.go, typeSymbolMangle, and cmd/internal/hash, Sum32).
func mangle(name string) string {
	isType := strings.HasPrefix(name, "type:")
	at := strings.Contains(name, "@")
	if !isType && !at || strings.HasPrefix(name, "type:runtime.") || strings.HasPrefix(name, "go:string.") ||
		len(name) <= 14 && !at {
		return name
	}
	sum := func(s string) string {
		h := sha256.Sum256([]byte(s))
		h[0] ^= 0xff
		return base64.StdEncoding.EncodeToString(h[:6])
	}
	if isType {
		if name[5] == '.' {
			return "type:." + sum(name[5:])
		}
		return "type:" + sum(name[5:])
	}
	i, j := strings.IndexByte(name, '['), strings.LastIndexByte(name, ']')
	if j == -1 || j <= i {
		j = len(name)
	}
	return name[:i+1] + sum(name[i+1:j]) + name[j:]
}

// jump is `JMP *target@GOTPCREL(%rip)`: it changes no register, so it suits every calling convention.
var jump = []byte{0xff, 0x25, 0, 0, 0, 0}

// stub turns a function into a jump to the process's own. It becomes local, since otherwise the linker would bind the
// target's name to the stub itself. Function information stays, without files and inlined calls: callers that inlined
// the function still name it in tracebacks.
func (t *thinner) stub(s *symbol) {
	elfName := functionName(s)
	local := importName(elfName)
	target := t.addRef(local, abi0)
	t.jumps = append(t.jumps, []string{importDynamic, local, elfName})

	reloc := make([]byte, relocSize)
	le.PutUint32(reloc, 2)
	reloc[4] = 4
	le.PutUint16(reloc[5:], relocGotPCRel)
	le.PutUint32(reloc[15:], target.pkg)
	le.PutUint32(reloc[19:], target.sym)

	s.data, s.relocs = jump, reloc
	s.setSize(uint32(len(jump)))
	s.setFlag(s.flag() | flagLocal)
	s.aux = filterRecords(s.aux, auxSize, func(a []byte) bool {
		switch a[0] {
		case auxFuncInfo:
			if i, ok := t.resolve(auxSym(a)); ok && !t.hashed(i) {
				shrinkFuncInfo(&t.syms[i])
			}
			return true
		case auxPcsp, auxPcfile, auxPcline:
			return true
		}
		return false
	})
	t.shareTables(s)
}

// importName is the name by which stubs refer to a function of the process: short, as the linker reads thousands of
// them, and the same in every archive.
func importName(elfName string) string {
	h := sha256.Sum256([]byte(elfName))
	return "%" + base64.RawStdEncoding.EncodeToString(h[:9])
}

// shareTables makes all stubs of an object use the stack size, file and line tables of its first one: by the stack
// size table, a stub's only address has nothing on the stack, and file and line are unknown since no file is listed. Functions
// that do not grow the stack keep their own size table: the linker takes the largest size in it, and refuses one that is too
// large for them, as that of the first function may be.
func (t *thinner) shareTables(s *symbol) {
	for a := s.aux; len(a) >= auxSize; a = a[auxSize:] {
		if a[0] == auxFuncInfo || a[0] == auxPcsp && s.flag()&flagNoSplit != 0 {
			continue
		}
		if t.tables == nil {
			t.tables = map[byte][]byte{}
		}
		if first, ok := t.tables[a[0]]; ok {
			copy(a[:auxSize], first)
		} else {
			t.tables[a[0]] = a[:auxSize]
		}
	}
}

// shrinkFuncInfo empties the lists of files and inlined calls of a FuncInfo (goobj.FuncInfo.Write), whose fixed part
// is 16 bytes.
func shrinkFuncInfo(s *symbol) {
	const fixed = 16
	if s.name != "" || len(s.data) < fixed+8 {
		return
	}
	s.data = append(bytes.Clone(s.data[:fixed]), make([]byte, 8)...)
	s.setSize(uint32(len(s.data)))
	s.relocs = nil
}

// isVariable reports whether s is a package-level variable. Names with ".." are the compiler's own temporaries.
func isVariable(s *symbol) bool {
	switch s.kind() {
	case kindNoptrData, kindData, kindBSS, kindNoptrBSS:
		return !strings.Contains(s.name, "..") && !strings.HasPrefix(s.name, "go:") && !strings.HasPrefix(s.name, "type:")
	}
	return false
}

// dropContents leaves the size of a variable. Of one that other packages may linkname, a zero byte of contents stays:
// by it the linker tells the definition from the references.
func dropContents(s *symbol) {
	s.setKind(kindNoptrBSS)
	if s.flag2()&flag2Linkname != 0 && len(s.data) > 0 {
		s.setKind(kindNoptrData)
		s.data = []byte{0}
	} else {
		s.data = nil
	}
	s.relocs, s.aux = nil, nil
}

// dropMethods empties the method table of a type. Its identity, which the runtime compares by kind, name and elements
// (runtime.typesEqual), stays. A named type also leaves the plugin's list of types: references to it are by address,
// which the dynamic linker binds to the process's copy; only unnamed types are ever referred to by offset.
func dropMethods(s *symbol) {
	if at, ok := uncommon(s.data); ok {
		s.data = bytes.Clone(s.data)
		le.PutUint16(s.data[at+uncommonMcount:], 0)
		le.PutUint16(s.data[at+uncommonXcount:], 0)
		s.relocs = filterRecords(s.relocs, relocSize, func(r []byte) bool { return relocType(r) != relocMethodOff })
	}
	if len(s.data) >= typeSize && s.data[typeTFlag]&tflagNamed != 0 {
		s.setFlag(s.flag() &^ flagTypelink)
	}
}

// thinItab drops the functions of an itab that is provided, and keeps the words that say interface and type. Itabs are
// content-addressed, but whichever of two that were equal the linker takes, it works like the other.
func (t *thinner) thinItab(s *symbol) {
	const functions = 24
	if !t.provided(mangle(s.name)) {
		bindItab(s)
		return
	}
	s.relocs = filterRecords(s.relocs, relocSize, func(r []byte) bool { return relocOff(r) < functions })
}

// bindItab makes an itab hold on to its methods. The compiler refers to them weakly, counting on the type to keep them,
// but types that are provided have lost theirs.
func bindItab(s *symbol) {
	s.relocs = bytes.Clone(s.relocs)
	for r := s.relocs; len(r) >= relocSize; r = r[relocSize:] {
		le.PutUint16(r[5:], relocType(r)&^relocWeak)
	}
}

// bind prepares the object of a cell, which stays whole, for a link with thin archives: the methods that its itabs refer
// to are kept.
func (o *object) bind() {
	for i := range o.syms {
		if s := &o.syms[i]; s.flag2()&flag2Itab != 0 {
			bindItab(s)
		}
	}
}

// dropInits makes an inittask one without functions. What remains are the relocations that order the packages.
func dropInits(s *symbol) {
	const noFunctions = 8 // state and count, both uint32 (runtime.initTask)
	if len(s.data) < noFunctions {
		return
	}
	s.relocs = filterRecords(s.relocs, relocSize, func(r []byte) bool { return relocType(r) != relocAddr })
	s.data = make([]byte, noFunctions)
	s.setSize(noFunctions)
}

// needsHostObjects reports whether a symbol that was kept refers to C code. Go declares C functions as variables of the
// same name, so the reference may be to a definition.
//
// The C code of runtime/cgo is never carried: the process has it, and it must exist once. A plugin that reaches a part of
// it which the process does not export is refused by the dynamic linker, and can be linked whole instead.
func (t *thinner) needsHostObjects() bool {
	imports := t.cgo.imports()
	if len(imports) == 0 || t.cgo.isRuntime() {
		return false
	}
	for i := range t.syms {
		for r := t.syms[i].relocs; len(r) >= relocSize; r = r[relocSize:] {
			if name := t.nameOf(relocSym(r)); name != "" {
				if _, found := slices.BinarySearch(imports, name); found {
					return true
				}
			}
		}
	}
	return false
}

// finish writes the object with the directives that its stubs need, and those it had if its C code stays. If not, the
// names that C code defined are still declared, so that a forgotten use is an error and no jump into a variable.
func (t *thinner) finish(keepCgo bool) ([]byte, error) {
	d := slices.Clone(t.cgo)
	if !keepCgo {
		d = slices.DeleteFunc(d, func(f []string) bool { return len(f) == 0 || f[0] != importStatic })
	}
	if err := t.setDirectives(append(d, t.jumps...)); err != nil {
		return nil, err
	}
	return t.bytes(), nil
}
