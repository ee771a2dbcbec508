"""The rewriter of CUDA C and C++: names, headers, lane masks; from the findings, by byte spans."""
