package pane

import (
	"cmp"

	"kdeck/ops/tenant"
)

var typeWords = map[tenant.Type]string{
	tenant.ProducerByteRate: "produce", tenant.ConsumerByteRate: "fetch", tenant.RequestPercentage: "request",
	tenant.ControllerMutationRate: "mutation", tenant.ConnectionCreationRate: "connect",
}

// TypeWord returns a short word for a type of quota: "produce" for producer_byte_rate.
func TypeWord(t tenant.Type) string { return cmp.Or(typeWords[t], string(t)) }

// EntityName writes the user and the client id that a quota is counted for: "alice / app-1". ~ stands before a name that
// is only approximate.
func EntityName(user, client string, approximate bool) string {
	name := Dashed(user) + " / " + Dashed(client)
	if approximate {
		return "~" + name
	}
	return name
}

// Dashed returns s, or "-" where s is empty.
func Dashed(s string) string { return cmp.Or(s, "-") }
