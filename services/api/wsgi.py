"""What gunicorn loads in each worker: both applications, with their settings from the environment."""

import os

from services.api import memory, stderr, trace
from services.api.admin import create_admin_app
from services.api.app import create_app
from services.api.metrics import Metrics
from services.api.predictor import TfServingPredictor
from services.api.settings import Settings

memory.give_back()
stderr.keep_clean()
settings = Settings.from_env(os.environ)
predictor, metrics = TfServingPredictor(settings), Metrics()
recorder = None
if settings.otlp_endpoint:
    from services.api.spans import Recorder  # some MiB, for those who want it

    recorder = Recorder(settings.otlp_endpoint)
app = create_app(settings, predictor, metrics, recorder.go_on if recorder else trace.go_on)
admin_app = create_admin_app(settings, predictor, metrics)
