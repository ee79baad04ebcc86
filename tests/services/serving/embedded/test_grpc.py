"""The gRPC port: what comes with it, and what it does not mind."""

import datetime
import threading

import grpc
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from grpc_health.v1 import health_pb2, health_pb2_grpc
from tensorflow_serving.apis import (
    classification_pb2,
    get_model_status_pb2,
    inference_pb2,
    model_pb2,
    model_service_pb2_grpc,
    regression_pb2,
)

from services.serving.embedded.errors import ServingError
from services.serving.embedded.grpc_server import GrpcOptions
from services.serving.embedded.text_files import SSLConfig

PEM = serialization.Encoding.PEM


@pytest.fixture
def echo(kit, saved_models):
    return kit.model_config("echo", saved_models / "echo")


@pytest.fixture
def client(kit, echo):
    with kit.serving(echo) as client:
        yield client


@pytest.mark.parametrize(
    ("method", "request_"),
    [
        ("Classify", classification_pb2.ClassificationRequest()),
        ("Regress", regression_pb2.RegressionRequest()),
        ("MultiInference", inference_pb2.MultiInferenceRequest()),
    ],
)
def test_what_is_not_served_says_so(client, kit, method, request_):
    message = f"{method} is not served by fvi-ocr's embedded server; use Predict, or TensorFlow Serving itself."
    with kit.refused("UNIMPLEMENTED", message):
        getattr(client.prediction, method)(request_)


def test_requests_are_counted_with_their_status(client):
    client.predict("echo", {"value": [1.0]}, signature="float32")
    for call in (
        lambda: client.predict("none", {}),
        lambda: client.prediction.Regress(regression_pb2.RegressionRequest()),
    ):
        with pytest.raises(grpc.RpcError):
            call()
    client.metadata("echo")  # not counted
    page = client.server.metrics.exposition().decode()
    counted = {line for line in page.splitlines() if line.startswith(":tensorflow:serving:request_count{")}
    assert counted == {
        ':tensorflow:serving:request_count{model_name="echo",status="OK"} 1',
        ':tensorflow:serving:request_count{model_name="none",status="NOT_FOUND"} 1',
        ':tensorflow:serving:request_count{model_name="",status="UNIMPLEMENTED"} 1',
    }
    assert ':tensorflow:serving:request_latency_count{model_name="echo",API="Predict",entrypoint="GRPC"} 1\n' in page
    assert 'request_latency_count{model_name="none"' not in page


@pytest.mark.parametrize("rubbish", [b"\xff\xff\xff\xff", b"\x0a\x05ab", b"\x00" * 1000])
@pytest.mark.parametrize("method", ["PredictionService/Predict", "ModelService/HandleReloadConfigRequest"])
def test_the_server_lives_on_after_bytes_that_are_no_request(client, method, rubbish):
    with pytest.raises(grpc.RpcError):
        client.channel.unary_unary(f"/tensorflow.serving.{method}")(rubbish, timeout=20)
    assert client.predict("echo", {"value": [1.0]}, signature="float32")


def test_the_server_lives_on_after_a_message_larger_than_it_takes(kit, echo):
    options = GrpcOptions(channel_arguments={"grpc.max_receive_message_length": 100_000})
    with kit.serving(echo, grpc=options) as client:
        with pytest.raises(grpc.RpcError) as caught:
            client.predict("echo", {"value": [1.0] * 100_000}, signature="float32")
        assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert client.predict("echo", {"value": [1.0]}, signature="float32")


def test_channel_arguments_reach_grpc(kit, echo):
    """A connection is closed when it is so old, and the channel opens another one."""
    options = GrpcOptions(
        channel_arguments={"grpc.max_connection_age_ms": 100, "grpc.max_connection_age_grace_ms": 100}
    )
    with kit.serving(echo, grpc=options) as client:
        client.predict("echo", {"value": [1.0]}, signature="float32")
        closed = threading.Event()
        client.channel.subscribe(lambda state: state is grpc.ChannelConnectivity.IDLE and closed.set())
        assert closed.wait(10)
        assert client.predict("echo", {"value": [1.0]}, signature="float32")


