package display

import (
	"encoding/hex"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// renderHTMLType shows a html/template.HTML as the HTML that it is. Other types of that name must be put through [HTML].
func renderHTMLType(v any) (Data, bool) {
	t := reflect.TypeOf(v)
	if t.Kind() != reflect.String || t.Name() != "HTML" || t.PkgPath() != "html/template" {
		return Data{}, false
	}
	return HTML(reflect.ValueOf(v).String()), true
}

// maxDump is the number of bytes of a []byte that are dumped.
const maxDump = 512

// renderBytes shows a []byte as a string, if it is one, and as a dump in hexadecimal.
func renderBytes(v any) (Data, bool) {
	b, ok := v.([]byte)
	if !ok {
		return Data{}, false
	}
	text := fmt.Sprintf("[]byte, %d bytes", len(b))
	if s := string(b[:min(len(b), maxDump)]); printable(s) {
		text += ": " + strconv.Quote(s)
	}
	text += "\n" + hex.Dump(b[:min(len(b), maxDump)])
	if len(b) > maxDump {
		text += fmt.Sprintf("… (%d of %d bytes shown)", maxDump, len(b))
	}
	return Data{Data: MIMEMap{MIMETypeText: strings.TrimSuffix(text, "\n")}}, true
}

// printable tells whether s is text, of which the last character may be cut.
func printable(s string) bool {
	for i, r := range s {
		cut := r == utf8.RuneError && !utf8.FullRuneInString(s[i:])
		if !cut && (r == utf8.RuneError || !unicode.IsPrint(r) && !unicode.IsSpace(r)) {
			return false
		}
	}
	return true
}
