"""The documents as ConfigMaps, and one controller at a time. Imported only where a namespace is named.

The API server itself refuses to write over what somebody else wrote (`resourceVersion`); the Lease only
keeps a second controller from looking at the same things. Of the library's leader election it has to be
known that it ends without a word when it cannot reach the API server: whoever leads then stops, too.
"""

import datetime
import logging
import os
import threading
from collections.abc import Callable
from typing import Any

import urllib3
from kubernetes import client, config
from kubernetes.client.rest import ApiException
from kubernetes.leaderelection.electionconfig import Config
from kubernetes.leaderelection.leaderelection import LeaderElection
from kubernetes.leaderelection.resourcelock.leaselock import LeaseLock

from services.rollout.home import Changed, HomeAway, Written
from services.rollout.state import Event

DESIRED_KEY, STATE_KEY = "models.yaml", "rollout.yaml"
_SECONDS = 10.0
_LEASE_SECONDS, _RENEW_SECONDS, _RETRY_SECONDS = 15, 10, 2
_LEASE_CALL_SECONDS = 2.0  # a get and an update begun in the last moment to renew end before the lease does

log = logging.getLogger(__name__)
logging.getLogger("leaderelection").setLevel(logging.WARNING)


def connect() -> None:
    """As the pod that we are in, or as kubectl would.

    Raises:
        HomeAway: neither is possible.
    """
    try:
        if "KUBERNETES_SERVICE_HOST" in os.environ and "KUBECONFIG" not in os.environ:
            config.load_incluster_config()
        else:
            config.load_kube_config()
    except config.ConfigException as error:
        raise HomeAway(
            f"No cluster: {str(error).rstrip('.')}. Name a file with --desired, or set KUBECONFIG."
        ) from error


class ClusterHome:
    """Two ConfigMaps of one namespace; see Home. `connect` comes first."""

    reach_seconds = 120.0  # a kubelet brings a ConfigMap to its pods within 90 s; then it is fetched and loaded

    def __init__(self, namespace: str, desired: str, state: str) -> None:
        """`desired`, `state`: names of the ConfigMaps; that of the state is made when it is first written."""
        self._core = client.CoreV1Api()
        self._namespace, self._desired, self._state = namespace, desired, state

    def read_desired(self) -> Written:
        """See Home."""
        found = self._read(self._desired, DESIRED_KEY)
        if found is None:
            raise HomeAway(f"ConfigMap {self._namespace}/{self._desired} is not there: install the chart first")
        return found

    def read_state(self) -> Written:
        """See Home."""
        return self._read(self._state, STATE_KEY) or Written("", "")

    def write_desired(self, text: str, instead_of: Written) -> None:
        """See Home."""
        self._write(self._desired, DESIRED_KEY, text, instead_of)

    def write_state(self, text: str, instead_of: Written) -> None:
        """See Home."""
        if instead_of.version:
            self._write(self._state, STATE_KEY, text, instead_of)
            return
        body = client.V1ConfigMap(metadata=client.V1ObjectMeta(name=self._state), data={STATE_KEY: text})
        self._ask(self._state, self._core.create_namespaced_config_map, self._namespace, body)

    def tell(self, event: Event) -> None:
        """An Event of the desired state's ConfigMap: `kubectl get events` has it for an hour."""
        now = datetime.datetime.fromtimestamp(event.at, datetime.UTC)
        body = client.CoreV1Event(
            metadata=client.V1ObjectMeta(generate_name=f"{self._desired}-"),
            involved_object=client.V1ObjectReference(
                api_version="v1", kind="ConfigMap", name=self._desired, namespace=self._namespace
            ),
            reason="".join(word.capitalize() for word in event.what.replace("_", " ").split()[:1]) or "Rollout",
            message=f"{event.model}: {event.what} by {event.who}: {event.why}"[:1024],
            type="Warning" if event.what in ("rolled_back", "overtaken") else "Normal",
            source=client.V1EventSource(component="fvi-ocr-rollout"),
            first_timestamp=now,
            last_timestamp=now,
            count=1,
        )
        try:
            self._ask(self._desired, self._core.create_namespaced_event, self._namespace, body)
        except (HomeAway, Changed) as error:  # the history has it
            log.warning("An Event could not be written: %s", error)

    def _read(self, name: str, key: str) -> Written | None:
        try:
            found = self._ask(name, self._core.read_namespaced_config_map, name, self._namespace)
        except _NotThere:
            return None
        return Written((found.data or {}).get(key, ""), found.metadata.resource_version)

    def _write(self, name: str, key: str, text: str, instead_of: Written) -> None:
        body = {"metadata": {"resourceVersion": instead_of.version}, "data": {key: text}}
        self._ask(name, self._core.patch_namespaced_config_map, name, self._namespace, body)

    def _ask(self, name: str, call: Callable[..., Any], *arguments: Any) -> Any:
        try:
            return call(*arguments, _request_timeout=_SECONDS)
        except ApiException as error:
            if error.status == 404:
                raise _NotThere(f"{self._namespace}/{name}: not found") from error
            if error.status == 409:
                raise Changed(f"ConfigMap {self._namespace}/{name}") from error
            raise HomeAway(f"ConfigMap {self._namespace}/{name}: {error.status} {error.reason}") from error
        except urllib3.exceptions.HTTPError as error:
            raise HomeAway(f"the API server does not answer: {error}") from error


class _NotThere(HomeAway):
    """404."""


class _LeaseClient(client.ApiClient):  # type: ignore[misc]  # the library has no types
    """Every call has a time limit, and a server that does not answer is an ApiException: LeaseLock knows no others."""

    def __init__(self) -> None:
        configuration = client.Configuration.get_default_copy()
        configuration.retries = False  # each would have the time limit anew
        super().__init__(configuration)

    def call_api(self, *arguments: Any, **more: Any) -> Any:
        """See ApiClient."""
        try:
            return super().call_api(*arguments, **{**more, "_request_timeout": _LEASE_CALL_SECONDS})
        except urllib3.exceptions.HTTPError as error:
            raise ApiException(status=0, reason=str(error)) from error


class Leadership:
    """Of one among several controllers."""

    def __init__(self, namespace: str, lease: str, identity: str) -> None:
        """Starts to try for it."""
        self.is_leader = threading.Event()
        self.is_over = threading.Event()  # lost, or it cannot be known: stop, and start anew
        self._lock = LeaseLock(lease, namespace, identity)
        self._lock.api_instance = client.CoordinationV1Api(_LeaseClient())
        threading.Thread(target=self._run, name="leader-election", daemon=True).start()

    def _run(self) -> None:
        options = Config(
            self._lock, _LEASE_SECONDS, _RENEW_SECONDS, _RETRY_SECONDS, self.is_leader.set, self.is_leader.clear
        )
        try:
            LeaderElection(options).run()
        except Exception as error:  # noqa: BLE001  whatever ends it ends our right to act
            log.error("The election of a leader ended: %s", error)
        finally:
            self.is_leader.clear()
            self.is_over.set()
