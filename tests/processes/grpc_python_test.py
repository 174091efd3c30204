"""The Python client of gRPC calls the service as clients of the service that it replaces do."""
import concurrent.futures
import socket
import ssl
import subprocess

import grpc
import pytest

from client import until
from fake_model import FakeModel
from grpc_service import CONTRACT, REPOSITORY, GrpcService, file_of, own_message, python_messages

SERVICE = "/fleet.ray_executor.v1.RayExecutorService/"
PATIENCE = 20


@pytest.fixture(scope="module")
def messages(tmp_path_factory):
    return python_messages(tmp_path_factory.mktemp("messages"))


@pytest.fixture
def service():
    service = GrpcService()
    yield service
    service.stop()


@pytest.fixture
def model():
    """What is asked of it waits, so that deliberations run."""
    model = FakeModel()
    model.close()
    yield model
    model.end()


def unary(channel, path, answer):
    return channel.unary_unary(path, request_serializer=lambda message: message.SerializeToString(), response_deserializer=answer.FromString)


def request(pb, task_id="t-1", **changes):
    fields = dict(task_id=task_id, task_description="Name a prime above 10.", role="DEV", constraints=pb.TaskConstraints(story_id="s-1"),
                  agents=[pb.Agent(id="a-1", role="DEV", model="m"), pb.Agent(id="a-2", role="QA", model="m")],
                  vllm_url="http://127.0.0.1:8000", vllm_model="m")
    return pb.ExecuteDeliberationRequest(**{**fields, **changes})


def test_our_service_holds_all_that_clients_know(tmp_path):
    contract, ours = file_of(CONTRACT, tmp_path), file_of(REPOSITORY / "proto", tmp_path)
    assert (ours.package, ours.syntax) == (contract.package, contract.syntax)
    assert {str(method) for method in ours.service[0].method} >= {str(method) for method in contract.service[0].method}
    assert ours.service[0].name == contract.service[0].name
    messages = {message.name: message for message in ours.message_type}
    for message in contract.message_type:
        known = {str(field) for field in message.field}
        own = [field for field in messages[message.name].field if str(field) not in known]
        assert {str(field) for field in messages[message.name].field} >= known, message.name
        assert all(field.number >= 20 for field in own), f"{message.name}: ours take numbers from 20 up"
        assert {str(entry) for entry in messages[message.name].nested_type} >= {str(entry) for entry in message.nested_type}


def test_the_five_calls_answer(service, model, messages, tmp_path):
    pb, _ = messages
    with grpc.insecure_channel(service.address) as channel:
        taken = unary(channel, SERVICE + "ExecuteDeliberation", pb.ExecuteDeliberationResponse)(request(pb, vllm_url=model.url), timeout=PATIENCE)
        assert taken.status == "submitted" and taken.deliberation_id.startswith("deliberation-t-1-")
        review = pb.ExecuteBacklogReviewDeliberationRequest(
            task_id="ceremony-1:story-2:role-DEV", task_description="Review.", role="DEV", agents=[pb.Agent(id="a", role="DEV", model="m")],
            constraints=pb.BacklogReviewTaskConstraints(story_id="s-2"), vllm_url=model.url, vllm_model="m")
        reviewed = unary(channel, SERVICE + "ExecuteBacklogReviewDeliberation", pb.ExecuteDeliberationResponse)(review, timeout=PATIENCE)
        assert reviewed.status == "submitted"
        ask = unary(channel, SERVICE + "GetDeliberationStatus", pb.GetDeliberationStatusResponse)
        assert ask(pb.GetDeliberationStatusRequest(deliberation_id=taken.deliberation_id), timeout=PATIENCE).status == "running"
        unknown = ask(pb.GetDeliberationStatusRequest(deliberation_id="../"), timeout=PATIENCE)
        assert (unknown.status, unknown.error_message) == ("not_found", "Deliberation ../ not found")
        state = unary(channel, SERVICE + "GetStatus", pb.GetStatusResponse)(pb.GetStatusRequest(include_stats=True), timeout=PATIENCE)
        assert (state.status, state.stats.total_deliberations, state.stats.active_deliberations) == ("healthy", 2, 2)
        jobs = unary(channel, SERVICE + "GetActiveJobs", pb.GetActiveJobsResponse)(pb.GetActiveJobsRequest(), timeout=PATIENCE).jobs
        assert [job.name for job in jobs] == [f"vllm-agent-job-{taken.deliberation_id}", f"vllm-agent-job-{reviewed.deliberation_id}"]
        model.wait_for_calls(3)
        model.open()

        def ended():
            told = ask(pb.GetDeliberationStatusRequest(deliberation_id=taken.deliberation_id), timeout=PATIENCE)
            return told if told.status != "running" else None

        done = until(ended)
        own = own_message("GetStatusResponse", tmp_path)
        stats = unary(channel, SERVICE + "GetStatus", own)(pb.GetStatusRequest(), timeout=PATIENCE).stats
        assert stats.completed_deliberations >= 1 and stats.calls >= 2 and stats.tokens_in >= 20 and stats.failed_calls == 0
        assert (done.status, done.result.proposal, done.result.metadata["completed_agents"], len(done.results)) == ("completed", "eleven", "2", 2)


