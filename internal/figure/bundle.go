package figure

// Bundle is a value by MIME type, with the metadata of the Jupyter message it travels in. It is what the kernel's display
// takes, spelt out, so that no library needs the kernel.
type Bundle = struct {
	Data      map[string]any
	Metadata  map[string]any
	Transient map[string]any
}

// Schema is the version of Vega-Lite that figures are written in: the newest that JupyterLab 4 draws by itself.
const Schema = "https://vega.github.io/schema/vega-lite/v5.json"

// Bundle gives the figure as Vega-Lite, as SVG, as PNG for front ends that draw neither, and as text. A front end that
// shows the PNG is told to show it as large as the SVG.
func (c *Canvas) Bundle(vegaLite map[string]any, text string) Bundle {
	return Bundle{
		Data: map[string]any{
			"application/vnd.vegalite.v5+json": vegaLite,
			"image/svg+xml":                    c.SVG(),
			"image/png":                        c.PNG(),
			"text/plain":                       text,
		},
		Metadata: map[string]any{"image/png": map[string]any{"width": int(c.width), "height": int(c.height)}},
	}
}
