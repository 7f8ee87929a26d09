package bench

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/warren-go/warren/internal/figure"
)

// field is one column of a table for other programs. Its values are a string, a bool, an int, or a float64; times are
// whole nanoseconds.
type field[R any] struct {
	name  string
	value func(R) any
}

var rowFields = []field[Row]{
	{"workers", func(r Row) any { return r.Workers }},
	{"min_ns", func(r Row) any { return int(r.Min) }},
	{"median_ns", func(r Row) any { return int(r.Median) }},
	{"low_ns", func(r Row) any { return int(r.Interval.Low) }},
	{"high_ns", func(r Row) any { return int(r.Interval.High) }},
	{"speedup", func(r Row) any { return r.Speedup }},
	{"speedup_low", func(r Row) any { return r.SpeedupLow }},
	{"speedup_high", func(r Row) any { return r.SpeedupHigh }},
	{"efficiency", func(r Row) any { return r.Efficiency }},
	{"karp_flatt", func(r Row) any { return r.KarpFlatt }},
	{"gustafson", func(r Row) any { return r.Gustafson }},
	{"noisy", func(r Row) any { return r.Noisy }},
}

var standingFields = []field[Standing]{
	{"name", func(s Standing) any { return s.Name }},
	{"min_ns", func(s Standing) any { return int(s.Min) }},
	{"median_ns", func(s Standing) any { return int(s.Median) }},
	{"low_ns", func(s Standing) any { return int(s.Interval.Low) }},
	{"high_ns", func(s Standing) any { return int(s.Interval.High) }},
	{"ratio", func(s Standing) any { return s.Ratio }},
	{"ratio_low", func(s Standing) any { return s.Low }},
	{"ratio_high", func(s Standing) any { return s.High }},
	{"noisy", func(s Standing) any { return s.Noisy }},
}

// writeCSV writes a line with the fields' names and one for each row; a NaN is an empty field.
func writeCSV[R any](w io.Writer, fields []field[R], rows []R) error {
	out := csv.NewWriter(w)
	record := make([]string, len(fields))
	for i, f := range fields {
		record[i] = f.name
	}
	out.Write(record) // Error tells below whether it failed
	for _, row := range rows {
		for i, f := range fields {
			record[i] = plain(f.value(row))
		}
		out.Write(record)
	}
	out.Flush()
	return out.Error()
}

func plain(v any) string {
	x, ok := v.(float64)
	switch {
	case !ok:
		return fmt.Sprint(v)
	case math.IsNaN(x):
		return ""
	}
	return strconv.FormatFloat(x, 'g', -1, 64)
}

// objects are the rows as JSON objects; a NaN is null.
func objects[R any](fields []field[R], rows []R) []map[string]any {
	out := make([]map[string]any, len(rows))
	for i, row := range rows {
		out[i] = map[string]any{}
		for _, f := range fields {
			v := f.value(row)
			if x, ok := v.(float64); ok && !figure.Finite(x) {
				v = nil
			}
			out[i][f.name] = v
		}
	}
	return out
}

// WriteCSV writes the table with full precision, under a line of names: times in ns, ratios as numbers, and nothing where
// a number does not exist.
func (r Result) WriteCSV(w io.Writer) error { return writeCSV(w, rowFields, r.Rows()) }

// WriteCSV writes the table with full precision, under a line of names: times in ns, ratios as numbers.
func (a Alternatives) WriteCSV(w io.Writer) error {
	return writeCSV(w, standingFields, a.Standings())
}

var scalingNames = map[Scaling]string{Strong: "strong", Weak: "weak"}

// MarshalText makes a scaling "strong" or "weak".
func (s Scaling) MarshalText() ([]byte, error) {
	name, ok := scalingNames[s]
	if !ok {
		return nil, fmt.Errorf("bench: scaling is %d; it must be Strong or Weak", int(s))
	}
	return []byte(name), nil
}

// UnmarshalText reads "strong" or "weak".
func (s *Scaling) UnmarshalText(text []byte) error {
	for scaling, name := range scalingNames {
		if string(text) == name {
			*s = scaling
			return nil
		}
	}
	return fmt.Errorf("bench: scaling is %q; it must be strong or weak", text)
}

