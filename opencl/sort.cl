// Radix sort, one digit at a time, beginning with the lowest. Each work-item has a run of keys: it counts their digits, and, when
// the counts of all runs were made into places, puts them there in their order.
__kernel void count_digits(__global const T *keys, const long n, const long run, const int shift, __global long *counts)
{
  const long item = get_global_id(0), items = get_global_size(0);
  const long first = item * run, end = min(first + run, n);
  long own[DIGITS];
  for (int d = 0; d < DIGITS; d++) own[d] = 0;
  for (long i = first; i < end; i++) own[(key_of(keys[i]) >> shift) & (DIGITS - 1)]++;
  for (int d = 0; d < DIGITS; d++) counts[d * items + item] = own[d];
}

__kernel void move_keys(__global const T *keys, __global const V *values, const long n, const long run, const int shift, __global const long *places,
  __global T *sorted_keys, __global V *sorted_values, const int with_values)
{
  const long item = get_global_id(0), items = get_global_size(0);
  const long first = item * run, end = min(first + run, n);
  long next[DIGITS];
  for (int d = 0; d < DIGITS; d++) next[d] = places[d * items + item];
  for (long i = first; i < end; i++) {
    const long place = next[(key_of(keys[i]) >> shift) & (DIGITS - 1)]++;
    sorted_keys[place] = keys[i];
    if (with_values) sorted_values[place] = values[i];
  }
}
