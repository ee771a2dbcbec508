"""What ``torch.<device>`` offers on the simulated device, by name below the module."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from functools import partial
from types import ModuleType, SimpleNamespace
from typing import Any

import torch
from torch import accelerator
from torch.amp import GradScaler, autocast, custom_bwd, custom_fwd

_DTYPES = {
    "BFloat16": torch.bfloat16,
    "Bool": torch.bool,
    "Byte": torch.uint8,
    "Char": torch.int8,
    "Double": torch.float64,
    "Float": torch.float32,
    "Half": torch.float16,
    "Int": torch.int32,
    "Long": torch.int64,
    "Short": torch.int16,
}

SHELVES = ("memory", "random", "streams")
"""Submodules that offer again what the module itself does."""


def simulated(device: str, extension: ModuleType) -> dict[str, Any]:
    """Dotted name below the device module → what it is here."""
    return {
        **_devices(device, extension),
        **_streams(device),
        **_memory(),
        **_random(device, extension),
        **_amp(device),
        **{f"{name}Tensor": _tensor_type(device, name, dtype) for name, dtype in _DTYPES.items()},
    }


def _index(device: Any = None) -> int:
    """The device's number; None and a device without a number stand for the current one."""
    if isinstance(device, int):
        return device
    index: int | None = None if device is None else torch.device(device).index
    return int(accelerator.current_device_index()) if index is None else index


def _devices(name: str, extension: ModuleType) -> dict[str, Any]:
    class device(contextlib.AbstractContextManager[None]):  # noqa: N801 - the plug-ins' own spelling
        """Selects a device for a ``with`` block."""

        def __init__(self, device: Any) -> None:
            self.idx = _index(device)

        def __enter__(self) -> None:
            self.prev_idx = accelerator.current_device_index()
            accelerator.set_device_index(self.idx)

        def __exit__(self, *_: object) -> None:
            accelerator.set_device_index(self.prev_idx)

    class device_of(device):  # noqa: N801
        """Selects the device of a tensor; none for a tensor elsewhere."""

        def __init__(self, obj: Any) -> None:
            super().__init__(obj.device if obj.device.type == name else None)

    def set_device(device: Any) -> None:
        accelerator.set_device_index(_index(device))

    def synchronize(device: Any = None) -> None:
        accelerator.synchronize(_index(device))

    def properties(device: Any = None) -> SimpleNamespace:
        return SimpleNamespace(name=f"simulated {name}", total_memory=accelerator.get_memory_info(_index(device))[1])

    return {
        "_is_in_bad_fork": lambda: False,
        "_lazy_call": lambda call, **_: call(),
        "_lazy_init": lambda: None,
        "current_device": accelerator.current_device_index,
        "device": device,
        "device_count": extension.device_count,
        "device_of": device_of,
        "get_device_name": lambda device=None: properties(device).name,
        "get_device_properties": properties,
        "init": lambda: None,
        "is_available": lambda: True,
        "is_bf16_supported": lambda: True,
        "is_initialized": lambda: True,
        "set_device": set_device,
        "synchronize": synchronize,
    }


def _streams(name: str) -> dict[str, Any]:
    def make_stream(device: Any = None, priority: int = 0, **same: int) -> torch.Stream:
        if same:  # the same stream again, by its numbers
            return torch.Stream(**same)
        return torch.Stream(torch.device(name, _index(device)), priority=priority)

    def make_event(enable_timing: bool = False, blocking: bool = False, interprocess: bool = False) -> torch.Event:
        return torch.Event(name, enable_timing=enable_timing, blocking=blocking, interprocess=interprocess)

    def current_stream(device: Any = None) -> torch.Stream:
        return accelerator.current_stream(_index(device))

    def default_stream(device: Any = None) -> torch.Stream:
        current = current_stream(device)
        return torch.Stream(stream_id=0, device_index=current.device_index, device_type=current.device_type)

    def set_stream(stream: torch.Stream | None) -> None:
        if stream is not None:
            accelerator.set_stream(stream)

    @contextlib.contextmanager
    def use(stream: torch.Stream | None) -> Iterator[None]:
        if stream is None:
            yield
            return
        index, before = accelerator.current_device_index(), accelerator.current_stream(stream.device_index)
        accelerator.set_stream(stream)
        try:
            yield
        finally:
            accelerator.set_stream(before)
            accelerator.set_device_index(index)

    return {
        "Event": _type(name, "Event", make_event, lambda value: isinstance(value, torch.Event)),
        "Stream": _type(name, "Stream", make_stream, lambda value: isinstance(value, torch.Stream)),
        "StreamContext": use,
        "current_stream": current_stream,
        "default_stream": default_stream,
        "set_stream": set_stream,
        "stream": use,
    }


