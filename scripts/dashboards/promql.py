"""The few shapes of PromQL that the panels are made of, all in the namespace that the dashboard is looking at.

They stay within Prometheus 2.42, and rates use `$__rate_interval`, which Grafana makes at least four scrapes long.
`where` is more label matchers, such as `status=~"5.."`; `by` the labels that are kept.
"""

from scripts.dashboards.panel import Query

NAMESPACE = 'namespace="$namespace"'
RATE = "$__rate_interval"
RANGE = "$__range"


def series(metric: str, *where: str) -> str:
    """The series of a metric."""
    return f"{metric}{{{', '.join((NAMESPACE, *filter(None, where)))}}}"


def aggregate(how: str, expression: str, *by: str) -> str:
    """`how` is sum, max, count and so on."""
    return f"{how} by ({', '.join(by)}) ({expression})" if by else f"{how}({expression})"


def rate(counter: str, *by: str, where: str = "") -> str:
    """Events a second."""
    return aggregate("sum", f"rate({series(counter, where)}[{RATE}])", *by)


def increase(counter: str, *by: str, where: str = "") -> str:
    """Events in all the time that the dashboard shows."""
    return aggregate("sum", f"increase({series(counter, where)}[{RANGE}])", *by)


def quantile(share: float, histogram: str, *by: str, where: str = "") -> str:
    """What `share` of the observations are below."""
    return f"histogram_quantile({share}, {rate(f'{histogram}_bucket', *by, 'le', where=where)})"


def mean(histogram: str, *by: str, where: str = "") -> str:
    """Sum by count; nothing where nothing was observed."""
    return over(rate(f"{histogram}_sum", *by, where=where), rate(f"{histogram}_count", *by, where=where))


def share(counter: str, part: str, *by: str, where: str = "") -> str:
    """What share of the events matches `part`, too. 0 where none did, nothing where there were no events."""
    whole = rate(counter, *by, where=where)
    return over(f"({rate(counter, *by, where=both(where, part))} or 0 * {whole})", whole)


def share_of_day(counter: str, part: str, *by: str, where: str = "", ago: str = "") -> str:
    """The same of the last 24 hours, or of those that ended some time `ago`, such as `7d`."""
    offset = f" offset {ago}" if ago else ""

    def grown(matchers: str) -> str:
        return aggregate("sum", f"increase({series(counter, matchers)}[1d]{offset})", *by)

    return over(f"({grown(both(where, part))} or 0 * {grown(where)})", grown(where))


def mean_of_day(histogram: str, *by: str, where: str = "", ago: str = "") -> str:
    """Mean of what was observed in such 24 hours."""
    offset = f" offset {ago}" if ago else ""

    def grown(part: str) -> str:
        return aggregate("sum", f"increase({series(f'{histogram}_{part}', where)}[1d]{offset})", *by)

    return over(grown("sum"), grown("count"))


def over(part: str, whole: str) -> str:
    """A quotient; nothing where the divisor is 0."""
    return f"{part} / ({whole} > 0)"


def both(*matchers: str) -> str:
    """All of these matchers."""
    return ", ".join(filter(None, matchers))


def percentiles(
    histogram: str, *by: str, where: str = "", shares: tuple[float, ...] = (0.5, 0.95, 0.99)
) -> tuple[Query, ...]:
    """A query for each share of a histogram in seconds."""
    names = "".join(f" {{{{{label}}}}}" for label in by)
    return tuple(Query(quantile(share, histogram, *by, where=where), f"p{share * 100:g}{names}") for share in shares)
