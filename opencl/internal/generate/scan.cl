{{template "head" .}}
{{.Type}} scan__({{.Type}} a, {{.Type}} b) { return {{.Scan}}; }

// What each group's part comes to: of its last segment, if it has several.
__kernel __attribute__((reqd_work_group_size({{if .CPU}}1{{else}}{{.Local}}{{end}}, 1, 1)))
void {{.Name}}(
{{.Parameters}}  const long n, const long run__, __global {{.Type}} *carries__, __global uchar *starts__)
{
{{.Arrays}}
  const long first__ = get_group_id(0) * run__;
  const long end__ = min(first__ + run__, n);
  const int item__ = get_local_id(0);
  {{.Type}} sum__ = {{.Neutral}};
  uchar starts_here__ = 0;
{{- if .CPU}}
  for (long i = first__; i < end__; i++) {
    {{template "add" .}}
  }
  carries__[get_group_id(0)] = sum__;
  starts__[get_group_id(0)] = starts_here__;
{{- else}}
  __local {{.Type}} sums__[{{.Local}}];
  __local uchar segments__[{{.Local}}];
  {{.Type}} carry__ = {{.Neutral}};
  uchar starts_before__ = 0;
  for (long tile__ = first__; tile__ < end__; tile__ += {{.Local}} * {{.Run}}) {
    {{template "tile" .}}
    carry__ = segments__[{{.Local}} - 1] ? sums__[{{.Local}} - 1] : scan__(carry__, sums__[{{.Local}} - 1]);
    starts_before__ |= segments__[{{.Local}} - 1];
    barrier(CLK_LOCAL_MEM_FENCE);
  }
  if (item__ == 0) {
    carries__[get_group_id(0)] = carry__;
    starts__[get_group_id(0)] = starts_before__;
  }
{{- end}}
}

// What comes before each group's part.
__kernel void {{.Name}}__carry(__global {{.Type}} *carries__, __global const uchar *starts__, const long groups__)
{
  {{.Type}} sum__ = {{.Neutral}};
  for (long group__ = 0; group__ < groups__; group__++) {
    const {{.Type}} own__ = carries__[group__];
    carries__[group__] = sum__;
    sum__ = starts__[group__] ? own__ : scan__(sum__, own__);
  }
  carries__[groups__] = sum__;
}

__kernel __attribute__((reqd_work_group_size({{if .CPU}}1{{else}}{{.Local}}{{end}}, 1, 1)))
void {{.Name}}__output(
{{.Parameters}}  const long n, const long run__, __global const {{.Type}} *carries__, const long groups__)
{
{{.Arrays}}
  const long first__ = get_group_id(0) * run__;
  const long end__ = min(first__ + run__, n);
  const int item__ = get_local_id(0);
{{- if .UsesTotal}}
  const {{.Type}} last_item = carries__[groups__];
{{- end}}
  {{.Type}} carry__ = groups__ > 0 ? carries__[get_group_id(0)] : {{.Neutral}};
{{- if .CPU}}
  for (long i = first__; i < end__; i++) {
    {{template "output" .}}
  }
{{- else}}
  __local {{.Type}} sums__[{{.Local}}];
  __local uchar segments__[{{.Local}}];
  for (long tile__ = first__; tile__ < end__; tile__ += {{.Local}} * {{.Run}}) {
    const {{.Type}} before__ = carry__;
    {{.Type}} sum__;
    uchar starts_here__;
    {{template "tile" .}}
    if (item__ > 0) carry__ = segments__[item__ - 1] ? sums__[item__ - 1] : scan__(before__, sums__[item__ - 1]);
    else carry__ = before__;
    for (long i = mine__; i < mine_end__; i++) {
      {{template "output" .}}
    }
    carry__ = segments__[{{.Local}} - 1] ? sums__[{{.Local}} - 1] : scan__(before__, sums__[{{.Local}} - 1]);
    barrier(CLK_LOCAL_MEM_FENCE);
  }
{{- end}}
}

{{- define "add" -}}
{{if .Segment}}if ({{.Segment}}) { sum__ = {{.Neutral}}; starts_here__ = 1; }
    {{end}}sum__ = scan__(sum__, {{.Input}});
{{- end}}

{{- define "output" -}}
{{if .Segment}}if ({{.Segment}}) carry__ = {{.Neutral}};
    {{end}}const {{.Type}} prev_item = carry__;
    const {{.Type}} item = scan__(prev_item, {{.Input}});
    carry__ = item;
    {{.Output}};
{{- end}}

{{- define "tile" -}}
// Each work-item runs over some indices side by side, then the group scans what came out.
    const long mine__ = min(tile__ + item__ * {{.Run}}, end__);
    const long mine_end__ = min(mine__ + {{.Run}}, end__);
    sum__ = {{.Neutral}};
    starts_here__ = 0;
    for (long i = mine__; i < mine_end__; i++) {
      {{template "add" .}}
    }
    sums__[item__] = sum__;
    segments__[item__] = starts_here__;
    for (int step__ = 1; step__ < {{.Local}}; step__ *= 2) {
      barrier(CLK_LOCAL_MEM_FENCE);
      {{.Type}} left__ = sum__;
      uchar left_starts__ = 0;
      if (item__ >= step__) {
        left__ = sums__[item__ - step__];
        left_starts__ = segments__[item__ - step__];
      }
      barrier(CLK_LOCAL_MEM_FENCE);
      if (item__ >= step__) {
        if (!starts_here__) sum__ = scan__(left__, sum__);
        starts_here__ |= left_starts__;
        sums__[item__] = sum__;
        segments__[item__] = starts_here__;
      }
    }
    barrier(CLK_LOCAL_MEM_FENCE);
{{- end}}
