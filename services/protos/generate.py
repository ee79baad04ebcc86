"""Writes fvi_serving_pb2.py and .pyi from fvi_serving.proto: python -m services.protos.generate

Needs grpcio-tools (extra `dev`). A test generates again and compares with what is committed.
"""

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PROTO = HERE / "fvi_serving.proto"
HEADER = f"# Generated from {PROTO.name} by services/protos/generate.py: do not edit.\n"
# protoc writes bare `Mapping`, which mypy --strict refuses.
STUB_HEADER = HEADER + '# mypy: disable-error-code="type-arg"\n'


def generate(out: Path) -> list[Path]:
    """Generates into `out`, laid out as the repository is, and returns the files written.

    protoc has a process of its own: in one with TensorFlow, their two copies of protobuf crash.

    Raises:
        subprocess.CalledProcessError: protoc refused the .proto; its own words are on stderr.
    """
    arguments = [f"-I{ROOT}", f"--python_out={out}", f"--pyi_out={out}", str(PROTO.relative_to(ROOT))]
    subprocess.run([sys.executable, "-m", "grpc_tools.protoc", *arguments], check=True)
    stem = out / PROTO.relative_to(ROOT).with_suffix("")
    code, stub = (stem.with_name(f"{stem.name}_pb2{suffix}") for suffix in (".py", ".pyi"))
    code.write_text(HEADER + code.read_text())
    stub.write_text(STUB_HEADER + stub.read_text())
    return [code, stub]


if __name__ == "__main__":
    for written in generate(ROOT):
        print(written.relative_to(ROOT))
