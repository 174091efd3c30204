#include "app/settings.h"

#include <gtest/gtest.h>

namespace orc {
namespace {

TEST(Settings, defaults_are_good_and_those_of_the_contract) {
  const auto settings = validate({.data_dir = "d"});
  ASSERT_TRUE(settings) << settings.error().message;
  EXPECT_EQ(settings->listen, (ListenAddress{.host = "127.0.0.1", .port = 5900}));
  EXPECT_EQ(settings->registry_listen, (ListenAddress{.host = "127.0.0.1", .port = 5901}));
  EXPECT_EQ(settings->registration, Registration::open_on_this_host);
  EXPECT_EQ(settings->retention.jobs, std::chrono::days{30});
  EXPECT_EQ(settings->deliberations_kept, std::chrono::days{30});
  EXPECT_EQ(settings->token_lifetime, std::chrono::hours{1});
  EXPECT_GE(settings->workers, 1);
  EXPECT_EQ(settings->database, "d/orc.db");
  EXPECT_EQ(settings->failed_logins_per_minute, 10);
  EXPECT_EQ(settings->password_cost, 12) << "contract section 1";
  EXPECT_EQ(settings->submissions_per_second, std::nullopt);
  EXPECT_EQ(settings->http_memory_bytes, std::uint64_t{256} << 20);
  EXPECT_TRUE(settings->cors_origins.empty());
}

TEST(Settings, a_bad_value_is_refused_by_a_sentence_that_names_the_setting) {
  struct Case {
    std::string name;
    RawSettings raw;
  };
  const Case cases[] = {
      {"--listen", {.listen = "5900"}},
      {"--listen", {.listen = "127.0.0.1:65536"}},
      {"--listen", {.listen = "::1:5900"}},
      {"--registry-listen", {.registry_listen = ":x"}},
      {"--grpc-listen", {.deliberations = {.grpc_listen = "nowhere"}}},
      {"--roles", {.roles = "api,cook"}},
      {"--roles", {.roles = ""}},
      {"--roles", {.roles = "worker"}},
      {"--roles", {.roles = "registry,worker,executor"}},
      {"nothing to do", {.listen = "off", .roles = "api"}},
      {"nothing to do", {.listen = "off", .registry_listen = "off", .roles = "api,registry"}},
      {"--workers", {.workers = "0"}},
      {"--workers", {.workers = "two"}},
      {"--worker-memory-mb", {.equipment = {.memory_mb = "0"}}},
      {"--worker-memory-mb", {.equipment = {.memory_mb = "much"}}},
      {"--worker-gpus", {.equipment = {.gpus = "-1"}}},
      {"--worker-resource", {.equipment = {.resources = {"licence"}}}},
      {"--worker-resource", {.equipment = {.resources = {"licence=some"}}}},
      {"--worker-resource", {.equipment = {.resources = {"a b=1"}}}},
      {"--worker-label", {.equipment = {.labels = {"zone"}}}},
      {"--worker-label", {.equipment = {.labels = {"zone="}}}},
      {"--worker-label", {.equipment = {.labels = {"zone=a b"}}}},
      {"--registration", {.registration = "maybe"}},
      {"--isolation", {.isolation = "weak"}},
      {"--isolation-most", {.isolation_most = "weak"}},
      {"--isolation-most", {.isolation_most = "container"}},
      {"--runtime", {.runtime = "ray"}},
      {"--docker-socket", {.runtime = "docker", .docker_socket = "docker.sock"}},
      {"--sandbox-uids", {.sandbox_uids = "0-10"}},
      {"--retain-jobs", {.retain_jobs = "a week"}},
      {"--retain-log-mb", {.retain_log_mb = "-1"}},
      {"--retain-deliberations", {.retain_deliberations = "soon"}},
      {"--stop-seconds", {.stop_seconds = "-1"}},
      {"LOG_LEVEL", {.log_level = "loud"}},
      {"ALGORITHM", {.algorithm = "none"}},
      {"ACCESS_TOKEN_EXPIRE_MINUTES", {.token_minutes = "0"}},
      {"DATABASE_URL", {.database_url = "mysql://u:hunter2@h/db"}},
      {"--http-memory-mb", {.http_memory_mb = "95"}},
      {"--login-rate", {.login_rate = "0"}},
      {"--login-rate", {.login_rate = "10/min"}},
      {"--password-cost", {.password_cost = "9"}},
      {"--password-cost", {.password_cost = "17"}},
      {"--submit-rate", {.submit_rate = "-1"}},
      {"--submit-rate", {.submit_rate = ""}},
      {"GRPC_PORT", {.deliberations = {.grpc_port = "0"}}},
      {"GRPC_PORT", {.deliberations = {.grpc_port = "50056x"}}},
      {"GRPC_PORT", {.deliberations = {.grpc_port = "65536"}}},
      {"--grpc-token", {.deliberations = {.grpc_token = "hunter2 "}}},
      {"--grpc-tls-key", {.deliberations = {.grpc_certificate = "c.pem"}}},
      {"VLLM_URL", {.deliberations = {.vllm_url = "8000"}}},
      {"--model-origins", {.deliberations = {.model_origins = "http://127.1:8000"}}},
      {"--model-origins", {.deliberations = {.model_origins = "ftp://models.example.org"}}},
      {"--model-ca-file", {.deliberations = {.model_ca_file = "/nowhere.pem"}}},
      {"--model-ca-file", {.deliberations = {.model_origins = "https://models.example.org", .model_ca_file = "/nowhere.pem"}}},
      {"--model-ca-file", {.deliberations = {.model_origins = "http://models.example.org", .model_ca_file = "/etc/passwd"}}},
      {"--model-replicas", {.deliberations = {.model_replicas = "http://a:8000"}}},
      {"--model-replicas", {.deliberations = {.model_replicas = "http://a:8000,8000"}}},
      {"--model-replicas", {.deliberations = {.model_replicas = "http://a:1,http://b:1;"}}},
      {"--user-tokens-per-day", {.deliberations = {.user_tokens_per_day = "0"}}},
      {"--user-tokens-per-day", {.deliberations = {.user_tokens_per_day = "many"}}},
      {"--user-tokens-per-day", {.deliberations = {.user_tokens_per_day = "1000000000000001"}}},
      {"--model-first-token-seconds", {.deliberations = {.model_first_token_seconds = "0"}}},
      {"--model-first-token-seconds", {.deliberations = {.model_first_token_seconds = "86401"}}},
      {"--events-stream-mb", {.events_stream_mb = "0"}},
      {"--model-api-key", {.deliberations = {.model_origins = "http://127.0.0.1:8000", .model_api_key = "hunter2\n"}}},
      {"--model-api-key", {.deliberations = {.model_api_key = "hunter2"}}},
      {"--model-api-key", {.deliberations = {.model_origins = "http://a:1", .model_api_key = "http://a:1=hunter2,hunter2"}}},
      {"--model-api-key", {.deliberations = {.model_origins = "http://a:1", .model_api_key = "http://a:1=hunter2 hunter2"}}},
      {"--model-api-key", {.deliberations = {.model_origins = "http://a:1", .model_api_key = "http://a:1="}}},
      {"--model-api-key", {.deliberations = {.model_origins = "http://a:1", .model_api_key = "http://a:1=hunter2,http://a:1=hunter2"}}},
      {"http://b:1", {.deliberations = {.model_origins = "http://a:1", .model_api_key = "http://b:1=hunter2"}}},
      {"--model-api-key", {.deliberations = {.model_origins = "https://a.example,http://10.0.0.5:8000", .model_api_key = "hunter2"}}},
      {"--model-api-key", {.deliberations = {.model_origins = "https://a.example,https://b.example", .model_api_key = "hunter2"}}},
      {"ENABLE_NATS", {.enable_nats = "maybe"}},
      {"NATS_URL", {.nats_url = "u:hunter2@h:4222"}},
      {"NATS_URL", {.nats_url = "nats://u:hunter2@h:x"}},
      {"NATS_URL", {.nats_url = "nats://u:hunter2@h 4222", .enable_nats = "false"}},
      {"RAY_DEBUG", {.ray_debug = "2"}},
      {"ORC_TLS_CERT", {.missing_parts = {"ORC_TLS_CERT"}}},
      {"RABBITMQ_URL", {.rabbitmq_url = "amqp://u:hunter2@h/"}},
  };
  for (const auto& c : cases) {
    const auto settings = validate(c.raw);
    ASSERT_FALSE(settings) << c.name;
    EXPECT_EQ(settings.error().code, ErrorCode::invalid_argument);
    EXPECT_TRUE(settings.error().message.contains(c.name)) << settings.error().message;
    EXPECT_FALSE(settings.error().message.contains("hunter2")) << settings.error().message;
  }
}

TEST(Settings, what_the_worker_has_is_read) {
  const auto settings = validate(
      {.equipment =
           {.memory_mb = "24000", .gpus = "2", .resources = {"licence=3", "dsp=0"}, .labels = {"zone=a", "disk=ssd"}, .host_network = true},
       .deliberations = {.grpc_token = "s3cret"}});
  ASSERT_TRUE(settings) << settings.error().message;
  EXPECT_EQ(settings->equipment, (Equipment{.runtimes = {},
                                            .cpus = {},
                                            .memory_mb = 24'000,
                                            .gpus = 2,
                                            .custom = {{"licence", 3}, {"dsp", 0}},
                                            .labels = {{"zone", "a"}, {"disk", "ssd"}},
                                            .network = NetworkAccess::host}));
  EXPECT_EQ(validate(RawSettings{})->equipment.network, NetworkAccess::none) << "unless it is asked for";
}

TEST(Settings, a_postgres_url_is_taken_as_the_older_services_spell_it) {
  for (const char* url : {"postgresql://u:hunter2@h/db?sslmode=verify-full", "postgres://u:hunter2@h/db?sslmode=verify-full",
                          "postgresql+asyncpg://u:hunter2@h/db?sslmode=verify-full"}) {
    const auto settings = validate({.database_url = url});
    ASSERT_TRUE(settings) << settings.error().message;
    EXPECT_EQ(settings->postgres_url, "postgresql://u:hunter2@h/db?sslmode=verify-full");
    EXPECT_TRUE(settings->database.empty());
  }
  EXPECT_TRUE(validate({})->postgres_url.empty());
}

TEST(Settings, an_open_port_needs_words_and_closes_registration) {
  EXPECT_FALSE(validate({.listen = "0.0.0.0:5900"}));
  const auto open = validate({.listen = "0.0.0.0:5900", .insecure_open = true});
  ASSERT_TRUE(open) << open.error().message;
  EXPECT_EQ(open->registration, Registration::closed);
}

TEST(Settings, a_worker_that_gives_this_host_s_network_closes_registration_and_wants_a_token_for_grpc) {
  const RawSettings open{.equipment = {.host_network = true}};
  const auto refused = validate(open);
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().message.contains("ORC_GRPC_TOKEN")) << refused.error().message;
  RawSettings guarded = open;
  guarded.deliberations.grpc_token = "s3cret";
  RawSettings without_grpc = open;
  without_grpc.deliberations.grpc_listen = "off";
  for (const RawSettings& good : {guarded, without_grpc}) {
    const auto settings = validate(good);
    ASSERT_TRUE(settings) << settings.error().message;
    EXPECT_EQ(settings->registration, Registration::closed);
  }
  guarded.registration = "open";
  EXPECT_EQ(validate(guarded)->registration, Registration::open) << "who says so";
  EXPECT_EQ(validate({.isolation = "none"})->registration, Registration::closed) << "whose runs reach loopback too";
  RawSettings without_worker = open;
  without_worker.roles = "api,executor";
  const auto settings = validate(without_worker);
  ASSERT_TRUE(settings) << "it gives nothing: " << settings.error().message;
  EXPECT_EQ(settings->registration, Registration::open_on_this_host);
}

TEST(Settings, cors_origins_are_those_that_a_browser_would_send) {
  const auto allowed = [](std::string text) {
    const auto settings = validate({.cors_origins = std::move(text)});
    return settings ? settings->cors_origins : std::vector<std::string>{"refused: " + settings.error().message};
  };
  EXPECT_EQ(allowed("*"), std::vector<std::string>{"*"});
  EXPECT_EQ(allowed(" https://app.example.org , http://[::1]:8080,http://localhost:3000"),
            (std::vector<std::string>{"https://app.example.org", "http://[::1]:8080", "http://localhost:3000"}));
  for (const std::string text : {"app.example.org", "https://app.example.org/", "https://app.example.org/path", "https://App.example.org",
                                 "https://", "ftp://a.example", "https://u@a.example", "https://a.example:0", "https://a.example:port",
                                 "https://a.example:", "*,https://a.example", "https://*.a.example", "null",
                                 "https://a.example https://b.example", ",", "http://[::1"}) {
    const auto settings = validate({.cors_origins = text});
    ASSERT_FALSE(settings) << text;
    EXPECT_TRUE(settings.error().message.starts_with("--cors-origins (ORC_CORS_ORIGINS) is \"" + text)) << settings.error().message;
  }
}

TEST(Settings, callback_origins_are_bare_and_kept_in_one_spelling) {
  const auto settings = validate({.data_dir = "d", .callback_origins = " https://Hooks.example.org:443, http://10.0.0.7:8080 "});
  ASSERT_TRUE(settings) << settings.error().message;
  EXPECT_EQ(settings->callback_origins.list(), (std::vector<std::string>{"https://hooks.example.org", "http://10.0.0.7:8080"}));
  EXPECT_TRUE(validate({.data_dir = "d"})->callback_origins.list().empty());
  for (const char* wrong : {"*", "hooks.example.org", "https://hooks.example.org/", "https://hooks.example.org/x", "https://a?b",
                            "https://u@a", "ftp://a", "https://*.example.org"}) {
    const auto refused = validate({.data_dir = "d", .callback_origins = wrong});
    ASSERT_FALSE(refused) << wrong;
    EXPECT_TRUE(refused.error().message.starts_with("--callback-origins (ORC_CALLBACK_ORIGINS) is")) << refused.error().message;
  }
  std::string many;
  for (int i = 0; i <= 100; ++i) many += "https://h" + std::to_string(i) + ",";
  EXPECT_FALSE(validate({.data_dir = "d", .callback_origins = many}));
}

TEST(Settings, grpc_listens_where_the_older_service_did_unless_told_otherwise) {
  const auto address = [](RawDeliberationSettings raw, std::string roles = "api,executor") {
    return validate({.roles = std::move(roles), .deliberations = std::move(raw)})->deliberations.grpc_listen;
  };
  EXPECT_EQ(address({}), (ListenAddress{.host = "127.0.0.1", .port = 50056}));
  EXPECT_EQ(address({.grpc_port = "50057"}), (ListenAddress{.host = "127.0.0.1", .port = 50057}));
  EXPECT_EQ(address({.grpc_listen = "[::1]:7", .grpc_port = "50057"}), (ListenAddress{.host = "::1", .port = 7}));
  EXPECT_EQ(address({.grpc_listen = "off"}), std::nullopt);
  EXPECT_EQ(address({}, "api"), std::nullopt);
  EXPECT_FALSE(validate({.roles = "api"})->deliberations.runs);
}

TEST(Settings, grpc_beyond_loopback_needs_a_token_and_tls_or_words) {
  const RawDeliberationSettings open{.grpc_listen = "0.0.0.0:50056"};
  RawDeliberationSettings guarded = open;
  guarded.grpc_token = "s3cret";
  EXPECT_FALSE(validate({.deliberations = open}));
  EXPECT_FALSE(validate({.deliberations = guarded}));
  EXPECT_TRUE(validate({.deliberations = open, .insecure_open = true}));
  guarded.grpc_certificate = "c.pem";
  guarded.grpc_key = "k.pem";
  const auto settings = validate({.deliberations = guarded});
  ASSERT_TRUE(settings) << settings.error().message;
  EXPECT_EQ(settings->registration, Registration::closed);
}

TEST(Settings, the_model_server_that_is_named_is_the_only_one_that_may_be_asked) {
  const auto origins = [](RawDeliberationSettings raw) { return validate({.deliberations = std::move(raw)})->deliberations.model_origins; };
  EXPECT_TRUE(origins({}).empty());
  EXPECT_EQ(origins({.vllm_url = "http://gpu:8000/v1"}), std::vector<std::string>{"http://gpu:8000/v1"});
  EXPECT_EQ(origins({.model_origins = "http://a:1, http://b:2", .vllm_url = "http://gpu:8000"}),
            (std::vector<std::string>{"http://a:1", "http://b:2"}));
}

// What one operator gave must not be said to another.
TEST(Settings, a_model_key_goes_to_its_own_origin) {
  using Keys = std::map<std::string, std::string>;
  const auto keys = [](RawDeliberationSettings raw) {
    const auto settings = validate({.deliberations = std::move(raw)});
    EXPECT_TRUE(settings) << settings.error().message;
    return settings->deliberations.model_api_keys;
  };
  EXPECT_EQ(keys({.model_api_key = ""}), Keys{});
  EXPECT_EQ(keys({.vllm_url = "https://a.example/v1", .model_api_key = "k,1="}), (Keys{{"https://a.example/v1", "k,1="}}));
  EXPECT_EQ(keys({.model_origins = "http://gpu-1:8000,http://gpu-2:8000", .model_api_key = "k"}),
            (Keys{{"http://gpu-1:8000", "k"}, {"http://gpu-2:8000", "k"}}))
      << "of one's own network";
  EXPECT_EQ(keys({.model_origins = "https://a,https://a:8443", .model_api_key = "k"}).size(), 2u);
  EXPECT_EQ(keys({.model_origins = "https://a,https://b", .model_replicas = "https://a,https://b", .model_api_key = "k"}).size(), 2u);
  EXPECT_EQ(keys({.model_origins = "https://a,https://b,http://c:1", .model_api_key = "https://a=k=,https://b=l"}),
            (Keys{{"https://a", "k="}, {"https://b", "l"}}));
}

TEST(Settings, servers_of_the_same_models_stand_in_groups) {
  const auto groups = validate({.deliberations = {.model_replicas = "http://a:1,http://b:1; http://c:1 , http://d:1"}});
  ASSERT_TRUE(groups) << groups.error().message;
  EXPECT_EQ(groups->deliberations.model_replicas,
            (std::vector<std::vector<std::string>>{{"http://a:1", "http://b:1"}, {"http://c:1", "http://d:1"}}));
  EXPECT_TRUE(validate({})->deliberations.model_replicas.empty());
  EXPECT_EQ(validate({.events_stream_mb = "64"})->events_stream_bytes, 64 << 20);
}

TEST(Settings, events_are_published_where_nats_is_named_and_not_switched_off) {
  const std::string servers = "nats://u:hunter2@nats.example:4222,tls://[::1]:4222";
  EXPECT_EQ(validate({.nats_url = servers})->nats_servers, servers);
  EXPECT_EQ(validate({.nats_url = servers, .enable_nats = "no"})->nats_servers, "");
  EXPECT_EQ(validate({})->nats_servers, "");
  EXPECT_TRUE(validate({.ray_debug = "TRUE"}));
  EXPECT_EQ(validate({.retain_events = "36h"})->retention.events, std::chrono::hours{36});
}

TEST(Settings, rates_are_numbers_or_none) {
  const auto settings = validate({.login_rate = "none", .submit_rate = "250"});
  ASSERT_TRUE(settings) << settings.error().message;
  EXPECT_EQ(settings->failed_logins_per_minute, std::nullopt);
  EXPECT_EQ(settings->submissions_per_second, 250);
}

TEST(Settings, off_turns_a_listener_off) {
  const auto settings = validate({.listen = "off", .registry_listen = "off"});
  ASSERT_TRUE(settings);
  EXPECT_FALSE(settings->listen || settings->registry_listen);
}

TEST(Settings, a_worker_alone_needs_a_database_that_others_share) {
  const auto refused = validate({.roles = "worker"});
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().message.contains("orc runner --api URL")) << refused.error().message;
  for (const char* roles : {"worker", "api", "registry", "registry,worker", "worker,executor"}) {
    const auto settings = validate({.roles = roles, .database_url = "postgresql://h/db"});
    EXPECT_TRUE(settings) << roles << ": " << settings.error().message;
  }
  for (const char* roles : {"api", "registry", "api,worker", "executor"}) EXPECT_TRUE(validate({.roles = roles})) << roles;
}

