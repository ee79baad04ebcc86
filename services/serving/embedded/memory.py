"""Memory that is not given back only to be fetched again, and a garbage collector with little to look through."""

import ctypes
import gc

# <malloc.h>
_M_TRIM_THRESHOLD = -1
_M_MMAP_THRESHOLD = -3

_LARGEST_MMAP_THRESHOLD = 32 * 2**20  # glibc takes no more
_KEPT = 256 * 2**20


def keep_freed_memory() -> None:
    """Tell glibc to take blocks of up to 32 MiB from its heap and to keep up to 256 MiB of that.

    Otherwise requests, their copies and the tensors of a run are mapped and unmapped every time,
    and every page of them is faulted in anew: 5 to 10 % of the CPU time of our models, and half of
    what a request of several images costs besides. Other allocators know no mallopt, and need none.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, _LARGEST_MMAP_THRESHOLD)
        mallopt(_M_TRIM_THRESHOLD, _KEPT)


def exempt_imports_from_collection() -> None:
    """Never again look for garbage among what exists now, which is TensorFlow's 260 000 objects.

    A version that is loaded brings so many new ones that a full collection follows: 140 to 200 ms
    in which no request gets on, and 8 to 24 ms without the old ones. Call it before versions are
    loaded: what is exempt is not freed if it is part of a cycle.
    """
    gc.collect()
    gc.freeze()
