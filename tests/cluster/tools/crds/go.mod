// Custom resource definitions that tests give to the API server, so that it can judge the chart's objects of them.
// Nothing is built of these modules; they have no packages in common with the other tools.
module fvi.local/tools/crds

go 1.24.0

require (
	github.com/prometheus-operator/prometheus-operator v0.85.0
	sigs.k8s.io/gateway-api v1.4.0
)
