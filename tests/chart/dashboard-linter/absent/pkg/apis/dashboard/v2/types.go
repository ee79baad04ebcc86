// Package v2 stands in for a module that the linter imports and the Go module proxy does not have: as much of it as
// compiles the linter's reading of dashboards of the schema v2. Ours are classic ones, so nothing of it ever runs.
package v2

type DashboardSpec struct {
	Title       string
	Editable    *bool
	Elements    map[string]DashboardElement
	Variables   []DashboardVariableKind
	Annotations []DashboardAnnotationQueryKind
}

type DashboardElement struct {
	PanelKind *struct{ Spec DashboardPanelSpec }
}

type DashboardPanelSpec struct {
	Id                 float64
	Title, Description string
	VizConfig          struct {
		Group string
		Spec  struct{ FieldConfig, Options any }
	}
	Data struct {
		Spec struct{ Queries []DashboardPanelQueryKind }
	}
}

type DashboardPanelQueryKind struct {
	Spec struct {
		RefId  string
		Hidden bool
		Query  DashboardDataQueryKind
	}
}

type DashboardDataQueryKind struct {
	Group      string
	Datasource *struct{ Name *string }
	Spec       map[string]any
}

type DashboardAnnotationQueryKind struct {
	Spec struct {
		Name  string
		Query DashboardDataQueryKind
	}
}

type DashboardVariableKind struct {
	QueryVariableKind      *variable[DashboardDataQueryKind]
	DatasourceVariableKind *variable[string]
	CustomVariableKind     *variable[string]
	IntervalVariableKind   *variable[string]
	ConstantVariableKind   *variable[string]
	TextVariableKind       *variable[string]
	AdhocVariableKind      *variable[string]
	GroupByVariableKind    *variable[string]
	SwitchVariableKind     *variable[string]
}

type variable[Query any] struct {
	Spec struct {
		Name, PluginId  string
		Label, AllValue *string
		Multi           bool
		Refresh         DashboardVariableRefresh
		Query           Query
	}
}

type DashboardVariableRefresh string

const (
	DashboardVariableRefreshOnTimeRangeChanged DashboardVariableRefresh = "onTimeRangeChanged"
	DashboardVariableRefreshOnDashboardLoad    DashboardVariableRefresh = "onDashboardLoad"
)
