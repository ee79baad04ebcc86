"""How TensorFlow is set up where a server and a process without one are compared: each side may have what suits it."""

from dataclasses import dataclass

from benchmarks.batching import CONFIG

_BATCHING = ("--enable_batching", f"--batching_parameters_file={CONFIG}")


@dataclass(frozen=True)
class Setup:
    """Threads of one operation on either side (0 is TensorFlow's choice: all cores), and flags of the server alone."""

    name: str
    threads: int
    flags: tuple[str, ...] = ()

    def server_flags(self) -> tuple[str, ...]:
        """All of them."""
        return (f"--tensorflow_intra_op_parallelism={self.threads}", *self.flags)


# The last one is how the chart runs the server; one process has nothing to batch with.
SETUPS = (Setup("default", 0), Setup("1 thread", 1), Setup("batching", 1, _BATCHING))
