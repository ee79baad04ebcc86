"""What gunicorn loads in each worker: the application, with its settings from the environment."""

import os

from services.api.app import create_app
from services.api.predictor import TfServingPredictor
from services.api.settings import Settings

settings = Settings.from_env(os.environ)
app = create_app(settings, TfServingPredictor(settings))
