package display

// MIMEMap maps a MIME type to its content: a string, or []byte for binary types.
type MIMEMap = map[string]any

// Data is a MIME bundle with the metadata of the display_data message.
type Data = struct {
	Data      MIMEMap
	Metadata  MIMEMap
	Transient MIMEMap
}

// The MIME types that have functions of their own.
const (
	MIMETypeHTML       = "text/html"
	MIMETypeJavaScript = "application/javascript"
	MIMETypeJPEG       = "image/jpeg"
	MIMETypeJSON       = "application/json"
	MIMETypeLatex      = "text/latex"
	MIMETypeMarkdown   = "text/markdown"
	MIMETypePNG        = "image/png"
	MIMETypePDF        = "application/pdf"
	MIMETypeSVG        = "image/svg+xml"
	MIMETypeText       = "text/plain"
	MIMETypeGIF        = "image/gif"

	// MIMETypeVegaLite is the newest version of Vega-Lite that JupyterLab 4 draws by itself.
	MIMETypeVegaLite = "application/vnd.vegalite.v5+json"
)

// The interfaces by which a type says how it is shown. They are aliases: only the method counts, so a library
// implements them without importing this package. A value may implement several; the front end picks the richest type
// it can draw.
type (
	// Renderer gives the whole bundle, with metadata.
	Renderer = interface{ Render() Data }
	// SimpleRenderer gives content for any number of MIME types.
	SimpleRenderer = interface{ SimpleRender() MIMEMap }

	HTMLer       = interface{ HTML() string }
	JavaScripter = interface{ JavaScript() string }
	JPEGer       = interface{ JPEG() []byte }
	JSONer       = interface{ JSON() map[string]any }
	Latexer      = interface{ Latex() string }
	Markdowner   = interface{ Markdown() string }
	PNGer        = interface{ PNG() []byte }
	PDFer        = interface{ PDF() []byte }
	SVGer        = interface{ SVG() string }
)