@pytest.mark.parametrize("compression", [grpc.Compression.NoCompression, grpc.Compression.Gzip])
def test_a_hundred_at_once_and_one_after_another_over_one_connection(service, model, messages, compression):
    pb, _ = messages
    with grpc.insecure_channel(service.address, compression=compression) as channel:
        submit = unary(channel, SERVICE + "ExecuteDeliberation", pb.ExecuteDeliberationResponse)
        calls = [submit.future(request(pb, f"t-{i}", task_description="d" * 20_000, vllm_url=model.url), timeout=PATIENCE) for i in range(100)]
        ids = {call.result().deliberation_id for call in calls}
        ids |= {submit(request(pb, f"u-{i}", vllm_url=model.url), timeout=PATIENCE).deliberation_id for i in range(100)}
        assert len(ids) == 200
        jobs = unary(channel, SERVICE + "GetActiveJobs", pb.GetActiveJobsResponse)(pb.GetActiveJobsRequest(), timeout=PATIENCE).jobs
        assert {job.job_id for job in jobs} == ids


def test_what_was_counted_is_there_after_a_restart(service, model, messages, tmp_path):
    pb, _ = messages
    own = own_message("GetStatusResponse", tmp_path)

    def stats():
        with grpc.insecure_channel(service.address) as channel:
            return unary(channel, SERVICE + "GetStatus", own)(pb.GetStatusRequest(include_stats=True), timeout=PATIENCE).stats

    model.open()
    with grpc.insecure_channel(service.address) as channel:
        submit = unary(channel, SERVICE + "ExecuteDeliberation", pb.ExecuteDeliberationResponse)
        for number in range(3):
            submit(request(pb, f"t-{number}", vllm_url=model.url), timeout=PATIENCE)
    before = until(lambda: found if (found := stats()).completed_deliberations == 3 else None)
    assert (before.total_deliberations, before.calls) == (3, 6) and before.average_execution_time_ms > 0
    service.restart()
    assert stats() == before


def test_calls_from_many_threads_and_channels(service, messages):
    pb, _ = messages

    def ask(number):
        with grpc.insecure_channel(service.address, options=[("grpc.use_local_subchannel_pool", 1)]) as channel:
            status = unary(channel, SERVICE + "GetStatus", pb.GetStatusResponse)
            return [status(pb.GetStatusRequest(), timeout=PATIENCE).status for _ in range(10)]

    with concurrent.futures.ThreadPoolExecutor(10) as threads:
        assert all(answers == ["healthy"] * 10 for answers in threads.map(ask, range(20)))


def test_refusals_have_their_codes_and_sentences(service, messages):
    pb, health = messages
    with grpc.insecure_channel(service.address) as channel:

        def refusal(path, message, **options):
            with pytest.raises(grpc.RpcError) as error:
                unary(channel, path, pb.GetStatusResponse)(message, timeout=options.pop("timeout", PATIENCE), **options)
            return error.value.code(), error.value.details()

        code, sentence = refusal(SERVICE + "ExecuteDeliberation", request(pb, role=" "))
        assert code == grpc.StatusCode.INVALID_ARGUMENT and "role" in sentence
        assert refusal(SERVICE + "Nothing", pb.GetStatusRequest())[0] == grpc.StatusCode.UNIMPLEMENTED
        assert refusal("/no.Service/Nothing", pb.GetStatusRequest())[0] == grpc.StatusCode.UNIMPLEMENTED
        large = request(pb, task_description="d" * (5 * 1024 * 1024))
        assert refusal(SERVICE + "ExecuteDeliberation", large)[0] == grpc.StatusCode.RESOURCE_EXHAUSTED
        assert refusal("/grpc.health.v1.Health/Check", health.HealthCheckRequest(service="no"))[0] == grpc.StatusCode.NOT_FOUND
        many = [("x-large", "m" * 30_000)]
        assert refusal(SERVICE + "GetStatus", pb.GetStatusRequest(), metadata=many)[0] == grpc.StatusCode.RESOURCE_EXHAUSTED
        assert unary(channel, SERVICE + "GetStatus", pb.GetStatusResponse)(pb.GetStatusRequest(), timeout=PATIENCE).status == "healthy"


