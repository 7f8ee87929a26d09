
__kernel __attribute__((reqd_work_group_size({{if .CPU}}1{{else}}{{.Local}}{{end}}, 1, 1)))
void {{.Name}}{{.Suffix}}(
{{.Declare}}const long count__, const long run__, __global {{.Type}} *result__, const long place__)
{
{{.Prologue}}
{{- if .Neutral}}
  if (count__ == 0) {
    if (get_global_id(0) == 0) result__[place__] = {{.Neutral}};
    return;
  }
{{- end}}
  const long first__ = get_group_id(0) * run__;
  const long end__ = min(first__ + run__, count__);
{{- if .CPU}}
  // Side by side, so that the compiler finds vectors, and no sum waits for the one before it.
  long at__ = first__;
  {{.Type}} sum__;
  if (end__ - first__ >= {{.Lanes}}) {
    {{.Type}} lanes__[{{.Lanes}}];
    #pragma unroll
    for (int lane__ = 0; lane__ < {{.Lanes}}; lane__++) {
      const long i = {{.Index "(at__ + lane__)"}};
      lanes__[lane__] = {{.Value}};
    }
    for (at__ += {{.Lanes}}; at__ + {{.Lanes}} <= end__; at__ += {{.Lanes}}) {
      #pragma unroll
      for (int lane__ = 0; lane__ < {{.Lanes}}; lane__++) {
        const long i = {{.Index "(at__ + lane__)"}};
        lanes__[lane__] = reduce__(lanes__[lane__], {{.Value}});
      }
    }
    for (int half__ = {{.Lanes}} / 2; half__ > 0; half__ /= 2)
      for (int lane__ = 0; lane__ < half__; lane__++)
        lanes__[lane__] = reduce__(lanes__[lane__], lanes__[lane__ + half__]);
    sum__ = lanes__[0];
  } else {
    const long i = {{.Index "at__"}};
    sum__ = {{.Value}};
    at__++;
  }
  for (; at__ < end__; at__++) {
    const long i = {{.Index "at__"}};
    sum__ = reduce__(sum__, {{.Value}});
  }
  result__[place__ + get_group_id(0)] = sum__;
{{- else}}
  // The work-items of a group take turns, then a tree in local memory puts their values together.
  __local {{.Type}} sums__[{{.Local}}];
  const int item__ = get_local_id(0);
  const int items__ = min((long){{.Local}}, end__ - first__);
  if (item__ < items__) {
    long at__ = first__ + item__;
    long i = {{.Index "at__"}};
    {{.Type}} sum__ = {{.Value}};
    for (at__ += {{.Local}}; at__ < end__; at__ += {{.Local}}) {
      i = {{.Index "at__"}};
      sum__ = reduce__(sum__, {{.Value}});
    }
    sums__[item__] = sum__;
  }
  for (int half__ = {{.Local}} / 2; half__ > 0; half__ /= 2) {
    barrier(CLK_LOCAL_MEM_FENCE);
    if (item__ < half__ && item__ + half__ < items__)
      sums__[item__] = reduce__(sums__[item__], sums__[item__ + half__]);
  }
  if (item__ == 0) result__[place__ + get_group_id(0)] = sums__[0];
{{- end}}
}
