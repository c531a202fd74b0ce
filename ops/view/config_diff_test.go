package view

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"kdeck/ops/state"
)

// ofBroker is what a broker tells of itself: "name=value …"; name=* is a secret.
func ofBroker(id int32, host, configs string) ConfigView {
	v := ConfigView{Name: fmt.Sprint(id), Broker: &state.Broker{ID: id, Host: host, Port: 9092}}
	for word := range strings.FieldsSeq(configs) {
		name, value, _ := strings.Cut(word, "=")
		c := state.Config{Name: name, Value: &value, Source: state.SourceStatic}
		if value == "*" {
			c.Value, c.Sensitive = nil, true
		}
		v.Configs = append(v.Configs, c)
	}
	return v
}

func TestBrokersDifferOnlyInWhatNeedNotDiffer(t *testing.T) {
	for _, tt := range []struct {
		name  string
		views []ConfigView
		want  []string
	}{
		{"ids, racks and hosts", []ConfigView{
			ofBroker(1, "b1", "node.id=1 broker.rack=a advertised.listeners=SSL://b1:9093,PLAINTEXT://b1:9092 log.dirs=/d1/a,/d1/b ssl.keystore.location=/etc/b1.jks"),
			ofBroker(2, "b2", "node.id=2 broker.rack=b advertised.listeners=SSL://b2:9093,PLAINTEXT://b2:9092 log.dirs=/d2/a,/d2/b ssl.keystore.location=/etc/b2.jks"),
		}, nil},
		{"ports of brokers on one host", []ConfigView{ofBroker(1, "::1", "listeners=PLAINTEXT://[::1]:9092"), ofBroker(2, "::1", "listeners=PLAINTEXT://[::1]:9093")}, nil},
		{"ports of brokers on hosts of their own", []ConfigView{ofBroker(1, "b1", "listeners=PLAINTEXT://:9092"), ofBroker(2, "b2", "listeners=PLAINTEXT://:9093")}, []string{"listeners"}},
		{"a listener that one lacks", []ConfigView{ofBroker(1, "b1", "listeners=SSL://b1:9093,PLAINTEXT://b1:9092"), ofBroker(2, "b2", "listeners=PLAINTEXT://b2:9092")}, []string{"listeners"}},
		{"a disk less", []ConfigView{ofBroker(1, "b1", "log.dirs=/a,/b"), ofBroker(2, "b2", "log.dirs=/a")}, []string{"log.dirs"}},
		{"threads", []ConfigView{ofBroker(1, "b1", "num.io.threads=8 z=1"), ofBroker(2, "b2", "num.io.threads=16 z=1")}, []string{"num.io.threads"}},
		{"a config that one lacks", []ConfigView{ofBroker(1, "b1", "x=8"), ofBroker(2, "b2", "")}, []string{"x"}},
		{"secrets", []ConfigView{ofBroker(1, "b1", "ssl.key.password=*"), ofBroker(2, "b2", "ssl.key.password=other")}, nil},
	} {
		var got []string
		for _, d := range DiffConfigs(tt.views).Differences {
			got = append(got, d.Name)
		}
		if !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestBrokersThatAgreeAreOneColumnAndTheLargestClassIsFirst(t *testing.T) {
	d := DiffConfigs([]ConfigView{
		ofBroker(1, "b1", "a=1 b=x"), ofBroker(2, "b2", "a=2 b=x"), ofBroker(3, "b3", "a=2 b=x"), ofBroker(4, "b4", "a=2 b=y"), ofBroker(5, "b5", "a=2 b=x"),
	})
	var heads []string
	for _, c := range d.DiffColumns() {
		heads = append(heads, c.Head)
	}
	if got := strings.Join(heads, "|"); got != "CONFIG|2-3 5|1|4" {
		t.Errorf("columns: %s", got)
	}
	if got := d.DiffColumns()[3].Cell(d.Differences[1]); got != "y" {
		t.Errorf("broker 4 has b=%s", got)
	}
}