TEST(Settings, each_role_listens_where_it_should) {
  struct Case {
    std::string roles;
    bool api, registry, worker;
  };
  for (const Case& one : {Case{"api", true, false, false}, {"registry", false, true, false}, {"worker", false, false, true}}) {
    const auto settings = validate({.roles = one.roles, .database_url = "postgresql://h/db"});
    ASSERT_TRUE(settings);
    EXPECT_EQ(settings->listen.has_value(), one.api) << one.roles;
    EXPECT_EQ(settings->registry_listen.has_value(), one.registry) << one.roles;
    EXPECT_EQ(settings->runs_worker, one.worker) << one.roles;
  }
}

TEST(Settings, the_token_of_a_registry_elsewhere_goes_with_its_url_and_is_never_shown) {
  const std::string longest(4096, 'x');
  for (const std::string& token : {std::string("of-theirs"), std::string("!~"), longest}) {
    const auto settings = validate({.plugin_registry_url = "http://registry:5901", .plugin_registry_token = token});
    ASSERT_TRUE(settings) << settings.error().message;
    EXPECT_EQ(settings->registry_token, token);
  }
  EXPECT_EQ(validate({.plugin_registry_url = "http://registry:5901"})->registry_token, "");
  for (const std::string& token : {std::string("two words"), std::string("line\n"), std::string("\xc3\xa4"), longest + "x"}) {
    const auto refused = validate({.plugin_registry_url = "http://registry:5901", .plugin_registry_token = token});
    ASSERT_FALSE(refused) << token;
    EXPECT_NE(refused.error().message.find("PLUGIN_REGISTRY_TOKEN must be"), std::string::npos) << refused.error().message;
    EXPECT_EQ(refused.error().message.find(token), std::string::npos);
  }
  const auto alone = validate({.plugin_registry_token = "of-theirs"});
  ASSERT_FALSE(alone);
  EXPECT_NE(alone.error().message.find("PLUGIN_REGISTRY_URL"), std::string::npos) << alone.error().message;
  EXPECT_EQ(alone.error().message.find("of-theirs"), std::string::npos);
}

TEST(Settings, authorities_are_for_a_registry_of_https) {
  for (const char* url : {"", "http://registry:5901"}) {
    const auto refused = validate({.plugin_registry_url = url, .plugin_registry_ca_file = "/ca.pem"});
    ASSERT_FALSE(refused) << url;
    EXPECT_NE(refused.error().message.find("(PLUGIN_REGISTRY_CA_FILE) is \"/ca.pem\""), std::string::npos) << refused.error().message;
  }
  const auto unreadable = validate({.plugin_registry_url = "https://registry:5901", .plugin_registry_ca_file = "/nowhere.pem"});
  ASSERT_FALSE(unreadable);
  EXPECT_NE(unreadable.error().message.find("/nowhere.pem"), std::string::npos) << unreadable.error().message;
}

}  // namespace
}  // namespace orc
