"""The agent beside every TensorFlow Serving: pulls versions and moves labels, safely. See agent.py."""
