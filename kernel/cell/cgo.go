package cell

import (
	"fmt"
	"go/ast"
	"go/token"
	"strings"
)

// importC writes the cell's imports of "C", each with its preamble, and returns whether there are any. The preamble
// says its place in terms of C, so that the C compiler's complaints point into the cell.
func (g *generator) importC(b *strings.Builder) bool {
	found := false
	for _, d := range g.tree.Decls {
		decl, ok := d.(*ast.GenDecl)
		if !ok || decl.Tok != token.IMPORT {
			continue
		}
		for _, s := range decl.Specs {
			spec := s.(*ast.ImportSpec)
			if spec.Path.Value != `"C"` {
				continue
			}
			found = true
			doc := spec.Doc
			if doc == nil && len(decl.Specs) == 1 {
				doc = decl.Doc
			}
			b.WriteString("\n")
			g.writePreamble(b, doc)
			b.WriteString("import \"C\"\n\n")
		}
	}
	return found
}

func (g *generator) writePreamble(b *strings.Builder, doc *ast.CommentGroup) {
	if doc == nil {
		return
	}
	for _, c := range doc.List {
		if strings.HasPrefix(c.Text, "//line ") {
			continue // ours
		}
		text, isBlock := strings.CutPrefix(c.Text, "/*")
		if text = strings.TrimPrefix(text, "//"); isBlock {
			text = strings.TrimSuffix(text, "*/")
		}
		fmt.Fprintf(b, "// #line %d %q\n", g.c.fset.Position(c.Pos()).Line, g.file)
		for line := range strings.SplitSeq(text, "\n") {
			b.WriteString("// " + line + "\n")
		}
	}
}