def _memory() -> dict[str, Any]:
    def of(call: Callable[[int], Any]) -> Callable[[Any], Any]:
        def with_index(device: Any = None) -> Any:
            return call(_index(device))

        return with_index

    def summary(device: Any = None, abbreviated: bool = False) -> str:
        del abbreviated
        return "\n".join(f"{key}: {value}" for key, value in accelerator.memory_stats(_index(device)).items())

    def set_fraction(fraction: float, device: Any = None) -> None:
        """Memory doesn't run out here."""
        del fraction, device

    allocated, reserved = of(accelerator.memory_allocated), of(accelerator.memory_reserved)
    peak, peak_reserved = of(accelerator.max_memory_allocated), of(accelerator.max_memory_reserved)
    reset_peak = of(accelerator.reset_peak_memory_stats)
    return {
        "empty_cache": accelerator.empty_cache,
        "ipc_collect": lambda: None,
        "max_memory_allocated": peak,
        "max_memory_cached": peak_reserved,
        "max_memory_reserved": peak_reserved,
        "mem_get_info": of(accelerator.get_memory_info),
        "memory_allocated": allocated,
        "memory_cached": reserved,
        "memory_reserved": reserved,
        "memory_stats": of(accelerator.memory_stats),
        "memory_summary": summary,
        "reset_accumulated_memory_stats": of(accelerator.reset_accumulated_memory_stats),
        "reset_max_memory_allocated": reset_peak,
        "reset_max_memory_cached": reset_peak,
        "reset_peak_memory_stats": reset_peak,
        "set_per_process_memory_fraction": set_fraction,
    }


def _random(name: str, extension: ModuleType) -> dict[str, Any]:
    generators = tuple(extension.default_generator(index) for index in range(extension.device_count()))

    def generator(device: Any = name) -> torch.Generator:
        return generators[_index(device)]

    def set_all(states: list[torch.Tensor]) -> None:
        for each, state in zip(generators, states, strict=False):
            each.set_state(state)

    def seed_all(seed: int) -> None:
        for each in generators:
            each.manual_seed(int(seed))

    def seed() -> int:
        return int(generator().seed())

    return {
        "default_generators": generators,
        "get_rng_state": lambda device=name: generator(device).get_state(),
        "get_rng_state_all": lambda: [each.get_state() for each in generators],
        "initial_seed": lambda: generator().initial_seed(),
        "manual_seed": lambda seed: generator().manual_seed(int(seed)) and None,
        "manual_seed_all": seed_all,
        "seed": seed,
        "seed_all": seed,
        "set_rng_state": lambda new_state, device=name: generator(device).set_state(new_state) and None,
        "set_rng_state_all": set_all,
    }


def _amp(name: str) -> dict[str, Any]:
    class DeviceAutocast(autocast):
        """``torch.autocast`` for this device."""

        def __init__(
            self, enabled: bool = True, dtype: torch.dtype = torch.float16, cache_enabled: bool = True
        ) -> None:
            super().__init__(name, enabled=enabled, dtype=dtype, cache_enabled=cache_enabled)

    class DeviceGradScaler(GradScaler):
        """``torch.amp.GradScaler`` for this device."""

        def __init__(self, **options: Any) -> None:
            super().__init__(name, **options)

    return {
        "amp.GradScaler": DeviceGradScaler,
        "amp.autocast": DeviceAutocast,
        "amp.autocast_mode.autocast": DeviceAutocast,
        "amp.autocast_mode.custom_bwd": partial(custom_bwd, device_type=name),
        "amp.autocast_mode.custom_fwd": partial(custom_fwd, device_type=name),
        "amp.custom_bwd": partial(custom_bwd, device_type=name),
        "amp.custom_fwd": partial(custom_fwd, device_type=name),
        "amp.grad_scaler.GradScaler": DeviceGradScaler,
        "get_amp_supported_dtype": lambda: [torch.float16, torch.bfloat16],
        "get_autocast_dtype": lambda: torch.get_autocast_dtype(name),
        "set_autocast_dtype": lambda dtype: torch.set_autocast_dtype(name, dtype),
    }


def _tensor_type(device: str, name: str, dtype: torch.dtype) -> type:
    """The legacy type ``torch.<device>.FloatTensor``: makes tensors, and knows them."""

    def make(*content: Any) -> torch.Tensor:
        if content and all(isinstance(size, int) for size in content):
            return torch.empty(content, dtype=dtype, device=device)
        return torch.tensor(*content or ([],), dtype=dtype, device=device)

    def knows(value: object) -> bool:
        return isinstance(value, torch.Tensor) and value.device.type == device and value.dtype == dtype

    return _type(device, f"{name}Tensor", make, knows)


def _type(device: str, name: str, make: Callable[..., Any], knows: Callable[[object], bool]) -> type:
    """A type of the plug-in that stands for objects of torch's own: calling it makes one."""

    class Type(type):
        def __call__(cls, *args: Any, **kwargs: Any) -> Any:
            return make(*args, **kwargs)

        def __instancecheck__(cls, value: object) -> bool:
            return knows(value)

    return Type(name, (), {"__module__": f"torch.{device}"})