// resultFile is a Result in JSON: every time measured and, for readers in other languages, the table.
type resultFile struct {
	Title   string           `json:"title"`
	Host    Host             `json:"host"`
	Scaling Scaling          `json:"scaling"`
	Points  []Point          `json:"points"`
	Rows    []map[string]any `json:"rows"`
}

// MarshalJSON gives every time measured, in ns, the machine, and the table. UnmarshalJSON reads it again.
func (r Result) MarshalJSON() ([]byte, error) {
	return json.Marshal(resultFile{r.Title, r.Host, r.Scaling, r.Points, objects(rowFields, r.Rows())})
}

// UnmarshalJSON reads what MarshalJSON gave, and checks it as NewResult does. The table is computed again.
func (r *Result) UnmarshalJSON(text []byte) error {
	var f resultFile
	if err := json.Unmarshal(text, &f); err != nil {
		return err
	}
	read, err := NewResult(f.Title, f.Host, f.Points...)
	if err != nil {
		return err
	}
	*r, r.Scaling = read, f.Scaling
	return nil
}

type alternativesFile struct {
	Title     string           `json:"title"`
	Host      Host             `json:"host"`
	Timings   []Timing         `json:"timings"`
	Standings []map[string]any `json:"standings"`
}

// MarshalJSON gives every time measured, in ns, the machine, and the table. UnmarshalJSON reads it again.
func (a Alternatives) MarshalJSON() ([]byte, error) {
	return json.Marshal(alternativesFile{a.Title, a.Host, a.Timings, objects(standingFields, a.Standings())})
}

// UnmarshalJSON reads what MarshalJSON gave, and checks it as NewAlternatives does.
func (a *Alternatives) UnmarshalJSON(text []byte) error {
	var f alternativesFile
	if err := json.Unmarshal(text, &f); err != nil {
		return err
	}
	read, err := NewAlternatives(f.Title, f.Host, f.Timings...)
	if err != nil {
		return err
	}
	*a = read
	return nil
}

// formats are what a value can be saved as, by the end of the file's name.
type formats map[string]func() ([]byte, error)

func (f formats) save(file string) error {
	write, ok := f[strings.ToLower(filepath.Ext(file))]
	if !ok {
		return fmt.Errorf("bench: Save: the end of %q names no format; it must be one of %s", file, strings.Join(slices.Sorted(maps.Keys(f)), ", "))
	}
	content, err := write()
	if err == nil {
		err = os.WriteFile(file, content, 0o666)
	}
	if err != nil {
		return fmt.Errorf("bench: Save: %w", err)
	}
	return nil
}

// picture is what can be drawn.
type picture interface {
	SVG() string
	PNG() []byte
	VegaLite() map[string]any
}

// pictureFormats are those of a chart; as JSON it is the specification for Vega-Lite.
func pictureFormats(p picture) formats {
	return formats{
		".png":  func() ([]byte, error) { return p.PNG(), nil },
		".svg":  func() ([]byte, error) { return []byte(p.SVG()), nil },
		".json": func() ([]byte, error) { return json.MarshalIndent(p.VegaLite(), "", "  ") },
	}
}

// tableFormats are those of a measurement: its numbers, and its picture.
func tableFormats(v json.Marshaler, table func(io.Writer) error, p picture) formats {
	f := pictureFormats(p)
	f[".csv"] = func() ([]byte, error) {
		var b bytes.Buffer
		err := table(&b)
		return b.Bytes(), err
	}
	f[".json"] = func() ([]byte, error) { return json.MarshalIndent(v, "", "  ") }
	return f
}

// Save writes the numbers to a file that ends in .csv (see WriteCSV) or .json (see MarshalJSON), or the chart to one that
// ends in .png or .svg.
func (r Result) Save(file string) error {
	return tableFormats(r, r.WriteCSV, r.Chart()).save(file)
}

// Save writes the numbers to a file that ends in .csv (see WriteCSV) or .json (see MarshalJSON), or the chart to one that
// ends in .png or .svg.
func (a Alternatives) Save(file string) error {
	return tableFormats(a, a.WriteCSV, a.Chart()).save(file)
}

// Save writes the chart to a file that ends in .png, .svg, or .json (for Vega-Lite).
func (c Chart) Save(file string) error { return pictureFormats(c).save(file) }

// Save writes the chart to a file that ends in .png, .svg, or .json (for Vega-Lite).
func (b Bars) Save(file string) error { return pictureFormats(b).save(file) }
