package kafkatest

import (
	"errors"
	"net"
	"os"
	"strings"
	"testing"
)

func TestANodeOfRealKafkaThatFindsItsPortTakenSaysSo(t *testing.T) {
	t.Parallel()
	Require(t)
	o, err := Options{Controllers: 1}.withDefaults()
	must(t, err)
	c := &Cluster{Options: o, ID: newClusterID()}
	defer func() {
		must(t, c.Close())
		if _, err := os.Stat(c.Dir); !os.IsNotExist(err) {
			t.Errorf("%s is still there: %v", c.Dir, err)
		}
	}()
	must(t, c.prepare(t.Context()))
	stranger, err := net.Listen("tcp", c.Node(FirstControllerID).ControllerAddr())
	must(t, err)
	defer stranger.Close()

	err = c.launch(t.Context())
	if !errors.Is(err, errPortTaken) || !strings.Contains(err.Error(), "node 3001 ended") {
		t.Errorf("a start on a taken port failed with %v", err)
	}
}
