package display

import (
	"fmt"
	"image"
	"maps"
	"reflect"
	"strings"
)

// Render shows the value of a cell's last expression: always as plain text, and richer where v can be. What it returns
// is ready to be sent (see [Encode]). Handles and progress bars, which are on the screen already, give an empty Data. A
// panic in a method of v becomes a note.
func Render(v any) Data { return Encode(render(v)) }

// RenderAll shows the values of an expression that has several, on one line with spaces between them. A nil error at the
// end, as most calls return, is left out, and one that is not nil is on lines of its own. When exactly one value can be
// shown richer than as text, it is.
func RenderAll(values []any) Data {
	n := len(values)
	if n > 1 && values[n-1] == nil {
		n--
	}
	switch n {
	case 0:
		return Data{}
	case 1:
		return Render(values[0])
	}
	if err, ok := values[n-1].(error); ok && !isNilPointer(err) {
		return withError(RenderAll(values[:n-1]), Render(err))
	}
	return joined(values[:n])
}

func joined(values []any) Data {
	var all Data
	var texts []string
	rich := 0
	for _, v := range values {
		d := Render(v)
		texts = append(texts, fmt.Sprint(d.Data[MIMETypeText]))
		if len(d.Data) > 1 {
			all = d
			rich++
		}
	}
	if rich != 1 {
		all = Data{Data: MIMEMap{}}
	}
	all.Data[MIMETypeText] = clip(strings.Join(texts, " "), maxText, " …")
	return Encode(all)
}

// withError is the text of d with that of err below it.
func withError(d, err Data) Data {
	text := fmt.Sprintf("%v\nerror: %v", d.Data[MIMETypeText], err.Data[MIMETypeText])
	return Encode(Data{Data: MIMEMap{MIMETypeText: text}})
}

func render(v any) (d Data) {
	defer noted(v, &d)
	switch v.(type) {
	case *Handle, *ProgressBar:
		return Data{}
	}
	if d, ok := renderOwn(v); ok {
		return d
	}
	if d, ok := renderKnown(v); ok {
		return d
	}
	d = Data{Data: MIMEMap{MIMETypeText: sprint(v)}}
	if g, ok := tableOf(v); ok {
		d.Data[MIMETypeHTML] = g.html()
	}
	return d
}

// noted turns a panic while v is rendered into a note. It must be deferred directly.
func noted(v any, d *Data) {
	if r := recover(); r != nil {
		*d = errorData(fmt.Errorf("display: panic while showing a %T: %s", v, sprint(r)))
	}
}

// known lists how values are shown that have no method of this package's interfaces, the first that fits.
var known = []func(v any) (Data, bool){renderError, renderPlot, renderMatrix, renderHTMLType, renderBytes}

func renderKnown(v any) (Data, bool) {
	if v == nil || isNilPointer(v) {
		return Data{}, false
	}
	for _, k := range known {
		if d, ok := k(v); ok {
			return d, true
		}
	}
	return Data{}, false
}

// own lists the interfaces of a value that shows itself in one MIME type.
var own = []struct {
	mimeType string
	get      func(v any) (any, bool)
}{
	{MIMETypeHTML, method(HTMLer.HTML)},
	{MIMETypeJavaScript, method(JavaScripter.JavaScript)},
	{MIMETypeJPEG, method(JPEGer.JPEG)},
	{MIMETypeJSON, method(JSONer.JSON)},
	{MIMETypeLatex, method(Latexer.Latex)},
	{MIMETypeMarkdown, method(Markdowner.Markdown)},
	{MIMETypePNG, method(PNGer.PNG)},
	{MIMETypePDF, method(PDFer.PDF)},
	{MIMETypeSVG, method(SVGer.SVG)},
}

func method[I, T any](call func(I) T) func(any) (any, bool) {
	return func(v any) (any, bool) {
		if x, ok := v.(I); ok {
			return call(x), true
		}
		return nil, false
	}
}

// renderOwn shows what is Data, an image, or shows itself by a method.
func renderOwn(v any) (Data, bool) {
	if isNilPointer(v) {
		return Data{}, false
	}
	d, found := whole(v)
	if d.Data == nil {
		d.Data = MIMEMap{}
	}
	if x, ok := v.(SimpleRenderer); ok {
		maps.Copy(d.Data, x.SimpleRender())
		found = true
	}
	for _, o := range own {
		if content, ok := o.get(v); ok {
			d.Data[o.mimeType], found = content, true
		}
	}
	if _, ok := d.Data[MIMETypeText]; found && !ok && len(d.Data) > 0 {
		d.Data[MIMETypeText] = sprint(v)
	}
	return d, found
}

// whole is the bundle of a value that gives all of it at once. Its map of content is the caller's own.
func whole(v any) (Data, bool) {
	switch x := v.(type) {
	case Data:
		return Data{maps.Clone(x.Data), x.Metadata, x.Transient}, true
	case Renderer:
		r := x.Render()
		return Data{maps.Clone(r.Data), r.Metadata, r.Transient}, true
	case image.Image:
		return Image(x), true
	}
	return Data{}, false
}

func isNilPointer(v any) bool {
	rv := reflect.ValueOf(v)
	return rv.Kind() == reflect.Pointer && rv.IsNil()
}
