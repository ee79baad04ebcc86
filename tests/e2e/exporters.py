"""Made-up samples in the form that other people's exporters write, for panels about what a laptop does not have.

Names and labels are those of cAdvisor in a kubelet, kube-state-metrics and NVIDIA's dcgm-exporter; values are invented.
"""

import contextlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_POD = 'namespace="laptop",pod="fvi-ocr-serving-0",container="serving"'
_KUBERNETES = f"""\
container_cpu_usage_seconds_total{{{_POD},cpu="total",id="/kubepods/a",image="serving",name="a"}} 12.5
container_cpu_usage_seconds_total{{namespace="laptop",pod="fvi-ocr-serving-0",id="/kubepods"}} 13
container_memory_working_set_bytes{{{_POD},id="/kubepods/a",image="serving",name="a"}} 9e+08
kube_pod_container_resource_limits{{{_POD},uid="1",node="n",resource="memory",unit="byte"}} 2e+09
kube_pod_container_status_restarts_total{{{_POD},uid="1"}} 1
kube_deployment_status_replicas_unavailable{{namespace="laptop",deployment="fvi-ocr-serving"}} 0
kube_horizontalpodautoscaler_status_current_replicas{{namespace="laptop",horizontalpodautoscaler="fvi-ocr-api"}} 2
kube_horizontalpodautoscaler_spec_max_replicas{{namespace="laptop",horizontalpodautoscaler="fvi-ocr-api"}} 6
"""
_GPU = 'gpu="0",UUID="GPU-1",device="nvidia0",modelName="NVIDIA H100",Hostname="n",DCGM_FI_DRIVER_VERSION="580"'
_OF_POD = 'container="serving",namespace="laptop",pod="fvi-ocr-serving-0"'
_GPUS = "".join(
    f"DCGM_FI_DEV_{name}{{{_GPU},{_OF_POD}}} {value}\n"
    for name, value in (("GPU_UTIL", 61), ("FB_USED", 900), ("POWER_USAGE", 210.5), ("GPU_TEMP", 45), ("XID_ERRORS", 0))
)
_PAGES = {"/kubernetes": _KUBERNETES, "/gpus": _GPUS}


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        text = _PAGES[self.path].encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: object) -> None:
        """Nothing: it is scraped every second."""


@contextlib.contextmanager
def exporters() -> Iterator[list[dict]]:
    """Scrape jobs for all of them; for GPUs with honorLabels and without, as both are usual."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        targets = [{"targets": [f"127.0.0.1:{server.server_port}"], "labels": {"namespace": "monitoring"}}]
        jobs = (("kubernetes", "/kubernetes", True), ("gpus", "/gpus", False), ("gpus-honored", "/gpus", True))
        yield [
            {"job_name": name, "metrics_path": path, "honor_labels": honored, "static_configs": targets}
            for name, path, honored in jobs
        ]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
