package sim

// The stories of what clients do to brokers. They show in the metrics alone: without [Options].Metrics the cluster is a
// healthy one.

// abuser has a limit that somebody made far too large.
var abuser = tenant{"reporting", "nightly-export", "kafka-python", "2.0.2", 60, []string{"exports.nightly", "scratch.load-test"}, 0, 1, 1, 110e6, 6000}

var abuserQuota = quotaRecord{quotaEntity{user: named(abuser.user)}, requestPercentage, 1100}

func abusiveTenant(c *Cluster) error {
	c.joins(abuser)
	return c.holdTo(abuserQuota)
}

// chatterer sends each record in a request of its own.
var chatterer = tenant{"iot", "sensor-gateway", "sarama", "1.27.0", 200, []string{"metrics"}, 2.4e6, 120, 80, 0, 1}

// countsRequests is a limit that nobody ever reaches, on a user that doesn't exist: it has the brokers count everyone's
// thread time.
var countsRequests = quotaRecord{quotaEntity{user: named("nobody")}, requestPercentage, 100_000}

func smallRequests(c *Cluster) error {
	c.joins(chatterer)
	return c.holdTo(countsRequests)
}

func hotProcessor(c *Cluster) error {
	b, err := c.victim()
	if err != nil {
		return err
	}
	c.troubles(b, trouble{busy: map[int]float64{5: 0.97}, stall: 60})
	return nil
}

// coldRead has a consumer that is hours behind read what the page cache has long lost: sendfile waits for the disk, in a
// network thread, and with it waits whoever else is on that thread (KAFKA-7504).
func coldRead(c *Cluster) error {
	b, err := c.victim()
	if err != nil {
		return err
	}
	c.joins(tenant{"fraud", "model-backfill", "apache-kafka-java", "3.5.2", 4, []string{"clickstream", "orders"}, 0, 1, 1, 4e6, 500_000})
	c.troubles(b, trouble{
		busy: map[int]float64{2: 0.95, 6: 0.93}, stall: 110,
		sending: delay{slow: 240, share: 0.12}, diskRead: 180e6,
	})
	return nil
}

// joins has another tenant use the cluster, of the metrics of which this is a story.
func (c *Cluster) joins(t tenant) {
	if tr := c.model.traffic; tr != nil {
		tr.tenants = append(tr.tenants, t)
		c.model.eventf("tenant %s/%s begins", t.user, t.client)
	}
}

func (c *Cluster) troubles(b *broker, t trouble) {
	if tr := c.model.traffic; tr != nil {
		tr.trouble[b.id] = t
		c.model.eventf("broker %d is in trouble", b.id)
	}
}

// holdTo sets a limit.
func (c *Cluster) holdTo(r quotaRecord) error {
	if c.model.traffic == nil {
		return nil
	}
	return c.setQuotas([]quotaRecord{r})
}
