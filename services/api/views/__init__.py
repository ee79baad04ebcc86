"""The routes, one module for each resource; those of operators are in admin.py.

Each view has three steps: parse, act, answer. What goes wrong is raised.
"""

from flask import Flask

from services.api.intake import Intake
from services.api.views import about, batch, cards, fpt, one_model


def register(app: Flask, intake: Intake) -> None:
    """Adds every route to `app`."""
    about.register(app, intake)
    cards.register(app, intake)
    batch.register(app, intake)
    one_model.register(app, intake)
    if intake.settings.compat_fpt:
        fpt.register(app, intake)
