package tenant

// Unseen lists what quotas limit and none of the series shows: a type, or the users alone, the client ids alone or the pairs of one. Each
// level of records has series with tags of its own (ClientQuotaManager.quotaMetricTags), so rules of an exporter that don't match such tags
// drop all clients of that level. It may also be that none of them was at work for an hour.
func (q *Quotas) Unseen(usages []Usage) []string {
	type tags struct {
		t            Type
		user, client bool
	}
	shown, any := map[tags]bool{}, map[Type]bool{}
	for _, u := range usages {
		shown[tags{u.Type, u.User != "", u.ClientID != ""}], any[u.Type] = true, true
	}
	var list []string
	for _, t := range ClientTypes {
		set := map[tags]bool{}
		for _, r := range q.list {
			if _, limited := r.Limits[t]; limited {
				set[tags{t, r.Entity.User.Set, r.Entity.ClientID.Set}] = true
			}
		}
		if len(set) > 0 && !any[t] {
			list = append(list, string(t))
			continue
		}
		for _, of := range []struct {
			tags
			words string
		}{{tags{t, true, false}, "users alone"}, {tags{t, false, true}, "client ids alone"}, {tags{t, true, true}, "users with client ids"}} {
			if set[of.tags] && !shown[of.tags] {
				list = append(list, string(t)+" of "+of.words)
			}
		}
	}
	return list
}
