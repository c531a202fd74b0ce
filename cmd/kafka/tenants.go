package main

import (
	"context"
	"fmt"

	"kdeck/ops/kafkatest"
)

// topicsByTenant divides topics among the tenants. They differ as in a real
// cluster: few to many partitions, most of RF 3, every fifth of RF 2. Each topic
// can lose one replica and still be written to.
func topicsByTenant(topics, brokers int) map[string][]kafkatest.Topic {
	partitions := []int{6, 1, 12, 3}
	byTenant := make(map[string][]kafkatest.Topic)
	for i := range topics {
		tenant := kafkatest.Tenants[i%len(kafkatest.Tenants)]
		replicas := 3
		if i%5 == 4 {
			replicas = 2
		}
		replicas = min(replicas, brokers)
		byTenant[tenant] = append(byTenant[tenant], kafkatest.Topic{
			Name:       fmt.Sprintf("%s-%02d", tenant, i/len(kafkatest.Tenants)+1),
			Partitions: partitions[i%len(partitions)],
			Replicas:   replicas,
			Configs:    map[string]string{"min.insync.replicas": fmt.Sprint(max(replicas-1, 1))},
		})
	}
	return byTenant
}

// grantACLs lets a tenant use the topics and groups that begin with its name.
func grantACLs(ctx context.Context, c *kafkatest.Cluster, tenant string) error {
	result, err := c.Tool(ctx, kafkatest.AclCommand(c.Version), "--bootstrap-server", c.Bootstrap(),
		"--add", "--allow-principal", "User:"+tenant, "--producer", "--consumer",
		"--resource-pattern-type", "prefixed", "--topic", tenant, "--group", tenant)
	if err == nil && result.Exit != 0 {
		err = fmt.Errorf("ACLs of tenant %s: %s%s", tenant, result.Stdout, result.Stderr)
	}
	return err
}

// startLoad makes a tenant produce to its topics and consume them as a group,
// until ctx ends. Its name is the client id and, with SASL, the user.
func startLoad(ctx context.Context, c *kafkatest.Cluster, tenant string, topics []kafkatest.Topic, rate int) error {
	o := kafkatest.LoadOptions{
		Dial:  kafkatest.Dial{Bootstrap: c.Bootstrap(), ClientID: tenant},
		Rate:  rate,
		Bytes: 500,
		Group: tenant + "-readers",
	}
	if c.SASL {
		o.Dial = kafkatest.Dial{Bootstrap: c.BootstrapSASL(), ClientID: tenant, User: tenant, CAFile: c.CAFile()}
	}
	for _, t := range topics {
		o.Topics = append(o.Topics, t.Name)
	}
	_, err := kafkatest.RunLoad(ctx, o)
	return err
}
