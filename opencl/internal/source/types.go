package source

import (
	"slices"
	"strconv"
	"strings"
)

// short are the one-word names of OpenCL C's numbers, and what they are.
var short = map[string]string{
	"char": "char", "uchar": "uchar", "short": "short", "ushort": "ushort", "int": "int", "uint": "uint", "long": "long", "ulong": "ulong",
	"half": "half", "float": "float", "double": "double",
	"int8_t": "char", "uint8_t": "uchar", "int16_t": "short", "uint16_t": "ushort", "int32_t": "int", "uint32_t": "uint", "int64_t": "long", "uint64_t": "ulong",
}

// cWords are words of which C's numbers are put together.
var cWords = []string{"signed", "unsigned", "char", "short", "int", "long", "__signed", "__signed__"}

// refusals are types that a kernel has, but that have no value in Go, and why.
var refusals = map[string]string{
	"bool":      "bool has no fixed size, so OpenCL lets no kernel take it: use int",
	"size_t":    "size_t has no fixed size, so OpenCL lets no kernel take it: use uint or ulong",
	"ptrdiff_t": "ptrdiff_t has no fixed size, so OpenCL lets no kernel take it: use int or long",
	"intptr_t":  "intptr_t has no fixed size, so OpenCL lets no kernel take it: use long",
	"uintptr_t": "uintptr_t has no fixed size, so OpenCL lets no kernel take it: use ulong",
	"void":      "void is no type of values: write the type of the elements",
	"sampler_t": "samplers and images cannot be passed: use buffers",
	"event_t":   "a kernel cannot be given an event_t",
}

// isTypeWord tells whether a word always belongs to a type.
func isTypeWord(text string) bool {
	_, isShort := short[text]
	return isShort || slices.Contains(cWords, text) || refusals[text] != ""
}

// widths of vectors.
var widths = []int{2, 3, 4, 8, 16}

// typeOf returns the type that words name, or why no parameter can have it.
func (r *reader) typeOf(words []token) (t Type, refused string) {
	texts := make([]string, len(words))
	for i, w := range words {
		texts[i] = w.text
	}
	whole := strings.Join(texts, " ")
	if len(texts) == 1 {
		if t, ok := r.types[whole]; ok {
			return t.t, t.refused
		}
		if t, ok := builtIn(whole); ok {
			return t, ""
		}
	}
	switch {
	case len(texts) == 0:
		return t, "this has no type"
	case slices.Contains(compounds, texts[0]):
		return t, compound(whole)
	case refusals[whole] != "":
		return t, refusals[whole]
	case strings.HasPrefix(whole, "image") || texts[0] == "pipe" || slices.ContainsFunc(texts, isImageQualifier):
		return t, "images and pipes cannot be passed: use buffers"
	}
	if name := cNumber(texts); name != "" {
		return Type{name, 1}, ""
	}
	return t, whole + " is no type that is known here: use OpenCL's names, as in float, int4, ulong"
}

func isImageQualifier(text string) bool {
	return slices.Contains([]string{"read_only", "write_only", "read_write", "__read_only", "__write_only", "__read_write"}, text)
}

// builtIn knows the one-word names of numbers and vectors.
func builtIn(text string) (Type, bool) {
	if name, ok := short[text]; ok {
		return Type{name, 1}, true
	}
	for _, w := range widths {
		if name, ok := strings.CutSuffix(text, strconv.Itoa(w)); ok && short[name] == name && name != "" {
			return Type{name, w}, true
		}
	}
	return Type{}, false
}

// cNumber knows C's numbers of several words, in any order: unsigned long int.
func cNumber(words []string) string {
	count := map[string]int{}
	for _, w := range words {
		if !slices.Contains(cWords, w) {
			return ""
		}
		count[strings.Trim(w, "_")]++
	}
	if count["signed"]+count["unsigned"] > 1 || count["int"] > 1 {
		return ""
	}
	name := "int"
	for _, other := range []string{"char", "short", "long"} {
		if count[other] == 0 {
			continue
		}
		if name != "int" || count[other] > 1 || other == "char" && count["int"] > 0 {
			return ""
		}
		name = other
	}
	if count["unsigned"] > 0 {
		return "u" + name
	}
	return name
}
