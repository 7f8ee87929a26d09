package display

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"
)

// Any renders data as mimeType. Values that know how to show themselves (see [HTMLer]) and images do so; a string, a
// []byte, an io.Reader or an io.WriterTo gives its content. With an empty mimeType the type is recognised from the
// content of binary data. As in gophernotes, Any panics on other types; [Render] takes every value.
func Any(mimeType string, data any) Data {
	if d, ok := renderOwn(data); ok {
		return d
	}
	switch data := data.(type) {
	case string:
		return fromString(mimeType, data)
	case []byte:
		return fromBytes(mimeType, data)
	case io.Reader:
		b, err := io.ReadAll(data)
		if err != nil {
			return errorData(fmt.Errorf("display: reading %T: %w", data, err))
		}
		return fromBytes(mimeType, b)
	case io.WriterTo:
		var b bytes.Buffer
		if _, err := data.WriteTo(&b); err != nil {
			return errorData(fmt.Errorf("display: writing %T: %w", data, err))
		}
		return fromBytes(mimeType, b.Bytes())
	}
	panic(fmt.Errorf("display: cannot show a %T as %q; use display.Render, or give a string, []byte, io.Reader or io.WriterTo", data, mimeType))
}

// Auto is Any with the MIME type recognised from the content.
func Auto(data any) Data { return Any("", data) }

// MakeData gives data as mimeType, and as plain text by fmt.Sprint. Binary data is described, not printed.
func MakeData(mimeType string, data any) Data {
	if mimeType == MIMETypeText {
		return Data{Data: MIMEMap{mimeType: data}}
	}
	return MakeData3(mimeType, plain(mimeType, data), data)
}

// MakeData3 gives data as mimeType, and plaintext for front ends that cannot draw it.
func MakeData3(mimeType string, plaintext string, data any) Data {
	return Data{Data: MIMEMap{MIMETypeText: plaintext, mimeType: data}}
}

// File shows the content of a file. As in gophernotes, it panics when the file cannot be read.
func File(mimeType string, path string) Data {
	b, err := os.ReadFile(path)
	if err != nil {
		panic(fmt.Errorf("display: %w", err))
	}
	return Any(mimeType, b)
}

// HTML shows a piece of HTML as it is; nothing is escaped.
func HTML(html string) Data { return MakeData(MIMETypeHTML, html) }

// JavaScript runs a script in the reader's browser, where the front end allows it.
func JavaScript(javascript string) Data { return MakeData(MIMETypeJavaScript, javascript) }

// JPEG shows an encoded JPEG image.
func JPEG(jpeg []byte) Data { return MakeData(MIMETypeJPEG, jpeg) }

// JSON shows a JSON object as a tree that can be folded.
func JSON(json map[string]any) Data { return MakeData(MIMETypeJSON, json) }

// Latex shows a formula inside a line of text. Dollar signs around it are optional.
func Latex(latex string) Data {
	return MakeData3(MIMETypeLatex, latex, "$"+strings.Trim(latex, "$")+"$")
}

// Math shows a formula on a line of its own.
func Math(latex string) Data {
	return MakeData3(MIMETypeLatex, latex, "$$"+strings.Trim(latex, "$")+"$$")
}

// Markdown shows Markdown, with formulas between dollar signs.
func Markdown(markdown string) Data { return MakeData(MIMETypeMarkdown, markdown) }

// PDF shows a PDF document.
func PDF(pdf []byte) Data { return MakeData(MIMETypePDF, pdf) }

// PNG shows an encoded PNG image.
func PNG(png []byte) Data { return MakeData(MIMETypePNG, png) }

// SVG shows an SVG drawing.
func SVG(svg string) Data { return MakeData(MIMETypeSVG, svg) }

// MIME puts content and metadata, both by MIME type, into one bundle.
func MIME(data, metadata MIMEMap) Data { return Data{Data: data, Metadata: metadata} }

// fromString shows s as mimeType; text without a type is plain.
func fromString(mimeType, s string) Data {
	d := Data{Data: MIMEMap{MIMETypeText: s}}
	if mimeType != "" {
		d.Data[mimeType] = s
	}
	return d
}

// fromBytes shows b as mimeType, or as what its first bytes say it is.
func fromBytes(mimeType string, b []byte) Data {
	if mimeType == "" {
		mimeType = sniff(b)
	}
	if !binaryTypes[mimeType] {
		return fromString(mimeType, string(b))
	}
	return MakeData(mimeType, b)
}

// binaryTypes are the types whose content travels as base64.
var binaryTypes = map[string]bool{
	MIMETypePNG: true, MIMETypeJPEG: true, MIMETypeGIF: true, MIMETypePDF: true, "image/webp": true, "image/bmp": true,
	"application/octet-stream": true,
}

// signatures are the first bytes of the types that a front end can show.
var signatures = []struct{ prefix, mimeType string }{
	{"\x89PNG\r\n\x1a\n", MIMETypePNG},
	{"\xff\xd8\xff", MIMETypeJPEG},
	{"GIF87a", MIMETypeGIF},
	{"GIF89a", MIMETypeGIF},
	{"%PDF-", MIMETypePDF},
	{"<svg", MIMETypeSVG},
	{"<!DOCTYPE html", MIMETypeHTML},
	{"<!doctype html", MIMETypeHTML},
	{"<html", MIMETypeHTML},
}

// sniff recognises content by its first bytes; what it does not know is text.
func sniff(b []byte) string {
	for _, s := range signatures {
		if bytes.HasPrefix(b, []byte(s.prefix)) {
			return s.mimeType
		}
	}
	if rest := string(b[:min(len(b), 512)]); strings.HasPrefix(rest, "<?xml") && strings.Contains(rest, "<svg") {
		return MIMETypeSVG
	}
	return MIMETypeText
}

// plain is the text of data for a front end that cannot draw mimeType.
func plain(mimeType string, data any) string {
	if b, ok := data.([]byte); ok {
		return fmt.Sprintf("%s, %d bytes", mimeType, len(b))
	}
	return sprint(data)
}

// errorData reports an error that kept a value from being shown.
func errorData(err error) Data { return Data{Data: MIMEMap{MIMETypeText: err.Error()}} }
