package px

import "encoding/json"

// mostKept is how much of what an engine prints and shows is kept until somebody looks, in bytes.
const mostKept = 16 << 20

// entrySize is what an Output takes beside its text and data, roughly.
const entrySize = 100

// Kept is output that is shown later: of each engine its beginning, with "…" behind it, if there is too much.
type Kept struct {
	list []Output
	size map[int]int // by engine; more than mostKept where the rest is missing
}

// Add keeps one more.
func (k *Kept) Add(o Output) {
	before := k.size[o.Engine]
	if before > mostKept {
		return
	}
	if k.size == nil {
		k.size = map[int]int{}
	}
	k.size[o.Engine] = before + o.size()
	if k.size[o.Engine] > mostKept {
		o = Output{Engine: o.Engine, Stream: "stdout", Text: "…\n"}
	}
	k.list = append(k.list, o)
}

// Take returns what was kept, in its order, and forgets it.
func (k *Kept) Take() []Output {
	list := k.list
	*k = Kept{}
	return list
}

func (o Output) size() int {
	n := entrySize + len(o.Text)
	for kind, v := range o.Data {
		n += len(kind)
		switch v := v.(type) {
		case string:
			n += len(v)
		case []byte:
			n += len(v)
		default: // a value of JSON
			text, _ := json.Marshal(v)
			n += len(text)
		}
	}
	return n
}
