"""One replica of the model server in a process of its own, to be killed and frozen: replica.py ADDRESS VERSION FILE.

It answers any model with the outputs pickled in FILE (made by the tests) and with VERSION, so that a
test sees who answered. `--fail STATUS` makes it refuse every call; `--age MS` closes connections.
"""

import argparse
import pickle
import sys
import time
from concurrent import futures
from pathlib import Path

import grpc

sys.path.insert(0, str(Path(__file__).parents[3]))

from models.cropper.contract import SPEC as CROPPER
from models.detector.contract import SPEC as DETECTOR
from models.reader.contract import SPEC as READER
from services.api.tensors import to_proto
from services.protos import fvi_serving_pb2 as pb

SPECS = {spec.name: spec for spec in (CROPPER, DETECTOR, READER)}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("address")
    parser.add_argument("version", type=int)
    parser.add_argument("outputs", type=Path)
    parser.add_argument("--fail", default="")
    parser.add_argument("--age", type=int, default=2**31 - 1)
    options = parser.parse_args()
    outputs = pickle.loads(options.outputs.read_bytes())

    def predict(request: pb.PredictRequest, context: grpc.ServicerContext) -> pb.PredictResponse:
        if options.fail:
            context.abort(grpc.StatusCode[options.fail], "as told")
        time.sleep(0.01)  # so that calls are under way when it is killed
        spec = SPECS[request.model_spec.name]
        response = pb.PredictResponse()
        response.model_spec.version.value = options.version
        for tensor in spec.outputs:
            if tensor.name in outputs[spec.name]:  # an older Reader's lack the optional ones
                response.outputs[tensor.name].CopyFrom(to_proto(outputs[spec.name][tensor.name], tensor))
        return response

    handler = grpc.unary_unary_rpc_method_handler(
        predict, pb.PredictRequest.FromString, pb.PredictResponse.SerializeToString
    )
    server = grpc.server(
        futures.ThreadPoolExecutor(16), options=[("grpc.max_connection_age_ms", options.age), ("grpc.so_reuseport", 0)]
    )
    methods = grpc.method_handlers_generic_handler("tensorflow.serving.PredictionService", {"Predict": handler})
    server.add_generic_rpc_handlers((methods,))
    port = server.add_insecure_port(options.address)
    server.start()
    print(port, flush=True)
    server.wait_for_termination()


main()
