package health

import (
	"kdeck/ops/state"
	"kdeck/ops/tenant"
)

// OfTenant is the severity of a client's standing; "" where that isn't known. No verdict rests on it: Kafka is not at fault when a
// client uses too much.
func OfTenant(s tenant.Standing) state.Severity {
	switch s {
	case tenant.Throttled:
		return state.SeverityCritical
	case tenant.Over, tenant.Near, tenant.Heavy:
		return state.SeverityWarning
	case tenant.Unmeasured:
		return ""
	}
	return state.SeverityOK
}
