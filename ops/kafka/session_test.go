package kafka_test

import (
	"context"
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/config"
	"kdeck/ops/kafka"
)

func TestAnyReadsMetadata(t *testing.T) {
	c, err := kfake.NewCluster(kfake.NumBrokers(3), kfake.SeedTopics(4, "orders"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	cluster, err := config.FromBootstrap(c.ListenAddrs()[0])
	if err != nil {
		t.Fatal(err)
	}
	s, err := kafka.Open(cluster, kafka.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	req := kmsg.NewPtrMetadataRequest()
	resp, addr, err := s.Any(context.Background(), req)
	if err != nil {
		t.Fatal(err)
	}
	if addr != c.ListenAddrs()[0] || len(resp.(*kmsg.MetadataResponse).Brokers) != 3 {
		t.Fatalf("%s answered %+v", addr, resp)
	}
	if _, err := s.Ask(context.Background(), addr, kmsg.NewPtrCreateTopicsRequest()); err == nil {
		t.Fatal("CreateTopics was sent")
	}
	t.Logf("%+v", s.Spent())
}
