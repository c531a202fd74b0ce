package kafka

import "github.com/twmb/franz-go/pkg/kmsg"

// BrokersRequest asks for the brokers and the cluster's id, and for no topic: no list of topics stands for all of them, an empty one
// for none.
func BrokersRequest() *kmsg.MetadataRequest {
	req := kmsg.NewPtrMetadataRequest()
	req.Topics = []kmsg.MetadataRequestTopic{}
	return req
}
