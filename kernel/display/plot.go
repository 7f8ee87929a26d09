package display

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
)

// Size of a gonum plot in vg.Length, which is a float64 in units of 1/72 inch.
const (
	plotWidth  = 5 * 72.0
	plotHeight = 3.5 * 72.0
	// maxPlotSVG is the largest drawing in bytes that is sent as SVG beside the PNG: a plot of many points is smaller, and
	// drawn faster, as pixels.
	maxPlotSVG = 256 << 10
)

// renderPlot draws a gonum *plot.Plot, known by its method WriterTo(w, h vg.Length, format string) (io.WriterTo, error):
// as PNG, and as SVG, which front ends prefer and which is sharp at every scale.
func renderPlot(v any) (Data, bool) {
	write, ok := plotWriter(v)
	if !ok {
		return Data{}, false
	}
	png, err := drawPlot(write, "png")
	if err != nil {
		return errorData(fmt.Errorf("display: drawing a %T: %w", v, err)), true
	}
	d := MakeData3(MIMETypePNG, "plot", png)
	if svg, err := drawPlot(write, "svg"); err == nil && len(svg) <= maxPlotSVG {
		d.Data[MIMETypeSVG] = string(svg)
	}
	return d, true
}

// plotWriter is the method WriterTo of v, when it has that of a plot.
func plotWriter(v any) (reflect.Value, bool) {
	m := reflect.ValueOf(v).MethodByName("WriterTo")
	if !m.IsValid() {
		return m, false
	}
	t := m.Type()
	return m, t.NumIn() == 3 && t.NumOut() == 2 &&
		t.In(0).Kind() == reflect.Float64 && t.In(1).Kind() == reflect.Float64 && t.In(2).Kind() == reflect.String &&
		t.Out(0) == reflect.TypeFor[io.WriterTo]() && t.Out(1) == errorType
}

// drawPlot calls write. Gonum panics on some data, such as infinite values; that becomes an error.
func drawPlot(write reflect.Value, format string) (content []byte, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = errors.New(sprint(r))
		}
	}()
	t := write.Type()
	out := write.Call([]reflect.Value{
		reflect.ValueOf(plotWidth).Convert(t.In(0)),
		reflect.ValueOf(plotHeight).Convert(t.In(1)),
		reflect.ValueOf(format).Convert(t.In(2)),
	})
	if err, ok := out[1].Interface().(error); ok {
		return nil, err
	}
	var b bytes.Buffer
	_, err = out[0].Interface().(io.WriterTo).WriteTo(&b)
	return b.Bytes(), err
}
