// Calls the gRPC service as a client in Go does, and prints what it found as one JSON object.
//
// usage: client ADDRESS DESCRIPTORS MODEL_URL; descriptors as `protoc --include_imports --descriptor_set_out` writes them.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/encoding/gzip"
	"google.golang.org/grpc/health/grpc_health_v1"
	reflection "google.golang.org/grpc/reflection/grpc_reflection_v1"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"
)

const name = "fleet.ray_executor.v1.RayExecutorService"

type client struct {
	connection *grpc.ClientConn
	service    protoreflect.ServiceDescriptor
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func newClient(address, descriptors string) client {
	bytes, err := os.ReadFile(descriptors)
	must(err)
	var set descriptorpb.FileDescriptorSet
	must(proto.Unmarshal(bytes, &set))
	files, err := protodesc.NewFiles(&set)
	must(err)
	service, err := files.FindDescriptorByName(name)
	must(err)
	connection, err := grpc.Dial(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	must(err)
	return client{connection, service.(protoreflect.ServiceDescriptor)}
}

// Messages go in and come out as JSON.
func (c client) call(method, request string, options ...grpc.CallOption) (map[string]any, error) {
	described := c.service.Methods().ByName(protoreflect.Name(method))
	in, out := dynamicpb.NewMessage(described.Input()), dynamicpb.NewMessage(described.Output())
	must(protojson.UnmarshalOptions{Resolver: protoregistry.GlobalTypes}.Unmarshal([]byte(request), in))
	patience, done := context.WithTimeout(context.Background(), 20*time.Second)
	defer done()
	if err := c.connection.Invoke(patience, "/"+name+"/"+method, in, out, options...); err != nil {
		return nil, err
	}
	answer := map[string]any{}
	text, err := protojson.Marshal(out)
	must(err)
	must(json.Unmarshal(text, &answer))
	return answer, nil
}

func submission(task, more string) string {
	return fmt.Sprintf(`{"taskId": %q, "taskDescription": "Name a prime.", "role": "DEV", "constraints": {"storyId": "s"},
		"agents": [{"id": "a", "role": "DEV", "model": "m"}], "vllmUrl": %q, "vllmModel": "m"%s}`, task, os.Args[3], more)
}

func (c client) submitHundredAtOnceThenOneByOne() int {
	ids := sync.Map{}
	submit := func(task string, options ...grpc.CallOption) {
		answer, err := c.call("ExecuteDeliberation", submission(task, ""), options...)
		must(err)
		ids.Store(answer["deliberationId"], true)
	}
	var all sync.WaitGroup
	for i := range [100]int{} {
		all.Add(1)
		go func(i int) {
			defer all.Done()
			submit(fmt.Sprintf("t-%d", i))
		}(i)
	}
	all.Wait()
	for i := range [100]int{} {
		submit(fmt.Sprintf("u-%d", i), grpc.UseCompressor(gzip.Name))
	}
	count := 0
	ids.Range(func(any, any) bool { count++; return true })
	return count
}

func (c client) activeJobs() int {
	answer, err := c.call("GetActiveJobs", "{}")
	must(err)
	ids := map[any]bool{}
	for _, job := range answer["jobs"].([]any) {
		ids[job.(map[string]any)["jobId"]] = true
	}
	return len(ids)
}

// How a watch ends that was told of once, and then left to `end`.
func (c client) endOfWatch(ctx context.Context, end func()) string {
	watch, err := grpc_health_v1.NewHealthClient(c.connection).Watch(ctx, &grpc_health_v1.HealthCheckRequest{Service: name})
	must(err)
	_, err = watch.Recv()
	must(err)
	end()
	_, err = watch.Recv()
	return status.Code(err).String()
}

func (c client) services() []string {
	stream, err := reflection.NewServerReflectionClient(c.connection).ServerReflectionInfo(context.Background())
	must(err)
	must(stream.Send(&reflection.ServerReflectionRequest{MessageRequest: &reflection.ServerReflectionRequest_ListServices{}}))
	answer, err := stream.Recv()
	must(err)
	must(stream.CloseSend())
	names := []string{}
	for _, service := range answer.GetListServicesResponse().Service {
		names = append(names, service.Name)
	}
	return names
}

func main() {
	c := newClient(os.Args[1], os.Args[2])
	defer c.connection.Close()
	health, err := grpc_health_v1.NewHealthClient(c.connection).Check(context.Background(), &grpc_health_v1.HealthCheckRequest{Service: name})
	must(err)
	cancelling, cancel := context.WithCancel(context.Background())
	cancelled := c.endOfWatch(cancelling, cancel)
	ending, done := context.WithTimeout(context.Background(), time.Second)
	defer done()
	late := c.endOfWatch(ending, func() {})
	submitted := c.submitHundredAtOnceThenOneByOne()
	reviewed, err := c.call("ExecuteBacklogReviewDeliberation", submission("ceremony-1:story-2:role-DEV", ""))
	must(err)
	jobs := c.activeJobs()
	state, err := c.call("GetStatus", "{}")
	must(err)
	unknown, err := c.call("GetDeliberationStatus", `{"deliberationId": "größe €"}`)
	must(err)
	_, refusal := c.call("ExecuteDeliberation", submission("t", `, "preset": "größe €"`))
	must(json.NewEncoder(os.Stdout).Encode(map[string]any{
		"health": health.Status.String(), "cancelled": cancelled, "late": late, "submitted": submitted, "reviewed": reviewed["status"], "jobs": jobs,
		"status": state["status"], "unknown": unknown["status"], "unknown_sentence": unknown["errorMessage"],
		"refusal": status.Code(refusal).String(), "sentence": status.Convert(refusal).Message(), "services": c.services(),
	}))
}
