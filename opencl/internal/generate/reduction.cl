{{template "head" .}}
{{.Type}} reduce__({{.Type}} a, {{.Type}} b) { return {{.Reduce}}; }
{{template "reduction_pass.cl" .}}
