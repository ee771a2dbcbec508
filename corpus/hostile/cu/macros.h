#ifndef MACROS_H
#define MACROS_H

/* The parameter is only called like a CUDA type. */
#define AS_INT(cudaError_t) ((int)(cudaError_t))

#define CHECK(call)                          \
  do {                                       \
    cudaError_t e = (call);                  \
    if (e != cudaSuccess) report(AS_INT(e)); \
  } while (0)

#define LAUNCH(kernel, n, ...) kernel<<<((n) + 255) / 256, 256>>>(__VA_ARGS__)
#define STR(x) #x
#define NAME STR(cudaStream)
#define ALLOC(prefix, p, n) prefix##Malloc(p, n)

void report(int status);

#endif
