package ui

import (
	"context"
	"testing"
	"time"

	"kdeck/ops/kafkatest"
)

// The console on real brokers while one is killed: it says so without a key pressed, and leads to what is hurt.
func TestRealKafkaInATerminalWhileABrokerIsKilled(t *testing.T) {
	kafkatest.Require(t)
	path, err := kdeck()
	if err != nil {
		t.Fatal(err)
	}
	c := kafkatest.Start(t, kafkatest.Options{Brokers: 3, Racks: []string{"a", "b", "c"}})
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	if err := c.CreateTopics(ctx, kafkatest.Topic{Name: "orders", Partitions: 6, Replicas: 3, Configs: map[string]string{"min.insync.replicas": "2"}}); err != nil {
		t.Fatal(err)
	}
	home := []string{"XDG_STATE_HOME=" + t.TempDir(), "XDG_CONFIG_HOME=" + t.TempDir()}
	p := startPty(t, 100, 30, home, path, "-b", c.Bootstrap())
	p.until("HEALTHY", "3/3 brokers", "? help")
	p.press("2")
	p.until("3 brokers", "▸")
	if err := c.Node(3).Kill(); err != nil {
		t.Fatal(err)
	}
	p.until("2/3 brokers", "FENCED")
	p.press("gm") // the worst broker
	p.until("/missing:3", "AT-MIN")
	p.press(keyEnter)
	p.until("→ orders-", "REPLICAS, preferred leader first", "NOT in sync") // of the short list the row's detail stands below it
	p.press(keyEsc)
	p.until("ISR/RF")
	p.press("1")
	p.until("broker 3 died or was fenced", "broker 3 left the ISR of")
	p.press("q")
	if code := p.ended(); code != 0 {
		t.Errorf("exit %d", code)
	}
}
