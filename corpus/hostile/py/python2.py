#!/usr/bin/env python2
import torch
import os

print "devices:", torch.cuda.device_count()
os.environ['CUDA_VISIBLE_DEVICES'] = `0`
try:
    x = torch.zeros(3L).cuda()
except RuntimeError, e:
    print >>sys.stderr, "no CUDA:", e
exec "torch.cuda.synchronize()"
torch.cuda.empty_cache()
