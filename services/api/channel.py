"""The gRPC channel to TensorFlow Serving: balancing, retries, ejection and keepalive are gRPC's own, set here."""

import json
from typing import Any

import grpc

from services.api.settings import Settings

MAX_ANSWER_BYTES = 16 * 1024 * 1024  # a hundred words with all their confidences are 10 kB
MAX_REQUEST_BYTES = 64 * 1024 * 1024  # kept by gRPC for a second try; its own default is 256 kB


def open_channel(settings: Settings) -> grpc.Channel:
    """A channel to `settings.serving_target`; nothing is sent before the first call."""
    return grpc.insecure_channel(settings.serving_target, _options(settings))


def _options(settings: Settings) -> list[tuple[str, Any]]:
    return [
        ("grpc.service_config", json.dumps(_service_config(settings))),
        ("grpc.experimental.enable_hedging", 1),  # reads perAttemptRecvTimeout; it does not turn hedging on
        ("grpc.per_rpc_retry_buffer_size", MAX_REQUEST_BYTES),
        ("grpc.max_send_message_length", MAX_REQUEST_BYTES),
        ("grpc.max_receive_message_length", MAX_ANSWER_BYTES),
        # Names are looked up again when a connection ends, which a replica's grpc.max_connection_age_ms
        # sees to; gRPC's own 30 s between two look-ups are too long when a replica has moved.
        ("grpc.dns_min_time_between_resolutions_ms", 2_000),
        # Pings only while a call waits, or TensorFlow Serving says too_many_pings. The timeout also
        # becomes TCP_USER_TIMEOUT: a replica that vanished is noticed in 5 s.
        ("grpc.keepalive_time_ms", 30_000),
        ("grpc.keepalive_timeout_ms", 5_000),
        ("grpc.initial_reconnect_backoff_ms", 100),
        ("grpc.max_reconnect_backoff_ms", 400),
        ("grpc.min_reconnect_backoff_ms", 2_000),  # how long one attempt to connect may take
        ("grpc.enable_http_proxy", 0),  # an http_proxy of the environment is not meant for us
    ]


def _service_config(settings: Settings) -> dict[str, Any]:
    config: dict[str, Any] = {"loadBalancingConfig": [{"outlier_detection_experimental": _outlier_detection()}]}
    if settings.attempts > 1:
        # gRPC's own retries (gRFC A6): jittered, within the deadline, on another replica where
        # there is one, and fewer when much fails (retryThrottling). Four tries take 0.7 s, longer
        # than a channel waits before it connects again, so that a restart goes unnoticed.
        retry = {
            "maxAttempts": settings.attempts,
            "initialBackoff": "0.1s",
            "maxBackoff": "1s",
            "backoffMultiplier": 2,
            "retryableStatusCodes": ["UNAVAILABLE"],
            "perAttemptRecvTimeout": f"{settings.attempt_seconds:.3f}s",
        }
        config["methodConfig"] = [{"name": [{}], "retryPolicy": retry}]
        config["retryThrottling"] = {"maxTokens": 100, "tokenRatio": 0.1}
    return config


def _outlier_detection() -> dict[str, Any]:
    """A replica that fails nearly every call is left out for some seconds (gRFC A50).

    The share must be high: a canary that a replica does not have yet is a failed call, too, and may
    be half of all. At most half of the replicas are left out, for when all fail it is no one's fault.
    """
    return {
        "interval": "1s",
        "baseEjectionTime": "5s",
        "maxEjectionTime": "30s",
        "maxEjectionPercent": 50,
        "failurePercentageEjection": {"threshold": 80, "minimumHosts": 2, "requestVolume": 3},
        "childPolicy": [{"round_robin": {}}],
    }
