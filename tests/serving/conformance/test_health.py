"""grpc.health.v1.Health, which a server has only with --enable_grpc_healthcheck_service."""

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc


def test_the_server_says_that_it_serves(client, target):
    try:
        response = health_pb2_grpc.HealthStub(client.channel).Check(health_pb2.HealthCheckRequest(), timeout=10)
    except grpc.RpcError as error:
        if target.is_ours or error.code() is not grpc.StatusCode.UNIMPLEMENTED:
            raise
        pytest.skip("the server was started without --enable_grpc_healthcheck_service")
    assert response.status == health_pb2.HealthCheckResponse.SERVING
