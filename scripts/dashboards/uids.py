"""The dashboards' uids: parts of their addresses, which never change."""

OVERVIEW = "fvi-ocr-overview"
REQUESTS = "fvi-ocr-requests"
SERVING = "fvi-ocr-serving"
CANARY = "fvi-ocr-canary"
QUALITY = "fvi-ocr-quality"
