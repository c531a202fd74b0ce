package sim

import (
	"slices"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// handleDescribeLogDirs answers for the asked broker's own disks, among them the logs of replicas that are still being
// copied there.
func handleDescribeLogDirs(m *model, a askedNode, kreq kmsg.Request) (kmsg.Response, error) {
	req := kreq.(*kmsg.DescribeLogDirsRequest)
	resp := req.ResponseKind().(*kmsg.DescribeLogDirsResponse)
	wanted := func(*partition) bool { return true }
	if req.Topics != nil {
		named := map[string][]int32{}
		for _, t := range req.Topics {
			named[t.Topic] = append(named[t.Topic], t.Partitions...)
		}
		wanted = func(p *partition) bool { return slices.Contains(named[p.topic.name], p.id) }
	}
	used := make([]int64, len(a.broker.dirs))
	dirs := make([]kmsg.DescribeLogDirsResponseDir, len(a.broker.dirs))
	for i, d := range a.broker.dirs {
		dirs[i] = kmsg.NewDescribeLogDirsResponseDir()
		dirs[i].Dir, dirs[i].IsCordoned = d.path, d.cordoned
	}
	for _, p := range m.hosted(a.broker) {
		l := p.log(a.broker.id)
		if l.unmade || a.broker.dirs[l.dir].offline {
			continue
		}
		bytes := m.logBytes(p, l)
		used[l.dir] += bytes
		if !wanted(p) {
			continue
		}
		topics := &dirs[l.dir].Topics
		if n := len(*topics); n == 0 || (*topics)[n-1].Topic != p.topic.name {
			t := kmsg.NewDescribeLogDirsResponseDirTopic()
			t.Topic = p.topic.name
			*topics = append(*topics, t)
		}
		rp := kmsg.NewDescribeLogDirsResponseDirTopicPartition()
		rp.Partition, rp.Size = p.id, bytes
		t := &(*topics)[len(*topics)-1]
		t.Partitions = append(t.Partitions, rp)
	}
	for i, d := range a.broker.dirs {
		if d.offline {
			dirs[i].ErrorCode = kerr.KafkaStorageError.Code
			dirs[i].TotalBytes, dirs[i].UsableBytes = -1, -1
			continue
		}
		dirs[i].TotalBytes, dirs[i].UsableBytes = d.total, max(d.total-used[i], 0)
	}
	resp.Dirs = dirs
	return resp, nil
}
