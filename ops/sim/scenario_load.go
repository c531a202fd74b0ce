package sim

// The scenarios in which clients are the trouble. They show in the metrics alone: without [Options].Metrics the cluster is
// healthy.

// abuser uses as much as a limit allows that is far too large.
var abuser = tenant{"reporting", "nightly-export", "kafka-python", "2.0.2", 60, []string{"exports.nightly", "scratch.load-test"}, 0, 1, 1, 110e6, 6000}

var abuserQuota = quotaRecord{quotaEntity{user: named(abuser.user)}, requestPercentage, 1100}

func abusiveTenant(c *Cluster) error {
	c.addTenant(abuser)
	return c.setQuota(abuserQuota)
}

// chatterer sends each record in a request of its own.
var chatterer = tenant{"iot", "sensor-gateway", "sarama", "1.27.0", 200, []string{"metrics"}, 2.4e6, 120, 80, 0, 1}

// countingQuota limits a user that doesn't exist. Brokers count nobody's thread time before a request quota is set; with this
// one they count everyone's.
var countingQuota = quotaRecord{quotaEntity{user: named("nobody")}, requestPercentage, 100_000}

func smallRequests(c *Cluster) error {
	c.addTenant(chatterer)
	return c.setQuota(countingQuota)
}

func hotProcessor(c *Cluster) error {
	b, err := c.victim()
	if err != nil {
		return err
	}
	c.addTrouble(b, trouble{busy: map[int]float64{5: 0.97}, stall: 60})
	return nil
}

// coldRead has a consumer that is hours behind read records that are no longer in the page cache. sendfile waits for the disk
// in a network thread, and so do the other clients of that thread (KAFKA-7504).
func coldRead(c *Cluster) error {
	b, err := c.victim()
	if err != nil {
		return err
	}
	c.addTenant(backfiller)
	c.addBackfill(b)
	c.addTrouble(b, trouble{
		busy: map[int]float64{2: 0.95, 6: 0.93}, stall: 110,
		sending: delay{slow: 240, share: 0.12}, diskRead: 180e6,
	})
	return nil
}

// addTenant adds a tenant, if the cluster has metrics.
func (c *Cluster) addTenant(t tenant) {
	if tr := c.model.traffic; tr != nil {
		tr.tenants = append(tr.tenants, t)
		c.model.eventf("tenant %s/%s begins", t.user, t.client)
	}
}

func (c *Cluster) addTrouble(b *broker, t trouble) {
	if tr := c.model.traffic; tr != nil {
		tr.trouble[b.id] = t
		c.model.eventf("broker %d is in trouble", b.id)
	}
}

// setQuota sets a limit, if the cluster has metrics.
func (c *Cluster) setQuota(r quotaRecord) error {
	if c.model.traffic == nil {
		return nil
	}
	return c.setQuotas([]quotaRecord{r})
}
