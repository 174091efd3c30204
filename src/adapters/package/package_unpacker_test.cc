#include "adapters/package/package_unpacker.h"

#include <archive.h>
#include <archive_entry.h>
#include <filesystem>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "adapters/package/archive_package_reader.h"
#include "adapters/package/package_scan.h"
#include "adapters/package/tar_text.h"
#include "adapters/system/file_text.h"
#include "tests/contract/run_async.h"

namespace orc {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view manifest = R"({"name":"echo","version":"1.0.0","command":["./run"]})";

TarText plugin(const std::string& folder = "") { return TarText().file(folder + "plugin.json", manifest); }

// `bytes` packed by one filter of libarchive.
std::string packed(std::string_view bytes, int (*filter)(archive*)) {
  std::string out;
  archive* writer = archive_write_new();
  filter(writer);
  archive_write_set_format_raw(writer);
  archive_write_set_bytes_in_last_block(writer, 1);
  archive_write_open(
      writer, &out, nullptr,
      [](archive*, void* text, const void* part, std::size_t size) {
        static_cast<std::string*>(text)->append(static_cast<const char*>(part), size);
        return static_cast<la_ssize_t>(size);
      },
      nullptr);
  archive_entry* entry = archive_entry_new();
  archive_entry_set_filetype(entry, AE_IFREG);
  archive_write_header(writer, entry);
  archive_write_data(writer, bytes.data(), bytes.size());
  archive_entry_free(entry);
  archive_write_free(writer);
  return out;
}

class PackageUnpackerTest : public testing::Test {
 protected:
  PackageUnpackerTest() {
    std::string name = (fs::temp_directory_path() / "orc-unpack-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
    fs::create_directory(into());
  }
  ~PackageUnpackerTest() override { fs::remove_all(folder_); }

  fs::path into() const { return folder_ / "into"; }
  void start_anew() {
    fs::remove_all(into());
    fs::create_directory(into());
  }
  unsigned mode_of(const std::string& path) const {
    struct stat status{};
    EXPECT_EQ(::lstat((into() / path).c_str(), &status), 0) << path;
    return status.st_mode & 07777;
  }
  void expect_refused(const std::string& tar, std::string_view because) {
    start_anew();
    const auto refused = unpack(tar, into());
    ASSERT_FALSE(refused) << because;
    EXPECT_EQ(refused.error().code, ErrorCode::invalid_argument) << refused.error().message;
    EXPECT_TRUE(refused.error().message.contains(because)) << refused.error().message << " lacks " << because;
    for (const auto& entry : fs::directory_iterator(folder_)) EXPECT_EQ(entry.path().filename(), "into");
  }

  fs::path folder_;
};

TEST_F(PackageUnpackerTest, files_folders_and_links_come_out_with_plain_modes) {
  const auto tar = plugin()
                       .add({.path = "run", .mode = 06755}, "#!/bin/sh\n")
                       .add({.path = "lib", .type = '5', .mode = 0700})
                       .add({.path = "lib/deep/model.bin", .mode = 0400}, std::string(200'000, 'm'))
                       .add({.path = "lib/deep/up", .type = '2', .link_target = "../../run"})
                       .add({.path = "twin", .type = '1', .link_target = "run"})
                       .done();
  const auto unpacked = unpack(tar, into());
  ASSERT_TRUE(unpacked) << unpacked.error().message;
  EXPECT_EQ(read_file(into() / "plugin.json", 1000), manifest);
  EXPECT_EQ(read_file(into() / "lib/deep/model.bin", 1'000'000)->size(), 200'000U);
  EXPECT_EQ(read_file(into() / "lib/deep/up", 1000), "#!/bin/sh\n");
  EXPECT_EQ(read_file(into() / "twin", 1000), "#!/bin/sh\n");
  EXPECT_EQ(mode_of("run"), 0755U) << "no setuid bit";
  EXPECT_EQ(mode_of("plugin.json"), 0644U);
  EXPECT_EQ(mode_of("lib"), 0755U);
  EXPECT_EQ(mode_of("lib/deep"), 0755U);
  EXPECT_EQ(mode_of("lib/deep/model.bin"), 0644U);
}

TEST_F(PackageUnpackerTest, modes_do_not_depend_on_the_umask) {
  const auto before = ::umask(0077);
  const auto unpacked = unpack(plugin().file("a/b").done(), into());
  ::umask(before);
  ASSERT_TRUE(unpacked);
  EXPECT_EQ(mode_of("a"), 0755U);
  EXPECT_EQ(mode_of("a/b"), 0644U);
}

TEST_F(PackageUnpackerTest, one_leading_folder_or_dot_is_taken_off) {
  for (const std::string lead : {"", "./", "my-plugin/", "./my-plugin/"}) {
    start_anew();
    auto tar = TarText();
    if (!lead.empty()) tar.add({.path = lead, .type = '5', .mode = 0755});
    tar.file(lead + "plugin.json", manifest)
        .file(lead + "src/main.py")
        .add({.path = lead + "twin", .type = '1', .link_target = lead + "src/main.py"});
    const auto unpacked = unpack(tar.done(), into());
    ASSERT_TRUE(unpacked) << lead << unpacked.error().message;
    EXPECT_TRUE(fs::exists(into() / "plugin.json")) << lead;
    EXPECT_TRUE(fs::exists(into() / "src/main.py")) << lead;
    EXPECT_TRUE(fs::exists(into() / "twin")) << lead;
  }
}

TEST_F(PackageUnpackerTest, gzip_and_zstd_are_unpacked_and_nothing_else) {
  const auto tar = plugin().done();
  for (const auto filter : {archive_write_add_filter_gzip, archive_write_add_filter_zstd}) {
    start_anew();
    const auto unpacked = unpack(packed(tar, filter), into());
    ASSERT_TRUE(unpacked) << unpacked.error().message;
    EXPECT_TRUE(fs::exists(into() / "plugin.json"));
  }
  expect_refused(packed(tar, archive_write_add_filter_xz), "no readable tar");
  expect_refused(packed(tar, archive_write_add_filter_bzip2), "no readable tar");
  expect_refused(packed(packed(tar, archive_write_add_filter_gzip), archive_write_add_filter_gzip), "packed more than once");
}

TEST_F(PackageUnpackerTest, what_would_leave_the_folder_is_refused) {
  expect_refused(plugin().file("/etc/cron.d/x").done(), "absolute path");
  expect_refused(plugin().file("../x").done(), "leaves its folder");
  expect_refused(plugin().file("a/../../x").done(), "leaves its folder");
  expect_refused(plugin().file("a/..").done(), "leaves its folder");
  for (const std::string target : {"/etc/passwd", "..", "../x", "a/../../x", "a/..", "../../../../etc/passwd", ""})
    expect_refused(plugin().add({.path = "link", .type = '2', .link_target = target}).done(), "the link");
  expect_refused(plugin().add({.path = "a/b/link", .type = '2', .link_target = "../../../x"}).done(), "the link");
  // The leading folder goes, and with it one step that a link may climb.
  expect_refused(plugin("pkg/").add({.path = "pkg/link", .type = '2', .link_target = "../x"}).done(), "the link");
  // A link to a shallower folder, and one that climbs from there.
  expect_refused(plugin()
                     .add({.path = "a/b/k", .type = '2', .link_target = "../.."})
                     .add({.path = "a/b/y", .type = '2', .link_target = "k/../.."})
                     .done(),
                 "the link");
  expect_refused(plugin().add({.path = "twin", .type = '1', .link_target = "/etc/passwd"}).done(), "absolute path");
  expect_refused(plugin().add({.path = "twin", .type = '1', .link_target = "../x"}).done(), "leaves its folder");
  expect_refused(plugin().add({.path = "twin", .type = '1', .link_target = "missing"}).done(), "no earlier file");
  expect_refused(plugin().add({.path = "l", .type = '2', .link_target = "x"}).add({.path = "twin", .type = '1', .link_target = "l"}).done(),
                 "no earlier file");
}

TEST_F(PackageUnpackerTest, nothing_is_written_through_a_link_or_twice) {
  expect_refused(plugin().add({.path = "d", .type = '2', .link_target = "e"}).file("d/x").done(), "is no folder");
  expect_refused(plugin().file("d/x").add({.path = "d", .type = '2', .link_target = "e"}).done(), "twice");
  expect_refused(plugin().file("f").file("f/x").done(), "is no folder");
  expect_refused(plugin().file("plugin.json", "{}").done(), "twice");
  expect_refused(plugin().add({.path = "f", .type = '2', .link_target = "g"}).file("f").done(), "twice");
  expect_refused(plugin().file("./f").file("f").done(), "twice");
}

TEST_F(PackageUnpackerTest, devices_fifos_and_odd_names_are_refused) {
  for (const char type : {'3', '4', '6'}) expect_refused(plugin().add({.path = "dev", .type = type}).done(), "device");
  expect_refused(plugin().file("a\nb").done(), "control character");
  expect_refused(plugin().file("a\x1b[2Jb").done(), "control character");
}

TEST_F(PackageUnpackerTest, without_plugin_json_in_its_folder_it_is_no_package) {
  expect_refused(TarText().file("other").done(), "no plugin.json");
  expect_refused(TarText().done(), "is empty");
  expect_refused(plugin("a/").file("b").done(), "no plugin.json");
  expect_refused(plugin("a/b/").done(), "no plugin.json");
  expect_refused(TarText().add({.path = "plugin.json", .type = '2', .link_target = "x"}).file("x").done(), "no plugin.json");
}

TEST_F(PackageUnpackerTest, what_is_no_tar_is_refused) {
  const std::string good = plugin().done();
  for (const std::string& tar : {std::string(), std::string("hello"), std::string(10'000, 'x'),
                                 std::string("PK\x03\x04") + std::string(600, 'x'), good.substr(0, 600)})
    expect_refused(tar, "the package");
  for (const char type : {'g', 'x', 'L'}) {
    TarText tar;
    for (int i = 0; i < 50'000; ++i) tar.add({.path = "x", .type = type}, "16 comment=abcd\n");
    start_anew();
    EXPECT_FALSE(unpack(tar.file("plugin.json", manifest).done(), into())) << type;
  }
}

TEST_F(PackageUnpackerTest, limits_hold_and_bombs_stop_there) {
  std::string bomb = plugin().add({.path = "zeros"}, std::string(20 << 20, '\0')).done();
  bomb = packed(bomb, archive_write_add_filter_gzip);
  EXPECT_LT(bomb.size(), 100'000U);
  const PackageLimits small{.bytes_max = 1 << 20, .files_max = 5, .path_bytes_max = 50};
  const auto refused = unpack(bomb, into(), small);
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().message.contains("more than 1 MiB")) << refused.error().message;
  EXPECT_TRUE(fs::is_empty(into())) << "judged before anything is written";

  EXPECT_FALSE(unpack(plugin().add({.path = "claims", .claimed_size = std::size_t{1} << 32}).done(), into()));
  EXPECT_FALSE(unpack(plugin().file("1").file("2").file("3").file("4").file("5").done(), into(), small));
  EXPECT_FALSE(unpack(plugin().file("a/b/c/d/e").done(), into(), small)) << "folders count";
  EXPECT_FALSE(unpack(plugin().file(std::string(51, 'p')).done(), into(), small));
  start_anew();
  EXPECT_TRUE(unpack(plugin().file("1").file("2").file("3").file("4").done(), into(), small));
}

TEST_F(PackageUnpackerTest, a_disk_that_refuses_is_named) {
  const auto refused = unpack(plugin().done(), folder_ / "missing");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::unavailable);
}

TEST_F(PackageUnpackerTest, the_reader_gives_the_plugin_that_the_folder_describes) {
  WorkPool pool("packages", {.threads = 1, .waiting_max = 1});
  ArchivePackageReader reader(pool);
  const auto read = [&](const std::string& tar) { return run(reader.read(tar)); };
  const auto good = read(plugin("echo/").add({.path = "echo/run", .mode = 0755}, "#!/bin/sh\n").done());
  ASSERT_TRUE(good) << good.error().message;
  EXPECT_EQ(good->content.name, "echo");
  EXPECT_EQ(good->content.spec.command, std::vector<std::string>{"./run"});
  EXPECT_FALSE(good->content.spec.package);
  EXPECT_TRUE(good->faults.empty());
  const auto bad = read(TarText().file("plugin.json", R"({"name":"Bad", "version":"1.0.0"})").done());
  ASSERT_TRUE(bad && bad->faults.size() == 1);
  EXPECT_EQ(bad->faults.front().loc, FieldPlace{"name"});
  EXPECT_EQ(read("nonsense").error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(read(TarText().add({.path = "plugin.json"}, std::string(plugin_manifest_bytes_max + 1, ' ')).done()).error().message,
            "plugin.json has more than 1 MiB");
}

}  // namespace
}  // namespace orc
