package subcmd

import (
	"strings"
	"testing"

	"kdeck/ops/tenant"
)

func TestWhatToKnowOfALimitIsSaidBeforeItIsSet(t *testing.T) {
	broker := map[string]string{"num.io.threads": "8", "num.network.threads": "3", "listeners": "A://:1,B://:2"}
	custom := map[string]string{"client.quota.callback.class": "com.example.Quotas"}
	for _, tt := range []struct {
		name    string
		configs map[string]string
		t       tenant.Type
		limit   float64
		says    string // "": nothing
	}{
		{"a limit that holds", broker, tenant.RequestPercentage, 1400, ""},
		{"more than all threads have", broker, tenant.RequestPercentage, 1401, "holds nobody back: all threads of a broker together are 1400%"},
		{"more than all threads have, where their number isn't known", nil, tenant.RequestPercentage, 1e300, ""},
		{"next to no time", broker, tenant.RequestPercentage, 1e-9, "next to nothing"},
		{"next to no bytes", broker, tenant.ProducerByteRate, 1, "producer_byte_rate=1 is next to nothing"},
		{"few connections", broker, tenant.ConnectionCreationRate, 1, ""},
		{"a callback of the cluster's own", custom, tenant.ConsumerByteRate, 1e6, "com.example.Quotas decides which limit applies"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			notes := strings.Join(limitNotes(tt.configs, map[tenant.Type]float64{tt.t: tt.limit}), "; ")
			if (notes == "") != (tt.says == "") || !strings.Contains(notes, tt.says) {
				t.Errorf("%q, want %q", notes, tt.says)
			}
		})
	}
}
