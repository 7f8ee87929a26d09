/* The two functions of CLBlast that are called, as its C interface has them since version 1. Its numbers are those of CBLAS. */
#include <stddef.h>
#include "cl.h"

enum { clblast_row_major = 101, clblast_no = 111, clblast_yes = 112 };

typedef int clblast_sgemm(int layout, int transpose_a, int transpose_b, size_t m, size_t n, size_t k,
                          float alpha, cl_mem a, size_t a_offset, size_t a_line, cl_mem b, size_t b_offset, size_t b_line,
                          float beta, cl_mem c, size_t c_offset, size_t c_line, cl_command_queue *queue, cl_event *event);

typedef int clblast_dgemm(int layout, int transpose_a, int transpose_b, size_t m, size_t n, size_t k,
                          double alpha, cl_mem a, size_t a_offset, size_t a_line, cl_mem b, size_t b_offset, size_t b_line,
                          double beta, cl_mem c, size_t c_offset, size_t c_line, cl_command_queue *queue, cl_event *event);
