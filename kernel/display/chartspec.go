package display

import "slices"

// object is a JSON object of a Vega-Lite specification.
type object = map[string]any

// Grey is legible on white and on the dark ground of JupyterLab; so are the colours of the scheme.
const (
	chartGrey   = "#888"
	chartScheme = "tableau10"
)

// markOrder is the order in which marks lie over each other.
var markOrder = []string{"bar", "line", "point"}

// layers has a layer for each kind of mark; they share the axes.
func (c *Chart) layers() []any {
	var layers []any
	for _, mark := range markOrder {
		for _, bins := range []bool{true, false} {
			if l := c.layer(mark, bins); l != nil {
				layers = append(layers, l)
			}
		}
	}
	return layers
}

// spec is the Vega-Lite specification.
func (c *Chart) spec(layers []any) object {
	return object{
		"$schema":    "https://vega.github.io/schema/vega-lite/v5.json",
		"title":      c.heading(),
		"layer":      layers,
		"background": "transparent", "width": c.width, "height": c.height,
		"config": object{
			"title":  object{"color": chartGrey, "subtitleColor": chartGrey},
			"axis":   object{"labelColor": chartGrey, "titleColor": chartGrey, "tickColor": chartGrey, "domainColor": chartGrey, "gridColor": chartGrey, "gridOpacity": 0.25},
			"legend": object{"labelColor": chartGrey, "titleColor": chartGrey},
			"view":   object{"stroke": nil},
			"range":  object{"category": object{"scheme": chartScheme}},
		},
	}
}

// heading is the title, with what is not drawn below it, or alone: Vega-Lite shows no subtitle without a title.
func (c *Chart) heading() object {
	if c.title == "" {
		return object{"text": c.thinned(), "fontWeight": "normal"}
	}
	return object{"text": c.title, "subtitle": c.thinned()}
}

// layer draws all series of a mark, or nil if there is none; bins selects the histograms among the bars.
func (c *Chart) layer(mark string, bins bool) any {
	var rows []any
	var names []string
	long := false
	for i, s := range c.series {
		names = append(names, s.label(i))
		if s.mark == mark && (s.ends.len() > 0) == bins {
			rows = c.appendRows(rows, &s, s.label(i))
			long = long || s.ys.len() > 60
		}
	}
	if rows == nil {
		return nil
	}
	x := c.axis(0, c.x, c.logX)
	encoding := object{"x": x, "y": c.axis(1, c.y, c.logY)}
	if bins {
		x["bin"], encoding["x2"] = "binned", object{"field": "x2"}
	}
	if len(c.series) > 1 {
		encoding["color"] = object{"field": "series", "type": "nominal", "title": nil, "sort": nil, "scale": object{"domain": names}}
		if mark == "bar" && !bins && c.kind(0) == nominal {
			encoding["xOffset"] = object{"field": "series", "type": "nominal", "sort": nil}
		}
	}
	return object{"data": object{"values": rows}, "mark": markOf(mark, bins, long, len(c.series) > 1), "encoding": encoding}
}

// markOf describes a mark. The points of a long line would hide it; histograms of several series shine through.
func markOf(mark string, bins, long, several bool) object {
	m := object{"type": mark, "tooltip": true}
	if mark == "line" {
		m["point"] = !long
	}
	if mark == "point" {
		m["filled"] = true
	}
	if bins && several {
		m["opacity"] = 0.6
	}
	return m
}

func (c *Chart) appendRows(rows []any, s *series, name string) []any {
	rows = slices.Grow(rows, min(s.ys.len(), maxPoints))
	for i := 0; i < s.ys.len(); i += s.step() {
		row := object{"x": s.xs.json(i, c.kind(0), c.logX), "y": s.ys.json(i, c.kind(1), c.logY)}
		if len(c.series) > 1 {
			row["series"] = name
		}
		if s.ends.len() > 0 {
			row["x2"] = s.ends.json(i, quantitative, c.logX)
		}
		rows = append(rows, row)
	}
	return rows
}

// axis is the encoding of x (0) or y (1).
func (c *Chart) axis(which int, title string, log bool) object {
	kind := c.kind(which)
	a := object{"field": []string{"x", "y"}[which], "type": string(kind), "title": title}
	switch {
	case kind == nominal:
		a["sort"] = nil
		if which == 0 {
			a["axis"] = object{"labelAngle": 0, "labelOverlap": true}
		}
	case kind == quantitative && log:
		a["scale"] = object{"type": "log"}
	case kind == quantitative && !c.has("bar") && which == 0:
		a["scale"] = object{"zero": false}
	}
	return a
}

// kind is the one that all series can have on an axis: categories if any of them, or only bars, are there.
func (c *Chart) kind(which int) kind {
	kinds := map[kind]bool{}
	onlyBars := which == 0 && !c.bins && !c.logX
	for _, s := range c.series {
		kinds[[]values{s.xs, s.ys}[which].kind] = true
		onlyBars = onlyBars && s.mark == "bar"
	}
	switch {
	case onlyBars || kinds[nominal] || len(kinds) > 1:
		return nominal
	case kinds[temporal]:
		return temporal
	}
	return quantitative
}

func (c *Chart) has(mark string) bool {
	return slices.ContainsFunc(c.series, func(s series) bool { return s.mark == mark })
}
