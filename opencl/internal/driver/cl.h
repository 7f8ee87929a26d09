/* Of OpenCL's headers, what is in version 1.2 and a few deprecated functions that every driver still has. */
#define CL_TARGET_OPENCL_VERSION 300
#define CL_USE_DEPRECATED_OPENCL_1_2_APIS
#include <CL/cl.h>
#include <CL/cl_ext.h>
