package gopls

import (
	"context"
	"encoding/json"
)

// Signature is the function that is being called at the cursor.
type Signature struct {
	Label      string   // "Printf(format string, a ...any) (n int, err error)"
	Doc        string   // Markdown; may be empty
	Parameters []string // "format string", "a ...any"
	Active     int      // index in Parameters of the one at the cursor
}

// markup is LSP's MarkupContent, or the plain string that older parts of the protocol allow in its place.
type markup string

func (m *markup) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		return json.Unmarshal(b, (*string)(m))
	}
	var content struct {
		Value string `json:"value"`
	}
	if err := json.Unmarshal(b, &content); err != nil {
		return err
	}
	*m = markup(content.Value)
	return nil
}

// Hover returns, in Markdown, the declaration and documentation of what stands at offset (in bytes) of f, or "" when
// nothing there can be explained.
func (s *Server) Hover(ctx context.Context, f File, offset int) (string, error) {
	var hover struct {
		Contents markup `json:"contents"`
	}
	err := s.ask(ctx, "textDocument/hover", f, offset, &hover)
	return string(hover.Contents), err
}

// Signature returns the innermost call whose arguments surround offset (in bytes) of f, and false when there is none.
func (s *Server) Signature(ctx context.Context, f File, offset int) (Signature, bool, error) {
	var help struct {
		Signatures []struct {
			Label         string `json:"label"`
			Documentation markup `json:"documentation"`
			Parameters    []struct {
				Label string `json:"label"`
			} `json:"parameters"`
		} `json:"signatures"`
		ActiveSignature int `json:"activeSignature"`
		ActiveParameter int `json:"activeParameter"`
	}
	if err := s.ask(ctx, "textDocument/signatureHelp", f, offset, &help); err != nil {
		return Signature{}, false, err
	}
	if help.ActiveSignature < 0 || help.ActiveSignature >= len(help.Signatures) {
		return Signature{}, false, nil
	}
	active := help.Signatures[help.ActiveSignature]
	signature := Signature{Label: active.Label, Doc: string(active.Documentation), Active: help.ActiveParameter}
	for _, p := range active.Parameters {
		signature.Parameters = append(signature.Parameters, p.Label)
	}
	return signature, true, nil
}
