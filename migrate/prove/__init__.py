"""Runs a rewritten program on devices that are simulated in the memory of an ordinary machine.

A small C++ extension (``native/``) gives torch's PrivateUse1 device the target's name.  Its memory
is host memory; each operator runs the CPU's kernel on host tensors over the same memory, so autograd,
autocast, DDP and the numbers are torch's own: with equal seeds an fp32 program prints the digits it
prints on the CPU.  Host and devices share one default stream of random numbers for that reason.

What it can't show, and the command says so: operators the plug-in lacks or does otherwise, the
device's numerics and speed, races between streams (all work is done when the call returns), graph
capture, compiled kernels, sparse and quantized tensors, and memory that runs out.
"""
