"""A dashboard in Grafana's words: the classic schema, version 42, which Grafana 11 to 13 read."""

import json

from grafana_foundation_sdk.builders import common, heatmap, stat, statetimeline, table, timeseries
from grafana_foundation_sdk.builders import dashboard as build
from grafana_foundation_sdk.builders import prometheus as build_prometheus
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import common as words
from grafana_foundation_sdk.models import dashboard, prometheus
from grafana_foundation_sdk.models.heatmap import HeatmapColorMode

from scripts.dashboards.panel import Board, Kind, Panel, Query, Row, anchor

TAG = "fvi-ocr"
RUNBOOK = "docs/runbook.md"  # the chart puts the address of the page here
_SOURCE = words.DataSourceRef(type_val="prometheus", uid="$datasource")
_ANY = "fvi_api_in_flight"  # there is one in every namespace with an API
_VARIABLES = "${__url_time_range}&${datasource:queryparam}&${namespace:queryparam}"
_Builder = timeseries.Panel | stat.Panel | table.Panel | statetimeline.Panel | heatmap.Panel
_STRAYS = {"auto", "auto_count", "auto_min", "footer", "repeatDirection"}
_BUILDERS: dict[Kind, type[_Builder]] = {
    Kind.LINES: timeseries.Panel,
    Kind.NUMBER: stat.Panel,
    Kind.TABLE: table.Panel,
    Kind.STATES: statetimeline.Panel,
    Kind.HEATMAP: heatmap.Panel,
}


