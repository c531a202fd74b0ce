package metrics

import (
	"bytes"
	"fmt"
	"strconv"
	"testing"

	"kdeck/protocol/alloctest"
)

// FuzzPrometheus: no answer of a Prometheus server makes its reader panic, or counts a series of a stranger for a broker.
func FuzzPrometheus(f *testing.F) {
	const series = `{"metric":{"__name__":"kafka_server_brokertopicmetrics_bytesin_total","instance":"b1:9404","broker":%q},"values":%s}`
	for _, values := range []string{`[[1,"1"],[2,"2"]]`, `[[1700000000.123,"NaN"]]`, `[]`, `[[1e300,"+Inf"],["2",3]]`, `[["1",null]]`} {
		f.Add(fmt.Appendf(nil, `{"status":"success","data":{"resultType":"matrix","result":[`+series+`,`+series+`]}}`, "1", values, "9", values))
	}
	f.Add([]byte(`{"status":"error","errorType":"bad_data","error":"1:2: parse error"}`))
	f.Add([]byte(`{"status":"success","data":{"resultType":"vector","result":[{"metric":{"__name__":"kafka_server_quota_byte_rate","user":"a\u202eb"},"value":[1,"2"]}]}}`))
	f.Fuzz(func(t *testing.T, answer []byte) {
		defer alloctest.Bound(t, len(answer))()
		whose := func(labels map[string]string) (int32, bool) {
			id, err := strconv.ParseInt(labels["broker"], 10, 32)
			return int32(id), err == nil && id >= 1 && id <= 3
		}
		brokers, _, err := scanProm(bytes.NewReader(answer), newReader().match, whose)
		if err != nil {
			return
		}
		for id, scrapes := range brokers {
			if id < 1 || id > 3 {
				t.Errorf("broker %d has series", id)
			}
			for _, s := range scrapes {
				Derive(id, s.before, s.now)
			}
		}
	})
}
