package display

import (
	"encoding/json"
	"math"
	"testing"
	"time"
)

type badJSON struct{}

func (badJSON) MarshalJSON() ([]byte, error) { panic("no") }

func TestEncodeJSON(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(-1)
	type inner struct {
		A float64 `json:"a"`
		b int
		C int `json:"-"`
		D int `json:"d,omitempty"`
	}
	type outer struct {
		inner
		P *inner
		T time.Time
	}
	cyclic := map[string]any{"x": 1}
	cyclic["me"] = cyclic
	for name, c := range map[string]struct {
		v    any
		want string
	}{
		"good":     {map[string]int{"a": 1}, `{"a":1}`},
		"number":   {nan, `null`},
		"nested":   {map[string]any{"a": []float64{1, nan, inf}, "b": "x"}, `{"a":[1,null,null],"b":"x"}`},
		"struct":   {inner{A: nan, b: 1, C: 2}, `{"a":null}`},
		"embedded": {outer{inner: inner{A: 1}, P: &inner{A: inf}}, `{"P":{"a":null},"T":"0001-01-01T00:00:00Z","a":1}`},
		"keys":     {map[any]any{1: nan, "b": 2}, `{"1":null,"b":2}`},
		"complex":  {[]any{1 + 2i}, `["(1+2i)"]`},
		"panics":   {map[string]any{"a": badJSON{}}, `{"a":"{}"}`},
		"not JSON": {json.RawMessage("{"), `"[123]"`},
		"nils":     {[]any{nan, nil, []int(nil), map[string]int(nil), (*int)(nil)}, `[null,null,null,null,null]`},
		"bytes":    {[]any{nan, []byte("hi")}, `[null,"aGk="]`},
	} {
		if got := string(encodeJSON(c.v)); got != c.want {
			t.Errorf("%s: got %s, want %s", name, got, c.want)
		}
	}
	if b := encodeJSON(cyclic); !json.Valid(b) {
		t.Errorf("cycle: %.200s", b)
	}
}

func TestEncodeTakesWhatJSONRefuses(t *testing.T) {
	d := Encode(Data{Data: MIMEMap{"text/plain": "\xff", "a": math.NaN(), "b": make(chan int), "text/html": []byte("\xfe")}, Metadata: MIMEMap{"\xff": 1}})
	if _, err := json.Marshal(d); err != nil {
		t.Error(err)
	}
	if d.Data["text/plain"] != "\uFFFD" || d.Data["text/html"] != "\uFFFD" {
		t.Error(d.Data)
	}
}
