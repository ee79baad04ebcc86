"""What the process asks of malloc and of the garbage collector; in processes of their own, as it cannot be undone."""

import platform
import subprocess
import sys

import pytest

FAULTS = """
import resource
import numpy as np
from services.serving.embedded.memory import keep_freed_memory
{call}
def use():
    blocks = [np.ones(12 * 2**20, np.uint8) for _ in range(3)]
for _ in range(3):
    use()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
use()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def output(code: str) -> int:
    return int(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True).stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="it is glibc's malloc that is told")
def test_memory_that_is_used_again_is_not_faulted_in_again():
    assert output(FAULTS.format(call="")) > 1000
    assert output(FAULTS.format(call="keep_freed_memory()")) < 100


def test_what_was_imported_is_no_longer_looked_through():
    code = "import gc; from services.serving.embedded import memory; memory.exempt_imports_from_collection(); "
    assert output(code + "print(gc.get_freeze_count())") > 1000
    assert output(code + "print(len(gc.get_objects()))") < 1000
