{{- define "head" -}}
{{.Head}}{{.Preamble}}
{{end -}}
{{template "head" .}}
__kernel void {{.Name}}(
{{.Parameters}}  const long n, const long start__, const long step__, const long count__)
{
{{.Arrays}}
{{- if .CPU}}
  // Each work-item has one long run, in vector instructions.
  const long run__ = ((count__ + get_global_size(0) - 1) / get_global_size(0) + 63) / 64 * 64;
  const long first__ = get_global_id(0) * run__;
  const long end__ = min(first__ + run__, count__);
  #pragma clang diagnostic ignored "-Wpass-failed" // what cannot be vectors is no mistake
  #pragma clang loop vectorize(assume_safety)
  for (long at__ = first__; at__ < end__; at__++) {
{{- else}}
  for (long at__ = get_global_id(0); at__ < count__; at__ += get_global_size(0)) {
{{- end}}
    const long i = {{if .Stepped}}start__ + at__ * step__{{else}}at__{{end}};
    {{.Operation}};
  }
}
