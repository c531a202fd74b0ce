package serve

import _ "embed"

//go:embed rules.yaml
var rules string

// Rules are alert rules for Prometheus, as a rule file, on the metrics that [Handler] shows.
func Rules() string { return rules }
