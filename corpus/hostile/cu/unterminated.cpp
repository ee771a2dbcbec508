#include <cuda.h>

void start() {
  cuInit(0);
  const char* s = "unterminated;
  cuCtxSynchronize();
}
