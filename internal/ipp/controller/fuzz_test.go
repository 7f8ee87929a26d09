package controller

import (
	"encoding/json"
	"testing"

	"github.com/warren-go/warren/internal/wire"
)

// Whatever the metadata of a task say, it is refused, or has dependencies that can be met.
func FuzzTaskMetadata(f *testing.F) {
	for _, s := range []string{
		`{}`, `{"targets":["a","b","a"],"retries":2}`, `{"after":["x","x"],"follow":{"dependencies":["y"],"all":false,"success":false,"failure":true}}`,
		`{"after":"x","timeout":0.5,"restart_lost":true}`, `{"after":{"success":false}}`, `{"timeout":-1}`, `{"targets":null}`, `[]`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		j, err := newJob(nil, wire.Message{Metadata: text})
		if err != nil {
			return
		}
		for _, c := range []*condition{&j.after, &j.follow} {
			if c.met != (len(c.ids) == 0) || c.impossible {
				t.Fatalf("%s: at the beginning: %+v", text, c)
			}
			for range c.ids {
				c.note(!c.failure, "u")
			}
			if len(c.ids) > 0 && c.met == c.impossible {
				t.Errorf("%s: in the end: %+v", text, c)
			}
		}
		if j.timeout < 0 {
			t.Errorf("%s: a timeout of %v", text, j.timeout)
		}
	})
}

// Whatever the metadata of a broadcast say, it is refused, or names engines that can be named again.
func FuzzAudience(f *testing.F) {
	for _, s := range []string{`{}`, `{"targets":[["u",0],["v",1]],"is_coalescing":true}`, `{"targets":[[]]}`, `{"targets":[["u"]],"original_msg_id":"x"}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var a audience
		if json.Unmarshal(text, &a) != nil {
			return
		}
		again, err := json.Marshal(a.Targets)
		if err != nil {
			t.Fatal(err)
		}
		var b audience
		if err := json.Unmarshal(withField([]byte(`{}`), "targets", json.RawMessage(again)), &b); err != nil || len(b.Targets) != len(a.Targets) {
			t.Errorf("%s became %s", text, again)
		}
	})
}
