from torch.cuda import *

if is_available():
    set_device(0)
    print(current_device(), device_count())


def local():
    from torch.cuda.amp import GradScaler
    return GradScaler
