package display

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// VegaLite shows a Vega-Lite specification: the text of a JSON object, or anything that encodes to one. Numbers in it
// that JSON does not have, NaN and infinity, become null, which Vega-Lite draws as a gap.
func VegaLite(spec any) Data {
	var b []byte
	switch s := spec.(type) {
	case string:
		b = []byte(s)
	case []byte:
		b = s
	default:
		b = encodeJSON(spec)
	}
	if !json.Valid(b) || !bytes.HasPrefix(bytes.TrimSpace(b), []byte("{")) {
		return errorData(fmt.Errorf("display: a Vega-Lite specification must be a JSON object, not %s", clip(string(b), maxCell, "…")))
	}
	return MakeData3(MIMETypeVegaLite, "Vega-Lite chart", json.RawMessage(b))
}