def test_health_is_checked_and_watched_until_the_server_stops(messages):
    _, health = messages
    service = GrpcService()
    with grpc.insecure_channel(service.address) as channel:
        check = unary(channel, "/grpc.health.v1.Health/Check", health.HealthCheckResponse)
        for name in ("", "fleet.ray_executor.v1.RayExecutorService"):
            assert check(health.HealthCheckRequest(service=name), timeout=PATIENCE).status == health.HealthCheckResponse.SERVING
        watch = channel.unary_stream("/grpc.health.v1.Health/Watch", request_serializer=lambda message: message.SerializeToString(),
                                     response_deserializer=health.HealthCheckResponse.FromString)
        told = watch(health.HealthCheckRequest(), timeout=PATIENCE)
        assert next(told).status == health.HealthCheckResponse.SERVING
        service.stop()
        with pytest.raises(grpc.RpcError) as error:
            for last in told:  # if it is told in time
                assert last.status == health.HealthCheckResponse.NOT_SERVING
        assert error.value.code() == grpc.StatusCode.UNAVAILABLE


def test_the_service_stays_healthy_without_nats(messages):
    pb, _ = messages
    service = GrpcService("--nats", "nats://127.0.0.1:9")  # nobody is there
    with grpc.insecure_channel(service.address) as channel:
        status = unary(channel, SERVICE + "GetStatus", pb.GetStatusResponse)
        assert {status(pb.GetStatusRequest(), timeout=PATIENCE).status for _ in range(20)} == {"healthy"}
    service.stop()


def test_tls_and_a_token(messages, tmp_path):
    pb, _ = messages
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext",
                    "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", key, "-out", certificate], check=True, capture_output=True)
    service = GrpcService("--grpc-tls-cert", certificate, "--grpc-tls-key", key, environment={"ORC_GRPC_TOKEN": "s3cret"})
    trusted = grpc.ssl_channel_credentials(root_certificates=certificate.read_bytes())
    with grpc.secure_channel(f"localhost:{service.port}", trusted) as channel:
        status = unary(channel, SERVICE + "GetStatus", pb.GetStatusResponse)
        with pytest.raises(grpc.RpcError) as error:
            status(pb.GetStatusRequest(), timeout=PATIENCE)
        assert error.value.code() == grpc.StatusCode.UNAUTHENTICATED
        token = [("authorization", "Bearer s3cret")]
        assert [status(pb.GetStatusRequest(), timeout=PATIENCE, metadata=token).status for _ in range(100)] == ["healthy"] * 100
        large = unary(channel, SERVICE + "ExecuteDeliberation", pb.ExecuteDeliberationResponse)
        assert large(request(pb, task_description="d" * 900_000), timeout=PATIENCE, metadata=token).status == "submitted"
    with grpc.insecure_channel(service.address) as channel:
        with pytest.raises(grpc.RpcError) as error:
            unary(channel, SERVICE + "GetStatus", pb.GetStatusResponse)(pb.GetStatusRequest(), timeout=PATIENCE)
        assert error.value.code() == grpc.StatusCode.UNAVAILABLE

    def protocol_of(*offered):
        context = ssl.create_default_context(cafile=str(certificate))
        context.set_alpn_protocols(offered)
        with socket.create_connection(("127.0.0.1", service.port), timeout=PATIENCE) as plain:
            with context.wrap_socket(plain, server_hostname="localhost") as secure:
                return secure.selected_alpn_protocol()

    assert protocol_of("http/1.1", "h2") == "h2"
    with pytest.raises(ssl.SSLError, match="(?i)alpn|application.protocol"):
        protocol_of("http/1.1")
    service.stop()
