"""What gunicorn loads in each worker: both applications, with their settings from the environment."""

import os

from services.api.admin import create_admin_app
from services.api.app import create_app
from services.api.metrics import Metrics
from services.api.predictor import TfServingPredictor
from services.api.settings import Settings

settings = Settings.from_env(os.environ)
predictor, metrics = TfServingPredictor(settings), Metrics()
app = create_app(settings, predictor, metrics)
admin_app = create_admin_app(settings, predictor, metrics)