def test_a_unix_socket_serves_beside_the_port(kit, echo, tmp_path):
    with kit.serving(echo, grpc=GrpcOptions(socket_path=str(tmp_path / "socket"))) as client:
        beside = kit.client(f"unix:{tmp_path / 'socket'}")
        assert beside.states("echo") == client.states("echo") == {1: 30}
        beside.close()


def test_a_unix_socket_that_cannot_be_made_is_told(kit, echo, tmp_path):
    path = tmp_path / "none" / "socket"
    with (
        pytest.raises(OSError, match=f"Cannot listen on unix:{path}"),
        kit.serving(echo, grpc=GrpcOptions(socket_path=str(path))),
    ):
        pass


def test_the_health_service_is_there_when_asked_for(kit, echo, client):
    check = health_pb2.HealthCheckRequest()
    with pytest.raises(grpc.RpcError) as caught:
        health_pb2_grpc.HealthStub(client.channel).Check(check)
    assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED
    with kit.serving(echo, grpc=GrpcOptions(health_service=True)) as healthy:
        stub = health_pb2_grpc.HealthStub(healthy.channel)
        assert stub.Check(check).status == health_pb2.HealthCheckResponse.SERVING
        watch = stub.Watch(check)
        assert next(watch).status == health_pb2.HealthCheckResponse.SERVING
        threading.Thread(target=healthy.server.stop, args=[1]).start()
        assert next(watch).status == health_pb2.HealthCheckResponse.NOT_SERVING


def certificate(name, key, issuer=None, issuer_key=None):
    """PEM of a certificate for localhost, signed by itself unless an issuer is given."""
    now = datetime.datetime.now(datetime.UTC)
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer or subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
    )
    return builder.sign(issuer_key or key, hashes.SHA256())


@pytest.fixture(scope="module")
def tls():
    """Key and certificate of an authority, and of what it signed."""
    keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(2)]
    authority = certificate("authority", keys[0])
    signed = certificate("localhost", keys[1], authority.subject, keys[0])
    key = keys[1].private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return {"ca": authority.public_bytes(PEM), "cert": signed.public_bytes(PEM), "key": key}


def states_over_tls(client, *credentials):
    """What GetModelStatus answers to a client with these ssl_channel_credentials."""
    address = client.address.replace("127.0.0.1", "localhost")
    request = get_model_status_pb2.GetModelStatusRequest(model_spec=model_pb2.ModelSpec(name="echo"))
    with grpc.secure_channel(address, grpc.ssl_channel_credentials(*credentials)) as channel:
        response = model_service_pb2_grpc.ModelServiceStub(channel).GetModelStatus(request, timeout=10)
    return [(entry.version, entry.state) for entry in response.model_version_status]


def test_grpc_speaks_tls(kit, echo, tls):
    config = SSLConfig(server_key=tls["key"].decode(), server_cert=tls["cert"].decode())
    with kit.serving(echo, grpc=GrpcOptions(ssl=config)) as client:
        assert states_over_tls(client, tls["ca"]) == [(1, 30)]
        with pytest.raises(grpc.RpcError):
            client.status("echo")  # without TLS


def test_grpc_wants_a_certificate_of_its_clients_when_told_so(kit, echo, tls):
    config = SSLConfig(
        server_key=tls["key"].decode(),
        server_cert=tls["cert"].decode(),
        custom_ca=tls["ca"].decode(),
        client_verify=True,
    )
    with kit.serving(echo, grpc=GrpcOptions(ssl=config)) as client:
        assert states_over_tls(client, tls["ca"], tls["key"], tls["cert"]) == [(1, 30)]
        with pytest.raises(grpc.RpcError):
            states_over_tls(client, tls["ca"])


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"server_key": "k"}, "server_key and server_cert must both be given"),
        ({"server_key": "k", "server_cert": "c", "client_verify": True}, "client_verify needs custom_ca"),
    ],
)
def test_an_incomplete_tls_configuration_is_refused(kit, echo, given, message):
    options = GrpcOptions(ssl=SSLConfig(**given))
    with (
        pytest.raises(ServingError, match=f"INVALID_ARGUMENT: --ssl_config_file: {message}"),
        kit.serving(echo, grpc=options),
    ):
        pass


def test_a_request_without_deadline_is_answered(client):
    assert client.predict("echo", {"value": [1.0]}, signature="float32", timeout=None)
