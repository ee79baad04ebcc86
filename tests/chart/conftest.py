import pytest

from tests.chart.rendering import VALUES, Rendered, render


@pytest.fixture(params=VALUES)
def rendered(request: pytest.FixtureRequest) -> Rendered:
    """Each file of values, as the newest Helm renders it."""
    return render(request.param)
