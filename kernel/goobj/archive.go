package goobj

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
)

// The archive that `go tool compile -pack` and `go tool pack` write: a global magic, then members of a 60-byte header
// and contents padded to an even length (cmd/internal/archive).
const (
	archiveMagic  = "!<arch>\n"
	archiveHeader = 60
	archiveEnd    = "`\n"

	pkgDef = "__.PKGDEF" // the export data; plugin.Open compares hashes of it, so it is never touched
)

// member is one file of an archive. header keeps the original 60 bytes, of which only the size is ever rewritten.
type member struct {
	name   string
	header []byte
	data   []byte
}

// kind says what a member holds.
func (m member) kind() memberKind {
	switch {
	case m.name == pkgDef:
		return exportData
	case bytes.HasPrefix(m.data, []byte("go object ")):
		return goObject
	case bytes.HasPrefix(m.data, []byte("\x7fELF")):
		return hostObject
	}
	return otherMember
}

type memberKind int

const (
	otherMember memberKind = iota
	exportData
	goObject
	hostObject
)

func readArchive(b []byte) ([]member, error) {
	if !bytes.HasPrefix(b, []byte(archiveMagic)) {
		return nil, fmt.Errorf("%w: no archive magic", ErrFormat)
	}
	var members []member
	for off := len(archiveMagic); off < len(b); {
		if len(b)-off < archiveHeader {
			return nil, fmt.Errorf("%w: archive header cut short at byte %d", ErrFormat, off)
		}
		header := b[off : off+archiveHeader]
		if string(header[58:60]) != archiveEnd {
			return nil, fmt.Errorf("%w: bad archive header at byte %d", ErrFormat, off)
		}
		size, err := strconv.Atoi(strings.TrimSpace(string(header[48:58])))
		off += archiveHeader
		if err != nil || size < 0 || size > len(b)-off {
			return nil, fmt.Errorf("%w: bad member size %q at byte %d", ErrFormat, header[48:58], off)
		}
		name := strings.TrimRight(string(header[:16]), " ")
		members = append(members, member{name: strings.TrimSuffix(name, "/"), header: header, data: b[off : off+size]})
		off += size + size&1
	}
	return members, nil
}

func writeArchive(members []member) []byte {
	size := len(archiveMagic)
	for _, m := range members {
		size += archiveHeader + len(m.data) + 1
	}
	b := append(make([]byte, 0, size), archiveMagic...)
	for _, m := range members {
		b = append(b, m.header[:48]...)
		b = fmt.Appendf(b, "%-10d%s", len(m.data), archiveEnd)
		b = append(b, m.data...)
		if len(m.data)&1 == 1 {
			b = append(b, 0)
		}
	}
	return b
}
