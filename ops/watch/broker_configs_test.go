package watch

import (
	"testing"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// Kafka sends no value of a secret; another node may.
func TestTheValueOfASecretConfigIsLeftOut(t *testing.T) {
	f := newFake(func(_ string, resp kmsg.Response) error {
		if r, is := resp.(*kmsg.DescribeConfigsResponse); is {
			r.Resources = []kmsg.DescribeConfigsResponseResource{{Configs: []kmsg.DescribeConfigsResponseResourceConfig{
				{Name: "ssl.key.password", Value: kmsg.StringPtr("hunter2"), IsSensitive: true}, {Name: "log.dirs", Value: kmsg.StringPtr("/data")}}}}
		}
		return nil
	})
	values, err := BrokerConfigs(t.Context(), f, "b1:9092", 1)
	if err != nil || len(values) != 1 || values["log.dirs"] != "/data" {
		t.Errorf("%v, %v", values, err)
	}
}
