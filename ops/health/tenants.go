package health

import (
	"kdeck/ops/state"
	"kdeck/ops/tenant"
)

// OfTenant is how bad it is for a client to stand so; "" where that isn't known. It is nothing that Kafka is to blame for:
// no verdict rests on it.
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
