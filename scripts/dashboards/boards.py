"""All dashboards, in the order in which Grafana lists their links."""

from scripts.dashboards import canary, overview, quality, requests, serving

BOARDS = (overview.BOARD, requests.BOARD, serving.BOARD, canary.BOARD, quality.BOARD)
