package goobj

import (
	"bytes"
	"debug/elf"
	"fmt"
)

// RenameFiles changes source file names in a linked plugin, in place: those that runtime.Caller and stack traces show.
// rename gets the last element of each name, and returns the new one, which must not be longer, or the same. Only the
// file table is looked at: what the program's own strings say stays.
//
// Unknown formats give ErrFormat.
func RenameFiles(so []byte, rename func(name string) string) error {
	table, err := fileTable(so)
	if err != nil {
		return err
	}
	for name := range bytes.SplitSeq(table, []byte{0}) {
		if err := renameIn(name[bytes.LastIndexByte(name, '/')+1:], rename); err != nil {
			return err
		}
	}
	return nil
}

// RenameCFile changes a source file name where C code has it as a constant, for __FILE__ and so in the messages of assert: from
// as a string that ends with a zero byte. A Go string that says the same is hit only where a zero byte happens to follow it.
//
// Unknown formats give ErrFormat.
func RenameCFile(so []byte, from, to string) error {
	constants, err := sectionOf(so, ".rodata")
	if err != nil {
		return err
	}
	for name := []byte(from + "\x00"); ; {
		i := bytes.Index(constants, name)
		if i < 0 || from == "" || from == to {
			return nil
		}
		if err := renameIn(constants[i:][:len(from)], func(string) string { return to }); err != nil {
			return err
		}
	}
}

// renameIn puts a new name, padded with zero bytes, in the place of the old one.
func renameIn(place []byte, rename func(string) string) error {
	if len(place) == 0 {
		return nil
	}
	name := rename(string(place))
	if len(name) > len(place) {
		return fmt.Errorf("goobj: file name %q does not fit in the place of %q", name, place)
	}
	clear(place[copy(place, name):])
	return nil
}

// The function table begins with a header (runtime.pcHeader) of eight bytes and these words.
const (
	tableMagic   = 0xfffffff1 // abi.Go120PCLnTabMagic
	headerFiles  = 8 + 8*5    // filetabOffset
	headerPCs    = 8 + 8*6    // pctabOffset, of what follows
	headerLength = 8 + 8*8
)

// fileTable returns the bytes of a plugin that hold its file names, each with a zero byte behind it.
func fileTable(so []byte) ([]byte, error) {
	table, err := sectionOf(so, ".gopclntab")
	if err != nil {
		return nil, err
	}
	if len(table) < headerLength || le.Uint32(table) != tableMagic {
		return nil, fmt.Errorf("%w: function table of the plugin", ErrFormat)
	}
	from, to := le.Uint64(table[headerFiles:]), le.Uint64(table[headerPCs:])
	if from > to || to > uint64(len(table)) {
		return nil, fmt.Errorf("%w: file table of the plugin", ErrFormat)
	}
	return table[from:to], nil
}

// sectionOf returns the bytes of a section, which are those of so.
func sectionOf(so []byte, name string) ([]byte, error) {
	f, err := elf.NewFile(bytes.NewReader(so))
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrFormat, err)
	}
	s := f.Section(name)
	if s == nil || s.Type == elf.SHT_NOBITS || s.Offset > uint64(len(so)) || s.Size > uint64(len(so))-s.Offset {
		return nil, fmt.Errorf("%w: section %s of the plugin", ErrFormat, name)
	}
	return so[s.Offset:][:s.Size], nil
}
