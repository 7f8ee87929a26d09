package display

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"maps"
	"reflect"
	"strings"
)

// Render shows the value of a cell's last expression: always as plain text, and richer where v can be. Handles and
// progress bars, which are on the screen already, give an empty Data. A panic in a method of v becomes a note.
func Render(v any) (d Data) {
	defer func() {
		if r := recover(); r != nil {
			d = errorData(fmt.Errorf("display: panic while showing a %T: %v", v, r))
		}
	}()
	switch v.(type) {
	case *Handle, *ProgressBar:
		return Data{}
	}
	if d, ok := renderOwn(v); ok {
		return d
	}
	if err, ok := v.(error); ok && !isNilPointer(v) {
		return errorData(errors.New(chain(err, 0)))
	}
	d = Data{Data: MIMEMap{MIMETypeText: sprint(v)}}
	if png, ok := plotPNG(v); ok {
		return MakeData3(MIMETypePNG, "plot", png)
	}
	if m, ok := v.(matrix); ok && !isNilPointer(v) {
		d.Data[MIMETypeHTML] = matrixHTML(m)
	} else if h, ok := tableHTML(v); ok {
		d.Data[MIMETypeHTML] = h
	}
	return d
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
	d, found := Data{Data: MIMEMap{}}, false
	switch x := v.(type) {
	case Data:
		d, found = Data{maps.Clone(x.Data), x.Metadata, x.Transient}, true
	case Renderer:
		r := x.Render()
		d, found = Data{maps.Clone(r.Data), r.Metadata, r.Transient}, true
	case image.Image:
		img, err := imageData(x)
		if err != nil {
			return errorData(err), true
		}
		d, found = img, true
	}
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
	if _, ok := d.Data[MIMETypeText]; found && !ok {
		d.Data[MIMETypeText] = sprint(v)
	}
	return d, found
}

func isNilPointer(v any) bool {
	rv := reflect.ValueOf(v)
	return rv.Kind() == reflect.Pointer && rv.IsNil()
}

// maxSide is the largest width or height in pixels that is encoded.
const maxSide = 8192

func imageData(img image.Image) (Data, error) {
	size := img.Bounds().Size()
	if size.X <= 0 || size.Y <= 0 || size.X > maxSide || size.Y > maxSide {
		return Data{}, fmt.Errorf("display: cannot show an image of %dx%d pixels; each side must be 1 to %d", size.X, size.Y, maxSide)
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		return Data{}, fmt.Errorf("display: encoding an image: %w", err)
	}
	d := MakeData3(MIMETypePNG, fmt.Sprintf("image, %dx%d pixels", size.X, size.Y), b.Bytes())
	d.Metadata = MIMEMap{MIMETypePNG: MIMEMap{"width": size.X, "height": size.Y}}
	return d, nil
}

// plotPNG draws a gonum *plot.Plot, known by its method WriterTo(w, h vg.Length, format string): vg.Length is a float64
// of 1/72 inch.
func plotPNG(v any) ([]byte, bool) {
	if v == nil || isNilPointer(v) {
		return nil, false
	}
	m := reflect.ValueOf(v).MethodByName("WriterTo")
	if !m.IsValid() {
		return nil, false
	}
	t := m.Type()
	if t.NumIn() != 3 || t.NumOut() != 2 || t.In(0).Kind() != reflect.Float64 || t.In(1).Kind() != reflect.Float64 || t.In(2).Kind() != reflect.String {
		return nil, false
	}
	out := m.Call([]reflect.Value{reflect.ValueOf(432.0).Convert(t.In(0)), reflect.ValueOf(288.0).Convert(t.In(1)), reflect.ValueOf("png").Convert(t.In(2))})
	w, ok := out[0].Interface().(io.WriterTo)
	if !ok {
		return nil, false
	}
	var b bytes.Buffer
	_, err := w.WriteTo(&b)
	return b.Bytes(), err == nil
}

// chain lists an error and what it wraps, each level indented.
func chain(err error, depth int) string {
	text := clip(err.Error(), maxText, "…")
	if depth > 0 {
		text = strings.Repeat("  ", depth) + fmt.Sprintf("%T: ", err) + text
	}
	var wrapped []error
	switch u := err.(type) {
	case interface{ Unwrap() error }:
		wrapped = []error{u.Unwrap()}
	case interface{ Unwrap() []error }:
		wrapped = u.Unwrap()
	}
	for _, w := range wrapped[:min(len(wrapped), 20)] {
		if w != nil && depth < 10 && len(text) < maxText {
			text += "\n" + chain(w, depth+1)
		}
	}
	return text
}

const (
	maxRows    = 60
	maxColumns = 20
)

var escaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&#34;", "'", "&#39;")

// tableHTML shows slices of structs, nested slices and maps as a table.
func tableHTML(v any) (string, bool) {
	rv := reflect.ValueOf(v)
	if !rv.IsValid() || hasOwnText(rv.Type()) {
		return "", false
	}
	switch rv.Kind() {
	case reflect.Map:
		return mapTable(rv), true
	case reflect.Slice, reflect.Array:
		return sliceTable(rv)
	}
	return "", false
}

func mapTable(m reflect.Value) string {
	var b strings.Builder
	b.WriteString("<table><tbody>")
	for _, k := range sortedKeys(m, maxKeys)[:min(m.Len(), maxRows)] {
		row(&b, "td", []string{cellText(k), cellText(m.MapIndex(k))})
	}
	return b.String() + "</tbody></table>" + note(m.Len(), maxRows, "rows")
}

func sliceTable(s reflect.Value) (string, bool) {
	elem := s.Type().Elem()
	if elem.Kind() == reflect.Pointer {
		elem = elem.Elem()
	}
	var b strings.Builder
	b.WriteString("<table>")
	var columns int
	switch {
	case hasOwnText(s.Type().Elem()):
		return "", false
	case elem.Kind() == reflect.Struct && elem.NumField() > 0:
		columns = elem.NumField()
		var names []string
		for i := range min(columns, maxColumns) {
			names = append(names, elem.Field(i).Name)
		}
		row(&b, "th", names)
	case elem.Kind() == reflect.Slice || elem.Kind() == reflect.Array:
	default:
		return "", false
	}
	for i := range min(s.Len(), maxRows) {
		e := s.Index(i)
		if e.Kind() == reflect.Pointer {
			e = e.Elem()
		}
		var cells []string
		switch {
		case !e.IsValid():
			cells = []string{"<nil>"}
		case e.Kind() == reflect.Struct:
			for j := range min(columns, maxColumns) {
				cells = append(cells, cellText(e.Field(j)))
			}
		default:
			columns = max(columns, e.Len())
			for j := range min(e.Len(), maxColumns) {
				cells = append(cells, cellText(e.Index(j)))
			}
		}
		row(&b, "td", cells)
	}
	return b.String() + "</table>" + note(s.Len(), maxRows, "rows") + note(columns, maxColumns, "columns"), true
}

func row(b *strings.Builder, tag string, cells []string) {
	b.WriteString("<tr>")
	for _, c := range cells {
		b.WriteString("<" + tag + ">" + escaper.Replace(c) + "</" + tag + ">")
	}
	b.WriteString("</tr>")
}

func note(n, limit int, what string) string {
	if n <= limit {
		return ""
	}
	return fmt.Sprintf("<p>%d of %d %s shown</p>", limit, n, what)
}
