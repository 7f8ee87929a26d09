package oclgrind

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Kind of a finding, the gravest first.
type Kind int

const (
	Access        Kind = iota // memory was used that is not the kernel's, or at an address that does not fit the type
	Divergence                // not all work-items of a group came to a barrier
	Race                      // work-items used the same memory, one of them to write, with no barrier between
	Uninitialized             // a value that nobody set was used
	Other
)

// Place is a line and column of the source, from 1; 0 is not known.
type Place struct{ Line, Column int }

// Finding is something that Oclgrind found, at one place of the source.
type Finding struct {
	Kind    Kind
	Message string // Oclgrind's words, without the address
	Place
	// Other is the second place of a race.
	Other Place
	// Item is the global id of the first work-item, or the id of the work-group, for which it was found; Second that of the second
	// in a race.
	Item, Second string
	// Count is how many times it was found.
	Count int
	// Space is "global", "local" or "private" where an address is known; Buffer counts the arguments that point to global or constant
	// memory, from 0, and Offset is in bytes from its start: negative before it.
	Space  string
	Buffer int
	Offset int64
}

// kinds tell a finding's kind by how its message begins.
var kinds = []struct {
	start string
	kind  Kind
}{
	{"Invalid", Access}, {"Index (", Access}, {"Unaligned", Access}, {"Out of bounds", Access},
	{"Work-group divergence", Divergence}, {"Read-write data race", Race}, {"Write-write data race", Race}, {"Uninitialized", Uninitialized},
	{"Control flow depends on uninitialized", Uninitialized}, {"Branch depends on uninitialized", Uninitialized},
}

var (
	address   = regexp.MustCompile(` (?:at|to) (global|local|private|constant) memory address 0x([0-9a-f]+)`)
	item      = regexp.MustCompile(`(?m)(?:[Ee]ntity:\s*Global|Work-group: )\(([0-9,]+)\)`)
	sourceRow = regexp.MustCompile(`At line (\d+)(?: \(column (\d+)\))? of`)
)

// parse reads Oclgrind's log: blocks that an empty line begins. What was found at the same place is one finding.
func parse(log string) []Finding {
	var all []Finding
	for block := range strings.SplitSeq(strings.ReplaceAll(log, "\n\t\n", "\n\t \n"), "\n\n") {
		f, ok := parseBlock(strings.TrimSpace(block))
		if !ok {
			continue
		}
		same := slices.IndexFunc(all, func(g Finding) bool {
			return g.Kind == f.Kind && g.Message == f.Message && g.Place == f.Place && g.Other == f.Other && g.Buffer == f.Buffer
		})
		if same >= 0 {
			all[same].Count++
			continue
		}
		all = append(all, f)
	}
	slices.SortStableFunc(all, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return all
}

// parseBlock reads one finding.
func parseBlock(text string) (Finding, bool) {
	first, rest, _ := strings.Cut(text, "\n")
	f := Finding{Kind: Other, Message: first, Count: 1, Buffer: -1}
	if first == "" {
		return f, false
	}
	for _, k := range kinds {
		if strings.HasPrefix(first, k.start) {
			f.Kind = k.kind
			break
		}
	}
	if m := address.FindStringSubmatchIndex(first); m != nil {
		f.locate(first[m[2]:m[3]], first[m[4]:m[5]])
		f.Message = first[:m[0]] + first[m[1]:]
	}
	ids := item.FindAllStringSubmatch(rest, 2)
	places := sourceRow.FindAllStringSubmatch(rest, 2)
	for i, to := range []*string{&f.Item, &f.Second} {
		if i < len(ids) {
			*to = ids[i][1]
		}
	}
	for i, to := range []*Place{&f.Place, &f.Other} {
		if i < len(places) {
			to.Line, _ = strconv.Atoi(places[i][1]) // digits; a number too large names no line
			to.Column, _ = strconv.Atoi(places[i][2])
		}
	}
	return f, true
}

// An address has the number of the buffer, from 1, in its upper 16 bits. One a little before a buffer is in the one before.
const offsetBits = 48

func (f *Finding) locate(space, hexadecimal string) {
	f.Space = space
	at, err := strconv.ParseUint(hexadecimal, 16, 64)
	if err != nil || space != "global" && space != "constant" {
		return
	}
	f.Buffer, f.Offset = int(at>>offsetBits)-1, int64(at&(1<<offsetBits-1))
	if f.Offset >= 1<<(offsetBits-1) {
		f.Buffer, f.Offset = f.Buffer+1, f.Offset-(1<<offsetBits)
	}
}

func appendNumber(to, eight []byte) []byte {
	return strconv.AppendUint(to, binary.LittleEndian.Uint64(eight), 10)
}

// String tells a finding in a line.
func (f Finding) String() string {
	text := f.Message
	if f.Space != "" {
		text += " in " + f.Space + " memory"
	}
	if f.Item != "" {
		text += fmt.Sprintf("; %s (%s)", map[bool]string{true: "work-group", false: "work-item"}[f.Kind == Divergence], f.Item)
	}
	if f.Second != "" {
		text += fmt.Sprintf(" and (%s)", f.Second)
	}
	if f.Count > 1 {
		text += fmt.Sprintf(", and %d times more", f.Count-1)
	}
	return text
}
