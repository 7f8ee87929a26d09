package wire

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

func all(object string) (lines []string) {
	for name, value := range Fields([]byte(object)) {
		lines = append(lines, fmt.Sprintf("%s=%s", name, value))
	}
	return lines
}

func TestFieldsAreFound(t *testing.T) {
	tests := map[string]string{
		`{}`:                            "",
		` { "a" : 1 , "b":"x" } `:       `a=1 b="x"`,
		`{"a":{"b":[1,{"c":2}]},"d":3}`: `a={"b":[1,{"c":2}]} d=3`,
		`{"a":"}\",{","b":null}`:        `a="}\",{" b=null`,
		`{"a":[],"b":{},"c":true}`:      `a=[] b={} c=true`,
		`{"a":-1.5e3}`:                  `a=-1.5e3`,
		"{\n\t\"a\":\n1\n}":             "a=1",
		`[1]`:                           "",
		``:                              "",
		`{"a"`:                          "",
		`{"a":`:                         "",
		`{"a":"x`:                       "",
		`{"a":{`:                        "",
		`{a:1}`:                         "",
		`{"a":1,}`:                      "a=1",
		`{"a":]`:                        "",
	}
	for object, want := range tests {
		if got := strings.Join(all(object), " "); got != want {
			t.Errorf("%s: got %s, want %s", object, got, want)
		}
	}
}

func TestTextOfStrings(t *testing.T) {
	tests := map[string]string{`"x"`: "x", `""`: "", `"ü\n\u00fc"`: "ü\nü", `1`: "", `null`: "", `["x"]`: "", `"`: "", ``: "", `"\x"`: ""}
	for value, want := range tests {
		if got := Text(json.RawMessage(value)); got != want {
			t.Errorf("%s: got %q, want %q", value, got, want)
		}
	}
}

// In an object, the same fields are found as by package json; anything else does no harm.
func FuzzFields(f *testing.F) {
	for _, s := range []string{`{"a":1,"b":{"c":[1,2,"}"]}}`, `{"a":"\\","b":"\""}`, `{`, `{"a":[`, `[]`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := map[string]string{}
		for name, value := range Fields([]byte(text)) {
			var key string
			if json.Unmarshal([]byte(`"`+string(name)+`"`), &key) == nil {
				got[key] = string(value)
			}
		}
		var want map[string]json.RawMessage
		if json.Unmarshal([]byte(text), &want) != nil {
			return
		}
		for key, value := range want {
			if got[key] != string(value) {
				t.Errorf("%s: %q is %s, want %s", text, key, got[key], value)
			}
		}
	})
}