def to_json(board: Board, titles: dict[str, str]) -> str:
    """The dashboard as a file.

    Args:
        titles: of all dashboards, by uid.
    """
    whole = (
        build.Dashboard(board.title)
        .uid(board.uid)
        .description(board.description)
        .tags([TAG])
        .readonly()
        .refresh("30s")
        .time(f"now-{board.hours}h", "now")
        .tooltip(dashboard.DashboardCursorSync.CROSSHAIR)
        .variables([_datasource(), _namespace()])
        .link(
            build.DashboardLink("fvi-ocr")
            .type(dashboard.DashboardLinkType.DASHBOARDS)
            .tags([TAG])
            .include_vars(True)
            .keep_time(True)
        )
    )
    for row in board.rows:
        _add(whole, row, titles)
    done = whole.build()
    _number(done)
    plain = json.loads(json.dumps(done, cls=JSONEncoder), object_hook=_without_strays)
    return json.dumps(plain, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _without_strays(entry: dict[str, object]) -> dict[str, object]:
    """What the library always writes and Grafana's schema does not know, or what would hide links in a menu."""
    return {key: value for key, value in entry.items() if key not in _STRAYS and value != "inControlsMenu"}


def _datasource() -> build.DatasourceVariable:
    return build.DatasourceVariable("datasource").label("Data source").type("prometheus")


def _namespace() -> build.QueryVariable:
    return (
        build.QueryVariable("namespace")
        .label("Namespace")
        .datasource(_SOURCE)
        .query(f"label_values({_ANY}, namespace)")
        .refresh(dashboard.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(dashboard.VariableSort.ALPHABETICAL_ASC)
    )


def _add(whole: build.Dashboard, row: Row, titles: dict[str, str]) -> None:
    heading = build.Row(row.title)
    if row.folded:
        heading.collapsed(True)
        for panel in row.panels:
            heading.with_panel(_panel(panel, titles))
        whole.with_row(heading)
        return
    whole.with_row(heading)
    for panel in row.panels:
        whole.with_panel(_panel(panel, titles))


def _number(whole: dashboard.Dashboard) -> None:
    """Links to a panel name its number, so it is given here and not by each Grafana."""
    inner = (each for panel in whole.panels or [] for each in (panel, *getattr(panel, "panels", [])))
    for number, each in enumerate(inner, start=1):
        each.id_val = number


def _panel(panel: Panel, titles: dict[str, str]) -> _Builder:
    made: _Builder = _BUILDERS[panel.kind]()
    made.title(panel.title).description(panel.text).unit(panel.unit).datasource(_SOURCE)
    made.span(panel.width).height(panel.height).links(_links(panel, titles))
    for number, query in enumerate(panel.queries):
        made.with_target(_target(query, panel.kind, chr(ord("A") + number)))
    if not panel.signed:
        made.min(0)
    if panel.most is not None:
        made.max(panel.most)
    if panel.kind is Kind.NUMBER and panel.unit == "short":
        made.decimals(0)  # increases are estimated, and events come whole
    if panel.limits or panel.kind is Kind.NUMBER:
        made.thresholds(_thresholds(panel))
    _dress(made, panel)
    return made


def _target(query: Query, kind: Kind, name: str) -> build_prometheus.Dataquery:
    target = build_prometheus.Dataquery().ref_id(name).expr(query.expression).legend_format(query.legend)
    target.datasource(_SOURCE).editor_mode(prometheus.QueryEditorMode.CODE)
    if kind is Kind.TABLE:
        return target.instant().format(prometheus.PromQueryFormat.TABLE)
    if kind is Kind.HEATMAP:
        return target.range().format(prometheus.PromQueryFormat.HEATMAP)
    return target.range()


def _links(panel: Panel, titles: dict[str, str]) -> list[Builder[dashboard.DashboardLink]]:
    links: list[Builder[dashboard.DashboardLink]] = []
    if panel.runbook:
        link = build.DashboardLink(f"Runbook: {panel.runbook}").url(f"{RUNBOOK}#{anchor(panel.runbook)}")
        links.append(link.type(dashboard.DashboardLinkType.LINK).target_blank(True))
    if panel.more:
        link = build.DashboardLink(f"More: {titles[panel.more]}").url(f"/d/{panel.more}?{_VARIABLES}")
        links.append(link.type(dashboard.DashboardLinkType.LINK))
    return links


def _thresholds(panel: Panel) -> build.ThresholdsConfig:
    steps = [dashboard.Threshold(None, "green"), *(dashboard.Threshold(*limit) for limit in panel.limits)]
    return build.ThresholdsConfig().mode(dashboard.ThresholdsMode.ABSOLUTE).steps(steps)


def _dress(made: _Builder, panel: Panel) -> None:
    """What only one kind of panel knows."""
    if isinstance(made, timeseries.Panel):
        made.legend(_legend()).tooltip(_tooltip()).fill_opacity(25 if panel.stack else 8)
        made.show_points(words.VisibilityMode.NEVER)
        if panel.stack:
            made.stacking(common.StackingConfig().mode(words.StackingMode.NORMAL))
        if panel.limits:
            made.thresholds_style(common.GraphThresholdsStyleConfig().mode(words.GraphThresholdsStyleMode.DASHED))
    elif isinstance(made, stat.Panel):
        made.reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
        made.graph_mode(words.BigValueGraphMode.AREA).color_mode(words.BigValueColorMode.VALUE)
    elif isinstance(made, table.Panel):
        options: dict[str, object] = {"excludeByName": {"Time": True}, "renameByName": {"Value": "count"}}
        made.with_transformation(dashboard.DataTransformerConfig("organize", options=options))
    elif isinstance(made, statetimeline.Panel):
        made.legend(_legend()).tooltip(_tooltip()).show_value(words.VisibilityMode.NEVER)
        made.mappings([dashboard.ValueMap({"1": dashboard.ValueMappingResult(text="here", color="blue")})])
    else:
        made.calculate(False).color(_blues()).y_axis(heatmap.YAxisConfig().unit(panel.unit))


def _legend() -> common.VizLegendOptions:
    shown = common.VizLegendOptions().show_legend(True).placement(words.LegendPlacement.BOTTOM)
    return shown.display_mode(words.LegendDisplayMode.LIST)


def _tooltip() -> common.VizTooltipOptions:
    return common.VizTooltipOptions().mode(words.TooltipDisplayMode.MULTI).sort(words.SortOrder.DESCENDING)


def _blues() -> heatmap.HeatmapColorOptions:
    return heatmap.HeatmapColorOptions().mode(HeatmapColorMode.SCHEME).scheme("Blues").steps(64)
