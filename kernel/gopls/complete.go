package gopls

import (
	"cmp"
	"context"
	"fmt"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
)

// Item is one way to go on at the cursor.
type Item struct {
	Label      string   // what to show
	InsertText string   // what to put in place of the range that Complete returns; never a snippet
	Kind       string   // "function", "method", "field"…: see kinds; "" when unknown
	Detail     string   // the type or signature
	Doc        string   // Markdown; may be empty
	Imports    []Import // imports that the file lacks and the item needs
}

// Import is an import declaration. Name is "" where the package's own name is used.
type Import struct{ Name, Path string }

// kinds names LSP's CompletionItemKind, in the words of Go.
var kinds = map[int]string{
	1: "text", 2: "method", 3: "function", 5: "field", 6: "variable", 7: "type", 8: "interface", 9: "package",
	10: "field", 12: "value", 14: "keyword", 17: "file", 21: "constant", 22: "struct", 25: "type",
}

// completionItem is LSP's CompletionItem, of which gopls fills in what is here.
type completionItem struct {
	Label               string     `json:"label"`
	Kind                int        `json:"kind"`
	Detail              string     `json:"detail"`
	Documentation       markup     `json:"documentation"`
	SortText            string     `json:"sortText"`
	TextEdit            *textEdit  `json:"textEdit"`
	AdditionalTextEdits []textEdit `json:"additionalTextEdits"`
}

type textEdit struct {
	Range   span   `json:"range"`
	NewText string `json:"newText"`
}

// Complete returns what can stand at offset (in bytes) of f, best first, and the byte range f.Text[start:end] that any of
// the items replaces. The range is empty, at offset, when there are no items. While gopls starts, Complete waits until ctx
// ends.
func (s *Server) Complete(ctx context.Context, f File, offset int) (items []Item, start, end int, err error) {
	var list struct {
		Items []completionItem `json:"items"`
	}
	if err := s.ask(ctx, "textDocument/completion", f, offset, &list); err != nil {
		return nil, 0, 0, err
	}
	slices.SortStableFunc(list.Items, func(a, b completionItem) int { return cmp.Compare(a.SortText, b.SortText) })
	imports := newImportFinder(f.Text)
	start, end = offset, offset
	for _, it := range list.Items {
		if it.TextEdit == nil {
			continue // gopls always sends one; without it nobody knows what to replace
		}
		from, to, err := offsetsOf(f.Text, it.TextEdit.Range)
		if err != nil {
			return nil, 0, 0, err
		}
		if len(items) == 0 {
			start, end = from, to
		}
		if from != start || to != end {
			continue // a front end replaces one range for all
		}
		items = append(items, Item{
			Label:      it.Label,
			InsertText: it.TextEdit.NewText,
			Kind:       kinds[it.Kind],
			Detail:     it.Detail,
			Doc:        string(it.Documentation),
			Imports:    imports.added(it.AdditionalTextEdits),
		})
	}
	return items, start, end, nil
}

// importFinder tells which imports a set of edits adds to a text. gopls sends edits as small differences, which say nothing
// by themselves, so they are applied and the result is parsed.
type importFinder struct {
	text string
	have []Import
}

func newImportFinder(text string) importFinder {
	return importFinder{text: text, have: importsOf(text)}
}

func (f importFinder) added(edits []textEdit) []Import {
	if len(edits) == 0 {
		return nil
	}
	edited, err := applyEdits(f.text, edits)
	if err != nil {
		return nil // a completion without its import is better than none: the compiler names what is missing
	}
	return slices.DeleteFunc(importsOf(edited), func(i Import) bool { return slices.Contains(f.have, i) })
}

// importsOf returns the imports of a Go file, as far as it can be parsed.
func importsOf(text string) []Import {
	file, _ := parser.ParseFile(token.NewFileSet(), "", text, parser.ImportsOnly|parser.SkipObjectResolution)
	if file == nil {
		return nil
	}
	var imports []Import
	for _, spec := range file.Imports {
		path, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			continue
		}
		i := Import{Path: path}
		if spec.Name != nil {
			i.Name = spec.Name.Name
		}
		imports = append(imports, i)
	}
	return imports
}

// applyEdits returns text with non-overlapping edits applied; as in LSP, each counts in the text before all of them.
func applyEdits(text string, edits []textEdit) (string, error) {
	edits = slices.Clone(edits)
	slices.SortStableFunc(edits, func(a, b textEdit) int {
		return cmp.Or(cmp.Compare(a.Range.Start.Line, b.Range.Start.Line),
			cmp.Compare(a.Range.Start.Character, b.Range.Start.Character))
	})
	var edited strings.Builder
	done := 0
	for _, e := range edits {
		start, end, err := offsetsOf(text, e.Range)
		if err != nil {
			return "", err
		}
		if start < done {
			return "", fmt.Errorf("edits overlap at %v", e.Range.Start)
		}
		edited.WriteString(text[done:start])
		edited.WriteString(e.NewText)
		done = end
	}
	edited.WriteString(text[done:])
	return edited.String(), nil
}
